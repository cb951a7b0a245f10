"""A program resolved for a run: plain data that evaluates, explains and pickles itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import cached_property, partial
from math import inf
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from lrdsl import expr as E
from lrdsl.algebra import Node, Schedule
from lrdsl.compiled.python import Printer, check_printable, define, whole
from lrdsl.diagnostics import LrdslError, Problem, Span
from lrdsl.expr import Affine
from lrdsl.layout import Layout, Moment, Placed
from lrdsl.outline import Piece, explained, outline
from lrdsl.run import Run
from lrdsl.showing import Shown
from lrdsl.values import Time

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

MAX_TABLE = 100_000_000  # updates in one table

Over: TypeAlias = Callable[..., Sequence[Any]]
"""A function over arrays: of ticks (n,), for some with lr, to values that broadcast to (n,)."""

Ticks: TypeAlias = "Callable[[int, int], NDArray[np.float64]]"
"""From the first and the last place of a block, exclusive, to its ticks."""

# Numbers raise these where arrays go on: a complex root has no order, and a power that no float
# holds may be what something is divided by. So the array form has the last word.
_NO_NUMBER = ArithmeticError, ValueError, TypeError


class Plan(Shown):
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
        return self.layout.lay_out(self.schedule)

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
        if (type(t) is float or type(t) is int) and type(lr) is float and 0.0 <= t < inf:
            try:  # first what a training loop asks for
                value = self.scalar(t + 0.0, lr)
                if -inf < value < inf:
                    return value
            except _NO_NUMBER:
                pass
        if not (isinstance(t, (int, float)) or _is_scalar(t)):
            return self._array(self._values, 1, t, _rate(lr))[0]
        tick, rate = _tick(t), _rate(lr)
        try:
            value = self.scalar(tick, rate)
            if math.isfinite(value):
                return value
        except _NO_NUMBER:
            pass
        return float(self._array(self._values, 1, tick, rate)[0])  # see _NO_NUMBER

    @cached_property
    def scalar(self) -> Callable[[float, float], float]:
        """The compiled function of (t, lr), without any check of its arguments."""
        source, constants = self._printed
        return define(source, "value", constants)

    @cached_property
    def _values(self) -> Over:
        """`scalar` over arrays."""
        from lrdsl.compiled.vector import compiled

        return compiled([self.value.a, self.value.b], lambda texts: f"{whole(texts)},")

    @property
    def source(self) -> str:
        """The Python source of `scalar`."""
        return self._printed[0]

    @cached_property
    def _printed(self) -> tuple[str, dict[str, Any]]:
        value = self.value
        printer = Printer([value.a, value.b])
        return printer.function("value", "t, lr", [value.a, value.b], whole), printer.constants

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
            a, b = self._array(self._pairs, 2, t, 1.0)
            return a, b
        tick = _tick(t)
        try:
            found = self.pair(tick)
            if math.isfinite(found[0]) and math.isfinite(found[1]):
                return found
        except _NO_NUMBER:
            pass
        share, plus = self._array(self._pairs, 2, tick, 1.0)  # see _NO_NUMBER
        return float(share), float(plus)

    @cached_property
    def pair(self) -> Callable[[float], tuple[float, float]]:
        """The compiled function of t behind `affine`, without any check."""
        value = self.value
        printer = Printer([value.a, value.b])
        source = printer.function("affine", "t", [value.a, value.b], ", ".join)
        return define(source, "affine", printer.constants)

    @cached_property
    def _pairs(self) -> Over:
        """`pair` over arrays."""
        from lrdsl.compiled.vector import compiled

        return compiled([self.value.a, self.value.b], ", ".join)

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
        ticks = partial(np.arange, dtype=np.float64)
        return _in_blocks(self._values, 1, updates, ticks, _rate(lr))[0]

    def _array(self, function: Over, width: int, t: Any, lr: float) -> list[Any]:
        """What a function over arrays gives for ticks of any shape."""
        import numpy as np

        try:
            given = np.asarray(t)
            if given.dtype.kind == "O":
                numbers = np.fromiter(map(as_float, given.flat), np.float64, given.size)
                given = numbers.reshape(given.shape)
                if np.isnan(given).any():
                    raise TypeError("not all of them are numbers")
            if given.dtype.kind not in "biuf":  # texts would be read, complex numbers be cut
                raise TypeError(given.dtype)
        except (RuntimeError, TypeError, ValueError):  # torch's is a RuntimeError
            raise _outside("t", t, "a number or an array of numbers") from None
        flat = given.ravel()

        def ticks(start: int, stop: int) -> NDArray[np.float64]:
            return flat[start:stop].astype(np.float64, copy=False)

        results = _in_blocks(function, width, flat.size, ticks, lr)
        # numpy's truth value is the one scalar that `_is_scalar` does not know
        return [r.item() if isinstance(t, np.bool_) else r.reshape(given.shape) for r in results]

    # -- explanation --

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """The program on the time axis, in order; parts of a piece follow it, one deeper."""
        return outline(self.placed, self.layout, self.run)

    def explain(self) -> str:
        """What the program means in this run, in words and numbers."""
        return explained(self.program, self.run, self.pieces, is_affine=self.is_affine)


def _in_blocks(
    function: Over, width: int, size: int, ticks_between: Ticks, lr: float
) -> list[NDArray[np.float64]]:
    """What a function over arrays gives, computed in blocks that stay in the processor's cache."""
    import numpy as np

    from lrdsl.compiled.vector import BLOCK

    results, rate = [np.empty(size) for _ in range(width)], np.float64(lr)
    with np.errstate(all="ignore"):
        for start in range(0, size, BLOCK):
            stop = min(start + BLOCK, size)
            ticks = ticks_between(start, stop)
            if not (ticks.min() >= 0 and ticks.max() < np.inf):  # a NaN fails both
                wrong = ticks[~((ticks >= 0) & (ticks < np.inf))][0]
                raise _outside("t", wrong, "a number of ticks, 0 or more")
            try:
                outputs = function(ticks, rate)
            except ArithmeticError:  # of two numbers, which raise where arrays do not
                raise _not_finite(ticks[0], lr) from None
            for result, values in zip(results, outputs, strict=True):
                place = result[start:stop]
                place[:] = values
                if not np.isfinite(values).all():
                    raise _not_finite(ticks[~np.isfinite(place)][0], lr)
    return results


def _is_scalar(t: Any) -> bool:
    """A number that is neither a float nor an int, such as numpy's."""
    return isinstance(t, (Real, Decimal))


def as_float(x: Any) -> float:
    """A number as a float; NaN where it is none.

    `float` alone would read texts and buffers, which have no ``__float__``, and numpy's arrays of
    texts, and cut its complex numbers.
    """
    try:
        if isinstance(x, (int, float)):
            return float(x)
        kind = getattr(getattr(x, "dtype", None), "kind", "f")  # V: bfloat16
        return float(x) if hasattr(x, "__float__") and kind in "biufV" else math.nan
    except (ArithmeticError, RuntimeError, TypeError, ValueError):
        return math.nan


def _tick(t: Any) -> float:
    tick = as_float(t)
    if not 0 <= tick < math.inf:
        raise _outside("t", t, "a number of ticks, 0 or more")
    return tick


def _rate(lr: Any) -> float:
    number = as_float(lr)
    if not math.isfinite(number):
        raise _outside("lr", lr, "a finite number")
    return number


def _outside(name: str, value: Any, wanted: str) -> LrdslError:
    try:
        shown = ascii(value)
    except ValueError:  # an integer too long for a decimal text
        shown = ""
    if not 0 < len(shown) < 60:
        shown = f"this {type(value).__name__}"
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
        for name, value in vars(node).items():
            for time in _times_in(value):
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
        check_printable([plan.value.a, plan.value.b])  # an error now, not at the first update
    except RecursionError:
        raise Problem("LR602", "the program is nested too deeply to compile") from None
    return plan
