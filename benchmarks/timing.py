"""How the benchmarks measure: cases side by side in one process, in turn, as medians.

    seconds = compare({"ours": lambda: plan(7), "by hand": lambda: hand(7)})
    rows = [{"case": name, "us": s * 1e6, "ratio": s / seconds["by hand"]} for name, s in ...]
    print(table(rows))

Machines differ and are shared: of what is printed, the ratios are what holds elsewhere.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import timeit
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from textwrap import fill

Row = Mapping[str, object]


def compare(
    cases: Mapping[str, Callable[[], object]], rounds: int = 101, round_seconds: float = 0.0003
) -> dict[str, float]:
    """Seconds per call of every case: the median over rounds in which each had its turn.

    The call itself is part of every figure. Turns are many and short: on a shared machine most of
    them pass between two interruptions, and the median is one of those.

    Args:
        cases: callables by name.
        rounds: how often each has a turn.
        round_seconds: how long a turn lasts at least; a slow case is called once per turn.
    """
    timers = {name: timeit.Timer(case) for name, case in cases.items()}
    calls = {name: _calls(timer, round_seconds) for name, timer in timers.items()}
    turns: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, timer in timers.items():
            turns[name].append(timer.timeit(calls[name]) / calls[name])
    return {name: statistics.median(seconds) for name, seconds in turns.items()}


def _calls(timer: timeit.Timer, seconds: float) -> int:
    """How many calls fill a turn; what a first call prepares is done then."""
    calls = 1
    timer.timeit(1)
    while (taken := timer.timeit(calls)) < seconds:
        calls = max(calls * 2, int(calls * seconds / max(taken, 1e-9)))
    return calls


def table(rows: Iterable[Row]) -> str:
    """Rows under the names of their cells: numbers to the right, three digits of each."""
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names, *([_cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    right = [any(isinstance(row.get(name), int | float) for row in rows) for name in names]
    return "\n".join(
        "  ".join(
            c.rjust(w) if r else c.ljust(w) for c, w, r in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in cells
    )


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:#.3g}".rstrip(".")
    return "" if value is None else str(value)


def verdict(ratio: float, target: float | None) -> str:
    """Whether a ratio is at most its target."""
    return "" if target is None else "met" if ratio <= target else "missed"


def report(title: str, rows: Sequence[Row], json_file: str | None = None, why: str = "") -> None:
    """Print a table, and save its rows with what they were measured on.

    Args:
        title: of the table.
        rows: its rows.
        json_file: where they are saved as well.
        why: what stands in the way of a target that is missed; printed if one is.
    """
    print(f"# {title}\n{table(rows)}\n", flush=True)
    if why and any(row.get("verdict") == "missed" for row in rows):
        print(f"{fill('Missed, and why: ' + ' '.join(why.split()), 100)}\n", flush=True)
    if json_file is None:
        return
    path = Path(json_file)
    known = json.loads(path.read_text()) if path.exists() else {}
    python = f"{platform.python_implementation()} {platform.python_version()}"
    known.update({"python": python, "machine": platform.machine(), title: list(rows)})
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(known, indent=1) + "\n")


def arguments(description: str | None, rounds: int = 101) -> argparse.Namespace:
    """The command line that every benchmark has: ``json``, ``rounds``."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--json", metavar="FILE", help="save the tables there as well")
    parser.add_argument(
        "--rounds", type=int, default=rounds, help="turns of every case (%(default)s)"
    )
    return parser.parse_args()
