"""A program as a torch scheduler: a shell around a plan and one counter of updates."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from lrdsl.algebra import Schedule
from lrdsl.api import compile
from lrdsl.diagnostics import LrdslError, Problem, Span
from lrdsl.plan import Plan

EDITION = 1


class Scheduler(LRScheduler):
    """Sets the rate of every parameter group from a program.

    The rate is a pure function of the number of steps: the optimizer's first update uses
    ``value(0)``, and each `step` moves on by one tick. Call it once per tick of the run: after
    every update where a tick is a step, after every epoch where it is an epoch. Every group keeps
    its own base rate, the ``lr`` that it had when the scheduler was made, so ratios are kept.

    Args:
        optimizer: its groups' ``lr`` are the base rates.
        schedule: a program, a schedule, or a plan (which brings its run along).
        total, tick, steps_per_epoch, tokens_per_step, examples_per_step, names, overflow: as for
            `lrdsl.compile`.

    Raises:
        LrdslError: the program is wrong or does not fit the run.
    """

    optimizer: Optimizer
    last_epoch: int
    base_lrs: list[Any]

    def __init__(
        self,
        optimizer: Optimizer,
        schedule: str | Schedule | Plan,
        *,
        total: str | float | Fraction | None = None,
        tick: str | None = None,
        steps_per_epoch: float | Fraction | None = None,
        tokens_per_step: float | Fraction | None = None,
        examples_per_step: float | Fraction | None = None,
        names: Mapping[str, Any] | None = None,
        overflow: str = "error",
    ) -> None:
        # torch's own constructor wraps optimizer.step and takes a first step: neither is wanted
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not a torch optimizer")
        run = {
            "total": total,
            "tick": tick,
            "steps_per_epoch": steps_per_epoch,
            "tokens_per_step": tokens_per_step,
            "examples_per_step": examples_per_step,
            "names": names,
        }
        if isinstance(schedule, Plan):
            given = [name for name, value in run.items() if value is not None]
            given += [] if overflow == "error" else ["overflow"]
            if given:
                raise _refused("LR704", f"a plan brings its run along: {given[0]} is not used")
            self.plan = schedule
        else:
            self.plan = compile(schedule, overflow=overflow, **run)  # type: ignore[arg-type]
        self.optimizer = optimizer
        self.base_lrs = []
        self.last_epoch = 0
        self._step_count = 1  # what torch's own schedulers count, for those who look at it
        self._write(self.value(0))

    # -- the clock --

    def step(self, epoch: int | None = None) -> None:
        """Move on by one tick, or to a given one, and set the rates for the update that follows."""
        at = self.last_epoch + 1 if epoch is None else _whole(epoch)
        self._write(self.value(at))  # refuses a bad tick before anything has changed
        self.last_epoch = at
        self._step_count += 1

    def value(self, k: int | float | None = None) -> list[float]:
        """The rates of all groups at tick k (default: now), without moving there."""
        at = self.last_epoch if k is None else k
        if self.plan.is_affine:
            a, b = self.plan.affine(at)
            return [a * base + b for base in self._bases()]
        return [self.plan(at, base) for base in self._bases()]

    def get_lr(self) -> list[Any]:
        """The rates that are in force: torch's name for `value()`."""
        return list(self.value())

    def get_last_lr(self) -> list[Any]:
        """The rates as the optimizer has them."""
        return [float(group["lr"]) for group in self.optimizer.param_groups]

    def _bases(self) -> list[float]:
        """A base rate for every group; one that came later brings its own."""
        for group in self.optimizer.param_groups[len(self.base_lrs) :]:
            base = _finite("lr", group["lr"], "LR707")
            self.base_lrs.append(base)
            group["initial_lr"] = base  # where torch's own schedulers leave it
        return self.base_lrs

    def _write(self, rates: list[float]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates, strict=False):
            if isinstance(group["lr"], torch.Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate
        self._last_lr = self.get_last_lr()

    def __repr__(self) -> str:
        return f"Scheduler({self.plan.program!r}, step={self.last_epoch})"

    # -- state --

    def state_dict(self) -> dict[str, Any]:
        """Plain JSON: the step, the canonical program, the run, the base rates, the edition."""
        return {
            "edition": EDITION,
            "step": self.last_epoch,
            "program": self.plan.program,
            "run": self.plan.run.as_dict(),
            "base_lrs": list(self.base_lrs),
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go on where a state was taken, and write its rates into the optimizer at once.

        Raises:
            LrdslError: it is the state of another program, run, or set of groups (LR708).
        """
        step, bases = self._fitting(state_dict)
        self.base_lrs = bases
        for group, base in zip(self.optimizer.param_groups, bases, strict=True):
            group["initial_lr"] = base
        self.last_epoch = step
        self._write(self.value(step))

    def _fitting(self, state: object) -> tuple[int, list[float]]:
        """The step and the base rates of a state that fits this scheduler."""
        own = self.state_dict()
        missing = [key for key in own if not isinstance(state, Mapping) or key not in state]
        if missing or not isinstance(state, Mapping):
            raise _mismatch(f"this is no state of an lrdsl scheduler: {missing[0]} is missing")
        for key in ("edition", "program", "run"):
            if state[key] != own[key]:
                raise _mismatch(
                    f"the state is of another {key}: saved {_shown(state[key])}, "
                    f"here {_shown(own[key])}",
                )
        step, bases = state["step"], state["base_lrs"]
        if not isinstance(step, int) or isinstance(step, bool) or not 0 <= step < 2**53:
            raise _mismatch(f"the state's step is a whole number, 0 or more, not {step!r}")
        groups = len(self.optimizer.param_groups)
        if not isinstance(bases, list | tuple):
            raise _mismatch(f"the state's base rates are a list, not {bases!r}")
        if len(bases) != groups:
            raise _mismatch(f"the state has {len(bases)} parameter groups, the optimizer {groups}")
        return step, [_finite("a base rate", base, "LR708") for base in bases]


def _whole(step: Any) -> int:
    try:
        return operator.index(step)
    except TypeError:
        raise _refused("LR707", f"a step is a whole number, not {step!r}") from None


def _finite(name: str, value: Any, code: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise _refused(code, f"{name} is a finite number, not {value!r}")
    return number


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k}={v}" for k, v in value.items()) or "nothing"
    return str(value)


def _mismatch(message: str) -> LrdslError:
    advice = "build the scheduler as it was when the state was saved, or start a new one"
    return _refused("LR708", message, advice)


def _refused(code: str, message: str, help: str | None = None) -> LrdslError:
    return LrdslError([Problem(code, message, help=help).at(Span(0, 0))])
