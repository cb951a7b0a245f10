"""What a schedule can be joined to: restarts, snap, noise."""

from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, model_validator

from lrdsl.algebra import Call, Modifier, fault, show_argument
from lrdsl.diagnostics import Problem
from lrdsl.noise import MIN_ACCEPTANCE, acceptance
from lrdsl.segments.base import NO_TIME, Seed, in_range
from lrdsl.values import NO_FLOAT, Num, Time, show_number


def _cycles(value: Any) -> Any:
    if isinstance(value, Fraction) and value.denominator == 1:
        value = int(value)
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    shown = show_argument(value)
    raise fault(
        Problem(
            "LR506",
            f"limit counts cycles: a whole number of at least 1, not {shown}",
            help="leave limit out to repeat until the end of the run",
        )
    )


class Restarts(Modifier, Call):
    """``s * restarts(limit | t_mul=1, decay=1)``: s again and again (SGDR, Loshchilov & Hutter).

    Cycle i is t_mul^i times as long as the first, and starts from decay^i times its base value;
    `limit` is the largest number of cycles.
    """

    kind: Literal["restarts"] = "restarts"
    positional: ClassVar[tuple[str, ...]] = ("limit",)
    terse: ClassVar[int] = 0

    limit: Annotated[int | None, BeforeValidator(_cycles)] = None
    t_mul: Num = Fraction(1)
    decay: Num = Fraction(1)

    @model_validator(mode="after")
    def _rules(self) -> "Restarts":
        in_range(self, "t_mul", self.t_mul, above=0)
        in_range(self, "decay", self.decay, above=0)
        if self.t_mul < 1 and self.limit is None:
            raise fault(
                Problem(
                    "LR507",
                    f"cycles that shrink (t_mul={show_number(self.t_mul)}) never fill the time: "
                    "say how many there are",
                    help="give limit=",
                    field="t_mul",
                )
            )
        return self


class Snap(Modifier, Call):
    """``s * snap(every!)``: s holds the value that it had at the last multiple of `every`."""

    kind: Literal["snap"] = "snap"
    positional: ClassVar[tuple[str, ...]] = ("every",)

    every: Time

    @model_validator(mode="after")
    def _rules(self) -> "Snap":
        in_range(self, "every", self.every, above=0)
        return self


class Noise(Modifier, Call):
    """``s + noise(pct! | std=1, seed=42, after=0, until=, kind=normal|uniform)``: ``v*(1+z)``.

    z is timm's stream: a function of the seed and the run's tick alone.
    """

    kind: Literal["noise"] = "noise"
    positional: ClassVar[tuple[str, ...]] = ("pct",)
    joins: ClassVar[Literal["*", "+"]] = "+"
    spelling: ClassVar[dict[str, str]] = {"draw": "kind"}

    pct: Num
    std: Num = Fraction(1)
    seed: Seed = 42
    after: Time = NO_TIME
    until: Time | None = None
    draw: Literal["normal", "uniform"] = "normal"

    @model_validator(mode="after")
    def _rules(self) -> "Noise":
        if self.pct <= NO_FLOAT:
            raise fault(
                Problem(
                    "LR504",
                    f"noise needs a positive bound, not {show_number(self.pct)}",
                    help="noise(0.67) moves the rate by up to 67% either way",
                    field="pct",
                )
            )
        in_range(self, "std", self.std, above=0)
        rare = acceptance(float(self.pct), float(self.std)) < MIN_ACCEPTANCE
        if self.draw == "normal" and rare:
            raise fault(
                Problem(
                    "LR504",
                    f"a normal draw of std {show_number(self.std)} is hardly ever within "
                    f"{show_number(self.pct)}: it would be redrawn for long",
                    help="lower std with pct, or use kind=uniform",
                    field="pct",
                )
            )
        for field in ("after", "until"):
            in_range(self, field, getattr(self, field), least=0)
        return self
