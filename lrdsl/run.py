"""The run that a program is resolved for: its length, its tick, and how units convert."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, cast

from lrdsl.diagnostics import Problem, closest
from lrdsl.values import (
    LARGEST,
    LONG_NAMES,
    MAGNITUDES,
    NO_FLOAT,
    TICKS,
    UNITS,
    Time,
    finite,
    number,
    show_number,
    show_quantity,
)

Overflow = Literal["error", "truncate"]

# How many optimizer steps one unit is, as the run argument that says so and its direction.
CONVERSIONS = {
    "ep": "steps_per_epoch",
    "tok": "tokens_per_step",
    "ex": "examples_per_step",
}


@dataclass(frozen=True, slots=True)
class Run:
    """A run in exact rationals.

    Attributes:
        total: how many ticks it has; None where it is open-ended.
        tick: the unit of a tick: ``ep st ex tok``, or None where no program needs to know.
        steps_per_epoch, tokens_per_step, examples_per_step: conversions, where they are known.
        overflow: what becomes of lengths that exceed the run.
        written: the unit that lengths are written in, where it is one, and not the tick's.
    """

    total: Fraction | None = None
    tick: str | None = None
    steps_per_epoch: Fraction | None = None
    tokens_per_step: Fraction | None = None
    examples_per_step: Fraction | None = None
    overflow: Overflow = "error"
    written: str | None = field(default=None, compare=False)

    def steps(self, unit: str) -> Fraction | None:
        """Optimizer steps in one unit."""
        if unit == "st":
            return Fraction(1)
        rate: Fraction | None = getattr(self, CONVERSIONS[unit])
        if rate is None:
            return None
        return rate if unit == "ep" else 1 / rate

    def ticks(self, time: Time) -> Fraction:
        """A time in ticks.

        Raises:
            Problem: a share of a run without a total (LR701), a tick that is not known (LR702), or
                a conversion that is missing (LR703).
        """
        return sum((self._ticks(unit, amount) for unit, amount in time.amounts), Fraction(0))

    def _ticks(self, unit: str, amount: Fraction) -> Fraction:
        if unit in (TICKS, self.tick):
            return amount
        if unit == "%":
            if self.total is None:
                raise Problem(
                    "LR701",
                    f"{show_number(amount)}% is a share of the run, whose total is not given",
                    help='give the total: total="90ep" or total=112590',
                )
            return amount / 100 * self.total
        if self.tick is None:
            raise Problem(
                "LR702",
                f"it is not known what a tick is, so {show_number(amount)}{unit} has no length",
                help='give the total with a unit, as in total="90ep", or name the tick: tick="st"',
            )
        steps, per_tick = self.steps(unit), self.steps(self.tick)
        if steps is None or per_tick is None:
            missing = [CONVERSIONS[u] for u in (unit, self.tick) if self.steps(u) is None]
            raise Problem(
                "LR703",
                f"{show_number(amount)}{unit} does not convert to ticks, which are "
                f"{LONG_NAMES[self.tick]}s here, without {' and '.join(missing)}",
                help=f"give {' and '.join(f'{m}=..' for m in missing)}",
            )
        return amount * steps / per_tick

    def show(self, ticks: Fraction | None) -> str:
        """A moment or a length in ticks, for people."""
        if ticks is None:
            return "the end"
        whole = ticks.denominator < 10**6 or abs(ticks) > LARGEST
        text = show_number(ticks) if whole else f"{float(ticks):.6g}"
        if "/" in text or len(text) > 20:
            text = f"{Decimal(ticks.numerator) / ticks.denominator:.6g}"
        return f"{text}{self.tick or ''}"

    def tell(self, ticks: Fraction | None) -> str:
        """The same to the author, in the unit that was written too: ``7820st (20ep)``.

        Where that is no whole number, the author hardly wrote it, and it is left out.
        """
        shown = self.show(ticks)
        if ticks is None or self.tick is None or self.written is None:
            return shown
        steps, per_tick = self.steps(self.written), self.steps(self.tick)
        if steps is None or per_tick is None:
            return shown
        other = ticks * per_tick / steps
        if other.denominator != 1:
            return shown
        return f"{shown} ({show_quantity(other, self.written)})"

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data: what is not given is left out."""
        data: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if f.compare and value is not None and value != f.default:
                data[f.name] = show_number(value) if isinstance(value, Fraction) else value
        return data


def make_run(
    units: Iterable[str],
    *,
    total: Time | Fraction | None,
    tick: str | None,
    steps_per_epoch: object = None,
    tokens_per_step: object = None,
    examples_per_step: object = None,
    overflow: str = "error",
) -> Run:
    """The run for a program whose times carry these units.

    Raises:
        Problem: an unusable argument (LR704), or a tick that cannot be known (LR702).
    """
    if overflow not in ("error", "truncate"):
        raise Problem("LR704", f'overflow is "error" or "truncate", not {overflow!r}')
    rates = {
        name: _rate(name, value)
        for name, value in (
            ("steps_per_epoch", steps_per_epoch),
            ("tokens_per_step", tokens_per_step),
            ("examples_per_step", examples_per_step),
        )
    }
    named = None if tick is None else _unit(tick)
    if isinstance(total, Time) and total.units == (TICKS,):
        total = total.amounts[0][1]
    written = set(units)
    named_units = written - {TICKS, "%"}
    known = named or _inferred(total, named_units, rates, counted=TICKS in written)
    said = named_units | set(total.units if isinstance(total, Time) else ()) - {TICKS, "%"}
    others = said - {known}
    other = others.pop() if len(others) == 1 else None
    run = Run(
        None,
        known,
        rates["steps_per_epoch"],
        rates["tokens_per_step"],
        rates["examples_per_step"],
        cast("Overflow", overflow),
        other,
    )
    if total is None:
        return run
    if isinstance(total, Time) and "%" in total.units:
        raise Problem("LR704", f"the total is the run's length, and {total} is a share of it")
    ticks = total if isinstance(total, Fraction) else run.ticks(total)
    if ticks > LARGEST:
        raise Problem("LR704", "the total is larger than a float can hold")
    if ticks <= NO_FLOAT:
        raise Problem("LR704", f"the total must be positive, not {show_number(ticks)}")
    return replace(run, total=ticks)


def _inferred(
    total: Time | Fraction | None,
    units: set[str],
    rates: dict[str, Fraction | None],
    *,
    counted: bool,
) -> str | None:
    if isinstance(total, Time):
        own = set(total.units)
        if len(own) > 1:
            raise Problem(
                "LR702",
                f"the total {total} mixes units, so it does not say what a tick is",
                help='name the tick: tick="st"',
            )
        return own.pop() if own else None
    given = [name for name, rate in rates.items() if rate is not None]
    if len(units) == 1:
        (unit,) = units
        if unit == "st" or not given:
            return unit
        raise Problem(
            "LR702",
            f"the program counts in {LONG_NAMES[unit]}s and {given[0]} is given, so a tick may be "
            f"a step or {'an' if unit in ('ep', 'ex') else 'a'} {LONG_NAMES[unit]}",
            help=f'name the tick, the period of the updates: tick="st" or tick="{unit}"',
        )
    if counted and total is None:
        raise Problem(
            "LR702",
            "the program counts in ticks, and nothing says what a tick is",
            help='give the total, as in total="90ep", name the tick: tick="st", or give the '
            "numbers a unit",
        )
    if units:
        raise Problem(
            "LR702",
            f"the program counts in {' and '.join(LONG_NAMES[u] + 's' for u in sorted(units))}, "
            "so it does not say what a tick is",
            help='give the total with a unit, as in total="90ep", or name the tick: tick="st"',
        )
    return None


def _unit(tick: object) -> str:
    unit = UNITS.get(tick) if isinstance(tick, str) else None
    if unit is None or unit == "%":
        meant = closest(str(tick), [u for u in UNITS if u != "%"])
        raise Problem(
            "LR704",
            f"a tick is ep, st, ex or tok, not {tick!r}",
            help=f"did you mean {meant}?" if meant else None,
        )
    return unit


def _rate(name: str, value: object) -> Fraction | None:
    if value is None:
        return None
    try:
        size = MAGNITUDES.get(value[-1:]) if isinstance(value, str) else None  # 3.2M
        rate = finite(number(value) if size is None else number(str(value)[:-1]) * size)
    except Problem as p:
        raise Problem("LR704", f"{name}: {p.message}", help=p.help) from None
    if rate <= NO_FLOAT:
        raise Problem("LR704", f"{name} must be positive, not {show_number(rate)}")
    return rate
