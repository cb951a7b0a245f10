"""The windows of mmengine's schedulers, and what several of them make of one rate.

Each step multiplies the rate that it finds, whoever left it: one after the other the schedulers
carry on (``>>``), at the same time they multiply (``*``). From ``end - 1`` on the rate stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import mul
from typing import Any, Literal

from lrdsl.algebra import Schedule
from lrdsl.python import hold, lr
from lrdsl.segments import Shape
from lrdsl.systems.arguments import Count, Integer
from lrdsl.systems.joining import chain
from lrdsl.systems.registry import Draft, unusable
from lrdsl.systems.torch_parts import Cut, Part, entered, followed
from lrdsl.values import Time

INF = Fraction(10**9)  # mmengine's "no end"


@dataclass(frozen=True, slots=True)
class When:
    """The arguments that every scheduler takes: from which step on it acts, and up to which."""

    begin: Count = Fraction(0)
    end: Integer = INF
    last_step: Integer = Fraction(-1)
    by_epoch: bool = True
    verbose: Any = False

    @property
    def steps(self) -> Fraction:
        return self.end - self.begin

    @property
    def last(self) -> Fraction:
        """The last step that acts, counted from `begin`: mmengine's ``total_iters``."""
        return self.steps - 1


@dataclass(frozen=True, slots=True)
class Action:
    """What a scheduler does to the rate from `begin` on.

    Attributes:
        part: its curve.
        stairs: after its last step it is level, so that it can be cut there, and not at that step.
        names_lr: the curve is written in lr: the rate that it finds must be that.
        level: the step after which it changes nothing, where its part does not say so.
        does: it multiplies the rate that it finds, leads from it to a lowest one, or sets its own.
    """

    part: Part
    stairs: bool = False
    names_lr: bool = False
    does: Literal["multiply", "lead", "set"] = "multiply"
    level: Fraction | None = None

    @property
    def settled(self) -> Fraction:
        """The step after which it changes nothing."""
        if self.level is None:
            return INF if self.part.exit is None else self.part.length or Fraction(0)
        return self.level


@dataclass(frozen=True, slots=True)
class Window:
    """A scheduler and its time."""

    action: Action
    when: When

    @property
    def leaves_lr(self) -> bool:
        return self._cut()[1] == lr

    def followed(self, gap: Fraction) -> Schedule:
        """The curve, and its last rate for `gap` steps more."""
        curve, _ = self._cut()
        if self.action.stairs:
            return followed(curve, gap)
        if isinstance(curve, Shape) and curve.over == Time.ticks(self.when.last) and not gap:
            # its last step has the value at its end
            evenly = {"over": Time.ticks(self.when.steps), "grid": "both"}
            return curve.model_copy(update=evenly)
        return curve >> hold(1 + gap)

    def rest(self) -> Schedule:
        """The curve as the last of a chain."""
        part = self.action.part
        uncut = (
            self.action.settled <= self.when.last or self.when.end >= INF or self.total is not None
        )
        return part.schedule if uncut else self._cut()[0]

    @property
    def total(self) -> Fraction | None:
        """The step from which on the real rate rises again, or there is an error."""
        end = self.action.part.end
        return None if end is None or end > self.when.last else self.when.begin + end

    def _cut(self) -> Cut:
        return self.action.part.upto(self.when.steps if self.action.stairs else self.when.last)


def together(windows: list[Window]) -> Draft:
    """One after the other where they can be, else multiplied."""
    chains: list[list[Window]] = []
    for window in sorted(windows, key=lambda w: w.when.begin):
        before = next((c for c in chains if _follows(c, window)), None)
        if before is None:
            chains.append([window])
        else:
            before.append(window)
    if len(chains) > 1 and any(w.action.does != "multiply" for w in windows):
        raise unusable(
            "schedulers",
            "one that aims at a rate of its own acts on what another one leaves, step by step",
            help="let none overlap another, and a warm-up come first; or aim at 0",
        )
    product = reduce(mul, [_chained(c) for c in chains])
    ends = [w.total for w in (c[-1] for c in chains) if w.total is not None]
    mixed = len({w.when.by_epoch for w in windows}) > 1
    note = "all steps count alike here: a Runner counts those with by_epoch=True in epochs"
    run = {"total": min(ends)} if ends else {}
    return Draft(product, run=run, notes=(note,) if mixed else ())


def _follows(before: list[Window], window: Window) -> bool:
    if before[-1].when.end > window.when.begin:
        return False
    return not window.action.names_lr or all(w.leaves_lr for w in before)


def _chained(windows: list[Window]) -> Schedule:
    pieces = [hold(windows[0].when.begin)] if windows[0].when.begin else []
    at_lr = True
    for i, window in enumerate(windows):
        after = windows[i + 1].when.begin if i + 1 < len(windows) else None
        curve = window.rest() if after is None else window.followed(after - window.when.end)
        pieces.append(entered(curve, lr) if window.action.does == "set" and not at_lr else curve)
        at_lr = at_lr and window.leaves_lr
    return chain(pieces)
