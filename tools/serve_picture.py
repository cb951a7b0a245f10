"""Take the documentation's picture of `lrdsl serve` with a headless browser.

``python tools/serve_picture.py docs/pictures/serve.png``; needs playwright and a Chromium.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from urllib.parse import quote

from playwright.sync_api import sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
SHOWN = {
    "p": [
        ["warmup(5, 1e-5) >> tanh(-6, 4) * restarts(t_mul=2, decay=0.5, limit=3) + noise(0.67)"],
        ["warmup(5) >> cosine(end=0.01)"],
    ],
    "total": "145ep",
    "lr": "0.1",
}


def main() -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise SystemExit(f"no browser: none of {', '.join(BROWSERS)}")
    command = [sys.executable, "-m", "lrdsl", "serve", "--port", "0", "--no-open"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
        sync_playwright() as playwright,
    ):
        assert server.stdout is not None
        address = server.stdout.readline().split()[0]
        chromium = playwright.chromium.launch(executable_path=browser, args=list(FLAGS))
        page = chromium.new_page(viewport={"width": 1280, "height": 860})
        page.goto(f"{address}#{quote(json.dumps(SHOWN, separators=(',', ':')))}")
        page.get_by_text("cycle 3 of 3").wait_for()
        page.screenshot(path=sys.argv[1])
        chromium.close()
        server.terminate()


if __name__ == "__main__":
    main()
