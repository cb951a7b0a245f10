"""Rules over the rates: what the curve does in the run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import accumulate, pairwise

from lrdsl import expr as E
from lrdsl.algebra import Clip, Maximum, Minimum, Modified, Node
from lrdsl.diagnostics import Problem
from lrdsl.layout import Moment, Placed, label
from lrdsl.lint.subject import Rule, Subject
from lrdsl.outline import amount
from lrdsl.segments import (
    Exponential,
    Gaussian,
    Hold,
    Inverse,
    Multistep,
    Points,
    Restarts,
    Shape,
    Snap,
    Step,
    Wave,
)
from lrdsl.values import Value

MISSED = 0.1  # of the peak: how far from its end a curve may be at the last update
FLOOR, RISEN = 0.1, 0.5  # of the peak: how low, and how high again at the end
ABOVE = 1.01  # of the base rate: what is more than rounding
MOST = Fraction(1, 2)  # of the run
DUST = 1e-9  # of the peak: a float this small may be an exact zero


def not_positive(s: Subject) -> Iterator[Problem]:
    """LR809: a rate that is negative, or zero, before the end."""
    total = s.planned.run.total
    if total is None or not s.planned.is_affine or s.scale is None or s.has(Gaussian):
        return  # of a gaussian only the mean is known, which is 0
    dust = DUST * s.size
    for piece, samples in zip(s.pieces, s.samples, strict=True):
        if piece.text.startswith("hold") and "value=0" in piece.text:
            continue
        end = total if piece is s.pieces[-1] else piece.end  # what follows is asked itself
        for at, rate in samples:
            if at == 0 or at >= total or rate > dust or (end is not None and at >= end):
                continue
            value = s.exact_rate(at, s.scale)
            # one zero alone is where a warm-up starts
            follows = value == 0 and at + 1 < total and s.exact_rate(at + 1, s.scale) == 0
            if value < 0 or follows:
                word = "zero" if value == 0 else "negative"
                yield Problem(
                    "LR809",
                    f"the rate is {word} at {s.planned.run.tell(at)}, before the end of the run",
                    help="nothing is learned there: give end=, or a floor: max(.., 1e-2*lr)",
                    where=s.at(at),
                )
                return


def first_update(s: Subject) -> Iterator[Problem]:
    """LR815 (off by default): the first update has rate 0."""
    if s.planned.is_affine and s.exact_rate(Fraction(0), 1.0) == 0:
        yield Problem(
            "LR815",
            "the first update has rate 0, and changes nothing",
            help="grid=right starts one step up the ramp; or give start=",
            where=s.at(Fraction(0)),
        )


def end_missed(s: Subject) -> Iterator[Problem]:
    """LR817: a curve that is far from its end at the last update."""
    last, run = s.last_update, s.planned.run
    if last is None or s.scale is None or run.overflow == "truncate" or s.has(Snap):
        return  # cut short on purpose, or held at a tick before
    part, start = s.ruling(last)
    node, length = part.placed.node, part.placed.length
    end = getattr(node, "end", None)
    if not isinstance(node, Shape) or end is None or part.role in ("cycle", "sliced"):
        return  # a cut cycle is told as such, and a slice is cut on purpose
    if length is None or length.exact is None or start + length.exact <= last:
        return
    goal, rate = amount(part.placed.leave(), s.scale), s.rate(last)
    if abs(rate - goal) > MISSED * s.size:
        yield Problem(
            "LR817",
            f"{node.kind} ends at {_told(s, goal)}, and the last update, at {run.tell(last)}, is "
            f"at {_told(s, rate)}",
            help="grid=right takes the rate at the end of each tick, so that the last update has "
            "the end",
            where=node,
        )


def rises_again(s: Subject) -> Iterator[Problem]:
    """LR818: a rate that has come down, and is high again at the end of the run."""
    if s.last_update is None or s.scale is None or s.has(Restarts, Wave, Points, Gaussian):
        return  # those come back on purpose
    curve = [c for c in s.curve if math.isfinite(c[1])]
    if not curve:
        return
    peaks = accumulate((rate for _, rate in curve), max)
    low = [
        (rate / peak, at, rate)
        for (at, rate), peak in zip(curve, peaks, strict=True)
        if 0 <= rate <= FLOOR * peak and peak > 0
    ]
    at, rate = curve[-1]
    if low and rate >= RISEN * s.peak[1]:
        _, bottom, least = min(low)
        yield Problem(
            "LR818",
            f"the rate has come down to {_told(s, least)} at {s.planned.run.tell(bottom)}, and is "
            f"{_told(s, rate)} again at the last update",
            help="a run is best ended low: end it with a decay, or leave the rise out; cycles are "
            "written with restarts",
            where=s.at(at),
        )


def constant(s: Subject) -> Iterator[Problem]:
    """LR819: a curve that does not change for most of the run, although it is no hold."""
    total = s.planned.run.total
    if total is None:
        return
    bounds: list[tuple[Placed, Fraction]] = []
    inside: set[int] = set()  # bounds: no schedule is looked at twice, however deep it is nested
    level = _Levels()
    for start, placed, _ in s.placed:
        if id(placed) in inside:
            inside.update(id(p.placed) for p in placed.parts)
        if start is None or placed.length is None or placed.length.exact is None:
            continue
        length = min(placed.length.exact, total - start)
        if length < MOST * total:
            continue
        node = placed.node
        if isinstance(node, Step | Exponential | Inverse):
            last = E.const(math.ceil(length) - 1)
            if last is E.ZERO:
                continue
            # these rise or fall all the time: equal ends are equal throughout
            if s.is_same(placed.opening, placed.held(Moment(last, last, quiet=True))):
                yield Problem(
                    "LR819",
                    f"{node.kind} does not change the rate in this run",
                    help=_NEVER.get(node.kind),
                    where=node,
                )
        elif _bounds(node) and id(placed) not in inside and not level.stands_in(node):
            bounds.append((placed, length))
            inside.update(id(p.placed) for p in placed.parts)
    curves = s.curves_of([placed for placed, _ in bounds])
    for (placed, length), curve in zip(bounds, curves, strict=True):
        still = _longest(curve, length)
        if still >= MOST * total:
            yield Problem(
                "LR819",
                f"{label(placed.node)} is constant for {float(still / total):.0%} of the run",
                help="a level part is hold; is the bound in the unit of the curve?",
                where=placed.node,
            )


_NEVER = {
    "step": "its first step would be after the end: is every= in the unit of the run?",
    "exponential": "factor= is what the rate is multiplied by",
}
_PARTS = 32


def _bounds(node: Node) -> bool:
    if isinstance(node, Modified):
        return isinstance(node.modifier, Snap)
    return isinstance(node, Minimum | Maximum | Clip)


class _Levels:
    """Which schedules have a part that is level on purpose; each is walked once."""

    def __init__(self) -> None:
        self._known: dict[int, bool] = {}

    def stands_in(self, node: Node) -> bool:
        found = self._known.get(id(node))
        if found is None:
            found = isinstance(node, Hold | Step | Multistep | Points) or any(
                map(self.stands_in, node.children())
            )
            self._known[id(node)] = found
        return found


def _longest(curve: Callable[[float], float], length: Fraction) -> Fraction:
    """How long a curve stays at one value, at least, as far as a few samples tell."""
    moments = [math.ceil(length * Fraction(i, _PARTS)) for i in range(_PARTS)]
    values = [curve(float(x)) for x in (*moments, math.ceil(length) - 1)]
    longest = here = 0
    for a, b in pairwise(values):
        here = here + 1 if a == b else 0
        longest = max(longest, here)
    return length * Fraction(longest, _PARTS)


def peak_above(s: Subject) -> Iterator[Problem]:
    """LR820: an absolute value lifts the peak above the base rate."""
    if s.lr is None or s.lr <= 0:
        return
    at, rate = s.peak
    if not rate > ABOVE * s.lr or s.exactly(at).b is E.ZERO:
        return  # shares of lr say themselves how high they are
    if any(_is_above(node, s.lr) for node in s.nodes):
        return  # LR806 says so
    yield Problem(
        "LR820",
        f"the rate is {rate:.4g} at {s.planned.run.tell(at)}, above the base rate {s.lr:g}",
        help="is an absolute rate, or the base rate, a power of ten off?"
        if rate >= 9 * s.lr
        else "a share of the base rate, such as 0.1*lr, goes with it",
        where=s.at(at),
    )


def _is_above(node: Node, lr: float) -> bool:
    end = getattr(node, "end", None)
    return isinstance(node, Shape) and isinstance(end, Value) and not end.lr and end.constant > lr


def _told(s: Subject, rate: float) -> str:
    """A rate for people: a share where the base rate is not known."""
    if s.lr is not None or not rate:
        return f"{rate:.4g}"
    return "lr" if rate == 1 else f"{rate:.4g}*lr"


RATE_RULES: list[Rule] = [
    not_positive,
    first_update,
    end_missed,
    rises_again,
    constant,
    peak_above,
]
