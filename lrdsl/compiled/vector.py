"""Expressions over numpy arrays: every branch of a choice is computed only where it applies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from lrdsl.expr import Expr, parts

Array: TypeAlias = "NDArray[np.float64]"
Value: TypeAlias = "Array | float"

_OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "pow": np.power,
    "floordiv": np.floor_divide,
    "min": np.minimum,
    "max": np.maximum,
    "neg": np.negative,
    "tanh": np.tanh,
    "sqrt": np.sqrt,
    "floor": np.floor,
    "cospi": lambda x: np.cos(np.pi * x),
}


def evaluate(roots: Sequence[Expr], t: Array, lr: float = 1.0) -> list[Array]:
    """The roots at every tick of a one-dimensional array, in any order."""
    scope = _Scope(t, lr, None, None)
    return [np.array(np.broadcast_to(scope.value(r), t.shape)) for r in roots]


class _Scope:
    """Some of the ticks, and what has been computed for them; a branch works in an inner scope."""

    def __init__(
        self, t: Array, lr: float, outer: _Scope | None, chosen: slice | NDArray[np.intp] | None
    ) -> None:
        self.t = t
        self.lr = lr
        self.outer = outer
        self.chosen = chosen
        self.known: dict[int, Any] = {}

    def value(self, root: Expr) -> Any:
        """An expression's value at the scope's ticks."""
        for e in self._missing(root):
            self.known[e.serial] = self._compute(e)
        return self.known[root.serial]

    def _missing(self, root: Expr) -> list[Expr]:
        """What must be computed first, arguments first, without the branches of choices."""
        seen: dict[int, Expr] = {}
        stack = [root]
        while stack:
            e = stack.pop()
            if e.serial in seen or self._inherited(e):
                continue
            seen[e.serial] = e
            stack.extend(e.args if e.op != "select" else e.args[: 1 + e.data.bounds])
        return [seen[s] for s in sorted(seen)]

    def _inherited(self, e: Expr) -> bool:
        if e.serial in self.known:
            return True
        scope = self.outer
        if scope is None or not e.vars:
            return False
        if not scope._inherited(e):
            return False
        self.known[e.serial] = _taken(scope.known[e.serial], self.chosen)
        return True

    def _compute(self, e: Expr) -> Any:
        if e.op == "const":
            return float(e.data)
        if e.op == "var":
            return self.t if e.data == "t" else self.lr
        if e.op == "select":
            return self._choose(e)
        args = [self.known[a.serial] for a in e.args]
        if e.op == "out":
            return args[0][e.data]
        if e.op == "item":
            return np.array(e.data.floats())[np.asarray(args[0], dtype=np.intp)]
        if e.op == "index":
            starts, side = e.data
            return np.searchsorted(np.array(starts.floats()[1:]), args[0], side=side)
        if e.op == "stair":
            return _stair(*args, *e.data)
        if e.op == "draw":
            return e.data.table(np.asarray(args[0], dtype=np.int64))
        return _OPERATIONS[e.op](*args)

    def _choose(self, node: Expr) -> list[Array]:
        x, bounds, rows, shape = parts(node)
        at = np.broadcast_to(self.known[x.serial], self.t.shape)
        results = [np.empty(self.t.shape) for _ in range(shape.width)]
        for branch, chosen in _branches(at, [self.known[b.serial] for b in bounds], shape.side):
            inner = _Scope(self.t[chosen], self.lr, self, chosen)
            for result, e in zip(results, rows[branch], strict=True):
                result[chosen] = inner.value(e)
        return results


def _stair(t: Any, rest: Any, unit: int, scale: int) -> Any:
    """`lrdsl.expr.stair` over arrays."""
    n = np.floor_divide(t * scale + rest, unit)
    above = t >= ((n + 1) * unit - rest) / scale
    below = t < (n * unit - rest) / scale
    return n + above - (below & ~above)


def _taken(value: Any, chosen: Any) -> Any:
    if isinstance(value, list):
        return [_taken(v, chosen) for v in value]
    return value[chosen] if isinstance(value, np.ndarray) and value.ndim else value


def _branches(at: Array, bounds: list[Any], side: Any) -> Any:
    """The branches that occur, each with the ticks it applies to: a slice where they are sorted."""
    if all(np.ndim(b) == 0 for b in bounds):
        limits = np.array(bounds, dtype=np.float64)
        if at.size and bool(np.all(at[1:] >= at[:-1])):
            # `side` speaks of x against the bounds; here the bounds are looked up among the x.
            edges = np.searchsorted(at, limits, side="left" if side == "right" else "right")
            edges = np.concatenate(([0], np.maximum.accumulate(edges), [at.size]))
            for i in range(len(edges) - 1):
                if edges[i] < edges[i + 1]:
                    yield i, slice(int(edges[i]), int(edges[i + 1]))
            return
        which = np.searchsorted(limits, at, side=side)
    else:
        passed = [(at >= b) if side == "right" else (at > b) for b in bounds]
        which = np.sum([np.broadcast_to(p, at.shape) for p in passed], axis=0)
    for i in np.unique(which):
        yield int(i), np.flatnonzero(which == i)
