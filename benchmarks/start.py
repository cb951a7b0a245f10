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
from timing import arguments, report, verdict

import lrdsl
from lrdsl import Plan, api

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = "warmup(5, 1e-5) >> tanh(-6, 4) * restarts(t_mul=2, decay=0.5, limit=3) + noise(0.67)"
TOTAL = 300
# What is installed has its modules compiled, whatever is said of a checkout.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}

Measure = Callable[[], float]

# At most so many times the unit of their table.
STARTING = {"import lrdsl": 1.15, "lrdsl check, one file": 2.0, "lrdsl check, --no-cache": 2.0}
RUNNING = {"parse": 3.0, "format": 3.0, "compile": 3.0, "check": 3.0, "compile again": 0.01}
GROWING = 11.0  # ten times the segments, and what a larger heap costs

WHY_STARTING = """
python, pydantic and the modules of the floors below the command line are loaded; the empty model
says what pydantic alone takes before it has done anything.
"""
WHY_RUNNING = """
the three rows with dots are what a compile consists of; a check is one with its lints. Each part is
exact: fractions, times by unit, expressions that know their equals. No part has a hot spot, and the
next compile of the same text in the same run is a look-up.
"""
WHY_GROWING = """
the calls grow with the segments (see tests/test_growth.py, which counts them); what grows faster is
the time of each, in a heap that no longer fits the processor's cache.
"""


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

    plan = lrdsl.compile(EXAMPLE, total=TOTAL)
    works: dict[str, tuple[Callable[[], object], int]] = {
        "lark's bare parse": (lambda: lark.parse(EXAMPLE), 100),
        "parse": (lambda: lrdsl.parse(EXAMPLE), 50),
        "format": (lambda: lrdsl.format(EXAMPLE), 50),
        "compile": (compile_anew, 20),
        ".. text to schedule": (lambda: api._bound(EXAMPLE), 20),
        ".. only laid out": (lambda: Plan(plan.schedule, plan.run).placed, 20),
        ".. laid out and traced": (lambda: Plan(plan.schedule, plan.run).value, 20),
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


def rows(
    taken: Mapping[str, float], unit: float, targets: Mapping[str, float]
) -> list[dict[str, object]]:
    """Milliseconds, and how many times the unit that is."""
    return [
        {
            "case": name,
            "ms": seconds * 1000,
            "times": seconds / unit,
            "target": targets.get(name),
            "verdict": verdict(seconds / unit, targets.get(name)),
        }
        for name, seconds in taken.items()
    ]


def main() -> None:
    options = arguments(__doc__, rounds=15)
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "schedule.lr")
        program.write_text("warmup(5ep) >> cosine\n", encoding="utf-8")
        measures = starts(program)
        medians(measures, 1)  # what it compiles is there from the second time on
        taken = medians(measures, options.rounds)
    table = rows(taken, taken["import lark, pydantic"], STARTING)
    report("starting", table, options.json, WHY_STARTING)
    taken = medians(warm(), options.rounds)
    table = rows(taken, taken["lark's bare parse"], RUNNING)
    report("once it runs", table, options.json, WHY_RUNNING)
    few, many = (medians(growth(n), max(1, options.rounds // 5)) for n in (1_000, 10_000))
    table = []
    for (name, large), small in zip(many.items(), few.values(), strict=True):
        table += rows({name: large}, small, {name: GROWING})
    report("beside a tenth of the segments", table, options.json, WHY_GROWING)


if __name__ == "__main__":
    main()
