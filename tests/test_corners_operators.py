"""Corners of schedules in Python, of findings and of expressions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from asking import code_of

import lrdsl
from lrdsl import expr as E
from lrdsl.diagnostics import Span, moved
from lrdsl.python import cosine, hold, lr, noise, restarts
from lrdsl.python import max as maximum
from lrdsl.python import min as minimum


def test_a_zero_adds_nothing() -> None:
    c = cosine()
    assert str(c - 0) == str(c + 0) == str(0 + c) == "cosine"
    assert str(0 - c) == "-cosine"
    assert str(lr - c) == "lr - cosine"


@pytest.mark.parametrize(
    ("work", "code"),
    [
        (lambda: lr >> cosine(), "LR304"),
        (lambda: 0.1 >> cosine(), "LR304"),
        (lambda: 0.1 * lr | cosine(), "LR304"),
        (lambda: 0.1 | cosine(), "LR304"),
        (lambda: 1 / cosine(), "LR302"),
        (lambda: 0.5 * restarts(limit=2), "LR303"),
        (lambda: 0.5 + noise(0.1), "LR303"),
        (lambda: noise(0.1) + cosine(), "LR303"),
        (lambda: restarts(limit=2) * cosine(), "LR303"),
        (lambda: cosine() + restarts(limit=2), "LR305"),
        (lambda: cosine() * noise(0.1), "LR305"),
        (lambda: cosine()[0.5:], "LR203"),
    ],
)
def test_operators_that_mean_nothing(work: Any, code: str) -> None:
    assert code_of(work) == code


def test_a_schedule_is_no_sequence() -> None:
    with pytest.raises(TypeError, match="a schedule is not iterable"):
        list(cosine())
    for part in (1, slice(0, 5, 2)):
        with pytest.raises(TypeError, match="a schedule is sliced by times"):
            cosine()[part]
    for wrong in ("a", None):
        with pytest.raises(TypeError, match="unsupported operand"):
            hold(5) + wrong


def test_numbers_alone_have_pythons_own_minimum_and_maximum() -> None:
    assert (minimum(3, 2), maximum([1, 5])) == (2, 5)


def test_a_finding_moves_with_its_text() -> None:
    (unfixed,) = lrdsl.check("hold(-5)")
    assert moved(unfixed, 7).span == Span(unfixed.span.start + 7, unfixed.span.end + 7)
    (found,) = [d for d in lrdsl.check("cosin") if d.severity == "error"]
    shifted = moved(found, 7)
    assert found.fix is not None
    assert shifted.fix is not None
    assert (shifted.span.start, shifted.span.end) == (found.span.start + 7, found.span.end + 7)
    assert shifted.fix.apply("x = 1; cosin") == f"x = 1; {found.fix.apply('cosin')}"


def test_expressions_print_themselves() -> None:
    """What a failing test shows."""
    assert repr(E.T * 2 + E.LR) == "add(mul(2, t), lr)"
    assert repr(2 / E.T) == "div(2, t)"
    assert (2**E.T).op == "pow"


def test_signs_fold() -> None:
    """Equal expressions are one object, so that what is the same is seen to be."""
    assert E.T - E.const(-3) is E.T + 3
    negative = -E.T
    assert -negative is E.T


def test_lengths_of_a_sum_in_cycles_are_one_multiple() -> None:
    """A thousand of them would be a sum of a thousand terms, in every start of a segment."""
    growth = E.item(E.Progression(Fraction(0), Fraction(1), Fraction(3, 2), 4), E.var("cycle0"))
    unit = growth * E.item(E.Progression(Fraction(0), Fraction(1), Fraction(2), 4), E.var("cycle1"))
    assert 2 * unit + 3 * unit is 5 * unit
    assert (growth + 2 * unit) + 3 * unit is growth + 5 * unit
    assert (growth - 2 * unit) + 3 * unit is growth + unit
    assert (growth - 2 * unit) - 3 * unit is growth - 5 * unit
    assert (growth + 2 * unit) - 2 * unit is growth
    assert E.lowest(growth - unit) == Fraction(27, 8) * (1 - 8)


def test_a_cycle_is_found_from_a_time_that_is_moved() -> None:
    starts = E.Progression(Fraction(0), Fraction(5), Fraction(2), 4)
    assert E.index(starts, E.T - 3) is E.index(starts.moved(Fraction(3)), E.T)
    assert E.index(starts, E.T + 3) is E.index(starts.moved(Fraction(-3)), E.T)
