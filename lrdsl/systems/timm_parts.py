"""What timm's schedulers share: their base class, the warm-up, the noise and the cycles.

Source: `timm.scheduler.scheduler.Scheduler`, 0.4.12 and 1.0.31. A scheduler's own file gives the
curve; `scheduler` adds the arguments of the base class to it.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, TypeAlias, get_type_hints

from pydantic import BeforeValidator, PlainValidator

from lrdsl.algebra import Modifier, Schedule
from lrdsl.diagnostics import LrdslError
from lrdsl.layout.cycles import MAX_CYCLES
from lrdsl.python import hold, multistep, noise, restarts, warmup
from lrdsl.systems.arguments import Integer, Natural, Number, exact, ticks
from lrdsl.systems.cycles import cycles_before
from lrdsl.systems.host import Host
from lrdsl.systems.registry import Draft, Interval, System, system, timeless, unusable
from lrdsl.values import Time, show_number

ZERO, ONE = Fraction(0), Fraction(1)
_FAR = 64  # as a power of two: a time that no run gets to


def _window(value: Any) -> tuple[Fraction, Fraction | None] | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        return exact(value), None
    if len(value) < 2:
        raise ValueError("two moments are wanted, or one number")
    return exact(value[0]), exact(value[1])


Window: TypeAlias = Annotated[tuple[Fraction, Fraction | None] | None, PlainValidator(_window)]
"""When there is noise: from a moment on, or from one moment to another."""


def _rising(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        raise ValueError("a list of milestones is wanted")
    times = [exact(v) for v in value]
    if times != sorted(times):
        raise ValueError("milestones are wanted in order")
    return times


Milestones: TypeAlias = Annotated[tuple[Number, ...], BeforeValidator(_rising)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """The arguments that every scheduler takes beside those of its curve.

    No subclass passes `noise_type` and `param_group_field` on; they are here because both are set
    on instances.
    """

    warmup_t: Natural = ZERO
    warmup_lr_init: Natural = ZERO
    t_in_epochs: bool = True
    noise_range_t: Window = None
    noise_pct: Number = Fraction("0.67")
    noise_std: Number = ONE
    noise_seed: Integer | None = Fraction(42)
    noise_type: str = "normal"
    initialize: bool = True
    param_group_field: str = "lr"

    @property
    def interval(self) -> Interval:
        return "epoch" if self.t_in_epochs else "step"

    def length(self, amount: Fraction) -> Time | Fraction:
        return ticks(amount, self.interval)

    def over(self, curve: Schedule, *, prefix: bool, meets: bool) -> Schedule:
        """A curve with its warm-up: before it (`prefix`), or over its beginning."""
        if not self.warmup_t:
            return curve
        ramp: dict[str, Any] = {"over": self.length(self.warmup_t), "start": self.warmup_lr_init}
        if prefix or curve == hold():
            return warmup(**ramp) >> curve
        return (warmup(**ramp, end="next") if meets else warmup(**ramp)) | curve

    def noise(self, scaled: bool) -> Modifier | None:
        """The noise, if there is any; ``scaled``: whether this version honours noise_std."""
        normal = self.noise_type == "normal"
        begin, until = self.noise_range_t or (ZERO, ZERO)
        after = begin if begin > 0 else ZERO
        std = self.noise_std if normal and scaled else ONE
        if (until is not None and until <= after) or not std:
            return None
        if self.noise_pct <= 0:
            raise unusable("noise_pct", f"{show_number(self.noise_pct)} is not positive")
        window = {} if until is None else {"until": self.length(until)}
        try:
            return noise(
                self.noise_pct,
                std=std,
                seed=42 if self.noise_seed is None else int(self.noise_seed),
                after=self.length(after),
                kind="normal" if normal else "uniform",
                **window,
            )
        except LrdslError as e:
            raise unusable("noise_std", e.diagnostics[0].message) from None

    def notes(self, host: Host, scaled: bool) -> list[str]:
        found: list[str] = []
        if self.noise_range_t is None:
            found += host.idle("noise_pct", "noise_std", "noise_seed", without="noise_range_t")
        if not self.warmup_t:
            found += host.idle("warmup_lr_init", "warmup_prefix", without="warmup_t")
        if self.noise_type != "normal":
            found.append("timm's schedulers do not take noise_type: set it on the instance")
        if self.noise_range_t is not None and self.noise_std != 1 and not scaled:
            found.append("timm 0.4.12 ignores noise_std")
        if self.param_group_field != "lr":
            found.append("timm's schedulers do not take param_group_field: they drive lr")
        if not self.initialize:
            found.append("with initialize=False the base rate is the groups' initial_lr")
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Curve:
    """A curve, and how a warm-up and the time after it go with it.

    Attributes:
        body: the curve, on its own clock.
        length: how long it is; None where it goes on for ever.
        rest: the rate after it, where that is not the curve's exit.
        stops: the moment of its clock from which timm itself raises.
        prefix: whether it waits for the warm-up.
        meets: whether a warm-up over it aims at it, and not at the base rate.
        notes: what a reader should know.
    """

    body: Schedule
    length: Fraction | None = None
    rest: Fraction | None = None
    stops: Fraction | None = None
    prefix: bool = True
    meets: bool = False
    notes: tuple[str, ...] = ()


def scheduler(name: str, *, scaled: bool = True) -> Callable[[Callable[..., Curve]], System]:
    """Register a function that gives a curve, with the arguments of the base class beside its own.

    Args:
        name: the system's name.
        scaled: whether this version honours noise_std.
    """
    shared = inspect.signature(Base).parameters

    def register(curve: Callable[..., Curve]) -> System:
        def make(host: Host, /, **given: Any) -> Draft:
            base = Base(**{k: v for k, v in given.items() if k in shared})
            own = {k: v for k, v in given.items() if k not in shared}
            return _assembled(host, base, curve(host, base, **own), scaled)

        first, _, *own = inspect.signature(curve).parameters.values()
        vars(make)["__signature__"] = inspect.Signature([first, *own, *shared.values()])
        hints = (get_type_hints(source, include_extras=True) for source in (Base, curve))
        make.__annotations__ = {k: v for source in hints for k, v in source.items()}
        make.__doc__ = curve.__doc__
        return system(name)(make)

    return register


def _assembled(host: Host, base: Base, curve: Curve, scaled: bool) -> Draft:
    shift = base.warmup_t if curve.prefix else ZERO
    if curve.stops is not None and base.warmup_t >= curve.stops + shift:
        raise unusable("warmup_t", "the cycles, which shrink, have all ended before the warm-up")
    end = None if curve.length is None else curve.length + shift
    known = (host.total, None if curve.stops is None else Fraction(math.ceil(curve.stops + shift)))
    total = min((t for t in known if t is not None), default=None)
    noisy = base.noise(scaled)

    schedule = curve.body
    if end is not None and (total is None or total > end or base.warmup_t >= end):
        until = base.noise_range_t[1] if noisy and base.noise_range_t else ZERO
        if curve.rest is not None:
            schedule = schedule >> hold(value=curve.rest)
        elif until is None or until > end:  # noise lasts as long as what it is added to
            schedule = schedule >> hold()
    schedule = base.over(schedule, prefix=curve.prefix, meets=curve.meets)
    run: dict[str, Any] = {} if total is None else {"total": total}
    if total is not None and max(end or ZERO, base.warmup_t) > total:
        run["overflow"] = "truncate"
    return Draft(
        schedule if noisy is None else schedule + noisy,
        interval=base.interval,
        run=run,
        notes=(*curve.notes, *base.notes(host, scaled)),
    )


@dataclass(frozen=True, slots=True)
class Cycles:
    """Cycles of length ``first*mul**i`` that start from ``decay**i`` times the base rate.

    Attributes:
        limit: how many there are; None where they go on for ever.
    """

    first: Fraction
    mul: Fraction = ONE
    decay: Fraction = ONE
    limit: int | None = None

    @property
    def length(self) -> Fraction | None:
        """How long all of them are; None for ever."""
        return None if self.limit is None else cycle_length(self.first, self.mul, self.limit)

    @property
    def stops(self) -> Fraction | None:
        """The moment before which all cycles end that shrink; timm takes a logarithm of 0 there."""
        return self.first / (1 - self.mul) if self.mul < 1 else None

    @classmethod
    def counted(
        cls, first: Fraction, mul: Fraction, decay: Fraction, limit: Fraction | None
    ) -> Cycles:
        """Cycles to a limit; one that no run gets to, as people write for no limit, is none."""
        if limit is None or (
            (mul != 1 and limit > MAX_CYCLES)
            or (mul > 1 and limit * Fraction(math.log2(mul)) > _FAR)
        ):
            return cls(first, mul, decay)
        return cls(first, mul, decay, int(limit))

    def of(self, body: Schedule, *, decay: Fraction | None = None) -> Schedule:
        """A body again and again."""
        limit = self._enough() if self.limit is None else self.limit
        if limit == 1:
            return body
        times = {} if limit is None else {"limit": limit}
        return body * restarts(t_mul=self.mul, decay=decay or self.decay, **times)

    def _enough(self) -> int | None:
        """As many as begin at ticks: cycles that shrink are infinitely many before they stop."""
        stops = self.stops
        if stops is None:
            return None
        # one more than its whole ticks need: timm also takes times between them
        return cycles_before(math.ceil(stops), self.first, self.mul) + 1


def cycle_length(first: Fraction, mul: Fraction, count: int) -> Fraction:
    """The sum of ``first*mul**i``, i = 0 .. count - 1."""
    if mul == 1:
        return first * count
    count = min(count, MAX_CYCLES)  # the language lays out no more
    return first * (mul**count - 1) / (mul - 1)


def plateau(base: Base, decay_rate: Fraction) -> LrdslError:
    """The refusal of a PlateauLRScheduler, with what to write in its place."""
    drops = multistep([30, 60], factor=decay_rate if 0 < decay_rate < 1 else Fraction(1, 10))
    instead = base.over(drops, prefix=True, meets=False)
    return timeless(
        "a plateau scheduler, which goes by a metric,",
        f"write down when the rate shall drop, as in {instead}",
    )
