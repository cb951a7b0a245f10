"""The JSON form of a program (SPEC 17), and times in ticks (SPEC 3)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Node = dict[str, Any]

MOST_CYCLES = 2_000
MOST_BITS = 512  # of a time: larger ones are rounded (SPEC 13), and here nothing is


class TooLarge(Exception):
    """The program is beyond this evaluator, which counts everything one by one and exactly."""


def read(text: str) -> Node:
    """A tree from its JSON; its numbers are exact."""
    return json.loads(text, parse_float=Fraction, parse_int=Fraction)


def number(x: Any) -> Fraction:
    """A JSON number, or ``"p/q"``."""
    return Fraction(x)


@dataclass(frozen=True)
class Host:
    """What the host says: the total in ticks, and what a tick is (SPEC 3)."""

    total: Fraction | None
    tick: str = "st"
    steps_per_epoch: Fraction | None = None
    tokens_per_step: Fraction | None = None
    examples_per_step: Fraction | None = None

    def ticks(self, time: Any) -> Fraction:
        """A time in ticks: a number of them, or amounts of units."""
        if not isinstance(time, dict):
            time = {self.tick: time}
        ticks = sum((self._amount(unit, number(n)) for unit, n in time.items()), Fraction(0))
        if max(ticks.numerator.bit_length(), ticks.denominator.bit_length()) > MOST_BITS:
            raise TooLarge("a time of more bits than the language keeps")
        return ticks

    def _amount(self, unit: str, n: Fraction) -> Fraction:
        if unit == "%":
            assert self.total is not None
            return n * self.total / 100
        if unit == self.tick:
            return n
        return n * self._steps(unit) / self._steps(self.tick)

    def _steps(self, unit: str) -> Fraction:
        if unit == "st":
            return Fraction(1)
        rate = {
            "ep": self.steps_per_epoch,
            "tok": self.tokens_per_step,
            "ex": self.examples_per_step,
        }[unit]
        assert rate is not None
        return Fraction(rate) if unit == "ep" else 1 / Fraction(rate)
