"""How a case is written down, and the few formulas that the themes share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

from source.exact import cospi, power, sqrt, tanh

Q = Fraction
Number = Fraction | int
Curve = Callable[[Fraction, Fraction], Number]  # (t in ticks, lr) -> rate
Case = dict[str, Any]


def number(x: Number) -> int | float:
    """Give the JSON number nearest to x; whole numbers without a point."""
    return int(x) if Fraction(x).denominator == 1 else float(x)


def around(*marks: float) -> list[float]:
    """List each mark with half a tick and one tick either side of it."""
    steps = (-1, -0.5, 0, 0.5, 1)
    return sorted({m + s for m in marks for s in steps if m + s >= 0})


def case(
    id: str,
    about: str,
    program: str,
    curve: Curve | None = None,
    at: Iterable[float] = (),
    *,
    total: str | int | None = "100st",
    lr: str = "0.1",
    tolerance: float | None = None,
    points: list[list[float]] | None = None,
    canonical: str | None = None,
    same_as: str | None = None,
    errors: list[Case] | None = None,
    more: bool = False,
    lints: list[str] | None = None,
    clean: bool = False,
    **run: Any,
) -> Case:
    """Write one case; `curve` at `at` gives its values, or `points` measured elsewhere."""
    result: Case = {"id": id, "about": about, "program": program}
    if total is not None:
        run = {"total": total, **run}
    if curve or points or errors or lints or clean:
        result["run"] = run
    if curve and not points:
        base = Q(lr)
        points = [[number(Q(t)), float(Q(curve(Q(t), base)))] for t in sorted(set(at))]
    if points:
        result["lr"] = number(Q(lr))
        result["values"] = [[t, number(Q(v))] for t, v in points]
    optional = {
        "tolerance": tolerance,
        "canonical": canonical,
        "same_as": same_as,
        "errors": errors,
        "more": more or None,
        "lints": lints,
        "clean": clean or None,
    }
    result.update({key: value for key, value in optional.items() if value is not None})
    assert result.keys() & {"values", "canonical", "same_as", "errors", "lints", "clean"}, id
    return result


def error(code: str, at: str | None = None, fix: str | None = None) -> Case:
    """Write a diagnostic: code, a text that its span overlaps, the program after its fix."""
    found = {"code": code, "at": at, "fix": fix}
    return {key: value for key, value in found.items() if value is not None}


def line(start: Number, end: Number, u: Number) -> Number:
    """Go straight from start to end; u is progress, here and below."""
    return start + (end - start) * u


def cosine(start: Number, end: Number, u: Number) -> Number:
    """Go from start to end by half a cosine."""
    return end + (start - end) * (1 + cospi(u)) / 2


def tanh_curve(start: Number, end: Number, u: Number, lb: Number = -6, ub: Number = 4) -> Number:
    """Go from start to end by the tanh of a line from lb to ub."""
    return end + (start - end) * (1 - tanh(lb * (1 - u) + ub * u)) / 2


def geometric(start: Number, end: Number, u: Number) -> Number:
    """Go from start to end by a constant ratio."""
    return start * power(Q(end) / start, u)


def root(start: Number, end: Number, u: Number) -> Number:
    """Go from start to end as 1-sqrt(u)."""
    return end + (start - end) * (1 - sqrt(u))


def floor(x: Number) -> int:
    """Round down."""
    return x.__floor__()


def cycle(t: Fraction, first: Number, t_mul: Number, limit: int | None = None) -> tuple[int, Q]:
    """Find (i, u), the cycle that t lies in and its progress; after the last (limit-1, 1)."""
    i, start, length = 0, Q(0), Q(first)
    while t >= start + length:
        if limit is not None and i + 1 == limit:
            return i, Q(1)
        i, start, length = i + 1, start + length, length * t_mul
    return i, (t - start) / length
