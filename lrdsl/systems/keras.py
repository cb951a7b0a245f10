"""Keras' schedules: those of TensorFlow 2.4 and 2.13, and of Keras 3.

A Keras schedule is given its rate itself, `initial_learning_rate`, so this is what ``lr`` stands
for where no other base rate is known. In the formulas s is ``min(step, decay_steps)``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from itertools import pairwise
from typing import Any

from lrdsl.algebra import Schedule
from lrdsl.python import (
    cosine,
    exponential,
    gaussian,
    hold,
    inverse,
    linear,
    lr,
    multistep,
    poly,
    restarts,
    snap,
    step,
    warmup,
    wave,
)
from lrdsl.systems.arguments import Integer, Natural, Number, Positive, ticks
from lrdsl.systems.cycles import cycles_before
from lrdsl.systems.host import Host
from lrdsl.systems.registry import Draft, system, unusable
from lrdsl.values import Value

HALF = Fraction(1, 2)
SEED = 42  # of the language


def _every(name: str) -> tuple[str, str, str]:
    return f"tf2.4.{name}", f"tf2.13.{name}", f"keras3.{name}"


def _initial(host: Host, value: Fraction) -> Value:
    return host.assuming(value).rate(value)


def _start(rate: Value) -> Value | None:
    """The `start` of a curve that is entered at the base rate."""
    return None if rate == lr else rate


def _plus(curve: Schedule, rate: Value) -> Schedule:
    return curve + rate if rate != 0 * lr else curve


@system("tf2.13.CosineDecay", "keras3.CosineDecay")
def cosine_decay(
    host: Host,
    /,
    *,
    initial_learning_rate: Number,
    decay_steps: Positive,
    alpha: Number = Fraction(0),
    name: str | None = None,
    warmup_target: Number | None = None,
    warmup_steps: Natural = Fraction(0),
) -> Draft:
    """``lr0*((1 - alpha)*(1 + cos(pi*s/decay_steps))/2 + alpha)``.

    With a `warmup_target` a straight line from `initial_learning_rate` to it comes before, and the
    cosine is its multiple; ``lr`` stands for the target then.
    """
    warmed = warmup_target is not None and bool(warmup_steps)
    highest = initial_learning_rate if warmup_target is None else warmup_target
    known = host.assuming(highest)
    peak = known.rate(highest)
    curve = cosine(ticks(decay_steps), start=None if warmed else _start(peak), end=alpha * peak)
    notes = []
    if warmed:
        low = known.rate(initial_learning_rate)
        curve = warmup(ticks(warmup_steps), start=low, end=peak) >> curve
    elif warmup_steps:
        notes.append("Keras ignores warmup_steps where there is no warmup_target")
    elif warmup_target is not None:
        notes.append("without warmup_steps Keras ignores initial_learning_rate")
    if warmup_target is not None and not host.base:
        notes.append("lr stands for warmup_target")
    return Draft(curve, notes=tuple(notes))


@system("tf2.4.CosineDecay")
def cosine_decay_2_4(
    host: Host,
    /,
    *,
    initial_learning_rate: Number,
    decay_steps: Positive,
    alpha: Number = Fraction(0),
    name: str | None = None,
) -> Draft:
    """The same without a warm-up."""
    return cosine_decay(
        host, initial_learning_rate=initial_learning_rate, decay_steps=decay_steps, alpha=alpha
    )


@system(*_every("CosineDecayRestarts"))
def cosine_decay_restarts(
    host: Host,
    /,
    *,
    initial_learning_rate: Number,
    first_decay_steps: Positive,
    t_mul: Positive = Fraction(2),
    m_mul: Natural = Fraction(1),
    alpha: Number = Fraction(0),
    name: str | None = None,
) -> Draft:
    """``lr0*((1 - alpha)*m_mul**i*(1 + cos(pi*f))/2 + alpha)`` at the share f of cycle i.

    `m_mul` lowers what stands above the floor ``alpha*lr0``, which stays where it is.
    """
    peak = _initial(host, initial_learning_rate)
    first, floor, above = ticks(first_decay_steps), alpha * peak, (1 - alpha) * peak
    if alpha == 1:
        return Draft(hold(value=_start(peak)))
    if not m_mul:  # the first cycle, and the floor for ever
        return Draft(cosine(first, start=_start(peak), end=floor))
    cycles: dict[str, Any] = {"t_mul": t_mul, "decay": m_mul}
    run: dict[str, Any] = {}
    notes: tuple[str, ...] = ()
    if t_mul < 1:  # infinitely many cycles in a finite time
        end = math.ceil(first_decay_steps / (1 - t_mul))
        cycles["limit"] = cycles_before(end, first_decay_steps, t_mul)
        run = {"total": end}
        notes = (f"cycles that shrink end: from step {end} on Keras returns NaN",)
    if m_mul == 1:
        curve = cosine(first, start=_start(peak), end=floor) * restarts(**cycles)
    elif peak.constant:  # an absolute rate stays as it is in every cycle: here it is a factor's
        curve = _plus(hold(value=above) * (cosine(first) * restarts(**cycles)), floor)
    else:
        curve = _plus(cosine(first, start=_start(above)) * restarts(**cycles), floor)
    return Draft(curve, run=run, notes=notes)


@system("tf2.4.LinearCosineDecay", "tf2.13.LinearCosineDecay")
def linear_cosine_decay(
    host: Host,
    /,
    *,
    initial_learning_rate: Number,
    decay_steps: Positive,
    num_periods: Number = HALF,
    alpha: Number = Fraction(0),
    beta: Number = Fraction(1, 1000),
    name: str | None = None,
) -> Draft:
    """``lr0*((alpha + 1 - u)*(1 + cos(2*pi*num_periods*u))/2 + beta)``, u = s/decay_steps.

    Bello et al. 2017, "Neural Optimizer Search with RL".
    """
    return Draft(_waved(host, initial_learning_rate, decay_steps, num_periods, alpha, beta))


def _waved(
    host: Host,
    initial: Fraction,
    length: Fraction,
    periods: Fraction,
    alpha: Fraction,
    beta: Fraction,
    noise: Callable[[Value | None], Schedule] | None = None,
) -> Schedule:
    """``(line + alpha)*wave + beta``; half a period is a cosine, and none is 1.

    The noise, if any, stands beside the line, and is given its start.
    """
    peak = _initial(host, initial)
    start = _start(peak)
    line = linear(ticks(length), start=start)
    if noise is not None:
        line += noise(start)
    if not periods:
        return _plus(line, (alpha + beta) * peak)
    half = abs(periods) == HALF
    fall = cosine(ticks(length)) if half else wave(ticks(length), periods=abs(periods))
    return _plus(_plus(line, alpha * peak) * fall, beta * peak)


@system("tf2.13.NoisyLinearCosineDecay")
def noisy_linear_cosine_decay(
    host: Host,
    /,
    *,
    initial_learning_rate: Number,
    decay_steps: Positive,
    initial_variance: Natural = Fraction(1),
    variance_decay: Number = Fraction(55, 100),
    num_periods: Number = HALF,
    alpha: Number = Fraction(0),
    beta: Number = Fraction(1, 1000),
    seed: Integer | None = None,
    name: str | None = None,
) -> Draft:
    """LinearCosineDecay with noise beside the line.

    A normal draw of variance ``initial_variance/(1 + s)**variance_decay``.
    """
    silent = num_periods % 1 == HALF  # the wave is 0 from decay_steps on

    def noise(start: Value | None) -> Schedule:
        draws = partial(
            gaussian, initial_variance, start=start, seed=SEED if seed is None else int(seed)
        )
        if not variance_decay or (silent and variance_decay > 0):
            return draws(decay=variance_decay)
        # s, and the variance with it, stays what it is at decay_steps; gaussian's would not
        return draws() * inverse(over=ticks(decay_steps), scale=1, power=variance_decay / 2)

    shape = (decay_steps, num_periods, alpha, beta)
    if not initial_variance:
        return Draft(_waved(host, initial_learning_rate, *shape))
    note = "one draw for each step, the same at every call; TensorFlow draws anew at every call"
    return Draft(_waved(host, initial_learning_rate, *shape, noise), notes=(note,))


@system("tf2.4.NoisyLinearCosineDecay")
def noisy_linear_cosine_decay_2_4(
    host: Host,
    /,
    *,
    initial_learning_rate: Number,
    decay_steps: Positive,
    initial_variance: Natural = Fraction(1),
    variance_decay: Number = Fraction(55, 100),
    num_periods: Number = HALF,
    alpha: Number = Fraction(0),
    beta: Number = Fraction(1, 1000),
    name: str | None = None,
) -> Draft:
    """The same without a seed."""
    return noisy_linear_cosine_decay(
        host,
        initial_learning_rate=initial_learning_rate,
        decay_steps=decay_steps,
        initial_variance=initial_variance,
        variance_decay=variance_decay,
        num_periods=num_periods,
        alpha=alpha,
        beta=beta,
    )


@system(*_every("ExponentialDecay"))
def exponential_decay(
    host: Host,
    /,
    *,
    initial_learning_rate: Number,
    decay_steps: Positive,
    decay_rate: Positive,
    staircase: bool = False,
    name: str | None = None,
) -> Draft:
    """``lr0*decay_rate**(step/decay_steps)``; a staircase with the exponent's floor."""
    peak = _initial(host, initial_learning_rate)
    kind = step if staircase else exponential
    return Draft(kind(every=ticks(decay_steps), factor=decay_rate, start=_start(peak)))


@system(*_every("InverseTimeDecay"))
def inverse_time_decay(
    host: Host,
    /,
    *,
    initial_learning_rate: Number,
    decay_steps: Positive,
    decay_rate: Natural,
    staircase: bool = False,
    name: str | None = None,
) -> Draft:
    """``lr0/(1 + decay_rate*step/decay_steps)``; a staircase with the floor of the ratio."""
    peak = _initial(host, initial_learning_rate)
    if not decay_rate:
        return Draft(hold(value=_start(peak)))
    curve = inverse(scale=ticks(decay_steps / decay_rate), power=1, start=_start(peak))
    return Draft(curve * snap(ticks(decay_steps)) if staircase else curve)


@system(*_every("PolynomialDecay"))
def polynomial_decay(
    host: Host,
    /,
    *,
    initial_learning_rate: Number,
    decay_steps: Positive,
    end_learning_rate: Number = Fraction(1, 10_000),
    power: Natural = Fraction(1),
    cycle: bool = False,
    name: str | None = None,
) -> Draft:
    """``(lr0 - end)*(1 - s/decay_steps)**power + end``.

    With `cycle`, decay_steps is multiplied by c, the number of the cycle from 1 on:
    ``1 - step/(c*decay_steps)`` is ``(1 - v)/c`` at the share v of the cycle, so the cycles are of
    one length and ``c**power`` times lower.
    """
    known = host.assuming(initial_learning_rate)
    peak, end = known.rate(initial_learning_rate), known.rate(end_learning_rate)
    length = ticks(decay_steps)
    if not power:
        return Draft(hold(value=_start(peak)))

    def fall(start: Value, end: Value) -> Schedule:
        if power == 1:
            return linear(length, start=_start(start), end=end)
        return poly(length, start=_start(start), power=power, end=end)

    if not cycle:
        return Draft(fall(peak, end))
    lower = inverse(scale=length, power=power) * snap(length)
    curve = fall(peak - end, 0 * lr) * restarts() * lower
    note = (
        "a cycle starts at each multiple of decay_steps, as Keras' documentation says; "
        "Keras itself is one step late there and gives end_learning_rate"
    )
    return Draft(_plus(curve, end), notes=(note,))


@system(*_every("PiecewiseConstantDecay"))
def piecewise_constant_decay(
    host: Host,
    /,
    *,
    boundaries: list[Number],
    values: list[Number],
    name: str | None = None,
) -> Draft:
    """``values[i]`` while ``boundaries[i - 1] < step <= boundaries[i]``.

    No rate is the initial one by name, so all are absolute where no base rate is known.
    """
    if len(values) != len(boundaries) + 1:
        message = f"{len(boundaries) + 1} are wanted for {len(boundaries)} boundaries"
        raise unusable("values", message, "give one value more than boundaries")
    if not boundaries:
        raise unusable("boundaries", "Keras needs at least one")
    if any(a > b for a, b in pairwise(boundaries)):
        raise unusable("boundaries", "they must not decrease")
    # Keras cuts the boundaries to the integer type of the step
    at: list[Any] = [int(b) + 1 for b in boundaries]
    reached = sum(b < 1 for b in at)  # before the first step
    at, values = at[reached:], values[reached:]
    rates: list[Any] = [host.rate(v) for v in values]
    start = _start(rates[0])
    note = "a boundary is inclusive in Keras: a milestone stands one step after it"
    if not at:
        return Draft(hold(value=start), notes=(note,))
    spellings = [multistep(at, to=rates[1:], start=start)]
    ratios = {b / a if a else Fraction(0) for a, b in pairwise(values)}
    if len(ratios) == 1 and min(ratios) > 0:
        spellings.insert(0, multistep(at, factor=ratios.pop(), start=start))
    return Draft(min(spellings, key=lambda s: len(str(s))), notes=(note,))
