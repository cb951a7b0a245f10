"""Drops that follow a metric, as a factor on top of a schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

from lrdsl.torch.scheduler import Scheduler


class Plateau:
    """torch's own ReduceLROnPlateau, driving a factor that multiplies a scheduler's rates.

    What follows a metric is no function of time, so it is not part of a program; the schedule
    stays one, and the factor is this object's state, to be saved beside the scheduler's.

        >>> plateau = Plateau(scheduler, factor=0.5, patience=3)
        >>> plateau.step(validation_loss)

    Args:
        scheduler: whose rates are multiplied, those of all groups.
        options: ReduceLROnPlateau's own; ``min_lr`` is the smallest factor.
    """

    def __init__(self, scheduler: Scheduler, **options: Any) -> None:
        self.scheduler = scheduler
        # torch's class drives an optimizer's rate: here, that of one whose rate is the factor
        self._optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
        self._reduce = ReduceLROnPlateau(self._optimizer, **options)

    @property
    def factor(self) -> float:
        """What the schedule's rates are multiplied by."""
        return float(self._optimizer.param_groups[0]["lr"])

    def step(self, metric: Any) -> None:
        """Take a new measurement; a drop is written into the optimizer at once."""
        self._reduce.step(metric)
        self.scheduler.set_factor(self.factor)

    def state_dict(self) -> dict[str, Any]:
        """The factor and what torch's class remembers of the metric: plain data."""
        kept = self._reduce.state_dict()
        return {"factor": self.factor, "best": float(kept["best"])} | {
            k: kept[k] for k in ("num_bad_epochs", "cooldown_counter", "last_epoch")
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on where a state was taken."""
        kept = dict(state_dict)
        self._optimizer.param_groups[0]["lr"] = kept.pop("factor")
        self._reduce.load_state_dict(kept)
        self.scheduler.set_factor(self.factor)
