"""All benchmarks, one after the other, each in a process of its own.

Run it as ``make bench``, or as ``python benchmarks/run.py [NAME ...]``: the tables are printed, and
saved as runs/bench/NAME.json.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
RESULTS = ROOT / "runs" / "bench"
TOOLS = {"run", "timing"}


def main() -> None:
    names = sys.argv[1:] or sorted({path.stem for path in HERE.glob("*.py")} - TOOLS)
    RESULTS.mkdir(parents=True, exist_ok=True)
    failed = []
    for name in names:
        saved = RESULTS / f"{name}.json"
        saved.unlink(missing_ok=True)
        print(f"## {name}\n", flush=True)
        command = [sys.executable, str(HERE / f"{name}.py"), "--json", str(saved)]
        if subprocess.run(command, cwd=ROOT).returncode:
            failed.append(name)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")
    print(f"saved in {RESULTS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
