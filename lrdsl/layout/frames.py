"""Where a schedule stands: moments, the frames it is placed in, and what placing makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import chain, repeat

from lrdsl import expr as E
from lrdsl.algebra import Modified, Node, Schedule
from lrdsl.expr import Affine, Expr, Side
from lrdsl.noise import Stream
from lrdsl.segments import Restarts, Segment
from lrdsl.values import Value


@dataclass(frozen=True)
class Moment:
    """When a schedule is traced.

    Attributes:
        x: ticks since the schedule's own start.
        now: run time in ticks.
        side: at a junction the later segment rules (right); an exit is seen from the left.
        quiet: leave noise out, as exits do.
    """

    x: Expr
    now: Expr
    side: Side = "right"
    quiet: bool = False

    def since(self, start: Expr) -> Moment:
        """The same moment on the clock of what starts at `start`."""
        return replace(self, x=self.x - start)


@dataclass(frozen=True)
class Frame:
    """The surroundings that a schedule is placed in.

    Attributes:
        room: the ticks that a schedule without a length of its own fills; None: it never ends.
        lr, entry: the base value, and the value at which the schedule is entered.
        origin: run time of the start; None inside cycles.
        at_start: the innermost sequence may hold `until=`, because it starts at the run's start.
        first: so may a sequence that starts here.
        stretch: factor on every written time (the body of a cycle).
        loose: what is placed may be longer than the room, because it is cut (a slice's body).
        ahead: inside the left of ``|``: the value below at a moment after this frame's start.
        nested: how many cycles are around.
    """

    room: Expr | None
    lr: Affine = E.BASE
    entry: Affine = E.BASE
    origin: Expr | None = E.ZERO
    at_start: bool = True
    first: bool = True
    stretch: Expr = E.ONE
    loose: bool = False
    ahead: Callable[[Expr], Affine] | None = None
    nested: int = 0


@dataclass(frozen=True)
class Placed:
    """A schedule in its place.

    Attributes:
        node: what it is.
        length: its ticks; None where it never ends.
        trace: its value at a moment in [0, length), or (0, length] from the left.
        leave: the value it leaves behind.
        parts: what it is made of, for `explain` and lints.
    """

    node: Schedule
    length: Expr | None
    trace: Callable[[Moment], Affine]
    leave: Callable[[], Affine]
    parts: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        # asked for by many: at every level of a nest twice, if it were worked out anew
        object.__setattr__(self, "leave", cache(self.leave))

    @cached_property
    def opening(self) -> Affine:
        """The value at its start, without noise; asked for by many."""
        return self.held(Moment(E.ZERO, E.ZERO, quiet=True))

    def held(self, m: Moment) -> Affine:
        """The value at any moment: past its end the schedule holds its exit."""
        if self.length is None:
            return self.trace(m)
        if m.side == "left" and m.x is self.length:
            return self.leave()
        if self.length is E.ZERO:
            return self.leave()
        return chosen(m, [self.length], [lambda: self.trace(m), self.leave])


@dataclass(frozen=True)
class Part:
    """A placed schedule inside another one.

    Attributes:
        start: ticks from the start of the whole.
        placed: the part.
        role: how it takes part: ``then``, ``over``, ``below``, ``term``, ``factor``, ``cycle``..
        entry: the value at which it is entered.
    """

    start: Expr
    placed: Placed
    role: str
    entry: Affine


def traced(part: Part, m: Moment) -> Affine:
    return part.placed.trace(m.since(part.start))


def chosen(m: Moment, bounds: list[Expr], traces: Sequence[Callable[[], Affine]]) -> Affine:
    """The trace that applies at a moment; a known moment runs no other."""
    known = [b.exact for b in bounds if b.exact is not None]
    if m.x.exact is not None and len(known) == len(bounds):
        passed = sum(b <= m.x.exact if m.side == "right" else b < m.x.exact for b in known)
        return traces[passed]()
    return E.choose(m.x, bounds, [trace() for trace in traces], m.side)


def label(node: Node) -> str:
    """A few words for a schedule in a message."""
    if isinstance(node, Segment):
        return node.kind
    text = str(node)
    return text if len(text) <= 40 else f"{text[:37]}..."


def operand_frames(frame: Frame) -> Iterator[Frame]:
    """The frames of a sequence's operands, as far as they are known before the layout: endless."""
    first = replace(frame, at_start=frame.first, loose=False)
    return chain([first], repeat(replace(first, first=False)))


def modified_frame(node: Modified, frame: Frame) -> Frame:
    if isinstance(node.modifier, Restarts):
        return replace(frame, at_start=False, first=False)
    return frame


def slice_frame(frame: Frame, begin: Expr, room: Expr | None, *, cuts: bool) -> Frame:
    """The frame of what is sliced, whose end the slice `cuts` off or not."""
    origin = None if frame.origin is None else frame.origin - begin
    return replace(frame, room=room, origin=origin, loose=frame.loose or cuts, ahead=None)


def written(value: Value, frame: Frame) -> Affine:
    return frame.lr * E.const(value.lr) + E.absolute(value.constant)


def first_draw(seed: int, m: Moment) -> Expr:
    if m.quiet:
        return E.ZERO
    return E.draw(Stream("normal", seed, None, 1.0), E.floor(m.now))
