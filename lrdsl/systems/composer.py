"""MosaicML composer's schedulers (composer.optim.scheduler 0.32.1): multiples of the base rate.

With a warm-up, a curve runs from the warm-up's end to ``t_max``: ``(t - t_warmup)/(t_max -
t_warmup)`` is its progress. Its milestones count from the run's start all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial

from lrdsl.algebra import Schedule
from lrdsl.python import (
    cosine,
    exponential,
    hold,
    linear,
    lr,
    multistep,
    pct,
    poly,
    restarts,
    step,
    warmup,
)
from lrdsl.systems.arguments import Natural, Number, Positive
from lrdsl.systems.cycles import truncated
from lrdsl.systems.host import Host
from lrdsl.systems.registry import Draft, system, unusable
from lrdsl.systems.trainer import EPOCH, RUN, UNITS, Length, Moment, Moments, Trainer, Written
from lrdsl.values import Value

_ZERO, _TENTH, _ONE, _TWO = Fraction(0), Fraction(1, 10), Fraction(1), Fraction(2)

Shape = Callable[..., Schedule]


def _share(alpha: Fraction) -> Value | None:
    """A start; None where it is the one that a segment has of itself."""
    return None if alpha == 1 else alpha * lr


def _cut(schedule: Schedule, length: Length) -> Schedule:
    """A schedule that ends with a length, but not after the run."""
    return schedule[: 100 * pct] if length.exceeds else schedule


def _over(shape: Shape, length: Length, start: Value | None = None) -> Schedule:
    """A shape from the run's start."""
    over = None if length.share == 1 else length.time
    return _cut(shape(over=over, start=start), length)


def _drops(milestones: list[Length], gamma: Fraction) -> Schedule:
    """``gamma ** (milestones reached)``."""
    at = [length.time for length in milestones]
    if not at:
        return hold()
    return multistep([*at], gamma) if gamma else multistep([*at[:1]], to=[0])


def _poly(power: Fraction, alpha_f: Fraction) -> Shape:
    """``alpha_f + (1 - alpha_f)*(1 - x)**power``."""
    if power in (0, 1):
        return partial(linear, end=alpha_f * lr) if power else hold
    return partial(poly, power=power, end=alpha_f * lr)


def _constant(alpha: Fraction, length: Length) -> Schedule:
    """Alpha while ``t < t_max``, then 1."""
    if alpha == 1 or length.fills:
        return hold(value=_share(alpha))
    return hold(length.time, value=alpha * lr) >> hold(value=lr)


@system("composer.StepScheduler")
def step_scheduler(host: Host, /, *, step_size: Moment, gamma: Natural = _TENTH) -> Draft:
    """``gamma ** int(t / step_size)``."""
    trainer = Trainer.of(host)
    every = trainer.period("step_size", step_size)
    return trainer.draft(step(every.time, gamma) if gamma else _drops([every], gamma), step_size)


@system("composer.MultiStepScheduler")
def multi_step(host: Host, /, *, milestones: Moments, gamma: Natural = _TENTH) -> Draft:
    """``gamma ** (how many milestones <= t)``."""
    trainer = Trainer.of(host)
    return trainer.draft(_drops(trainer.ordered(milestones), gamma), *milestones)


@system("composer.ConstantScheduler")
def constant(host: Host, /, *, alpha: Number = _ONE, t_max: Moment = RUN) -> Draft:
    """Alpha while ``t < t_max``, then 1."""
    trainer = Trainer.of(host)
    return trainer.draft(_constant(alpha, trainer.period("t_max", t_max)), t_max)


@system("composer.LinearScheduler")
def linear_scheduler(
    host: Host, /, *, alpha_i: Number = _ONE, alpha_f: Number = _ZERO, t_max: Moment = RUN
) -> Draft:
    """``alpha_i + (alpha_f - alpha_i)*min(1, t / t_max)``."""
    trainer = Trainer.of(host)
    shape = partial(linear, end=alpha_f * lr)
    curve = _over(shape, trainer.period("t_max", t_max), _share(alpha_i))
    return trainer.draft(curve, t_max)


@system("composer.ExponentialScheduler")
def exponential_scheduler(host: Host, /, *, gamma: Positive, decay_period: Moment = EPOCH) -> Draft:
    """``gamma ** (t / decay_period)``."""
    trainer = Trainer.of(host)
    every = trainer.period("decay_period", decay_period)
    return trainer.draft(exponential(every.time, gamma), decay_period)


@system("composer.CosineAnnealingScheduler")
def cosine_annealing(host: Host, /, *, t_max: Moment = RUN, alpha_f: Number = _ZERO) -> Draft:
    """``alpha_f + (1 - alpha_f)*(1 + cos(pi*min(1, t / t_max)))/2``."""
    trainer = Trainer.of(host)
    shape = partial(cosine, end=alpha_f * lr)
    return trainer.draft(_over(shape, trainer.period("t_max", t_max)), t_max)


@system("composer.CosineAnnealingWarmRestartsScheduler")
def warm_restarts(
    host: Host, /, *, t_0: Moment, t_mult: Natural = _ONE, alpha_f: Number = _ZERO
) -> Draft:
    """The same, again and again, the next ``int(t_mult * length)`` long."""
    trainer = Trainer.of(host)
    first = trainer.period("t_0", t_0)
    shape = partial(cosine, end=alpha_f * lr)
    if t_mult >= 1 and (t_mult.denominator == 1 or first.broken):
        return trainer.draft(shape(first.time) * restarts(t_mul=t_mult), t_0)
    room, unit = trainer.run
    if first.counted is None or room is None or first.unit != unit:
        raise unusable("_state", f"max_duration is needed: t_mult truncates cycles of {t_0}")
    begin = Fraction(int(first.counted))

    def cycle(length: Fraction, again: bool) -> Schedule:
        own = first.time if length == first.counted else length * UNITS[unit]
        return shape(own, start=lr if again else None)

    curve, end = truncated(cycle, begin, t_mult, room, "t_mult")
    if end is None:
        return trainer.draft(curve, t_0)
    note = "composer truncates the cycles' lengths to whole batches, samples or tokens"
    return trainer.draft(curve, *(() if first.broken else (t_0,)), note=note, end=end)


@system("composer.PolynomialScheduler")
def polynomial(
    host: Host, /, *, power: Natural, t_max: Moment = RUN, alpha_f: Number = _ZERO
) -> Draft:
    """``alpha_f + (1 - alpha_f)*(1 - min(1, t / t_max))**power``."""
    trainer = Trainer.of(host)
    return trainer.draft(_over(_poly(power, alpha_f), trainer.period("t_max", t_max)), t_max)


# --- after a warm-up ------------------------------------------------------------------------------


class _WarmUp:
    """A linear warm-up. Composer scales its slope by ssr, if `scale_warmup`, but never its end."""

    def __init__(
        self, host: Host, written: Written, scale: bool, t_max: Written, peak: Fraction = _ONE
    ) -> None:
        self.trainer = Trainer.of(host)
        self.written = written, t_max
        self.peak = peak * lr
        self.length = self.trainer.length(written, scaled=False)
        self.end = self.trainer.period("t_max", t_max)
        slope = self.length
        if scale and written.amount:
            slope = self.trainer.period("t_warmup", written)
        self.jumps = self.waits = False
        if slope.time != self.length.time:
            self.jumps, self.waits = self.trainer.ssr > 1, self.trainer.ssr < 1
        self.start = self.peak if self.jumps else None  # of what follows
        order = self.length.beyond(self.end)
        self.late = order is not None and order >= 0  # t_max has passed when it ends
        self.ramp = self._ramp(slope)

    def _ramp(self, slope: Length) -> Schedule:
        ramp = warmup(slope.time, end=self.peak)
        if self.waits:
            ramp = ramp >> hold(self.length.time - slope.time)
        return _cut(ramp[: self.length.time] if self.jumps else ramp, self.length)

    def then(self, shape: Shape) -> Schedule:
        """A shape from the warm-up's end to t_max; it does not begin where that has passed."""
        if self.length.time.is_zero:
            return _over(shape, self.end, None if self.peak == lr else self.peak)
        if self.length.fills:
            return self.ramp
        if self.late:
            return self.ramp >> hold(value=self.start)
        if self.end.share == 1:
            return self.ramp >> shape(start=self.start)
        if self.end.exceeds:
            left = self.end.time - self.length.time
            return _cut(self.ramp >> shape(over=left, start=self.start), self.end)
        return self.ramp >> shape(until=self.end.time, start=self.start)

    def draft(self, schedule: Schedule, *times: Written) -> Draft:
        note = ""
        if self.jumps or self.waits:
            note = "composer scales the warm-up's slope by ssr, not its end; so does the program"
        return self.trainer.draft(schedule, *self.written, *times, note=note)


@system("composer.MultiStepWithWarmupScheduler")
def multi_step_with_warmup(
    host: Host,
    /,
    *,
    t_warmup: Moment,
    milestones: Moments,
    gamma: Natural = _TENTH,
    scale_warmup: bool = False,
) -> Draft:
    """``t / t_warmup``, then ``gamma ** (how many milestones <= t)``."""
    warm = _WarmUp(host, t_warmup, scale_warmup, RUN)
    drops = _drops(warm.trainer.ordered(milestones), gamma)
    if warm.length.fills:
        drops = warm.ramp
    elif t_warmup.amount:
        drops = warm.ramp | drops
    return warm.draft(drops, *milestones)


@system("composer.ConstantWithWarmupScheduler")
def constant_with_warmup(
    host: Host,
    /,
    *,
    t_warmup: Moment,
    alpha: Number = _ONE,
    t_max: Moment = RUN,
    scale_warmup: bool = False,
) -> Draft:
    """``alpha * t / t_warmup``, then alpha while ``t < t_max``, then 1."""
    warm = _WarmUp(host, t_warmup, scale_warmup, t_max, alpha)
    if not t_warmup.amount:
        curve = _constant(alpha, warm.end)
    elif warm.length.fills:
        curve = warm.ramp
    elif alpha == 1 or warm.end.fills:
        curve = warm.ramp >> hold(value=warm.start)
    elif warm.late:
        curve = warm.ramp >> hold(value=lr)
    else:
        curve = warm.ramp >> hold(until=warm.end.time, value=warm.start) >> hold(value=lr)
    return warm.draft(curve)


@system("composer.LinearWithWarmupScheduler")
def linear_with_warmup(
    host: Host,
    /,
    *,
    t_warmup: Moment,
    alpha_i: Number = _ONE,
    alpha_f: Number = _ZERO,
    t_max: Moment = RUN,
    scale_warmup: bool = False,
) -> Draft:
    """``alpha_i * t / t_warmup``, then linear from alpha_i to alpha_f."""
    warm = _WarmUp(host, t_warmup, scale_warmup, t_max, alpha_i)
    return warm.draft(warm.then(partial(linear, end=alpha_f * lr)))


@system("composer.CosineAnnealingWithWarmupScheduler")
def cosine_annealing_with_warmup(
    host: Host,
    /,
    *,
    t_warmup: Moment,
    t_max: Moment = RUN,
    alpha_f: Number = _ZERO,
    scale_warmup: bool = False,
) -> Draft:
    """``t / t_warmup``, then half a cosine from 1 to alpha_f."""
    warm = _WarmUp(host, t_warmup, scale_warmup, t_max)
    return warm.draft(warm.then(partial(cosine, end=alpha_f * lr)))


@system("composer.PolynomialWithWarmupScheduler")
def polynomial_with_warmup(
    host: Host,
    /,
    *,
    t_warmup: Moment,
    power: Natural = _TWO,
    t_max: Moment = RUN,
    alpha_f: Number = _ZERO,
    scale_warmup: bool = False,
) -> Draft:
    """``t / t_warmup``, then ``alpha_f + (1 - alpha_f)*(1 - x)**power``."""
    warm = _WarmUp(host, t_warmup, scale_warmup, t_max)
    return warm.draft(warm.then(_poly(power, alpha_f)))
