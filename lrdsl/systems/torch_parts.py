"""What torch's schedulers are here: drafts that SequentialLR and ChainedScheduler can join."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lrdsl.algebra import Node, Product, Schedule, Sequence
from lrdsl.python import hold, lr
from lrdsl.segments import Hold
from lrdsl.systems.registry import Draft
from lrdsl.values import Value

Cut = tuple[Schedule, Value | None]
"""A schedule with a length, and the rate that it ends at, where that is known."""


@dataclass(frozen=True, slots=True)
class Part(Draft):
    """A scheduler's curve, entered at lr, and how it looks when it is given a length.

    Attributes:
        length: the ticks after which it is at `exit` for ever; None: there is no such time.
        exit: that rate.
        written: the ticks that its lengths take, where these are neither `length` nor the run.
        cut: its first ticks, where they are not just a slice of the schedule.
    """

    length: Fraction | None = None
    exit: Value | None = None
    written: Fraction = Fraction(0)
    cut: Callable[[Fraction], Cut] | None = None

    def upto(self, ticks: Fraction) -> Cut:
        """The curve for so many ticks."""
        if self.cut is not None:
            return self.cut(ticks)
        if self.length is None or ticks < self.length:
            return self.schedule[:ticks], None
        return followed(self.schedule, ticks - self.length), self.exit

    @property
    def end(self) -> Fraction | None:
        """Where torch's curve ends to make sense: it rises again, or raises."""
        total: Fraction | None = self.run.get("total")
        return total

    @property
    def room(self) -> Fraction:
        """The shortest run that its lengths fit."""
        return max(self.written, self.length or self.written, self.end or self.written)


def followed(schedule: Schedule, ticks: Fraction) -> Schedule:
    """The schedule, and its exit for so many ticks more."""
    return schedule >> hold(ticks) if ticks else schedule


def flat(value: Value = lr) -> Part:
    """One rate, for ever."""
    if value == lr:
        return Part(hold(), exit=lr, cut=lambda ticks: (hold(ticks), lr))
    return Part(hold(value=value), exit=value, cut=lambda ticks: (hold(ticks, value=value), value))


def jump(at: Fraction, before: Value, after: Value) -> Part:
    """One rate up to a tick, and another from there on."""

    def cut(ticks: Fraction) -> Cut:
        if ticks <= at:
            return hold(ticks, value=before), before
        return hold(at, value=before) >> hold(ticks - at, value=after), after

    first = hold(at) if before == lr else hold(at, value=before)
    return Part(first >> hold(value=after), length=at, exit=after, cut=cut)


def entered(schedule: Schedule, value: Value) -> Schedule:
    """The schedule with ``start=value`` where it would start from the curve before it."""
    node: Any = schedule
    fields = type(node).model_fields
    written: dict[str, Any] = {}
    if isinstance(node, Sequence | Product):  # later ones start at its end, and factors at 1
        written["operands"] = (entered(node.operands[0], value), *node.operands[1:])
    elif "operands" in fields:
        written["operands"] = tuple(entered(o, value) for o in node.operands)
    elif "body" in fields:
        written["body"] = entered(node.body, value)
    elif "start" in fields and node.start is None and getattr(node, "value", None) is None:
        written["value" if isinstance(node, Hold) else "start"] = value
    return schedule.model_copy(update=written)


def absolute(node: Node) -> bool:
    """Whether the schedule has a rate that is no share of lr."""
    values = (getattr(node, name) for name in type(node).model_fields)
    return any(isinstance(v, Value) and v.constant for v in values) or any(
        absolute(child) for child in node.children()
    )
