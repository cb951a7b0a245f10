"""Layout: where every segment of a program lies in a run, and which value it starts from.

A schedule is *measured* (does it have a length, is it open, or does it adapt?), then *placed* in
the room that it is given. A placed schedule can be traced at any moment, which yields closed-form
expressions; an exit is the same trace at the end. Times are exact rationals, or, inside cycles of
unequal length, exact tables over the cycles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Sequence as Many
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import count

from lrdsl import expr as E
from lrdsl.algebra import (
    Chain,
    Clip,
    Constant,
    Maximum,
    Minimum,
    Modified,
    Node,
    Overlay,
    Product,
    Scaled,
    Schedule,
    Sequence,
    Slice,
    Sum,
)
from lrdsl.diagnostics import Problem
from lrdsl.expr import Affine, Expr, Side
from lrdsl.noise import Stream
from lrdsl.run import Run
from lrdsl.segments import Clock, Hold, Noise, Restarts, Segment, Snap
from lrdsl.values import Time, Value

MAX_CYCLES = 65_536  # of unequal length: each needs an entry in a table
MAX_NESTED_CYCLES = 8
HORIZON = Fraction(2**53)  # an open-ended run of unequal cycles is laid out this far


# --- moments, frames, placed schedules ------------------------------------------------------------


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

    def held(self, m: Moment) -> Affine:
        """The value at any moment: past its end the schedule holds its exit."""
        if self.length is None:
            return self.trace(m)
        if m.side == "left" and m.x is self.length:
            return self.leave()
        if self.length is E.ZERO:
            return self.leave()
        return _chosen(m, [self.length], [lambda: self.trace(m), self.leave])


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


@dataclass(frozen=True)
class Cycles:
    """How a `restarts` divides its time.

    Attributes:
        unit: the first cycle's length.
        count: how many cycles there are; None where they never end.
        full: whether the last one is complete.
        limit: how many there would be without a cut.
    """

    unit: Expr
    count: int | None
    full: bool
    wanted: int | None


def _traced(part: Part, m: Moment) -> Affine:
    return part.placed.trace(m.since(part.start))


def _chosen(m: Moment, bounds: list[Expr], traces: Many[Callable[[], Affine]]) -> Affine:
    """The trace that applies at a moment; a known moment runs no other."""
    known = [b.exact for b in bounds if b.exact is not None]
    if m.x.exact is not None and len(known) == len(bounds):
        passed = sum(b <= m.x.exact if m.side == "right" else b < m.x.exact for b in known)
        return traces[passed]()
    return E.choose(m.x, bounds, [trace() for trace in traces], m.side)


# --- measuring ------------------------------------------------------------------------------------

FIXED, OPEN, FLEXIBLE, PINNED = "fixed", "open", "flexible", "pinned"


@dataclass(frozen=True)
class Extent:
    """What a schedule wants.

    A *fixed* one has a `length`; a *pinned* one ends at the run time `length`; an *open* one goes
    on when it has no room of its own; a *flexible* one fills its room. A `neutral` one, a bare
    value or a plain hold, has no say in how long a sum or a product is. One that is `cuttable` may
    be cut by the end of the run. A pinned one is `least` ticks long, wherever its pin is.
    """

    kind: str
    length: Expr | None = None
    neutral: bool = False
    cuttable: bool = False
    least: Expr | None = None

    @property
    def is_sized(self) -> bool:
        return self.kind == FIXED


class Layout:
    """Places one program in one run. `findings` collects what is worth a lint on the way."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.cycles: dict[int, Cycles] = {}
        self.shared: dict[int, list[Schedule]] = {}
        self._names = count()
        self._measured: dict[tuple[object, ...], Extent] = {}

    def ticks(self, time: Time, node: Node, name: str, frame: Frame | None = None) -> Expr:
        """A written time in ticks, stretched where the frame says so."""
        try:
            amount = E.const(self.run.ticks(time))
        except Problem as p:
            p.where, p.field = node, name
            raise
        return amount if frame is None else amount * frame.stretch

    # -- measure --

    def measure(self, node: Schedule, frame: Frame) -> Extent:
        """What a schedule wants in this frame."""
        key = (id(node), frame.at_start, frame.first, frame.stretch.serial)
        found = self._measured.get(key)
        if found is None:
            found = self._measured[key] = self._measure(node, frame)
        return found

    def _measure(self, node: Schedule, frame: Frame) -> Extent:
        if isinstance(node, Segment):
            return self._measure_segment(node, frame)
        if isinstance(node, Constant):
            return Extent(OPEN, neutral=True)
        if isinstance(node, Scaled):
            return self.measure(node.body, frame)
        if isinstance(node, Sequence):
            return self._measure_sequence(node, frame)
        if isinstance(node, Overlay):
            return self._measure_overlay(node, frame)
        if isinstance(node, Slice):
            return self._measure_slice(node, frame)
        if isinstance(node, Modified):
            body = self.measure(node.body, _inner(node, frame))
            if isinstance(node.modifier, Restarts):
                return self._measure_cycles(node, node.modifier, body)
            return body
        return _longest(self.measure(o, frame) for o in operands(node))

    def _measure_segment(self, node: Segment, frame: Frame) -> Extent:
        if node.until is not None:
            if not frame.at_start:
                raise Problem(
                    "LR403",
                    "until= is a moment of the run, and this sequence does not start with the run",
                    help="give a length with over=, or move the segment to the outer sequence",
                    where=node,
                    field="until",
                )
            return Extent(PINNED, self.ticks(node.until, node, "until"))
        own = node.own_length()
        if own is not None:
            length = self.ticks(own, node, "over", frame)
            if E.lowest(length) < 0:
                raise Problem(
                    "LR501",
                    f"this length is negative in this run: {own} is "
                    f"{self.run.show(E.lowest(length))}",
                    where=node,
                    field="over",
                )
            return Extent(FIXED, length)
        plain = isinstance(node, Hold)
        return Extent(OPEN if node.endless else FLEXIBLE, neutral=plain)

    def _measure_sequence(self, node: Sequence, frame: Frame) -> Extent:
        """A pinned operand settles the length of all that stands before it."""
        extents = [self.measure(o, _operand_frame(frame, i)) for i, o in enumerate(node.operands)]
        pins = [i for i, e in enumerate(extents) if e.kind == PINNED]
        settled = pins[-1] + 1 if pins else 0
        total = extents[pins[-1]].length if pins else E.ZERO
        assert total is not None
        for i, extent in enumerate(extents[settled:], settled):
            if extent.length is None:
                last = i == len(extents) - 1
                return Extent(extent.kind if last else FLEXIBLE)
            total = total + extent.length
        cuttable = not pins and extents[-1].cuttable
        return Extent(PINNED if pins else FIXED, total, cuttable=cuttable)

    def _measure_overlay(self, node: Overlay, frame: Frame) -> Extent:
        *lefts, last = [self.measure(o, frame) for o in node.operands]
        for o, extent in zip(node.operands, lefts, strict=False):
            if extent.kind in (OPEN, FLEXIBLE):
                raise Problem(
                    "LR401",
                    "the left side of `|` rules as long as it lasts, so it needs a length",
                    help="give it over=, as in warmup(5ep) | cosine",
                    where=o,
                )
        if last.kind in (OPEN, FLEXIBLE):
            return last
        return _longest([*lefts, last])

    def _measure_slice(self, node: Slice, frame: Frame) -> Extent:
        begin = self.ticks(node.begin, node, "begin", frame)
        if E.lowest(begin) < 0:
            raise Problem(
                "LR308",
                f"in this run the slice begins at {self.run.show(E.lowest(begin))}, before the "
                "start of the schedule",
                where=node,
            )
        if node.end is not None:
            length = self.ticks(node.end, node, "end", frame) - begin
            if E.lowest(length) < 0:
                raise Problem(
                    "LR308",
                    f"in this run the slice ends before it begins: {node.begin} is "
                    f"{self.run.show(E.highest(begin))}",
                    where=node,
                )
            return Extent(FIXED, length)
        body = self.measure(node.body, _slice_frame(frame, begin, None))
        if body.is_sized and body.length is not None:
            return Extent(FIXED, E.maximum(body.length - begin, E.ZERO))
        return body

    def _measure_cycles(self, node: Modified, modifier: Restarts, body: Extent) -> Extent:
        if body.is_sized and body.length is not None:
            if modifier.limit is None:
                return Extent(OPEN)
            if E.lowest(body.length) <= 0:
                raise Problem("LR501", "a cycle needs a length greater than zero", where=node)
            self._unequal(modifier, modifier.limit)
            total = body.length * E.const(_geometric_sum(modifier.t_mul, modifier.limit))
            return Extent(FIXED, total, cuttable=True)
        if modifier.limit is None:
            raise Problem(
                "LR401",
                "these cycles have no length: what is repeated adapts to its room, and nothing "
                "says how many cycles fill it",
                help="give limit=, as in restarts(limit=3), or the first cycle a length",
                where=node,
            )
        self._unequal(modifier, modifier.limit)
        return Extent(FLEXIBLE)

    def _unequal(self, modifier: Restarts, cycles: int) -> None:
        if modifier.t_mul != 1 and cycles > MAX_CYCLES:
            raise Problem(
                "LR606",
                f"{cycles:,} cycles of unequal length are more than {MAX_CYCLES:,}",
                help="cycles of equal length (t_mul=1) may be as many as you like",
                where=modifier,
                field="limit",
            )

    # -- place --

    def place(self, node: Schedule, frame: Frame) -> Placed:
        """The schedule in this frame."""
        if isinstance(node, Segment):
            return self._place_segment(node, frame)
        if isinstance(node, Sequence):
            return self._place_sequence(node, frame)
        if isinstance(node, Overlay):
            return self._place_overlay(node, frame)
        if isinstance(node, Slice):
            return self._place_slice(node, frame)
        if isinstance(node, Constant):
            level = _written(node.value, frame)
            return Placed(node, frame.room, lambda m: level, lambda: level)
        if isinstance(node, Scaled):
            return self._place_scaled(node, frame)
        if isinstance(node, Modified):
            if isinstance(node.modifier, Restarts):
                return self._place_cycles(node, node.modifier, frame)
            body = self.place(node.body, frame)
            part = (Part(E.ZERO, body, "body", frame.entry),)
            if isinstance(node.modifier, Snap):
                trace = self._snapped(node, node.modifier, body, frame)
            else:
                assert isinstance(node.modifier, Noise)
                trace = self._noisy(node.modifier, body)
            return Placed(node, body.length, trace, body.leave, part)
        return self._place_pointwise(node, frame)

    def _place_segment(self, node: Segment, frame: Frame) -> Placed:
        extent = self.measure(node, frame)
        length = frame.room
        if extent.is_sized:
            length = self._fitting(node, extent, frame)
        elif extent.kind == PINNED:
            assert frame.origin is not None
            assert extent.length is not None
            length = extent.length - frame.origin
            if E.lowest(length) < 0:
                raise self._ended_before(node, frame.origin)
        elif extent.kind == FLEXIBLE and length is None:
            raise self._unbounded(node)
        start = node.entry(frame.entry, lambda v: _written(v, frame))

        def clock(m: Moment, *, ended: bool) -> Clock:
            return Clock(
                u=node.on_grid(m.x, length, ended),
                elapsed=m.x,
                start=start,
                lr=frame.lr,
                ticks=lambda time: self.ticks(time, node, "over", frame),
                value=lambda v: _written(v, frame),
                ahead=lambda: self._ahead(node, frame, length),
                draw=lambda seed: _draw(seed, m),
            )

        def run_formula(m: Moment, *, ended: bool = False) -> Affine:
            try:
                return node.formula(clock(m, ended=ended))
            except Problem as p:
                p.where = p.where or node
                raise
            except (ArithmeticError, ValueError):
                raise Problem(
                    "LR502", f"{node.kind} leaves the range of a float here", where=node
                ) from None

        def leave() -> Affine:
            if length is None:
                raise Problem("LR401", "a schedule without an end leaves no value", where=node)
            return run_formula(Moment(length, E.ZERO, "left", quiet=True), ended=True)

        if length is not None and length is not E.ZERO:
            run_formula(Moment(E.var("x"), E.T))  # report a formula's own errors here, with a place
        return Placed(node, length, run_formula, leave)

    def _ahead(self, node: Segment, frame: Frame, length: Expr | None) -> Affine:
        if frame.ahead is None or length is None:
            raise Problem(
                "LR307",
                "end=next aims at the curve below, and there is none here",
                help="it belongs into the last segment on the left of `|`: "
                "warmup(5ep, end=next) | cosine",
                where=node,
                field="end",
            )
        return frame.ahead(length)

    def _fitting(self, node: Schedule, extent: Extent, frame: Frame) -> Expr:
        """A written length, if the room has it."""
        assert extent.length is not None
        if frame.loose or frame.room is None:
            return extent.length
        if E.lowest(frame.room - extent.length) < 0:
            if extent.cuttable:
                return frame.room
            if self.run.overflow == "error":
                raise self._exceeded([(node, extent.length)], frame.room)
        return extent.length

    def _exceeded(self, lengths: list[tuple[Schedule, Expr]], room: Expr) -> Problem:
        total = sum((E.highest(n) for _, n in lengths), Fraction(0))
        shown = [f"{label(o)} {self.run.show(E.highest(n))}" for o, n in lengths if n is not E.ZERO]
        left = E.lowest(room)
        what = "the run is" if left == self.run.total else "the room here is"
        listed = " + ".join(shown if len(shown) <= 8 else [*shown[:6], "...", shown[-1]])
        equals = f" = {self.run.show(total)}" if len(shown) > 1 else ""
        return Problem(
            "LR402",
            f"{listed}{equals}, {what} {self.run.show(left)}",
            help=f"shorten it by {self.run.show(total - left)}, leave out the length of what "
            "should fill the rest, or cut it with a slice: (..)[:100%]",
            where=lengths[-1][0],
        )

    def _ended_before(self, node: Schedule, start: Expr) -> Problem:
        return Problem(
            "LR404",
            f"until= is before the start of this segment, which is at "
            f"{self.run.show(E.highest(start))}",
            where=node,
            field="until",
        )

    def _unbounded(self, node: Schedule) -> Problem:
        return Problem(
            "LR701",
            f"{label(node)} fills the run, whose total is not given",
            help='give the total: total="90ep"; or the segment a length, as in '
            f"{label(node)}(10ep)",
            where=node,
        )

    # -- sequences --

    def _place_sequence(self, node: Sequence, frame: Frame) -> Placed:
        lengths = self._divide(node, frame)
        parts: list[Part] = []
        cursor, entry = E.ZERO, frame.entry
        for i, (o, length) in enumerate(zip(node.operands, lengths, strict=True)):
            inner = _operand_frame(frame, i)
            start = cursor
            origin = None if frame.origin is None else frame.origin + start
            ahead = None
            if frame.ahead is not None and i == len(node.operands) - 1:
                ahead = _from(start, frame.ahead)
            inner = replace(
                inner, room=length, entry=entry, origin=origin, ahead=ahead, loose=False
            )
            placed = self.place(o, inner)
            parts.append(Part(start, placed, "then", entry))
            if placed.length is None:
                break
            cursor = cursor + placed.length
            entry = placed.leave() if i < len(node.operands) - 1 else entry
        shown = [p for p in parts if p.placed.length is not E.ZERO]
        end = None if parts[-1].placed.length is None else cursor

        def trace(m: Moment) -> Affine:
            traces = [partial(_traced, p, m) for p in shown]
            return _chosen(m, [p.start for p in shown[1:]], traces)

        return Placed(node, end, trace, lambda: parts[-1].placed.leave(), tuple(parts))

    def _divide(self, node: Sequence, frame: Frame) -> list[Expr | None]:
        """The length of every operand: written, up to a pinned end, or a share of what is left."""
        lengths: list[Expr | None] = []
        stretch: list[tuple[Schedule, Extent]] = []
        begin: Expr = E.ZERO
        for i, o in enumerate(node.operands):
            extent = self.measure(o, _operand_frame(frame, i))
            stretch.append((o, extent))
            if extent.kind == PINNED:
                assert extent.length is not None
                origin = frame.origin if frame.origin is not None else E.ZERO
                end = extent.length - origin
                if extent.least is not None and len(stretch) == 1:
                    end = E.maximum(end, begin + extent.least)
                self._within(o, end, frame)
                written = self._written_before(stretch[:-1])
                if E.lowest(end - begin - written) < 0 and not self._may_cut(stretch[:-1]):
                    raise self._ended_before(o, origin + begin + written)
                lengths += self._share(node, stretch, end - begin, frame)
                begin, stretch = end, []
        room = None if frame.room is None else frame.room - begin
        if stretch:
            lengths += self._share(node, stretch, room, frame)
        return lengths

    def _written_before(self, stretch: list[tuple[Schedule, Extent]]) -> Expr:
        total = E.ZERO
        for _, extent in stretch:
            if extent.is_sized and extent.length is not None:
                total = total + extent.length
        return total

    def _may_cut(self, stretch: list[tuple[Schedule, Extent]]) -> bool:
        written = [e for _, e in stretch if e.is_sized and e.length is not E.ZERO]
        return bool(written) and written[-1].cuttable

    def _share(
        self,
        node: Sequence,
        stretch: list[tuple[Schedule, Extent]],
        room: Expr | None,
        frame: Frame,
    ) -> list[Expr | None]:
        free = [o for o, e in stretch if not e.is_sized]
        written = self._written_before(stretch)
        if room is None:
            return self._open_ended(stretch, free)
        left = room - written
        lengths: list[Expr | None] = [e.length if e.is_sized else None for _, e in stretch]
        if E.lowest(left) < 0:
            left = self._cut(stretch, lengths, room, left, frame)
        if free:
            share = (left if E.lowest(left) >= 0 else E.maximum(left, E.ZERO)) / len(free)
            lengths = [share if n is None else n for n in lengths]
            if len(free) > 1 and left is not E.ZERO:
                self.shared[id(node)] = free
        return lengths

    def _cut(
        self,
        stretch: list[tuple[Schedule, Extent]],
        lengths: list[Expr | None],
        room: Expr,
        left: Expr,
        frame: Frame,
    ) -> Expr:
        """Cut the last written length, if it is a `restarts`; else the lengths are an error."""
        if self._may_cut(stretch):
            last = max(
                i for i, (_, e) in enumerate(stretch) if e.is_sized and e.length is not E.ZERO
            )
            extent = stretch[last][1]
            assert extent.length is not None
            remains = extent.length + left
            if E.lowest(remains) >= 0:
                lengths[last] = remains
                return E.ZERO
        if frame.loose or self.run.overflow == "truncate":
            return E.ZERO
        known = [(o, e.length) for o, e in stretch if e.is_sized and e.length is not None]
        raise self._exceeded(known, room)

    def _open_ended(
        self, stretch: list[tuple[Schedule, Extent]], free: list[Schedule]
    ) -> list[Expr | None]:
        for o in free:
            if o is not stretch[-1][0] or stretch[-1][1].kind != OPEN:
                raise self._unbounded(o)
        return [e.length if e.is_sized else None for _, e in stretch]

    # -- overlays, slices, pointwise --

    def _place_overlay(self, node: Overlay, frame: Frame) -> Placed:
        extents = [self.measure(o, frame) for o in node.operands]
        below = self._fit(node.operands[-1], extents[-1], replace(frame, ahead=None))
        layers = [below]
        for o, extent in zip(node.operands[-2::-1], extents[-2::-1], strict=True):
            under = layers[-1]
            over = self._fit(o, extent, replace(frame, ahead=_looking_at(under)))
            layers.append(_overlaid(node, over, under))
        top = layers[-1]
        parts = (*top.parts[:-1], *_flattened(top.parts[-1:]))
        return replace(top, parts=parts)

    def _fit(self, node: Schedule, extent: Extent, frame: Frame) -> Placed:
        """Place something in a frame's room, or in the room that its own `until` ends."""
        if extent.kind == PINNED and frame.origin is not None and extent.length is not None:
            room = extent.length - frame.origin
            if extent.least is not None:
                room = E.maximum(room, extent.least)
            if E.lowest(room) < 0:
                raise self._ended_before(node, frame.origin)
            self._within(node, room, frame)
            return self.place(node, replace(frame, room=room))
        return self.place(node, frame)

    def _within(self, node: Schedule, end: Expr, frame: Frame) -> None:
        """Refuse an `until=` beyond the room."""
        if frame.room is None or frame.loose or self.run.overflow == "truncate":
            return
        if E.lowest(frame.room - end) < 0:
            raise self._exceeded([(node, end)], frame.room)

    def _place_slice(self, node: Slice, frame: Frame) -> Placed:
        begin = self.ticks(node.begin, node, "begin", frame)
        extent = self.measure(node, frame)
        end = None if node.end is None else self.ticks(node.end, node, "end", frame)
        body_extent = self.measure(node.body, _slice_frame(frame, begin, None))
        if extent.is_sized and node.end is not None:
            self._fitting(node, extent, frame)
        room: Expr | None
        if end is None:
            room = None if frame.room is None else frame.room + begin
        elif body_extent.kind == FLEXIBLE:
            if not frame.first:
                raise Problem(
                    "LR401",
                    "what is sliced adapts to its room, so its part up to "
                    f"{node.end} is not determined",
                    help="give what is sliced a length with over=",
                    where=node,
                )
            if self.run.total is None:
                raise self._unbounded(node.body)
            room = E.const(self.run.total) + begin
        else:
            room = end
        body = self._fit(node.body, body_extent, _slice_frame(frame, begin, room))
        length = end - begin if end is not None else None
        if end is None:
            length = None if body.length is None else E.maximum(body.length - begin, E.ZERO)
            if length is not None and extent.is_sized:
                length = self._fitting(node, Extent(FIXED, length), frame)

        def trace(m: Moment) -> Affine:
            return body.held(replace(m, x=m.x + begin))

        def leave() -> Affine:
            if body.length is not None and length is not None:
                stop = begin + length
                if E.lowest(stop - body.length) >= 0:
                    return body.leave()
                side: Side = "left" if E.lowest(stop) > 0 else "right"
                return body.held(Moment(stop, E.ZERO, side, quiet=True))
            if length is None:
                raise Problem("LR401", "a schedule without an end leaves no value", where=node)
            return body.held(Moment(begin + length, E.ZERO, "left", quiet=True))

        return Placed(node, length, trace, leave, (Part(-begin, body, "sliced", frame.entry),))

    def _place_scaled(self, node: Scaled, frame: Frame) -> Placed:
        factor = E.const(node.factor)
        ahead = frame.ahead
        if ahead is not None:  # `next` is aimed at by the product
            below = ahead
            frame = replace(frame, ahead=lambda x: below(x) / factor)
        body = self.place(node.body, frame)
        return Placed(
            node,
            body.length,
            lambda m: body.trace(m) * factor,
            lambda: body.leave() * factor,
            (Part(E.ZERO, body, "body", frame.entry),),
        )

    def _place_pointwise(self, node: Schedule, frame: Frame) -> Placed:
        extents = [self.measure(o, frame) for o in operands(node)]
        extent = _longest(extents)
        room = frame.room
        if extent.is_sized:
            room = self._fitting(node, extent, frame)
        elif extent.kind == PINNED and frame.origin is not None and extent.length is not None:
            room = extent.length - frame.origin
            if extent.least is not None:
                room = E.maximum(room, extent.least)
            if E.lowest(room) < 0:
                raise self._ended_before(node, frame.origin)
        frame = replace(frame, room=room, ahead=None)
        parts = []
        for i, (o, e) in enumerate(zip(operands(node), extents, strict=True)):
            inner = frame
            if isinstance(node, Product) and i:
                inner = replace(frame, lr=E.UNIT, entry=E.UNIT)
            role = "factor" if isinstance(node, Product) and i else "term"
            parts.append(Part(E.ZERO, self._fit(o, e, inner), role, inner.entry))
        join = _JOINS[type(node)]
        return Placed(
            node,
            room,
            lambda m: join([_while(p.placed, room, m) for p in parts]),
            lambda: join([_exit(p.placed, room) for p in parts]),
            tuple(parts),
        )

    # -- modifiers --

    def _noisy(self, modifier: Noise, body: Placed) -> Callable[[Moment], Affine]:
        pct, std = float(modifier.pct), float(modifier.std)
        stream = Stream(modifier.draw, modifier.seed, pct, std)
        after = self.ticks(modifier.after, modifier, "after")
        until = None if modifier.until is None else self.ticks(modifier.until, modifier, "until")

        def trace(m: Moment) -> Affine:
            value = body.trace(m)
            if m.quiet:
                return value
            z = E.draw(stream, E.floor(m.now))
            cuts = [after, *([] if until is None else [E.maximum(until, after)])]
            noises = [(E.ZERO,), (z,), (E.ZERO,)][: len(cuts) + 1]
            if after is E.ZERO:
                cuts, noises = cuts[1:], noises[1:]
            (z,) = E.select(m.now, cuts, noises) if cuts else (z,)
            return value + value * z  # timm's own form, to the last bit

        return trace

    def _snapped(
        self, node: Modified, modifier: Snap, body: Placed, frame: Frame
    ) -> Callable[[Moment], Affine]:
        every = self.ticks(modifier.every, modifier, "every", frame)

        def trace(m: Moment) -> Affine:
            if m.side == "left" and m.x is body.length:
                return body.leave()
            x = every * E.floordiv(m.x, every)
            return body.trace(replace(m, x=x, now=m.now - (m.x - x)))

        return trace

    # -- cycles --

    def _place_cycles(self, node: Modified, modifier: Restarts, frame: Frame) -> Placed:
        if frame.nested >= MAX_NESTED_CYCLES:
            raise Problem(
                "LR602", f"restarts are nested deeper than {MAX_NESTED_CYCLES} levels", where=node
            )
        extent = self.measure(node, frame)
        body = self.measure(node.body, _inner(node, frame))
        t_mul, limit = modifier.t_mul, modifier.limit
        length = self._fitting(node, extent, frame) if extent.is_sized else frame.room
        if body.is_sized and body.length is not None:
            unit = body.length
            if E.lowest(unit) <= 0:
                raise Problem("LR501", "a cycle needs a length greater than zero", where=node)
        else:
            if length is None:
                raise self._unbounded(node)
            assert limit is not None
            unit = length / E.const(_geometric_sum(t_mul, limit))
        complete = length is extent.length if extent.is_sized else limit is not None
        cycles = (
            Cycles(unit, limit, True, limit)
            if complete
            else self._count_cycles(modifier, unit, length)
        )
        self.cycles[id(node)] = cycles

        name = f"cycle{next(self._names)}"
        index = E.var(name)
        growth, starts = self._growth(t_mul, cycles, index)
        begin = unit * starts
        share = (
            E.const(modifier.decay) ** index
            if t_mul == 1 or modifier.decay == 1
            else E.item(
                E.Progression(Fraction(0), Fraction(1), modifier.decay, _entries(cycles)), index
            )
        )
        inner = replace(
            frame,
            room=unit * growth,
            lr=frame.lr * share,
            entry=frame.entry * share,
            origin=None,
            at_start=False,
            first=False,
            stretch=frame.stretch * growth if body.is_sized else frame.stretch,
            loose=False,
            ahead=None,
            nested=frame.nested + 1,
        )
        placed = self.place(node.body, inner)

        def in_cycle(value: Affine, which: Expr) -> Affine:
            return value.substitute({name: which})

        def leave_cycle(which: int) -> Affine:
            return in_cycle(placed.leave(), E.const(which))

        def trace(m: Moment) -> Affine:
            which = self._which(m, t_mul, cycles, unit)
            x = m.x - begin
            if m.side == "left" and which.exact is not None:
                x = E.substitute([x], {name: which})[0]
                whole = E.substitute([inner.room or E.ZERO], {name: which})[0]
                if x is whole:
                    return leave_cycle(int(which.exact))
            return in_cycle(placed.trace(replace(m, x=x)), which)

        def leave() -> Affine:
            if length is None:
                raise Problem("LR401", "cycles without an end leave no value", where=node)
            if length is E.ZERO:
                return frame.entry
            if complete and cycles.count is not None:
                return leave_cycle(cycles.count - 1)
            return trace(Moment(length, E.ZERO, "left", quiet=True))

        return Placed(node, length, trace, leave, (Part(E.ZERO, placed, "cycle", frame.entry),))

    def _count_cycles(self, modifier: Restarts, unit: Expr, length: Expr | None) -> Cycles:
        """How many cycles the length has room for, counted exactly; the last may be cut."""
        t_mul, limit = modifier.t_mul, modifier.limit
        if t_mul == 1 and length is None:
            return Cycles(unit, None, True, limit)
        room = HORIZON if length is None else E.highest(length)
        first = E.lowest(unit)
        if t_mul == 1:
            whole, rest = divmod(room, first)
            return Cycles(unit, max(int(whole) + (rest > 0), 1), rest == 0, limit)
        few, enough = 0, 1  # `few` cycles do not fill the room
        while first * _geometric_sum(t_mul, enough) < room:
            few, enough = enough, 2 * enough
            self._unequal(modifier, few)
        while enough - few > 1:
            middle = (few + enough) // 2
            filled = first * _geometric_sum(t_mul, middle) >= room
            few, enough = (few, middle) if filled else (middle, enough)
        self._unequal(modifier, enough)
        return Cycles(unit, enough, first * _geometric_sum(t_mul, enough) == room, limit)

    def _growth(self, t_mul: Fraction, cycles: Cycles, index: Expr) -> tuple[Expr, Expr]:
        """How much longer a cycle is than the first, and when it starts, in first cycles."""
        if t_mul == 1:
            return E.ONE, index
        growth = E.Progression(Fraction(0), Fraction(1), t_mul, _entries(cycles))
        return E.item(growth, index), E.item(_starts(t_mul, cycles), index)

    def _which(self, m: Moment, t_mul: Fraction, cycles: Cycles, unit: Expr) -> Expr:
        """The index of the cycle that a moment lies in."""
        if cycles.count == 1:
            return E.ZERO
        if t_mul == 1:
            if m.side == "right":
                return E.floordiv(m.x, unit)
            return E.maximum(-E.floordiv(-m.x, unit) - 1, E.ZERO)
        starts = _starts(t_mul, cycles)
        if unit.exact is not None:
            return E.index(starts.scaled(unit.exact), m.x, m.side)
        return E.index(starts, m.x / unit, m.side)


def _entries(cycles: Cycles) -> int:
    assert cycles.count is not None
    return cycles.count


def _starts(t_mul: Fraction, cycles: Cycles) -> E.Progression:
    """``1 + m + .. + m^(i-1) = (m^i - 1)/(m - 1)``."""
    ratio = 1 / (t_mul - 1)
    return E.Progression(-ratio, ratio, t_mul, _entries(cycles))


def _geometric_sum(m: Fraction, n: int) -> Fraction:
    """``1 + m + .. + m^(n-1)``."""
    if m == 1:
        return Fraction(n)
    ratio = 1 / (m - 1)
    return E.Progression(-ratio, ratio, m, n + 1).at(n)


# --- small helpers --------------------------------------------------------------------------------


def operands(node: Schedule) -> tuple[Schedule, ...]:
    """What a pointwise combination is made of."""
    if isinstance(node, Clip):
        return node.body, node.lo, node.hi
    assert isinstance(node, Chain)
    return node.operands


def label(node: Node) -> str:
    """A few words for a schedule in a message."""
    if isinstance(node, Segment):
        return node.kind
    text = str(node)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _longest(extents: Iterable[Extent]) -> Extent:
    """What a combination of schedules that start together wants."""
    found = list(extents)
    if any(e.kind == FLEXIBLE for e in found):
        return Extent(FLEXIBLE)
    if any(e.kind == OPEN and not e.neutral for e in found):
        return Extent(OPEN)
    sized = [e for e in found if e.is_sized and e.length is not None]
    pinned = [e for e in found if e.kind == PINNED and e.length is not None]
    if not sized and not pinned:
        return Extent(OPEN, neutral=True)
    by_length = lambda e: E.highest(e.length or E.ZERO)  # noqa: E731 - used twice, here
    longest = max(sized, key=by_length) if sized else None
    if pinned:
        least = longest.length if longest is not None else None
        return Extent(PINNED, max(pinned, key=by_length).length, least=least)
    assert longest is not None
    return Extent(FIXED, longest.length, cuttable=longest.cuttable)


def _operand_frame(frame: Frame, i: int) -> Frame:
    """The frame of a sequence's operand, as far as it is known before the layout."""
    return replace(frame, at_start=frame.first, first=frame.first and i == 0, loose=False)


def _inner(node: Modified, frame: Frame) -> Frame:
    if isinstance(node.modifier, Restarts):
        return replace(frame, at_start=False, first=False)
    return frame


def _slice_frame(frame: Frame, begin: Expr, room: Expr | None) -> Frame:
    origin = None if frame.origin is None else frame.origin - begin
    return replace(frame, room=room, origin=origin, loose=True, ahead=None)


def _written(value: Value, frame: Frame) -> Affine:
    return frame.lr * E.const(value.lr) + E.absolute(value.constant)


def _draw(seed: int, m: Moment) -> Expr:
    if m.quiet:
        return E.ZERO
    return E.draw(Stream("normal", seed, None, 1.0), E.floor(m.now))


def _from(start: Expr, ahead: Callable[[Expr], Affine]) -> Callable[[Expr], Affine]:
    return lambda x: ahead(start + x)


def _looking_at(under: Placed) -> Callable[[Expr], Affine]:
    return lambda x: under.held(Moment(x, E.ZERO, quiet=True))


def _while(placed: Placed, room: Expr | None, m: Moment) -> Affine:
    """An operand at a moment of the whole, which is as long as the room."""
    return placed.trace(m) if placed.length is room else placed.held(m)


def _exit(placed: Placed, room: Expr | None) -> Affine:
    """What a pointwise operand holds when the whole ends."""
    if room is None:
        raise Problem("LR401", "a schedule without an end leaves no value", where=placed.node)
    if placed.length is None:
        return placed.trace(Moment(room, E.ZERO, "left", quiet=True))
    return placed.leave()


def _overlaid(node: Overlay, over: Placed, under: Placed) -> Placed:
    assert over.length is not None
    length = None if under.length is None else E.maximum(over.length, under.length)

    def trace(m: Moment) -> Affine:
        assert over.length is not None
        if over.length is E.ZERO:
            return under.held(m)
        return _chosen(m, [over.length], [lambda: over.trace(m), lambda: under.held(m)])

    parts = (
        Part(E.ZERO, over, "over", E.BASE),
        Part(E.ZERO, under, "below", E.BASE),
    )
    return Placed(node, length, trace, under.leave, parts)


def _flattened(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    (below,) = parts
    inner = below.placed.parts
    if isinstance(below.placed.node, Overlay) and inner:
        return (*inner[:-1], *_flattened(inner[-1:]))
    return parts


def _product(values: list[Affine]) -> Affine:
    first, *factors = values
    for f in factors:
        first = first * f.b
    return first


def _total(values: list[Affine]) -> Affine:
    first, *rest = values
    for v in rest:
        first = first + v
    return first


def _fold(f: Callable[[Expr, Expr], Expr]) -> Callable[[list[Affine]], Affine]:
    def fold(values: list[Affine]) -> Affine:
        first, *rest = values
        for v in rest:
            first = E.pointwise(f, first, v)
        return first

    return fold


def _clipped(values: list[Affine]) -> Affine:
    body, lo, hi = values
    return E.pointwise(E.maximum, E.pointwise(E.minimum, body, hi), lo)


_JOINS: dict[type[Schedule], Callable[[list[Affine]], Affine]] = {
    Sum: _total,
    Product: _product,
    Minimum: _fold(E.minimum),
    Maximum: _fold(E.maximum),
    Clip: _clipped,
}
