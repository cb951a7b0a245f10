"""What all segments share: their common fields, and the clock that their formulas read."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, model_validator

from lrdsl import expr as E
from lrdsl.algebra import MAX_LIST, Call, Schedule, fault, show_argument
from lrdsl.diagnostics import Problem
from lrdsl.expr import Affine, Expr
from lrdsl.values import NO_FLOAT, Num, Time, Value, show_number

NO_TIME = Time({})


@dataclass(frozen=True)
class Clock:
    """What a formula can read about the moment, the run, and the segment's surroundings.

    Attributes:
        u: progress from 0 at the start to 1 at the end, on the segment's grid.
        elapsed: ticks since the start.
        start: the value that the segment starts from.
        ticks: a written time in ticks, stretched where the segment is in a cycle.
        value: a written value.
        ahead: the value that the curve below an overlay has where this segment ends.
        draw: the first normal draw of a noise stream at this tick; 0 in an exit.
    """

    u: Expr
    elapsed: Expr
    start: Affine
    ticks: Callable[[Time], Expr]
    value: Callable[[Value], Affine]
    ahead: Callable[[], Affine]
    draw: Callable[[int], Expr]

    def target(self, value: Value | Literal["next"]) -> Affine:
        """An end: a written value, or `next`."""
        return self.ahead() if value == "next" else self.value(value)


class Segment(Schedule, Call):
    """A call such as ``cosine(10ep)``. One class a kind: its fields, its rules and its formula.

    `endless` kinds go on when they have no length; the others adapt to the room they are given.
    """

    endless: ClassVar[bool] = False
    needs_length: ClassVar[bool] = False

    over: Time | None = None
    until: Time | None = None
    start: Value | None = None

    def formula(self, c: Clock) -> Affine:
        """The value at the clock's moment."""
        raise NotImplementedError

    def own_length(self) -> Time | None:
        """The written length."""
        return self.over

    def entry(self, entry: Affine, clock_value: Callable[[Value], Affine]) -> Affine:
        """The value that the segment starts from: `start=`, else where the one before it ended."""
        return entry if self.start is None else clock_value(self.start)

    def on_grid(self, elapsed: Expr, length: Expr | None, ended: bool) -> Expr:
        """Progress; `ended` asks for that of the exit."""
        if ended:
            return E.ONE
        return E.ZERO if length is None else elapsed / length

    @model_validator(mode="after")
    def _one_length(self) -> "Segment":
        in_range(self, "over", self.over, least=0)
        if self.over is not None and self.until is not None:
            raise fault(
                Problem(
                    "LR109",
                    "a segment has a length (over=) or an end (until=), not both",
                    help="keep one of the two",
                    field="until",
                )
            )
        if self.needs_length and self.own_length() is None and self.until is None:
            raise fault(
                Problem(
                    "LR103",
                    f"{self.kind} needs a length",
                    help=f"write {self.kind}(5%), or {self.kind}(until=..) for an end",
                )
            )
        return self


Grid = Literal["left", "right", "both", "open"]


class Shape(Segment):
    """A segment between two values, whose progress is sampled on a grid."""

    trailing: ClassVar[tuple[str, ...]] = ("grid", "k")

    grid: Grid = "left"
    k: Num = Fraction(1)

    def on_grid(self, elapsed: Expr, length: Expr | None, ended: bool) -> Expr:
        """Progress at a tick: k/W (left), (k+1)/W, k/(W-1) (both), (k+1)/(W+1) (open), to `k`.

        The names are those of numpy's and the field's four habits: left is timm's, torch's and
        transformers', right torchtitan's and open_clip's, both DINO's linspace, open NeMo's.
        """
        elapsed = E.nonnegative(elapsed)
        if ended or length is None:
            u = E.ONE if ended else E.ZERO
        elif self.grid == "left":
            u = elapsed / length
        elif self.grid == "right":
            u = E.minimum((elapsed + 1) / length, E.ONE)
        elif self.grid == "open":
            u = (elapsed + 1) / (length + 1)
        elif length.exact is not None and length.exact <= 1:
            u = E.ZERO
        else:
            u = E.minimum(elapsed / E.maximum(length - 1, _TINY), E.ONE)
            (u,) = E.select(length, [E.ONE], [[E.ZERO], [u]], "left")  # 0 in a cycle of one tick
        return u ** E.const(self.k)

    @model_validator(mode="after")
    def _positive_k(self) -> "Shape":
        in_range(self, "k", self.k, above=0)
        return self


_TINY = E.const(Fraction(1, 10**9))


def blend(shape: str, start: Affine, end: Affine, u: Expr) -> Affine:
    """From `start` at u = 0 to `end` at u = 1.

    ``linear``; ``cosine``: half a wave (Loshchilov & Hutter 2017, eq. 5); ``sqrt``: 1-sqrt(u)
    (Haegele et al. 2024, section 4); ``geometric``: a constant ratio.
    """
    if shape == "linear":
        return start + (end - start) * u
    if shape == "geometric":
        return geometric(start, end, u)
    fall = (1 + E.cospi(u)) / 2 if shape == "cosine" else 1 - E.sqrt(u)
    return end + (start - end) * fall


def geometric(start: Affine, end: Affine, u: Expr) -> Affine:
    """``start * (end/start)^u``.

    Raises:
        Problem: one of the two is zero or negative (LR503).
    """
    for value, name in ((start, "start"), (end, "end")):
        a, b = value.a.exact, value.b.exact
        if a is not None and b is not None and a <= NO_FLOAT and b <= NO_FLOAT:
            at = "a negative value" if a < 0 or b < 0 else "0"
            advice = f"give {name}= a positive value, such as {name}=1e-3*lr"
            raise Problem(
                "LR503",
                f"a geometric curve keeps a constant ratio, so it cannot {name} at {at}",
                help=advice,
            )
    if u is E.ONE:  # what follows starts at the end itself, not at all that led to it
        return end
    if start.b is E.ZERO and end.b is E.ZERO:
        return Affine(start.a * (end.a / start.a) ** u, E.ZERO)
    return E.pointwise(lambda p, q: p * (q / p) ** u, start, end)


def bounded(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """A list within the limit."""
    if len(values) > MAX_LIST:
        raise fault(Problem("LR605", f"a list has at most {MAX_LIST:,} entries"))
    return values


def whole(value: Any) -> Any:
    """A whole number, for seeds."""
    if isinstance(value, Fraction) and value.denominator == 1:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise fault(Problem("LR501", f"a whole number is wanted here, not {show_argument(value)}"))


Seed = Annotated[int, BeforeValidator(whole)]
Times = Annotated[tuple[Time, ...], AfterValidator(bounded)]
Values = Annotated[tuple[Value, ...], AfterValidator(bounded)]


def in_range(
    node: Call,
    field: str,
    value: Fraction | Time | None,
    *,
    above: int | None = None,
    least: int | None = None,
) -> None:
    """Refuse a number, or a time whose sign is known, out of its range (LR501)."""
    if value is None:
        return
    number = value.sign if isinstance(value, Time) else value
    if number is None:
        return
    if above is not None and number <= above:
        wanted = "positive" if above == 0 else f"greater than {above}"
    elif least is not None and number < least:
        wanted = "zero or more" if least == 0 else f"at least {least}"
    else:
        return
    shown = str(value) if isinstance(value, Time) else show_number(value)
    raise fault(Problem("LR501", f"{field} must be {wanted}, not {shown}", field=field))


def ascending(kind: str, field: str, times: tuple[Time, ...]) -> None:
    """Refuse times that decrease, as far as that is known without a run (LR505)."""
    for a, b in pairwise(times):
        if b.combine(a, -1).sign == -1:
            raise fault(
                Problem(
                    "LR505",
                    f"{kind}'s times must not decrease: {b} comes after {a}",
                    field=field,
                )
            )


def in_order(kind: str, field: str, cuts: list[Expr]) -> list[Expr]:
    """The times themselves, if they do not decrease in this run (LR505): 50%, 30ep may."""
    for a, b in pairwise(cuts):
        if E.lowest(b - a) < 0:
            raise Problem(
                "LR505",
                f"{kind}'s times decrease in this run: {float(E.highest(a)):g} ticks, then "
                f"{float(E.lowest(b)):g}",
                help="put them in the order in which they come",
                field=field,
            )
    return cuts
