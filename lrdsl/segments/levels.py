"""Segments that stay level or leave a level: hold, warmup, cooldown."""

from fractions import Fraction
from typing import ClassVar, Literal

from pydantic import model_validator

from lrdsl.algebra import fault
from lrdsl.diagnostics import Problem
from lrdsl.expr import Affine
from lrdsl.segments.base import Clock, Segment, Shape, blend
from lrdsl.values import Value

ZERO = Value(Fraction(0), Fraction(0))
BASE = Value(Fraction(1), Fraction(0))
Ramp = Literal["linear", "cosine", "sqrt", "geometric"]


class Hold(Segment):
    """``hold(over | value=start)``: one value; without a length, for ever."""

    kind: Literal["hold"] = "hold"
    positional: ClassVar[tuple[str, ...]] = ("over",)
    endless: ClassVar[bool] = True

    value: Value | None = None

    @model_validator(mode="after")
    def _one_value(self) -> "Hold":
        if self.value is not None and self.start is not None:
            raise fault(
                Problem("LR109", "hold has one value: give value= or start=", field="start")
            )
        return self

    def formula(self, c: Clock) -> Affine:
        return c.start if self.value is None else c.value(self.value)


class Warmup(Shape):
    """``warmup(over!, start=0 | end=lr, shape=linear)``: to the base rate (Goyal et al. 2017)."""

    kind: Literal["warmup"] = "warmup"
    positional: ClassVar[tuple[str, ...]] = ("over", "start")
    needs_length: ClassVar[bool] = True

    start: Value = ZERO
    end: Value | Literal["next"] = BASE
    shape: Ramp = "linear"

    def formula(self, c: Clock) -> Affine:
        return blend(self.shape, c.start, c.target(self.end), c.u)


class Cooldown(Shape):
    """``cooldown(over | end=0, shape=linear)``: down from where the curve is."""

    kind: Literal["cooldown"] = "cooldown"
    positional: ClassVar[tuple[str, ...]] = ("over",)

    end: Value | Literal["next"] = ZERO
    shape: Ramp = "linear"

    def formula(self, c: Clock) -> Affine:
        return blend(self.shape, c.start, c.target(self.end), c.u)
