"""timm's schedulers of 2021: the classes of timm.scheduler 0.4.12.

Below, b is a group's base rate, g is ``decay_rate**i`` in cycle i, and u is the progress in it.
Unlike today's, the floor decays with the cycles, and ``cycle_limit=0``, the default, is no limit.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Literal

from lrdsl.algebra import Schedule
from lrdsl.python import cosine, hold, step, tanh
from lrdsl.systems.arguments import Count, Natural, Number, Positive, exact, is_short
from lrdsl.systems.host import Host
from lrdsl.systems.registry import unusable
from lrdsl.systems.timm import staircase
from lrdsl.systems.timm_parts import ONE, ZERO, Base, Curve, Cycles, plateau, scheduler
from lrdsl.values import Value


def _over_decaying_floor(
    host: Host,
    base: Base,
    shape: Callable[[Value | Fraction], Schedule],
    cycles: Cycles,
    floor: Fraction,
) -> Schedule:
    """Cycles whose end is ``floor*g``.

    A restart's decay scales what is written in lr, so the floor is written as a share of it; where
    there is no such share for all groups, the decay is a factor of its own.
    """
    if not floor or cycles.decay == 1 or cycles.limit == 1:
        return cycles.of(shape(floor))
    share = host.ratio(floor)
    if share is not None:
        return cycles.of(shape(share))
    first, length = base.length(cycles.first), cycles.length
    if cycles.mul == 1:
        decay = step(every=first, factor=cycles.decay, over=length)
    else:
        decay = cycles.of(hold(first))
    return cycles.of(shape(floor), decay=ONE) * decay


@scheduler("timm-0.4.12.tanh", scaled=False)
def tanh_lr(
    host: Host,
    base: Base,
    /,
    *,
    t_initial: Positive,
    lb: Number = Fraction(-6),
    ub: Number = Fraction(4),
    t_mul: Positive = ONE,
    lr_min: Natural = ZERO,
    decay_rate: Positive = ONE,
    warmup_prefix: bool = False,
    cycle_limit: Count = ZERO,
) -> Curve:
    """TanhLRScheduler: ``(lr_min + (b - lr_min)*(1 - tanh(lb*(1 - u) + ub*u))/2)*g``.

    After the last cycle ``lr_min*decay_rate**cycle_limit``. A warm-up without prefix aims at the
    curve.
    """
    if lb >= ub:
        raise unusable("lb", "must be less than ub")
    cycles = Cycles.counted(t_initial, t_mul, decay_rate, cycle_limit or None)
    over = base.length(t_initial)
    return Curve(
        body=_over_decaying_floor(
            host, base, lambda end: tanh(lb, ub, over=over, end=end), cycles, lr_min
        ),
        length=cycles.length,
        rest=None if cycles.limit is None else _rest(lr_min, decay_rate, cycles.limit),
        stops=cycles.stops,
        prefix=warmup_prefix,
        meets=True,
    )


def _rest(lr_min: Fraction, decay_rate: Fraction, cycles: int) -> Fraction:
    """As the float that timm has: the exact power has digits without end."""
    left = decay_rate**cycles if is_short(decay_rate, cycles) else float(decay_rate) ** cycles
    return exact(float(lr_min * left))


@scheduler("timm-0.4.12.cosine", scaled=False)
def cosine_lr(
    host: Host,
    base: Base,
    /,
    *,
    t_initial: Positive,
    t_mul: Positive = ONE,
    lr_min: Natural = ZERO,
    decay_rate: Positive = ONE,
    warmup_prefix: bool = False,
    cycle_limit: Count = ZERO,
) -> Curve:
    """CosineLRScheduler: ``(lr_min + (b - lr_min)*(1 + cos(pi*u))/2)*g``, in the end lr_min."""
    cycles = Cycles.counted(t_initial, t_mul, decay_rate, cycle_limit or None)
    over = base.length(t_initial)
    decays = lr_min and decay_rate != 1 and cycles.limit not in (None, 1)
    return Curve(
        body=_over_decaying_floor(host, base, lambda end: cosine(over, end=end), cycles, lr_min),
        length=cycles.length,
        rest=lr_min if decays else None,
        stops=cycles.stops,
        prefix=warmup_prefix,
    )


@scheduler("timm-0.4.12.step", scaled=False)
def step_lr(host: Host, base: Base, /, *, decay_t: Positive, decay_rate: Natural = ONE) -> Curve:
    """StepLRScheduler: ``b*decay_rate**(t // decay_t)``, whose clock runs during the warm-up."""
    return Curve(body=staircase(base, decay_t, decay_rate), prefix=False)


@scheduler("timm-0.4.12.plateau", scaled=False)
def plateau_lr(
    host: Host,
    base: Base,
    /,
    *,
    decay_rate: Number = Fraction(1, 10),
    patience_t: Count = Fraction(10),
    verbose: bool = True,
    threshold: Number = Fraction(1, 10_000),
    cooldown_t: Count = ZERO,
    lr_min: Natural = ZERO,
    mode: Literal["min", "max"] = "max",
) -> Curve:
    """PlateauLRScheduler, which lowers the rate when a metric has stopped to improve."""
    raise plateau(base, decay_rate)
