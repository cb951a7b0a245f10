"""The kinds of argument that other systems' constructors take, read exactly.

Each is a type for a system's signature; pydantic reads the arguments with them, so that a number
may come as a number or, from a command line, as its text.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator

from lrdsl.diagnostics import Problem
from lrdsl.python import ep, st
from lrdsl.values import LARGEST, NUMBER_BITS, Time, number, show_number

_LONG = 14  # a decimal with as many digits is the float of something shorter, if of anything
_DENOMINATORS = 1000


def exact(value: Any) -> Fraction:
    """The number that was meant: ``0.1`` is one tenth, ``0.3333333333333333`` one third.

    Raises:
        ValueError: not a finite number.
    """
    try:
        read = number(value.strip() if isinstance(value, str) else value)
    except Problem as p:
        raise ValueError(p.message) from None
    if abs(read) > LARGEST:
        raise ValueError("this number is larger than a float can hold")
    if isinstance(value, float) and len(show_number(read).strip("-0.")) >= _LONG:
        near = read.limit_denominator(_DENOMINATORS)
        if float(near) == value:
            return near
    return read


def is_short(base: Fraction, exponent: int) -> bool:
    """Whether the exact power is short enough to compute with."""
    return abs(exponent) * max(n.bit_length() for n in base.as_integer_ratio()) <= NUMBER_BITS


def _where(holds: Callable[[Fraction], bool], wanted: str) -> AfterValidator:
    def validate(value: Fraction) -> Fraction:
        if not holds(value):
            raise ValueError(f"{show_number(value)} is not {wanted}")
        return value

    return AfterValidator(validate)


Number: TypeAlias = Annotated[Fraction, BeforeValidator(exact)]
Positive: TypeAlias = Annotated[Number, _where(lambda x: x > 0, "positive")]
Natural: TypeAlias = Annotated[Number, _where(lambda x: x >= 0, "zero or positive")]
Share: TypeAlias = Annotated[Number, _where(lambda x: 0 <= x <= 1, "between 0 and 1")]


def _several(value: Any) -> Any:
    """A value as the list of one: a scheduler's argument may be given once, or for each group."""
    if isinstance(value, list | tuple) and not value:
        raise ValueError("a number is wanted, or one for each parameter group")
    return value if isinstance(value, list | tuple) else (value,)


PerGroup: TypeAlias = Annotated[tuple[Number, ...], BeforeValidator(_several)]
"""One number for all parameter groups, or one for each."""


def whole(value: Fraction) -> Fraction:
    if value.denominator != 1:
        raise ValueError(f"{show_number(value)} is not an integer")
    return value


Integer: TypeAlias = Annotated[Number, AfterValidator(whole)]
Count: TypeAlias = Annotated[Natural, AfterValidator(whole)]
AtLeastOne: TypeAlias = Annotated[Positive, AfterValidator(whole)]


def ticks(amount: Fraction, interval: str = "step") -> Time | Fraction:
    """A number of the system's own steps or epochs as a length.

    The language wants a unit for less than one, which could as well be a share of the run; only
    there is it written.
    """
    return amount * (ep if interval == "epoch" else st) if 0 < amount < 1 else amount
