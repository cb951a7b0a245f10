"""timm's factories: schedulers by name, from a training script's options.

Source: `timm.scheduler.scheduler_factory`, `create_scheduler` and `create_scheduler_v2` of 1.0.31
and `create_scheduler` of 0.4.12. The run is as long as the factory says.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator

from lrdsl.python import hold
from lrdsl.systems import timm, timm_0412
from lrdsl.systems.arguments import Count, Integer, Natural, Number, Positive
from lrdsl.systems.host import Host
from lrdsl.systems.registry import Draft, refused, system, unusable
from lrdsl.systems.timm_parts import ONE, ZERO, Milestones, cycle_length

PCT, TENTH, SEED = Fraction("0.67"), Fraction(1, 10), Fraction(42)


def _several(value: Any) -> Any:
    if isinstance(value, list | tuple) and not value:
        raise ValueError("one share or two are wanted")
    return value if value is None or isinstance(value, list | tuple) else (value,)


Shares: TypeAlias = Annotated[tuple[Number, ...] | None, BeforeValidator(_several)]
"""When there is noise, in shares of the schedule: from one on, or from one to another."""


def _window(
    noise: tuple[Fraction, ...] | None, length: Fraction
) -> tuple[Fraction, Fraction | None] | None:
    if noise is None:
        return None
    return noise[0] * length, noise[1] * length if len(noise) > 1 else None


def _run(host: Host, total: Fraction) -> Host:
    return host if host.total is not None else replace(host, total=total)


def _unscheduled(host: Host, interval: Literal["step", "epoch"], note: str) -> Draft:
    return Draft(hold(), interval=interval, run={"total": host.total}, notes=(note,))


def _without_cooldown(draft: Draft, sched: str, cooldown: Fraction) -> Draft:
    if not cooldown:
        return draft
    return replace(draft, notes=(*draft.notes, f"{sched} has no cooldown: timm ignores it"))


@system("timm.create_scheduler_v2")
def create_scheduler_v2(
    host: Host,
    /,
    *,
    sched: str = "cosine",
    num_epochs: Positive = Fraction(300),
    decay_epochs: Positive | None = None,
    decay_milestones: Milestones = (Fraction(90), Fraction(180), Fraction(270)),
    cooldown_epochs: Natural = ZERO,
    patience_epochs: Natural = Fraction(10),
    decay_rate: Natural = TENTH,
    min_lr: Natural = ZERO,
    warmup_lr: Natural = Fraction(1, 100_000),
    warmup_epochs: Natural = ZERO,
    warmup_prefix: bool = False,
    noise: Shares = None,
    noise_pct: Number = PCT,
    noise_std: Number = ONE,
    noise_seed: Integer | None = SEED,
    cycle_mul: Positive = ONE,
    cycle_decay: Positive = TENTH,
    cycle_limit: Count = ONE,
    k_decay: Positive = ONE,
    decay_fn: str | None = None,
    stable_timescale: Number | None = None,
    plateau_mode: Literal["min", "max"] = "max",
    step_on_epochs: bool = True,
    updates_per_epoch: Count = ZERO,
) -> Draft:
    """A scheduler by name; step_on_epochs=False multiplies every time by updates_per_epoch."""
    if not step_on_epochs and not updates_per_epoch:
        raise unusable("updates_per_epoch", "must be positive where the rate follows updates")
    ticks = ONE if step_on_epochs else updates_per_epoch
    if decay_epochs is None:
        decay_epochs = Fraction(1, 5) if sched in ("wsd", "rsqrt") else Fraction(90)
    t_initial, warmup_t = num_epochs * ticks, warmup_epochs * ticks
    base: dict[str, Any] = {
        "warmup_t": warmup_t,
        "warmup_lr_init": warmup_lr,
        "t_in_epochs": step_on_epochs,
        "noise_range_t": _window(noise, t_initial),
        "noise_pct": noise_pct,
        "noise_std": noise_std,
        "noise_seed": noise_seed,
    }
    stairs = {**base, "warmup_prefix": warmup_prefix}
    prefix = warmup_epochs if warmup_prefix else ZERO

    if sched in ("cosine", "tanh", "poly"):
        length = cycle_length(t_initial, cycle_mul, max(1, int(cycle_limit)))
        length = math.floor(length) + (cooldown_epochs + prefix) * ticks
        cycles: dict[str, Any] = {
            **stairs,
            "t_initial": t_initial,
            "lr_min": min_lr,
            "cycle_mul": cycle_mul,
            # one cycle has no use for it, and its default is not 1
            "cycle_decay": ONE if cycle_limit == 1 else cycle_decay,
            "cycle_limit": cycle_limit,
        }
        run = _run(host, length // ticks * ticks)
        if sched == "tanh":
            return timm.tanh_lr(run, **cycles)
        if sched == "cosine":
            return timm.cosine_lr(run, **cycles, k_decay=k_decay)
        if not decay_rate:
            raise unusable("decay_rate", "must be positive: it is the power of poly")
        return timm.poly_lr(run, **cycles, power=decay_rate, k_decay=k_decay)

    if sched in ("wsd", "rsqrt"):
        t_sched = t_initial if warmup_prefix else t_initial - warmup_t
        share = 0 < decay_epochs < 1
        # as timm rounds it, in floats
        decay_t = Fraction(round(float(decay_epochs) * float(t_sched if share else ticks)))
        if not 0 < decay_t <= t_sched:
            raise unusable("decay_epochs", "is not between 0 and what the warm-up leaves")
        length = warmup_t + t_sched + cooldown_epochs * ticks
        return timm.wsd_lr(
            _run(host, length // ticks * ticks),
            **base,
            t_initial=t_sched,
            decay_t=decay_t,
            lr_min=min_lr,
            stable_fn="rsqrt" if sched == "rsqrt" else "constant",
            stable_timescale=None if stable_timescale is None else stable_timescale * ticks,
            decay_fn=decay_fn or ("linear" if sched == "rsqrt" else "1-sqrt"),
        )

    run = _run(host, (num_epochs + prefix) * ticks)
    if sched == "step":
        draft = timm.step_lr(run, **stairs, decay_t=decay_epochs * ticks, decay_rate=decay_rate)
    elif sched == "constant":
        draft = timm.step_lr(run, **stairs, decay_t=ONE, decay_rate=ONE)
    elif sched == "multistep":
        milestones = tuple(m * ticks for m in decay_milestones)
        draft = timm.multistep_lr(run, **stairs, decay_t=milestones, decay_rate=decay_rate)
    elif sched == "plateau":
        draft = timm.plateau_lr(run, **base, decay_rate=decay_rate)
    elif sched == "none":
        interval: Literal["step", "epoch"] = "epoch" if step_on_epochs else "step"
        draft = _unscheduled(run, interval, "'none' makes no scheduler: the rate stays")
    else:
        known = "cosine, tanh, step, multistep, poly, wsd, rsqrt, constant, plateau, none"
        raise unusable("sched", f"{sched!r} is none of {known}")
    return _without_cooldown(draft, sched, cooldown_epochs)


@system("timm.factory")
def create_scheduler(
    host: Host,
    /,
    *,
    sched: str,
    epochs: Positive = Fraction(100),
    decay_epochs: Positive | None = Fraction(30),
    decay_milestones: Milestones = (Fraction(30), Fraction(60)),
    warmup_epochs: Natural = Fraction(5),
    cooldown_epochs: Natural = ZERO,
    patience_epochs: Natural = Fraction(10),
    decay_rate: Natural = TENTH,
    min_lr: Natural = ZERO,
    warmup_lr: Natural = Fraction(1, 100_000),
    warmup_prefix: bool = False,
    lr_noise: Shares = None,
    lr_noise_pct: Number = PCT,
    lr_noise_std: Number = ONE,
    seed: Integer | None = SEED,
    lr_cycle_mul: Positive = ONE,
    lr_cycle_decay: Positive = TENTH,
    lr_cycle_limit: Count = ONE,
    lr_k_decay: Positive = ONE,
    lr_decay_fn: str | None = None,
    lr_stable_timescale: Number | None = None,
    eval_metric: str = "top1",
    sched_on_updates: bool = False,
    updates_per_epoch: Count = ZERO,
) -> Draft:
    """create_scheduler: the options of train.py, by their names there."""
    return create_scheduler_v2(
        host,
        sched=sched,
        num_epochs=epochs,
        decay_epochs=decay_epochs,
        decay_milestones=decay_milestones,
        warmup_epochs=warmup_epochs,
        cooldown_epochs=cooldown_epochs,
        patience_epochs=patience_epochs,
        decay_rate=decay_rate,
        min_lr=min_lr,
        warmup_lr=warmup_lr,
        warmup_prefix=warmup_prefix,
        noise=lr_noise,
        noise_pct=lr_noise_pct,
        noise_std=lr_noise_std,
        noise_seed=seed,
        cycle_mul=lr_cycle_mul,
        cycle_decay=lr_cycle_decay,
        cycle_limit=lr_cycle_limit,
        k_decay=lr_k_decay,
        decay_fn=lr_decay_fn,
        stable_timescale=lr_stable_timescale,
        step_on_epochs=not sched_on_updates,
        updates_per_epoch=updates_per_epoch,
    )


# What 0.4.12 reads without a default, by scheduler.
_CYCLED = ("min_lr", "warmup_lr", "warmup_epochs", "cooldown_epochs")
_NEEDED = {
    "tanh": _CYCLED,
    "cosine": (*_CYCLED, "decay_rate"),
    "step": ("decay_epochs", "decay_rate", "warmup_lr", "warmup_epochs"),
}


@system("timm-0.4.12.factory")
def create_scheduler_0412(
    host: Host,
    /,
    *,
    sched: str,
    epochs: Positive,
    decay_epochs: Positive | None = None,
    warmup_epochs: Natural | None = None,
    cooldown_epochs: Natural | None = None,
    patience_epochs: Natural | None = None,
    decay_rate: Natural | None = None,
    min_lr: Natural | None = None,
    warmup_lr: Natural | None = None,
    lr_noise: Shares = None,
    lr_noise_pct: Number = PCT,
    lr_noise_std: Number = ONE,
    seed: Integer | None = SEED,
    lr_cycle_mul: Positive = ONE,
    lr_cycle_limit: Count = ONE,
    eval_metric: str = "top1",
    lr_cycle_decay: Any = None,
    lr_k_decay: Any = None,
    warmup_prefix: Any = None,
    decay_milestones: Any = None,
    sched_on_updates: Any = None,
    updates_per_epoch: Any = None,
) -> Draft:
    """create_scheduler: the options of train.py; those of later versions it does not look at."""
    given = {
        "decay_epochs": decay_epochs,
        "warmup_epochs": warmup_epochs,
        "cooldown_epochs": cooldown_epochs,
        "decay_rate": decay_rate,
        "min_lr": min_lr,
        "warmup_lr": warmup_lr,
    }
    for name in _NEEDED.get(sched, ()):
        if given[name] is None:
            raise refused("LR723", f"timm-0.4.12.factory needs {name} for {sched}")
    later = {
        "lr_cycle_decay": lr_cycle_decay,
        "lr_k_decay": lr_k_decay,
        "warmup_prefix": warmup_prefix,
        "decay_milestones": decay_milestones,
        "sched_on_updates": sched_on_updates,
    }
    ignored = [name for name, value in later.items() if value]
    if sched == "tanh" and lr_cycle_limit != 1 and decay_rate not in (None, 1):
        ignored.append("decay_rate (with tanh)")
    notes = tuple(f"timm 0.4.12's factory ignores {name}" for name in ignored)

    base: dict[str, Any] = {
        "warmup_t": warmup_epochs or ZERO,
        "warmup_lr_init": warmup_lr or ZERO,
        "noise_range_t": _window(lr_noise, epochs),
        "noise_pct": lr_noise_pct,
        "noise_std": lr_noise_std,
        "noise_seed": seed,
    }
    if sched in ("tanh", "cosine"):
        length = cycle_length(epochs, lr_cycle_mul, max(1, int(lr_cycle_limit)))
        run = _run(host, math.floor(length) + (cooldown_epochs or ZERO))
        cycles: dict[str, Any] = {
            **base,
            "t_initial": epochs,
            "t_mul": lr_cycle_mul,
            "lr_min": min_lr,
            "cycle_limit": lr_cycle_limit,
        }
        if sched == "tanh":
            draft = timm_0412.tanh_lr(run, **cycles)
        else:
            draft = timm_0412.cosine_lr(run, **cycles, decay_rate=decay_rate)
        return replace(draft, notes=(*draft.notes, *notes))

    run = _run(host, epochs)
    if sched == "step":
        draft = timm_0412.step_lr(run, **base, decay_t=decay_epochs, decay_rate=decay_rate)
    elif sched == "plateau":
        draft = timm_0412.plateau_lr(run, **base, decay_rate=decay_rate or TENTH)
    else:
        note = f"timm 0.4.12's factory knows no {sched!r} and makes no scheduler: the rate stays"
        draft = _unscheduled(run, "epoch", note)
    draft = replace(draft, notes=(*draft.notes, *notes))
    return _without_cooldown(draft, sched, cooldown_epochs or ZERO)
