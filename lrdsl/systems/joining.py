"""Joining curves as a person would: what goes without saying is not said."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from operator import add, rshift

from lrdsl.algebra import Constant, Modified, Product, Schedule, Sequence, Slice, Sum
from lrdsl.python import hold, linear, lr, points
from lrdsl.segments import (
    Cosine,
    Exponential,
    Hold,
    Linear,
    Multistep,
    Points,
    Poly,
    Restarts,
    Segment,
    Shape,
    Step,
    Tanh,
    Warmup,
    Wave,
)
from lrdsl.systems.arguments import ticks
from lrdsl.values import Time, Value


def chain(operands: list[Schedule]) -> Schedule:
    """``a >> b >> ..``."""
    return reduce(rshift, operands)


def joined(operands: list[Schedule]) -> Schedule:
    """``a >> b >> ..``, where none says a start that it has anyway: lr, or where its left ends."""
    entries = [lr, *(exit_of(s) for s in operands)]
    return chain([_entered(s, v) for s, v in zip(operands, entries, strict=False)])


def tidy(s: Schedule) -> Schedule:
    """The same for a whole program."""
    return joined(list(s.operands)) if isinstance(s, Sequence) else joined([s])


def start_of(s: Schedule) -> Value | None:
    """The value that a schedule starts with, where its text says it; `lr` where it is entered."""
    match s:
        case Sequence():
            return start_of(s.operands[0])
        case Sum():
            each = [start_of(part) for part in s.operands]
            known = [v for v in each if v is not None]
            return reduce(add, known) if len(known) == len(each) else None
        case Modified(modifier=Restarts()):
            return start_of(s.body)
        case Slice() if s.begin.is_zero:
            return start_of(s.body)
        case Hold():
            return s.value or s.start or lr
        case Points():
            return s.points[0][1]
        case Linear() | Cosine() | Poly() | Warmup() | Step() | Exponential():
            return s.start or lr
    return None


def exit_of(s: Schedule) -> Value | None:
    """The value that a schedule ends at, where its text says it."""
    match s:
        case Sequence():
            return exit_of(s.operands[-1])
        case Hold():
            return s.start if s.value is None else s.value
        case Points():
            return s.points[-1][1]
        case Multistep(to=to) if to:
            return to[-1]
        case Shape() if not isinstance(s, Tanh | Wave):
            end = getattr(s, "end", None)
            return end if isinstance(end, Value) else None
        case Modified(modifier=Restarts() as cycles) if cycles.limit and cycles.decay == 1:
            return exit_of(s.body)
    return None


def _entered(s: Schedule, entry: Value | None) -> Schedule:
    if entry is None:
        return s
    match s:
        case Sequence():
            return chain([_entered(s.operands[0], entry), *s.operands[1:]])
        case Modified(modifier=Restarts() as cycles) if cycles.decay == 1 or not entry.constant:
            return _entered(s.body, entry) * s.modifier
        case Product(operands=(first, *factors)):  # a factor is entered at 1
            return s.model_copy(update={"operands": (_entered(first, entry), *factors)})
        case Slice(body=Segment()):
            return s.model_copy(update={"body": _entered(s.body, entry)})
        case Hold() if s.value == entry:
            return s.model_copy(update={"value": None})
        case Segment() if s.start == entry and not isinstance(s, Warmup):
            return s.model_copy(update={"start": None})
    return s


def upto(s: Schedule, end: Fraction) -> Schedule:
    """``s[:end]``, in the shortest way: cycles and segments that it cuts off are left out."""
    length = _length(s)
    if length is not None and length <= end:
        return s >> hold(Time.ticks(end - length)) if length < end else s
    match s:
        case Modified(modifier=Restarts()) if (_length(s.body) or 0) >= end:
            return upto(s.body, end)
        case Sequence() if end:
            kept, at = [], Fraction(0)
            for part in s.operands:
                room = end - at
                if not room:
                    break
                one = _length(part)
                if one is None and not _endless(part):
                    return s[: ticks(end)]
                kept.append(upto(part, room) if one is None or one > room else part)
                at = end if one is None else at + min(one, room)
            return chain(kept)
        case Points(shape="linear") if s.points[0][0].is_zero:
            within = [p for p in s.points if (_ticks(p[0]) or 0) <= end]
            if within[-1][0] == Time.ticks(end):
                (_, start), *_, (_, stop) = within
                whole = len(within) > 2
                return points([list(p) for p in within]) if whole else _line(end, start, stop)
        case Segment() if _endless(s):
            return s.model_copy(update={"over": Time.ticks(end)})
    return s[: ticks(end)]


def _line(over: Fraction, start: Value, end: Value) -> Schedule:
    return linear(over, start=start, end=end)


def _length(s: Schedule) -> Fraction | None:
    """The ticks that it takes, where it says so."""
    if isinstance(s, Segment):
        own = s.own_length()
        return None if own is None else _ticks(own)
    if isinstance(s, Sequence):
        each = [_length(part) for part in s.operands]
        known = [n for n in each if n is not None]
        return sum(known, Fraction(0)) if len(known) == len(each) else None
    if isinstance(s, Product | Sum):
        alike = {_length(part) for part in s.operands if not isinstance(part, Constant)}
        return alike.pop() if len(alike) == 1 else None
    if isinstance(s, Slice) and s.end is not None:
        begin, end = _ticks(s.begin), _ticks(s.end)
        return None if begin is None or end is None else end - begin
    return None


def _endless(s: Schedule) -> bool:
    if isinstance(s, Modified):
        return isinstance(s.modifier, Restarts) and s.modifier.limit is None
    return isinstance(s, Segment) and s.endless and s.own_length() is None and s.until is None


def _ticks(time: Time) -> Fraction | None:
    if time.is_zero:
        return Fraction(0)
    (unit, amount), *more = time.amounts
    return None if more or unit not in ("", "st") else amount
