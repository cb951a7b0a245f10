"""How what is made of a program grows with it: counted, because time is not the same twice."""

from __future__ import annotations

import cProfile
import pstats
import random
import sys
from types import FrameType

import numpy as np
import pytest

import lrdsl
from lrdsl import api
from lrdsl import expr as E
from lrdsl.compiled.python import MAX_INDENT, check_printable
from lrdsl.diagnostics import Problem

CURVES = [
    "{}",
    "({}) + noise(0.1)",
    "max({}, 0.05*lr)",
    "({}) * restarts(limit=3)",
    "({}) * restarts(t_mul=2, limit=3)",
]


SHAPES = ["cosine(3, start=lr, {})", "geometric(3, {})", "linear(3, grid=right, {})"]


def steps(count: int, shape: str = SHAPES[0], end: str = "*lr") -> str:
    return " >> ".join(shape.format(f"end=0.{i % 9 + 1}{end}") for i in range(count))


def planned(curve: str, count: int, *shape: str) -> lrdsl.Plan:
    return lrdsl.compile(curve.format(steps(count, *shape)), total=100_000)


@pytest.mark.parametrize("curve", CURVES)
def test_a_call_takes_as_many_comparisons_as_a_search(curve: str) -> None:
    """Eight times the segments cost three comparisons more, and no room in the call's frame."""
    assert_searched(planned(curve, 64), planned(curve, 512))


@pytest.mark.parametrize("end", ["*lr", "e-3"])
@pytest.mark.parametrize("shape", SHAPES)
def test_so_does_one_whose_segments_need_names(shape: str, end: str) -> None:
    assert_searched(planned("{}", 64, shape, end), planned("{}", 512, shape, end))


def assert_searched(few: lrdsl.Plan, many: lrdsl.Plan) -> None:
    assert lines_run(many) <= lines_run(few) + 3
    assert few.scalar.__code__.co_nlocals == many.scalar.__code__.co_nlocals


def lines_run(plan: lrdsl.Plan) -> int:
    """The most lines of its function that a call runs."""
    ran = 0

    def count(frame: FrameType, event: str, _: object) -> object:
        nonlocal ran
        ran += event == "line" and frame.f_code is plan.scalar.__code__
        return count

    most, before = 0, sys.gettrace()
    for t in random.Random(0).sample(range(5000), 100):
        ran = 0
        sys.settrace(count)
        try:
            plan.scalar(float(t), 1.0)
        finally:
            sys.settrace(before)
        most = max(most, ran)
    return most


def test_a_choice_between_times_that_vary_finds_the_branch() -> None:
    """The array form compares with every bound, the scalar form with a few of them."""
    plan = planned(CURVES[-1], 50)
    ticks = [*map(float, range(1100)), *(random.Random(0).uniform(0, 1100) for _ in range(500))]
    assert [plan(t) for t in ticks] == pytest.approx(np.asarray(plan(ticks)), rel=1e-15, abs=1e-15)


@pytest.mark.parametrize("work", ["parse", "format", "compile", "check"])
def test_the_work_grows_with_the_segments(work: str) -> None:
    """A tenth more than in proportion is left to what grows with the logarithm."""
    calls = [counted(work, steps(count)) for count in (100, 1000)]
    assert calls[1] < 11 * calls[0]


def counted(work: str, text: str) -> int:
    """How many functions a piece of work calls."""
    run = {"total": "100000ep"} if work in ("compile", "check") else {}
    api._compiled.cache_clear()
    profile = cProfile.Profile()
    profile.runcall(getattr(lrdsl, work), text, **run)
    return int(pstats.Stats(profile).total_calls)


@pytest.mark.parametrize("nested_first", [True, False])
def test_choices_inside_choices_have_a_limit(nested_first: bool) -> None:
    """Only those in the first branch: after an if that returns, nothing is indented."""
    value = E.T
    for i in range(MAX_INDENT + 1):
        rows = [(value,), (E.const(i),)]
        x = E.tanh(E.T * E.const(i + 1))
        (value,) = E.select(x, [E.const(0.5)], rows if nested_first else rows[::-1])
    if nested_first:
        with pytest.raises(Problem, match="too many choices"):
            check_printable([value])
    else:
        check_printable([value])
