"""Segments with a progress: linear, cosine, geometric, poly, tanh, wave."""

from fractions import Fraction
from typing import ClassVar, Literal

from pydantic import model_validator

from lrdsl import expr as E
from lrdsl.algebra import fault
from lrdsl.diagnostics import Problem
from lrdsl.expr import Affine
from lrdsl.segments.base import Clock, Shape, blend, in_range
from lrdsl.segments.levels import ZERO
from lrdsl.values import Num, Value, show_number

Target = Value | Literal["next"]


class Linear(Shape):
    """``linear(over | end=0)``: a straight line."""

    kind: Literal["linear"] = "linear"
    positional: ClassVar[tuple[str, ...]] = ("over",)

    end: Target = ZERO

    def formula(self, c: Clock) -> Affine:
        return blend("linear", c.start, c.target(self.end), c.u)


class Cosine(Shape):
    """``cosine(over | end=0)``: half a cosine wave (Loshchilov & Hutter 2017, eq. 5)."""

    kind: Literal["cosine"] = "cosine"
    positional: ClassVar[tuple[str, ...]] = ("over",)

    end: Target = ZERO

    def formula(self, c: Clock) -> Affine:
        return blend("cosine", c.start, c.target(self.end), c.u)


class Geometric(Shape):
    """``geometric(over | end!)``: a constant ratio from tick to tick; both ends are positive."""

    kind: Literal["geometric"] = "geometric"
    positional: ClassVar[tuple[str, ...]] = ("over",)

    end: Target

    def formula(self, c: Clock) -> Affine:
        return blend("geometric", c.start, c.target(self.end), c.u)


class Poly(Shape):
    """``poly(over | power!, end=0)``: ``end + (start-end)*(1-u)^power`` (Caffe's poly, DeepLab)."""

    kind: Literal["poly"] = "poly"
    positional: ClassVar[tuple[str, ...]] = ("over",)

    power: Num
    end: Target = ZERO

    @model_validator(mode="after")
    def _positive_power(self) -> "Poly":
        in_range(self, "power", self.power, above=0)
        return self

    def formula(self, c: Clock) -> Affine:
        end = c.target(self.end)
        left = 1 - c.u
        if self.power.denominator != 1:  # rounding must not make a root of a negative number
            left = E.maximum(left, E.ZERO)
        return end + (c.start - end) * left ** E.const(self.power)


class Tanh(Shape):
    """``tanh(lb=-6, ub=4 | end=0)``: ``end + (start-end)*(1 - tanh(lb*(1-u) + ub*u))/2``.

    Hyperbolic-tangent decay (Hsueh et al. 2019, eq. 3), as timm's TanhLRScheduler has it. It
    neither starts nor ends exactly: that is the paper's curve.
    """

    kind: Literal["tanh"] = "tanh"
    positional: ClassVar[tuple[str, ...]] = ("lb", "ub")
    together: ClassVar[tuple[str, ...]] = ("lb", "ub")
    terse: ClassVar[int] = 2

    lb: Num = Fraction(-6)
    ub: Num = Fraction(4)
    end: Target = ZERO

    @model_validator(mode="after")
    def _ordered(self) -> "Tanh":
        if self.lb >= self.ub:
            given = f"lb={show_number(self.lb)} and ub={show_number(self.ub)}"
            raise fault(
                Problem(
                    "LR501",
                    f"tanh runs from lb up to ub, so {given} do not fit",
                    help="lb < ub, as in tanh(-6, 4)",
                    field="lb",
                )
            )
        return self

    def formula(self, c: Clock) -> Affine:
        end = c.target(self.end)
        bend = E.tanh(E.const(self.lb) * (1 - c.u) + E.const(self.ub) * c.u)
        return end + (c.start - end) * (1 - bend) / 2


class Wave(Shape):
    """``wave(over | periods!, low=0)``: ``low + (start-low)*(1 + cos(2*pi*periods*u))/2``.

    The periodic factor of LinearCosineDecay (Bello et al. 2017, section 4.2).
    """

    kind: Literal["wave"] = "wave"
    positional: ClassVar[tuple[str, ...]] = ("over",)

    periods: Num
    low: Value = ZERO

    @model_validator(mode="after")
    def _positive_periods(self) -> "Wave":
        in_range(self, "periods", self.periods, above=0)
        return self

    def formula(self, c: Clock) -> Affine:
        low = c.value(self.low)
        return low + (c.start - low) * (1 + E.cospi(2 * E.const(self.periods) * c.u)) / 2
