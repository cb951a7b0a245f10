"""mmengine.optim.scheduler (0.10.7): schedulers that act between `begin` and `end`.

Their curves are torch's, over ``end - begin - 1`` steps, on the rate that they find at `begin`.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from fractions import Fraction
from typing import Any, Literal, TypeAlias, cast, get_type_hints

from lrdsl.algebra import Schedule
from lrdsl.python import cosine, hold, linear, lr, poly, restarts, wave
from lrdsl.systems.arguments import (
    AtLeastOne,
    Count,
    Integer,
    Natural,
    Number,
    PerGroup,
    Positive,
    Share,
    exact,
)
from lrdsl.systems.host import Host
from lrdsl.systems.joining import chain, joined, upto
from lrdsl.systems.mmengine_windows import INF, Action, When, Window, together
from lrdsl.systems.nested import Nested, Scheduler, among_others
from lrdsl.systems.registry import Draft, find, read, system, timeless, unusable
from lrdsl.systems.torch_parts import Cut, Part, flat, followed
from lrdsl.values import Value

THIRD = Fraction(1, 3)


Make: TypeAlias = Callable[..., Action]

_makers: dict[str, Callable[..., Window]] = {}


def _scheduler(name: str) -> Callable[[Make], Make]:
    """Register a function from arguments and `When` to an action as the scheduler of a name."""

    def register(make: Make) -> Make:
        times = [f.name for f in fields(When)]

        def window(host: Host, /, **given: Any) -> Window:
            when = When(**{n: given.pop(n) for n in times})
            if when.steps <= 0:
                raise unusable("end", "must be more than begin")
            return Window(make(host, when, **given), when)

        first, _, *own = inspect.signature(make).parameters.values()
        known = inspect.signature(When).parameters.values()
        common = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in known]
        vars(window)["__signature__"] = inspect.Signature([first, *own, *common])
        hints = (get_type_hints(source, include_extras=True) for source in (When, make))
        window.__annotations__ = {k: v for source in hints for k, v in source.items()}
        _makers[name] = window
        system(f"mmengine.{name}")(_alone(name, [p.name for p in (*own, *common)]))
        return make

    return register


def _alone(name: str, arguments: list[str]) -> Callable[..., Draft]:
    """The system of one scheduler: from its arguments, or from a list of schedulers."""

    def make(host: Host, /, *, schedulers: tuple[Nested, ...] | None = None, **own: Any) -> Draft:
        given = {n: v for n, v in own.items() if v is not None}
        if schedulers is None:
            return together([_window(host, name, given)])
        if given:
            raise unusable("schedulers", f"a list of schedulers takes no {next(iter(given))}")
        return composite(host, schedulers=schedulers)

    several = {"schedulers": tuple[Scheduler, ...] | None}
    _takes(make, {**several, **dict.fromkeys(arguments, Any)})
    return make


def _takes(make: Callable[..., Draft], optional: Mapping[str, Any], **needed: Any) -> None:
    """Give a function these parameters: what is `Any` here is read by a scheduler's own rules."""
    kind = inspect.Parameter.KEYWORD_ONLY
    host = inspect.Parameter("host", inspect.Parameter.POSITIONAL_ONLY)
    first = [inspect.Parameter(n, kind) for n in needed]
    rest = [inspect.Parameter(n, kind, default=None) for n in optional]
    vars(make)["__signature__"] = inspect.Signature([host, *first, *rest])
    make.__annotations__ = {**needed, **optional}


def _torch(host: Host, name: str, **arguments: Any) -> Part:
    return cast(Part, find(f"torch.{name}")(host, **arguments))


@_scheduler("ConstantLR")
def constant_lr(host: Host, when: When, /, *, factor: Share = THIRD) -> Action:
    """``factor`` times the rate, up to the last step."""
    if not factor and 0 < when.last < INF - 1:
        raise unusable("factor", "ConstantLR divides by it: give more than 0")
    part = _torch(host, "ConstantLR", factor=factor, total_iters=when.last)
    return Action(part, stairs=True, names_lr=True)


@_scheduler("LinearLR")
def linear_lr(
    host: Host, when: When, /, *, start_factor: Share = THIRD, end_factor: Share = Fraction(1)
) -> Action:
    """``start_factor + (end_factor - start_factor)*t/last`` times the rate."""
    if not start_factor and when.last:
        raise unusable("start_factor", "LinearLR divides by it: give more than 0")
    if not when.last:
        return Action(flat(start_factor * lr), names_lr=True)
    factors = {"start_factor": start_factor, "end_factor": end_factor}
    return Action(_torch(host, "LinearLR", **factors, total_iters=when.last), names_lr=True)


@_scheduler("ExponentialLR")
def exponential_lr(host: Host, when: When, /, *, gamma: Number) -> Action:
    """``gamma**t`` times the rate."""
    return Action(_torch(host, "ExponentialLR", gamma=gamma), names_lr=not gamma)


@_scheduler("StepLR")
def step_lr(
    host: Host, when: When, /, *, step_size: AtLeastOne, gamma: Number = Fraction(1, 10)
) -> Action:
    """``gamma**(t // step_size)`` times the rate."""
    part = _torch(host, "StepLR", step_size=step_size, gamma=gamma)
    if step_size > when.last:
        part = flat()
    return Action(part, names_lr=not gamma)


@_scheduler("MultiStepLR")
def multi_step_lr(
    host: Host, when: When, /, *, milestones: tuple[Integer, ...], gamma: Number = Fraction(1, 10)
) -> Action:
    """``gamma**(milestones reached)`` times the rate; milestones count from `begin`."""
    reached = tuple(m for m in milestones if 0 <= m <= when.last)
    curve = _torch(host, "MultiStepLR", milestones=reached, gamma=gamma).schedule
    part = Part(curve, cut=lambda n: (upto(curve, n), None)) if reached else flat()
    return Action(part, stairs=True, names_lr=not gamma, level=when.last)


@_scheduler("CosineAnnealingLR")
def cosine_annealing_lr(
    host: Host,
    when: When,
    /,
    *,
    T_max: Count | None = None,
    eta_min: Number | None = None,
    eta_min_ratio: Number | None = None,
) -> Action:
    """``low + (rate - low)*(1 + cos(pi*t/T_max))/2``: past T_max it rises again."""
    if eta_min is None and eta_min_ratio is None:
        eta_min = Fraction(0)
    low = _low(host, eta_min, eta_min_ratio)
    length = T_max or when.steps
    curve = cosine(length, end=low)

    def cut(n: Fraction) -> Cut:
        if n <= length:
            return (curve, low) if n == length else (curve[:n], None)
        return wave(n, periods=n / length / 2, low=low), None

    return Action(Part(curve, run={"total": length}, cut=cut), does=_towards(low))


@_scheduler("PolyLR")
def poly_lr(
    host: Host, when: When, /, *, eta_min: Number = Fraction(0), power: Natural = Fraction(1)
) -> Action:
    """``eta_min + (rate - eta_min)*(1 - t/last)**power``."""
    low, length = host.rate(eta_min), when.last
    if not length or not power:
        return Action(flat())
    curve = linear(length, end=low) if power == 1 else poly(length, power=power, end=low)
    return Action(Part(curve, length=length, exit=low), does=_towards(low))


@_scheduler("OneCycleLR")
def one_cycle_lr(
    host: Host,
    when: When,
    /,
    *,
    eta_max: PerGroup = (Fraction(0),),
    total_steps: AtLeastOne | None = None,
    pct_start: Share = Fraction(3, 10),
    anneal_strategy: Literal["cos", "linear"] = "cos",
    div_factor: Positive = Fraction(25),
    final_div_factor: Positive = Fraction(10_000),
    three_phase: bool = False,
) -> Action:
    """As torch's, with eta_max for max_lr."""
    total = when.steps if total_steps is None else total_steps
    make = find("torch.OneCycleLR")
    own = {
        "max_lr": eta_max,
        "total_steps": total,
        "pct_start": pct_start,
        "anneal_strategy": anneal_strategy,
        "div_factor": div_factor,
        "final_div_factor": final_div_factor,
        "three_phase": three_phase,
        "cycle_momentum": False,
    }
    curve = make(among_others(host), **read("torch.OneCycleLR", make, own)).schedule

    def cut(n: Fraction) -> Cut:
        return upto(curve, n), None

    return Action(Part(curve, run={"total": total}, cut=cut), does="set")


@_scheduler("CosineRestartLR")
def cosine_restart_lr(
    host: Host,
    when: When,
    /,
    *,
    periods: tuple[AtLeastOne, ...],
    restart_weights: tuple[Number, ...] = (Fraction(1),),
    eta_min: Number | None = None,
    eta_min_ratio: Number | None = None,
) -> Action:
    """Cosines from ``weight*base`` to the lowest rate, one for each period; then the rate stays."""
    if not periods or len(periods) != len(restart_weights):
        counts = f"{len(periods)} periods and {len(restart_weights)} weights"
        raise unusable("restart_weights", f"one for each period is wanted, there are {counts}")
    low = _low(host, eta_min, eta_min_ratio)
    if restart_weights == tuple(Fraction(1) for _ in periods) and len(set(periods)) == 1:
        one = cosine(periods[0], end=low)
        cycles = one * restarts() if len(periods) > 1 else one
    else:
        pairs = zip(periods, restart_weights, strict=True)
        cycles = joined([cosine(p, start=w * lr, end=low) for p, w in pairs])
    last = sum(periods, Fraction(-1))
    begins = [sum(periods[:i], Fraction(0)) for i in range(len(periods))]

    def through(n: Fraction) -> Schedule:
        """Up to a step and with its rate, also where that is the first of a period."""
        first = [
            hold(0, value=w * lr) for b, w in zip(begins, restart_weights, strict=True) if b == n
        ]
        return chain([*([upto(cycles, n)] if n else []), *first])

    def cut(n: Fraction) -> Cut:
        return followed(through(min(n, last)), max(n - last, Fraction(0))), None

    return Action(Part(through(last), cut=cut), does="set", level=last)


def _low(host: Host, rate: Fraction | None, ratio: Fraction | None) -> Value:
    if rate is not None and ratio is not None:
        raise unusable("eta_min_ratio", "give eta_min or eta_min_ratio, not both")
    if ratio is not None:
        return ratio * lr
    if rate is None:
        raise unusable("eta_min", "give eta_min or eta_min_ratio")
    return host.rate(rate)


def _towards(low: Value) -> Literal["multiply", "lead"]:
    return "lead" if low != 0 * lr else "multiply"


@system("mmengine.ReduceOnPlateauLR")
def reduce_on_plateau(
    host: Host,
    /,
    *,
    monitor: Any = "loss",
    rule: Any = "less",
    factor: Any = 0.1,
    patience: Any = 10,
    threshold: Any = 1e-4,
    threshold_rule: Any = "rel",
    cooldown: Any = 0,
    min_value: Any = 0,
    eps: Any = 1e-8,
    begin: Any = 0,
    end: Any = INF,
    last_step: Any = -1,
    by_epoch: Any = True,
    verbose: Any = False,
    schedulers: Any = None,
) -> Draft:
    """A drop by `factor` after `patience` epochs without a better metric."""
    raise timeless(
        "ReduceOnPlateauLR, which follows a metric,",
        "write the drops at the steps where they came in an earlier run: "
        "multistep([30, 60], factor=0.1)",
    )


@system("mmengine.composite")
def composite(host: Host, /, *, schedulers: tuple[Scheduler, ...]) -> Draft:
    """Schedulers on one optimizer, all stepped together, in their order."""
    if not schedulers:
        raise unusable("schedulers", "at least one is wanted")
    windows = []
    for part in schedulers:
        if part.name == "ReduceOnPlateauLR":
            return reduce_on_plateau(host)
        find(f"mmengine.{part.name}")  # or a did-you-mean
        if part.name not in _makers:
            raise unusable("schedulers", f"{part.name} is no scheduler that can stand in a list")
        windows.append(_window(host, part.name, part.arguments(_makers[part.name])))
    return together(windows)


def from_epochs(
    host: Host, /, *, cls: str, epoch_length: Fraction, by_epoch: Any, **own: Any
) -> Draft:
    """``cls.build_iter_from_epoch``: a scheduler whose times are in epochs, stepped more often."""
    if cls not in _makers:
        raise unusable("cls", f"there is no mmengine.{cls}; there are {', '.join(_makers)}")
    if by_epoch not in (None, True):
        raise unusable("by_epoch", "only a scheduler that counts epochs can be converted")
    given = {n: v for n, v in own.items() if v is not None}
    for name in given.keys() & _TIMES:
        several = isinstance(given[name], list | tuple)
        times = [_steps(name, v, epoch_length) for v in (given[name] if several else [given[name]])]
        given[name] = times if several else times[0]
    return together([_window(host, cls, given)])


_TIMES = {"begin", "end", "step_size", "milestones", "T_max", "periods", "total_steps"}


def _steps(name: str, epochs: Any, epoch_length: Fraction) -> Fraction:
    try:
        length = exact(epochs)
    except ValueError as e:
        raise unusable(name, str(e)) from None
    if name == "end" and length >= INF:
        return INF
    steps = length * epoch_length
    return Fraction(math.floor(steps)) if name in ("begin", "end") else steps


system("mmengine.build_iter_from_epoch")(from_epochs)
_takes(
    from_epochs,
    {n: Any for make in _makers.values() for n in list(inspect.signature(make).parameters)[1:]},
    cls=str,
    epoch_length=AtLeastOne,
)


def _read(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return read(f"mmengine.{name}", cast(Any, _makers[name]), given)


def _window(host: Host, name: str, given: Mapping[str, Any]) -> Window:
    return _makers[name](host, **_read(name, given))
