"""The nodes of the expression graph, and the arithmetic that builds and folds them."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import count
from typing import Any, Literal, TypeAlias
from weakref import WeakValueDictionary

from lrdsl.expr.progression import EXACT_BITS, Progression, tidy

Side = Literal["right", "left"]
Number: TypeAlias = "int | float | Fraction"
Like: TypeAlias = "Expr | int | float | Fraction"

_serial = count()
_interned: WeakValueDictionary[tuple[Any, ...], Expr] = WeakValueDictionary()


class Expr:
    """A node of the expression graph: an operation, its arguments and its constant data.

    Operations: ``const var add sub mul div neg pow floordiv min max``, those of `FUNCTIONS`,
    ``item`` (a quantity in the cycle of an index), ``index`` (the cycle that a time lies in),
    ``stair`` (a function here), ``select`` with ``out`` (see `select`), ``draw`` (noise at a tick).
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


def make(op: str, args: tuple[Expr, ...] = (), data: Any = None) -> Expr:
    """The one node of these parts."""
    key = (op, data, *(a.serial for a in args))
    found = _interned.get(key)
    if found is None:
        found = _interned[key] = Expr(op, args, data)
    return found


# --- leaves ---------------------------------------------------------------------------------------


def const(value: Number) -> Expr:
    """A constant; floats that are whole numbers become exact."""
    if isinstance(value, float) and not value.is_integer():
        return make("const", (), value)
    exact = tidy(value if isinstance(value, Fraction) else Fraction(int(value)))
    key = ("const", exact.numerator, exact.denominator)  # the hash of a fraction takes long
    found = _interned.get(key)
    if found is None:
        found = _interned[key] = Expr("const", (), exact)
    return found


def var(name: str) -> Expr:
    """A variable: ``t`` (run time in ticks), ``lr`` (the base value), or a cycle's index."""
    return make("var", (), name)


def expr(value: Like) -> Expr:
    """The expression itself, or a number as one."""
    return value if isinstance(value, Expr) else const(value)


ZERO = const(0)
ONE = const(1)
T = var("t")
LR = var("lr")


def item(values: Progression, index: Expr) -> Expr:
    """The value in the cycle of that index."""
    if index.exact is not None:
        return const(values.at(int(index.exact)))
    if values.beta == 0 or values.base == 1 or values.count == 1:
        return const(values.at(0))
    return make("item", (index,), values)


def index(starts: Progression, x: Expr, side: Side = "right") -> Expr:
    """The index of the cycle that x lies in; at a start it is that cycle's (right) or not yet."""
    if x.op == "add" and x.args[1].exact is not None:
        return index(starts.moved(-x.args[1].exact), x.args[0], side)
    if x.op == "sub" and x.args[1].exact is not None:
        return index(starts.moved(x.args[1].exact), x.args[0], side)
    if x.exact is not None:
        low, high = 0, starts.count  # the start of `low` is reached, that of `high` is not
        while high - low > 1:
            middle = (low + high) // 2
            start = starts.at(middle)
            reached = start <= x.exact if side == "right" else start < x.exact
            low, high = (middle, high) if reached else (low, middle)
        return const(low)
    return make("index", (x,), (starts, side))


def draw(stream: Any, tick: Expr) -> Expr:
    """The noise that a stream gives at a whole tick."""
    return make("draw", (tick,), stream)


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


def _gathered(a: Expr, b: Expr, sign: int) -> Expr | None:
    """``a + sign*b`` of multiples of one time that changes with cycles; a's may be its last term.

    So that what is the sum of a thousand lengths is not a thousand terms long.
    """
    if any(name in e.vars for e in (a, b) for name in ("t", "lr")):
        return None
    times, unit = _multiple(b)
    times *= sign
    more, same = _multiple(a)
    if same is unit:
        return mul(const(more + times), unit)
    if a.op in ("add", "sub"):
        rest, last = a.args
        more, same = _multiple(last)
        times += more if a.op == "add" else -more
        if same is unit:
            changed = mul(const(abs(times)), unit)
            return add(rest, changed) if times > 0 else sub(rest, changed)
    return None


def _multiple(a: Expr) -> tuple[Fraction, Expr]:
    if a.op == "mul" and a.args[0].exact is not None:
        return a.args[0].exact, a.args[1]
    return Fraction(1), a


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
    return _gathered(a, b, 1) or make("add", (a, b))


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
    if b.op in ("add", "sub") and b.args[0] is a:
        return neg(b.args[1]) if b.op == "add" else b.args[1]
    return _gathered(a, b, -1) or make("sub", (a, b))


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
    return make("mul", (a, b))


def div(a: Expr, b: Expr) -> Expr:
    if a is ZERO and b is not ZERO:
        return ZERO
    if b is ONE:
        return a
    if a is b and b.is_const:
        return ONE
    if b.exact == 0:  # in a branch that is never taken
        return make("div", (a, b))
    known = _known(a, b, lambda p, q: p / q)
    if known is not None:
        return known
    if a.op == "item" and b.exact is not None:
        return item(a.data.scaled(1 / b.exact), a.args[0])
    return make("div", (a, b))


def neg(a: Expr) -> Expr:
    if a.is_const:
        return const(-a.data)
    if a.op == "neg":
        return a.args[0]
    if a.op == "sub":
        return sub(a.args[1], a.args[0])
    return make("neg", (a,))


def power(a: Expr, b: Expr) -> Expr:
    if b is ONE or a is ONE:
        return a
    if b is ZERO:
        return ONE
    if a.is_const and b.is_const and _has_power(a.data, b.data):
        p, q = a.data, b.data
        if isinstance(p, Fraction) and isinstance(q, Fraction) and q.denominator == 1 and p:
            bits = max(p.numerator.bit_length(), p.denominator.bit_length())
            if bits * abs(q.numerator) <= EXACT_BITS:
                return const(p**q.numerator)
        return const(float(p) ** float(q))
    return make("pow", (a, b))


def _has_power(base: Number, exponent: Number) -> bool:
    """Whether a power is a real number; in a branch that is never taken it may be none."""
    if base > 0:
        return True
    return exponent > 0 if base == 0 else exponent % 1 == 0


WHOLE_BITS = 53  # of the whole numbers that floats hold


def floordiv(a: Expr, unit: Expr) -> Expr:
    """``floor(a / unit)``, in whole numbers wherever a and the unit are rationals of ticks."""
    if a.exact is not None and unit.exact is not None:
        return const(a.exact // unit.exact)
    scale = math.lcm(denominator(a), denominator(unit))
    most = WHOLE_BITS if _is_looked_up(a) or not unit.is_const else EXACT_BITS
    if scale.bit_length() > most:  # no float holds it, or any step so small
        return make("floordiv", (a, unit))
    rest = beside_t(a)
    is_exact = scale == 1 and unit.is_const and rest is not None and _is_never(1, rest)
    if rest is not None and not is_exact:  # what is taken from t is exact, a sum may be rounded
        return make("stair", (T, times(rest, scale), times(unit, scale)), scale)
    return make("floordiv", (times(a, scale), times(unit, scale)))


def stair(t: float, rest: float, unit: float, scale: float) -> float:
    """``floor((t*scale + rest) / unit)``, where a t that is the nearest float to a step is on it.

    `rest` and `unit` are whole numbers (but in cycles that grow by a fraction), so every step
    ``(n*unit - rest)/scale`` is rounded once.
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
    return make("min", (a, b))


def maximum(a: Expr, b: Expr) -> Expr:
    if a is b:
        return a
    if a.is_const and b.is_const:
        return const(max(a.data, b.data))
    return make("max", (a, b))


FUNCTIONS: dict[str, Callable[[float], float]] = {
    "cospi": lambda x: math.cos(math.pi * x),
    "tanh": math.tanh,
    "sqrt": math.sqrt,
    "floor": lambda x: float(math.floor(x)),
}

_EXACT_COSPI = {0: 1, Fraction(1, 2): 0, 1: -1, Fraction(3, 2): 0}


def _function(name: str, a: Expr) -> Expr:
    if not a.is_const or (name == "sqrt" and a.data < 0):
        return make(name, (a,))
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
    return const(math.floor(a.data)) if a.is_const else make("floor", (a,))


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
    if a.op == "item":
        return math.lcm(a.data.alpha.denominator, a.data.beta.denominator)
    return 1


def _is_never(sign: int, a: Expr) -> bool:
    """Whether a sum of times is plainly never above (sign 1) or never below (sign -1) zero."""
    if a.exact is not None:
        return a.exact * sign <= 0
    if a.op == "item":
        return all(end * sign <= 0 for end in a.data.ends)
    if a.op == "neg":
        return _is_never(-sign, a.args[0])
    if a.op in ("add", "sub"):
        left, right = a.args
        return _is_never(sign, left) and _is_never(sign if a.op == "add" else -sign, right)
    if a.op == "mul" and a.args[0].exact is not None:
        return _is_never(sign if a.args[0].exact > 0 else -sign, a.args[1])
    return a.op == "var" and sign < 0  # a cycle's index


def _is_looked_up(a: Expr) -> bool:
    """Whether a sum has a part that is another one in every cycle."""
    return a.op == "item" or (
        a.op in ("add", "sub", "neg", "mul") and any(map(_is_looked_up, a.args))
    )


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
    if a.op == "item":
        return item(a.data.scaled(Fraction(scale)), a.args[0])
    return mul(const(scale), a)


def beside_t(a: Expr) -> Expr | None:
    """What is added to t in a sum that holds it once; None in any other expression."""
    if a is T:
        return ZERO
    if a.op not in ("add", "sub"):
        return None
    left, right = a.args
    if "t" in right.vars:
        inner = beside_t(right) if a.op == "add" and "t" not in left.vars else None
        return None if inner is None else add(left, inner)
    inner = beside_t(left)
    if inner is None:
        return None
    return add(inner, right) if a.op == "add" else sub(inner, right)


def rounded_once(a: Expr) -> Expr:
    scale = denominator(a)
    return a if a.is_const else div(times(a, scale), const(scale))
