"""What the rules look at: a program, its plan, and its rates at chosen moments."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, partial
from typing import TypeAlias

from lrdsl import expr as E
from lrdsl.algebra import Modified, Node, Overlay, Schedule, Sequence
from lrdsl.binder import Binding
from lrdsl.compiled.python import Printer, define
from lrdsl.diagnostics import Problem
from lrdsl.expr import Affine, Expr
from lrdsl.layout import Moment, Part, Placed
from lrdsl.outline import Piece, amount, outline
from lrdsl.plan import Plan
from lrdsl.segments import Gaussian, Hold, Noise
from lrdsl.values import Value

Sample: TypeAlias = "tuple[Fraction, float]"


@dataclass(frozen=True)
class Subject:
    """A program, with its plan and the base rate where they are known."""

    schedule: Schedule
    plan: Plan | None
    binding: Binding
    lr: float | None

    @cached_property
    def nodes(self) -> list[Node]:
        found: dict[int, Node] = {}
        stack: list[Node] = [self.schedule]
        while stack:
            node = stack.pop()
            if id(node) not in found:
                found[id(node)] = node
                stack.extend(node.children())
        return list(found.values())

    def has(self, *kinds: type[Node]) -> bool:
        """Whether a node of these kinds is in the program."""
        return any(isinstance(node, kinds) for node in self.nodes)

    @property
    def planned(self) -> Plan:
        """The plan, for rules that are only asked where there is one."""
        assert self.plan is not None
        return self.plan

    @cached_property
    def root(self) -> Part:
        return Part(E.ZERO, self.planned.placed, "whole", E.BASE)

    @cached_property
    def placed(self) -> list[tuple[Fraction | None, Placed, Part]]:
        """Every placed schedule with its start in run time, where that is one moment."""
        found: list[tuple[Fraction | None, Placed, Part]] = []
        stack: list[tuple[Fraction | None, Part]] = [(Fraction(0), self.root)]
        while stack:
            origin, part = stack.pop()
            start = part.start.exact
            at = None if origin is None or start is None else origin + start
            found.append((at, part.placed, part))
            inner = None if any(p.role == "cycle" for p in part.placed.parts) else at
            stack.extend((inner, p) for p in part.placed.parts)
        return found

    def is_same(self, a: Affine, b: Affine) -> bool:
        return a.a is b.a and a.b is b.b

    # -- rates --

    @cached_property
    def scale(self) -> float | None:
        """The base rate to evaluate with; None where the rates cannot be compared without it."""
        if self.lr is not None:
            return self.lr
        value = self.planned.value
        return 1.0 if value.is_affine and value.b is E.ZERO else None

    @cached_property
    def _compiled(self) -> Callable[[float, float], float]:
        """The rate without noise, as a function of time and base rate."""
        if not self.has(Noise, Gaussian):
            return self.planned.scalar
        return _defined(_quiet(self.planned.placed))

    def rate(self, at: Fraction) -> float:
        """The rate at a moment, without noise; NaN where it is not finite."""
        assert self.scale is not None
        return _number(self._compiled, float(at), self.scale)

    def curves_of(self, schedules: Iterable[Placed]) -> list[Callable[[float], float]]:
        """What `rate` is, of schedules by themselves: functions of the ticks since their start."""
        lr = 1.0 if self.lr is None else self.lr
        wholes = [_quiet(placed) for placed in schedules]
        # at once, for what several start from is a large expression in lr
        fixed = E.substitute(wholes, {"lr": E.const(Fraction(repr(float(lr))))})
        return [partial(_number, _defined(e), lr=lr) for e in fixed]

    def exactly(self, at: Fraction) -> Affine:
        """The value at a moment, without noise, not rounded on the way."""
        return self.planned.placed.held(Moment(E.const(at), E.const(at), quiet=True))

    def exact_rate(self, at: Fraction, lr: float) -> float:
        return amount(self.exactly(at), lr)

    @cached_property
    def last_update(self) -> Fraction | None:
        """When the last update of the run takes place."""
        total = self.planned.run.total
        return None if total is None else Fraction(math.ceil(total) - 1)

    @cached_property
    def pieces(self) -> tuple[Piece, ...]:
        """What follows each other in the run, without the parts of it."""
        plan = self.planned
        return outline(plan.placed, plan.layout, plan.run, deepest=0)

    @cached_property
    def samples(self) -> list[list[Sample]]:
        """Updates of every piece with their rates: a few of each, the first and the last among."""
        last = self.last_update
        found = []
        for piece in self.pieces:
            moments = _moments(piece.start, piece.end if piece.end is not None else last)
            updates = dict.fromkeys(t for t in moments if last is None or t <= last)
            found.append([(t, self.rate(t)) for t in updates])
        return found

    @cached_property
    def curve(self) -> list[Sample]:
        """All samples in the order of time."""
        return [sample for piece in self.samples for sample in piece]

    @cached_property
    def peak(self) -> Sample:
        """The highest rate among the samples, and when it is first reached."""
        finite = [s for s in self.curve if math.isfinite(s[1])]
        return max(finite, key=lambda s: s[1], default=(Fraction(0), math.nan))

    @cached_property
    def size(self) -> float:
        """How far from zero the rate comes."""
        return max((abs(rate) for _, rate in self.curve if math.isfinite(rate)), default=math.nan)

    # -- who is it --

    def at(self, moment: Fraction) -> Node:
        """The segment, or the combination of them, that rules at a moment."""
        return self.ruling(moment)[0].placed.node

    def ruling(self, moment: Fraction) -> tuple[Part, Fraction]:
        """The same with its start in run time, as a part of what is around it."""
        part, origin = self.root, Fraction(0)
        while True:
            inner = _ruler(part.placed, moment - origin)
            if inner is None:
                return part, origin
            part, origin = inner, origin + (inner.start.exact or 0)


def _quiet(placed: Placed) -> Expr:
    """The value at a time since the start, without noise."""
    return placed.held(Moment(E.T, E.T, quiet=True)).whole()


def _defined(whole: Expr) -> Callable[[float, float], float]:
    printer = Printer([whole])
    source = printer.function("quiet", "t, lr", [whole], ", ".join)
    return define(source, "quiet", printer.constants)


def _number(value: Callable[[float, float], float], t: float, lr: float) -> float:
    try:
        return float(value(t, lr))  # a complex one is refused
    except (ArithmeticError, ValueError, TypeError):
        return math.nan


def _ruler(placed: Placed, x: Fraction) -> Part | None:
    """The part that alone gives the value at a moment of the whole's own clock."""
    parts = [p for p in placed.parts if p.placed.length is not E.ZERO]
    if not parts:
        return None
    if isinstance(placed.node, Sequence):
        started = [p for p in parts if p.start.exact is not None and p.start.exact <= x]
        chosen = max(len(started) - 1, 0)
        while chosen and _goes_on(parts[chosen].placed.node):
            chosen -= 1  # the value is that of the one before
        return parts[chosen]
    if isinstance(placed.node, Overlay):
        for part in parts[:-1]:
            length = part.placed.length
            if length is not None and (length.exact is None or x < length.exact):
                return part
        return parts[-1]
    return parts[0] if parts[0].role in ("body", "sliced", "cycle") else None


def _goes_on(node: Schedule) -> bool:
    return isinstance(node, Hold) and node.value is None and node.start is None


def _moments(start: Fraction, end: Fraction | None) -> list[Fraction]:
    """Updates from a start to an end, and beyond a start without one."""
    if end is None:
        return [Fraction(math.ceil(start + n)) for n in (0, 1, 1000)]
    first, last = math.ceil(start), math.ceil(end)
    if last - first < 10:
        return [Fraction(t) for t in range(first, last + 1)]
    inside = [first + (last - first) * i // 8 for i in range(8)]
    return [Fraction(t) for t in (*inside, last - 1, last)]


Rule: TypeAlias = Callable[[Subject], Iterator[Problem]]


def bare(node: Schedule) -> Schedule:
    """What a modifier modifies."""
    while isinstance(node, Modified):
        node = node.body
    return node


def share(constant: Fraction) -> str:
    """A number as a share of the base rate: ``0.1*lr``."""
    return str(Value(constant, Fraction(0)))


def shown(value: Affine, lr: float | None) -> str:
    """A value for people: a number where the base rate is known."""
    if lr is not None:
        return f"{amount(value, lr):.4g}"
    a, b = float(value.a.data), float(value.b.data)
    if not a:
        return f"{b:.4g}"
    text = "lr" if a == 1 else f"{a:.4g}*lr"
    return text + (f" + {b:.4g}" if b else "")
