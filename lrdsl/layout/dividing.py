"""How a sequence divides its room: written lengths, moments it is pinned to, and shares."""

from __future__ import annotations

from fractions import Fraction

from lrdsl import expr as E
from lrdsl.algebra import Schedule, Sequence
from lrdsl.diagnostics import Problem
from lrdsl.expr import Expr
from lrdsl.layout.frames import Frame, label, operand_frames
from lrdsl.layout.measuring import OPEN, PINNED, Extent, Measurer
from lrdsl.segments import Segment


class Divider(Measurer):
    """Gives every operand of a sequence its length, or says why that cannot be."""

    def divide(self, node: Sequence, frame: Frame) -> list[Expr | None]:
        """The length of every operand: written, up to a pinned end, or a share of what is left."""
        lengths: list[Expr | None] = []
        stretch: list[tuple[Schedule, Extent]] = []
        begin: Expr = E.ZERO
        extents = list(map(self.measure, node.operands, operand_frames(frame)))
        pins = [e for e in extents if e.kind == PINNED]
        for o, extent in zip(node.operands, extents, strict=True):
            stretch.append((o, extent))
            if extent.kind == PINNED:
                assert extent.length is not None
                origin = frame.origin if frame.origin is not None else E.ZERO
                end = extent.length - origin
                if extent is pins[-1]:  # of the others the next one says whether they fit
                    self._within(o, end, frame)
                written = self._written_before(stretch[:-1])
                if E.lowest(end - begin - written) < 0 and not self._may_cut(stretch[:-1]):
                    raise self._ended_before(o, origin + begin + written)
                shares = self._share(node, stretch, end - begin, frame)
                if extent.least is not None and shares[-1] is not None:  # its pin is not its end
                    shares[-1] = E.maximum(shares[-1], extent.least)
                    end = sum((n for n in shares if n is not None), begin)
                    self._within(o, end, frame)
                lengths += shares
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
            left = self._cut(stretch, lengths, room, frame)
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
        frame: Frame,
    ) -> Expr:
        """Cut the last written length, if it is a `restarts`; else the lengths are an error."""
        if self._may_cut(stretch):
            last = max(
                i for i, (_, e) in enumerate(stretch) if e.is_sized and e.length is not E.ZERO
            )
            remains = room - self._written_before(stretch[:last])  # what follows is of no length
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

    def _within(self, node: Schedule, end: Expr, frame: Frame) -> None:
        """Refuse an `until=` beyond the room."""
        if frame.room is None or frame.loose or self.run.overflow == "truncate":
            return
        if E.lowest(frame.room - end) < 0:
            raise self._exceeded([(node, end)], frame.room)

    def _exceeded(self, lengths: list[tuple[Schedule, Expr]], room: Expr) -> Problem:
        total = sum((E.highest(n) for _, n in lengths), Fraction(0))
        shown = [f"{label(o)} {self.run.tell(E.highest(n))}" for o, n in lengths if n is not E.ZERO]
        left = E.lowest(room)
        what = "the run is" if left == self.run.total else "the room here is"
        listed = " + ".join(shown if len(shown) <= 8 else [*shown[:6], "...", shown[-1]])
        equals = f" = {self.run.tell(total)}" if len(shown) > 1 else ""
        return Problem(
            "LR402",
            f"{listed}{equals}, {what} {self.run.tell(left)}",
            help=f"shorten it by {self.run.tell(total - left)}, leave out the length of what "
            "should fill the rest, or cut it with a slice: (..)[:100%]",
            where=lengths[-1][0],
        )

    def _ended_before(self, node: Schedule, start: Expr) -> Problem:
        return Problem(
            "LR404",
            f"until= is before the start of this segment, which is at "
            f"{self.run.tell(E.highest(start))}",
            where=node,
            field="until",
        )

    def _unbounded(self, node: Schedule) -> Problem:
        return Problem(
            "LR701",
            f"{label(node)} fills the run, whose total is not given",
            help='give the total: total="90ep"; or '
            + (f"a length: {node.kind}(over=10ep)" if isinstance(node, Segment) else "a length"),
            where=node,
        )
