"""Segments that follow written times: multistep and points."""

from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from lrdsl import expr as E
from lrdsl.algebra import fault
from lrdsl.diagnostics import Problem
from lrdsl.expr import Affine
from lrdsl.segments.base import (
    Clock,
    Segment,
    Times,
    Values,
    ascending,
    blend,
    bounded,
    in_order,
    in_range,
)
from lrdsl.values import Num, Time, Value

TENTH = Fraction(1, 10)


class Multistep(Segment):
    """``multistep(at!, factor=0.1 | to=[..])``: a milestone acts at its tick; equal ones together.

    ``start*factor^(milestones reached)``, or the value in `to` that belongs to the last one.
    """

    kind: Literal["multistep"] = "multistep"
    positional: ClassVar[tuple[str, ...]] = ("at", "factor")
    terse: ClassVar[int] = 0
    endless: ClassVar[bool] = True
    defaults: ClassVar[dict[str, Any]] = {"factor": TENTH}

    at: Times
    to: Values | None = None
    factor: Annotated[Num | None, Field(validate_default=True)] = None

    @model_validator(mode="after")
    def _rules(self) -> "Multistep":
        if not self.at:
            raise fault(Problem("LR103", "multistep needs at least one milestone", field="at"))
        for time in self.at:
            in_range(self, "at", time, least=0)
        ascending("multistep", "at", self.at)
        in_range(self, "factor", self.factor, above=0)
        if self.to is not None and len(self.to) != len(self.at):
            raise fault(
                Problem(
                    "LR501",
                    f"to= gives a value for each milestone: {len(self.at)} are wanted, "
                    f"{len(self.to)} given",
                    field="to",
                )
            )
        return self

    @field_validator("factor")
    @classmethod
    def _one_of_two(cls, factor: Fraction | None, info: ValidationInfo) -> Fraction | None:
        if info.data.get("to") is None:
            return TENTH if factor is None else factor
        if factor is not None:
            raise fault(
                Problem("LR109", "multistep has a factor or the values to=, not both", field="to")
            )
        return None

    def formula(self, c: Clock) -> Affine:
        cuts = in_order(self.kind, "at", [c.ticks(t) for t in self.at])
        if self.to is not None:
            levels = [c.start, *map(c.value, self.to)]
        else:
            assert self.factor is not None
            factor = E.const(self.factor)
            levels = [c.start * factor ** E.const(i) for i in range(len(cuts) + 1)]
        return E.choose(c.elapsed, cuts, levels)


def _pair(value: Any) -> Any:
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise fault(Problem("LR501", "a point is a pair: [time, value]"))
    return value


Point = Annotated[tuple[Time, Value], BeforeValidator(_pair)]


class Points(Segment):
    """``points([[t, value], ..] | shape=linear|cosine|step)``: through written points.

    Before the first point its value, after the last its value; equal times are a jump.
    """

    kind: Literal["points"] = "points"
    positional: ClassVar[tuple[str, ...]] = ("points",)

    points: Annotated[tuple[Point, ...], AfterValidator(bounded)]
    shape: Literal["linear", "cosine", "step"] = "linear"

    @model_validator(mode="after")
    def _rules(self) -> "Points":
        if not self.points:
            raise fault(Problem("LR103", "points needs at least one point", field="points"))
        if self.start is not None:
            raise fault(
                Problem(
                    "LR109",
                    "points says its values itself: start= has no meaning here",
                    help="put a first point at time 0",
                    field="start",
                )
            )
        for time, _ in self.points:
            in_range(self, "points", time, least=0)
        ascending("points", "points", tuple(t for t, _ in self.points))
        return self

    def own_length(self) -> Time | None:
        """The last point's time, unless `over` or `until` says otherwise."""
        return self.over if self.over or self.until else self.points[-1][0]

    def formula(self, c: Clock) -> Affine:
        times = in_order(self.kind, "points", [c.ticks(t) for t, _ in self.points])
        values = [c.value(v) for _, v in self.points]
        between = []
        for a, b, p, q in zip(times, times[1:], values, values[1:], strict=False):
            if a is b or self.shape == "step":
                between.append(p)
            else:
                between.append(blend(self.shape, p, q, (c.elapsed - a) / (b - a)))
        return E.choose(c.elapsed, times, [values[0], *between, values[-1]])
