"""fvcore.common.param_scheduler (0.1.5): values over the share of the training that is done.

Each is a function of ``where``, which goes from 0 to 1. Here the run is 1 long, so that a plan's
time is ``where``; the programs count in shares and fit a run of any length. fvcore looks 1e-6
ahead (WHERE_EPSILON), to step over rounding: here a step is exactly where it is meant to be.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal, TypeAlias

from lrdsl.algebra import Schedule, Sequence, Slice
from lrdsl.python import cosine, exponential, hold, linear, multistep, pct, poly, step
from lrdsl.segments import Hold, Segment
from lrdsl.systems.arguments import AtLeastOne, Natural, Number, Positive
from lrdsl.systems.host import Host
from lrdsl.systems.joining import chain, tidy
from lrdsl.systems.nested import Nested, Scheduler
from lrdsl.systems.registry import Draft, find, read, system, unusable
from lrdsl.values import Time, show_number

Curve: TypeAlias = Callable[[Time], Schedule]
"""A scheduler, from the time in which its `where` goes from 0 to 1."""

Make: TypeAlias = Callable[..., Curve]

_UPDATES = "a time is fvcore's `where`, from 0 to 1: give your number of updates as the total"
_UNREAD = "fvcore does not use num_updates: the values share the run equally"

_curves: dict[str, Make] = {}


def _scheduler(name: str, *notes: str) -> Callable[[Make], Make]:
    """Register a function to a curve as the system of a name."""

    def register(make: Make) -> Make:
        @functools.wraps(make)
        def whole(host: Host, /, **arguments: Any) -> Draft:
            curve = tidy(_adapting(make(host, **arguments)(100 * pct)))
            if host.total is None:
                return Draft(curve, run={"total": Fraction(1)}, notes=(_UPDATES, *notes))
            return Draft(curve, run={"total": host.total}, notes=notes)

        _curves[f"fvcore.{name}"] = make
        system(f"fvcore.{name}")(whole)
        return make

    return register


@_scheduler("ConstantParamScheduler")
def constant(host: Host, /, *, value: Number) -> Curve:
    """``value``."""
    return lambda span: hold(span, value=host.rate(value))


@_scheduler("LinearParamScheduler")
def linear_param(host: Host, /, *, start_value: Number, end_value: Number) -> Curve:
    """``end_value*where + start_value*(1 - where)``."""
    return lambda span: linear(span, start=host.rate(start_value), end=host.rate(end_value))


@_scheduler("CosineParamScheduler")
def cosine_param(host: Host, /, *, start_value: Number, end_value: Number) -> Curve:
    """``end_value + (start_value - end_value)*(1 + cos(pi*where))/2``."""
    return lambda span: cosine(span, start=host.rate(start_value), end=host.rate(end_value))


@_scheduler("ExponentialParamScheduler")
def exponential_param(host: Host, /, *, start_value: Number, decay: Positive) -> Curve:
    """``start_value*decay**where``."""
    start = host.rate(start_value)
    return lambda span: exponential(every=span, factor=decay, over=span, start=start)


@_scheduler("PolynomialDecayParamScheduler")
def polynomial_decay(host: Host, /, *, base_value: Number, power: Natural) -> Curve:
    """``base_value*(1 - where)**power``."""
    base = host.rate(base_value)
    if power == 0:
        return lambda span: hold(span, value=base)
    if power == 1:
        return lambda span: linear(span, start=base)
    return lambda span: poly(span, power=power, start=base)


@_scheduler("MultiStepParamScheduler")
def multi_step(
    host: Host,
    /,
    *,
    values: tuple[Number, ...],
    num_updates: AtLeastOne | None = None,
    milestones: tuple[AtLeastOne, ...] | None = None,
) -> Curve:
    """``values[i]`` from the i-th milestone on, of num_updates; by default at equal distances."""
    if not values:
        raise unusable("values", "at least one is wanted")
    if milestones is None:
        if num_updates is None:
            raise unusable("num_updates", "give num_updates or milestones, or both")
        width = math.ceil(num_updates / len(values))
        milestones = tuple(Fraction(width * i) for i in range(1, len(values)))
    elif num_updates is None:
        if not milestones:
            raise unusable("milestones", "at least one is wanted, the end of the training")
        milestones, num_updates = milestones[:-1], milestones[-1]
    if len(milestones) != len(values) - 1:
        raise unusable("milestones", f"{len(values)} values and {len(milestones)} changes")
    if num_updates < len(values):
        raise unusable("num_updates", f"{show_number(num_updates)} is less than the values are")
    rising = [Fraction(0), *milestones, num_updates]
    if any(a >= b for a, b in pairwise(rising)):
        raise unusable("milestones", "must rise, and stay below num_updates")
    return _stairs(host, values, [m / num_updates for m in milestones])


@_scheduler("StepParamScheduler", _UNREAD)
def step_param(host: Host, /, *, num_updates: Positive, values: tuple[Number, ...]) -> Curve:
    """``values[int(where*len(values))]``."""
    if not values:
        raise unusable("values", "at least one is wanted")
    n = len(values)
    return _stairs(host, values, [Fraction(i, n) for i in range(1, n)])


@_scheduler("StepWithFixedGammaParamScheduler", _UNREAD)
def step_with_fixed_gamma(
    host: Host,
    /,
    *,
    base_value: Positive,
    num_decays: AtLeastOne,
    gamma: Positive,
    num_updates: AtLeastOne,
) -> Curve:
    """``base_value*gamma**int(where*(num_decays + 1))``."""
    base, stairs = host.rate(base_value), num_decays + 1
    return lambda span: step(every=span / stairs, factor=gamma, over=span, start=base)


@_scheduler("CompositeParamScheduler")
def composite(
    host: Host,
    /,
    *,
    schedulers: tuple[Scheduler, ...],
    lengths: tuple[Natural, ...],
    interval_scaling: tuple[Literal["rescaled", "fixed"], ...],
) -> Curve:
    """One after the other, for `lengths` of the whole.

    A "rescaled" one goes through all of its curve, of a "fixed" one there is the part that lies
    between its moments.
    """
    if not schedulers:
        raise unusable("schedulers", "at least one is wanted")
    if len(lengths) != len(schedulers):
        raise unusable("lengths", f"{len(lengths)} of them, for {len(schedulers)} schedulers")
    if len(interval_scaling) < len(schedulers):
        wanted = f"one for each of {len(schedulers)} schedulers"
        raise unusable("interval_scaling", f"{wanted} is wanted, there are {len(interval_scaling)}")
    missing = 1 - sum(lengths, Fraction(0))
    if abs(missing) >= Fraction(1, 1000) or lengths[-1] + missing < 0:
        raise unusable("lengths", f"their sum is {show_number(1 - missing)}, not 1")
    lengths = (*lengths[:-1], lengths[-1] + missing)  # so fvcore mends a sum that is nearly 1
    curves = [_nested(host, part) for part in schedulers]

    def whole(span: Time) -> Schedule:
        pieces, begin = [], Fraction(0)
        for curve, length, scaling in zip(curves, lengths, interval_scaling, strict=False):
            end = begin + length
            if length and scaling == "rescaled":
                pieces.append(curve(span * length))
            elif length:
                pieces.append(_between(curve(span), begin, end, span))
            begin = end
        return chain(pieces)

    return whole


def _nested(host: Host, part: Nested) -> Curve:
    name = f"fvcore.{part.name}"
    find(name)  # or a did-you-mean
    make = _curves[name]
    return make(host, **read(name, make, part.arguments(make)))


def _stairs(host: Host, values: tuple[Fraction, ...], at: list[Fraction]) -> Curve:
    """The first value, then each of the others from its share of the whole on."""
    start = host.rate(values[0])
    factor = values[1] / values[0] if len(values) > 1 and values[0] else Fraction(0)
    if not at:
        return lambda span: hold(span, value=start)
    if factor > 0 and all(v == values[0] * factor**i for i, v in enumerate(values)):
        return lambda s: multistep(at=[a * s for a in at], factor=factor, over=s, start=start)
    later = [host.rate(v) for v in values[1:]]
    return lambda s: multistep(at=[a * s for a in at], to=[*later], over=s, start=start)


def _between(s: Schedule, begin: Fraction, end: Fraction, span: Time) -> Schedule:
    """The part of a curve between two shares of it."""
    if isinstance(s, Hold):
        return hold((end - begin) * span, value=s.value)
    if begin == 0 and end == 1:
        return s
    if isinstance(s, Segment) and s.endless:  # its slice says the length
        return _adapting(s)[begin * span : end * span]
    return s[begin * span :] if end == 1 else s[begin * span : end * span]


def _adapting(s: Schedule) -> Schedule:
    """The schedule without the length that it has anyway, as the last of a run."""
    match s:
        case Sequence():
            return chain([*s.operands[:-1], _adapting(s.operands[-1])])
        case Slice(body=Segment()):
            return _adapting(s.body)[s.begin :]
        case Segment():
            return s.model_copy(update={"over": None})
    return s
