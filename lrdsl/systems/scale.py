"""Triangles whose height a ``scale_fn`` scales: the cyclical rates of torch and TensorFlow Addons.

Both compute ``low + (high - low)*triangle(t)*scale_fn(x)`` (Smith 2017), where the triangle goes
from 0 to 1 and back, and x is the number of the cycle, from 1, or of the step, from 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lrdsl.algebra import Schedule
from lrdsl.python import exponential, hold, inverse, linear, lr, restarts, snap, step, wave
from lrdsl.systems.arguments import exact, is_short, ticks
from lrdsl.systems.registry import timeless, unusable
from lrdsl.values import Value, show_number


@dataclass(frozen=True, slots=True)
class Counter:
    """What a ``scale_fn`` is given: ``first + floor(t/every)``; ``first + t`` without `every`."""

    first: int
    every: Fraction | None = None


def cycles(length: Fraction) -> Counter:
    """The number of the cycle, from 1."""
    return Counter(1, length)


STEPS = Counter(0)


@dataclass(frozen=True, slots=True)
class Scale:
    """``peak*factor(t)``: what the triangles are multiplied by. No factor is the factor 1."""

    peak: Fraction = Fraction(1)
    factor: Schedule | None = None


def power(base: Fraction, x: Counter, plus: Fraction | int = 0, name: str = "scale_fn") -> Scale:
    """``base**(x + plus)``, whose base is (in) the argument of that name."""
    exponent = int(x.first + plus)
    if base == 1 or (base == 0 and exponent >= 0):  # a power of 0 is 0 from the first rise on
        return Scale(base)
    if base <= 0:
        shown = show_number(base)
        raise unusable(name, f"no schedule has the powers of {shown}", "give a positive number")
    if not is_short(base, exponent):
        raise unusable(name, f"the power {exponent} is too large to compute with")
    every = 1 if x.every is None else ticks(x.every)
    decay = (exponential if x.every is None else step)(every=every, factor=base)
    return Scale(base**exponent, decay)


def reciprocal(x: Counter, plus: Fraction = Fraction(0)) -> Scale:
    """``1/(x + plus)``."""
    first = x.first + plus
    if first <= 0:
        raise unusable("scale_fn", "it divides by zero", "count from 1: 1/(x+1)")
    every = Fraction(1) if x.every is None else x.every
    return Scale(1 / first, _held(inverse(scale=ticks(first * every), power=1), x))


def sine(x: Counter, half: Fraction, quarter: Fraction = Fraction(1, 4)) -> Scale:
    """``(1 + sin(pi*x/half))/2``; with ``quarter=0`` of a turn less, the cosine."""
    every = Fraction(1) if x.every is None else x.every
    period = 2 * half * every
    turns = (x.first / (2 * half) - quarter) % 1
    waves = wave(ticks(period), periods=1) * restarts()
    return Scale(factor=_held(waves[ticks(turns * period) :] if turns else waves, x))


def _held(s: Schedule, x: Counter) -> Schedule:
    return s if x.every is None else s * snap(ticks(x.every))


def _constant(x: Counter, value: Fraction) -> Scale:
    return Scale(value)


_NUMBER = r"(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)"
_KNOWN: tuple[tuple[re.Pattern[str], Callable[..., Scale]], ...] = tuple(
    (re.compile(pattern.replace("N", _NUMBER)), make)
    for pattern, make in (
        (r"N", _constant),
        (r"N\*\*x", lambda x, g: power(g, x)),
        (r"N\*\*\(x([+-]\d+)\)", lambda x, g, n: power(g, x, n)),
        (r"1\.?0?/\(?N\*\*x\)?", lambda x, g: power(1 / g, x)),
        (r"1\.?0?/\(?N\*\*\(x([+-]\d+)\)\)?", lambda x, g, n: power(1 / g, x, n)),
        (r"1\.?0?/x", lambda x: reciprocal(x)),
        (r"1\.?0?/\(x([+-]\d+)\)", lambda x, n: reciprocal(x, n)),
        (r"0?\.5\*\(1\.?0?\+sin\(x\*pi/N\)\)", lambda x, n: sine(x, n)),
        (r"0?\.5\*\(1\.?0?\+cos\(x\*pi/N\)\)", lambda x, n: sine(x, n, Fraction(0))),
    )
)
_SPELLED_APART = re.compile(r"\s|\b(?:math|np|numpy|tf|torch)\.(?:math\.)?|lambda\s+x\s*:")


def read_scale(scale_fn: Any, x: Counter) -> Scale:
    """The scale that a text such as ``"1/2**(x-1)"`` says; nothing is evaluated.

    Raises:
        LrdslError: a Python function, or a text that is none of the known ones (LR725); one that
            fails in the real system too (LR724).
    """
    if isinstance(scale_fn, str):
        text = _SPELLED_APART.sub("", scale_fn).replace("^", "**")
        for pattern, make in _KNOWN:
            found = pattern.fullmatch(text)
            if found:
                return _made(make, x, found.groups())
    elif isinstance(scale_fn, int | float | Fraction) and not isinstance(scale_fn, bool):
        return _made(_constant, x, (scale_fn,))
    shown = f"{scale_fn!r}" if isinstance(scale_fn, str) else "a Python function"
    raise timeless(
        f"scale_fn, {shown},",
        "say it as a text: 1, 1/2**(x-1), 0.9**x, 1/x or 0.5*(1+sin(x*pi/2)), "
        "or write the factor in the language: s * restarts * step(every=.., factor=..)",
    )


def _made(make: Callable[..., Scale], x: Counter, numbers: tuple[Any, ...]) -> Scale:
    try:
        given = [exact(n) for n in numbers]
    except ValueError as e:  # too long, or too large
        raise unusable("scale_fn", str(e)) from None
    try:
        return make(x, *given)
    except ZeroDivisionError:
        raise unusable("scale_fn", "it divides by zero") from None


def triangles(
    up: Fraction, down: Fraction, low: Value, high: Value, scale: Scale = Scale()
) -> Schedule:
    """Triangles from low up to high and back, their height scaled; a saw where down is 0."""
    height = (high - low).scaled(scale.peak)
    foot = low if scale.factor is None else 0 * low
    if not height.lr and not height.constant:
        return hold() if low == lr else hold(value=low)
    cycle = linear(ticks(up), start=foot, end=foot + height)
    curve = (cycle >> linear(ticks(down), end=foot) if down else cycle) * restarts()
    if scale.factor is not None:
        curve *= scale.factor
    return curve if foot == low else curve + low
