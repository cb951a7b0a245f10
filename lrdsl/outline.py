"""A placed program as a list of pieces on the time axis, for people."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from lrdsl import expr as E
from lrdsl.algebra import Modified, Overlay
from lrdsl.diagnostics import Problem
from lrdsl.expr import Affine
from lrdsl.layout import Cycles, Layout, Moment, Part, Placed, label
from lrdsl.run import Run
from lrdsl.segments import Restarts
from lrdsl.values import LARGEST, LONG_NAMES

SHOWN_CYCLES = 12
BEYOND = "beyond all floats"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the program on the time axis.

    Attributes:
        start, end: run time in ticks; `end` is None where it never ends, or so late that no float
            holds the time. What starts that late is no piece.
        text: its canonical text.
        note: what is special about its place, such as the clock it runs on.
        first, last: its value at the start and the value it leaves, without noise; None where
            there is none: it never ends, or no float holds what is computed there. (A run that
            cuts a program does not come there; nor does anyone who asks for no rate.)
        depth: how deep it stands inside the piece before it.
    """

    start: Fraction
    end: Fraction | None
    text: str
    note: str
    first: Affine | None
    last: Affine | None
    depth: int

    def values(self, lr: float) -> tuple[float, float | None]:
        """The first and the last value for a base rate; the first is NaN where it is None."""
        first = math.nan if self.first is None else amount(self.first, lr)
        return first, None if self.last is None else amount(self.last, lr)


def outline(
    placed: Placed, layout: Layout, run: Run, *, deepest: float = math.inf
) -> tuple[Piece, ...]:
    """The pieces of a placed program, in order; parts of a piece follow it, one deeper."""
    part = Part(E.ZERO, placed, "whole", E.BASE)
    found = []
    for piece in _Outline(layout, run, deepest).pieces(part, Fraction(0), 0, "", None):
        if piece.start <= LARGEST:
            beyond = piece.end is not None and piece.end > LARGEST
            found.append(replace(piece, end=None, last=None) if beyond else piece)
    return tuple(found)


class _Outline:
    def __init__(self, layout: Layout, run: Run, deepest: float) -> None:
        self.layout = layout
        self.run = run
        self.deepest = deepest

    def pieces(
        self, part: Part, origin: Fraction, depth: int, note: str, end: Fraction | None
    ) -> Iterator[Piece]:
        placed = part.placed
        node = placed.node
        start = origin + (part.start.exact or 0)
        length = None if placed.length is None else placed.length.exact
        stop = end if end is not None else (None if length is None else start + length)
        inner = [p for p in placed.parts if p.role in ("then", "over", "below")]
        if inner and not isinstance(node, Overlay):
            for p in inner:
                yield from self.pieces(p, start, depth, note, None)
            return
        if inner:
            yield from self._layers(inner, start, depth, note)
            return
        yield self._piece(placed, start, stop, depth, note, part)
        if isinstance(node, Modified) and isinstance(node.modifier, Restarts):
            yield from self._cycle_pieces(placed, node, start, depth + 1)
        elif isinstance(node, Modified) and placed.parts:
            yield from self._wrapped_cycles(placed, start, depth + 1)
        for p in placed.parts if depth < self.deepest else ():
            if p.role in ("body", "term") and _is_sequence(p.placed):
                yield from self.pieces(p, start, depth + 1, "", None)

    def _layers(
        self, layers: list[Part], start: Fraction, depth: int, note: str
    ) -> Iterator[Piece]:
        begun = start
        for i, layer in enumerate(layers):
            length = layer.placed.length
            under = [label(p.placed.node) for p in layers[i + 1 :]]
            clock = ", whose clock runs from 0" if i == 0 else ""
            told = _joined(note, f"over {', '.join(under)}{clock}") if under else note
            end = None if length is None or length.exact is None else start + length.exact
            if end is not None and end <= begun:
                continue
            if i == 0:
                yield from self.pieces(layer, start, depth, told, None)
            else:
                rest = _joined(told, f"its clock runs from {self.run.show(start) if start else 0}")
                moved = Part(E.const(begun - start), layer.placed, layer.role, layer.entry)
                yield self._piece(layer.placed, begun, end, depth, rest, moved)
                yield from self._wrapped_cycles(layer.placed, start, depth + 1)
            begun = end if end is not None else begun

    def _piece(
        self,
        placed: Placed,
        start: Fraction,
        end: Fraction | None,
        depth: int,
        note: str,
        part: Part,
    ) -> Piece:
        first: Affine | None = placed.opening
        if part.role == "below":  # where it is uncovered, its own clock runs already
            first = _known(placed.held, Moment(part.start, E.ZERO, quiet=True))
        last = None if end is None else _known(placed.leave)
        return Piece(start, end, str(placed.node), note, first, last, depth)

    def _wrapped_cycles(self, placed: Placed, start: Fraction, depth: int) -> Iterator[Piece]:
        """The cycles of a `restarts` under noise, snap or a scale."""
        while placed.parts and placed.parts[0].role == "body":
            placed = placed.parts[0].placed
        node = placed.node
        if isinstance(node, Modified) and isinstance(node.modifier, Restarts):
            yield from self._cycle_pieces(placed, node, start, depth)

    def _cycle_pieces(
        self, placed: Placed, node: Modified, start: Fraction, depth: int
    ) -> Iterator[Piece]:
        if depth > self.deepest:
            return
        cycles: Cycles = self.layout.cycles[id(node)]
        unit = cycles.unit.exact
        assert isinstance(node.modifier, Restarts)
        length = None if placed.length is None else placed.length.exact
        if not unit or (placed.length is not None and length is None):  # no room: no cycles
            return
        begin, size, shown = Fraction(0), unit, 0
        stop: Fraction
        while shown < SHOWN_CYCLES and (cycles.count is None or shown < cycles.count):
            end = begin + size
            cut = length is not None and end > length
            stop = end if length is None else min(end, length)
            first = _known(placed.trace, _opened(begin, start))
            last = _known(placed.trace, Moment(E.const(stop), E.ZERO, "left", quiet=True))
            name = f"cycle {shown + 1}" + (f" of {cycles.count}" if cycles.count else "")
            yield Piece(start + begin, start + stop, name, "cut" if cut else "", first, last, depth)
            begin, size, shown = end, size * node.modifier.t_mul, shown + 1
            if cut:
                return
        if cycles.count is not None and cycles.count > shown:
            rest = cycles.count - shown
            more = "1 more cycle" if rest == 1 else f"{rest:,} more cycles"
            finish = None if length is None else start + length
            first = _known(placed.trace, _opened(begin, start))
            leave = None if finish is None else _known(placed.leave)
            yield Piece(start + begin, finish, more, "", first, leave, depth)


def _share(of_run: Fraction) -> str:
    percent = _nearest(of_run * 100)
    return f"{percent:.1f}%" if percent < 1e6 else f"{percent:.3g}%"


def _opened(begin: Fraction, start: Fraction) -> Moment:
    """Where a cycle begins, in something that starts at a tick of the run."""
    return Moment(E.const(begin), E.const(start + begin), quiet=True)


def _known(evaluate: Callable[..., Affine], *moment: Moment) -> Affine | None:
    """A value, where a float holds it: what no update comes to may have none."""
    try:
        return evaluate(*moment)
    except Problem:
        return None


def explained(program: str, run: Run, pieces: tuple[Piece, ...], *, is_affine: bool) -> str:
    """What a program means in a run, in words and numbers."""
    return "\n".join(_lines(program, run, pieces, is_affine=is_affine)) + "\n"


def _lines(program: str, run: Run, pieces: tuple[Piece, ...], *, is_affine: bool) -> Iterator[str]:
    yield f"program   {program}"
    tick = LONG_NAMES.get(run.tick or "", "tick")
    article = "an" if tick[0] in "e" else "a"
    length = "open-ended" if run.total is None else run.show(run.total)
    rates = [f"{k}={v}" for k, v in run.as_dict().items() if "_per_" in k]
    yield (
        f"run       {length}"
        + (f"; one tick is {article} {tick}" if run.tick else "")
        + (f"; {', '.join(rates)}" if rates else "")
    )
    yield "update    value(k), k = 0, 1, ..., is the rate of update k + 1"
    form = "a(t)*lr + b(t)" if is_affine else "not affine in lr: evaluated for each base"
    yield f"form      {form}"
    yield "segments"
    rows = [_row(p, run) for p in pieces]
    widths = [max(len(r[i]) for r in rows) for i in range(4)]
    for row in rows:
        cells = [cell.ljust(w) for cell, w in zip(row[:4], widths, strict=True)]
        yield ("  " + "   ".join([*cells, row[4]])).rstrip()


def _row(p: Piece, run: Run) -> tuple[str, str, str, str, str]:
    span = f"{run.show(p.start)} .. {'' if p.end is None else run.show(p.end)}"
    total = run.total
    share = ""
    if total:
        stop = _share(p.end / total) if p.end is not None else ""
        share = f"{_share(p.start / total)} .. {stop}"
    last = "" if p.last is None else show_value(p.last)
    values = f"{show_value(p.first)} -> {last}" if last else show_value(p.first)
    return span, share, "  " * p.depth + p.text, values, p.note


def _is_sequence(placed: Placed) -> bool:
    """Whether a schedule, or what it wraps, has segments of its own to show."""
    if any(p.role in ("then", "over") for p in placed.parts):
        return True
    return any(_is_sequence(p.placed) for p in placed.parts if p.role in ("body", "term"))


def _joined(a: str, b: str) -> str:
    return f"{a}; {b}" if a else b


def _nearest(value: Fraction) -> float:
    """As a float: beyond all of them an infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def amount(value: Affine, lr: float) -> float:
    """A value as a number, for a base rate."""
    whole = E.substitute([value.whole()], {"lr": E.const(Fraction(repr(float(lr))))})[0]
    return _nearest(whole.data) if whole.is_const else math.nan


def show_value(value: Affine | None) -> str:
    """A value in terms of lr, for people: ``0.5*lr + 1e-05``."""
    if value is None:
        return BEYOND
    if not (value.a.is_const and value.b.is_const):
        return "depends on lr" if value.a.vars or value.b.vars else BEYOND
    a, b = _nearest(value.a.data), _nearest(value.b.data)
    share = "lr" if a == 1 else f"{brief(a)}*lr"
    if not a:
        return brief(b)
    return share if not b else f"{share} {'-' if b < 0 else '+'} {brief(abs(b))}"


def brief(value: float) -> str:
    """A number to six digits, without padding in its exponent: ``1e-5``."""
    return re.sub(r"e([+-])0*", lambda m: f"e{m[1].strip('+')}", f"{value:.6g}")
