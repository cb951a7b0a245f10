"""Cycles that several systems restart: truncated to whole steps, or ever shorter."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

from lrdsl.algebra import Schedule
from lrdsl.layout.cycles import MAX_CYCLES
from lrdsl.python import restarts
from lrdsl.systems.registry import unusable

_MOST = 500  # runs of cycles in a text; beyond it nobody would read the program


def truncated(
    cycle: Callable[[Fraction, bool], Schedule],
    first: Fraction,
    factor: Fraction,
    room: Fraction,
    argument: str,
) -> tuple[Schedule, Fraction | None]:
    """Cycle after cycle, each ``int(factor * length)`` of the one before it.

    Where the lengths are exactly geometric they are one `restarts`. What truncation changes is
    written out, as far as the room.

    Args:
        cycle: a cycle of a length; the flag says that it comes after another.
        first: the length of the first cycle, in whole ticks.
        factor: of the lengths.
        room: how far cycles are wanted.
        argument: what the real system calls the factor.

    Returns:
        The cycles, and how long they are right: None where for ever.
    """

    def after(length: Fraction) -> Fraction:
        """In floats, as the real systems do it: ``int(90 * 0.7)`` is 62."""
        try:
            return Fraction(math.floor(float(length) * float(factor)))
        except OverflowError:  # longer than any run
            return Fraction(math.floor(length * factor))

    written: list[Schedule] = []
    length, at = first, Fraction(0)
    while len(written) < _MOST:
        body = cycle(length, bool(written))
        whole = factor.denominator == 1 and factor >= 1
        if whole or after(length) == length:
            return _chain([*written, body * restarts(t_mul=factor if whole else 1)]), None
        count, at = 1, at + length
        while after(length) == factor * length >= 1 and at < room:
            length *= factor
            count, at = count + 1, at + length
        growing = factor if count > 1 else 1
        if at > room:  # only a restarts may be cut by a run's end
            limit = count if growing < 1 else None
            return _chain([*written, body * restarts(limit=limit, t_mul=growing)]), room
        written.append(body * restarts(limit=count, t_mul=growing) if count > 1 else body)
        length = after(length)
        if not length or at == room:
            return _chain(written), at
    raise unusable(argument, f"more than {_MOST} cycles are truncated to whole steps, each alone")


def _chain(parts: list[Schedule]) -> Schedule:
    whole = parts[0]
    for part in parts[1:]:
        whole = whole >> part
    return whole


def cycles_before(end: int, first: Fraction, t_mul: Fraction) -> int:
    """How many cycles that shrink it takes to pass the step before `end`.

    The least n with ``first*(1 - t_mul**n)/(1 - t_mul) > end - 1``; where that is more than the
    language lays out, another number that is.
    """
    if end == 1:
        return 1
    if end - 1 > MAX_CYCLES * first:  # even if all were as long as the first
        return MAX_CYCLES + 1
    left, shrinks = 1 - (end - 1) * (1 - t_mul) / first, _log(t_mul)
    if not shrinks:  # by less than a float can tell
        return math.floor((end - 1) / first) + 1
    n = max(1, math.floor(_log(left) / shrinks))
    while n <= MAX_CYCLES and t_mul**n >= left:
        n += 1
    return n


def _log(x: Fraction) -> float:
    """Of a number below 1 that may be less than a float can hold, or nearer to 1."""
    if x > Fraction(1, 2):
        return math.log1p(float(x - 1))
    return math.log(x.numerator) - math.log(x.denominator)
