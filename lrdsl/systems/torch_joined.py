"""torch.optim.lr_scheduler (PyTorch 2.13): the schedulers made of schedulers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from operator import mul
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator

from lrdsl.algebra import Schedule
from lrdsl.diagnostics import LrdslError
from lrdsl.python import hold, lr
from lrdsl.systems import live
from lrdsl.systems.arguments import Count, Integer
from lrdsl.systems.host import Host
from lrdsl.systems.nested import Nested, Scheduler, among_others
from lrdsl.systems.registry import System, find, read, system, unusable
from lrdsl.systems.torch_parts import Cut, Part, absolute, entered, flat
from lrdsl.values import Value

_LAST = Fraction(-1)
_SET_THE_RATE = ("CosineAnnealingWarmRestarts", "OneCycleLR", "CyclicLR")


def _written(one: Any) -> Any:
    """A live scheduler, and the short ways to name one, as a name and its arguments."""
    match one:
        case str() if "(" not in one:
            return [one, {}]
        case [str(name)]:
            return [name, {}]
        case {"name": str(name), "args": args}:
            return [name, args]
        case None | str() | list() | tuple() | Mapping():
            return one
    try:
        name, args, _ = live.arguments(one)
    except LrdslError as e:
        raise ValueError(e.diagnostics[0].message) from None
    if not name.startswith("torch."):
        raise ValueError("it is made by another library: migrate it alone, and join the programs")
    return [name, args]


_Inner: TypeAlias = Annotated[Scheduler, BeforeValidator(_written)]


@system("torch.SequentialLR")
def sequential_lr(
    host: Host,
    /,
    *,
    schedulers: list[_Inner] | None = None,
    seq: list[_Inner] | None = None,
    milestones: list[Count],
    last_epoch: Integer = _LAST,
) -> Part:
    """Each scheduler from its milestone on, from the base rate and on its own clock.

    ``seq`` is another name for ``schedulers``. A scheduler inside is entered as one alone is; that
    torch enters nested ones wrongly, or not at all, is not followed.
    """
    starts = [Fraction(0), *milestones]
    spans = [end - begin for begin, end in pairwise(starts)]
    if min(spans, default=Fraction(0)) < 0:
        raise unusable("milestones", "they decrease")
    given = _given(schedulers, seq)
    if len(given) != len(starts):
        raise unusable(
            "milestones",
            f"{len(milestones)} of them, for {len(given)} schedulers",
            help="give the start of every scheduler but the first",
        )
    parts = [_restarted(host, one, start) for one, start in zip(given, starts, strict=True)]
    schedule, exit = _sequence(parts, [*spans, None])

    def cut(ticks: Fraction) -> Cut:
        ends = [min(end, ticks) for end in [*starts[1:], ticks]]
        return _sequence(parts, [e - min(b, ticks) for b, e in zip(starts, ends, strict=True)])

    last = parts[-1]
    run = {} if last.end is None else {"total": starts[-1] + last.end}
    return Part(
        schedule,
        run=run,
        notes=_notes(parts),
        length=None if last.length is None else starts[-1] + last.length,
        exit=exit,
        written=starts[-1] + last.room,
        cut=cut,
    )


def _sequence(parts: Sequence[Part], spans: Sequence[Fraction | None]) -> Cut:
    curve: Schedule | None = None
    here: Value | None = lr
    for part, span in zip(parts, spans, strict=True):
        if span == 0:
            continue
        piece, exit = (part.schedule, part.exit) if span is None else part.upto(span)
        if here != lr:
            piece = entered(piece, lr)
        elif curve is not None and piece == hold():
            continue  # the curve before it holds its end by itself
        curve, here = piece if curve is None else curve >> piece, exit
    assert curve is not None, "the last scheduler has no end, or the cut has a length"
    return curve, here


def _restarted(host: Host, one: Nested, start: Fraction) -> Part:
    """A scheduler as SequentialLR enters it at a milestone: by its closed form."""
    _, args = _read(one)
    if not start or args.get("total_iters") != 0:
        return _part(host, one)
    if one.name == "ConstantLR":
        return flat()
    raise unusable("total_iters", f"torch's SequentialLR divides by it where it enters {one.name}")


@system("torch.ChainedScheduler")
def chained_scheduler(
    host: Host, /, *, schedulers: list[_Inner] | None = None, chain: list[_Inner] | None = None
) -> Part:
    """The product of the schedulers' factors. ``chain`` is another name for ``schedulers``.

    torch's schedulers multiply the rate that they find, but for some that set it.
    """
    parts: list[Part] = []
    notes: list[str] = []
    above = None
    for one in _flat(_given(schedulers, chain)):
        if one.name in _SET_THE_RATE:
            if parts:
                before = f"what stands before {one.name} has no effect in torch"
                notes.append(f"{before}: it sets the rate")
            parts, above = [], one.name
        elif above:
            notes.append(f"the program is the product; in torch {above} undoes what {one.name} did")
        parts.append(_part(host, one))
    end = min((p.end for p in parts if p.end is not None), default=None)

    def cut(ticks: Fraction) -> Cut:
        if end is None or ticks <= end:
            return schedule[:ticks], None
        return _product([p.upto(ticks)[0] for p in parts]), None

    schedule = _product(
        [p.schedule if end is None or p.room <= end else p.upto(end)[0] for p in parts]
    )
    run, room = ({}, max(p.room for p in parts)) if end is None else ({"total": end}, end)
    return Part(schedule, run=run, notes=(*notes, *_notes(parts)), written=room, cut=cut)


def _product(factors: Sequence[Schedule]) -> Schedule:
    """The product; a schedule with an absolute rate stands first: in a factor it were a ratio."""
    several = [f for f in factors if f != hold()] or [hold()]
    several.sort(key=absolute, reverse=True)
    if len(several) > 1 and absolute(several[1]):
        raise unusable(
            "schedulers",
            f"{several[0]} and {several[1]} both have absolute rates, which do not multiply",
            help="keep one eta_min, or write the others as shares of lr",
        )
    return reduce(mul, several)


def _given(schedulers: list[Nested] | None, alias: list[Nested] | None) -> list[Nested]:
    given = alias if schedulers is None else schedulers
    if not given:
        raise unusable("schedulers", "give at least one", 'as ["StepLR", {"step_size": 30}]')
    return [replace(one, name=one.name.rpartition(".")[2]) for one in given]


def _flat(given: list[Nested]) -> Iterator[Nested]:
    for one in given:
        if one.name == "ChainedScheduler":
            _, inner = _read(one)
            yield from _flat(_given(inner["schedulers"], inner["chain"]))
        else:
            yield one


def _read(one: Nested) -> tuple[System, dict[str, Any]]:
    name = f"torch.{one.name}"
    make = find(name)
    return make, read(name, make, one.arguments(make))


def _part(host: Host, one: Nested) -> Part:
    make, args = _read(one)
    part = make(among_others(host), **args)
    assert isinstance(part, Part), "so do all of torch's"
    return part


def _notes(parts: Sequence[Part]) -> tuple[str, ...]:
    notes = [note for part in parts for note in part.notes]
    if any(part.momentum is not None for part in parts):
        notes.append("the momentum is left out: migrate the scheduler that drives it alone")
    return tuple(dict.fromkeys(notes))
