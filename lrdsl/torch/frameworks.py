"""Helpers for the training frameworks that step schedulers themselves; none is imported here."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from torch.optim import Optimizer

from lrdsl.torch.errors import refused
from lrdsl.torch.programs import Programs
from lrdsl.torch.scheduler import Scheduler


def for_lightning(
    trainer: Any, optimizer: Optimizer, schedule: Programs, **options: Any
) -> dict[str, Any]:
    """What a LightningModule's ``configure_optimizers`` returns, stepped at every update.

    The run's total is the trainer's ``estimated_stepping_batches``, which counts accumulation,
    devices and limits; epochs convert by it.

    Args:
        trainer: ``self.trainer``.
        optimizer: the module's optimizer.
        schedule: a program, or programs by option.
        options: further arguments of `Scheduler`.

    Raises:
        LrdslError: the trainer has no end (LR701), or the program does not fit its run.
    """
    total = trainer.estimated_stepping_batches
    if not 0 <= total < math.inf:  # -1: over a data set of unknown size, by epochs alone
        raise refused("LR701", "the trainer has no end", "give it max_epochs or max_steps")
    run: dict[str, Any] = {"total": int(total), "tick": "st", **options}
    batches = trainer.num_training_batches  # infinite where the trainer has not looked
    if 0 < batches < math.inf:  # max_steps may end the run before its epochs do
        run.setdefault("steps_per_epoch", math.ceil(batches / trainer.accumulate_grad_batches))
    scheduler = Scheduler(optimizer, schedule, **run)
    config = {"scheduler": scheduler, "interval": "step", "frequency": 1}
    return {"optimizer": optimizer, "lr_scheduler": config}


def for_trainer(trainer: Any, schedule: Programs, **options: Any) -> None:
    """Let a transformers ``Trainer`` train with a program, without a subclass.

    The trainer itself says how many updates there are when it begins to train; epochs convert by
    them.

    Args:
        trainer: a transformers Trainer that has not begun.
        schedule: a program, or programs by option.
        options: further arguments of `Scheduler`.
    """

    def create_scheduler(num_training_steps: int, optimizer: Any = None) -> Scheduler:
        run: dict[str, Any] = {"total": num_training_steps, "tick": "st", **options}
        epochs = trainer.args.num_train_epochs
        if trainer.args.max_steps <= 0 and epochs > 0:
            # the trainer rounds the run's end up, where that falls inside of an epoch
            run.setdefault("steps_per_epoch", num_training_steps // Fraction(str(epochs)) or 1)
        driven = trainer.optimizer if optimizer is None else optimizer
        scheduler = Scheduler(getattr(driven, "optimizer", driven), schedule, **run)
        trainer.lr_scheduler = scheduler
        return scheduler

    trainer.create_scheduler = create_scheduler
