"""Pieces of curves whose rates are written, as optax is given them: each says where it starts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import accumulate
from operator import mul
from typing import Any

from lrdsl.algebra import Schedule
from lrdsl.algebra import Sequence as Join
from lrdsl.python import cosine, hold, linear, lr, multistep, poly, warmup, wave
from lrdsl.python import max as at_least
from lrdsl.python import min as at_most
from lrdsl.systems.arguments import ticks
from lrdsl.systems.host import Host
from lrdsl.systems.joining import chain, joined
from lrdsl.systems.registry import unusable
from lrdsl.values import show_number

ZERO, HALF, QUARTER = Fraction(0), Fraction(1, 2), Fraction(1, 4)
HIGHEST = 8  # exponent of a cosine: it is written out, factor by factor


def row(parts: Iterable[Schedule]) -> Schedule:
    """One after the other; only the first says where it starts, and the last does not only hold."""
    flat = [s for part in parts for s in (part.operands if isinstance(part, Join) else (part,))]
    rest = joined(flat)
    later = list(rest.operands[1:]) if isinstance(rest, Join) else []
    while later and later[-1] == hold():
        later.pop()
    return chain([flat[0], *later])


def steady(host: Host, rate: Fraction, over: Fraction | None = None) -> Schedule:
    return hold(over=None if over is None else ticks(over), value=host.rate(rate))


def line(host: Host, start: Fraction, end: Fraction, length: Fraction) -> Schedule:
    first, last, over = host.rate(start), host.rate(end), ticks(length)
    if start == end:
        return steady(host, start, length)
    up = start < end and (start == 0 or last == lr)
    return warmup(over, first, end=last) if up else linear(over, start=first, end=last)


def arch(host: Host, start: Fraction, end: Fraction, length: Fraction) -> Schedule:
    if start == end:
        return steady(host, start, length)
    return cosine(ticks(length), start=host.rate(start), end=host.rate(end))


def fall(host: Host, start: Fraction, end: Fraction, length: Fraction, power: Fraction) -> Schedule:
    if start == end or power == 0:
        return steady(host, start)
    if power == 1:
        return line(host, start, end, length)
    return poly(ticks(length), start=host.rate(start), power=power, end=host.rate(end))


def bounded(
    host: Host, decay: Schedule, start: Fraction, rate: Fraction, end: Fraction
) -> Schedule:
    """A decay, or growth where rate > 1, that does not pass `end`: below in a decay, else above."""
    limit: Fraction | float = ZERO if rate < 1 else start
    if rate > 1 and start:
        limit = math.copysign(math.inf, start)
    low, high = sorted((start, limit))
    if end >= high if rate < 1 else end <= low:
        return steady(host, end)
    if low == high:
        return steady(host, start)
    if end <= low if rate < 1 else end >= high:
        return decay
    return (at_least if rate < 1 else at_most)(decay, host.rate(end))


def cosine_power(
    host: Host, start: Fraction, end: Fraction, length: Fraction, exponent: Fraction
) -> Schedule:
    """``end + (start - end)*((1 + cos(pi*u))/2)**exponent``, as a product.

    The square root of ``(1 + cos(pi*u))/2`` is ``cos(pi*u/2)``: a quarter of a wave around 0.
    """
    if start == end or exponent == 0:
        return steady(host, start)
    if exponent == 1:
        return arch(host, start, end, length)
    whole, half = divmod(exponent, 1)
    if half not in (0, HALF) or exponent > HIGHEST:
        raise unusable(
            "exponent",
            f"a cosine to the power of {show_number(exponent)} cannot be said",
            f"take 1/2, 1, 3/2, .. up to {HIGHEST}",
        )
    height, over = host.rate(start - end), ticks(length)
    if whole:
        curve = cosine(over, start=height)
        for _ in range(int(whole) - 1):
            curve = curve * cosine(over)
        curve = curve * wave(over, periods=QUARTER, low=-1) if half else curve
    else:
        curve = wave(over, start=height, periods=QUARTER, low=-1 * height)
    return curve + host.rate(end) if end else curve


def stairs(host: Host, start: Fraction, scales: Sequence[tuple[Fraction, Fraction]]) -> Schedule:
    at: list[Any] = [ticks(boundary) for boundary, _ in scales]
    first = host.rate(start)
    factor, *others = {scale for _, scale in scales}
    if factor and not others:
        return multistep(at, factor, start=first)
    rates = accumulate((scale for _, scale in scales), mul, initial=start)
    to: list[Any] = [host.rate(rate) for rate in rates][1:]
    return multistep(at, start=first, to=to)
