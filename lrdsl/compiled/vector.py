"""Expressions to a function over numpy arrays: the text of the scalar form, with numpy's words.

What differs is a choice. Each of its branches is a function of its own, which is called with the
ticks that the branch applies to: a slice where they are sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lrdsl.compiled.python import Leaf, Printer, Result, define, name_outputs
from lrdsl.expr import LR, Expr, Side, T, parts
from lrdsl.noise import Stream

Array: TypeAlias = "NDArray[np.float64]"
Value: TypeAlias = "Array | float"
Function: TypeAlias = Callable[..., Sequence[Any]]

BLOCK = 1 << 16  # ticks computed together: the arrays on the way stay in the processor's cache


def compiled(roots: list[Expr], result: Result) -> Function:
    """The function of t (one-dimensional) and lr; `result` makes of the roots' texts a tuple."""
    printer = _ArrayPrinter(roots)
    main = printer.function("values", "t, lr", roots, result)
    source = "\n".join([*printer.branches, main])
    return define(source, "values", printer.constants, _WORDS)


class _ArrayPrinter(Printer):
    """Prints the function that is asked for, and before it the `branches` of its choices."""

    power = "power({}, {})"
    has_calls_for_bounds = True

    def __init__(self, roots: Sequence[Expr]) -> None:
        super().__init__(roots)
        self.branches: list[str] = []

    @staticmethod
    def held(constant: Any) -> Any:
        return _Drawn(constant) if isinstance(constant, Stream) else np.array(constant)

    def _left(self, node: Expr, leave: Leaf, scope: dict[int, str], depth: int) -> None:
        self._emit(depth, f"return {self._choice(node, leave, scope, depth)}")

    def _select(self, node: Expr, scope: dict[int, str], depth: int) -> None:
        def leave(row: Sequence[Expr], inner: dict[int, str], level: int) -> None:
            self._emit(level, f"return {', '.join(self._texts(row, inner, level))},")

        text = self._choice(node, leave, scope, depth)
        names = [self._fresh() for _ in range(node.data.width)]
        self._emit(depth, f"{', '.join(names)}, = {text}")
        name_outputs(node, names, scope)

    def _choice(self, node: Expr, leave: Leaf, scope: dict[int, str], depth: int) -> str:
        """The call that chooses, after the functions of the branches."""
        x, bounds, rows, shape = parts(node)
        at = self._named(x, scope, depth)
        if all(b.is_const for b in bounds):
            limits = self._constant("TABLE", tuple(float(b.data) for b in bounds))
        else:
            limits = f"({', '.join(self._texts(bounds, scope, depth))},)"
        inputs = _inputs(rows, scope)
        names = ", ".join(inputs.values())
        branches = [self._branch(row, leave, inputs, names) for row in rows]
        chosen = self._fresh()
        self.branches.append(f"{chosen} = {', '.join(branches)},\n")
        return f'choose({at}, {limits}, "{shape.side}", {chosen}, {names})'

    def _branch(self, row: Sequence[Expr], leave: Leaf, inputs: dict[int, str], names: str) -> str:
        outer, name = self.lines, self._fresh()
        self.lines = [f"def {name}({names}):"]
        leave(row, dict(inputs), 1)
        self.branches.append("\n".join(self.lines) + "\n")
        self.lines = outer
        return name


def _inputs(rows: Sequence[Sequence[Expr]], scope: dict[int, str]) -> dict[int, str]:
    """What the branches read of the function around them: variables and names."""
    # whatever else the result reads is made of these two, as a share that no branch changes is
    found = {T.serial: "t", LR.serial: "lr"}
    seen: set[int] = set()
    stack = [e for row in rows for e in row]
    while stack:
        e = stack.pop()
        if e.serial in seen:
            continue
        seen.add(e.serial)
        if e.serial in scope or e.op == "var":
            found[e.serial] = scope.get(e.serial, e.data)
        else:
            stack.extend(e.args)
    return found


# --- what the printed functions call ------------------------------------------------------------


def choose(
    x: Any, bounds: Any, side: Side, branches: Sequence[Function], *inputs: Any
) -> Sequence[Value]:
    """The outputs of the branch that applies, tick by tick."""
    results: list[Array] = []
    for branch, chosen in _chosen(x, bounds, side):
        if chosen is None:
            return branches[branch](*inputs)
        taken = [v[chosen] if isinstance(v, np.ndarray) and v.ndim else v for v in inputs]
        outputs = branches[branch](*taken)
        results = results or [np.empty(x.shape) for _ in outputs]
        for result, values in zip(results, outputs, strict=True):
            result[chosen] = values
    return results


def _chosen(x: Any, bounds: Any, side: Side) -> Iterator[tuple[int, Any]]:
    """The branches that occur, each with its ticks: None where those are all."""
    if isinstance(bounds, tuple):  # they differ from tick to tick
        passed = [(x >= b) if side == "right" else (x > b) for b in bounds]
        which = np.sum(np.broadcast_arrays(*passed), axis=0)
    elif np.ndim(x) and (x[1:] >= x[:-1]).all():
        first, last = bounds.searchsorted((x[0], x[-1]), side).tolist()
        # `side` speaks of x against the bounds; here the bounds are looked up among the x.
        cuts = x.searchsorted(bounds[first:last], "left" if side == "right" else "right")
        edges = [0, *cuts.tolist(), x.size]
        for i in range(first, last + 1):
            start, stop = edges[i - first], edges[i - first + 1]
            if start < stop:
                yield i, slice(start, stop) if first < last else None
        return
    else:
        which = bounds.searchsorted(x, side)
    occurring = np.unique(which)
    for i in occurring.tolist():
        yield i, np.flatnonzero(which == i) if occurring.size > 1 else None


def _stair(t: Any, rest: Any, unit: Any, scale: float) -> Any:
    """`lrdsl.expr.stair` over arrays."""
    n = np.floor_divide(t * scale + rest, unit)
    above = t >= ((n + 1) * unit - rest) / scale
    below = t < (n * unit - rest) / scale
    return n + above - (below & ~above)


class _Drawn:
    """A stream as an array that is looked up with an array of ticks."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def __getitem__(self, ticks: Any) -> Array:
        # 2^32 is all that the generator's seed keeps, and an int64 does not hold every float
        return self._stream.table(np.fmod(ticks, 2.0**32).astype(np.int64))


_WORDS: dict[str, Any] = {
    "choose": choose,
    "min": np.minimum,
    "max": np.maximum,
    "power": np.power,
    "cos": np.cos,
    "tanh": np.tanh,
    "sqrt": np.sqrt,
    "floor": np.floor,
    "pi": np.pi,
    "bisect_right": lambda table, x: table.searchsorted(x, "right"),
    "bisect_left": lambda table, x: table.searchsorted(x, "left"),
    "stair": _stair,
}
