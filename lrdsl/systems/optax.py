"""The schedules of optax (0.2.8), which are given absolute rates.

In the formulas t counts the updates, T is transition_steps or decay_steps, and u = t/T, at most 1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import wraps
from itertools import accumulate, pairwise
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, WrapValidator

from lrdsl.algebra import Schedule
from lrdsl.python import exponential, points, restarts, step
from lrdsl.segments import Hold
from lrdsl.systems.arguments import AtLeastOne, Count, Natural, Number, Positive, Share, ticks
from lrdsl.systems.host import Host
from lrdsl.systems.joining import joined, upto
from lrdsl.systems.nested import Nested, Scheduler
from lrdsl.systems.optax_parts import (
    arch,
    bounded,
    cosine_power,
    fall,
    line,
    row,
    stairs,
    steady,
)
from lrdsl.systems.registry import Draft, System, find, read, system, timeless, unusable
from lrdsl.values import show_number

ZERO, ONE = Fraction(0), Fraction(1)

Kind: TypeAlias = Literal["linear", "cosine"]
Part: TypeAlias = Annotated[
    Scheduler, WrapValidator(lambda given, reading: given if callable(given) else reading(given))
]
"""A schedule among another's arguments; a Python function, which is one too, cannot be read."""

_curves: dict[str, System] = {}


def schedule(curve: System) -> System:
    """Register a function as the optax schedule of its name.

    The function says all rates, so that others can be made of its curve; the program does not.
    """

    @wraps(curve)
    def make(host: Host, /, **arguments: Any) -> Draft:
        found = curve(host, **arguments)
        return replace(found, schedule=joined([found.schedule]))

    system(f"optax.{curve.__name__}")(make)
    _curves[curve.__name__] = curve
    return curve


# --- one curve ------------------------------------------------------------------------------------


@schedule
def constant_schedule(host: Host, /, *, value: Number) -> Draft:
    """``value``."""
    return Draft(steady(host, value))


@schedule
def polynomial_schedule(
    host: Host,
    /,
    *,
    init_value: Number,
    end_value: Number,
    power: Natural,
    transition_steps: Number,
    transition_begin: Number = ZERO,
) -> Draft:
    """``(init_value - end_value)*(1 - u)**power + end_value``, u from transition_begin on."""
    if transition_steps <= 0:
        return _unmoved(host, init_value, "transition_steps that are not positive")
    curve = fall(host, init_value, end_value, transition_steps, power)
    return _begun(host, transition_begin, init_value, curve)


@schedule
def linear_schedule(
    host: Host,
    /,
    *,
    init_value: Number,
    end_value: Number,
    transition_steps: Number,
    transition_begin: Number = ZERO,
) -> Draft:
    """``init_value + u*(end_value - init_value)``, u from transition_begin on."""
    return polynomial_schedule(
        host,
        init_value=init_value,
        end_value=end_value,
        power=ONE,
        transition_steps=transition_steps,
        transition_begin=transition_begin,
    )


@schedule
def exponential_decay(
    host: Host,
    /,
    *,
    init_value: Number,
    transition_steps: Number,
    decay_rate: Natural,
    transition_begin: Number = ZERO,
    staircase: bool = False,
    end_value: Number | None = None,
) -> Draft:
    """``init_value*decay_rate**(t/T)``, t/T floored if `staircase`, and bounded by `end_value`."""
    if transition_steps <= 0:
        return _unmoved(host, init_value, "transition_steps that are not positive")
    if decay_rate == 0:
        return _unmoved(host, init_value, "a decay_rate of 0")
    shape = step if staircase else exponential
    decay = shape(ticks(transition_steps), decay_rate, start=host.rate(init_value))
    first = init_value
    if end_value is not None:
        first = max(first, end_value) if decay_rate < 1 else min(first, end_value)
        decay = bounded(host, decay, init_value, decay_rate, end_value)
    elif not init_value or decay_rate == 1:
        decay = steady(host, init_value)
    return _begun(host, transition_begin, first, decay)


@schedule
def cosine_decay_schedule(
    host: Host,
    /,
    *,
    init_value: Number,
    decay_steps: Positive,
    alpha: Number = ZERO,
    exponent: Natural = ONE,
) -> Draft:
    """``init_value*((1 - alpha)*((1 + cos(pi*u))/2)**exponent + alpha)``."""
    return Draft(cosine_power(host, init_value, alpha * init_value, decay_steps, exponent))


@schedule
def piecewise_constant_schedule(
    host: Host,
    /,
    *,
    init_value: Number,
    boundaries_and_scales: dict[Number, Natural] | None = None,
) -> Draft:
    """``init_value`` times the scales of all boundaries that are reached."""
    scales = sorted((boundaries_and_scales or {}).items())
    start = init_value * math.prod(scale for boundary, scale in scales if boundary <= 0)
    later = [(boundary, scale) for boundary, scale in scales if boundary > 0 and scale != 1]
    return Draft(stairs(host, start, later) if later and start else steady(host, start))


@schedule
def piecewise_interpolate_schedule(
    host: Host,
    /,
    *,
    interpolate_type: Kind,
    init_value: Number,
    boundaries_and_scales: dict[Count, Natural] | None = None,
) -> Draft:
    """Between the boundaries from one product of scales to the next, by a line or half a wave."""
    given = [(ZERO, init_value)]
    for boundary, scale in sorted((boundaries_and_scales or {}).items()):
        reached = (boundary, given[-1][1] * scale)
        given = [*given, reached] if boundary else [reached]
    while len(given) > 1 and given[-1][1] == given[-2][1]:
        given.pop()
    if len(given) == 1:
        return Draft(steady(host, given[0][1]))
    if len(given) > 3:
        through: list[Any] = [[ticks(time), host.rate(rate)] for time, rate in given]
        return Draft(points(through, shape=interpolate_type))
    make = line if interpolate_type == "linear" else arch
    return Draft(row(make(host, a, b, end - start) for (start, a), (end, b) in pairwise(given)))


@schedule
def linear_onecycle_schedule(
    host: Host,
    /,
    *,
    transition_steps: AtLeastOne,
    peak_value: Number,
    pct_start: Share = Fraction(3, 10),
    pct_final: Share = Fraction(17, 20),
    div_factor: Positive = Fraction(25),
    final_div_factor: Positive = Fraction(10_000),
) -> Draft:
    """Up from ``peak_value/div_factor``, down to it, and down to its final_div_factor-th part."""
    scales = {pct_start: div_factor, pct_final: 1 / div_factor, ONE: 1 / final_div_factor}
    return _onecycle(host, "linear", transition_steps, peak_value / div_factor, scales)


@schedule
def cosine_onecycle_schedule(
    host: Host,
    /,
    *,
    transition_steps: AtLeastOne,
    peak_value: Number,
    pct_start: Share = Fraction(3, 10),
    div_factor: Positive = Fraction(25),
    final_div_factor: Positive = Fraction(10_000),
) -> Draft:
    """Up from ``peak_value/div_factor``, and down to its final_div_factor-th part."""
    scales = {pct_start: div_factor, ONE: 1 / (div_factor * final_div_factor)}
    return _onecycle(host, "cosine", transition_steps, peak_value / div_factor, scales)


# --- several curves -------------------------------------------------------------------------------


@schedule
def warmup_constant_schedule(
    host: Host, /, *, init_value: Number, peak_value: Number, warmup_steps: Number
) -> Draft:
    """A line to peak_value."""
    return linear_schedule(
        host, init_value=init_value, end_value=peak_value, transition_steps=warmup_steps
    )


@schedule
def warmup_cosine_decay_schedule(
    host: Host,
    /,
    *,
    init_value: Number,
    peak_value: Number,
    warmup_steps: Natural,
    decay_steps: Number,
    end_value: Number = ZERO,
    exponent: Natural = ONE,
) -> Draft:
    """A line, then the cosine's decay to end_value; decay_steps are the length of both."""
    if decay_steps <= warmup_steps:
        raise unusable(
            "decay_steps",
            f"{show_number(decay_steps)} is not more than warmup_steps, which it includes",
            f"for a decay of {show_number(decay_steps)} steps write {show_number(decay_steps)} + "
            f"{show_number(warmup_steps)}",
        )
    notes: tuple[str, ...] = ()
    if peak_value == 0 and end_value != 0:
        notes = ("with a peak_value of 0 optax ignores end_value",)
        end_value = ZERO
    down = cosine_power(host, peak_value, end_value, decay_steps - warmup_steps, exponent)
    up = warmup_constant_schedule(
        host, init_value=init_value, peak_value=peak_value, warmup_steps=warmup_steps
    )
    return _one_by_one([up, Draft(down, notes=notes)], [warmup_steps])


@schedule
def warmup_exponential_decay_schedule(
    host: Host,
    /,
    *,
    init_value: Number,
    peak_value: Number,
    warmup_steps: Natural,
    transition_steps: Number,
    decay_rate: Natural,
    transition_begin: Number = ZERO,
    staircase: bool = False,
    end_value: Number | None = None,
) -> Draft:
    """A line, then the exponential decay."""
    up = warmup_constant_schedule(
        host, init_value=init_value, peak_value=peak_value, warmup_steps=warmup_steps
    )
    down = exponential_decay(
        host,
        init_value=peak_value,
        transition_steps=transition_steps,
        decay_rate=decay_rate,
        transition_begin=transition_begin,
        staircase=staircase,
        end_value=end_value,
    )
    return _one_by_one([up, down], [warmup_steps])


@schedule
def sgdr_schedule(
    host: Host, /, *, cosine_kwargs: Annotated[list[dict[str, Any]], Field(min_length=1)]
) -> Draft:
    """A warmup_cosine_decay_schedule after the other."""
    name = "warmup_cosine_decay_schedule"
    given = [read(f"optax.{name}", find(f"optax.{name}"), one) for one in cosine_kwargs]
    lengths = [cycle["decay_steps"] for cycle in given]
    curves = [_curves[name](host, **cycle) for cycle in given]
    t_mul = lengths[min(1, len(lengths) - 1)] / lengths[0]
    alike = all(
        {**a, "decay_steps": a["decay_steps"] * t_mul, "warmup_steps": a["warmup_steps"] * t_mul}
        == b
        for a, b in pairwise(given)
    )
    if alike and len(given) > 1:
        cycle = upto(curves[0].schedule, lengths[0])
        return replace(curves[0], schedule=cycle * restarts(limit=len(lengths), t_mul=t_mul))
    return _one_by_one(curves, list(accumulate(lengths))[:-1])


@schedule
def join_schedules(
    host: Host,
    /,
    *,
    schedules: Annotated[list[Part], Field(min_length=1)],
    boundaries: list[Natural],
) -> Draft:
    """Each schedule from its boundary on, by a clock that starts there."""
    parts = [_part(host, f"schedules[{i}]", given) for i, given in enumerate(schedules)]
    joint = _one_by_one(parts, boundaries)
    if len(boundaries) == len(parts) - 1:
        return joint
    more = "boundaries" if len(boundaries) >= len(parts) else "schedules"
    note = f"there are more {more} than belong together: optax ignores the last"
    return replace(joint, notes=(*joint.notes, note))


@system("optax.contrib.reduce_on_plateau")
def reduce_on_plateau(
    host: Host,
    /,
    *,
    factor: Any = 0.1,
    patience: Any = 10,
    rtol: Any = 1e-4,
    atol: Any = 0,
    cooldown: Any = 0,
    accumulation_size: Any = 1,
    min_scale: Any = 0,
) -> Draft:
    """A scale that follows the loss."""
    raise timeless(
        "reduce_on_plateau",
        "it follows the loss: keep the real one, or write the drops that you expect, "
        "as in multistep([30ep, 60ep])",
    )


def _part(host: Host, place: str, given: Any) -> Draft:
    if not isinstance(given, Nested):
        raise timeless(
            f"{place}, a Python function,",
            'give the call that made it as a text, such as "linear_schedule(0, 0.1, 10)"',
        )
    name = given.name.rpartition(".")[2]
    make = find(f"optax.{name}")
    return _curves.get(name, make)(host, **read(f"optax.{name}", make, given.arguments(make)))


def _one_by_one(parts: Sequence[Draft], boundaries: Sequence[Fraction]) -> Draft:
    """Each part from its boundary on; of all boundaries that are reached the last listed rules."""
    kept = [(ZERO, parts[0])]
    for begin, part in zip(boundaries, parts[1:], strict=False):
        while kept and kept[-1][0] >= begin:
            kept.pop()
        kept.append((begin, part))
    rooms = [end - begin for (begin, _), (end, _) in pairwise(kept)]
    seen = [upto(part.schedule, room) for (_, part), room in zip(kept, rooms, strict=False)]
    notes = dict.fromkeys(note for _, part in kept for note in part.notes)
    return Draft(row([*seen, kept[-1][1].schedule]), notes=tuple(notes))


def _onecycle(
    host: Host, kind: Kind, steps: Fraction, start: Fraction, scales: Mapping[Fraction, Fraction]
) -> Draft:
    """Scales at shares of the steps, which optax truncates in floating point."""
    boundaries, notes = {}, []
    for share, scale in scales.items():
        at = Fraction(int(float(share) * int(steps)))
        boundaries[at] = scale
        if share * steps >= at + 1:
            product = f"{show_number(share)}*{show_number(steps)}"
            notes.append(f"optax truncates {product} to {show_number(at)}")
    draft = piecewise_interpolate_schedule(
        host, interpolate_type=kind, init_value=start, boundaries_and_scales=boundaries
    )
    return replace(draft, notes=tuple(notes))


def _unmoved(host: Host, rate: Fraction, reason: str) -> Draft:
    return Draft(steady(host, rate), notes=(f"with {reason} optax holds init_value for ever",))


def _begun(host: Host, begin: Fraction, first: Fraction, curve: Schedule) -> Draft:
    """A curve that starts at transition_begin."""
    if begin > 0 and not isinstance(curve, Hold):
        return Draft(row([steady(host, first, begin), curve]))
    notes = ("optax takes a negative transition_begin for 0",) if begin < 0 else ()
    return Draft(curve, notes=notes)
