"""Lints: legal programs that are seldom meant. One function a rule, over the syntax tree and plan.

A rule yields `Problem`s about nodes; where they stand in the text is looked up at the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

from lrdsl import expr as E
from lrdsl.algebra import (
    Constant,
    Modified,
    Node,
    Overlay,
    Product,
    Schedule,
    Sequence,
    Sum,
)
from lrdsl.binder import Binding
from lrdsl.diagnostics import Diagnostic, Problem
from lrdsl.expr import Affine
from lrdsl.layout import Moment, Part, Placed, label
from lrdsl.outline import amount
from lrdsl.plan import Plan
from lrdsl.segments import Gaussian, Hold, Multistep, Noise, Restarts, Segment, Shape, Snap
from lrdsl.values import Value

JUMP = 0.1  # of the larger value: a smaller step at a junction is not worth a word
OFF = frozenset({"LR815"})


@dataclass(frozen=True)
class Subject:
    """What the rules look at."""

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

    @cached_property
    def placed(self) -> list[tuple[Fraction | None, Placed, Part]]:
        """Every placed schedule with its start in run time, where that is one moment."""
        assert self.plan is not None
        root = Part(E.ZERO, self.plan.placed, "whole", E.BASE)
        found: list[tuple[Fraction | None, Placed, Part]] = []
        stack: list[tuple[Fraction | None, Part]] = [(Fraction(0), root)]
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


Rule: TypeAlias = Callable[[Subject], Iterator[Problem]]


def lint(
    binding: Binding, plan: Plan | None, *, lr: float | None = None, enable: Iterable[str] = ()
) -> list[Diagnostic]:
    """The lints of a program; those about its layout need a plan."""
    if binding.schedule is None:
        return []
    subject = Subject(binding.schedule, plan, binding, lr)
    rules = [*TEXT_RULES, *(PLAN_RULES if plan is not None else [])]
    off = OFF - set(enable)
    found = [
        Diagnostic(n.code, n.message, n.span, "warning", n.help, n.fix)
        for rule in rules
        for n in (binding.places.locate(p) for p in rule(subject))
        if n.code not in off
    ]
    unused = [
        Diagnostic(
            "LR816",
            f"{name.text} is never used",
            name.span,
            "warning",
            "remove the binding, or use it",
        )
        for name in binding.unused
    ]
    return list(dict.fromkeys([*found, *unused]))


# --- rules over the syntax tree -------------------------------------------------------------------


def binds_to_last(s: Subject) -> Iterator[Problem]:
    """LR801: noise or snap after a sequence without parentheses."""
    for node in s.nodes:
        if not isinstance(node, Sequence | Overlay):
            continue
        last = node.operands[-1]
        if isinstance(last, Modified) and isinstance(last.modifier, Noise | Snap):
            if s.binding.places.is_grouped(last):
                continue
            kind, joins = last.modifier.kind, last.modifier.joins
            yield Problem(
                "LR801",
                f"{kind} binds to {label(_bare(last))} alone, not to the whole sequence",
                help=f"for the whole write (..) {joins} {kind}(..); to say that it is meant so, "
                f"({label(_bare(last))} {joins} {kind}(..))",
                where=last.modifier,
            )


def _bare(node: Schedule) -> Schedule:
    while isinstance(node, Modified):
        node = node.body
    return node


def absolute_beside_lr(s: Subject) -> Iterator[Problem]:
    """LR805: an absolute value in a factor, or added to a curve in lr."""
    for node in s.nodes:
        if isinstance(node, Product):
            for factor in node.operands[1:]:
                for n, field, value in _values(factor):
                    if value.constant and not value.lr and not isinstance(n, Constant):
                        yield Problem(
                            "LR805",
                            f"{field}={value} stands in a factor, where it is a ratio",
                            help=f"write {_share(value.constant)} to make that plain: in a factor "
                            "lr is 1",
                            where=n,
                            field=field,
                        )
        if isinstance(node, Sum):
            levels = [o for o in node.operands if isinstance(o, Constant)]
            curves = [o for o in node.operands if not isinstance(o, Constant)]
            for level in levels:
                if not level.value.lr and level.value.constant and curves:
                    yield Problem(
                        "LR805",
                        f"{level.value} is absolute, and the curve beside it is in shares of lr",
                        help=f"for a share of the base rate write {_share(level.value.constant)}",
                        where=level,
                    )


def _share(constant: Fraction) -> str:
    return str(Value(constant, Fraction(0)))


def _values(root: Node) -> Iterator[tuple[Node, str, Value]]:
    stack = [root]
    while stack:
        node = stack.pop()
        stack.extend(node.children())
        for name in type(node).model_fields:
            value = getattr(node, name)
            if isinstance(value, Value):
                yield node, name, value


def above_base(s: Subject) -> Iterator[Problem]:
    """LR806: an end that is absolute and larger than the base rate."""
    if s.lr is None:
        return
    for node in s.nodes:
        end = getattr(node, "end", None)
        if not (isinstance(node, Shape) and isinstance(end, Value)) or end.lr:
            continue
        if end.constant > Fraction(repr(float(s.lr))):
            yield Problem(
                "LR806",
                f"end={end} is absolute, and above the base rate {s.lr:g}",
                help=f"did you mean {_share(end.constant)}?",
                where=node,
                field="end",
            )


def equal_seeds(s: Subject) -> Iterator[Problem]:
    """LR812: two noises that draw the same numbers."""
    seen: set[int] = set()
    for node in reversed(s.nodes):
        if isinstance(node, Noise | Gaussian):
            if node.seed in seen:
                yield Problem(
                    "LR812",
                    f"two noises share the seed {node.seed}, so they draw the same numbers",
                    help=f"give one of them another: seed={node.seed + 1}",
                    where=node,
                )
            seen.add(node.seed)


TEXT_RULES: list[Rule] = [binds_to_last, absolute_beside_lr, above_base, equal_seeds]


# --- rules over the plan --------------------------------------------------------------------------


def jumps(s: Subject) -> Iterator[Problem]:
    """LR802: a step of the value where one segment follows another."""
    for _, placed, _ in s.placed:
        node = placed.node
        if not isinstance(node, Sequence | Overlay):
            continue
        parts = [p for p in placed.parts if p.placed.length is not E.ZERO]
        for a, b in pairwise(parts):
            end = a.placed.length
            target = _bare(b.placed.node)
            if end is None:
                continue
            inside = end if isinstance(node, Overlay) else E.ZERO
            side = b.placed
            if side.length is not None and E.lowest(side.length - inside) <= 0:
                continue
            x = inside if inside.is_const else E.ZERO
            before = a.placed.leave()
            after = side.held(Moment(x, E.ZERO, quiet=True))
            step = _step(before, after, s.lr)
            lower = isinstance(target, Hold) and target.value is not None  # a written level
            if step is not None and abs(step) > JUMP and not (lower and step < 0):
                yield Problem(
                    "LR802",
                    f"the value jumps here, from {_shown(before, s.lr)} to {_shown(after, s.lr)}",
                    help="start= says where a segment starts; without it, it goes on from the one "
                    "before"
                    if isinstance(node, Sequence)
                    else "end=next lets the segment on the left of `|` meet the curve below",
                    where=b.placed.node,
                )


def _step(before: Affine, after: Affine, lr: float | None) -> float | None:
    """The change as a share of the larger value, if it can be told."""
    if before.a is after.a and before.b is after.b:
        return None
    if not all(e.is_const for v in (before, after) for e in (v.a, v.b)):
        return None
    if lr is None and (before.b is not after.b) and (before.a is not after.a):
        return None  # a rate and a share of lr: which is larger is not known
    p, q = (amount(v, 1.0 if lr is None else lr) for v in (before, after))
    largest = max(abs(p), abs(q))
    return (q - p) / largest if largest else None


def _shown(value: Affine, lr: float | None) -> str:
    if lr is not None:
        return f"{amount(value, lr):.4g}"
    a, b = float(value.a.data), float(value.b.data)
    if not a:
        return f"{b:.4g}"
    share = "lr" if a == 1 else f"{a:.4g}*lr"
    return share + (f" + {b:.4g}" if b else "")


def never_reached(s: Subject) -> Iterator[Problem]:
    """LR803: a segment for which no time is left."""
    assert s.plan is not None
    for start, placed, part in s.placed:
        if part.role != "then":
            continue
        node = placed.node
        written = isinstance(node, Segment) and node.own_length() is not None
        late = s.plan.run.total is not None and start is not None and start >= s.plan.run.total
        if (placed.length is E.ZERO and not written) or (late and placed.length is not E.ZERO):
            yield Problem(
                "LR803",
                f"{label(node)} is never reached: no time is left for it",
                help="shorten what comes before it, or leave it out",
                where=node,
            )


def flat(s: Subject) -> Iterator[Problem]:
    """LR804: a shape between equal values."""
    for _, placed, part in s.placed:
        node = placed.node
        end = getattr(node, "end", None)
        if not (isinstance(node, Shape) and isinstance(end, Value)):
            continue
        if placed.length is None or placed.length is E.ZERO:
            continue
        first = placed.trace(Moment(E.ZERO, E.ZERO, quiet=True))
        start = part.entry if node.start is None else None
        begins = first if start is None else start
        if s.is_same(begins, placed.leave()) or s.is_same(first, placed.leave()):
            yield Problem(
                "LR804",
                f"{node.kind} is flat: it starts and ends at {_shown(placed.leave(), s.lr)}"
                if placed.leave().a.is_const and placed.leave().b.is_const
                else f"{node.kind} is flat: it starts where it ends",
                help="a level part is hold; start= and end= say what it goes from and to",
                where=node,
            )


def shares(s: Subject) -> Iterator[Problem]:
    """LR807: several segments divide the rest of the run, and nothing says so."""
    assert s.plan is not None
    _ = s.plan.placed
    for node in s.nodes:
        free = s.plan.layout.shared.get(id(node))
        if free:
            yield Problem(
                "LR807",
                f"{' and '.join(label(o) for o in free)} share what is left of the run equally",
                help="give all but one of them a length",
                where=free[-1],
            )


def late_milestones(s: Subject) -> Iterator[Problem]:
    """LR808: a milestone that the run never reaches."""
    assert s.plan is not None
    total = s.plan.run.total
    if total is None:
        return
    for start, placed, _ in s.placed:
        node = placed.node
        if isinstance(node, Multistep) and start is not None:
            late = [t for t in node.at if start + s.plan.run.ticks(t) >= total]
            if late:
                yield Problem(
                    "LR808",
                    f"the milestone{'s' if len(late) > 1 else ''} "
                    f"{', '.join(map(str, late))} {'are' if len(late) > 1 else 'is'} never "
                    f"reached: the run ends at {s.plan.run.show(total)}",
                    where=node,
                    field="at",
                )


def not_positive(s: Subject) -> Iterator[Problem]:
    """LR809: a rate that is negative, or zero, before the end."""
    assert s.plan is not None
    total = s.plan.run.total
    if any(isinstance(node, Gaussian) for node in s.nodes):
        return  # its mean, which is 0, is not its value
    if total is None or not s.plan.is_affine or (s.lr is None and s.plan.value.b is not E.ZERO):
        return
    lr = 1.0 if s.lr is None else s.lr
    for piece in s.plan.pieces:
        if piece.depth or (piece.text.startswith("hold") and "value=0" in piece.text):
            continue
        for at in _samples(piece.start, piece.end if piece.end is not None else total):
            if at == 0 or (total is not None and at >= total):
                continue
            value = _quiet(s.plan, at, lr)
            # one zero alone is where a warm-up starts
            if value < 0 or (value == 0 and at + 1 < total and not _quiet(s.plan, at + 1, lr)):
                word = "zero" if value == 0 else "negative"
                yield Problem(
                    "LR809",
                    f"the rate is {word} at {s.plan.run.show(at)}, before the end of the run",
                    help="nothing is learned there: give end=, or a floor: max(.., 1e-2*lr)",
                    where=None,
                )
                return


def _samples(start: Fraction, end: Fraction | None) -> list[Fraction]:
    if end is None:
        return [start, start + 1, start + 1000]
    inside = [Fraction(math.ceil(start + (end - start) * Fraction(i, 8))) for i in range(8)]
    return [*inside, Fraction(math.ceil(end)) - 1, end]


def _quiet(plan: Plan, at: Fraction, lr: float) -> float:
    moment = Moment(E.const(at), E.const(at), quiet=True)
    return amount(plan.placed.held(moment), lr)


def cut_cycles(s: Subject) -> Iterator[Problem]:
    """LR810: a last cycle that the run cuts, or cycles that it leaves no time for."""
    assert s.plan is not None
    _ = s.plan.placed
    for node in s.nodes:
        cycles = s.plan.layout.cycles.get(id(node))
        if cycles is None or cycles.count is None:
            continue
        assert isinstance(node, Modified)
        assert isinstance(node.modifier, Restarts)
        missing = cycles.wanted is not None and cycles.count < cycles.wanted
        if cycles.full and not missing:
            continue
        if cycles.wanted is None and s.plan.run.total is None:
            continue
        done = cycles.count if cycles.full else cycles.count - 1
        of = f" of {cycles.wanted}" if cycles.wanted is not None else ""
        plural = "" if done == 1 else "s"
        yield Problem(
            "LR810",
            f"the run has room for {done} whole cycle{plural}{of}: "
            + ("the rest are left out" if cycles.full else "the next one is cut"),
            help="a cut cycle ends the run in the middle of its curve: choose lengths that fill it",
            where=node.modifier,
        )


def short(s: Subject) -> Iterator[Problem]:
    """LR811: a program that ends before the run does."""
    assert s.plan is not None
    total, length = s.plan.run.total, s.plan.placed.length
    if total is None or length is None or length.exact is None or length.exact >= total:
        return
    run = s.plan.run
    yield Problem(
        "LR811",
        f"the program is {run.show(length.exact)} long, the run {run.show(total)}: "
        f"its last value is held for {run.show(total - length.exact)}",
        help="add `>> hold` to say so, or leave a length out",
    )


def epoch_grid(s: Subject) -> Iterator[Problem]:
    """LR813: a grid that counts epochs, where iterations are usually meant."""
    assert s.plan is not None
    if s.plan.run.tick != "ep":
        return
    for node in s.nodes:
        if isinstance(node, Shape) and node.grid != "left":
            yield Problem(
                "LR813",
                f"grid={node.grid} counts ticks, and a tick is an epoch here",
                help='for a grid of steps give tick="st" and steps_per_epoch=',
                where=node,
                field="grid",
            )


def hidden(s: Subject) -> Iterator[Problem]:
    """LR814: an overlay whose lower curve is never seen."""
    assert s.plan is not None
    for start, placed, _ in s.placed:
        if not isinstance(placed.node, Overlay):
            continue
        over, under = placed.parts[0].placed.length, placed.parts[1].placed.length
        total = s.plan.run.total
        if over is None or over.exact is None:
            continue
        covered = under is not None and under.exact is not None and over.exact >= under.exact
        whole = total is not None and start is not None and start + over.exact >= total
        if covered or whole:
            yield Problem(
                "LR814",
                f"{label(placed.parts[0].placed.node)} hides "
                f"{label(placed.parts[1].placed.node)}, which is never seen",
                help="`|` runs both from the start; for one after the other write `>>`",
                where=placed.parts[0].placed.node,
            )


def first_update(s: Subject) -> Iterator[Problem]:
    """LR815 (off by default): the first update has rate 0."""
    assert s.plan is not None
    if s.plan.is_affine and _quiet(s.plan, Fraction(0), 1.0) == 0:
        yield Problem(
            "LR815",
            "the first update has rate 0, and changes nothing",
            help="grid=right starts one step up the ramp; or give start=",
        )


PLAN_RULES: list[Rule] = [
    jumps,
    never_reached,
    flat,
    shares,
    late_milestones,
    not_positive,
    cut_cycles,
    short,
    epoch_grid,
    hidden,
    first_update,
]
