"""Closed-form expressions in time: the one form that every back end is derived from.

A segment's formula is ordinary arithmetic on these objects; running it once *traces* it. Constants
are exact rationals as long as they can be, so boundaries, exits and coefficients are rounded to a
float once, when they are printed. Expressions are interned: equal ones are the same object, which
makes sharing visible to the back ends and equality a matter of ``is``.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import count
from typing import Any, Literal, TypeAlias
from weakref import WeakValueDictionary

Side = Literal["right", "left"]
Number: TypeAlias = "int | float | Fraction"
Like: TypeAlias = "Expr | int | float | Fraction"

EXACT_BITS = 512  # longer rationals are rounded to this many significant bits

_serial = count()
_interned: WeakValueDictionary[tuple[Any, ...], Expr] = WeakValueDictionary()


class Expr:
    """A node of the expression graph: an operation, its arguments and its constant data.

    Operations: ``const var add sub mul div neg pow floordiv min max``, the functions of `FUNCTIONS`,
    ``item`` (a quantity in the cycle of an index), ``index`` (the cycle that a time lies in),
    ``stair`` (see `stair`), ``select`` with ``out`` (see `select`), and ``draw`` (noise at a tick).
    """

    __slots__ = ("__weakref__", "args", "data", "op", "serial", "vars")

    op: str
    args: tuple[Expr, ...]
    data: Any
    serial: int  # arguments always have smaller ones: serial order is evaluation order
    vars: frozenset[str]

    def __init__(self, op: str, args: tuple[Expr, ...], data: Any) -> None:
        self.op = op
        self.args = args
        self.data = data
        self.serial = next(_serial)
        own = frozenset((data,)) if op == "var" else frozenset()
        self.vars = own.union(*(a.vars for a in args)) if args else own

    @property
    def exact(self) -> Fraction | None:
        """The rational it is, if it is one."""
        return self.data if self.op == "const" and isinstance(self.data, Fraction) else None

    @property
    def is_const(self) -> bool:
        return self.op == "const"

    def __add__(self, other: Like) -> Expr:
        return add(self, expr(other))

    def __radd__(self, other: Like) -> Expr:
        return add(expr(other), self)

    def __sub__(self, other: Like) -> Expr:
        return sub(self, expr(other))

    def __rsub__(self, other: Like) -> Expr:
        return sub(expr(other), self)

    def __mul__(self, other: Like) -> Expr:
        return mul(self, expr(other))

    def __rmul__(self, other: Like) -> Expr:
        return mul(expr(other), self)

    def __truediv__(self, other: Like) -> Expr:
        return div(self, expr(other))

    def __rtruediv__(self, other: Like) -> Expr:
        return div(expr(other), self)

    def __pow__(self, other: Like) -> Expr:
        return power(self, expr(other))

    def __rpow__(self, other: Like) -> Expr:
        return power(expr(other), self)

    def __neg__(self) -> Expr:
        return neg(self)

    def __repr__(self) -> str:
        if self.op == "const":
            return str(self.data)
        if self.op == "var":
            return str(self.data)
        return f"{self.op}({', '.join(map(repr, self.args))})"


def _make(op: str, args: tuple[Expr, ...] = (), data: Any = None) -> Expr:
    key = (op, data, *(a.serial for a in args))
    found = _interned.get(key)
    if found is None:
        found = _interned[key] = Expr(op, args, data)
    return found


# --- leaves ---------------------------------------------------------------------------------------


def tidy(value: Fraction) -> Fraction:
    """The rational itself, or, past `EXACT_BITS`, the nearest with that many significant bits."""
    if value.denominator.bit_length() <= EXACT_BITS and value.numerator.bit_length() <= EXACT_BITS:
        return value
    shift = EXACT_BITS + value.denominator.bit_length() - value.numerator.bit_length()
    scaled = value * 2**shift if shift >= 0 else value / 2**-shift
    return Fraction(round(scaled)) / Fraction(2) ** shift


def const(value: Number) -> Expr:
    """A constant; floats that are whole numbers become exact."""
    if isinstance(value, float):
        if not value.is_integer():
            return _make("const", (), value)
        value = Fraction(value)
    return _make("const", (), tidy(Fraction(value)))


def var(name: str) -> Expr:
    """A variable: ``t`` (run time in ticks), ``lr`` (the base value), or a cycle's index."""
    return _make("var", (), name)


def expr(value: Like) -> Expr:
    """The expression itself, or a number as one."""
    return value if isinstance(value, Expr) else const(value)


ZERO = const(0)
ONE = const(1)
T = var("t")
LR = var("lr")


@dataclass(frozen=True, slots=True)
class Progression:
    """A quantity that differs from cycle to cycle: ``alpha + beta*base^i``, exact in each.

    When a cycle starts, how long it and each of its parts last, and how much of the base value is
    left, are all of this form, so sums of them fold, however many cycles there are.
    """

    alpha: Fraction
    beta: Fraction
    base: Fraction
    count: int

    def at(self, i: int) -> Fraction:
        """The exact value in cycle i, within `EXACT_BITS`."""
        return tidy(self.alpha + self.beta * _power(self.base, i))

    def floats(self) -> tuple[float, ...]:
        """The nearest floats of all cycles."""
        powers, scale = _powers(self.base, self.count)
        p, q = self.alpha, self.beta
        shared = (p.numerator * q.denominator) << scale
        step = q.numerator * p.denominator
        whole = (p.denominator * q.denominator) << scale
        return tuple((shared + step * m) / whole for m in powers[: self.count])

    def combine(self, other: Progression, sign: int) -> Progression:
        return Progression(
            tidy(self.alpha + sign * other.alpha),
            tidy(self.beta + sign * other.beta),
            self.base,
            self.count,
        )

    def scaled(self, factor: Fraction) -> Progression:
        return Progression(
            tidy(self.alpha * factor), tidy(self.beta * factor), self.base, self.count
        )

    def moved(self, by: Fraction) -> Progression:
        return Progression(tidy(self.alpha + by), self.beta, self.base, self.count)

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """Its smallest and its largest value: it is monotonic."""
        first, last = self.at(0), self.at(self.count - 1)
        return (first, last) if first <= last else (last, first)

    @property
    def is_whole(self) -> bool:
        """Whether every value is a whole number."""
        return self.alpha.denominator == self.beta.denominator == self.base.denominator == 1


def _power(base: Fraction, exponent: int) -> Fraction:
    """The base to a whole power, by squaring, within `EXACT_BITS`."""
    result = Fraction(1)
    while exponent:
        if exponent & 1:
            result = tidy(result * base)
        base, exponent = tidy(base * base), exponent >> 1
    return result


@lru_cache(maxsize=16)
def _powers(base: Fraction, count: int) -> tuple[tuple[int, ...], int]:
    """Powers of the base as whole numbers over ``2^scale``; exact for whole bases."""
    scale = 0 if base.denominator == 1 else 2 * EXACT_BITS
    powers = [1 << scale]
    while len(powers) < count:
        powers.append(powers[-1] * base.numerator // base.denominator)
    return tuple(powers), scale


def item(values: Progression, index: Expr) -> Expr:
    """The value in the cycle of that index."""
    if index.exact is not None:
        return const(values.at(int(index.exact)))
    if values.beta == 0 or values.base == 1 or values.count == 1:
        return const(values.at(0))
    return _make("item", (index,), values)


def index(starts: Progression, x: Expr, side: Side = "right") -> Expr:
    """The index of the cycle that x lies in; at a start it is that cycle's (right) or not yet."""
    if x.op == "add" and x.args[1].exact is not None:
        return index(starts.moved(-x.args[1].exact), x.args[0], side)
    if x.op == "sub" and x.args[1].exact is not None:
        return index(starts.moved(x.args[1].exact), x.args[0], side)
    if starts.count == 1:
        return ZERO
    if x.exact is not None:
        low, high = 0, starts.count  # the start of `low` is reached, that of `high` is not
        while high - low > 1:
            middle = (low + high) // 2
            start = starts.at(middle)
            reached = start <= x.exact if side == "right" else start < x.exact
            low, high = (middle, high) if reached else (low, middle)
        return const(low)
    return _make("index", (x,), (starts, side))


def draw(stream: Any, tick: Expr) -> Expr:
    """The noise that a stream gives at a whole tick."""
    return _make("draw", (tick,), stream)


# --- arithmetic -----------------------------------------------------------------------------------


def _known(a: Expr, b: Expr, f: Callable[[Any, Any], Any]) -> Expr | None:
    """`f` of two constants."""
    if a.is_const and b.is_const:
        return const(f(a.data, b.data))
    return None


def _progressed(a: Expr, b: Expr, sign: int) -> Expr | None:
    """The sum or difference of progressions over one index, or of one and a constant."""
    if a.op == "item" and b.exact is not None:
        return item(a.data.moved(sign * b.exact), a.args[0])
    if a.exact is not None and b.op == "item":
        return item(b.data.scaled(Fraction(sign)).moved(a.exact), b.args[0])
    if a.op == b.op == "item" and a.args[0] is b.args[0] and a.data.base == b.data.base:
        return item(a.data.combine(b.data, sign), a.args[0])
    return None


def add(a: Expr, b: Expr) -> Expr:
    if a is ZERO:
        return b
    if b is ZERO:
        return a
    known = _known(a, b, lambda p, q: p + q) or _progressed(a, b, 1)
    if known is not None:
        return known
    if a.is_const:
        a, b = b, a
    if b.exact is not None:
        if b.exact < 0:
            return sub(a, const(-b.exact))
        if a.op == "add" and a.args[1].exact is not None:
            return add(a.args[0], const(a.args[1].exact + b.exact))
        if a.op == "sub" and a.args[1].exact is not None:
            return add(a.args[0], const(b.exact - a.args[1].exact))
    if b.op == "neg":
        return sub(a, b.args[0])
    if a.op == "neg":
        return sub(b, a.args[0])
    return _make("add", (a, b))


def sub(a: Expr, b: Expr) -> Expr:
    if b is ZERO:
        return a
    if a is ZERO:
        return neg(b)
    if a is b:
        return ZERO
    known = _known(a, b, lambda p, q: p - q) or _progressed(a, b, -1)
    if known is not None:
        return known
    if b.exact is not None:
        if b.exact < 0:
            return add(a, const(-b.exact))
        if a.op == "add" and a.args[1].exact is not None:
            return add(a.args[0], const(a.args[1].exact - b.exact))
        if a.op == "sub" and a.args[1].exact is not None:
            return sub(a.args[0], const(a.args[1].exact + b.exact))
    if b.op == "neg":
        return add(a, b.args[0])
    return _make("sub", (a, b))


def mul(a: Expr, b: Expr) -> Expr:
    if a is ZERO or b is ZERO:
        return ZERO
    if a is ONE:
        return b
    if b is ONE:
        return a
    known = _known(a, b, lambda p, q: p * q)
    if known is not None:
        return known
    if b.is_const:
        a, b = b, a
    if a.exact is not None and b.op == "item":
        return item(b.data.scaled(a.exact), b.args[0])
    if a.exact == -1:
        return neg(b)
    if a.exact is not None and b.op == "mul" and b.args[0].exact is not None:
        return mul(const(a.exact * b.args[0].exact), b.args[1])
    return _make("mul", (a, b))


def div(a: Expr, b: Expr) -> Expr:
    if a is ZERO and b is not ZERO:
        return ZERO
    if b is ONE:
        return a
    if a is b and b.is_const:
        return ONE
    known = _known(a, b, lambda p, q: p / q)
    if known is not None:
        return known
    if a.op == "item" and b.exact is not None:
        return item(a.data.scaled(1 / b.exact), a.args[0])
    return _make("div", (a, b))


def neg(a: Expr) -> Expr:
    if a.is_const:
        return const(-a.data)
    if a.op == "neg":
        return a.args[0]
    if a.op == "sub":
        return sub(a.args[1], a.args[0])
    return _make("neg", (a,))


def power(a: Expr, b: Expr) -> Expr:
    if b is ONE or a is ONE:
        return a
    if b is ZERO:
        return ONE
    if a.is_const and b.is_const:
        p, q = a.data, b.data
        if isinstance(p, Fraction) and isinstance(q, Fraction) and q.denominator == 1 and p:
            bits = max(p.numerator.bit_length(), p.denominator.bit_length())
            if bits * abs(q.numerator) <= EXACT_BITS:
                return const(p**q.numerator)
        return const(float(p) ** float(q))
    return _make("pow", (a, b))


def floordiv(a: Expr, unit: Expr) -> Expr:
    """``floor(a / unit)``, in whole numbers wherever a and the unit are rationals of ticks."""
    if a.exact is not None and unit.exact is not None:
        return const(a.exact // unit.exact)
    if unit.exact is not None:
        scale = math.lcm(denominator(a), unit.exact.denominator)
        rest = _beside_t(a) if scale > 1 else None
        if rest is not None:
            return _make("stair", (T, times(rest, scale)), (int(unit.exact * scale), scale))
        return _make("floordiv", (times(a, scale), const(unit.exact * scale)))
    return _make("floordiv", (a, unit))


def stair(t: float, rest: float, unit: int, scale: int) -> float:
    """``floor((t*scale + rest) / unit)``, where a t that is the nearest float to a step is on it.

    `rest` is a whole number, so every step ``(n*unit - rest)/scale`` is rounded once.
    """
    n = (t * scale + rest) // unit
    if t >= ((n + 1) * unit - rest) / scale:
        return n + 1
    return n - 1 if t < (n * unit - rest) / scale else n


def minimum(a: Expr, b: Expr) -> Expr:
    if a is b:
        return a
    if a.is_const and b.is_const:
        return const(min(a.data, b.data))
    return _make("min", (a, b))


def maximum(a: Expr, b: Expr) -> Expr:
    if a is b:
        return a
    if a.is_const and b.is_const:
        return const(max(a.data, b.data))
    return _make("max", (a, b))


FUNCTIONS: dict[str, Callable[[float], float]] = {
    "cospi": lambda x: math.cos(math.pi * x),
    "tanh": math.tanh,
    "sqrt": math.sqrt,
    "floor": lambda x: float(math.floor(x)),
}

_EXACT_COSPI = {0: 1, Fraction(1, 2): 0, 1: -1, Fraction(3, 2): 0}


def _function(name: str, a: Expr) -> Expr:
    if not a.is_const:
        return _make(name, (a,))
    if name == "cospi" and a.exact is not None and a.exact % 2 in _EXACT_COSPI:
        return const(_EXACT_COSPI[a.exact % 2])
    return const(FUNCTIONS[name](float(a.data)))


def cospi(a: Expr) -> Expr:
    """``cos(pi*a)``, exact where that is 0, 1 or -1."""
    return _function("cospi", a)


def tanh(a: Expr) -> Expr:
    return _function("tanh", a)


def sqrt(a: Expr) -> Expr:
    return _function("sqrt", a)


def floor(a: Expr) -> Expr:
    return const(math.floor(a.data)) if a.is_const else _make("floor", (a,))


# --- exact comparison -----------------------------------------------------------------------------


def denominator(a: Expr) -> int:
    """A whole number D such that D*a has whole coefficients, if a is linear in whole numbers."""
    if a.exact is not None:
        return a.exact.denominator
    if a.op in ("add", "sub"):
        return math.lcm(denominator(a.args[0]), denominator(a.args[1]))
    if a.op == "neg":
        return denominator(a.args[0])
    if a.op == "mul" and a.args[0].exact is not None:
        return a.args[0].exact.denominator * denominator(a.args[1])
    return 1


def times(a: Expr, scale: int) -> Expr:
    """``scale*a`` with the scale multiplied into the coefficients, where it costs no rounding."""
    if scale == 1:
        return a
    if a.op == "add":
        return add(times(a.args[0], scale), times(a.args[1], scale))
    if a.op == "sub":
        return sub(times(a.args[0], scale), times(a.args[1], scale))
    if a.op == "neg":
        return neg(times(a.args[0], scale))
    if a.op == "mul" and a.args[0].exact is not None:
        return mul(const(a.args[0].exact * scale), a.args[1])
    return mul(const(scale), a)


def nonnegative(x: Expr) -> Expr:
    """A time since a start, which rounding may have made negative: at least 0 then."""
    rest = x.args[0] if x.op in ("add", "sub") and x.args[1].is_const else x
    rounds = denominator(rest) > 1 or any(
        e.op == "item" and not e.data.is_whole for e in needed([rest])
    )
    return maximum(x, ZERO) if rounds and not x.is_const else x


def _beside_t(a: Expr) -> Expr | None:
    """What is added to t in a sum that holds it once; None in any other expression."""
    if a is T:
        return ZERO
    if a.op not in ("add", "sub"):
        return None
    left, right = a.args
    if "t" in right.vars:
        inner = _beside_t(right) if a.op == "add" and "t" not in left.vars else None
        return None if inner is None else add(left, inner)
    inner = _beside_t(left)
    if inner is None:
        return None
    return add(inner, right) if a.op == "add" else sub(inner, right)


def _rounded_once(a: Expr) -> Expr:
    scale = denominator(a)
    return a if a.is_const else div(times(a, scale), const(scale))


# --- choice ---------------------------------------------------------------------------------------


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
    rest = _beside_t(x) if scale > 1 else None
    if rest is not None:
        # t against (bound - rest), whose numerator is a whole number: rounded once, when divided
        x, cuts = T, [_rounded_once(c - rest) for c in cuts]
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
    node = _make(
        "select",
        (x, *cuts, *(row[k] for row in rows for k in live)),
        Shape(len(cuts), len(live), side),
    )
    out = {k: _make("out", (node,), j) for j, k in enumerate(live)}
    return [out.get(k, column[0]) for k, column in enumerate(columns)]


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


# --- substitution ---------------------------------------------------------------------------------


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


def substitute(roots: Sequence[Expr], values: Mapping[str, Expr]) -> list[Expr]:
    """The same expressions with variables replaced, folded again on the way."""
    names = frozenset(values)
    done: dict[int, Expr] = {}
    chosen: dict[int, list[Expr]] = {}
    for e in needed(roots):
        if not e.vars & names:
            done[e.serial] = e
            continue
        args = [done[a.serial] for a in e.args if a.op != "select"]
        if e.op == "var":
            done[e.serial] = values[e.data]
        elif e.op == "select":
            shape: Shape = e.data
            rest = args[1 + shape.bounds :]
            rows = [rest[i : i + shape.width] for i in range(0, len(rest), shape.width)]
            chosen[e.serial] = select(args[0], args[1 : 1 + shape.bounds], rows, shape.side)
            done[e.serial] = e
        elif e.op == "out":
            node = e.args[0]
            known = chosen.get(node.serial)
            done[e.serial] = known[e.data] if known is not None else e
        else:
            done[e.serial] = _rebuild(e, args)
    return [done[r.serial] for r in roots]


def _rebuild(e: Expr, args: list[Expr]) -> Expr:
    if e.op == "item":
        return item(e.data, args[0])
    if e.op == "index":
        starts, side = e.data
        return index(starts, args[0], side)
    if e.op == "draw":
        return draw(e.data, args[0])
    if e.op == "stair":
        unit, scale = e.data
        return floordiv(add(args[0], div(args[1], const(scale))), const(Fraction(unit, scale)))
    return _BUILDERS[e.op](*args)


_BUILDERS: dict[str, Callable[..., Expr]] = {
    "add": add,
    "sub": sub,
    "mul": mul,
    "div": div,
    "neg": neg,
    "pow": power,
    "floordiv": floordiv,
    "min": minimum,
    "max": maximum,
    "cospi": cospi,
    "tanh": tanh,
    "sqrt": sqrt,
    "floor": floor,
}


def lowest(a: Expr) -> Fraction:
    """The smallest value that a time takes in any cycle."""
    return _extremes(a)[0]


def highest(a: Expr) -> Fraction:
    """The largest value that a time takes in any cycle."""
    return _extremes(a)[1]


def _extremes(a: Expr) -> tuple[Fraction, Fraction]:
    if a.exact is not None:
        return a.exact, a.exact
    if a.op == "item":
        ends: tuple[Fraction, Fraction] = a.data.ends
        return ends
    (p, q), (r, s) = (_extremes(x) for x in (a.args if len(a.args) == 2 else (*a.args, ZERO)))
    if a.op == "add":
        return p + r, q + s
    if a.op == "sub":
        return p - s, q - r
    if a.op == "neg":
        return -q, -p
    if a.op == "max":
        return max(p, r), max(q, s)
    corners = [x * y for x in (p, q) for y in (r, s)]
    if a.op == "div":
        corners = [x / y for x in (p, q) for y in (r, s)]
    return min(corners), max(corners)


# --- values ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Affine:
    """A value ``a*lr + b``. Where b itself mentions lr, the value is not affine, and still right."""

    a: Expr
    b: Expr

    def __add__(self, other: Affine) -> Affine:
        return Affine(self.a + other.a, self.b + other.b)

    def __sub__(self, other: Affine) -> Affine:
        return Affine(self.a - other.a, self.b - other.b)

    def __mul__(self, factor: Like) -> Affine:
        return Affine(self.a * factor, self.b * factor)

    __rmul__ = __mul__

    def __truediv__(self, divisor: Like) -> Affine:
        return Affine(self.a / divisor, self.b / divisor)

    def whole(self) -> Expr:
        """The value as one expression in lr."""
        return self.a * LR + self.b

    @property
    def is_affine(self) -> bool:
        return "lr" not in self.a.vars and "lr" not in self.b.vars

    def substitute(self, values: Mapping[str, Expr]) -> Affine:
        a, b = substitute([self.a, self.b], values)
        return Affine(a, b)


BASE = Affine(ONE, ZERO)
UNIT = Affine(ZERO, ONE)


def absolute(value: Like) -> Affine:
    """A value that does not depend on lr."""
    return Affine(ZERO, expr(value))


def pointwise(f: Callable[[Expr, Expr], Expr], x: Affine, y: Affine) -> Affine:
    """`f`, which is not linear, of two values: affine only where neither depends on lr."""
    return absolute(f(x.whole(), y.whole()))


def choose(
    x: Expr, bounds: Sequence[Expr], branches: Sequence[Affine], side: Side = "right"
) -> Affine:
    """`select` between values."""
    a, b = select(x, bounds, [(v.a, v.b) for v in branches], side)
    return Affine(a, b)
