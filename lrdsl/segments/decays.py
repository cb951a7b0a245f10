"""Segments that go on for ever: step, exponential, inverse, and the random gaussian."""

from collections.abc import Callable
from fractions import Fraction
from typing import ClassVar, Literal

from pydantic import model_validator

from lrdsl import expr as E
from lrdsl.expr import Affine, Expr
from lrdsl.segments.base import Clock, Seed, Segment, in_range
from lrdsl.segments.levels import BASE
from lrdsl.values import Num, Time, Value


class Decay(Segment):
    """A factor for every so many ticks."""

    positional: ClassVar[tuple[str, ...]] = ("every", "factor")
    terse: ClassVar[int] = 0
    endless: ClassVar[bool] = True

    every: Time
    factor: Num

    @model_validator(mode="after")
    def _ranges(self) -> "Decay":
        in_range(self, "every", self.every, above=0)
        in_range(self, "factor", self.factor, above=0)
        return self


class Step(Decay):
    """``step(every!, factor!)``: ``start*factor^floor(tau/every)``, a staircase."""

    kind: Literal["step"] = "step"

    def formula(self, c: Clock) -> Affine:
        return c.start * E.const(self.factor) ** E.floordiv(c.elapsed, c.ticks(self.every))


class Exponential(Decay):
    """``exponential(every!, factor!)``: ``start*factor^(tau/every)``."""

    kind: Literal["exponential"] = "exponential"

    def formula(self, c: Clock) -> Affine:
        return c.start * E.const(self.factor) ** (c.elapsed / c.ticks(self.every))


class Inverse(Segment):
    """``inverse(| scale!, power=1/2, order=1)``: ``start/(1 + (tau/scale)^order)^power``.

    rsqrt and Noam (Vaswani et al. 2017, eq. 3) after a warmup of `scale`; Keras' InverseTimeDecay
    (power=1); Eden (icefall; order=2, power=1/4).
    """

    kind: Literal["inverse"] = "inverse"
    terse: ClassVar[int] = 0
    endless: ClassVar[bool] = True

    scale: Time
    power: Num = Fraction(1, 2)
    order: Num = Fraction(1)

    @model_validator(mode="after")
    def _ranges(self) -> "Inverse":
        in_range(self, "scale", self.scale, above=0)
        in_range(self, "order", self.order, above=0)
        return self

    def formula(self, c: Clock) -> Affine:
        ratio = E.nonnegative(c.elapsed) / c.ticks(self.scale)
        try:
            if self.order == 1 and 0 <= self.power <= 1:
                return c.start / (1 + ratio) ** E.const(self.power)
            return c.start * self._fall(ratio)
        except OverflowError:
            if self.power < 0:
                raise
            return c.start * 0  # the ratio is more than a float holds

    def _fall(self, ratio: Expr) -> Expr:
        """As factors: what the start is divided by alone may be more than a float holds."""
        power = E.const(-self.power)
        if self.order == 1:
            return (1 + ratio) ** power
        most = E.maximum(ratio, E.ONE)
        rest = (E.minimum(ratio, E.ONE) / most) ** E.const(self.order)
        return most ** E.const(-self.order * self.power) * (1 + rest) ** power


class Gaussian(Segment):
    """``gaussian(variance! | decay=0, seed=42)``: lr times a normal draw, of decaying variance.

    ``start*z*sqrt(variance/(1+tau)^decay)``, z being the first normal draw of the noise stream at
    the run's tick: the noise of NoisyLinearCosineDecay (Bello et al. 2017), as a function of time.
    """

    kind: Literal["gaussian"] = "gaussian"
    positional: ClassVar[tuple[str, ...]] = ("variance",)
    endless: ClassVar[bool] = True

    variance: Num
    decay: Num = Fraction(0)
    seed: Seed = 42

    @model_validator(mode="after")
    def _ranges(self) -> "Gaussian":
        in_range(self, "variance", self.variance, above=0)
        in_range(self, "decay", self.decay, least=0)
        return self

    def entry(self, entry: Affine, clock_value: Callable[[Value], Affine]) -> Affine:
        return clock_value(BASE if self.start is None else self.start)

    def formula(self, c: Clock) -> Affine:
        spread = E.sqrt(E.const(self.variance)) * (1 + c.elapsed) ** E.const(-self.decay / 2)
        return c.start * (c.draw(self.seed) * spread)
