"""Quantities that differ from cycle to cycle, exact in each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

EXACT_BITS = 512  # longer rationals are rounded to this many significant bits


def tidy(value: Fraction) -> Fraction:
    """The rational itself, or, past `EXACT_BITS`, the nearest with that many significant bits."""
    if value.denominator.bit_length() <= EXACT_BITS and value.numerator.bit_length() <= EXACT_BITS:
        return value
    shift = EXACT_BITS + value.denominator.bit_length() - value.numerator.bit_length()
    scaled = value * 2**shift if shift >= 0 else value / 2**-shift
    return Fraction(round(scaled)) / Fraction(2) ** shift


@dataclass(frozen=True, slots=True)
class Progression:
    """A quantity that differs from cycle to cycle: ``alpha + beta*base^i``, exact in each.

    When a cycle starts, how long it and each of its parts last, and how much of the base value is
    left, are all of this form, so sums of them fold, however many cycles there are.
    """

    alpha: Fraction
    beta: Fraction
    base: Fraction
    count: int

    def __hash__(self) -> int:  # that of a fraction takes long, and nodes are found by this one
        a, b, c = self.alpha, self.beta, self.base
        return hash(
            (
                a.numerator,
                a.denominator,
                b.numerator,
                b.denominator,
                c.numerator,
                c.denominator,
                self.count,
            )
        )

    def at(self, i: int) -> Fraction:
        """The exact value in cycle i, within `EXACT_BITS`."""
        return tidy(self.alpha + self.beta * _power(self.base, i))

    def floats(self) -> tuple[float, ...]:
        """The nearest floats of all cycles."""
        powers, scale = _powers(self.base, self.count)
        p, q = self.alpha, self.beta
        shared = (p.numerator * q.denominator) << scale
        step = q.numerator * p.denominator
        whole = (p.denominator * q.denominator) << scale
        return tuple(_nearest(shared + step * m, whole) for m in powers[: self.count])

    def combine(self, other: Progression, sign: int) -> Progression:
        return Progression(
            tidy(self.alpha + sign * other.alpha),
            tidy(self.beta + sign * other.beta),
            self.base,
            self.count,
        )

    def scaled(self, factor: Fraction) -> Progression:
        return Progression(
            tidy(self.alpha * factor), tidy(self.beta * factor), self.base, self.count
        )

    def moved(self, by: Fraction) -> Progression:
        return Progression(tidy(self.alpha + by), self.beta, self.base, self.count)

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """The first and the last value: it is monotonic."""
        return self.at(0), self.at(self.count - 1)

    @property
    def is_whole(self) -> bool:
        """Whether every value is a whole number."""
        return self.alpha.denominator == self.beta.denominator == self.base.denominator == 1


def _nearest(numerator: int, denominator: int) -> float:
    """The nearest float; beyond all of them an infinity, which whoever evaluates it refuses."""
    try:
        return numerator / denominator
    except OverflowError:
        return math.inf if numerator > 0 else -math.inf


def _power(base: Fraction, exponent: int) -> Fraction:
    """The base to a whole power, by squaring, within `EXACT_BITS`."""
    result = Fraction(1)
    while exponent:
        if exponent & 1:
            result = tidy(result * base)
        base, exponent = tidy(base * base), exponent >> 1
    return result


@lru_cache(maxsize=16)
def _powers(base: Fraction, count: int) -> tuple[tuple[int, ...], int]:
    """Powers of the base as whole numbers over ``2^scale``; exact for whole bases."""
    scale = 0 if base.denominator == 1 else 2 * EXACT_BITS
    powers = [1 << scale]
    while len(powers) < count:
        powers.append(powers[-1] * base.numerator // base.denominator)
    return tuple(powers), scale
