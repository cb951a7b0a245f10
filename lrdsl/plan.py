"""A program resolved for a run: plain data that evaluates, explains and pickles itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from lrdsl import expr as E
from lrdsl.algebra import Modified, Node, Overlay, Schedule
from lrdsl.compiled.python import Printer, define
from lrdsl.diagnostics import LrdslError, Problem, Span
from lrdsl.expr import Affine
from lrdsl.layout import Cycles, Frame, Layout, Moment, Part, Placed, label
from lrdsl.run import Run
from lrdsl.segments import Restarts
from lrdsl.values import LONG_NAMES, Time

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

MAX_TABLE = 100_000_000  # updates in one table
SHOWN_CYCLES = 12


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the program on the time axis.

    Attributes:
        start, end: run time in ticks; `end` is None where it never ends.
        text: its canonical text.
        note: what is special about its place, such as the clock it runs on.
        first, last: its value at the start and the value it leaves, without noise.
        depth: how deep it stands inside the piece before it.
    """

    start: Fraction
    end: Fraction | None
    text: str
    note: str
    first: Affine
    last: Affine | None
    depth: int

    def values(self, lr: float) -> tuple[float, float | None]:
        """The first and the last value for a base rate."""
        return amount(self.first, lr), None if self.last is None else amount(self.last, lr)


class Plan:
    """A schedule for one run: `plan(t)` is the rate at tick t.

    Two plans are equal if their programs and their runs are. Plans hash, pickle and copy.
    """

    __slots__ = ("__dict__", "run", "schedule")

    def __init__(self, schedule: Schedule, run: Run) -> None:
        self.schedule = schedule
        self.run = run

    # -- identity --

    @cached_property
    def program(self) -> str:
        """The canonical text."""
        return str(self.schedule)

    @property
    def total(self) -> int | float | None:
        """The run's length in ticks; None where it is open-ended."""
        total = self.run.total
        return None if total is None else int(total) if total.denominator == 1 else float(total)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Plan):
            return NotImplemented
        return self.run == other.run and self.schedule == other.schedule

    def __hash__(self) -> int:
        return hash((self.program, self.run))

    def __reduce__(self) -> tuple[Any, ...]:
        return Plan, (self.schedule, self.run)

    def __repr__(self) -> str:
        run = ", ".join(f"{k}={v}" for k, v in self.run.as_dict().items())
        return f"<Plan {self.program} | {run}>"

    # -- layout --

    @cached_property
    def layout(self) -> Layout:
        return Layout(self.run)

    @cached_property
    def placed(self) -> Placed:
        """The program in its run.

        Raises:
            Problem: the program does not fit the run.
        """
        run, layout = self.run, self.layout
        frame = Frame(None if run.total is None else E.const(run.total))
        extent = layout.measure(self.schedule, frame)
        return layout._fit(self.schedule, extent, frame)

    @cached_property
    def value(self) -> Affine:
        """The rate as an expression in `t` and `lr`."""
        placed, total = self.placed, self.run.total
        moment = Moment(E.T, E.T)
        if total is None:
            return placed.held(moment)
        end = E.const(total)
        if placed.length is not None and E.lowest(placed.length) <= total:
            return placed.held(moment)
        cut = placed.trace(Moment(end, end, "left", quiet=True))
        return E.choose(E.T, [end], [placed.trace(moment), cut])

    @property
    def is_affine(self) -> bool:
        """Whether the rate is ``a(t)*lr + b(t)``."""
        return self.value.is_affine

    # -- values --

    @overload
    def __call__(self, t: float, lr: float = 1.0) -> float: ...
    @overload
    def __call__(self, t: ArrayLike, lr: float = 1.0) -> NDArray[np.float64]: ...

    def __call__(self, t: Any, lr: float = 1.0) -> Any:
        """The rate at time t, in ticks since the start.

        Args:
            t: a number, or an array of any shape in any order. Whole numbers are updates: value(k)
                is the rate of update k + 1.
            lr: the base rate of the parameter group.

        Returns:
            A float for a number, a float64 array of the same shape for an array.

        Raises:
            LrdslError: t is negative, infinite or not a number, or lr is not finite (LR707), or
                the rate is not finite (LR502).
        """
        if not (isinstance(t, (int, float)) or _is_scalar(t)):
            return self._array(t, [self.value.whole()], _rate(lr))[0]
        if not 0 <= t < math.inf:
            raise _outside("t", t, "a number of ticks, 0 or more")
        try:
            value = self.scalar(float(t), lr)
            if math.isfinite(value):
                return value
        except (ArithmeticError, ValueError, TypeError):
            pass  # said below
        return self._explained(t, lr)

    def _explained(self, t: Any, lr: Any) -> float:
        """Why a scalar evaluation failed."""
        number = _rate(lr)
        try:
            value = self.scalar(float(t), number)
        except (ArithmeticError, ValueError):
            value = math.nan
        if isinstance(value, float) and math.isfinite(value):  # a root may be complex
            return value
        raise _not_finite(t, number)

    @cached_property
    def scalar(self) -> Callable[[float, float], float]:
        """The compiled function of (t, lr), without any check of its arguments."""
        source, constants = self._printed
        return define(source, "value", constants)

    @property
    def source(self) -> str:
        """The Python source of `scalar`."""
        return self._printed[0]

    @cached_property
    def _printed(self) -> tuple[str, dict[str, Any]]:
        value = self.value
        printer = Printer([value.a, value.b])

        def result(texts: list[str]) -> str:
            a, b = texts
            share = "lr" if a == "1.0" else f"{a} * lr"
            if a == "0.0":
                return b
            return share if b == "0.0" else f"{share} + {b}"

        return printer.function("value", "t, lr", [value.a, value.b], result), printer.constants

    def affine(self, t: Any) -> tuple[Any, Any]:
        """``(a, b)`` of ``a(t)*lr + b(t)``: one evaluation serves every parameter group.

        Args:
            t: a number or an array, as for a call.

        Raises:
            LrdslError: the program is not affine in lr (LR706).
        """
        if not self.is_affine:
            raise LrdslError(
                [
                    Problem(
                        "LR706",
                        "this program is not affine in lr: a min, max, clip or geometric mixes "
                        "absolute values with shares of lr",
                        help="evaluate it for each base rate: plan(t, lr)",
                    ).at(Span(0, len(self.program)))
                ],
                self.program,
            )
        if not (isinstance(t, (int, float)) or _is_scalar(t)):
            a, b = self._array(t, [self.value.a, self.value.b], 1.0)
            return a, b
        if not 0 <= t < math.inf:
            raise _outside("t", t, "a number of ticks, 0 or more")
        pair: tuple[float, float] = self._pair(float(t))
        return pair

    @cached_property
    def _pair(self) -> Callable[[float], tuple[float, float]]:
        value = self.value
        printer = Printer([value.a, value.b])
        source = printer.function("affine", "t", [value.a, value.b], ", ".join)
        return define(source, "affine", printer.constants)

    def table(self, lr: float = 1.0) -> NDArray[np.float64]:
        """The rate of every update of the run: shape (updates,), entry k for update k + 1.

        Raises:
            LrdslError: the run has no total (LR701), or more than `MAX_TABLE` updates (LR707).
        """
        import numpy as np

        total = self.run.total
        if total is None:
            raise LrdslError(
                [
                    Problem(
                        "LR701",
                        "a table lists every update of the run, whose total is not given",
                        help='give the total: total="90ep"',
                    ).at(Span(0, len(self.program)))
                ],
                self.program,
            )
        updates = math.ceil(total)
        if updates > MAX_TABLE:
            raise _outside("the table", updates, f"at most {MAX_TABLE:,} updates")
        return self(np.arange(updates, dtype=np.float64), lr)

    def _array(self, t: Any, roots: Sequence[E.Expr], lr: float) -> list[NDArray[np.float64]]:
        import numpy as np

        from lrdsl.compiled.vector import evaluate

        try:
            ticks = np.asarray(t, dtype=np.float64)
        except (TypeError, ValueError):
            raise _outside("t", t, "a number or an array of numbers") from None
        flat = ticks.ravel()
        if flat.size and not (flat.min() >= 0 and flat.max() < np.inf):  # a NaN fails both
            wrong = flat[~((flat >= 0) & (flat < np.inf))][0]
            raise _outside("t", wrong, "a number of ticks, 0 or more")
        with np.errstate(all="ignore"):
            found = evaluate(roots, flat, lr)
        for values in found:
            if values.size and not np.isfinite(values).all():
                raise _not_finite(flat[~np.isfinite(values)][0], lr)
        return [values.reshape(ticks.shape) for values in found]

    # -- explanation --

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The program on the time axis, in order; parts of a piece follow it, one deeper."""
        part = Part(E.ZERO, self.placed, "whole", E.BASE)
        return tuple(self._pieces(part, Fraction(0), 0, "", None))

    def _pieces(
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
                yield from self._pieces(p, start, depth, note, None)
            return
        if inner:
            yield from self._layers(inner, start, depth, note)
            return
        yield self._piece(placed, start, stop, depth, note, part)
        if isinstance(node, Modified) and isinstance(node.modifier, Restarts):
            yield from self._cycle_pieces(placed, node, start, depth + 1)
        elif isinstance(node, Modified) and placed.parts:
            yield from self._wrapped_cycles(placed, start, depth + 1)

    def _layers(
        self, layers: list[Part], start: Fraction, depth: int, note: str
    ) -> Iterator[Piece]:
        begun = start
        for i, layer in enumerate(layers):
            length = layer.placed.length
            under = [label(p.placed.node) for p in layers[i + 1 :]]
            told = note
            if under:
                told = _joined(note, f"over {', '.join(under)}, whose clock runs from 0")
            end = None if length is None or length.exact is None else start + length.exact
            if end is not None and end <= begun:
                continue
            if i == 0:
                yield from self._pieces(layer, start, depth, told, None)
            else:
                rest = _joined(told, f"its clock runs from {self.run.show(start)}")
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
        inside = part.start if part.role == "below" else E.ZERO
        first = placed.held(Moment(inside, E.const(start), quiet=True))
        last = None if end is None else placed.leave()
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
        cycles: Cycles = self.layout.cycles[id(node)]
        unit = cycles.unit.exact
        assert isinstance(node.modifier, Restarts)
        length = None if placed.length is None else placed.length.exact
        if unit is None or (placed.length is not None and length is None):
            return
        begin, size, shown = Fraction(0), unit, 0
        stop: Fraction
        while shown < SHOWN_CYCLES and (cycles.count is None or shown < cycles.count):
            end = begin + size
            cut = length is not None and end > length
            stop = end if length is None else min(end, length)
            first = placed.trace(Moment(E.const(begin), E.const(start + begin), quiet=True))
            last = placed.trace(Moment(E.const(stop), E.ZERO, "left", quiet=True))
            name = f"cycle {shown + 1}" + (f" of {cycles.count}" if cycles.count else "")
            yield Piece(start + begin, start + stop, name, "cut" if cut else "", first, last, depth)
            begin, size, shown = end, size * node.modifier.t_mul, shown + 1
            if cut:
                return
        if cycles.count is not None and cycles.count > shown:
            more = f"{cycles.count - shown:,} more cycles"
            end = None if length is None else start + length
            first = placed.trace(Moment(E.const(begin), E.const(start + begin), quiet=True))
            last = None if end is None else placed.leave()
            yield Piece(start + begin, end, more, "", first, last, depth)

    def explain(self) -> str:
        """What the program means in this run, in words and numbers."""
        return "\n".join(self._explanation()) + "\n"

    def _explanation(self) -> Iterator[str]:
        run = self.run
        yield f"program   {self.program}"
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
        form = "a(t)*lr + b(t)" if self.is_affine else "not affine in lr: evaluated for each base"
        yield f"form      {form}"
        yield "segments"
        rows = [self._row(p) for p in self.pieces]
        widths = [max(len(r[i]) for r in rows) for i in range(4)]
        for row in rows:
            cells = [cell.ljust(w) for cell, w in zip(row[:4], widths, strict=True)]
            yield ("  " + "   ".join([*cells, row[4]])).rstrip()

    def _row(self, p: Piece) -> tuple[str, str, str, str, str]:
        span = f"{self.run.show(p.start)} .. {'' if p.end is None else self.run.show(p.end)}"
        total = self.run.total
        share = ""
        if total:
            stop = f"{float(p.end / total * 100):.1f}%" if p.end is not None else ""
            share = f"{float(p.start / total * 100):.1f}% .. {stop}"
        last = "" if p.last is None else show_value(p.last)
        values = f"{show_value(p.first)} -> {last}" if last else show_value(p.first)
        return span, share, "  " * p.depth + p.text, values, p.note


def _joined(a: str, b: str) -> str:
    return f"{a}; {b}" if a else b


def _is_scalar(t: Any) -> bool:
    """A numpy scalar or another number that is no array."""
    return (not hasattr(t, "__len__") and not hasattr(t, "shape")) or (
        hasattr(t, "item") and getattr(t, "shape", None) == () and not hasattr(t, "__array_ufunc__")
    )


def amount(value: Affine, lr: float) -> float:
    """A value as a number, for a base rate."""
    whole = E.substitute([value.whole()], {"lr": E.const(Fraction(repr(float(lr))))})[0]
    return float(whole.data) if whole.is_const else math.nan


def show_value(value: Affine) -> str:
    """A value in terms of lr, for people: ``0.5*lr + 1e-05``."""
    if not (value.a.is_const and value.b.is_const):
        return "depends on lr"
    a, b = float(value.a.data), float(value.b.data)
    share = "lr" if a == 1 else f"{a:.6g}*lr"
    if not a:
        return f"{b:.4g}"
    return share if not b else f"{share} {'-' if b < 0 else '+'} {abs(b):.4g}"


def _rate(lr: Any) -> float:
    try:
        number = float(lr)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise _outside("lr", lr, "a finite number")
    return number


def _outside(name: str, value: Any, wanted: str) -> LrdslError:
    shown = repr(value) if len(repr(value)) < 60 else type(value).__name__
    return LrdslError([Problem("LR707", f"{name} is {wanted}, not {shown}").at(Span(0, 0))])


def _not_finite(t: Any, lr: float) -> LrdslError:
    problem = Problem("LR502", f"the rate is not finite at t = {float(t):g} for lr = {lr:g}")
    return LrdslError([problem.at(Span(0, 0))])


def written_times(root: Node) -> Iterator[tuple[Node, str, Time]]:
    """Every time that a program writes, with the node and the field that hold it."""
    seen: set[int] = set()
    stack: list[Node] = [root]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        stack.extend(node.children())
        for name in type(node).model_fields:
            for time in _times_in(getattr(node, name)):
                yield node, name, time


def _times_in(value: object) -> Iterator[Time]:
    if isinstance(value, Time):
        yield value
    elif isinstance(value, tuple):
        for v in value:
            yield from _times_in(v)


def resolve(schedule: Schedule, run: Run) -> Plan:
    """The plan of a schedule in a run, laid out and traced.

    Raises:
        Problem: the first thing that does not fit.
    """
    plan = Plan(schedule, run)
    try:
        _ = plan.source  # whatever cannot be compiled is an error now, not at the first update
    except RecursionError:
        raise Problem("LR602", "the program is nested too deeply to compile") from None
    return plan
