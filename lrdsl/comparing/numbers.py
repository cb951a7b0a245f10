"""What changes between two plans: in numbers, and where they part."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from lrdsl.curves import MAX_SAMPLES, Curve, curve, junctions, thinned
from lrdsl.plan import Plan

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rates: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]

MAX_UPDATES = 1_000_000  # of which every one is compared; of longer runs so many places
ROUNDING = 16 * sys.float_info.epsilon  # of the peak: another order of operations, no other curve
_BLOCK = 65_536
_SHARES = 10_000


@dataclass(frozen=True, slots=True)
class Difference:
    """An update, by its tick (from 0), and its rates before and after."""

    tick: float
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Resume:
    """What the change means for a job that has made `step` updates.

    Attributes:
        step: how many.
        past: whether updates that it has made would have used other rates.
        next: the update that comes next, under both; None where one of the runs is over by then.
    """

    step: int
    past: bool
    next: Difference | None


@dataclass(frozen=True)
class Comparison:
    """Two curves of one option, and where they part.

    Attributes:
        old, new: the curves; None where the other side has no such program.
        first: the first update that differs; None where none does.
        largest: the update that differs most.
        by_share: whether updates could not be compared, as their periods differ (epochs here,
            steps there): then `first` and `largest` are at equal shares of the runs, and their
            ticks are shares.
        whole: whether every update was compared.
        resume: what it means for a running job, where that was asked.
    """

    old: Curve
    new: Curve
    first: Difference | None = None
    largest: Difference | None = None
    by_share: bool = False
    whole: bool = True
    resume: Resume | None = None

    @cached_property
    def is_rounding(self) -> bool:
        """Whether the rates differ by no more than another order of operations does."""
        if self.largest is None:
            return False
        peak = max(abs(c.readouts.peak.rate) for c in (self.old, self.new))
        return abs(self.largest.after - self.largest.before) <= ROUNDING * peak

    @property
    def is_equal(self) -> bool:
        """Whether nothing a run can notice differs."""
        return self.first is None and self.old.updates == self.new.updates


def compare(
    old: Plan,
    new: Plan,
    *,
    lr: float | tuple[float, float] = 1.0,
    at: int | None = None,
    names: tuple[str, str] = ("old", "new"),
    option: str = "lr",
) -> Comparison | None:
    """Compare two plans update by update.

    Args:
        old: the plan before.
        new: the plan after.
        lr: the base rate, or that of each.
        at: how many updates a running job has made.
        names: what to call them.
        option: which of the optimizer's options they schedule.

    Returns:
        None where one of them never ends: a total is needed.

    Raises:
        LrdslError: a rate is not finite (LR502).
    """
    rates = lr if isinstance(lr, tuple) else (lr, lr)
    plans = (old, new)
    curves = [
        curve(p, r, name=n, option=option) for p, r, n in zip(plans, rates, names, strict=True)
    ]
    before, after = curves
    if before is None or after is None:
        return None
    if old.run.tick != new.run.tick and None not in (old.run.tick, new.run.tick):
        return _by_share(before, after)
    both: tuple[Rates, Rates] = (lambda t: old(t, rates[0])), (lambda t: new(t, rates[1]))
    updates = min(before.updates, after.updates)  # a longer run has no rates beside it
    first, largest, whole = _parting(both, updates, _junctions(plans, updates))

    def difference(tick: int) -> Difference:
        return Difference(tick, old(tick, rates[0]), new(tick, rates[1]))

    return Comparison(
        before,
        after,
        None if first is None else difference(first),
        None if largest is None else difference(largest),
        whole=whole,
        resume=None
        if at is None
        else Resume(at, _is_past(first, at), difference(at) if at < updates else None),
    )


def _is_past(first: int | None, at: int) -> bool:
    return first is not None and first < at


def _junctions(plans: Iterable[Plan], updates: int) -> set[int]:
    return {k for plan in plans for k in junctions(plan.pieces, updates)}


def _parting(
    both: tuple[Rates, Rates], updates: int, keep: set[int]
) -> tuple[int | None, int | None, bool]:
    """The first update that differs, the one that differs most, and whether all were compared."""
    import numpy as np

    whole = updates <= MAX_UPDATES
    looked_at = range(updates) if whole else thinned(updates, keep, MAX_SAMPLES)
    ticks = np.array(looked_at, dtype=np.float64)
    gaps = np.abs(both[1](ticks) - both[0](ticks))
    if not gaps.any():
        return None, None, whole
    i = int((gaps > 0).argmax())
    first = int(ticks[i])
    if not whole and i:  # between two places: the updates there, as far as they can be gone through
        start = max(int(ticks[i - 1]), first - MAX_UPDATES)
        between = first_difference([both], first, start)
        first = first if between is None else between
    return first, int(ticks[gaps.argmax()]), whole


def _by_share(old: Curve, new: Curve) -> Comparison:
    """Two runs whose updates are not of one kind, at equal shares of both."""
    import numpy as np

    shares = np.arange(_SHARES + 1) / _SHARES
    rates = [c.plan(shares * float(c.end), c.lr) for c in (old, new)]
    gaps = np.abs(rates[1] - rates[0])
    if not gaps.any():
        return Comparison(old, new, by_share=True)
    first, largest = (
        Difference(float(shares[i]), float(rates[0][i]), float(rates[1][i]))
        for i in ((gaps > 0).argmax(), gaps.argmax())
    )
    return Comparison(old, new, first, largest, by_share=True)


def first_difference(pairs: Sequence[tuple[Rates, Rates]], end: int, start: int = 0) -> int | None:
    """The first whole tick from `start` on and before `end` at which the rates of a pair differ.

    Args:
        pairs: functions from ticks, shape (n,), to rates of that shape.
        end: which tick is not looked at any more.
        start: the first to look at.
    """
    import numpy as np

    for block in range(start, end, _BLOCK):
        ticks = np.arange(block, min(block + _BLOCK, end), dtype=np.float64)
        differ = np.zeros(ticks.shape, bool)
        for one, other in pairs:
            differ |= one(ticks) != other(ticks)
        if differ.any():
            return block + int(differ.argmax())
    return None
