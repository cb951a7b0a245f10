"""`migrate`: another system's own arguments, or a live scheduler, turned into a program."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from lrdsl.api import compile
from lrdsl.diagnostics import LrdslError
from lrdsl.plan import Plan
from lrdsl.systems import live
from lrdsl.systems.arguments import exact
from lrdsl.systems.host import Host, Unlike
from lrdsl.systems.registry import Draft, Interval, System, find, names, read, unusable
from lrdsl.values import LARGEST, plain, show_number

_TICK = {"step": "st", "epoch": "ep"}


@dataclass(frozen=True, slots=True)
class Migration:
    """A scheduler of another system, as a program.

    Attributes:
        program: the canonical text.
        run: keyword arguments for `lrdsl.compile`: ``tick``; ``total``, in ticks, where the system
            has an end; and conversions where the program needs them.
        interval: how often the system sets the rate: at each ``"step"`` or ``"epoch"``.
        notes: what a reader should know about the system or about the program.
        momentum: a second program, where the system also drives the optimizer's momentum.
        groups: a program for each parameter group, where no single one serves all of them.
    """

    program: str
    run: Mapping[str, Any]
    interval: Interval
    notes: tuple[str, ...] = ()
    momentum: str | None = None
    groups: tuple[str, ...] = field(default=())

    def compile(self) -> Plan:
        """The plan of `program` for `run`."""
        return compile(self.program, **self.run)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "program": self.program,
            "run": dict(self.run),
            "interval": self.interval,
            "notes": list(self.notes),
            "momentum": self.momentum,
            "groups": list(self.groups),
        }


def migrate(
    system: str | object,
    args: Mapping[str, Any] | Sequence[Any] | None = None,
    *,
    base_lr: float | Sequence[float] | None = None,
    total: float | None = None,
) -> Migration:
    """A program that gives the rates of another system's scheduler.

    Args:
        system: its name, such as ``"timm.tanh"`` or ``"torch.OneCycleLR"``; or a scheduler object
            of torch, timm or transformers, whose arguments are then read from it.
        args: the real constructor's own keyword arguments. A key that begins with an underscore
            describes the run, as ``_total`` does. A list stands for the first argument.
        base_lr: the optimizer's rate, or one for each parameter group. Where it is not given,
            the program's ``lr`` is the rate that the system itself is given, if it is given one.
        total: the run's length in ticks, where the system does not say it.

    Raises:
        LrdslError: an unknown system (LR721) or argument (LR722), a missing one (LR723), a value
            that the real constructor refuses (LR724), a scheduler that is not a function of time
            (LR725).
    """
    if not isinstance(system, str):
        name, found, bases = live.arguments(system)
        return migrate(
            name,
            {**found, **_named(find(name), args or {})},
            base_lr=bases if base_lr is None else base_lr,
            total=total,
        )
    make = find(system)
    given = _named(make, {} if args is None else args)
    about = {k[1:]: v for k, v in given.items() if isinstance(k, str) and k.startswith("_")}
    own = read(system, make, {k: v for k, v in given.items() if str(k)[:1] != "_"})
    host = Host(
        base=_rates(base_lr),
        total=_total(about.get("total", total)),
        about=about,
        given=frozenset(n for n, d in _defaults(make).items() if own[n] != d),
    )
    try:
        return _made(make, host, own)
    except LrdslError as e:  # an argument that the language itself refuses
        first = e.diagnostics[0]
        if first.code in _NAMED or first.message.partition(":")[0] in names():
            raise
        raise unusable(system, first.message, first.help) from None
    except OverflowError:
        said = "a number that follows from these arguments is larger than a float can hold"
        raise unusable(system, said) from None


def _defaults(make: System) -> dict[str, Any]:
    return {p.name: p.default for p in list(inspect.signature(make).parameters.values())[1:]}


def _named(make: System, args: Any) -> Mapping[str, Any]:
    if isinstance(args, list | tuple):  # optax.sgdr_schedule([..]): the one argument that it has
        return {list(inspect.signature(make).parameters)[1]: args}
    if not isinstance(args, Mapping):
        raise unusable("args", "the constructor's keyword arguments, as a mapping, are wanted")
    return args


def _rates(base_lr: Any) -> tuple[Fraction, ...]:
    if base_lr is None:
        return ()
    several = base_lr if isinstance(base_lr, list | tuple) else [base_lr]
    if not several:
        raise unusable("base_lr", "a rate for each parameter group is wanted, and there is none")
    rates = tuple(_number("base_lr", rate) for rate in several)
    if min(rates) < 0:
        raise unusable("base_lr", f"{show_number(min(rates))} is negative")
    return rates


def _total(value: Any) -> Fraction | None:
    if value is None:
        return None
    total = _number("total", value)
    if total <= 0:
        raise unusable("total", f"{show_number(total)} is not positive")
    return total


def _number(name: str, value: Any) -> Fraction:
    try:
        return exact(value)
    except ValueError as e:
        raise unusable(name, str(e)) from None


def _finished(draft: Draft, host: Host) -> Migration:
    run = {"tick": _TICK[draft.interval], **draft.run}
    ends = [t for t in (run.get("total"), host.total) if t is not None]
    if ends:
        run["total"] = min(ends)
    made = Migration(
        program=str(draft.schedule),
        run={k: _json(v) if isinstance(v, Fraction) else v for k, v in run.items()},
        interval=draft.interval,
        notes=draft.notes,
        momentum=None if draft.momentum is None else str(draft.momentum),
    )
    return _fitting(made, host)


def _json(value: Fraction) -> int | float | str:
    if value > LARGEST:
        raise OverflowError
    return plain(value)


def _fitting(made: Migration, host: Host) -> Migration:
    """The migration itself, or, where it is longer than the run that was asked for, cut to it."""
    try:
        made.compile()
    except LrdslError as e:
        codes = {d.code for d in e.diagnostics}
        if codes <= _WAITS:
            wanted = "; ".join(dict.fromkeys(d.help for d in e.diagnostics if d.help))
            return replace(made, notes=(*made.notes, f"to compile it, {wanted}"))
        if codes != {"LR402"} or host.total is None or "overflow" in made.run:
            raise
        return replace(made, run={**made.run, "overflow": "truncate"})
    return made


# These name the system already, as does a message that begins with one.
_NAMED = {"LR721", "LR722", "LR723", "LR725"}

# A program in shares or units of a run that is not known yet: the one who compiles it says the run.
_WAITS = {"LR701", "LR702", "LR703"}


def _made(make: System, host: Host, own: Mapping[str, Any]) -> Migration:
    try:
        return _finished(make(host, **own), host)
    except Unlike as unlike:
        groups = unlike.groups or len(host.base)
    alone = [host.alone(group, groups) for group in range(groups)]
    first, *others = [_finished(make(host, **own), host) for host in alone]
    note = "no single program serves all parameter groups: `groups` has one for each"
    programs = tuple(m.program for m in (first, *others))
    return replace(first, groups=programs, notes=(*first.notes, note))
