"""A plan sampled for the eye: what every picture, read-out and comparison is made from.

The numbers are the plan's own, the same that train. Pictures (`lrdsl.view` in a terminal, the
figures, the pages) only draw them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from lrdsl import expr as E
from lrdsl.diagnostics import Problem
from lrdsl.expr import Expr
from lrdsl.outline import Piece
from lrdsl.plan import Plan
from lrdsl.values import LARGEST, LONG_NAMES, NO_FLOAT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_SAMPLES = 100_000  # a longer run is looked at in so many places
MAX_MARKS = 60  # more moments of change are a pattern, not marks
JUMP = 1e-3  # of the peak: what is smaller cannot be seen


@dataclass(frozen=True, slots=True)
class Reading:
    """The rate of one update: `tick` is where it stands in the run, from 0."""

    name: str
    tick: int
    rate: float


@dataclass(frozen=True, slots=True)
class Readouts:
    """The numbers that people ask of a curve.

    Attributes:
        updates: how many updates the curve covers.
        first, peak, lowest, last: single rates; of equal ones the first.
        mean: the average rate of all updates.
        area: the mean as a share of the peak: what a constant peak would do in `area` of the time.
            NaN where the peak is not positive.
        whole: whether every update was looked at; else all but first and last are approximate.
    """

    updates: int
    first: Reading
    peak: Reading
    lowest: Reading
    last: Reading
    mean: float
    area: float
    whole: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment where the rate jumps: a cycle that starts anew, or a milestone."""

    tick: Fraction
    kind: Literal["restart", "milestone"]
    text: str


@dataclass(frozen=True)
class Curve:
    """One option's rates over a run.

    Attributes:
        name: what a legend calls it.
        plan, lr: what it is a curve of; `lr` is the base value.
        option: the optimizer's option that it schedules: ``lr``, ``weight_decay``, ``momentum``.
        ticks: whole ticks, ascending, as float64, shape (n,).
        rates: the rates there, noise included, shape (n,).
        whole: whether `ticks` are all updates.
    """

    name: str
    plan: Plan
    lr: float
    option: str
    ticks: NDArray[np.float64]
    rates: NDArray[np.float64]
    whole: bool

    @property
    def updates(self) -> int:
        """How many updates the curve covers."""
        return int(self.ticks[-1]) + 1

    @cached_property
    def end(self) -> Fraction:
        """Where the time axis ends, in ticks."""
        end = horizon(self.plan)
        assert end is not None  # there is a curve
        return end

    @cached_property
    def _draws(self) -> list[Expr]:
        return [e for e in E.needed([self.plan.value.whole()]) if e.op == "draw"]

    @property
    def is_noisy(self) -> bool:
        """Whether a random stream moves the rates."""
        return bool(self._draws)

    @cached_property
    def band(self) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """The lowest and the highest rate that the noise's bound allows, each of shape (n,).

        None without noise, or where a stream has no bound (`gaussian`), or one that no float holds.
        """
        bounds = [e.data.pct for e in self._draws]
        if not bounds or None in bounds:
            return None
        import numpy as np

        try:
            sides = [self._still(side) for side in (-1, 1)]
        except Problem:  # a constant of the bound is larger than a float
            return None
        # a bound that no float holds is shown as the last one that is
        edges = [np.nan_to_num(side(self.ticks)) for side in sides]
        return np.minimum(*edges), np.maximum(*edges)

    @cached_property
    def formula(self) -> NDArray[np.float64]:
        """The rates without noise, shape (n,)."""
        return self._quiet(self.ticks) if self._draws else self.rates

    def _still(self, side: int = 0) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
        """The rate over ticks if every draw gave 0, or its bound on one side."""
        import numpy as np

        from lrdsl.compiled.vector import compiled

        fixed = {e.serial: E.const(side and side * Fraction(e.data.pct)) for e in self._draws}
        function = compiled(
            E.replaced([self.plan.value.whole()], fixed), lambda texts: f"{texts[0]},"
        )

        def rates(ticks: NDArray[np.float64]) -> NDArray[np.float64]:
            with np.errstate(all="ignore"):
                (found,) = function(ticks, np.float64(self.lr))
            return np.array(np.broadcast_to(found, ticks.shape))

        return rates

    @cached_property
    def readouts(self) -> Readouts:
        """First, peak, lowest, last, mean and area."""
        import numpy as np

        def reading(name: str, i: int) -> Reading:
            return Reading(name, int(self.ticks[i]), float(self.rates[i]))

        peak = reading("peak", int(self.rates.argmax()))
        # the updates between two samples lie on the line from one to the other
        widths = np.diff(self.ticks, append=float(self.updates))
        exponent = int(np.frexp(np.abs(self.rates).max())[1])  # so that no sum is too large
        shares = np.ldexp(self.rates, -exponent)
        rises = np.diff(shares, append=shares[-1])
        total = float((shares * widths + rises * (widths - 1) / 2).sum())
        mean = math.ldexp(total / self.updates, exponent)
        return Readouts(
            self.updates,
            reading("first", 0),
            peak,
            reading("lowest", int(self.rates.argmin())),
            reading("last", -1),
            mean,
            mean / peak.rate if peak.rate > 0 else math.nan,
            self.whole,
        )

    def seen(self, most: int) -> NDArray[np.intp]:
        """The indices of about `most` points, or all, between which nothing is to be seen.

        The highest and the lowest of every stretch are among them, so that noise keeps its width,
        as are both sides of every junction.
        """
        import numpy as np

        n = len(self.ticks)
        if n <= most:
            return np.arange(n)
        size = -(-2 * n // most)
        starts = np.arange(0, n, size)
        extremes = [
            at + f(self.rates[at : at + size]) for at in starts for f in (np.argmin, np.argmax)
        ]
        around = [float(k) for k in junctions(self.plan.pieces, self.updates)]
        kept = np.searchsorted(self.ticks, around)
        return np.unique([0, n - 1, *extremes, *kept])

    @cached_property
    def segments(self) -> tuple[Piece, ...]:
        """The program's segments in order, without those inside them and without empty ones."""
        return tuple(p for p in self.plan.pieces if p.depth == 0 and p.start != p.end)

    @cached_property
    def marks(self) -> tuple[Mark, ...]:
        """Where the rate without noise jumps, in order; none where there are too many to see."""
        cycles = dict(_restarts(self.plan.pieces))
        moments = sorted({t for t in {*_cuts(self.plan), *cycles} if 0 < t < self.end})
        if len(moments) > MAX_MARKS:
            return ()
        return tuple(
            Mark(t, "restart" if t in cycles else "milestone", cycles.get(t, ""))
            for t in moments
            if self._jumps(t)
        )

    @cached_property
    def _quiet(self) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
        return self._still()

    def _jumps(self, tick: Fraction) -> bool:
        import numpy as np

        at = float(tick)
        before, after = self._quiet(np.array([np.nextafter(at, 0), at])).tolist()
        scale = max(abs(self.readouts.peak.rate), abs(self.readouts.lowest.rate))
        return bool(abs(after - before) > JUMP * scale)


def curve(plan: Plan, lr: float = 1.0, *, name: str = "", option: str = "lr") -> Curve | None:
    """The rate of every update, or of `MAX_SAMPLES` of them with those at the junctions.

    Args:
        plan: what to look at.
        lr: the base rate.
        name: what to call the curve; the program, if empty.
        option: the optimizer's option that the plan is for.

    Returns:
        None where the plan has no horizon: a total is needed.

    Raises:
        LrdslError: the rate is not finite somewhere (LR502).
    """
    end = horizon(plan)
    if end is None:
        return None
    import numpy as np

    updates = math.ceil(end)
    ticks: Sequence[int] = range(updates)
    whole = updates <= MAX_SAMPLES
    if not whole:
        ticks = thinned(updates, junctions(plan.pieces, updates), MAX_SAMPLES)
    at = np.array(ticks, dtype=np.float64)
    return Curve(name or plan.program, plan, lr, option, at, plan(at, lr), whole)


def horizon(plan: Plan) -> Fraction | None:
    """How far to look: the run, or what a program without one settles; None where it never does.

    What it settles where no float can tell the time is nothing that anybody sees.
    """
    if plan.run.total is not None:
        return plan.run.total
    ends = [piece.end or 2 * piece.start for piece in plan.pieces]
    return max((e for e in ends if e <= LARGEST), default=None) or None


def junctions(pieces: Iterable[Piece], updates: int) -> set[int]:
    """The last update before and the first one after every junction."""
    moments = {t for p in pieces for t in (p.start, p.end) if t is not None}
    around = {k for t in moments for k in (math.ceil(t) - 1, math.ceil(t))}
    return {k for k in around if 0 <= k < updates}


def thinned(updates: int, keep: set[int], most: int) -> list[int]:
    """Evenly spaced updates, the last, and those to keep."""
    step = -(-updates // most)
    return sorted({*range(0, updates, step), updates - 1, *keep})


def clocks(plan: Plan) -> dict[str, Fraction]:
    """The units that this run's time can be shown in, with how many ticks one of each is.

    The tick's own unit comes first (``""`` where a tick has no name), then what converts.
    """
    run = plan.run
    own = run.tick or ""
    found = {own: Fraction(1)}
    per_tick = run.steps(run.tick) if run.tick else None
    for unit in LONG_NAMES:
        steps = run.steps(unit) if per_tick is not None and unit not in (own, "%") else None
        if steps is None or per_tick is None:
            continue
        if NO_FLOAT < steps / per_tick <= LARGEST:
            found[unit] = steps / per_tick
    return found


def _restarts(pieces: Iterable[Piece]) -> Iterator[tuple[Fraction, str]]:
    """Where cycles start anew, with their names; an outline lists no more than a dozen."""
    listed: list[Piece] = []
    for piece in pieces:
        if piece.text.startswith("cycle "):
            listed.append(piece)
            if piece.text.split()[1] != "1":
                yield piece.start, piece.text
        elif piece.text.endswith(" more cycles"):
            before, size = (p.end - p.start for p in listed[-2:] if p.end is not None)
            _, first, _, count = listed[-1].text.split()
            start, growth = piece.start, size / before
            for n in range(int(first) + 1, min(int(count), int(first) + MAX_MARKS) + 1):
                yield start, f"cycle {n} of {count}"
                size *= growth
                start += size


def _cuts(plan: Plan) -> Iterator[Fraction]:
    """The run's moments where one formula gives way to another."""
    for e in E.needed([plan.value.whole()]):
        if e.op != "select":
            continue
        x, bounds, _, _ = E.parts(e)
        if x is E.T:  # and not the time within a cycle
            yield from (b.exact for b in bounds if b.exact is not None)
