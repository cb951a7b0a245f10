"""How soon lrdsl answers: how long it takes to start, and what a program takes once it runs.

Run it as ``python benchmarks/start.py [--rounds N] [--json FILE]``. Starting is measured in
processor time (what another process does meanwhile counts less) beside ``import lark, pydantic``; a
program beside lark's own bare parse of the same text; growth beside a tenth of the segments. Every
figure is the median of the rounds, in which all take turns.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from lark import Lark
from timing import arguments, report

import lrdsl
from lrdsl import api

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = "warmup(5, 1e-5) >> tanh(-6, 4) * restarts(t_mul=2, decay=0.5, limit=3) + noise(0.67)"
TOTAL = 300
# What is installed has its modules compiled, whatever is said of a checkout.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

Measure = Callable[[], float]


def process(*arguments: str) -> float:
    """Seconds of processor time that an interpreter takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *arguments], env=ENVIRONMENT, capture_output=True, check=True, cwd=ROOT
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def call(work: Callable[[], object], times: int) -> float:
    """Seconds that a call takes."""
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times


def starts(program: Path) -> dict[str, Measure]:
    code = f"import lrdsl; lrdsl.{{}}({EXAMPLE!r}{{}})"
    check = ["-m", "lrdsl", "check", str(program), "--total", "90ep"]
    return {
        "import lark, pydantic": partial(process, "-c", "import lark, pydantic"),
        "an empty pydantic model": partial(
            process, "-c", "import pydantic; pydantic.create_model('M', x=(int, 1))"
        ),
        "import lrdsl": partial(process, "-c", "import lrdsl"),
        "import lrdsl, first parse": partial(process, "-c", code.format("parse", "")),
        "import lrdsl, first compile": partial(
            process, "-c", code.format("compile", f", total={TOTAL}")
        ),
        "lrdsl check, one file": partial(process, *check),
        "lrdsl check, --no-cache": partial(process, *check, "--no-cache"),
    }


def warm() -> dict[str, Measure]:
    grammar = (ROOT / "grammar" / "lrdsl.lark").read_text(encoding="utf-8")
    lark = Lark(grammar, parser="lalr", lexer="basic", start="program", maybe_placeholders=True)

    def compile_anew() -> None:
        api._compiled.cache_clear()
        lrdsl.compile(EXAMPLE, total=TOTAL)

    works: dict[str, tuple[Callable[[], object], int]] = {
        "lark's bare parse": (lambda: lark.parse(EXAMPLE), 100),
        "parse": (lambda: lrdsl.parse(EXAMPLE), 50),
        "format": (lambda: lrdsl.format(EXAMPLE), 50),
        "compile": (compile_anew, 20),
        "compile again": (lambda: lrdsl.compile(EXAMPLE, total=TOTAL), 2000),
        "check": (lambda: lrdsl.check(EXAMPLE, total=TOTAL), 20),
    }
    for work, _ in works.values():
        work()
    return {name: partial(call, work, times) for name, (work, times) in works.items()}


def growth(segments: int) -> dict[str, Measure]:
    body = " >> ".join("ab"[i % 2] for i in range(segments))
    text = f"a=hold(1);b=linear(1,end=0.5*lr);{body}".replace(" ", "")

    def compile_anew() -> None:
        api._compiled.cache_clear()
        lrdsl.compile(text, total=segments)

    works: dict[str, Callable[[], object]] = {
        "parse": lambda: lrdsl.parse(text),
        "compile": compile_anew,
        "check": lambda: lrdsl.check(text, total=segments),
        "format": lambda: lrdsl.format(text),
    }
    return {f"{name}, {segments:,} segments": partial(call, w, 1) for name, w in works.items()}


def medians(measures: Mapping[str, Measure], rounds: int) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            taken[name].append(measure())
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def rows(taken: Mapping[str, float], unit: float) -> list[dict[str, object]]:
    """Milliseconds, and how many times the unit that is."""
    return [{"case": name, "ms": s * 1000, "times": s / unit} for name, s in taken.items()]


def main() -> None:
    options = arguments(__doc__, rounds=15)
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "schedule.lr")
        program.write_text("warmup(5ep) >> cosine\n", encoding="utf-8")
        measures = starts(program)
        medians(measures, 1)  # what it compiles is there from the second time on
        taken = medians(measures, options.rounds)
    report("starting", rows(taken, taken["import lark, pydantic"]), options.json)
    taken = medians(warm(), options.rounds)
    report("once it runs", rows(taken, taken["lark's bare parse"]), options.json)
    few, many = (medians(growth(n), max(1, options.rounds // 5)) for n in (1_000, 10_000))
    grown: list[dict[str, object]] = []
    for (name, large), small in zip(many.items(), few.values(), strict=True):
        grown += rows({name: large}, small)
    report("beside a tenth of the segments", grown, options.json)


if __name__ == "__main__":
    main()
