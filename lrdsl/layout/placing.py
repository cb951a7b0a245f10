"""Placing: every segment in its room, with its entry, its trace and its exit."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from functools import cache, partial
from itertools import count

from lrdsl import expr as E
from lrdsl.algebra import (
    Clip,
    Constant,
    Maximum,
    Minimum,
    Modified,
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
from lrdsl.layout.cycles import (
    MAX_NESTED_CYCLES,
    Cycles,
    count_cycles,
    cycle_at,
    entries,
    geometric_sum,
    growth_of,
)
from lrdsl.layout.dividing import Divider
from lrdsl.layout.frames import (
    Frame,
    Moment,
    Part,
    Placed,
    chosen,
    first_draw,
    modified_frame,
    operand_frames,
    slice_frame,
    traced,
    written,
)
from lrdsl.layout.measuring import FIXED, FLEXIBLE, PINNED, Extent, longest_of, operands
from lrdsl.noise import Stream
from lrdsl.run import Run
from lrdsl.segments import Clock, Noise, Restarts, Segment, Snap


class Layout(Divider):
    """Places one program in one run."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._names = count()

    def lay_out(self, program: Schedule) -> Placed:
        """The whole program in the run.

        Raises:
            Problem: the first thing that does not fit.
        """
        frame = Frame(None if self.run.total is None else E.const(self.run.total))
        return self._fit(program, self.measure(program, frame), frame)

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
            level = written(node.value, frame)
            return Placed(node, frame.room, lambda m: level, lambda: level)
        if isinstance(node, Scaled):
            return self._place_scaled(node, frame)
        if isinstance(node, Modified):
            if isinstance(node.modifier, Restarts):
                return self._place_cycles(node, node.modifier, frame)
            body = self.place(node.body, frame)
            part = (Part(E.ZERO, body, "body", frame.entry),)
            if isinstance(node.modifier, Snap):
                trace = self._snapped(node.modifier, body, frame)
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
            length = self._pinned_room(node, extent, frame)
        elif extent.kind == FLEXIBLE and length is None:
            raise self._unbounded(node)
        start = node.entry(frame.entry, lambda v: written(v, frame))
        # layers that aim at each other's ends would ask for each one twice, and these again
        ahead = cache(lambda: self._ahead(node, frame, length))

        def clock(m: Moment, *, ended: bool) -> Clock:
            return Clock(
                u=node.on_grid(m.x, length, ended),
                elapsed=m.x,
                start=start,
                ticks=lambda time: self.ticks(time, frame),
                value=lambda v: written(v, frame),
                ahead=ahead,
                draw=lambda seed: first_draw(seed, m),
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
            assert length is not None  # nobody asks what never ends for its exit
            return run_formula(Moment(length, E.ZERO, "left", quiet=True), ended=True)

        placed = Placed(node, length, run_formula, leave)
        _ = placed.opening  # what is wrong with it is an error also where nobody comes to look
        return placed

    def _ahead(self, node: Segment, frame: Frame, length: Expr | None) -> Affine:
        if frame.ahead is None or length is None:
            raise Problem(
                "LR307",
                "end=next aims at the curve below `|`, and this is not the last segment above it",
                help="it belongs in the last segment on the left of `|`: "
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

    def _place_sequence(self, node: Sequence, frame: Frame) -> Placed:
        lengths = self.divide(node, frame)
        parts: list[Part] = []
        cursor, entry = E.ZERO, frame.entry
        frames = operand_frames(frame)
        for i, (o, length) in enumerate(zip(node.operands, lengths, strict=True)):
            start = cursor
            origin = None if frame.origin is None else frame.origin + start
            ahead = None
            if frame.ahead is not None and i == len(node.operands) - 1:
                ahead = _from(start, frame.ahead)
            inner = replace(next(frames), room=length, entry=entry, origin=origin, ahead=ahead)
            placed = self.place(o, inner)
            parts.append(Part(start, placed, "then", entry))
            if placed.length is None:
                break
            cursor = cursor + placed.length
            entry = placed.leave() if i < len(node.operands) - 1 else entry
        shown = [p for p in parts if p.placed.length is not E.ZERO]
        cuts = [p.start for p in shown[1:]]
        known = [c.exact for c in cuts if c.exact is not None]
        end = None if parts[-1].placed.length is None else cursor

        def trace(m: Moment) -> Affine:
            if m.x.exact is not None and len(known) == len(cuts):  # most questions: no other runs
                find = bisect_right if m.side == "right" else bisect_left
                return traced(shown[find(known, m.x.exact)], m)
            return chosen(m, cuts, [partial(traced, p, m) for p in shown])

        return Placed(node, end, trace, lambda: parts[-1].placed.leave(), tuple(parts))

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
        if extent.kind == PINNED:
            room = self._pinned_room(node, extent, frame)
            self._within(node, room, frame)
            return self.place(node, replace(frame, room=room))
        return self.place(node, frame)

    def _pinned_room(self, node: Schedule, extent: Extent, frame: Frame) -> Expr:
        """The room up to the moment that `until=` names."""
        assert frame.origin is not None  # measuring refuses `until=` inside cycles
        assert extent.length is not None
        room = extent.length - frame.origin
        if extent.least is not None:
            room = E.maximum(room, extent.least)
        if E.lowest(room) < 0:
            raise self._ended_before(node, frame.origin)
        return room

    def _place_slice(self, node: Slice, frame: Frame) -> Placed:
        begin = self.ticks(node.begin, frame)
        extent = self.measure(node, frame)
        end = None if node.end is None else self.ticks(node.end, frame)
        cuts = node.end is not None
        body_extent = self.measure(node.body, slice_frame(frame, begin, None, cuts=cuts))
        if extent.is_sized:
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
        body = self._fit(node.body, body_extent, slice_frame(frame, begin, room, cuts=cuts))
        length = end - begin if end is not None else None
        if end is None:
            length = None if body.length is None else E.maximum(body.length - begin, E.ZERO)
            if length is not None and extent.is_sized:
                length = self._fitting(node, Extent(FIXED, length), frame)

        def trace(m: Moment) -> Affine:
            return body.held(replace(m, x=m.x + begin))

        def leave() -> Affine:
            assert body.length is not None
            assert length is not None
            stop = begin + length
            if E.lowest(stop - body.length) >= 0:
                return body.leave()
            return body.held(_cut(stop))

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
        extent = longest_of(extents)
        room = frame.room
        if extent.is_sized:
            room = self._fitting(node, extent, frame)
        elif extent.kind == PINNED:
            room = self._pinned_room(node, extent, frame)
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
            lambda: join([p.placed.leave() for p in parts]),
            tuple(parts),
        )

    def _noisy(self, modifier: Noise, body: Placed) -> Callable[[Moment], Affine]:
        pct, std = float(modifier.pct), float(modifier.std)
        stream = Stream(modifier.draw, modifier.seed, pct, std)
        after = self.ticks(modifier.after)
        until = None if modifier.until is None else self.ticks(modifier.until)

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

    def _snapped(self, modifier: Snap, body: Placed, frame: Frame) -> Callable[[Moment], Affine]:
        every = self.ticks(modifier.every, frame)

        def trace(m: Moment) -> Affine:
            if m.side == "left" and m.x is body.length:
                return body.leave()
            x = every * E.floordiv(m.x, every)
            start = m.now - m.x
            now = x + start  # of these two, as now minus what has passed rounds away a whole tick
            if start.exact is None or start.exact < 0:  # a slice's multiple may be before the run
                now = E.maximum(now, E.ZERO)
            return body.trace(replace(m, x=x, now=now))

        return trace

    def _place_cycles(self, node: Modified, modifier: Restarts, frame: Frame) -> Placed:
        if frame.nested >= MAX_NESTED_CYCLES:
            raise Problem(
                "LR602", f"restarts are nested deeper than {MAX_NESTED_CYCLES} levels", where=node
            )
        extent = self.measure(node, frame)
        body = self.measure(node.body, modified_frame(node, frame))
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
            unit = length / E.const(geometric_sum(t_mul, limit))
        complete = length is extent.length if extent.is_sized else limit is not None
        cycles = (
            Cycles(unit, limit, True, limit) if complete else count_cycles(modifier, unit, length)
        )
        self.cycles[id(node)] = cycles

        name = f"cycle{next(self._names)}"
        index = E.var(name)
        growth, starts = growth_of(t_mul, cycles, index)
        begin = unit * starts
        share = (
            E.const(modifier.decay) ** index
            if t_mul == 1 or modifier.decay == 1
            else E.item(
                E.Progression(Fraction(0), Fraction(1), modifier.decay, entries(cycles)), index
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
        if body.is_sized:  # the very expression that the body's own length is
            inner = replace(inner, room=self.measure(node.body, inner).length)
        placed = self.place(node.body, inner)

        def in_cycle(value: Affine, which: Expr) -> Affine:
            return value.substitute({name: which})

        def leave_cycle(which: int) -> Affine:
            return in_cycle(placed.leave(), E.const(which))

        def trace(m: Moment) -> Affine:
            which = cycle_at(m, t_mul, cycles, unit)
            x = m.x - begin
            if m.side == "left" and which.exact is not None:
                x = E.substitute([x], {name: which})[0]
                whole = E.substitute([inner.room or E.ZERO], {name: which})[0]
                if x is whole:
                    return leave_cycle(int(which.exact))
            return in_cycle(placed.trace(replace(m, x=x)), which)

        def leave() -> Affine:
            assert length is not None
            if complete and cycles.count is not None:
                return leave_cycle(cycles.count - 1)
            return trace(_cut(length))

        return Placed(node, length, trace, leave, (Part(E.ZERO, placed, "cycle", frame.entry),))


def _from(start: Expr, ahead: Callable[[Expr], Affine]) -> Callable[[Expr], Affine]:
    return lambda x: ahead(start + x)


def _looking_at(under: Placed) -> Callable[[Expr], Affine]:
    return lambda x: under.held(Moment(x, E.ZERO, quiet=True))


def _cut(x: Expr) -> Moment:
    """The moment at which something is cut: all before it has been, and at 0 nothing was."""
    side: Side = "left" if E.lowest(x) > 0 else "right"
    return Moment(x, E.ZERO, side, quiet=True)


def _while(placed: Placed, room: Expr | None, m: Moment) -> Affine:
    """An operand at a moment of the whole, which is as long as the room."""
    return placed.trace(m) if placed.length is room else placed.held(m)


def _overlaid(node: Overlay, over: Placed, under: Placed) -> Placed:
    assert over.length is not None
    over.leave()  # nobody enters there, but what leaves the floats at its end is refused as in `>>`
    length = None if under.length is None else E.maximum(over.length, under.length)

    def trace(m: Moment) -> Affine:
        assert over.length is not None
        if over.length is E.ZERO:
            return under.held(m)
        return chosen(m, [over.length], [lambda: over.trace(m), lambda: under.held(m)])

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
