"""The HTML file and the built page, without a browser: test_serve_browser.py opens them."""

from __future__ import annotations

import hashlib
import json
import re
import socket
import struct
import subprocess
import sys
import urllib.request
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from lrdsl.web.data import looked_at
from lrdsl.web.page import page

CHECKOUT = Path(__file__).parent.parent
STATIC = CHECKOUT / "lrdsl" / "web" / "static"
WEB = CHECKOUT / "web"
HOSTILE = "warmup(5) >> cosine # </script><script>alert(1)</script><!-- &lt; \u2028 😀"


class _Elements(HTMLParser):
    """Elements as a browser finds them: names, attributes, and the text right after each."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[int, str] = {}
        self.open = -1
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self.open = len(self.found) - 1

    def handle_endtag(self, tag: str) -> None:
        self.open = -1

    def handle_data(self, data: str) -> None:
        self.texts[self.open] = self.texts.get(self.open, "") + data

    def all(self, tag: str) -> list[tuple[dict[str, str | None], str]]:
        return [
            (attributes, self.texts.get(i, ""))
            for i, (name, attributes) in enumerate(self.found)
            if name == tag
        ]


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    return looked_at([("a </title><b>", HOSTILE), ("b", "hold")], 0.1, total="90ep")


def test_the_data_comes_back_whatever_the_programs_spell(data: dict[str, Any]) -> None:
    scripts = _Elements(page(data)).all("script")
    assert len(scripts) == 2  # the data and the chart: no program opened a third
    assert scripts[0][0] == {"type": "application/json", "id": "data"}
    assert json.loads(scripts[0][1]) == data


def test_the_title_is_text(data: dict[str, Any]) -> None:
    ((_, title),) = _Elements(page(data, title="</title><script>")).all("title")
    assert title == "</title><script>"


def test_the_policy_names_the_script_and_the_style_and_lets_nothing_else_run(
    data: dict[str, Any],
) -> None:
    elements = _Elements(page(data))
    policies = [a["content"] for a, _ in elements.all("meta") if "http-equiv" in a]
    (_, script), ((_, style),) = elements.all("script")[1], elements.all("style")
    for kind, text in (("script", script), ("style", style)):
        digest = b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}';" in policies[0]
    assert policies[0].startswith("default-src 'none';")


def test_the_file_asks_for_nothing(data: dict[str, Any]) -> None:
    asked = {
        value
        for _, attributes in _Elements(page(data)).found
        for name, value in attributes.items()
        if name in ("src", "href", "action", "data")
    }
    assert asked == {"data:,"}  # an icon, so that no browser looks for one
    assert not re.search(r"url\((?!data:)|@import", page(data))


def test_a_number_that_json_lacks_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        page({**data, "run": {"lr": float("nan")}})


def test_the_licence_of_what_is_inside_travels_along(data: dict[str, Any]) -> None:
    assert "Permission is hereby granted, free of charge" in page(data)


# --- what is built -------------------------------------------------------------------------------


def _hashes(folder: Path, names: list[str]) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


def test_what_is_built_is_built_from_these_sources() -> None:
    stamp = json.loads((STATIC / "built.json").read_text("utf-8"))
    sources = [f"src/{path.name}" for path in (WEB / "src").iterdir()]
    sources += ["build.mjs", "index.html", "package.json", "package-lock.json"]
    assert stamp["sources"] == _hashes(WEB, sorted(sources)), "run `make web`"
    assert stamp["built"] == _hashes(STATIC, list(stamp["built"])), "run `make web`"


def test_every_bundled_package_has_its_licence() -> None:
    lock = json.loads((WEB / "package-lock.json").read_text("utf-8"))
    wanted = {
        path.removeprefix("node_modules/")
        for path, about in lock["packages"].items()
        if path and not about.get("dev")
    }
    texts = (STATIC / "LICENSES.txt").read_text("utf-8")
    assert {name for name in wanted if f"\n{name} " not in texts} == set()


def test_the_served_page_has_no_script_and_no_style_of_its_own() -> None:
    elements = _Elements((STATIC / "index.html").read_text("utf-8"))
    assert [(a.get("src"), text.strip()) for a, text in elements.all("script")] == [
        ("static/app.js", "")
    ]
    assert not elements.all("style")
    assert not [a for _, a in elements.found if any(n == "style" or n.startswith("on") for n in a)]


def test_our_sources_write_text_never_markup() -> None:
    written = "".join(path.read_text("utf-8") for path in (WEB / "src").glob("*.js"))
    assert "textContent" in written
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", written
    )


@pytest.mark.parametrize(
    "entry",
    json.loads((STATIC / "gallery.json").read_text("utf-8")),
    ids=lambda entry: entry["name"],
)
def test_a_published_schedule_is_right(entry: dict[str, Any]) -> None:
    run = {k: v for k, v in entry.items() if k not in ("name", "text", "lr", "source")}
    (program,) = looked_at([(entry["name"], entry["text"])], entry.get("lr", 1), **run)["programs"]
    assert [d["message"] for d in program["diagnostics"] if d["severity"] == "error"] == []
    assert program["curve"] is not None
    assert entry["source"]


# --- the server ----------------------------------------------------------------------------------


def test_a_browser_that_hangs_up_does_not_end_the_server() -> None:
    pytest.importorskip("uvicorn")
    command = [sys.executable, "-m", "lrdsl", "serve", "--port", "0", "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = int(re.findall(r":(\d+)/", server.stdout.readline())[0])
            for _ in range(20):
                with socket.create_connection(("127.0.0.1", port)) as line:
                    # the answers are more than fits on the way: it is still writing when we go
                    line.sendall(20 * b"GET /static/app.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                    line.recv(1)
                    line.shutdown(socket.SHUT_WR)
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
                assert answer.status == 200
        finally:
            server.terminate()
