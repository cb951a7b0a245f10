"""Closed-form expressions in time: the one form that every back end is derived from.

A segment's formula is ordinary arithmetic on these objects; running it once *traces* it. Constants
are exact rationals as long as they can be, so boundaries, exits and coefficients are rounded to a
float once, when they are printed. Expressions are interned: equal ones are the same object, which
makes sharing visible to the back ends and equality a matter of ``is``.
"""

from lrdsl.expr.affine import BASE, UNIT, Affine, absolute, choose, pointwise
from lrdsl.expr.choice import Shape, output, parts, select
from lrdsl.expr.nodes import (
    FUNCTIONS,
    LR,
    ONE,
    ZERO,
    Expr,
    Like,
    Side,
    T,
    const,
    cospi,
    denominator,
    draw,
    expr,
    floor,
    floordiv,
    index,
    item,
    maximum,
    minimum,
    power,
    sqrt,
    stair,
    tanh,
    var,
)
from lrdsl.expr.progression import Progression
from lrdsl.expr.rewrite import highest, lowest, needed, nonnegative, replaced, size, substitute

__all__ = [
    "BASE",
    "FUNCTIONS",
    "LR",
    "ONE",
    "UNIT",
    "ZERO",
    "Affine",
    "Expr",
    "Like",
    "Progression",
    "Shape",
    "Side",
    "T",
    "absolute",
    "choose",
    "const",
    "cospi",
    "denominator",
    "draw",
    "expr",
    "floor",
    "floordiv",
    "highest",
    "index",
    "item",
    "lowest",
    "maximum",
    "minimum",
    "needed",
    "nonnegative",
    "output",
    "parts",
    "pointwise",
    "power",
    "replaced",
    "select",
    "size",
    "sqrt",
    "stair",
    "substitute",
    "tanh",
    "var",
]
