"""Programs for the property tests, generated from the registry of kinds.

A segment's fields say what they take, so a new kind is tried here without a change: its calls are
drawn field by field, and what its own validators refuse is drawn anew.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated, Any, Literal, Union

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic import ValidationError

import lrdsl
from lrdsl import LrdslError, Plan, Schedule
from lrdsl.algebra import MODIFIERS, SCHEDULES, Call, Modifier
from lrdsl.segments import Restarts, Segment, Shape
from lrdsl.values import Time, Value

CALLS: dict[str, type[Any]] = {
    kind: cls
    for kind, cls in {**SCHEDULES, **MODIFIERS}.items()
    if isinstance(cls, type) and issubclass(cls, Call)
}
SEGMENTS = sorted(kind for kind, cls in CALLS.items() if issubclass(cls, Segment))

# Their values depend on how many ticks have passed, and not only on progress.
COUNTING = frozenset({"noise", "gaussian"})


# --- numbers, times, values -----------------------------------------------------------------------

# Decimals, thirds and whole numbers: what people write, and what rounds badly in binary.
numbers = st.one_of(
    st.integers(1, 9).map(Fraction),
    st.sampled_from(["0.1", "0.5", "0.67", "0.9", "0.29", "1.5", "1e-3", "1/3", "4/3"]).map(
        Fraction
    ),
)


def times(units: tuple[str, ...] = ("", "%", "st")) -> SearchStrategy[Time]:
    """Short times, so that several fit into one run: ticks, shares, and other units."""

    def amount(unit: str) -> SearchStrategy[Fraction]:
        whole = st.integers(1, 12).map(Fraction)
        if unit == "":
            return whole
        return whole | st.sampled_from([Fraction(1, 2), Fraction("0.7"), Fraction(7, 3)])

    one = st.sampled_from(units).flatmap(
        lambda u: amount(u).map(lambda a: Time({u: a}) if u else Time.ticks(a))
    )
    return one


shares = st.builds(
    Value, st.sampled_from(["1", "0.5", "0.1", "1/3", "2"]).map(Fraction), st.just(Fraction(0))
)
absolutes = st.builds(
    Value, st.just(Fraction(0)), st.sampled_from(["0", "1e-5", "0.001", "0.3", "1"]).map(Fraction)
)
mixed = st.builds(
    Value,
    st.sampled_from(["1", "-0.5", "1/7"]).map(Fraction),
    st.sampled_from(["1e-3", "-0.001"]).map(Fraction),
)


# --- what a program may contain -------------------------------------------------------------------


@dataclass(frozen=True)
class Allowed:
    """What the programs of a test may contain.

    Attributes:
        units: the units of their times ("" is a bare number).
        absolute: whether they write rates, and not only shares of lr.
        counting: whether they count ticks: noise, gaussian, grids other than left.
        pinned: whether segments may end at a moment of the run (until=).
        depth: how deep operators nest.
    """

    units: tuple[str, ...] = ("", "%", "st")
    absolute: bool = True
    counting: bool = True
    pinned: bool = False
    depth: int = 3

    def times(self) -> SearchStrategy[Time]:
        return times(self.units)

    def values(self) -> SearchStrategy[Value]:
        return st.one_of(shares, absolutes, mixed) if self.absolute else shares

    def kinds(self) -> list[str]:
        return [k for k in SEGMENTS if self.counting or k not in COUNTING]


ANY = Allowed()


# --- calls from the fields of their classes -------------------------------------------------------


def calls(kind: str, allowed: Allowed = ANY) -> SearchStrategy[Any]:
    """Calls of one kind."""
    return st.composite(_call)(CALLS[kind], allowed)


def _call(draw: Callable[..., Any], cls: type[Any], allowed: Allowed) -> Any:
    size = draw(st.integers(1, 4))  # lists of one call are as long as each other
    fields: dict[str, Any] = {}
    for name, field in cls.model_fields.items():
        if name == "kind" or (name == "until" and issubclass(cls, Segment) and not allowed.pinned):
            continue
        if not allowed.counting and issubclass(cls, Shape) and name == "grid":
            continue
        if not field.is_required() and draw(st.integers(0, 2)) == 0:
            continue
        value = draw(_of(_annotated(field), allowed, size))
        if isinstance(value, tuple) and value and isinstance(value[0], Time | tuple):
            value = tuple(sorted(value, key=_moment))
        fields[name] = value
    if "over" in fields and fields.get("until") is not None:
        del fields["over"]
    try:
        return cls(**fields)
    except ValidationError:
        assume(False)


def _annotated(field: Any) -> Any:
    return Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation


def _moment(entry: Time | tuple[Time, Any]) -> Fraction:
    time = entry if isinstance(entry, Time) else entry[0]
    return sum((a for _, a in time.amounts), Fraction(0))


def _of(annotation: Any, allowed: Allowed, size: int) -> SearchStrategy[Any]:
    """What a field of this type takes."""
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return _of(args[0], allowed, size)
    if origin in (Union, types.UnionType):
        named = [a for a in args if typing.get_origin(a) is not Literal]  # `next` needs a place
        return st.one_of(*(_of(a, allowed, size) for a in named))
    if origin is Literal:
        return st.sampled_from(args)
    if origin is tuple:
        if args[-1] is Ellipsis:
            return st.tuples(*[_of(args[0], allowed, size)] * size)
        return st.tuples(*(_of(a, allowed, size) for a in args))
    return {
        Time: allowed.times(),
        Value: allowed.values(),
        Fraction: numbers,
        int: st.integers(1, 50),
        type(None): st.none(),
        Schedule: st.deferred(lambda: schedules(replace(allowed, depth=0))),
    }[annotation]


# --- schedules ------------------------------------------------------------------------------------


def segments(allowed: Allowed = ANY) -> SearchStrategy[Any]:
    return st.sampled_from(allowed.kinds()).flatmap(lambda kind: calls(kind, allowed))


def restarts(allowed: Allowed = ANY) -> SearchStrategy[Restarts]:
    """Few cycles, whose lengths do not explode."""
    return st.builds(
        Restarts,
        limit=st.integers(1, 4),
        t_mul=st.sampled_from(["1", "2", "1.5", "1/2", "4/3"]).map(Fraction),
        decay=st.sampled_from(["1", "0.5", "0.9"]).map(Fraction),
    )


def modifiers(allowed: Allowed = ANY) -> SearchStrategy[Modifier]:
    others = [k for k in MODIFIERS if k != "restarts" and (allowed.counting or k not in COUNTING)]
    return st.one_of(restarts(allowed), *(calls(k, allowed) for k in sorted(others)))


@st.composite
def schedules(draw: Callable[..., Any], allowed: Allowed = ANY) -> Schedule:
    """Schedules of all kinds, joined by every operator of the language."""
    if allowed.depth == 0 or draw(st.integers(0, 3)) == 0:
        return draw(segments(allowed))
    inner = schedules(replace(allowed, depth=allowed.depth - 1))
    op = draw(
        st.sampled_from([">>", ">>", "|", "+", "-", "*", "scale", "min", "clip", "mod", "[]"])
    )
    try:
        return _joined(draw, op, inner, allowed)
    except (LrdslError, ValidationError):
        assume(False)
        raise


def _joined(
    draw: Callable[..., Any], op: str, inner: SearchStrategy[Schedule], allowed: Allowed
) -> Schedule:
    s = draw(inner)
    if op == "scale":
        return draw(numbers) * s
    if op == "mod":
        modifier = draw(modifiers(allowed))
        return s + modifier if modifier.joins == "+" else s * modifier
    if op == "[]":
        begin = draw(st.none() | allowed.times())
        end = draw(st.none() | allowed.times())
        return s[begin:end]
    if op == "clip":
        low, high = draw(allowed.values()), draw(allowed.values())
        return SCHEDULES["clip"].model_validate({"body": s, "lo": low, "hi": high})
    if op == "min":
        kind = draw(st.sampled_from(["min", "max"]))
        return SCHEDULES[kind].model_validate({"operands": [s, draw(inner)]})
    if op in "+-" and draw(st.booleans()):
        value = draw(allowed.values())
        return s + value if op == "+" else s - value
    other = draw(inner)
    if op == ">>":
        return s >> other
    if op == "|":
        return draw(_above(s, allowed)) | other
    if op == "*":
        return s * other
    return s + other if op == "+" else s - other


@st.composite
def _above(draw: Callable[..., Any], s: Schedule, allowed: Allowed) -> Schedule:
    """The left side of an overlay: it needs a length, and its end may aim at the curve below."""
    if not isinstance(s, Segment):
        return s
    update: dict[str, Any] = {}
    if s.own_length() is None and s.until is None:
        update["over"] = draw(allowed.times())
    end = type(s).model_fields.get("end")
    if end is not None and "next" in _words(end.annotation) and draw(st.booleans()):
        update["end"] = "next"
    return s.model_copy(update=update)


def _words(annotation: Any) -> set[str]:
    """The option words that a field of this type takes."""
    if typing.get_origin(annotation) is Literal:
        return set(typing.get_args(annotation))
    return {w for a in typing.get_args(annotation) for w in _words(a)}


# --- runs -----------------------------------------------------------------------------------------


@st.composite
def runs(draw: Callable[..., Any]) -> dict[str, Any]:
    """Arguments of `compile`: a total that leaves room, a tick, all conversions."""
    rates = {
        "steps_per_epoch": draw(st.sampled_from([1, 7, 10, 1251, Fraction(25, 2)])),
        "tokens_per_step": draw(st.sampled_from([1, 4096, 10**6])),
        "examples_per_step": draw(st.sampled_from([1, 32, 256])),
    }
    total = draw(st.sampled_from([60, 97, 100, 640, 1000, 2.5e3, Fraction(400, 3)]))
    return {"total": total, "tick": "st", "overflow": "truncate", **rates}


def compiled(schedule: Schedule, run: dict[str, Any]) -> Plan:
    """The plan, if the program fits the run; the example is dropped where it does not."""
    try:
        return lrdsl.compile(schedule, **run)
    except LrdslError:
        assume(False)
        raise


@st.composite
def plans(draw: Callable[..., Any], allowed: Allowed = ANY) -> Plan:
    """Programs in runs that have room for them."""
    return compiled(draw(schedules(allowed)), draw(runs()))


def ticks(plan: Plan) -> SearchStrategy[float]:
    """Moments of a run and a little beyond: whole, fractional, and near whole ones."""
    end = int(plan.total or 1000)
    return st.one_of(
        st.integers(0, end + 10).map(float),
        st.floats(0, end * 1.25, allow_nan=False).map(abs),
        st.integers(0, end * 8).map(lambda k: k / 8),
    )
