"""timm's schedulers of today: the classes of timm.scheduler 1.0.31.

Below, b is a group's base rate, g is ``cycle_decay**i`` in cycle i, and u is the progress in it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

from lrdsl.algebra import Schedule
from lrdsl.python import (
    cooldown,
    cosine,
    geometric,
    hold,
    inverse,
    lr,
    max,
    multistep,
    poly,
    step,
    tanh,
)
from lrdsl.systems.arguments import Count, Natural, Number, Positive
from lrdsl.systems.host import Host
from lrdsl.systems.registry import timeless, unusable
from lrdsl.systems.timm_parts import (
    ONE,
    ZERO,
    Base,
    Curve,
    Cycles,
    Milestones,
    plateau,
    scheduler,
)

RENAMED = "timm 0.4.12's t_mul and decay_rate are called cycle_mul and cycle_decay today"
NO_CYCLE = "cycle_limit=0 is no cycle: the rate is lr_min at once (in timm 0.4.12: no limit)"
ONE_CYCLE = "with cycle_limit=1, the default, cycle_mul and cycle_decay change nothing"


def _cycled(
    shape: Schedule,
    cycles: Cycles,
    floor: Fraction,
    *,
    reached: bool,
    prefix: bool,
    meets: bool = False,
    notes: tuple[str, ...] = (),
) -> Curve:
    """Cycles over a floor that does not decay with them; `reached`: a cycle ends exactly on it."""
    if cycles.limit == 0:
        body, length = hold(value=floor), None
        notes += (NO_CYCLE,)
    else:
        body, length = cycles.of(shape), cycles.length
        if cycles.limit == 1 and (cycles.mul != 1 or cycles.decay != 1):
            notes += (ONE_CYCLE,)
    rest = None if reached or length is None else floor
    return Curve(
        body=body,
        length=length,
        rest=rest,
        stops=cycles.stops,
        prefix=prefix,
        meets=meets,
        notes=notes,
    )


def _either(
    name: str, value: Fraction | None, alias: str, old: Fraction | None
) -> tuple[Fraction, tuple[str, ...]]:
    """An argument that had another name in 0.4.12, and a note where that is used; by default 1."""
    if old is None:
        return ONE if value is None else value, ()
    if value is not None:
        raise unusable(alias, f"is what timm 0.4.12 calls {name}: give one of them")
    return old, (RENAMED,)


@scheduler("timm.tanh")
def tanh_lr(
    host: Host,
    base: Base,
    /,
    *,
    t_initial: Positive,
    lb: Number = Fraction(-7),
    ub: Number = Fraction(3),
    lr_min: Natural = ZERO,
    cycle_mul: Positive | None = None,
    cycle_decay: Positive | None = None,
    cycle_limit: Count = ONE,
    warmup_prefix: bool = False,
    t_mul: Positive | None = None,
    decay_rate: Positive | None = None,
) -> Curve:
    """TanhLRScheduler: ``lr_min + (b*g - lr_min)*(1 - tanh(lb*(1 - u) + ub*u))/2``.

    A warm-up without prefix aims at the curve. cycle_mul and cycle_decay are 1 unless given; their
    names of 0.4.12, t_mul and decay_rate, are understood.
    """
    if lb >= ub:
        raise unusable("lb", "must be less than ub")
    mul, renamed = _either("cycle_mul", cycle_mul, "t_mul", t_mul)
    decay, too = _either("cycle_decay", cycle_decay, "decay_rate", decay_rate)
    return _cycled(
        tanh(lb, ub, over=base.length(t_initial), end=lr_min),
        Cycles.counted(t_initial, mul, decay, cycle_limit),
        lr_min,
        reached=False,
        prefix=warmup_prefix,
        meets=True,
        notes=renamed or too,
    )


@scheduler("timm.cosine")
def cosine_lr(
    host: Host,
    base: Base,
    /,
    *,
    t_initial: Positive,
    lr_min: Natural = ZERO,
    cycle_mul: Positive | None = None,
    cycle_decay: Positive | None = None,
    cycle_limit: Count = ONE,
    warmup_prefix: bool = False,
    k_decay: Positive = ONE,
    t_mul: Positive | None = None,
    decay_rate: Positive | None = None,
) -> Curve:
    """CosineLRScheduler: ``lr_min + (b*g - lr_min)*(1 + cos(pi*u**k_decay))/2``.

    cycle_mul and cycle_decay are 1 unless given; their names of 0.4.12 are understood.
    """
    mul, renamed = _either("cycle_mul", cycle_mul, "t_mul", t_mul)
    decay, too = _either("cycle_decay", cycle_decay, "decay_rate", decay_rate)
    return _cycled(
        cosine(base.length(t_initial), end=lr_min, k=k_decay),
        Cycles.counted(t_initial, mul, decay, cycle_limit),
        lr_min,
        reached=True,
        prefix=warmup_prefix,
        notes=renamed or too,
    )


@scheduler("timm.poly")
def poly_lr(
    host: Host,
    base: Base,
    /,
    *,
    t_initial: Positive,
    power: Positive = Fraction(1, 2),
    lr_min: Natural = ZERO,
    cycle_mul: Positive = ONE,
    cycle_decay: Positive = ONE,
    cycle_limit: Count = ONE,
    warmup_prefix: bool = False,
    k_decay: Positive = ONE,
) -> Curve:
    """PolyLRScheduler: ``lr_min + (b*g - lr_min)*(1 - u**k_decay)**power``."""
    return _cycled(
        poly(base.length(t_initial), power=power, end=lr_min, k=k_decay),
        Cycles.counted(t_initial, cycle_mul, cycle_decay, cycle_limit),
        lr_min,
        reached=True,
        prefix=warmup_prefix,
    )


def staircase(base: Base, decay_t: Fraction, decay_rate: Fraction) -> Schedule:
    """``b*decay_rate**(t // decay_t)``."""
    if decay_rate == 1:
        return hold()
    every = base.length(decay_t)
    if not decay_rate:
        return hold(every) >> hold(value=0)
    return step(every=every, factor=decay_rate)


@scheduler("timm.step")
def step_lr(
    host: Host,
    base: Base,
    /,
    *,
    decay_t: Positive,
    decay_rate: Natural = ONE,
    warmup_prefix: bool = True,
) -> Curve:
    """StepLRScheduler: ``b*decay_rate**(t // decay_t)``."""
    return Curve(body=staircase(base, decay_t, decay_rate), prefix=warmup_prefix)


@scheduler("timm.multistep")
def multistep_lr(
    host: Host,
    base: Base,
    /,
    *,
    decay_t: Milestones,
    decay_rate: Natural = ONE,
    warmup_prefix: bool = True,
) -> Curve:
    """MultiStepLRScheduler: ``b*decay_rate**bisect_right(decay_t, t + 1)``."""
    at: list[Any] = [base.length(m - 1 if m > 1 else ZERO) for m in decay_t]
    if not at or decay_rate == 1:
        body = hold()
    elif decay_rate:
        body = multistep(at, factor=decay_rate)
    else:
        body = multistep(at[:1], to=[0])
    note = "a milestone m acts at m - 1, on purpose: timm looks at t + 1"
    return Curve(body=body, prefix=warmup_prefix, notes=(note,) if at else ())


@scheduler("timm.wsd")
def wsd_lr(
    host: Host,
    base: Base,
    /,
    *,
    t_initial: Positive,
    decay_t: Positive,
    lr_min: Natural = ZERO,
    stable_fn: Literal["constant", "rsqrt", "power"] = "constant",
    stable_timescale: Number | None = None,
    stable_power: Positive = Fraction(1, 2),
    decay_fn: Any = "1-sqrt",
    decay_power: Positive = Fraction(1, 2),
    decay_ratio: Positive = Fraction(1, 10),
) -> Curve:
    """WSDLRScheduler: ``lr_min + (max(b*stable(t), lr_min) - lr_min)*decay(u)``.

    stable is 1 or ``(1 + t/stable_timescale)**-stable_power``; the clock starts after the warm-up.
    """
    if decay_t > t_initial:
        raise unusable("decay_t", "must not be longer than t_initial")
    if decay_ratio >= 1:
        raise unusable("decay_ratio", "must be less than 1")
    scale = base.warmup_t if stable_timescale is None else stable_timescale
    if stable_fn == "constant":
        power = ZERO
    elif scale > 0:
        power = stable_power if stable_fn == "power" else Fraction(1, 2)
    else:
        raise unusable("stable_timescale", "must be positive; it is warmup_t unless given")

    until = t_initial - decay_t
    fall = _fall(decay_fn, base.length(decay_t), decay_power, decay_ratio)

    def held(decay: Schedule) -> Schedule:
        return hold(base.length(until)) >> decay if until else decay

    if not power and decay_fn != "exp":
        body: Schedule = held(fall(lr_min))
    else:
        stable: Any = inverse(scale=base.length(scale), power=power) if power else lr
        factor = held(fall(ZERO))
        body = (stable - lr_min) * factor + lr_min if lr_min else stable * factor
    lowest = float(1 + t_initial / scale) ** -float(power) if power else ONE
    if any(b * lowest < lr_min for b in host.base):
        body = max(body, lr_min)
    idle: tuple[str, ...] = ()
    if stable_fn == "constant":
        idle += host.idle("stable_timescale", "stable_power", without="a stable_fn")
    elif stable_fn == "rsqrt":
        idle += host.idle("stable_power", without="stable_fn='power'")
    if decay_fn != "power":
        idle += host.idle("decay_power", without="decay_fn='power'")
    if decay_fn != "exp":
        idle += host.idle("decay_ratio", without="decay_fn='exp'")
    return Curve(body=body, length=None if power else t_initial, notes=idle)


def _fall(name: Any, over: Any, power: Fraction, ratio: Fraction) -> Callable[[Fraction], Schedule]:
    """The decay of a WSD schedule, down to a rate."""
    if name == "exp":  # (ratio**u - ratio)/(1 - ratio), only ever down to 0
        return lambda end: 1 / (1 - ratio) * (geometric(over, end=ratio) - ratio)
    if callable(name):
        help = "decay_fn: one of linear, 1-sqrt, cosine, power, exp; or write the curve's points"
        raise timeless("a decay_fn in Python", help)
    falls: dict[Any, dict[str, Any]] = {
        "linear": {},
        "1-sqrt": {"shape": "sqrt"},
        "cosine": {"shape": "cosine"},
        "power": {"k": power},
    }
    if not isinstance(name, str) or name not in falls:
        raise unusable("decay_fn", f"{name!r} is none of {', '.join(falls)}, exp")
    return lambda end: cooldown(over, end=end, **falls[name])


@scheduler("timm.plateau")
def plateau_lr(
    host: Host,
    base: Base,
    /,
    *,
    decay_rate: Number = Fraction(1, 10),
    patience_t: Count = Fraction(10),
    threshold: Number = Fraction(1, 10_000),
    cooldown_t: Count = ZERO,
    lr_min: Natural = ZERO,
    mode: Literal["min", "max"] = "max",
) -> Curve:
    """PlateauLRScheduler, which lowers the rate when a metric has stopped to improve."""
    raise plateau(base, decay_rate)
