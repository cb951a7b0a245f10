"""The combinators: what joins schedules, and how each is written."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain, islice
from typing import ClassVar, Literal

from pydantic import field_validator, model_validator

from lrdsl.algebra.nodes import (
    MAX_NODES,
    OVERLAY,
    POSTFIX,
    PRODUCT,
    SEQUENCE,
    SUM,
    UNARY,
    AnyModifier,
    AnySchedule,
    Call,
    Schedule,
    too_many,
)
from lrdsl.algebra.schema import fault
from lrdsl.diagnostics import Problem
from lrdsl.values import Num, Time, Value, finite, limited, show_number


class Constant(Schedule):
    """A value as a schedule, as in ``max(cosine, 1e-5)``: it has no length and asks for none."""

    kind: Literal["constant"] = "constant"
    value: Value

    @property
    def precedence(self) -> int:  # type: ignore[override]
        if self.value.lr and self.value.constant:
            return SUM
        text = str(self.value)
        return UNARY if text.startswith("-") else PRODUCT if set(text) & set("*/") else POSTFIX

    def canonical(self) -> str:
        return str(self.value)


class Chain(Schedule):
    """Operands joined by one operator."""

    operands: tuple[AnySchedule, ...]
    symbol: ClassVar[str]

    @field_validator("operands")
    @classmethod
    def _flat(cls, operands: tuple[Schedule, ...]) -> tuple[Schedule, ...]:
        flat = tuple(islice(cls.flatten(operands), MAX_NODES + 1))  # shared parts may be huge
        if len(flat) < 2:
            raise fault(Problem("LR103", f"{cls.symbol} takes at least two operands"))
        if len(flat) > MAX_NODES:
            raise fault(too_many())
        return flat

    @classmethod
    def flatten(cls, operands: tuple[Schedule, ...]) -> Iterable[Schedule]:
        """Without nested chains of the same kind, where that changes nothing."""
        return operands

    def canonical(self) -> str:
        first, *rest = self.operands
        texts = [first.within(self.precedence), *(o.within(self.precedence + 1) for o in rest)]
        return f" {self.symbol} ".join(texts)


def _spread(cls: type[Chain], operands: tuple[Schedule, ...]) -> Iterator[Schedule]:
    for o in operands:
        if isinstance(o, cls):
            yield from o.operands
        else:
            yield o


def _no_values(cls: type[Chain], operands: tuple[Schedule, ...]) -> None:
    for o in operands:
        if isinstance(o, Constant):
            raise fault(bare_value(cls.symbol, str(o)))


def bare_value(symbol: str, shown: str) -> Problem:
    return Problem(
        "LR304",
        f"a bare value cannot stand beside `{symbol}`: it has no length and no place in time",
        help=f"hold(value={shown}) is a schedule",
    )


class Sequence(Chain):
    """``a >> b``: one after the other; each starts where the one before it ended."""

    kind: Literal["sequence"] = "sequence"
    symbol: ClassVar[str] = ">>"
    precedence: ClassVar[int] = SEQUENCE

    @classmethod
    def flatten(cls, operands: tuple[Schedule, ...]) -> Iterable[Schedule]:
        _no_values(cls, operands)
        return _spread(cls, operands)


class Overlay(Chain):
    """``a | b``: b runs from 0 as if a were not there, and a rules while it lasts."""

    kind: Literal["overlay"] = "overlay"
    symbol: ClassVar[str] = "|"
    precedence: ClassVar[int] = OVERLAY

    @classmethod
    def flatten(cls, operands: tuple[Schedule, ...]) -> Iterable[Schedule]:
        _no_values(cls, operands)
        return _spread(cls, operands)


class Sum(Chain):
    """``a + b``: pointwise; a difference adds the negative."""

    kind: Literal["sum"] = "sum"
    symbol: ClassVar[str] = "+"
    precedence: ClassVar[int] = SUM

    @classmethod
    def flatten(cls, operands: tuple[Schedule, ...]) -> Iterable[Schedule]:
        return chain(_spread(cls, operands[:1]), operands[1:])

    def canonical(self) -> str:
        text = self.operands[0].within(SUM)
        for o in self.operands[1:]:
            negative = _negative(o)
            text += f" - {negative.within(PRODUCT)}" if negative else f" + {o.within(PRODUCT)}"
        return text


def _negative(s: Schedule) -> Schedule | None:
    """The schedule whose subtraction this is, if it prints as one."""
    if isinstance(s, Scaled) and s.factor < 0:
        return scaled(Fraction(-1), s)
    if isinstance(s, Constant) and s.precedence != SUM and str(s).startswith("-"):
        return Constant(value=s.value.scaled(Fraction(-1)))
    return None


class Product(Chain):
    """``s * f * ..``: every operand after the first is a factor: its lr and its entry are 1."""

    kind: Literal["product"] = "product"
    symbol: ClassVar[str] = "*"
    precedence: ClassVar[int] = PRODUCT

    @classmethod
    def flatten(cls, operands: tuple[Schedule, ...]) -> Iterable[Schedule]:
        for o in operands[1:]:
            if isinstance(o, Constant):
                raise fault(value_factor(str(o)))
        return chain(_spread(cls, operands[:1]), operands[1:])


def value_factor(shown: str) -> Problem:
    first = f"({shown})" if " " in shown else shown
    return Problem(
        "LR306",
        f"a schedule cannot be multiplied by the value {shown}",
        help=f"to scale the curve write a plain number: 0.5*s; "
        f"to use the curve as a factor of a rate put the rate first: {first}*s",
    )


class Scaled(Schedule):
    """``k*s``: a schedule times a plain number."""

    kind: Literal["scaled"] = "scaled"
    factor: Num
    body: AnySchedule

    @property
    def precedence(self) -> int:  # type: ignore[override]
        return UNARY if self.factor == -1 else PRODUCT

    def canonical(self) -> str:
        body = self.body.within(UNARY)
        return f"-{body}" if self.factor == -1 else f"{show_number(self.factor)}*{body}"


def scaled(factor: Fraction, s: Schedule) -> Schedule:
    """``factor*s``, folded into a factor that is there already; ``1*s`` is s."""
    if isinstance(s, Scaled):
        factor, s = limited(factor * s.factor), s.body
    return s if factor == 1 else Scaled(factor=finite(factor), body=s)


class Slice(Schedule):
    """``s[a:b]``: s from a to b of its own clock, rebased to 0."""

    kind: Literal["slice"] = "slice"
    body: AnySchedule
    begin: Time = Time({})
    end: Time | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "Slice":
        end = self.end
        for bound in (self.begin, end):
            if bound is not None and bound.sign == -1:
                raise fault(_negative_bound(self.body, bound, end))
        if end is not None and end.combine(self.begin, -1).sign == -1:
            raise fault(
                Problem("LR308", f"the slice ends at {end}, before it begins at {self.begin}")
            )
        return self

    def canonical(self) -> str:
        begin = "" if self.begin.is_zero else str(self.begin)
        end = "" if self.end is None else str(self.end)
        return f"{self.body.within(POSTFIX)}[{begin}:{end}]"


def _negative_bound(body: Schedule, bound: Time, end: Time | None) -> Problem:
    length = getattr(body, "over", None)
    advice = "count from its start"
    if length is not None and end is None:
        begin = length.combine(bound, 1)
        if begin.sign in (0, 1):
            advice = f"it is {length} long: write [{begin}:]"
    return Problem(
        "LR308",
        f"a slice counts from the start of the schedule, so {bound} is before it",
        help=advice,
    )


class Modified(Schedule):
    """A schedule with a modifier: ``s * restarts(..)``, ``s * snap(..)``, ``s + noise(..)``."""

    kind: Literal["modified"] = "modified"
    body: AnySchedule
    modifier: AnyModifier

    @property
    def precedence(self) -> int:  # type: ignore[override]
        return PRODUCT if self.modifier.joins == "*" else SUM

    def canonical(self) -> str:
        body = self.body.within(self.precedence)
        return f"{body} {self.modifier.joins} {self.modifier.canonical()}"


class Pointwise(Chain):
    """``min(a, b, ..)`` and ``max(a, b, ..)``, pointwise."""

    def canonical(self) -> str:
        return f"{self.kind}({', '.join(o.canonical() for o in self.operands)})"


class Minimum(Pointwise):
    """The smallest of its operands at every moment."""

    kind: Literal["min"] = "min"
    symbol: ClassVar[str] = "min"


class Maximum(Pointwise):
    """The largest of its operands at every moment."""

    kind: Literal["max"] = "max"
    symbol: ClassVar[str] = "max"


class Clip(Schedule, Call):
    """``clip(s, lo, hi)``: s, but never below lo and never above hi."""

    kind: Literal["clip"] = "clip"
    body: AnySchedule
    lo: AnySchedule
    hi: AnySchedule
    positional: ClassVar[tuple[str, ...]] = ("body", "lo", "hi")
    terse: ClassVar[int] = 3

    @model_validator(mode="after")
    def _ordered(self) -> "Clip":
        if isinstance(self.lo, Constant) and isinstance(self.hi, Constant):
            over = self.lo.value.combine(self.hi.value, -1)
            if min(over.lr, over.constant) >= 0 and max(over.lr, over.constant) > 0:
                raise fault(
                    Problem(
                        "LR501",
                        f"clip's lower bound {self.lo} is above its upper bound {self.hi}",
                        help="it is clip(s, lowest, highest)",
                        field="lo",
                    )
                )
        return self
