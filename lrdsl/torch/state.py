"""A scheduler's state: what it holds, whether it fits, and what differs where it does not."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias, cast

from lrdsl.comparing import numbers as comparing
from lrdsl.diagnostics import LrdslError
from lrdsl.plan import Plan
from lrdsl.torch.errors import finite, refused
from lrdsl.torch.programs import Assignment, Bases, restored

EDITION = 1
Mismatch = Literal["error", "rebind", "restart"]

Written: TypeAlias = Callable[[float, Mapping[str, float]], Mapping[str, float]]

_FAR = 1_000_000  # updates that are compared where no run ends before


def checked(mode: str) -> Mismatch:
    if mode not in ("error", "rebind", "restart"):
        raise refused("LR704", f'on_mismatch is "error", "rebind" or "restart", not {mode!r}')
    return cast("Mismatch", mode)


def state(step: float, programs: Assignment, bases: Bases) -> dict[str, Any]:
    """Plain JSON data."""
    return {
        "edition": EDITION,
        "step": step,
        "program": programs.text,
        "run": programs.plans[0].run.as_dict(),
        "base": [dict(b) for b in bases],
    }


def fitting(
    saved: Any,
    own: Mapping[str, Any],
    programs: Assignment,
    mode: Mismatch,
    written: Sequence[Written],
) -> tuple[float, Bases]:
    """The step and the base values to go on with.

    Args:
        saved: the state to load.
        own: the scheduler's own state.
        programs: the scheduler's.
        mode: what to do where they differ.
        written: for each group, what a step writes there for given base values.

    Raises:
        LrdslError: it does not fit (LR708).
    """
    missing = [key for key in own if not isinstance(saved, Mapping) or key not in saved]
    if missing:
        raise _mismatch(f"this is no state of an lrdsl scheduler: {missing[0]} is missing")
    if saved["edition"] != own["edition"]:
        raise _mismatch(
            f"the state is of another edition: saved {saved['edition']}, here {own['edition']}"
        )
    step = _step(saved["step"], own["step"])
    differing = [key for key in ("program", "run") if saved[key] != own[key]]
    if mode != "error" and (differing or not _alike(saved["base"], own["base"])):
        return (step if mode == "rebind" else 0), own["base"]
    for key in differing:
        raise _mismatch(
            f"the state is of another {key}: saved {_shown(saved[key])}, here {_shown(own[key])}"
            + _where(saved, programs, own["base"])
        )
    bases = _bases(saved["base"], own["base"])
    rows = zip(bases, own["base"], written, strict=True)
    if all(b == o or _is_doing(o, b, write(max(step, 0), b)) for b, o, write in rows):
        return step, bases
    if mode != "error":
        return (step if mode == "rebind" else 0), own["base"]
    raise _mismatch(
        f"the base values have changed: saved {_several(bases)}, here {_several(own['base'])}"
    )


def _is_doing(
    own: Mapping[str, float], saved: Mapping[str, float], written: Mapping[str, float]
) -> bool:
    """Whether what stood in the optimizer was the saved schedule's own doing, and no new base.

    So it is where the optimizer was restored before the scheduler was made, by something that
    drops `initial_lr`. It may have been a float32 tensor.
    """
    return all(
        base == saved[name] or math.isclose(base, written[name], rel_tol=1e-6)
        for name, base in own.items()
    )


def _step(step: Any, own: float) -> float:
    """A step; -1 where the scheduler waits, as this one does, for its turn in a SequentialLR."""
    whole = isinstance(step, int) and not isinstance(step, bool)
    if not (whole or isinstance(step, float)) or not (0 <= step < 2**53 or step == own):
        raise _mismatch(f"the state's step is a number, 0 or more, not {step!r}")
    return cast("float", step)


def _alike(saved: Any, own: Bases) -> bool:
    """Whether base values are of as many groups, and of the same options in each."""
    return isinstance(saved, list | tuple) and [set(b) for b in saved] == [set(b) for b in own]


def _bases(saved: Any, own: Bases) -> Bases:
    if not isinstance(saved, list | tuple) or not all(isinstance(b, Mapping) for b in saved):
        raise _mismatch(f"the state's base values are a list of mappings, not {saved!r}")
    if len(saved) != len(own):
        raise _mismatch(f"the state has {len(saved)} parameter groups, the optimizer {len(own)}")
    for b, o in zip(saved, own, strict=True):
        if set(b) != set(o):
            raise _mismatch(f"the state drives {', '.join(b)}, the scheduler {', '.join(o)}")
    return [{k: finite("a base value", v, "LR708") for k, v in b.items()} for b in saved]


def _where(saved: Mapping[str, Any], programs: Assignment, bases: Bases) -> str:
    """The first update at which two runs differ, in words."""
    try:
        old = restored(saved["program"], saved["run"])
    except (LrdslError, TypeError, AttributeError):  # a program that this release cannot read
        return ""
    first = first_difference(old, programs, bases)
    if first is None:
        return "; no update differs"
    return f"; update {first + 1} is the first that differs"


@dataclass(frozen=True, slots=True)
class Change:
    """What another run means for a scheduler that has already made some updates.

    Attributes:
        step: the updates made so far.
        first: the first tick at which the two runs differ; None where none does.
        before, after: the rates of the next update in the old and in the new run.
    """

    step: float
    first: int | None
    before: tuple[float, ...]
    after: tuple[float, ...]

    @property
    def past_differs(self) -> bool:
        """Whether updates already made would have used other rates in the new run."""
        return self.first is not None and self.first < self.step

    def __str__(self) -> str:
        if self.first is None:
            return "no rate changes"
        past = (
            f"updates already made would have differed from update {self.first + 1} on"
            if self.past_differs
            else f"the past is the same; update {self.first + 1} is the first that differs"
        )
        rates = [
            f"{b:g} -> {a:g}" if b != a else f"{b:g}"
            for b, a in zip(self.before, self.after, strict=True)
        ]
        return f"{past}; the next update uses {', '.join(rates)}"


def extended(programs: Assignment, total: Any) -> Assignment:
    """The same programs for a run of another length."""
    run = programs.plans[0].run.as_dict()
    return restored(programs.text, {**run, "total": total})


def first_difference(old: Assignment, new: Assignment, bases: Bases) -> int | None:
    """The first whole tick at which two assignments give some group another value."""
    pairs: list[tuple[Any, Any]] = [
        (partial(one, lr=base), partial(other, lr=base))
        for one, other, base in _pairs(old, new, bases)
    ]
    ends = [p.total for a in (old, new) for p in a.plans if p.total is not None]
    return comparing.first_difference(pairs, min(int(max(ends, default=_FAR)) + 1, _FAR))


def _pairs(old: Assignment, new: Assignment, bases: Bases) -> Sequence[tuple[Plan, Plan, float]]:
    found = []
    for (_, olds), (_, news) in zip(_driven(old), _driven(new), strict=False):
        for name in olds.keys() & news.keys():
            every = {b[name] for b in bases if name in b} or {1.0}
            found += [(olds[name], news[name], base) for base in every]
    return found


def _driven(programs: Assignment) -> list[tuple[str, dict[str, Plan]]]:
    rows = [("", programs.default), *((p.pattern, drives) for p, drives in programs.named)]
    return [(key, {d.option.name: programs.plans[d.which] for d in ds}) for key, ds in rows]


def _several(bases: Bases) -> str:
    return "; ".join(_shown(b) for b in bases)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{k}={v}" for k, v in value.items()) or "nothing"
    return str(value)


def _mismatch(message: str) -> LrdslError:
    advice = (
        'on_mismatch="rebind" goes on at the saved step with what is here, "restart" begins at 0; '
        "or build the scheduler as it was"
    )
    return refused("LR708", message, advice)
