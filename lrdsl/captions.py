"""What pictures say in words: moments, rates, runs, segments and read-outs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from lrdsl.curves import Curve, Reading, clocks
from lrdsl.outline import brief
from lrdsl.plan import Plan
from lrdsl.run import Run
from lrdsl.values import LARGEST, LONG_NAMES

MANY = 10**20  # nobody reads more digits


@dataclass(frozen=True, slots=True)
class Clock:
    """A unit that a run's time is shown in: `ticks` of the run are one of it."""

    unit: str
    ticks: Fraction

    @property
    def name(self) -> str:
        """``epoch``; ``update`` where a tick has no name."""
        return LONG_NAMES.get(self.unit, "update")

    def show(self, tick: Fraction) -> str:
        """A moment, given in ticks: ``4.5ep``."""
        return f"{self.number(tick)}{self.unit}"

    def number(self, tick: Fraction) -> str:
        """A moment, given in ticks, without its unit and to three decimals."""
        amount = tick / self.ticks
        if amount >= MANY:
            return f"{Decimal(amount.numerator) / amount.denominator:.6g}"
        if amount.denominator == 1:
            return str(amount)
        return f"{float(amount):.3f}".rstrip("0").rstrip(".")


def shown_clocks(plan: Plan) -> list[Clock]:
    """The tick's own clock, and one more where the run converts: epochs rather than steps."""
    own, *others = (Clock(unit, ticks) for unit, ticks in clocks(plan).items())
    return [own, *others[:1]]


def described(run: Run) -> str:
    """``145 epochs, a tick is an epoch``."""
    if run.tick is None:
        return "open-ended" if run.total is None else counted(run.show(run.total), "update")
    name = LONG_NAMES[run.tick]
    per = f"{'an' if run.tick in ('ep', 'ex') else 'a'} {name}"
    if run.total is None:
        return f"open-ended, a tick is {per}"
    number = run.show(run.total).removesuffix(run.tick)
    return f"{counted(number, name)}, a tick is {per}"


def counted(number: str, name: str) -> str:
    """``1 update``, ``90 updates``."""
    return f"{number} {name}{'' if number == '1' else 's'}"


def rate(value: float) -> str:
    """A rate to four digits."""
    return "depends" if math.isnan(value) else f"{value:.4g}"


# --- segments -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A segment in words.

    Attributes:
        spans: from and to in each of the run's clocks; the first, its own, with units.
        shares: from and to in percent of the run; None where it is open-ended.
        first, last: the rates at both ends, without noise; `last` is empty where it never ends.
        text, note: the segment, and what is special about its place.
        depth: how deep it stands inside the one before it.
    """

    spans: tuple[tuple[str, str], ...]
    shares: tuple[str, str] | None
    first: str
    last: str
    text: str
    note: str
    depth: int


def rows(plan: Plan, lr: float) -> list[Row]:
    """Every segment of a plan, in order; parts of one follow it, one deeper."""
    own, *others = shown_clocks(plan)
    total = plan.run.total
    found = []
    for piece in plan.pieces:
        first, last = piece.values(lr)
        start, end = piece.start, piece.end
        spans = [(own.show(start), "the end" if end is None else own.show(end))]
        for clock in others:
            stop = total if end is None else end
            spans.append((clock.number(start), "" if stop is None else clock.number(stop)))
        shares = None
        if total:
            shares = _share(start, total), _share(total if end is None else end, total)
        ending = "" if last is None else rate(last)
        found.append(
            Row(tuple(spans), shares, rate(first), ending, piece.text, piece.note, piece.depth)
        )
    return found


def _share(tick: Fraction, total: Fraction) -> str:
    share = float(min(100 * tick / total, LARGEST))
    return f"{share:.1f}" if share < MANY else f"{share:.3g}"


# --- read-outs ------------------------------------------------------------------------------------


def readings(curve: Curve) -> list[tuple[str, str, str]]:
    """What people ask of a curve, each as a name, a value, and where or what it is."""
    found = curve.readouts
    singles = [found.first]
    if found.updates > 2:
        singles.append(Reading("second", 1, curve.plan(1.0, curve.lr)))
    singles.append(found.peak)
    if found.lowest.rate < min(found.first.rate, found.last.rate):
        singles.append(found.lowest)
    singles.append(found.last)
    looked = "" if found.whole else f", of {len(curve.ticks):,} updates looked at"
    table = [
        (
            r.name,
            rate(r.rate),
            _place(curve.plan, r.tick) + (looked if r.name in ("peak", "lowest") else ""),
        )
        for r in singles
    ]
    of = f"of {counted(f'{found.updates:,}', 'update')}"
    of += "" if found.whole else f", by {len(curve.ticks):,} of them"
    table.append(("mean", rate(found.mean), of))
    if math.isfinite(found.area):
        share = f"equal to {found.area:.1%} of the updates at the peak"
        table.append(("area", f"{found.area:.3f}", share))
    return table


def _place(plan: Plan, tick: int) -> str:
    own, *others = (clock.show(Fraction(tick)) for clock in shown_clocks(plan))
    beside = f" ({others[0]})" if others else ""
    return f"update {tick + 1:,}, at {own}{beside}"


def option_name(option: str) -> str:
    """An option of an optimizer as people call it: ``learning rate``."""
    return {"lr": "learning rate"}.get(option, option.replace("_", " "))


def axis_title(curve: Curve) -> str:
    """``learning rate``, and for which base where that is the one that stands for any."""
    name = option_name(curve.option)
    if curve.lr != 1 or "lr" not in curve.plan.value.whole().vars:
        return name
    return f"{name} (for {'lr =' if curve.option == 'lr' else 'a base of'} 1)"


def level(value: float) -> str:
    """The number beside a mark of a rate axis: ``2.5e-5``."""
    return brief(float(value))


def count(value: float) -> str:
    """The number beside a mark of a time axis: ``20k``, ``1.5M``."""
    for power, name in ((12, "T"), (9, "B"), (6, "M"), (3, "k")):
        if abs(value) >= max(10**power, 10_000):
            return f"{value / 10**power:.6g}{name}"
    return f"{value:.6g}"
