"""Cycles of equal and of unequal length, counted and found exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from lrdsl import expr as E
from lrdsl.diagnostics import Problem
from lrdsl.expr import Expr
from lrdsl.layout.frames import Moment
from lrdsl.segments import Restarts

MAX_CYCLES = 65_536  # of unequal length: each needs an entry in a table
MAX_NESTED_CYCLES = 8
HORIZON = Fraction(2**53)  # an open-ended run of unequal cycles is laid out this far


@dataclass(frozen=True)
class Cycles:
    """How a `restarts` divides its time.

    Attributes:
        unit: the first cycle's length.
        count: how many cycles there are; None where they never end.
        full: whether the last one is complete.
        wanted: how many there would be without a cut; None where there is no limit.
    """

    unit: Expr
    count: int | None
    full: bool
    wanted: int | None


def count_cycles(modifier: Restarts, unit: Expr, length: Expr | None) -> Cycles:
    """How many cycles the length has room for, counted exactly; the last may be cut."""
    t_mul, limit = modifier.t_mul, modifier.limit
    if t_mul == 1 and length is None:
        return Cycles(unit, None, True, limit)
    room = HORIZON if length is None else E.highest(length)
    first = E.lowest(unit)
    if t_mul == 1:
        whole, rest = divmod(room, first)
        return Cycles(unit, max(int(whole) + (rest > 0), 1), whole > 0 and rest == 0, limit)
    few, enough = 0, 1  # `few` cycles do not fill the room
    while first * geometric_sum(t_mul, enough) < room:
        few, enough = enough, 2 * enough
        check_unequal(modifier, few)
    while enough - few > 1:
        middle = (few + enough) // 2
        filled = first * geometric_sum(t_mul, middle) >= room
        few, enough = (few, middle) if filled else (middle, enough)
    check_unequal(modifier, enough)
    return Cycles(unit, enough, first * geometric_sum(t_mul, enough) == room, limit)


def growth_of(t_mul: Fraction, cycles: Cycles, index: Expr) -> tuple[Expr, Expr]:
    """How much longer a cycle is than the first, and when it starts, in first cycles."""
    if t_mul == 1:
        return E.ONE, index
    growth = E.Progression(Fraction(0), Fraction(1), t_mul, entries(cycles))
    return E.item(growth, index), E.item(_starts(t_mul, cycles), index)


def cycle_at(m: Moment, t_mul: Fraction, cycles: Cycles, unit: Expr) -> Expr:
    """The index of the cycle that a moment lies in."""
    if cycles.count == 1:
        return E.ZERO
    if t_mul == 1:
        if m.side == "right":
            return E.floordiv(m.x, unit)
        return E.maximum(-E.floordiv(-m.x, unit) - 1, E.ZERO)
    starts = _starts(t_mul, cycles)
    if unit.exact is not None:
        return E.index(starts.scaled(unit.exact), m.x, m.side)
    return E.index(starts, m.x / unit, m.side)


def check_unequal(modifier: Restarts, cycles: int) -> None:
    if modifier.t_mul != 1 and cycles > MAX_CYCLES:
        raise Problem(
            "LR606",
            f"{cycles:,} cycles of unequal length are more than {MAX_CYCLES:,}",
            help="cycles of equal length (t_mul=1) may be as many as you like",
            where=modifier,
            field="limit",
        )


def entries(cycles: Cycles) -> int:
    assert cycles.count is not None
    return cycles.count


def _starts(t_mul: Fraction, cycles: Cycles) -> E.Progression:
    """``1 + m + .. + m^(i-1) = (m^i - 1)/(m - 1)``."""
    ratio = 1 / (t_mul - 1)
    return E.Progression(-ratio, ratio, t_mul, entries(cycles))


def geometric_sum(m: Fraction, n: int) -> Fraction:
    """``1 + m + .. + m^(n-1)``."""
    if m == 1:
        return Fraction(n)
    ratio = 1 / (m - 1)
    return E.Progression(-ratio, ratio, m, n + 1).at(n)
