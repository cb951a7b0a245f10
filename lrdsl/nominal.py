"""A run for what has none: a schedule is shown in the run that it settles, or in a made-up one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lrdsl import api
from lrdsl.algebra import Schedule
from lrdsl.curves import Curve, curve, horizon
from lrdsl.diagnostics import LrdslError, Problem, Span
from lrdsl.plan import Plan

TOTALS = (100, 10_000, 10**6, 10**9, 10**12)  # the first in which the program fits is taken
CONVERSIONS = {"steps_per_epoch": 100, "tokens_per_step": 10**6, "examples_per_step": 1_000}


def plan_to_show(what: Plan | Schedule | str, **run: Any) -> tuple[Plan, bool]:
    """A plan of it that has an end, and whether its run was made up.

    Args:
        what: a plan, which is taken as it is, a schedule or a text.
        run: what `lrdsl.compile` takes; nothing is made up where something is given.

    Raises:
        LrdslError: the program is wrong, in any run or in the one that is given.
    """
    if isinstance(what, Plan):
        return what, False
    if run:
        return api.compile(what, **run), False
    schedule = api.parse(what) if isinstance(what, str) else what
    first: LrdslError | None = None
    for made_up, attempt in _runs():
        try:
            plan = api.compile(schedule, **attempt)
        except LrdslError as e:
            first = first or e
            continue
        if horizon(plan) is not None:
            return plan, made_up
    assert first is not None  # whatever compiles has an end in a run that has one
    raise first


def _runs() -> Iterator[tuple[bool, dict[str, Any]]]:
    yield False, {}
    yield False, {"tick": "st"}  # times without units count updates
    for total in TOTALS:
        yield True, {"total": total}
    for total in TOTALS:
        yield True, {"total": f"{total}ep", "tick": "st", **CONVERSIONS}


def seen(plan: Plan, lr: float, *, name: str = "", option: str = "lr") -> Curve:
    """The curve of a plan, which must have an end.

    Raises:
        LrdslError: it has none (LR701), or the rate is not finite somewhere (LR502).
    """
    found = curve(plan, lr, name=name, option=option)
    if found is None:
        none = Problem(
            "LR701",
            "a picture needs the end of the run, whose total is not given",
            help='give the total: total="90ep"',
        )
        raise LrdslError([none.at(Span(0, len(plan.program)))], plan.program)
    return found
