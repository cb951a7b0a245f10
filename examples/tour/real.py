"""The real schedulers' rates, where their library is installed."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Mapping
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np

FOR_EVER = 50  # cycles: today's timm has no word for cycles without end


class Rates(NamedTuple):
    """What a scheduler returned at ticks 0, 1, ..; and which one it was."""

    by: str
    values: np.ndarray


def rates(system: str, args: Mapping[str, Any], lr: float, ticks: int) -> Rates | None:
    """The rates of another library's scheduler, by `lrdsl.migrate`'s name for it.

    None where that library is not installed, or no longer has it.
    """
    library, _, name = system.rpartition(".")
    ask = LIBRARIES.get(library)
    return ask(name, args, lr, ticks) if ask else None


def timm(name: str, args: Mapping[str, Any], lr: float, ticks: int) -> Rates | None:
    if not (installed("timm") and installed("torch")):
        return None
    import torch

    scheduler = timm_schedulers()
    kind = {"tanh": scheduler.TanhLRScheduler, "step": scheduler.StepLRScheduler}[name]
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    made = kind(optimizer, **args)
    values = []
    for epoch in range(ticks):
        made.step(epoch)
        values.append(optimizer.param_groups[0]["lr"])
    return Rates(f"timm {version('timm')} {kind.__name__}", np.array(values))


def timm_0412(name: str, args: Mapping[str, Any], lr: float, ticks: int) -> Rates | None:
    """Today's timm with the arguments of 2021, which had other names and defaults."""
    new = {"t_mul": "cycle_mul", "decay_rate": "cycle_decay"} if name == "tanh" else {}
    now = {new.get(k, k): v for k, v in args.items()}
    if name == "tanh":
        now = {"lb": -6.0, "ub": 4.0, **now, "cycle_limit": now.get("cycle_limit") or FOR_EVER}
    else:
        now["warmup_prefix"] = False
    return timm(name, now, lr, ticks)


def keras3(name: str, args: Mapping[str, Any], lr: float, ticks: int) -> Rates | None:
    if not installed("keras"):
        return None
    os.environ.setdefault("KERAS_BACKEND", "numpy")  # which is there, and is quick to import
    from keras.optimizers import schedules

    made = getattr(schedules, name)(**args)
    values = np.array([float(made(step)) for step in range(ticks)])
    return Rates(f"Keras {version('keras')}", values)


LIBRARIES: dict[str, Callable[..., Rates | None]] = {
    "timm": timm,
    "timm-0.4.12": timm_0412,
    "keras3": keras3,
}


def installed(name: str) -> bool:
    return name in sys.modules or importlib.util.find_spec(name) is not None


def timm_schedulers() -> Any:
    """`timm.scheduler`, without torchvision and the models, which `import timm` wants."""
    if "timm" not in sys.modules:
        found = importlib.util.find_spec("timm")
        assert found is not None, "asked for before"
        alone = ModuleSpec("timm", None, is_package=True)
        alone.submodule_search_locations = found.submodule_search_locations
        sys.modules["timm"] = importlib.util.module_from_spec(alone)
    return importlib.import_module("timm.scheduler")
