"""Choice: which branch rules at a moment, by comparisons that are exact."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lrdsl.expr.nodes import (
    Expr,
    Side,
    T,
    add,
    beside_t,
    const,
    denominator,
    make,
    rounded_once,
    sub,
    times,
)


@dataclass(frozen=True, slots=True)
class Shape:
    """How a select's arguments are laid out: x, the bounds, then `width` outputs a branch."""

    bounds: int
    width: int
    side: Side


def parts(node: Expr) -> tuple[Expr, tuple[Expr, ...], list[tuple[Expr, ...]], Shape]:
    """A select's x, bounds, branches (each a row of outputs) and shape."""
    shape: Shape = node.data
    first = 1 + shape.bounds
    rows = [node.args[i : i + shape.width] for i in range(first, len(node.args), shape.width)]
    return node.args[0], node.args[1:first], rows, shape


def select(
    x: Expr, bounds: Sequence[Expr], branches: Sequence[Sequence[Expr]], side: Side = "right"
) -> list[Expr]:
    """The outputs of branch i, where x has reached (right) or passed (left) i of the bounds.

    Bounds ascend. The comparison is exact wherever all times are rationals: offsets are moved from
    x into the bounds, and denominators are multiplied out.
    """
    x, cuts = _shifted(x, list(bounds))
    scale = denominator(x)
    rest = beside_t(x) if scale > 1 else None
    if rest is not None:
        # t against (bound - rest), whose numerator is a whole number: rounded once, when divided
        x, cuts = T, [rounded_once(c - rest) for c in cuts]
    elif scale > 1 and all(c.exact is not None for c in cuts):
        scale = math.lcm(scale, *(c.exact.denominator for c in cuts if c.exact is not None))
        x, cuts = times(x, scale), [times(c, scale) for c in cuts]
    rows = [list(row) for row in branches]
    if x.exact is not None and all(c.exact is not None for c in cuts):
        return rows[_rank([c.exact for c in cuts if c.exact is not None], x.exact, side)]
    cuts, rows = _spliced(x, cuts, rows, side)
    cuts, rows = _merged(cuts, rows)
    if not cuts:
        return rows[0]
    columns = list(zip(*rows, strict=True))
    live = [k for k, column in enumerate(columns) if any(e is not column[0] for e in column)]
    node = make(
        "select",
        (x, *cuts, *(row[k] for row in rows for k in live)),
        Shape(len(cuts), len(live), side),
    )
    out = {k: output(node, j) for j, k in enumerate(live)}
    return [out.get(k, column[0]) for k, column in enumerate(columns)]


def output(node: Expr, j: int) -> Expr:
    """The j-th output of a select."""
    return make("out", (node,), j)


def _rank(table: Sequence[Fraction], x: Fraction, side: Side) -> int:
    return bisect_right(table, x) if side == "right" else bisect_left(table, x)


def _shifted(x: Expr, cuts: list[Expr]) -> tuple[Expr, list[Expr]]:
    """Move what is added to x to the other side, where it is added exactly."""
    while x.op in ("add", "sub"):
        base, offset = x.args
        if offset.exact is None and offset.op != "item":
            break
        moved = [sub(c, offset) if x.op == "add" else add(c, offset) for c in cuts]
        if not all(c.exact is not None or c.op == "item" for c in moved):
            break
        x, cuts = base, moved
    return x, cuts


def _spliced(
    x: Expr, cuts: list[Expr], rows: list[list[Expr]], side: Side
) -> tuple[list[Expr], list[list[Expr]]]:
    """Replace a branch that is itself a choice on the same x by that choice's branches."""
    if not all(c.exact is not None for c in cuts):
        return cuts, rows
    new_cuts: list[Expr] = []
    new_rows: list[list[Expr]] = []
    for i, row in enumerate(rows):
        low = cuts[i - 1].exact if i else None
        high = cuts[i].exact if i < len(cuts) else None
        for lower, branch in _pieces(x, row, side, low, high):
            if new_rows:
                new_cuts.append(const(lower))
            new_rows.append(branch)
    return new_cuts, new_rows


def _pieces(
    x: Expr, row: list[Expr], side: Side, low: Fraction | None, high: Fraction | None
) -> Iterable[tuple[Fraction, list[Expr]]]:
    start = low if low is not None else Fraction(0)
    inner = {e.args[0] for e in row if e.op == "out"}
    node = next(iter(inner)) if len(inner) == 1 else None
    if node is not None:
        node_x, bounds, branches, shape = parts(node)
        known = [b.exact for b in bounds if b.exact is not None]
        if node_x is x and shape.side == side and len(known) == len(bounds):
            edges = [low, *known, high]
            for j, branch in enumerate(branches):
                a, b = edges[j], edges[j + 1]
                if (b is not None and low is not None and b <= low) or (
                    a is not None and high is not None and a >= high
                ):
                    continue
                begin = start if a is None or (low is not None and a < low) else a
                yield begin, [branch[e.data] if e.op == "out" else e for e in row]
            return
    yield start, row


def _merged(cuts: list[Expr], rows: list[list[Expr]]) -> tuple[list[Expr], list[list[Expr]]]:
    """Drop branches that are never taken, and cuts between equal branches."""
    kept_cuts: list[Expr] = []
    kept_rows = [rows[0]]
    for cut, row in zip(cuts, rows[1:], strict=True):
        if kept_cuts and kept_cuts[-1] is cut:
            kept_rows[-1] = row
        elif all(p is q for p, q in zip(kept_rows[-1], row, strict=True)):
            continue
        else:
            kept_cuts.append(cut)
            kept_rows.append(row)
    return kept_cuts, kept_rows
