"""Corners of the compiled forms: blocks of an array, and the printed functions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

import lrdsl
from lrdsl import expr as E
from lrdsl.compiled.python import MAX_INDENT, Printer, check_printable
from lrdsl.compiled.vector import BLOCK
from lrdsl.diagnostics import Problem

ULPS = 4 * np.finfo(float).eps  # numpy's elementary functions against the C library's


def test_sorted_ticks_are_slices_and_others_are_not_mistaken_for_them() -> None:
    """Ascending, descending, equal, and in one branch alone, at the edges of every block."""
    plan = lrdsl.compile("warmup(10) >> hold(10) >> cosine(60) >> hold", total=100)
    for ticks in (
        np.repeat([0.0, 10, 20, 80, 100], 3),
        np.array([10.0, 10, 9.999999, 20]),
        np.array([19.0, 20]),
        np.array([80.0]),
        np.linspace(30, 40, BLOCK + 2),
        np.linspace(0, 100, BLOCK + 1)[::-1],
    ):
        expected = [plan(t) for t in ticks.tolist()]
        assert plan(ticks).tolist() == pytest.approx(expected, rel=0, abs=ULPS)


@pytest.mark.parametrize(("offset", "unit"), [("0", "0.1"), ("0.1", "0.3"), ("0.7", "1/3")])
def test_a_cycle_that_numpy_counts_is_the_one_that_python_counts(offset: str, unit: str) -> None:
    """At the double nearest to every boundary, and at the one before it."""
    plan = lrdsl.compile(
        f"hold({offset}st) >> linear({unit}*1st) * restarts", total=1000, tick="st"
    )
    bounds = [float(Fraction(offset) + k * Fraction(unit)) for k in range(1, 2500)]
    at = np.array([t for b in bounds for t in (math.nextafter(b, 0), b)])
    for ticks in (at, at[::-1]):
        expected = [plan(t) for t in ticks.tolist()]
        assert plan(ticks).tolist() == pytest.approx(expected, rel=0, abs=1e-9)
    assert plan(at[1::2]).tolist() == pytest.approx([1.0] * len(bounds), abs=1e-9)


PRINTED = {
    "warmup(5) >> cosine(40) >> hold": """\
def value(t, lr):
    if t < 5.0:
        return (t / 5.0) * lr
    if t < 45.0:
        return ((cos(pi * ((t - 5.0) / 40.0)) + 1.0) / 2.0) * lr
    return 0.0
""",
    "max(linear, 0.2) + noise(0.1)": """\
def value(t, lr):
    if t < 100.0:
        v2 = 0.2 if (v1 := (1.0 - (t / 100.0)) * lr) < 0.2 else v1
        return (v2 + (v2 * NOISE0[floor(t)]))
    return 0.2
""",
    "linear * (hold(20) >> linear(50)) * snap(7)": """\
def value(t, lr):
    if t < 100.0:
        v1 = 7.0 * (t // 7.0)
        if v1 < 20.0:
            v2 = 1.0
        else:
            if v1 < 70.0:
                v2 = 1.0 - ((v1 - 20.0) / 50.0)
            else:
                v2 = 0.0
        return ((1.0 - (v1 / 100.0)) * v2) * lr
    return 0.0
""",
    "linear(start=lr - 0.1, end=-1e-3)": """\
def value(t, lr):
    if t < 100.0:
        v1 = t / 100.0
        return (1.0 - v1) * lr + ((0.099 * v1) - 0.1)
    return (-0.001)
""",
    "multistep([10, 20, 30, 40, 50], to=[0.5, 0.4, 0.3, 0.2, 0.1]) * snap(7)": """\
def value(t, lr):
    if t < 100.0:
        v1 = 7.0 * (t // 7.0)
        if v1 < 30.0:
            if v1 < 10.0:
                return lr
            if v1 < 20.0:
                return 0.5
            return 0.4
        if v1 < 40.0:
            return 0.3
        if v1 < 50.0:
            return 0.2
        return 0.1
    return 0.1
""",
}


@pytest.mark.parametrize("program", PRINTED)
def test_a_plan_prints_what_a_person_would_write(program: str) -> None:
    """Decisions first, shared parts named once, and no parentheses around a whole."""
    assert lrdsl.compile(program, total=100).source == PRINTED[program]


def test_a_long_sum_is_printed_in_pieces() -> None:
    """Python's own parser takes two hundred parentheses inside each other."""
    text = " + ".join(f"inverse(scale={n})" for n in range(1, 251))
    assert lrdsl.compile(text, tick="st")(0) == 250


def test_choices_inside_choices_are_counted_before_they_are_printed() -> None:
    def nested(levels: int) -> E.Expr:
        found = E.T
        for i in range(levels):
            (found,) = E.select(E.floor(E.T / (i + 2)), [E.ONE], [[found], [E.ZERO]])
        return found

    check_printable([nested(MAX_INDENT - 1)])
    with pytest.raises(Problem, match="LR602"):
        check_printable([nested(MAX_INDENT)])


def test_choices_inside_choices_have_a_limit() -> None:
    """Python's own is a hundred levels of indentation."""
    printer = Printer([])
    printer._emit(MAX_INDENT, "x = 1")
    with pytest.raises(Problem) as caught:
        printer._emit(MAX_INDENT + 1, "x = 1")
    assert caught.value.code == "LR602"
