"""ignite.handlers.param_scheduler (0.5.5): the value of event k is what the call k sets.

ignite sets the rates that it is given, whatever the optimizer's are; only the torch schedulers
that it wraps scale those. The schedulers of torch are those of `lrdsl.systems.torch`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeAlias, cast

from lrdsl.algebra import Schedule
from lrdsl.api import compile
from lrdsl.python import hold, linear, lr, points, warmup
from lrdsl.systems.arguments import AtLeastOne, Count, Integer, Natural, Number, Positive, exact
from lrdsl.systems.host import Host, Unlike
from lrdsl.systems.ignite_cycles import Cycles, arch, line, triangle
from lrdsl.systems.joining import chain, start_of, tidy, upto
from lrdsl.systems.nested import Nested, Scheduler, among_others, draft
from lrdsl.systems.registry import Draft, find, names, read, system, timeless, unusable
from lrdsl.systems.torch_parts import Cut, Part, entered
from lrdsl.values import Value, show_number

Make: TypeAlias = Callable[..., Draft]

_makers: dict[str, Make] = {}
ONE = Fraction(1)
ROUNDING = Fraction(1, 10**14)  # a few of those of float64
_CONTEXT = ("param_name", "save_history", "param_group_index")


def _scheduler(name: str) -> Callable[[Make], Make]:
    """Register a function to a curve, which says where it starts, as the system of a name."""

    def register(make: Make) -> Make:
        @functools.wraps(make)
        def alone(host: Host, /, **arguments: Any) -> Draft:
            index = arguments.get("param_group_index")
            groups = host.groups or len(host.base)
            if index is not None and groups > 1:
                if not -groups <= index < groups:
                    raise unusable("param_group_index", f"there are {groups} parameter groups")
                if host.group is None:
                    raise Unlike(groups)
                if host.group != index % groups:
                    return Draft(hold(), notes=_notes(arguments))
            made = make(host, **arguments)
            return replace(
                made, schedule=tidy(made.schedule), notes=(*_notes(arguments), *made.notes)
            )

        _makers[name] = make
        system(f"ignite.{name}")(alone)
        return make

    return register


def _notes(arguments: dict[str, Any]) -> tuple[str, ...]:
    name = arguments.get("param_name", "lr")
    return (
        () if name == "lr" else (f"the program is for the optimizer's {name}, and its lr is that",)
    )


# --- one curve ------------------------------------------------------------------------------------


@_scheduler("LinearCyclicalScheduler")
def linear_cyclical(
    host: Host,
    /,
    *,
    param_name: str = "lr",
    start_value: Number,
    end_value: Number,
    cycle_size: AtLeastOne,
    cycle_mult: Natural = Fraction(1),
    start_value_mult: Positive = Fraction(1),
    end_value_mult: Positive = Fraction(1),
    warmup_duration: Count = Fraction(0),
    save_history: bool = False,
    param_group_index: Integer | None = None,
    monotonic: bool = False,
) -> Draft:
    """From start_value to end_value and back, or, if monotonic, with a jump back."""
    if warmup_duration and not monotonic:
        raise unusable("warmup_duration", "only a monotonic scheduler has a warm-up")
    cycles = Cycles(
        line if monotonic else triangle,
        _size(cycle_size),
        warmup_duration,
        cycle_mult,
        (start_value, end_value),
        (start_value_mult, end_value_mult),
    )
    return cycles.draft(host)


@_scheduler("CosineAnnealingScheduler")
def cosine_annealing(
    host: Host,
    /,
    *,
    param_name: str = "lr",
    start_value: Number,
    end_value: Number,
    cycle_size: AtLeastOne,
    cycle_mult: Natural = Fraction(1),
    start_value_mult: Positive = Fraction(1),
    end_value_mult: Positive = Fraction(1),
    warmup_duration: Count = Fraction(0),
    save_history: bool = False,
    param_group_index: Integer | None = None,
) -> Draft:
    """Half a cosine wave from start_value to end_value, again and again."""
    cycles = Cycles(
        arch,
        _size(cycle_size),
        warmup_duration,
        cycle_mult,
        (start_value, end_value),
        (start_value_mult, end_value_mult),
    )
    return cycles.draft(host)


def _size(cycle_size: Fraction) -> Fraction:
    if cycle_size < 2:
        raise unusable("cycle_size", "a cycle has at least two events")
    return cycle_size


@_scheduler("PiecewiseLinear")
def piecewise_linear(
    host: Host,
    /,
    *,
    param_name: str = "lr",
    milestones_values: tuple[tuple[Count, Number], ...],
    save_history: bool = False,
    param_group_index: Integer | None = None,
) -> Draft:
    """Through the points; level before the first and after the last."""
    if not milestones_values:
        raise unusable("milestones_values", "at least one point is wanted")
    times = [t for t, _ in milestones_values]
    if times != sorted(times):
        raise unusable("milestones_values", "the milestones must not decrease")
    if len({v for _, v in milestones_values}) == 1:
        return Draft(hold(value=host.rate(milestones_values[0][1])))
    return Draft(points([[t, host.rate(v)] for t, v in milestones_values]))


@_scheduler("LRScheduler")
def lr_scheduler_of_torch(
    host: Host,
    /,
    *,
    lr_scheduler: Scheduler,
    save_history: bool = False,
    use_legacy: bool = False,
) -> Draft:
    """A scheduler of torch: event k has the rate of its step k."""
    found = part = _of_torch(host, lr_scheduler)
    if lr_scheduler.name not in _MULTIPLY:

        def cut(n: Fraction) -> Cut:
            return entered(found.upto(n)[0], lr), None

        part = replace(found, schedule=entered(found.schedule, lr), cut=cut)
    note = "with use_legacy event k sets the rate of the next update: the program counts updates"
    return replace(part, notes=(*part.notes, note)) if use_legacy else part


_MULTIPLY = ("ExponentialLR", "MultiStepLR", "PolynomialLR", "StepLR")  # the rate that they find


def _of_torch(host: Host, one: Nested) -> Part:
    """A scheduler of torch, whose times are not shares of its own run."""
    if one.name in ("ChainedScheduler", "SequentialLR"):
        raise unusable("lr_scheduler", f"ignite cannot step torch's {one.name}")
    return cast(Part, draft(among_others(host), one, "torch"))


# --- several of them ------------------------------------------------------------------------------


@_scheduler("ConcatScheduler")
def concat(
    host: Host,
    /,
    *,
    schedulers: tuple[Scheduler, ...],
    durations: tuple[Count, ...],
    save_history: bool = False,
) -> Draft:
    """One after the other, each on its own clock and for so many events."""
    if len(schedulers) < 2:
        raise unusable("schedulers", "at least two are wanted")
    if len(durations) != len(schedulers) - 1:
        raise unusable("durations", f"{len(durations)} of them, for {len(schedulers)} schedulers")
    pieces: list[Schedule] = []
    notes: list[str] = []
    for one, length in zip(schedulers, durations, strict=False):
        made = _nested(replace(host, total=max(length, ONE)), one)
        end = made.run.get("total")
        notes += made.notes if length else ()
        if isinstance(made, Part) and length:  # as torch is, past its own end too
            pieces.append(made.upto(length)[0])
        elif length:
            if end is not None and end < length:
                raise unusable("durations", f"{one.name} has only {show_number(end)} events")
            pieces.append(upto(made.schedule, length))
    begin = sum(durations, Fraction(0))
    last = _nested(_from(host, begin), schedulers[-1])
    curve = chain([*pieces, last.schedule])
    return Draft(curve, run=_later(last, begin), notes=(*notes, *last.notes))


@_scheduler("create_lr_scheduler_with_warmup")
def with_warmup(
    host: Host,
    /,
    *,
    lr_scheduler: Scheduler | None = None,
    warmup_start_value: Number,
    warmup_duration: AtLeastOne,
    warmup_end_value: Number | None = None,
    save_history: bool = False,
    output_simulated_values: Any = None,
    param_scheduler: Scheduler | None = None,
) -> Draft:
    """A straight line whose event ``warmup_duration - 1`` has the end value, then the scheduler.

    Where the scheduler starts at that value, that event is its first. Where it does not, its first
    event is the one after it. ``param_scheduler`` is another name for ``lr_scheduler``.
    """
    one = lr_scheduler or param_scheduler
    if one is None or None not in (lr_scheduler, param_scheduler):
        raise unusable("lr_scheduler", "one scheduler is wanted")
    if warmup_duration < 2:
        raise unusable("warmup_duration", "at least two events are wanted")
    rise = warmup_duration - 1
    if warmup_end_value is not None:
        host = host.assuming(warmup_end_value)
    of_torch = f"ignite.{one.name}" not in names()
    inner = _from(host, rise)
    made = _of_torch(inner, one) if of_torch else _nested(inner, one)
    curve = entered(made.schedule, lr) if of_torch else made.schedule
    first = _first(made)
    top = first if of_torch else lr  # the optimizer's rate: torch's has begun to schedule it
    if warmup_end_value is not None:
        top = host.rate(warmup_end_value)
    start = host.rate(warmup_start_value)
    if _same(host, top, first):
        pieces = [warmup(rise, start=start, end=top), curve]
    elif not of_torch:
        rise = warmup_duration
        pieces = [warmup(rise, start=start, end=top, grid="both"), curve]
    elif len(host.base) < 2 and host.group is None:
        pieces = [warmup(rise, start=start, end=top), linear(1, end=first), curve]
        rise = warmup_duration
    elif one.name in _MULTIPLY:  # with several groups there is no step to the first rate
        pieces = [warmup(rise, start=start, end=top), made.schedule]
    else:
        pieces = [warmup(warmup_duration, start=start, end=top, grid="both"), curve[1:]]
    return Draft(chain(pieces), run=_later(made, rise), notes=made.notes)


def _nested(host: Host, one: Nested) -> Draft:
    find(f"ignite.{one.name}")  # or a did-you-mean
    if one.name not in _makers:
        raise unusable("schedulers", f"{one.name} is no scheduler that can stand among others")
    make = _makers[one.name]
    given = one.arguments(make, unless=_CONTEXT)
    if given.get("param_group_index") is not None:
        raise unusable(
            "param_group_index", "give it to the whole, not to one of several schedulers"
        )
    return make(host, **read(f"ignite.{one.name}", make, given))


def _from(host: Host, begin: Fraction) -> Host:
    """The host of what begins later."""
    return host if host.total is None else replace(host, total=max(host.total - begin, ONE))


def _later(made: Draft, begin: Fraction) -> dict[str, Any]:
    end = made.run.get("total")
    return {} if end is None else {"total": begin + end}


def _first(made: Draft) -> Value:
    """The rate of the first event."""
    written = start_of(made.schedule)
    if written is not None:
        return written
    a, b = compile(str(made.schedule), tick="st", **made.run).affine(0)
    return _meant(float(a)) * lr + _meant(float(b))


def _meant(computed: float) -> Fraction:
    """The short number that was computed with, where a rounding lies between."""
    for near in (exact(f"{computed:.12g}"), exact(computed).limit_denominator(1000)):
        if abs(near - exact(computed)) <= ROUNDING * abs(near):
            return near
    return exact(computed)


def _same(host: Host, a: Value, b: Value) -> bool:
    """Whether two rates are the same; ignite asks the last of several groups."""
    base = host.base[-1:] or (None,)
    if base[0] is None:
        return a == b
    rates = [v.lr * base[0] + v.constant for v in (a, b)]
    return abs(rates[0] - rates[1]) <= ROUNDING * max(rates)


# --- no functions of time -------------------------------------------------------------------------


@system("ignite.ReduceLROnPlateauScheduler")
def reduce_on_plateau(
    host: Host,
    /,
    *,
    metric_name: Any = None,
    trainer: Any = None,
    save_history: Any = False,
    param_group_index: Any = None,
    mode: Any = "min",
    factor: Any = 0.1,
    patience: Any = 10,
    threshold: Any = 1e-4,
    threshold_mode: Any = "rel",
    cooldown: Any = 0,
    min_lr: Any = 0,
    eps: Any = 1e-8,
    verbose: Any = False,
) -> Draft:
    """A drop by `factor` after `patience` events without a better metric."""
    raise timeless(
        "ReduceLROnPlateauScheduler, which follows a metric,",
        "write the drops at the events where they came in an earlier run: "
        "multistep([30, 60], factor=0.1)",
    )
