"""Walking and rewriting expressions: what is needed, substitution, and extremes of times."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import product

from lrdsl.expr import nodes
from lrdsl.expr.choice import Shape, select
from lrdsl.expr.nodes import ZERO, Expr, const, denominator, maximum
from lrdsl.expr.progression import Progression


def needed(roots: Iterable[Expr]) -> list[Expr]:
    """Everything that the roots are made of, arguments first."""
    seen: dict[int, Expr] = {}
    stack = list(roots)
    while stack:
        e = stack.pop()
        if e.serial not in seen:
            seen[e.serial] = e
            stack.extend(e.args)
    return [seen[s] for s in sorted(seen)]


def size(roots: Iterable[Expr]) -> int:
    """How many expressions the roots are made of, with the entries of their tables."""
    found = 0
    for e in needed(roots):
        table = e.data[0] if e.op == "index" else e.data
        found += 1 + (table.count if isinstance(table, Progression) else 0)
    return found


def substitute(roots: Sequence[Expr], values: Mapping[str, Expr]) -> list[Expr]:
    """The same expressions with variables replaced, folded again on the way."""
    return replaced(roots, {nodes.var(name).serial: e for name, e in values.items()})


def replaced(roots: Sequence[Expr], instead: Mapping[int, Expr]) -> list[Expr]:
    """The same expressions with some, named by their serials, replaced; folded on the way."""
    done: dict[int, Expr] = {}
    chosen: dict[int, list[Expr]] = {}
    for e in needed(roots):
        if e.serial in instead:
            done[e.serial] = instead[e.serial]
            continue
        if all(done[a.serial] is a and a.serial not in chosen for a in e.args):
            done[e.serial] = e
            continue
        args = [done[a.serial] for a in e.args if a.op != "select"]
        if e.op == "select":
            shape: Shape = e.data
            rest = args[1 + shape.bounds :]
            rows = [rest[i : i + shape.width] for i in range(0, len(rest), shape.width)]
            chosen[e.serial] = select(args[0], args[1 : 1 + shape.bounds], rows, shape.side)
            done[e.serial] = e
        elif e.op == "out":
            done[e.serial] = chosen[e.args[0].serial][e.data]
        else:
            done[e.serial] = _rebuild(e, args)
    return [done[r.serial] for r in roots]


def _rebuild(e: Expr, args: list[Expr]) -> Expr:
    if e.op == "item":
        return nodes.item(e.data, args[0])
    if e.op == "index":
        starts, side = e.data
        return nodes.index(starts, args[0], side)
    if e.op == "draw":
        return nodes.draw(e.data, args[0])
    if e.op == "stair":
        return nodes.make("stair", tuple(args), e.data)
    try:
        return _BUILDERS[e.op](*args)
    except ArithmeticError:  # in a branch that is never taken: it stays as it is
        return nodes.make(e.op, tuple(args))


_BUILDERS: dict[str, Callable[..., Expr]] = {
    "add": nodes.add,
    "sub": nodes.sub,
    "mul": nodes.mul,
    "div": nodes.div,
    "neg": nodes.neg,
    "pow": nodes.power,
    "floordiv": nodes.floordiv,
    "min": nodes.minimum,
    "max": maximum,
    "cospi": nodes.cospi,
    "tanh": nodes.tanh,
    "sqrt": nodes.sqrt,
    "floor": nodes.floor,
}


def lowest(a: Expr) -> Fraction:
    """The smallest value that a time takes in any cycle."""
    return _extremes(a)[0]


def highest(a: Expr) -> Fraction:
    """The largest value that a time takes in any cycle."""
    return _extremes(a)[1]


def _extremes(a: Expr) -> tuple[Fraction, Fraction]:
    """It is linear in what each cycle grows by, so it is extreme in the first or the last cycles.

    Taking the extremes of its parts would not do, unless these grow with different cycles: what is
    left of a room grows as the room does.
    """
    if a.exact is not None:
        return a.exact, a.exact
    if a.op in _MONOTONE and a.args[0].vars.isdisjoint(a.args[1].vars):
        ends = [_MONOTONE[a.op](p, q) for p, q in product(*map(_extremes, a.args))]
        return min(ends), max(ends)
    last = {e.args[0].data: e.data.count - 1 for e in needed([a]) if e.op == "item"}
    corners = product(*([(name, ZERO), (name, const(n))] for name, n in last.items()))
    found = [e.exact for ends in corners for e in substitute([a], dict(ends))]
    times = [time for time in found if time is not None]
    assert len(times) == len(found)
    return min(times), max(times)


_MONOTONE: dict[str, Callable[[Fraction, Fraction], Fraction]] = {  # in each of two numbers
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,  # by lengths, which are above zero
    "max": max,
    "min": min,
}


def nonnegative(x: Expr) -> Expr:
    """A time since a start, which rounding may have made negative: at least 0 then."""
    rest = x.args[0] if x.op in ("add", "sub") and x.args[1].is_const else x
    rounds = denominator(rest) > 1 or any(
        e.op == "item" and not e.data.is_whole for e in needed([rest])
    )
    return maximum(x, ZERO) if rounds and not x.is_const else x
