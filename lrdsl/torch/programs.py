"""Which plan drives which option of which parameter group."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, TypeAlias

from lrdsl.algebra import Schedule
from lrdsl.api import compile
from lrdsl.plan import Plan
from lrdsl.torch.errors import refused
from lrdsl.torch.options import Group, Option

Program: TypeAlias = "str | Schedule | Plan"
Programs: TypeAlias = "Program | Mapping[str, Program]"


@dataclass(frozen=True, slots=True)
class Drive:
    """A plan that drives an option; `which` is its place among the plans."""

    option: Option
    which: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """The plans, and which of them a group is driven by.

    Attributes:
        plans: every plan once.
        default: the drives of a group that no pattern names.
        named: patterns of group names, in order, each with its drives.
        text: the programs as plain JSON: a text, or texts by option, or both by group.
    """

    plans: tuple[Plan, ...]
    default: tuple[Drive, ...]
    named: tuple[tuple[re.Pattern[str], tuple[Drive, ...]], ...]
    text: Any

    def unmatched(self, groups: Sequence[Group]) -> list[str]:
        """The patterns that none of these groups has the name for."""
        names = [str(group.get("name", i)) for i, group in enumerate(groups)]
        return [p.pattern for p, _ in self.named if not any(map(p.fullmatch, names))]

    def of(self, group: Group, position: int) -> tuple[Drive, ...]:
        """The drives of a group: those of the first pattern that matches its whole name."""
        name = str(group.get("name", position))
        for pattern, drives in self.named:
            if pattern.fullmatch(name):
                return drives
        return self.default


def assignment(
    schedule: Programs | None, groups: Mapping[str, Programs] | None, run: Mapping[str, Any]
) -> Assignment:
    """Compile the programs for a run.

    Args:
        schedule: what drives every group that `groups` does not name: one program, for `lr`, or
            programs by option; None leaves those groups alone.
        groups: the same by group name, a regular expression for the whole of ``group["name"]``
            (or of its number, where groups have no names).
        run: keyword arguments of `lrdsl.compile`; empty where the programs are plans.

    Raises:
        LrdslError: a wrong program or run.
    """
    plans: list[Plan] = []

    def planned(program: Program) -> int:
        if isinstance(program, Plan):
            given = [k for k, v in run.items() if v is not None and (k, v) != ("overflow", "error")]
            if given:
                raise refused("LR704", f"a plan brings its run along: {given[0]} is not used")
            plan = program
        else:
            plan = compile(program, **run)
        if plan not in plans:
            plans.append(plan)
        return plans.index(plan)

    def driven(programs: Programs) -> tuple[tuple[Drive, ...], Any]:
        several = programs if isinstance(programs, Mapping) else {"lr": programs}
        drives = tuple(Drive(Option.named(o), planned(p)) for o, p in several.items())
        texts = {d.option.name: plans[d.which].program for d in drives}
        return drives, texts["lr"] if list(texts) == ["lr"] else texts

    default, text = driven(schedule) if schedule is not None else ((), None)
    named = []
    by_name = {}
    for pattern, programs in (groups or {}).items():
        drives, by_name[pattern] = driven(programs)
        named.append((_pattern(pattern), drives))
    if not plans:
        raise refused("LR704", "no program is given")
    if any(p.run != plans[0].run for p in plans):
        raise refused("LR704", "the plans are for different runs, and a scheduler has one clock")
    if groups:
        text = {"groups": by_name, **({} if schedule is None else {"others": text})}
    return Assignment(tuple(plans), default, tuple(named), text)


def restored(text: Any, run: Mapping[str, Any]) -> Assignment:
    """The assignment that a state's text and run describe."""
    if isinstance(text, Mapping) and "groups" in text:
        return assignment(text.get("others"), text["groups"], run)
    return assignment(text, None, run)


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as e:
        raise refused("LR704", f"groups: {text!r} is no regular expression: {e}") from None


def evaluated(plans: Sequence[Plan], at: float) -> Callable[[int, float], float]:
    """The plans at a time in ticks, as a function of a plan's place and a base value.

    An affine plan is evaluated once, another once for every base value; the numbers are those of
    ``plans[which](at, base)``.

    Raises:
        LrdslError: as for a call of a plan.
    """
    pairs = [plan.affine(at) if plan.is_affine else None for plan in plans]
    others: dict[tuple[int, float], float] = {}

    def value(which: int, base: float) -> float:
        pair = pairs[which]
        if pair is not None:
            share: float = pair[0] * base + pair[1]
            if isfinite(share):  # else the call below says what is wrong
                return share
        if (which, base) not in others:
            others[which, base] = plans[which](at, base)
        return others[which, base]

    return value


Bases: TypeAlias = Sequence[Mapping[str, float]]
