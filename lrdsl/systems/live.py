"""The arguments of a live scheduler object, read from its attributes; no library is imported.

Most schedulers keep their arguments in attributes of the same names. How far one has stepped is in
none of them, so one that is under way is read as a new one.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from lrdsl.systems.registry import find, refused

_Found = tuple[str, dict[str, Any], list[float] | None]

_TIMM = {
    "CosineLRScheduler": "cosine",
    "MultiStepLRScheduler": "multistep",
    "PlateauLRScheduler": "plateau",
    "PolyLRScheduler": "poly",
    "StepLRScheduler": "step",
    "TanhLRScheduler": "tanh",
    "WSDLRScheduler": "wsd",
}
_TRANSFORMERS = {  # what get_scheduler hands to LambdaLR, by the functions' names
    "_get_constant_lambda": "constant",
    "_get_constant_schedule_with_warmup_lr_lambda": "constant_with_warmup",
    "_get_linear_schedule_with_warmup_lr_lambda": "linear",
    "_get_cosine_schedule_with_warmup_lr_lambda": "cosine",
    "_get_cosine_with_hard_restarts_schedule_with_warmup_lr_lambda": "cosine_with_restarts",
    "_get_polynomial_decay_schedule_with_warmup_lr_lambda": "polynomial",
    "_get_inverse_sqrt_schedule_lr_lambda": "inverse_sqrt",
    "_get_cosine_with_min_lr_schedule_with_warmup_lr_rate_lambda": "cosine_warmup_with_min_lr",
    "_get_wsd_scheduler_lambda": "warmup_stable_decay",
}


def arguments(scheduler: object) -> _Found:
    """The system of a scheduler object, its arguments, and the base rates of its groups.

    Raises:
        LrdslError: an object of no class that lrdsl knows (LR721).
    """
    kind = type(scheduler)
    if kind.__module__ == "torch.optim.lr_scheduler":
        system, found = _torch(kind.__name__, scheduler)
        return system, found, _rates(scheduler)
    if kind.__module__.startswith("timm.scheduler.") and kind.__name__ in _TIMM:
        old = hasattr(scheduler, "t_mul") or not hasattr(scheduler, "warmup_prefix")
        old = old and kind.__name__ in ("CosineLRScheduler", "StepLRScheduler", "TanhLRScheduler")
        system = f"timm{'-0.4.12' * old}.{_TIMM[kind.__name__]}"
        return system, _own(system, scheduler), _rates(scheduler)
    what = f"a {kind.__module__}.{kind.__qualname__}"
    wrapped = next((a for a in ("scheduler", "lr_scheduler") if hasattr(scheduler, a)), None)
    raise refused(
        "LR721",
        f"{what} is no scheduler that lrdsl can read",
        help=f"pass the scheduler inside it, its .{wrapped}"
        if wrapped
        else "pass a torch, timm or transformers scheduler, or a system's name and its arguments",
    )


def _rates(scheduler: Any) -> list[float]:
    groups = scheduler.optimizer.param_groups
    return [float(group.get("initial_lr", group["lr"])) for group in groups]


def _own(system: str, scheduler: object) -> dict[str, Any]:
    """The system's arguments that are attributes of the same name."""
    names = [*inspect.signature(find(system)).parameters][1:]
    kept = vars(scheduler)
    return {n: kept[n] for n in names if n in kept and n != "last_epoch"}


def _torch(name: str, scheduler: Any) -> tuple[str, dict[str, Any]]:
    if name == "LambdaLR":
        return _lambda(scheduler.lr_lambdas)
    if name == "MultiplicativeLR":
        return "torch.MultiplicativeLR", {"lr_lambda": scheduler.lr_lambdas}
    system = f"torch.{name}"
    found = _own(system, scheduler)
    if name in _KEPT_OTHERWISE:
        found |= _KEPT_OTHERWISE[name](scheduler)
    return system, found


def _lambda(functions: list[Any]) -> tuple[str, dict[str, Any]]:
    first = functions[0]
    function = first.func if isinstance(first, partial) else first
    theirs = getattr(function, "__module__", "") == "transformers.optimization"
    name = _TRANSFORMERS.get(getattr(function, "__name__", ""))
    if not theirs or name is None or any(f is not first for f in functions):
        return "torch.LambdaLR", {"lr_lambda": functions}
    return f"transformers.{name}", dict(first.keywords) if isinstance(first, partial) else {}


def _one_cycle(scheduler: Any) -> dict[str, Any]:
    groups = scheduler.optimizer.param_groups
    total, phases = scheduler.total_steps, scheduler._schedule_phases
    end, group = phases[0]["end_step"], groups[0]
    top, low, last = (float(group[k]) for k in ("max_lr", "initial_lr", "min_lr"))
    found = {
        "max_lr": [float(g["max_lr"]) for g in groups],
        "pct_start": _shortest((end + 1) / total, lambda p: p * total - 1 == end),
        "anneal_strategy": scheduler._anneal_func_type,
        "div_factor": _shortest(top / low, lambda d: top / d == low),
        "final_div_factor": _shortest(low / last, lambda d: low / d == last),
        "three_phase": len(phases) == 3,
    }
    if scheduler.cycle_momentum:
        found |= {k: [g[k] for g in groups] for k in ("base_momentum", "max_momentum")}
    return found


def _cyclic(scheduler: Any) -> dict[str, Any]:
    size, ratio = scheduler.total_size, scheduler.step_ratio
    up = _shortest(size * ratio, lambda u: u / size == ratio)
    found = {
        "base_lr": [float(rate) for rate in scheduler.base_lrs],  # that may be tensors
        "max_lr": [float(rate) for rate in scheduler.max_lrs],
        "step_size_up": up,
        "step_size_down": size - up,
        "scale_fn": scheduler._scale_fn_custom,
    }
    if scheduler.cycle_momentum:
        found |= {"base_momentum": scheduler.base_momentums}
        found |= {"max_momentum": scheduler.max_momentums}
    return found


def _shortest(value: float, fits: Callable[[float], bool]) -> float:
    """The number with the fewest digits near a computed one that could be what was given."""
    near = (float(f"{value:.{digits}g}") for digits in range(1, 17))
    return next((x for x in near if x and fits(x)), value)


_KEPT_OTHERWISE: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "MultiStepLR": lambda s: {"milestones": sorted(s.milestones.elements())},
    "OneCycleLR": _one_cycle,
    "CyclicLR": _cyclic,
    "SequentialLR": lambda s: {"schedulers": s._schedulers, "milestones": s._milestones},
    "ChainedScheduler": lambda s: {"schedulers": s._schedulers},
}
