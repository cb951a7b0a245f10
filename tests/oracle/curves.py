"""Curves: what every kind of schedule is worth at every moment (SPEC 4 to 11)."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, reduce
from typing import Any

from oracle.lengths import length
from oracle.moments import End, Moment, Sample
from oracle.numbers import ONE, PI, TWO, ZERO, Number, greatest, least
from oracle.reading import MOST_CYCLES, Host, Node, TooLarge, number

#: (seed, tick, kind of the stream) -> the draws of that tick, in order.
Stream = Callable[[int, int, str], Any]


class NotLegal(Exception):
    """For this base rate the program has a value that SPEC 8 does not allow."""


@dataclass(frozen=True)
class Place:
    """Where a schedule stands.

    Attributes:
        begin: run time at which its clock shows 0.
        room: ticks that it may fill; none in a run without an end.
        entry: the rate at which it is entered.
        lr: the base rate that its written values see.
        stretch: how many times as long as the first the cycle is that it stands in.
        below: in the last segment of an overlay's left side, the curve below.
        scale: what that segment is multiplied by there.
    """

    host: Host
    stream: Stream
    begin: Fraction
    room: Fraction | None
    entry: Number
    lr: Number
    stretch: Fraction = Fraction(1)
    below: Curve | None = None
    scale: Number = ONE

    def ticks(self, time: Any) -> Fraction:
        return self.host.ticks(time) * self.stretch

    def value(self, v: Any) -> Number:
        """``p*lr + q``."""
        if isinstance(v, dict):
            share, plus = number(v.get("lr", 0)), number(v.get("plus", 0))
            return Number.of(share) * self.lr + Number.of(plus)
        return Number.of(number(v))


class Curve(ABC):
    """A schedule in its place. Past its end it holds its exit."""

    def __init__(self, node: Node, place: Place, room: Fraction | None) -> None:
        self.node, self.place, self.begin, self.length = node, place, place.begin, room

    @property
    def end(self) -> Fraction | None:
        return None if self.length is None else self.begin + self.length

    def at(self, m: Moment) -> Number:
        return self.exit if self.end is not None and m.reached(self.end) else self.inside(m)

    @cached_property
    def exit(self) -> Number:
        """The rate that it leaves behind."""
        assert self.end is not None, "what goes on for ever has no exit"
        return self.inside(End(self.end))

    @abstractmethod
    def inside(self, m: Moment) -> Number: ...


def rate(node: Node, host: Host, stream: Stream, lr: float) -> Callable[[float], Number]:
    """The program's rate as a function of time, for one base rate."""
    base = Number.of(lr)
    whole = put(node, Place(host, stream, Fraction(0), host.total, base, base))
    return lambda t: whole.at(Sample(Fraction(t)))


def put(node: Node, place: Place) -> Curve:
    """A schedule in a place."""
    kind = node["kind"]
    return (KINDS[kind] if kind in KINDS else SEGMENTS[kind])(node, place)


def takes(node: Node, place: Place) -> Fraction | None:
    """The length that a schedule has in its place."""
    own = length(node, place.host, place.stretch)
    if own.kind == "fixed":
        return own.amount
    return own.amount - place.begin if own.kind == "pinned" else place.room


# --- joined in time -------------------------------------------------------------------------------


class Sequence(Curve):
    """Each operand starts when the one before has ended, at its exit (SPEC 5, 6)."""

    def __init__(self, node: Node, place: Place) -> None:
        self.parts: list[Curve] = []
        stretch: list[Node] = []
        operands = list(_flat(node))
        for n in operands:
            stretch.append(n)
            if length(n, place.host, place.stretch).kind == "pinned" or n is operands[-1]:
                self._fill(stretch, n is operands[-1], place)
                stretch = []
        last = self.parts[-1].end
        super().__init__(node, place, None if last is None else last - place.begin)

    def _fill(self, stretch: list[Node], last: bool, place: Place) -> None:
        """Up to a pinned moment or the end: what has no length shares what the others leave."""
        begin = self._next(place).begin
        lengths = [length(n, place.host, place.stretch) for n in stretch]
        end = None if place.room is None else place.begin + place.room
        if lengths[-1].kind == "pinned":
            end = lengths[-1].amount
        fixed = [i for i, w in enumerate(lengths) if w.kind == "fixed" and w.amount]
        sharing = sum(w.kind != "fixed" for w in lengths)
        for i, (n, own) in enumerate(zip(stretch, lengths, strict=True)):
            room = own.amount if own.kind == "fixed" else None
            if end is not None:
                rest = end - begin - sum(lengths[i].amount for i in fixed)
                if own.kind != "fixed":
                    room = max(Fraction(0), rest) / sharing
                elif [i] == fixed[-1:]:  # only the last written length of a stretch may be cut
                    room = own.amount + min(Fraction(0), rest)
            below = place.below if last and n is stretch[-1] else None
            self.parts.append(put(n, replace(self._next(place), room=room, below=below)))

    def _next(self, place: Place) -> Place:
        """Where the next operand starts: where the one before has ended, at its exit."""
        if not self.parts:
            return place
        before = self.parts[-1]
        assert before.end is not None
        return replace(place, begin=before.end, entry=before.exit)

    def inside(self, m: Moment) -> Number:
        return next((p for p in reversed(self.parts) if m.entered(p.begin)), self.parts[0]).at(m)

    @cached_property
    def exit(self) -> Number:
        return self.parts[-1].exit


def _flat(node: Node) -> Any:
    for n in node["operands"]:
        if n["kind"] == "sequence":
            yield from _flat(n)
        else:
            yield n


class Overlay(Curve):
    """The right side runs from the start; the left one rules while it lasts (SPEC 7)."""

    def __init__(self, node: Node, place: Place) -> None:
        first, *rest = node["operands"]
        right = rest[0] if len(rest) == 1 else {"kind": "overlay", "operands": rest}
        self.right = put(right, place)
        self.left = put(first, replace(place, below=self.right, scale=ONE))
        longest = self.right.length
        if longest is not None:
            assert self.left.length is not None
            longest = max(self.left.length, longest)
        super().__init__(node, place, longest)

    def inside(self, m: Moment) -> Number:
        assert self.left.end is not None
        return (self.right if m.entered(self.left.end) else self.left).at(m)

    @cached_property
    def exit(self) -> Number:
        return self.right.exit


# --- pointwise ------------------------------------------------------------------------------------


class Pointwise(Curve):
    """Operands start together; one that ends earlier holds its exit (SPEC 7)."""

    def __init__(self, node: Node, place: Place) -> None:
        place = replace(place, below=None)
        operands = node["operands"] if "operands" in node else [node[n] for n in self.fields]
        room = takes(node, place)
        known: dict[int, Curve] = {}  # placed once: nests of twice would be 2^depth
        if length(node, place.host, place.stretch).known:
            known = {
                i: put(n, self.place_of(i, place))
                for i, n in enumerate(operands)
                if length(n, place.host, place.stretch).known
            }
            room = max(p.length for p in known.values() if p.length is not None)
            place = replace(place, room=room)  # of the others, which last as long as these
        self.parts = [
            known[i] if i in known else put(n, self.place_of(i, place))
            for i, n in enumerate(operands)
        ]
        super().__init__(node, place, room)

    fields = ("body", "lo", "hi")

    def place_of(self, i: int, place: Place) -> Place:
        return place

    @abstractmethod
    def joined(self, values: list[Number]) -> Number: ...

    def inside(self, m: Moment) -> Number:
        return self.joined([p.at(m) for p in self.parts])

    @cached_property
    def exit(self) -> Number:
        return self.joined([p.exit for p in self.parts])


class Sum(Pointwise):
    def joined(self, values: list[Number]) -> Number:
        return reduce(Number.__add__, values)


class Product(Pointwise):
    """Every operand after the first is a factor: lr and entry are 1."""

    def place_of(self, i: int, place: Place) -> Place:
        return place if i == 0 else replace(place, lr=ONE, entry=ONE)

    def joined(self, values: list[Number]) -> Number:
        return reduce(Number.__mul__, values)


class Min(Pointwise):
    def joined(self, values: list[Number]) -> Number:
        return reduce(least, values)


class Max(Pointwise):
    def joined(self, values: list[Number]) -> Number:
        return reduce(greatest, values)


class Clip(Pointwise):
    def joined(self, values: list[Number]) -> Number:
        body, lo, hi = values
        return greatest(least(body, hi), lo)


# --- around one schedule --------------------------------------------------------------------------


class Around(Curve):
    """A schedule that is changed, as long as its body."""

    body: Curve

    def __init__(self, node: Node, place: Place) -> None:
        self.body = put(node["body"], place)
        super().__init__(node, place, self.body.length)


class Scaled(Around):
    def __init__(self, node: Node, place: Place) -> None:
        self.factor = Number.of(number(node["factor"]))
        super().__init__(node, replace(place, scale=place.scale * self.factor))

    def inside(self, m: Moment) -> Number:
        return self.factor * self.body.at(m)

    @cached_property
    def exit(self) -> Number:
        return self.factor * self.body.exit


class Slice(Curve):
    """The body from a to b of its own clock (SPEC 5, 7)."""

    def __init__(self, node: Node, place: Place) -> None:
        a = place.ticks(node.get("begin") or 0)
        b = None if node.get("end") is None else place.ticks(node["end"])
        own = length(node["body"], place.host, place.stretch)
        if b is None:
            room = _plus(place.room, a)
        else:
            room = {"open": b, "flexible": _plus(place.host.total, a)}.get(own.kind)
        inner = replace(place, begin=place.begin - a, room=room, below=None)
        self.body = put(node["body"], inner)
        if b is not None:
            mine: Fraction | None = b - a
        elif own.known:
            assert self.body.length is not None
            mine = max(Fraction(0), self.body.length - a)
        else:
            mine = place.room
        super().__init__(node, place, mine)

    def inside(self, m: Moment) -> Number:
        return self.body.at(m)


def _plus(room: Fraction | None, more: Fraction) -> Fraction | None:
    return None if room is None else room + more


class Snap(Around):
    """The body at the last multiple of `every` (SPEC 9)."""

    def inside(self, m: Moment) -> Number:
        every = self.place.ticks(self.node["modifier"]["every"])
        k = _last(m, self.begin, every)
        held = self.begin + k * every
        if isinstance(m, End):
            return self.body.at(replace(m, time=held))
        return self.body.at(Sample(Fraction(float(held)), m.noisy))

    @cached_property
    def exit(self) -> Number:
        return self.body.exit


class Noise(Around):
    """``v + v*z``, within [after, until) of the run (SPEC 9, 11)."""

    def inside(self, m: Moment) -> Number:
        v = self.body.at(m)
        how, host = self.node["modifier"], self.place.host
        after = host.ticks(how.get("after", 0))
        if not m.noisy or (after > 0 and not m.reached(after)):
            return v
        if how.get("until") is not None and m.reached(host.ticks(how["until"])):
            return v
        pct, std = number(how["pct"]), number(how.get("std", 1))
        kind = how.get("draw", "normal")
        draws = iter(self.place.stream(int(how.get("seed", 42)), _tick(m), kind))
        if kind == "uniform":
            z = Number.of(next(draws)) * Number.of(pct)
        else:
            z = Number.of(next(z for z in (float(std) * d for d in draws) if abs(z) < float(pct)))
        return v + v * z

    @cached_property
    def exit(self) -> Number:
        return self.body.exit


class Restarts(Curve):
    """The body again and again (SPEC 9)."""

    def __init__(self, node: Node, place: Place) -> None:
        how, self.inner = node["modifier"], replace(place, below=None)
        self.t_mul, self.decay = number(how.get("t_mul", 1)), number(how.get("decay", 1))
        self.limit = None if how.get("limit") is None else int(how["limit"])
        own = length(node["body"], place.host, place.stretch)
        self.first, self.stretches = own.amount, own.known
        if (self.limit or 0) > MOST_CYCLES:
            raise TooLarge(f"{self.limit} cycles, one by one")
        if not own.known:
            assert self.limit is not None
            assert place.room is not None
            self.first = place.room / sum(self.t_mul**i for i in range(self.limit))
        whole = None
        if self.limit is not None:
            whole = sum((self.first * self.t_mul**i for i in range(self.limit)), Fraction(0))
        if whole is None or (place.room is not None and place.room < whole):
            whole = place.room
        self.cycles: list[Curve] = []
        super().__init__(node, place, whole)

    def inside(self, m: Moment) -> Number:
        if not self.cycles:
            self.cycles.append(self._cycle(0, self.begin))
        while self.limit is None or len(self.cycles) < self.limit:
            end = self.cycles[-1].begin + self.first * self.t_mul ** (len(self.cycles) - 1)
            if not m.entered(end):
                break
            if self.t_mul == 1:
                _told_apart(m.time, self.begin, self.first)
            if len(self.cycles) > MOST_CYCLES:
                raise TooLarge(f"more than {MOST_CYCLES} cycles, one by one")
            self.cycles.append(self._cycle(len(self.cycles), end))
        chosen = [c for c in self.cycles if m.entered(c.begin)] or self.cycles[:1]
        return chosen[-1].at(m)

    @cached_property
    def exit(self) -> Number:
        if self.limit is not None and self.first == 0:  # all its cycles are at one moment
            return self._cycle(self.limit - 1, self.begin).exit
        return super().exit

    def _cycle(self, i: int, begin: Fraction) -> Curve:
        decay = Number.of(self.decay**i)
        return put(
            self.node["body"],
            replace(
                self.inner,
                begin=begin,
                room=self.first * self.t_mul**i,
                lr=self.inner.lr * decay,
                entry=self.inner.entry * decay,
                stretch=self.inner.stretch * (self.t_mul**i if self.stretches else 1),
            ),
        )


def _modified(node: Node, place: Place) -> Curve:
    return {"restarts": Restarts, "snap": Snap, "noise": Noise}[node["modifier"]["kind"]](
        node, place
    )


# --- segments -------------------------------------------------------------------------------------


class Segment(Curve):
    """A formula from its start to its end (SPEC 8)."""

    def __init__(self, node: Node, place: Place) -> None:
        super().__init__(node, place, takes(node, place))

    def ends(self, m: Moment) -> bool:
        return isinstance(m, End) and m.time == self.end

    def elapsed(self, m: Moment) -> Number:
        """tau: ticks since its start."""
        return Number.of(m.time - self.begin, max(abs(m.time), abs(self.begin)))

    def given(self, name: str, otherwise: Number) -> Number:
        v = self.node.get(name)
        if v == "next":
            assert self.end is not None
            assert self.place.below is not None
            if self.place.scale.value == 0:  # wherever it aims, nothing is left of it
                return ZERO
            return self.place.below.at(Sample(self.end, noisy=False)) / self.place.scale
        return otherwise if v is None else self.place.value(v)

    def number(self, name: str, default: Any = None) -> Number:
        v = self.node.get(name)
        return Number.of(number(default if v is None else v))

    @property
    def start(self) -> Number:
        return self.given("start", self.place.entry)


class Shape(Segment):
    """A segment that is a function of its progress (SPEC 4)."""

    def progress(self, m: Moment) -> Number:
        k = self.number("k", 1)
        if self.ends(m):
            return ONE
        w = self.length
        assert w is not None
        x, grid = self.elapsed(m), self.node.get("grid", "left")
        if grid == "right":
            u = (x + ONE) / Number.of(w)
        elif grid == "open":
            u = (x + ONE) / Number.of(w + 1)
        elif grid == "both":
            u = ZERO if w <= 1 else x / Number.of(w - 1)
        else:
            u = x / Number.of(w)
        return greatest(ZERO, least(u, ONE)).to(k)

    def inside(self, m: Moment) -> Number:
        return self.formula(self.start, self.given("end", ZERO), self.progress(m))

    @abstractmethod
    def formula(self, s: Number, e: Number, u: Number) -> Number: ...


class Curved(Shape):
    """linear, cosine, geometric; warmup and cooldown by name."""

    def formula(self, s: Number, e: Number, u: Number) -> Number:
        kind = self.node["kind"]
        shape = self.node.get("shape", "linear") if kind in ("warmup", "cooldown") else kind
        if shape == "linear":
            return s + (e - s) * u
        if shape == "cosine":
            return e + (s - e) * (ONE + (PI * u).cos()) / TWO
        if shape == "sqrt":
            return e + (s - e) * (ONE - u.to(Number.of(Fraction(1, 2))))
        if not e.value * s.value > 0:
            raise NotLegal("both ends of a geometric are above 0")
        return s * (e / s).to(u)


class Warmup(Curved):
    @property
    def start(self) -> Number:
        return self.given("start", ZERO)

    def inside(self, m: Moment) -> Number:
        return self.formula(self.start, self.given("end", self.place.lr), self.progress(m))


class Poly(Shape):
    def formula(self, s: Number, e: Number, u: Number) -> Number:
        return e + (s - e) * (ONE - u).to(self.number("power"))


class Tanh(Shape):
    def formula(self, s: Number, e: Number, u: Number) -> Number:
        lb, ub = self.number("lb", -6), self.number("ub", 4)
        return e + (s - e) * (ONE - (lb * (ONE - u) + ub * u).tanh()) / TWO


class Wave(Shape):
    def formula(self, s: Number, e: Number, u: Number) -> Number:
        low = self.given("low", ZERO)
        phase = TWO * PI * self.number("periods") * u
        return low + (s - low) * (ONE + phase.cos()) / TWO


class Level(Segment):
    """One value, also where it goes on for ever."""

    @cached_property
    def exit(self) -> Number:
        return self.inside(End(self.begin))


class Hold(Level):
    def inside(self, m: Moment) -> Number:
        return self.given("value", self.start)


class Constant(Level):
    def inside(self, m: Moment) -> Number:
        return self.place.value(self.node["value"])


class Step(Segment):
    def inside(self, m: Moment) -> Number:
        k = _last(m, self.begin, self.place.ticks(self.node["every"]))
        return self.start * self.number("factor").to(Number.of(k, 0))


class Exponential(Segment):
    def inside(self, m: Moment) -> Number:
        every = Number.of(self.place.ticks(self.node["every"]))
        return self.start * self.number("factor").to(self.elapsed(m) / every)


class Multistep(Segment):
    def inside(self, m: Moment) -> Number:
        n = sum(m.reached(self.begin + self.place.ticks(t)) for t in self.node["at"])
        if self.node.get("to") is not None:
            return self.place.value(self.node["to"][n - 1]) if n else self.start
        return self.start * self.number("factor", Fraction(1, 10)).to(Number.of(n))


class Inverse(Segment):
    def inside(self, m: Moment) -> Number:
        scale = Number.of(self.place.ticks(self.node["scale"]))
        ratio = (self.elapsed(m) / scale).to(self.number("order", 1))
        return self.start / (ONE + ratio).to(self.number("power", Fraction(1, 2)))


class Points(Segment):
    def inside(self, m: Moment) -> Number:
        points = [(self.place.ticks(t), self.place.value(v)) for t, v in self.node["points"]]
        past = [p for p in points if m.reached(self.begin + p[0])]
        ahead = points[len(past) :]
        if not past or not ahead or self.node.get("shape", "linear") == "step":
            return (past or points)[-1 if past else 0][1]
        (t0, s), (t1, e) = past[-1], ahead[0]
        u = greatest(ZERO, least((self.elapsed(m) - Number.of(t0)) / Number.of(t1 - t0), ONE))
        if self.node["shape"] == "cosine":
            return e + (s - e) * (ONE + (PI * u).cos()) / TWO
        return s + (e - s) * u


class Gaussian(Segment):
    def inside(self, m: Moment) -> Number:
        if not m.noisy:
            return ZERO
        seed = int(self.node.get("seed", 42))
        z = Number.of(next(iter(self.place.stream(seed, _tick(m), "normal"))))
        fall = (ONE + self.elapsed(m)).to(self.number("decay", 0))
        half = Number.of(Fraction(1, 2))
        return self.given("start", self.place.lr) * z * (self.number("variance") / fall).to(half)


def _tick(m: Moment) -> int:
    """The tick whose noise is meant: what a snap holds from before the run has that of tick 0."""
    return max(math.floor(m.time), 0)


def _told_apart(time: Fraction, begin: Fraction, every: Fraction) -> None:
    """Where a multiple is whose numerator is beyond 2^53, doubles decide (SPEC 3)."""
    scale = math.lcm(begin.denominator, every.denominator)
    if (abs(time) + abs(begin) + every) * scale > 2**53:
        raise TooLarge("a multiple that doubles do not hold")


def _last(m: Moment, begin: Fraction, every: Fraction) -> int:
    """The number of whole multiples of `every` since `begin`; one at the end itself counts."""
    _told_apart(m.time, begin, every)
    k = math.floor((m.time - begin) / every)
    while m.reached(begin + (k + 1) * every):
        k += 1
    while k > 0 and not m.reached(begin + k * every):
        k -= 1
    return max(k, 0)


SEGMENTS: dict[str, Callable[[Node, Place], Curve]] = {
    "hold": Hold,
    "constant": Constant,
    "warmup": Warmup,
    "cooldown": Curved,
    "linear": Curved,
    "cosine": Curved,
    "geometric": Curved,
    "poly": Poly,
    "tanh": Tanh,
    "wave": Wave,
    "step": Step,
    "exponential": Exponential,
    "multistep": Multistep,
    "inverse": Inverse,
    "points": Points,
    "gaussian": Gaussian,
}
KINDS: dict[str, Callable[[Node, Place], Curve]] = {
    "sequence": Sequence,
    "overlay": Overlay,
    "sum": Sum,
    "product": Product,
    "min": Min,
    "max": Max,
    "clip": Clip,
    "scaled": Scaled,
    "slice": Slice,
    "modified": _modified,
}
