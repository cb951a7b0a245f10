"""Exact numbers, times and values: what a program's literals mean, before any run is known.

`Time` is a sum of quantities in different units, `Value` is ``p*lr + q``; both are exact rationals
and validate from, and serialize to, plain JSON.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, TypeAlias, TypeVar, cast

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from lrdsl.diagnostics import LrdslError, Problem, Span

# --- numbers --------------------------------------------------------------------------------------

NUMBER_BITS = 4096  # beyond this, arithmetic on literals is refused
LARGEST = Fraction(1.7976931348623157e308)
NO_FLOAT = Fraction(1, 2**1075)  # as a float it is 0: the smallest there is 2^-1074


def number(value: object) -> Fraction:
    """The exact rational that a number spells: ``0.1`` is one tenth.

    Raises:
        Problem: not a number (LR201), or not finite (LR502).
    """
    if isinstance(value, bool):
        raise Problem("LR201", f"a number is wanted here, not {value}")
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int):
        return limited(Fraction(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Problem("LR502", f"{value} is not a finite number")
        return Fraction(repr(float(value)))
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise Problem("LR502", f"{value} is not a finite number")
        return limited(Fraction(value))
    if isinstance(value, str):
        return from_decimal(value)
    if hasattr(value, "__float__") and not hasattr(value, "__len__"):
        return number(float(value))  # a numpy scalar
    raise Problem("LR201", f"a number is wanted here, not {type(value).__name__}")


def from_decimal(text: str) -> Fraction:
    """The rational that ``1e-5`` or ``1/3`` spells."""
    digits, _, exponent = text.lower().partition("e")
    if len(exponent.lstrip("+-0")) > 3:
        raise Problem("LR604", "an exponent has at most 3 digits")
    if len(digits) > 1200:
        raise Problem("LR604", "this number is too long")
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise Problem("LR201", f"{text!r} is not a number") from None


def limited(value: Fraction) -> Fraction:
    """The value itself, if its size is within bounds."""
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > NUMBER_BITS:
        raise Problem("LR604", "this number is too large, or too long, to compute with")
    return value


def finite(value: Fraction) -> Fraction:
    """The value itself, if a float can hold it."""
    if abs(value) > LARGEST:
        raise Problem("LR502", "this value is larger than a float can hold")
    return value


def show_number(value: Fraction) -> str:
    """The shortest usual spelling: ``30``, ``0.00025``, ``1e-5``, ``1/3``."""
    if value.denominator == 1 and abs(value.numerator) < 10**15:
        return str(value.numerator)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1 or value.denominator.bit_length() > 2000:
        return f"{value.numerator}/{value.denominator}"
    sign, digits, exponent = _decimal(value)
    point = len(digits) + exponent  # where the point stands: 0.digits * 10**point
    if -4 < point <= 16:
        if point <= 0:
            return f"{sign}0.{'0' * -point}{digits}"
        if exponent >= 0:
            return f"{sign}{digits}{'0' * exponent}"
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if point > 1000:  # an exponent has at most three digits
        return f"{sign}{digits}{'0' * (exponent - 999)}e{min(exponent, 999)}"
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{sign}{mantissa}e{point - 1}"


def _decimal(value: Fraction) -> tuple[str, str, int]:
    twos = fives = 0
    rest = value.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    whole = str(abs(value.numerator) * 10**places // value.denominator)
    digits = whole.rstrip("0")
    return "-" if value < 0 else "", digits, len(whole) - len(digits) - places


def plain(value: Fraction) -> int | float | str:
    """A JSON number where that is exact, else ``"p/q"``."""
    if value.denominator == 1 and abs(value.numerator) < 2**53:
        return value.numerator
    if abs(value) <= LARGEST:
        nearest = float(value)
        if Fraction(repr(nearest)) == value:
            return nearest
    return f"{value.numerator}/{value.denominator}"


# --- times ----------------------------------------------------------------------------------------

TICKS = ""  # the unit of a bare number
UNITS: dict[str, str] = {
    **dict.fromkeys(("ep", "epoch", "epochs"), "ep"),
    **dict.fromkeys(("st", "step", "steps"), "st"),
    **dict.fromkeys(("ex", "example", "examples", "sample", "samples"), "ex"),
    **dict.fromkeys(("tok", "token", "tokens"), "tok"),
    "%": "%",
}
MAGNITUDES = {"k": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
LONG_NAMES = {"ep": "epoch", "st": "step", "ex": "example", "tok": "token"}
_ORDER = {unit: i for i, unit in enumerate(("%", "tok", "ex", "ep", "st", TICKS))}


@dataclass(frozen=True, slots=True, init=False)
class Time:
    """A length or a moment: an exact amount of each unit, such as ``30% - 1st``.

    Python spelling: ``5*ep``, ``30*pct - 1*st``.
    """

    amounts: tuple[tuple[str, Fraction], ...]

    def __init__(self, amounts: Mapping[str, Fraction]) -> None:
        kept = [(u, limited(a)) for u, a in amounts.items() if a]
        kept.sort(key=lambda pair: _ORDER[pair[0]])
        object.__setattr__(self, "amounts", tuple(kept))

    def __reduce__(self) -> tuple[Any, ...]:
        return Time, (dict(self.amounts),)

    @classmethod
    def ticks(cls, amount: Fraction) -> Time:
        """A bare number as a time."""
        return cls({TICKS: amount})

    @property
    def units(self) -> tuple[str, ...]:
        return tuple(u for u, _ in self.amounts)

    @property
    def is_zero(self) -> bool:
        return not self.amounts

    @property
    def sign(self) -> int | None:
        """1, 0 or -1 where that is known without a run."""
        signs = {1 if a > 0 else -1 for _, a in self.amounts}
        return 0 if not signs else signs.pop() if len(signs) == 1 else None

    def combine(self, other: Time, sign: int) -> Time:
        """The sum (sign 1) or the difference (sign -1)."""
        amounts = dict(self.amounts)
        for unit, amount in other.amounts:
            amounts[unit] = amounts.get(unit, Fraction(0)) + sign * amount
        return Time(amounts)

    def scaled(self, factor: Fraction) -> Time:
        return Time({u: a * factor for u, a in self.amounts})

    def __add__(self, other: Time) -> Time:
        return cast("Time", spelled("+", self, other))

    def __sub__(self, other: Time) -> Time:
        return cast("Time", spelled("-", self, other))

    def __mul__(self, factor: float | Fraction) -> Time:
        return cast("Time", spelled("*", self, factor))

    def __rmul__(self, factor: float | Fraction) -> Time:
        return cast("Time", spelled("*", factor, self))

    def __truediv__(self, divisor: float | Fraction) -> Time:
        return cast("Time", spelled("/", self, divisor))

    def __neg__(self) -> Time:
        return self.scaled(Fraction(-1))

    def __str__(self) -> str:
        signed = sorted(self.amounts, key=lambda pair: pair[1] < 0)  # 5ep - 20%, not -20% + 5ep
        return join_terms([(a, show_quantity(abs(a), u)) for u, a in signed]) or "0"

    @classmethod
    def validate(cls, value: object) -> Time:
        """From a time, a bare number (ticks), or ``{"ep": 5}``."""
        if isinstance(value, Time):
            return value
        if isinstance(value, Value):
            if not value.lr:
                return cls.validate(value.constant)
            raise Problem("LR201", f"a time is wanted here, not the value {value}")
        if isinstance(value, Mapping):
            unknown = [u for u in value if u not in _ORDER or u == TICKS]
            if unknown:
                raise Problem("LR202", f"unknown unit {unknown[0]!r}")
            return cls({u: number(a) for u, a in value.items()})
        amount = number(value)
        if 0 < abs(amount) < 1:
            shown = show_number(amount)
            raise Problem(
                "LR203",
                f"{shown} as a time needs a unit: a bare number counts whole ticks",
                help=f"for a share of the run write {show_number(amount * 100)}%; "
                f"for a part of an epoch or a step, {shown}ep or {shown}st",
            )
        return cls.ticks(amount)

    def plain(self) -> Any:
        """JSON: a number of ticks, or an amount for each unit."""
        if self.units in ((), (TICKS,)):
            return plain(self.amounts[0][1]) if self.amounts else 0
        return {u: plain(a) for u, a in self.amounts}

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return checked(cls.validate, cls.plain)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        units = [u for u in _ORDER if u]
        return {
            "title": "Time",
            "description": "a number of ticks, or an amount for each unit",
            "anyOf": [
                _NUMBER_SCHEMA,
                {
                    "type": "object",
                    "properties": dict.fromkeys(units, _NUMBER_SCHEMA),
                    "additionalProperties": False,
                },
            ],
        }


def show_quantity(amount: Fraction, unit: str) -> str:
    """``5ep``, ``10kst``, ``260Btok``: a magnitude where it makes a round number shorter."""
    text = show_number(amount)
    if unit != "%" and amount >= 10_000 and amount % 1000 == 0:
        spelled = [show_number(amount / size) + mark for mark, size in MAGNITUDES.items()]
        text = min([text, *spelled], key=len)
    if "/" in text and unit:
        return f"{text}*1{unit}" if amount.numerator != 1 else f"1{unit}/{amount.denominator}"
    return text + unit


# --- values ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Value:
    """A rate ``lr*p + q``: `lr` is the share of the group's base value, `constant` is absolute.

    Python spelling: ``0.1*lr``, ``lr - 1e-3``.
    """

    lr: Fraction
    constant: Fraction

    def combine(self, other: Value, sign: int) -> Value:
        """The sum (sign 1) or the difference (sign -1)."""
        return Value(
            limited(self.lr + sign * other.lr), limited(self.constant + sign * other.constant)
        )

    def scaled(self, factor: Fraction) -> Value:
        return Value(limited(self.lr * factor), limited(self.constant * factor))

    def __add__(self, other: Value | float | Fraction) -> Value:
        return cast("Value", spelled("+", self, other))

    def __radd__(self, other: float | Fraction) -> Value:
        return cast("Value", spelled("+", other, self))

    def __sub__(self, other: Value | float | Fraction) -> Value:
        return cast("Value", spelled("-", self, other))

    def __rsub__(self, other: float | Fraction) -> Value:
        return cast("Value", spelled("-", other, self))

    def __mul__(self, factor: float | Fraction) -> Value:
        return cast("Value", spelled("*", self, factor))

    def __rmul__(self, factor: float | Fraction) -> Value:
        return cast("Value", spelled("*", factor, self))

    def __truediv__(self, divisor: float | Fraction) -> Value:
        return cast("Value", spelled("/", self, divisor))

    def __neg__(self) -> Value:
        return self.scaled(Fraction(-1))

    def __str__(self) -> str:
        return (
            join_terms(
                [
                    (self.lr, show_share(abs(self.lr)) if self.lr else ""),
                    (self.constant, show_number(abs(self.constant)) if self.constant else ""),
                ]
            )
            or "0"
        )

    @classmethod
    def validate(cls, value: object) -> Value:
        """From a value, a number (absolute), or ``{"lr": 0.1, "plus": 1e-5}``."""
        if isinstance(value, Value):
            result = value
        elif isinstance(value, Time):
            raise time_for_value(value)
        elif isinstance(value, Mapping):
            unknown = [k for k in value if k not in ("lr", "plus")]
            if unknown:
                raise Problem("LR201", f"a value has the parts lr and plus, not {unknown[0]!r}")
            zero = Fraction(0)
            result = cls(number(value.get("lr", zero)), number(value.get("plus", zero)))
        else:
            result = cls(Fraction(0), number(value))
        finite(result.lr)
        finite(result.constant)
        return result

    def plain(self) -> Any:
        """JSON: a number, or ``{"lr": .., "plus": ..}``."""
        if not self.lr:
            return plain(self.constant)
        parts = {"lr": plain(self.lr)}
        if self.constant:
            parts["plus"] = plain(self.constant)
        return parts

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return checked(cls.validate, cls.plain)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {
            "title": "Value",
            "description": "an absolute rate, or a share of the base value plus a rate",
            "anyOf": [
                _NUMBER_SCHEMA,
                {
                    "type": "object",
                    "properties": {"lr": _NUMBER_SCHEMA, "plus": _NUMBER_SCHEMA},
                    "additionalProperties": False,
                },
            ],
        }


def time_for_value(time: Time) -> Problem:
    """The error for a time where a value is wanted, with what was meant where that is clear."""
    shares = [a for u, a in time.amounts if u == "%"]
    if time.units == ("%",):
        return Problem(
            "LR205",
            f"{time} is a time (a share of the run), and a value is wanted here",
            help=f"write {Value(shares[0] / 100, Fraction(0))} for that share of the base rate",
        )
    return Problem("LR205", f"{time} is a time, and a value (a learning rate) is wanted here")


def show_share(p: Fraction) -> str:
    """``lr``, ``0.1*lr``, ``lr/3``."""
    if p == 1:
        return "lr"
    text = show_number(p)
    if "/" in text and p.numerator == 1:
        return f"lr/{p.denominator}"
    return f"{text}*lr"


def join_terms(terms: list[tuple[Fraction, str]]) -> str:
    """Signed terms with their signs between them; the empty ones left out."""
    text = ""
    for amount, shown in terms:
        if amount:
            sign = "-" if amount < 0 else "+"
            text += f" {sign} {shown}" if text else f"{'-' if amount < 0 else ''}{shown}"
    return text


# --- arithmetic -----------------------------------------------------------------------------------

Scalar: TypeAlias = "Fraction | Time | Value"


def arithmetic(op: str, a: Scalar, b: Scalar) -> Scalar:
    """``a op b`` for ``+ - * /`` between numbers, times and values, exactly.

    Raises:
        Problem: operands that cannot be combined (LR204), division by zero (LR502).
    """
    if op in ("+", "-"):
        return _added(op, a, b)
    if op == "*":
        if isinstance(a, Fraction):
            return limited(a * b) if isinstance(b, Fraction) else b.scaled(a)
        if isinstance(b, Fraction):
            return a.scaled(b)
        share = share_of_value(a, b)
        raise Problem(
            "LR204",
            f"{_described(a)} and {_described(b)} cannot be multiplied",
            help=f"that share of the rate is {share}"
            if share is not None
            else "one of the two must be a plain number",
        )
    if not isinstance(b, Fraction):
        raise Problem(
            "LR204", f"{_described(a)} cannot be divided by {_described(b)}: only by a plain number"
        )
    if b == 0:
        raise Problem("LR502", "division by zero")
    return limited(a / b) if isinstance(a, Fraction) else a.scaled(1 / b)


def _added(op: str, a: Scalar, b: Scalar) -> Scalar:
    sign = 1 if op == "+" else -1
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return limited(a + sign * b)
    if isinstance(a, Time) and isinstance(b, Time):
        return a.combine(b, sign)
    if isinstance(a, Time) or isinstance(b, Time):
        verb = "added" if op == "+" else "subtracted"
        other = b if isinstance(a, Time) else a
        advice = None
        if isinstance(other, Fraction):
            unit = next(iter((a if isinstance(a, Time) else b).units), "st")  # type: ignore[union-attr]
            advice = f"give the number a unit, such as {show_quantity(other, unit)}"
        raise Problem("LR204", f"{_described(a)} and {_described(b)} cannot be {verb}", help=advice)
    return Value.validate(a).combine(Value.validate(b), sign)


def share_of_value(a: Scalar, b: Scalar) -> Value | None:
    """What ``10%*lr`` was meant to be: ``0.1*lr``."""
    for time, value in ((a, b), (b, a)):
        if isinstance(time, Time) and time.units == ("%",) and isinstance(value, Value):
            return value.scaled(time.amounts[0][1] / 100)
    return None


def _described(item: Scalar) -> str:
    if isinstance(item, Fraction):
        return f"the number {show_number(item)}"
    return f"the {'time' if isinstance(item, Time) else 'value'} {item}"


def spelled(op: str, a: object, b: object) -> Scalar:
    """`arithmetic` for the operators of the Python spelling, which take plain numbers too."""
    for operand in (a, b):
        if not isinstance(operand, int | float | Fraction | Time | Value):
            return NotImplemented  # type: ignore[no-any-return]
    try:
        left, right = (x if isinstance(x, Time | Value) else number(x) for x in (a, b))
        return arithmetic(op, left, right)
    except Problem as p:
        text = f"{a} {op} {b}"
        raise LrdslError([p.at(Span(0, len(text)))], text) from None


# --- pydantic -------------------------------------------------------------------------------------

_NUMBER_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?\d+/\d+$"}]}

R = TypeVar("R")


def checked(validate: Callable[[Any], R], serialize: Callable[[R], Any]) -> core_schema.CoreSchema:
    """A core schema around a validator that raises `Problem`."""

    def run(value: object) -> R:
        try:
            return validate(value)
        except Problem as p:
            raise PydanticCustomError(
                p.code,
                "{message}",
                {"message": p.message, "help": p.help},
            ) from None

    def written(value: Any) -> Any:
        # pydantic 2.7 asks each member of a union, also for a word such as `next`
        return value if isinstance(value, str) else serialize(value)

    return core_schema.no_info_plain_validator_function(
        run, serialization=core_schema.plain_serializer_function_ser_schema(written)
    )


class _Number:
    """Pydantic's view of an exact number."""

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return checked(cls.validate, plain)

    @staticmethod
    def validate(value: object) -> Fraction:
        if isinstance(value, Time):
            raise Problem("LR201", f"a number is wanted here, not the time {value}")
        if isinstance(value, Value):
            if value.lr:
                raise Problem(
                    "LR201",
                    f"a number is wanted here, not the value {value}",
                    help="a plain number is a ratio or a count; lr is the base rate",
                )
            return value.constant
        return finite(number(value))

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return dict(_NUMBER_SCHEMA)


Num = Annotated[Fraction, _Number]
