"""Programs, real optimizers and updates of them, for the tests of the torch scheduler."""

from __future__ import annotations

import io
from typing import Any

import torch

RAMP = "warmup(4) >> linear(6)"
MISSION = "warmup(5, 1e-5) >> tanh(-6, 4) * restarts(t_mul=2, decay=0.5, limit=3) + noise(0.67)"
FLOORED = "max(warmup(4) >> cosine, 0.02)"  # absolute beside shares of lr: not affine


def parameter(size: int = 3) -> torch.nn.Parameter:
    """One that has a gradient."""
    made = torch.nn.Parameter(torch.ones(size))
    made.grad = torch.ones(size)
    return made


def optimizer_of(*rates: float, kind: Any = torch.optim.SGD, **options: Any) -> Any:
    """An optimizer with a group per rate."""
    return kind([{"params": [parameter()], "lr": rate} for rate in rates], **options)


def rates_of(optimizer: torch.optim.Optimizer) -> list[float]:
    return [float(group["lr"]) for group in optimizer.param_groups]


def train(optimizer: torch.optim.Optimizer, scheduler: Any, updates: int) -> list[list[float]]:
    """Train for some updates, and return the rates that each of them used."""
    used = []
    for _ in range(updates):
        used.append(rates_of(optimizer))
        optimizer.step()
        scheduler.step()
    return used


def saved(state: dict[str, Any]) -> dict[str, Any]:
    """A state after a checkpoint that holds no code."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    loaded: dict[str, Any] = torch.load(file, weights_only=True)
    return loaded


def ramp(k: int, base: float) -> float:
    """RAMP by hand."""
    return base * k / 4 if k < 4 else base * (1 - (k - 4) / 6)
