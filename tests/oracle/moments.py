"""Moments at which a curve is asked for its value (SPEC 3 and 6)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Sample:
    """A moment that a host asks for: a double, held against boundaries that are rounded.

    At a junction the later segment rules: it is `entered`, as a milestone there is `reached`.
    """

    time: Fraction
    noisy: bool = True

    def reached(self, boundary: Fraction) -> bool:
        return _double(boundary) <= _double(self.time)

    entered = reached


@dataclass(frozen=True)
class End:
    """The end of something, seen from inside: exact, and without noise.

    At a junction the earlier segment rules; a milestone exactly there has acted.
    """

    time: Fraction
    noisy: bool = False

    def reached(self, boundary: Fraction) -> bool:
        return boundary <= self.time

    def entered(self, boundary: Fraction) -> bool:
        return boundary < self.time


Moment = Sample | End


def _double(time: Fraction) -> float:
    try:
        return float(time)
    except OverflowError:  # no moment before the run's start is that early
        return math.inf
