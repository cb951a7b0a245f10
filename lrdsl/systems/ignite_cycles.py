"""The cycles of ignite's cyclical schedulers (0.5.5).

Cycle i goes from ``start*start_mult**i`` to ``end*end_mult**i``, in size events, and then, in
warm-up events, straight to where the next one starts. Both lengths are multiplied by cycle_mult
and truncated to whole events.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from lrdsl.algebra import Schedule
from lrdsl.python import cosine, linear, lr, points, restarts
from lrdsl.systems.arguments import exact, ticks
from lrdsl.systems.host import Host, Unlike
from lrdsl.systems.joining import chain
from lrdsl.systems.registry import Draft, unusable
from lrdsl.values import Value, show_number

ZERO, ONE = Fraction(0), Fraction(1)
ROOM = Fraction(1000)  # events that are written out where no total is known
MOST = 500  # cycles in a text

Shape = Callable[[Fraction, Value, Value], Schedule]


def line(size: Fraction, start: Value, end: Value) -> Schedule:
    return linear(size, start=start, end=end)


def arch(size: Fraction, start: Value, end: Value) -> Schedule:
    return cosine(size, start=start, end=end)


def triangle(size: Fraction, start: Value, end: Value) -> Schedule:
    """To the end value at half of the cycle, and back."""
    return points([[0, start], [ticks(size / 2), end], [size, start]])


@dataclass(frozen=True, slots=True)
class Cycles:
    """Cycles from one on.

    Attributes:
        shape: of a cycle, from its length and the two values.
        size: the length of this cycle.
        warmup: how long the next cycle's start value is led up to.
        mult: of both lengths.
        values: the start and the end value of this cycle.
        mults: by how much they change.
    """

    shape: Shape
    size: Fraction
    warmup: Fraction
    mult: Fraction
    values: tuple[Fraction, Fraction]
    mults: tuple[Fraction, Fraction]

    def draft(self, host: Host) -> Draft:
        """All cycles, as `restarts` wherever their lengths are exactly geometric."""
        if self.mult.denominator == 1 and self.mult > 0:
            return Draft(self._repeated(host, self.mult))
        written: list[Cycles] = []
        cycle, at = self, ZERO
        room = ROOM if host.total is None else host.total
        while cycle.size and at < room:
            following = cycle._next()
            if following._lengths() == cycle._lengths():
                return Draft(chain([*(c._once(host) for c in written), cycle._repeated(host, ONE)]))
            written.append(cycle)
            cycle, at = following, at + sum(cycle._lengths())
            if len(written) > MOST:
                raise unusable("cycle_mult", f"more than {MOST} cycles differ in length")
        run = {"total": at}
        if not cycle.size and all(c._exact(i, self) for i, c in enumerate(written)):
            return Draft(self._repeated(host, self.mult, len(written)), run=run)
        note = f"cycles are truncated to whole events: they are written out for {show_number(at)}"
        more = () if not cycle.size else (f"{note}; for more give the total",)
        return Draft(chain([c._once(host) for c in written]), run=run, notes=more)

    def _lengths(self) -> tuple[Fraction, Fraction]:
        return self.size, self.warmup

    def _next(self) -> Cycles:
        start, end = (exact(float(v * m)) for v, m in zip(self.values, self.mults, strict=True))
        size, warmup = (Fraction(math.floor(n * self.mult)) for n in self._lengths())
        return replace(self, size=size, warmup=warmup, values=(start, end))

    def _exact(self, i: int, first: Cycles) -> bool:
        return self._lengths() == tuple(n * self.mult**i for n in first._lengths())

    def _body(self, start: Value, end: Value) -> Schedule:
        """This cycle; what leads up to the next is in terms of its own start."""
        body = self.shape(self.size, start, end)
        return body >> linear(self.warmup, end=start * self.mults[0]) if self.warmup else body

    def _once(self, host: Host) -> Schedule:
        start, end = self.values
        return self._body(host.rate(start), host.rate(end))

    def _repeated(self, host: Host, t_mul: Fraction, limit: int | None = None) -> Schedule:
        """From this cycle on: in `restarts` what is a share of lr changes, a number does not."""

        def cycles(start: Value, end: Value, decay: Fraction) -> Schedule:
            again = {"limit": limit} if limit else {}
            return self._body(start, end) * restarts(**again, t_mul=t_mul, decay=decay)

        first, second = self.mults
        if limit == 1 or first == second == 1:
            return cycles(host.rate(self.values[0]), host.rate(self.values[1]), ONE)
        host = host.assuming(self.values[0 if first != 1 else 1])
        start, end = (_share(host, v) for v in self.values)
        if first == second:
            return cycles(start, end, first)
        if second == 1:
            return cycles(start, 0 * lr + self.values[1], first)
        if first == 1:
            return cycles(0 * lr + self.values[0], end, second)
        return cycles(start, 0 * lr, first) + cycles(0 * lr, end, second)


def _share(host: Host, rate: Fraction) -> Value:
    share = host.ratio(rate)
    if share is None:
        if len(host.base) > 1:
            raise Unlike(len(host.base))
        raise unusable("base_lr", "the values change as shares of it: it must not be 0")
    return share
