"""Composer's time strings, and the trainer's run that they are read for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cmp_to_key
from math import floor
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BeforeValidator

from lrdsl.algebra import Schedule
from lrdsl.python import ep, ex, pct, st, tok
from lrdsl.systems.arguments import AtLeastOne, Positive, exact
from lrdsl.systems.host import Host
from lrdsl.systems.registry import Draft, read, unusable
from lrdsl.values import Time, show_number

UNITS = {"ep": ep, "ba": st, "sp": ex, "tok": tok, "dur": 100 * pct}
_TIME = re.compile(r"(\d[\d_]*\.?\d*|\.\d+)(e[-+]?\d+)?\s*([a-z]+)")
_CONVERSIONS = {"sp": "examples_per_step", "tok": "tokens_per_step"}


@dataclass(frozen=True, slots=True)
class Written:
    """A time as composer writes it: ``10ep``, ``20ba``, ``0.5dur``, ``1000tok``, ``64sp``."""

    amount: Fraction
    unit: str

    @classmethod
    def read(cls, value: Any) -> Written:
        """A time string.

        Raises:
            ValueError: it is none, or counts what a schedule cannot.
        """
        if isinstance(value, cls):
            return value
        match = _TIME.fullmatch(value.strip().lower()) if isinstance(value, str) else None
        if match is None:
            raise ValueError(f"a time such as '10ep', '20ba' or '0.5dur' is wanted, not {value!r}")
        if match[3] not in UNITS:
            raise ValueError(f"{value!r} is in {match[3]}; ep, ba, dur, sp and tok have a schedule")
        amount = exact(match[1].replace("_", "") + (match[2] or ""))
        if match[3] != "dur" and amount.denominator != 1:
            raise ValueError(f"{value!r} is not a whole number, which only dur need not be")
        return cls(amount, match[3])

    def __str__(self) -> str:
        return f"{show_number(self.amount)}{self.unit}"


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _not_a_share(value: Written) -> Written:
    if value.unit == "dur" or not value.amount:
        raise ValueError(f"{value} says no length")
    return value


Moment: TypeAlias = Annotated[Written, BeforeValidator(Written.read)]
Moments: TypeAlias = Annotated[tuple[Moment, ...], BeforeValidator(_several)]

Duration: TypeAlias = Annotated[Moment, AfterValidator(_not_a_share)]

RUN, EPOCH = Written(Fraction(1), "dur"), Written(Fraction(1), "ep")


@dataclass(frozen=True, slots=True)
class Length:
    """A time as the program has it.

    Attributes:
        time: in the program's units.
        counted: in batches, samples or tokens; None where that is not known.
        share: of the run; None where that is not known.
        unit: what `counted` counts.
    """

    time: Time
    counted: Fraction | None
    share: Fraction | None
    unit: str

    @property
    def broken(self) -> bool:
        """Whether it is a share of the run that composer would truncate."""
        return self.counted is not None and self.counted.denominator != 1

    @property
    def fills(self) -> bool:
        """Whether it is known to last as long as the run, or longer."""
        return self.share is not None and self.share >= 1

    @property
    def exceeds(self) -> bool:
        """Whether it is known to be longer than the run."""
        return self.share is not None and self.share > 1

    def beyond(self, other: Length) -> int | None:
        """1, 0 or -1, as it is longer than the other; None where that is not known."""
        mine, its = self.share, other.share
        if self.counted is not None and other.counted is not None and self.unit == other.unit:
            mine, its = self.counted, other.counted
        return None if mine is None or its is None else (mine > its) - (mine < its)


def _order(a: Length, b: Length) -> int:
    return a.beyond(b) or 0


@dataclass(frozen=True, slots=True)
class Trainer:
    """The run that composer's ``state`` describes.

    Attributes:
        duration: ``max_duration``, as it is after composer has scaled it.
        batches: of an epoch, ``dataloader_len``.
        ssr: the scale schedule ratio. All times but shares are multiplied by it and truncated to
            whole batches, samples or tokens.
    """

    duration: Written | None = None
    batches: Fraction | None = None
    ssr: Fraction = Fraction(1)

    @classmethod
    def of(cls, host: Host) -> Trainer:
        """The trainer of ``_state``; without one, of a run whose total may be known."""
        state = host.about.get("state")
        if state is None:
            return cls(None if host.total is None else Written(host.total, "ba"))
        if not isinstance(state, Mapping):
            raise unusable("_state", "max_duration, dataloader_len and ssr are wanted")
        return _trainer(host, **read("_state", _trainer, state))

    @property
    def run(self) -> tuple[Fraction | None, str]:
        """The run's batches, samples or tokens, where they are known, and which of them."""
        return self._counted(self.duration) if self.duration else (None, "ba")

    def length(self, written: Written, *, scaled: bool = True) -> Length:
        """A time of the schedule."""
        run, of = self.run
        if written.unit == "dur":
            counted = None if run is None else written.amount * run
            return Length(written.amount * UNITS["dur"], counted, written.amount, of)
        ssr = self.ssr if scaled else Fraction(1)
        counted, unit = self._counted(written, ssr)
        time = written.amount * ssr * UNITS[written.unit]
        if (written.amount * ssr).denominator != 1:
            if counted is None:
                raise unusable("_state", f"dataloader_len is needed to scale {written} by ssr")
            time = counted * UNITS[unit]
        if counted is None or not run or unit != of:
            return Length(time, counted, None, unit)
        return Length(time, counted, counted / run, unit)

    def period(self, argument: str, written: Written) -> Length:
        """A time that may not be zero."""
        length = self.length(written)
        if length.time.is_zero:
            raise unusable(argument, f"{written} is no length", "at least one batch is wanted")
        return length

    def ordered(self, times: Iterable[Written]) -> list[Length]:
        """Times of the schedule, the earliest first."""
        return sorted(map(self.length, times), key=cmp_to_key(_order))

    def _counted(self, time: Written, ssr: Fraction = Fraction(1)) -> tuple[Fraction | None, str]:
        if time.unit != "ep":
            return Fraction(floor(time.amount * ssr)), time.unit
        if self.batches is None:
            return None, "ba"
        return Fraction(floor(time.amount * self.batches * ssr)), "ba"

    def draft(
        self, schedule: Schedule, *times: Written, note: str = "", end: Fraction | None = None
    ) -> Draft:
        """A schedule of these times, for the run, or for what of it is counted until `end`."""
        run: dict[str, Any] = {}
        total, unit = self.run
        total = end or total
        if total is not None:
            run["total"] = total if unit == "ba" else str(total * UNITS[unit])
        elif self.duration:
            run["total"] = str(self.duration.amount * ep)
        if self.batches is not None:
            run["steps_per_epoch"] = self.batches
        notes = [note] if note else []
        for time in times:
            length = self.length(time)
            if length.broken and length.counted:
                less = f"{floor(length.counted)}{length.unit}"
                notes.append(f"composer truncates {time} to {less}, the program does not")
        units = {time.unit for time in (*times, self.duration) if time}
        for unit in sorted(units & set(_CONVERSIONS)):
            notes.append(
                f"for the program's times lrdsl.compile needs {_CONVERSIONS[unit]} as well"
            )
        return Draft(schedule, run=run, notes=tuple(notes))


def _trainer(
    host: Host,
    /,
    *,
    max_duration: Duration,
    dataloader_len: AtLeastOne | None = None,
    ssr: Positive = Fraction(1),
) -> Trainer:
    return Trainer(max_duration, dataloader_len, ssr)
