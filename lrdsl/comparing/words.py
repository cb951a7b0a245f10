"""A comparison in words: what a reader of a pull request wants to know."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from lrdsl.captions import counted, described
from lrdsl.comparing.numbers import Comparison, Difference
from lrdsl.curves import Curve, Reading


@dataclass(frozen=True, slots=True)
class Fact:
    """Something of both curves.

    Attributes:
        name: what it is.
        old, new: what it was and is, in words.
        change: by how much, where it is a number: ``+12.5%``.
    """

    name: str
    old: str
    new: str
    change: str = ""

    @property
    def differs(self) -> bool:
        """Whether it is another one now."""
        return self.old != self.new


def facts(found: Comparison) -> list[Fact]:
    """Run, base value, first, peak, end of the warm-up, floor, last, mean and area."""
    old, new = found.old, found.new
    o, n = old.readouts, new.readouts
    before, after = floor(old), floor(new)
    return [
        Fact("run", described(old.plan.run), described(new.plan.run)),
        _number("base", old.lr, new.lr),
        _number("first", o.first.rate, n.first.rate),
        _number("peak", o.peak.rate, n.peak.rate),
        Fact("peak reached at", _place(old, o.peak), _place(new, n.peak)),
        _number("floor", before.rate, after.rate),
        _number("last", o.last.rate, n.last.rate),
        _number("mean", o.mean, n.mean),
        Fact("area", _area(o.area), _area(n.area)),
    ]


def floor(of: Curve) -> Reading:
    """The lowest rate from the peak on."""
    peak = int(of.rates.argmax())
    i = peak + int(of.rates[peak:].argmin())
    return Reading("floor", int(of.ticks[i]), float(of.rates[i]))


def _place(of: Curve, reading: Reading) -> str:
    return of.plan.run.show(Fraction(reading.tick))


def _area(share: float) -> str:
    return "" if math.isnan(share) else f"{share:.1%} of the peak"


def _number(name: str, old: float, new: float) -> Fact:
    texts = ((f"{old:.{d}g}", f"{new:.{d}g}") for d in range(4, 18))  # 17 digits tell any two
    is_rounding = math.isclose(old, new, rel_tol=1e-12)
    before, after = next(pair for pair in texts if is_rounding or pair[0] != pair[1])
    return Fact(name, before, after, change(old, new) if before != after else "")


def change(old: float, new: float) -> str:
    """By how much a number changed: ``-50%``, ``x 3.2``; empty where nothing can be said."""
    if old == new or old == 0:
        return ""
    ratio = new / old
    if not 0 < ratio < math.inf:
        return ""
    return f"{100 * (ratio - 1):+.3g}%" if 0.01 <= ratio <= 10 else f"x {ratio:.3g}"


def said(found: Comparison) -> list[str]:
    """Where the curves part, a sentence each."""
    return [*_lengths(found), *_parting(found), *_resumed(found)]


def _lengths(found: Comparison) -> list[str]:
    more = found.new.updates - found.old.updates
    if found.by_share or not more:
        return []
    return [
        f"The run is {counted(f'{abs(more):,}', 'update')} {'longer' if more > 0 else 'shorter'}: "
        f"{found.old.updates:,} -> {found.new.updates:,}."
    ]


def _parting(found: Comparison) -> list[str]:
    updates = min(found.old.updates, found.new.updates)
    both = "" if found.old.updates == found.new.updates else " that both runs have"
    if found.first is None or found.largest is None:
        if found.by_share:
            return ["The curves are the same over equal shares of the runs."]
        looked = "" if found.whole else ", as far as every so many were looked at"
        return [f"No rate differs in the {counted(f'{updates:,}', 'update')}{both}{looked}."]
    if found.is_rounding:
        gap = abs(found.largest.after - found.largest.before)
        return [f"The curves are equal but for rounding: at most {gap:.2g} apart."]
    if found.by_share:
        return [
            "The updates are not of one kind, so equal shares of the runs are compared.",
            f"The first difference is at {_share(found.first)}.",
            f"The largest difference is at {_share(found.largest)}.",
        ]
    looked = "" if found.whole else ", as far as every so many were looked at,"
    return [
        f"The first update that differs{looked} is {_update(found, found.first)}.",
        f"The largest difference is at {_update(found, found.largest)}.",
    ]


def _resumed(found: Comparison) -> list[str]:
    resume = found.resume
    if resume is None:
        return []
    if found.first is not None and resume.past and not found.is_rounding:
        begun = int(found.first.tick) + 1
        past = f"changes from update {begun:,} on"
    else:
        past = "stays as it was"
    made = counted(f"{resume.step:,}", "update")
    if resume.next is not None:
        after = f"Its next update uses {_rates(resume.next)}."
    else:
        sides = (("old", found.old), ("new", found.new))
        over = [f"the {side} run" for side, of in sides if of.updates <= resume.step]
        after = f"Its next update is past the end of {' and '.join(over)}."
    return [f"The past of a job that has made {made} {past}. {after}"]


def _update(found: Comparison, at: Difference) -> str:
    place = found.new.plan.run.show(Fraction(at.tick))
    return f"update {int(at.tick) + 1:,}, at {place}: {_rates(at)}"


def _share(at: Difference) -> str:
    return f"{at.tick:.1%} of the runs: {_rates(at)}"


def _rates(at: Difference) -> str:
    if at.before == at.after:
        return f"{at.after:.4g}, as before"
    fact = _number("", at.before, at.after)
    return f"{fact.old} -> {fact.new}" + (f" ({fact.change})" if fact.change else "")
