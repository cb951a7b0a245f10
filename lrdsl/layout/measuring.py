"""What a schedule wants: a length of its own, to go on, or to fill its room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lrdsl import expr as E
from lrdsl.algebra import (
    Chain,
    Clip,
    Constant,
    Modified,
    Overlay,
    Scaled,
    Schedule,
    Sequence,
    Slice,
)
from lrdsl.diagnostics import Problem
from lrdsl.expr import Expr
from lrdsl.layout.cycles import Cycles, check_unequal, geometric_sum
from lrdsl.layout.frames import Frame, modified_frame, operand_frames, slice_frame
from lrdsl.run import Run
from lrdsl.segments import Hold, Restarts, Segment
from lrdsl.values import Time

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


class Measurer:
    """Measures schedules in one run.

    Attributes:
        run: the run.
        cycles: how every `restarts` that was placed divides its time, by the id of its node.
        shared: the operands of a sequence that share what is left, by the id of the sequence.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.cycles: dict[int, Cycles] = {}
        self.shared: dict[int, list[Schedule]] = {}
        self._measured: dict[tuple[object, ...], Extent] = {}

    def ticks(self, time: Time, frame: Frame | None = None) -> Expr:
        """A written time in ticks, stretched where the frame says so."""
        amount = E.const(self.run.ticks(time))  # whether it converts was asked before
        return amount if frame is None else amount * frame.stretch

    def measure(self, node: Schedule, frame: Frame) -> Extent:
        """What a schedule wants in this frame."""
        origin = frame.origin.serial if frame.first and frame.origin is not None else None
        key = (id(node), frame.at_start, frame.first, origin, frame.stretch.serial)
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
            body = self.measure(node.body, modified_frame(node, frame))
            if isinstance(node.modifier, Restarts):
                return self._measure_cycles(node, node.modifier, body)
            return body
        return longest_of(self.measure(o, frame) for o in operands(node))

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
            return Extent(PINNED, self.ticks(node.until))
        own = node.own_length()
        if own is not None:
            length = self.ticks(own, frame)
            if E.lowest(length) < 0:
                raise Problem(
                    "LR501",
                    f"this length is negative in this run: {own} is "
                    f"{self.run.tell(E.lowest(length))}",
                    where=node,
                    field="over",
                )
            return Extent(FIXED, length)
        plain = isinstance(node, Hold)
        return Extent(OPEN if node.endless else FLEXIBLE, neutral=plain)

    def _measure_sequence(self, node: Sequence, frame: Frame) -> Extent:
        """A pinned operand settles the length of all that stands before it."""
        extents = list(map(self.measure, node.operands, operand_frames(frame)))
        pins = [i for i, e in enumerate(extents) if e.kind == PINNED]
        settled = pins[-1] + 1 if pins else 0
        total = _ended(extents[:settled], frame) if pins else E.ZERO
        for i, extent in enumerate(extents[settled:], settled):
            if extent.length is None:
                last = i == len(extents) - 1
                return Extent(extent.kind if last else FLEXIBLE)
            total = total + extent.length
        if pins:
            return Extent(PINNED, total)
        return Extent(FIXED, total, cuttable=extents[-1].cuttable)

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
        return longest_of([*lefts, last])

    def _measure_slice(self, node: Slice, frame: Frame) -> Extent:
        begin = self.ticks(node.begin, frame)
        if E.lowest(begin) < 0:
            raise Problem(
                "LR308",
                f"in this run the slice begins at {self.run.tell(E.lowest(begin))}, before the "
                "start of the schedule",
                where=node,
            )
        if node.end is not None:
            length = self.ticks(node.end, frame) - begin
            if E.lowest(length) < 0:
                raise Problem(
                    "LR308",
                    f"in this run the slice ends before it begins: {node.begin} is "
                    f"{self.run.tell(E.highest(begin))}",
                    where=node,
                )
            return Extent(FIXED, length)
        body = self.measure(node.body, slice_frame(frame, begin, None, cuts=False))
        if body.is_sized and body.length is not None:
            return Extent(FIXED, E.maximum(body.length - begin, E.ZERO))
        if body.least is not None:
            return replace(body, least=E.maximum(body.least - begin, E.ZERO))
        return body

    def _measure_cycles(self, node: Modified, modifier: Restarts, body: Extent) -> Extent:
        if body.is_sized and body.length is not None:
            if modifier.limit is None:
                return Extent(OPEN)
            if E.lowest(body.length) <= 0:
                raise Problem("LR501", "a cycle needs a length greater than zero", where=node)
            check_unequal(modifier, modifier.limit)
            total = body.length * E.const(geometric_sum(modifier.t_mul, modifier.limit))
            return Extent(FIXED, total, cuttable=True)
        if modifier.limit is None:
            raise Problem(
                "LR401",
                "these cycles have no length: what is repeated adapts to its room, and nothing "
                "says how many cycles fill it",
                help="give limit=, as in restarts(limit=3), or the first cycle a length",
                where=node,
            )
        check_unequal(modifier, modifier.limit)
        return Extent(FLEXIBLE)


def _ended(extents: list[Extent], frame: Frame) -> Expr:
    """The run time at which the last operand has ended, which is pinned, of a chain's first."""
    assert frame.origin is not None  # where a pin is legal, the chain's start is known
    end, written, sharing = frame.origin, E.ZERO, 0
    for extent in extents:
        sharing += not extent.is_sized
        if extent.is_sized and extent.length is not None:
            written = written + extent.length
        if extent.kind != PINNED or extent.length is None:
            continue
        if extent.least is None:
            end = extent.length
        else:  # it may be longer than its pin needs
            share = E.maximum(extent.length - end - written, E.ZERO) / sharing
            end = end + written + share * (sharing - 1) + E.maximum(share, extent.least)
        written, sharing = E.ZERO, 0
    return end


def operands(node: Schedule) -> tuple[Schedule, ...]:
    """What a pointwise combination is made of."""
    if isinstance(node, Clip):
        return node.body, node.lo, node.hi
    assert isinstance(node, Chain)
    return node.operands


def longest_of(extents: Iterable[Extent]) -> Extent:
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
        asked = [*(e.length for e in sized), *(e.least for e in pinned)]
        leasts = [n for n in asked if n is not None]
        least = max(leasts, key=E.highest) if leasts else None
        return Extent(PINNED, max(pinned, key=by_length).length, least=least)
    assert longest is not None
    return Extent(FIXED, longest.length, cuttable=longest.cuttable)
