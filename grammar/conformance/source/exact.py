"""Elementary functions on fractions, right to more than 40 digits.

The vectors are rounded once, from here to the nearest float, so that they do not depend on any
machine's math library and every implementation is measured against the same numbers.
"""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

BITS = 240
ONE = 1 << BITS
PI = Fraction("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899")


def _fixed(x: Fraction) -> int:
    return (x.numerator << BITS) // x.denominator


def cospi(x: Fraction | int) -> Fraction:
    """Give cos(pi*x), exact at the multiples of one half."""
    x = Fraction(x) % 2
    if (2 * x).denominator == 1:
        return Fraction((1, 0, -1, 0)[int(2 * x)])
    square = _fixed((PI * x) ** 2)
    term = total = ONE
    n = 0
    while term:
        n += 2
        term = -(term * square >> BITS) // (n * (n - 1))
        if term == -1:  # floor division never reaches 0 from below
            break
        total += term
    return Fraction(total, ONE)


def exp(x: Fraction | int) -> Fraction:
    """Give e**x: a Taylor series on x/2**24, squared 24 times."""
    small = _fixed(Fraction(x) / 2**24)
    term = total = ONE
    n = 0
    while term not in (0, -1):
        n += 1
        term = (term * small >> BITS) // n
        total += term
    for _ in range(24):
        total = total * total >> BITS
    return Fraction(total, ONE)


def _atanh(x: Fraction) -> Fraction:
    step = _fixed(x * x)
    term, total, n = _fixed(x), 0, 1
    while term not in (0, -1):
        total += term // n
        term = term * step >> BITS
        n += 2
    return Fraction(total, ONE)


def log(x: Fraction | int) -> Fraction:
    """Give ln x of x > 0, from ln x = 2*atanh((x-1)/(x+1)) after halving."""
    x = Fraction(x)
    halvings = 0
    while x > Fraction(4, 3):
        x, halvings = x / 2, halvings + 1
    while x < Fraction(2, 3):
        x, halvings = x * 2, halvings - 1
    return 2 * _atanh((x - 1) / (x + 1)) + halvings * 2 * _atanh(Fraction(1, 3))


def power(x: Fraction | int, exponent: Fraction | int) -> Fraction:
    """Give x**exponent for x >= 0; whole exponents up to 64 exactly."""
    x, exponent = Fraction(x), Fraction(exponent)
    if exponent.denominator == 1 and abs(exponent) <= 64:
        return x ** int(exponent)
    return exp(exponent * log(x)) if x else Fraction(0)


def sqrt(x: Fraction | int) -> Fraction:
    """Give the square root of x >= 0."""
    x = Fraction(x)
    return Fraction(isqrt(_fixed(x) << BITS), ONE)


def tanh(x: Fraction | int) -> Fraction:
    """Give the hyperbolic tangent."""
    e = exp(2 * Fraction(x))
    return (e - 1) / (e + 1)
