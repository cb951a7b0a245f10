"""Values as ``a*lr + b``: one evaluation serves every parameter group."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lrdsl.expr.choice import select
from lrdsl.expr.nodes import LR, ONE, ZERO, Expr, Like, Side, expr
from lrdsl.expr.rewrite import substitute


@dataclass(frozen=True, slots=True)
class Affine:
    """A value ``a*lr + b``; where b itself mentions lr, it is not affine, and still right."""

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
