"""Numbers of 50 digits that know how large the numbers were that they came from.

``size`` is a running first-order error analysis (Wilkinson 1963): if every operation of an
evaluation in doubles is right to an ulp of its result, the result is wrong by at most a few ulp of
1 times its size. So a difference of large numbers that is small keeps their size, and a steep curve
multiplies the size of its time. A result below the smallest normal double is right to an ulp of
that (Higham 2002, section 2.8): sums are exact there, all else adds it to the size.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mpmath import MPContext

mp = MPContext()  # our own: the precision of mpmath's is everybody's
mp.prec = 170  # bits: more than three times a double's
mpf = mp.mpf
ULP = mpf(2) ** -52
NORMAL = mpf(2) ** -1022  # the smallest double that has all its digits


def exact(x: Fraction | int | float) -> mpf:
    """A rational number to full precision."""
    q = Fraction(x)
    return mpf(q.numerator) / q.denominator


@dataclass(frozen=True)
class Number:
    value: mpf
    size: mpf

    @classmethod
    def of(cls, x: Fraction | int | float, size: Fraction | int | float | None = None) -> Number:
        """A literal, or a time that was computed from others as large as `size`."""
        value = exact(x)
        return cls(value, _held(max(abs(value), exact(0 if size is None else abs(size)))))

    def __float__(self) -> float:
        return float(self.value)

    def __neg__(self) -> Number:
        return Number(-self.value, self.size)

    def __add__(self, other: Number) -> Number:
        value = self.value + other.value  # rounded itself: forty terms are forty roundings
        return Number(value, self.size + other.size + abs(value) / 2)

    def __sub__(self, other: Number) -> Number:
        return self + -other

    def __mul__(self, other: Number) -> Number:
        size = self.size * abs(other.value) + other.size * abs(self.value)
        size += ULP * self.size * other.size  # which is all there is of 0 times 0
        return Number(self.value * other.value, _held(size))

    def __truediv__(self, other: Number) -> Number:
        q = self.value / other.value
        return Number(q, _held((self.size + abs(q) * other.size) / abs(other.value)))

    def through(self, value: mpf, slope: mpf) -> Number:
        """f(self), where f has this value and this slope here, and bends by 1 at most."""
        return Number(value, _held(abs(value) + (abs(slope) + ULP * self.size) * self.size))

    def cos(self) -> Number:
        return self.through(mp.cos(self.value), mp.sin(self.value))

    def tanh(self) -> Number:
        return self.through(mp.tanh(self.value), 1 - mp.tanh(self.value) ** 2)

    def to(self, power: Number) -> Number:
        """self**power, for self >= 0.

        Where rounding may have made it 0, anything between the two powers is as right.
        """
        if self.value < 0:  # a moment that is entered only as it is rounded
            return Number(mpf(0), self.size).to(power)
        base = max(self.value, ULP * self.size)
        if base == 0:
            zero_or_one = mpf(1) if power.value == 0 else mpf(0)
            either = 0 < power.value <= 4 * ULP * power.size  # a power that rounding makes 0
            return Number(zero_or_one, 1 / ULP if either else zero_or_one)
        value = self.value**power.value
        if self.value <= 4 * ULP * self.size and power.value > 0:
            return Number(value, (4 * base) ** power.value / ULP)
        steep = abs((base + 4 * ULP * self.size) ** power.value - value)  # 1 ulp may be all of it
        size = max(abs(power.value) * base ** (power.value - 1) * self.size, steep / (4 * ULP))
        size += base**power.value * (1 + abs(mp.log(base)) * power.size)
        return Number(value, _held(size))


def _held(size: mpf) -> mpf:
    """The size of what a double holds; 0 is exact."""
    return size + NORMAL if size else size


ZERO, ONE, TWO, PI = Number.of(0), Number.of(1), Number.of(2), Number(+mp.pi, mpf(4))


def least(a: Number, b: Number) -> Number:
    return _either(a, b, a.value <= b.value)


def greatest(a: Number, b: Number) -> Number:
    return _either(a, b, a.value >= b.value)


def _either(a: Number, b: Number, first: bool) -> Number:
    """One of two; rounding may have taken the other."""
    return Number((a if first else b).value, max(a.size, b.size))
