"""Rules over the layout: what stands where in the run."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from lrdsl import expr as E
from lrdsl.algebra import Modified, Overlay, Schedule, Sequence
from lrdsl.diagnostics import Problem
from lrdsl.expr import Affine
from lrdsl.layout import Moment, label
from lrdsl.lint.subject import Rule, Subject, bare, shown
from lrdsl.outline import amount
from lrdsl.segments import Hold, Multistep, Restarts, Segment, Shape
from lrdsl.segments.levels import ZERO
from lrdsl.values import Value

JUMP = 0.1  # of the larger value: a smaller step at a junction is not worth a word
SEEN = 0.01  # of the peak: so is a smaller one
FEW_STEPS, MANY_EPOCHS = 1000, 10_000  # what no run has, or hardly any


def jumps(s: Subject) -> Iterator[Problem]:
    """LR802: a step of the value where one segment follows another."""
    for _, placed, _ in s.placed:
        node = placed.node
        if not isinstance(node, Sequence | Overlay):
            continue
        parts = [p for p in placed.parts if p.placed.length is not E.ZERO]
        for a, b in pairwise(parts):
            end = a.placed.length
            target = bare(b.placed.node)
            assert end is not None  # nothing follows what never ends
            inside = end if isinstance(node, Overlay) else E.ZERO
            side = b.placed
            if side.length is not None and E.lowest(side.length - inside) <= 0:
                continue
            before = a.placed.leave()
            is_later = inside.is_const and inside is not E.ZERO
            after = side.held(Moment(inside, E.ZERO, quiet=True)) if is_later else side.opening
            step = _step(before, after, s.lr)
            lower = isinstance(target, Hold) and target.value is not None  # a written level
            meant = (lower and step is not None and step < 0) or _is_frozen(a.placed.node)
            if step is not None and abs(step) > JUMP and not meant and _shows(s, before, after):
                yield Problem(
                    "LR802",
                    f"the value jumps here, from {shown(before, s.lr)} to {shown(after, s.lr)}",
                    help="start= says where a segment starts; without it, it goes on from the one "
                    "before"
                    if isinstance(node, Sequence)
                    else "end=next lets the segment on the left of `|` meet the curve below",
                    where=b.placed.node,
                )


def _shows(s: Subject, before: Affine, after: Affine) -> bool:
    """Whether a jump is seen beside the peak: not one between values that are next to nothing."""
    if s.scale is None:
        return True
    change = abs(amount(before, s.scale) - amount(after, s.scale))
    return not change < SEEN * s.size


def _is_frozen(node: Schedule) -> bool:
    """A written zero, until the training of something starts."""
    return isinstance(node, Hold) and node.value is not None and node.value == ZERO


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


def never_reached(s: Subject) -> Iterator[Problem]:
    """LR803: a segment for which no time is left."""
    total = s.planned.run.total
    for start, placed, part in s.placed:
        if part.role != "then":
            continue
        node = placed.node
        written = isinstance(node, Segment) and node.own_length() is not None
        late = total is not None and start is not None and start >= total
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
                f"{node.kind} is flat: it starts and ends at {shown(placed.leave(), s.lr)}"
                if placed.leave().a.is_const and placed.leave().b.is_const
                else f"{node.kind} is flat: it starts where it ends",
                help="a level part is hold; start= and end= say what it goes from and to",
                where=node,
            )


def shares(s: Subject) -> Iterator[Problem]:
    """LR807: several segments divide the rest of the run, and nothing says so."""
    _ = s.planned.placed
    for node in s.nodes:
        free = s.planned.layout.shared.get(id(node))
        if free:
            yield Problem(
                "LR807",
                f"{' and '.join(label(o) for o in free)} share what is left of the run equally",
                help="give all but one of them a length",
                where=free[-1],
            )


def late_milestones(s: Subject) -> Iterator[Problem]:
    """LR808: a milestone that the run never reaches."""
    total = s.planned.run.total
    if total is None:
        return
    for start, placed, _ in s.placed:
        node = placed.node
        if isinstance(node, Multistep) and start is not None:
            late = [t for t in node.at if start + s.planned.run.ticks(t) >= total]
            if late:
                yield Problem(
                    "LR808",
                    f"the milestone{'s' if len(late) > 1 else ''} "
                    f"{', '.join(map(str, late))} {'are' if len(late) > 1 else 'is'} never "
                    f"reached: the run ends at {s.planned.run.tell(total)}",
                    where=node,
                    field="at",
                )


def cut_cycles(s: Subject) -> Iterator[Problem]:
    """LR810: a last cycle that the run cuts, or cycles that it leaves no time for."""
    _ = s.planned.placed
    for node in s.nodes:
        cycles = s.planned.layout.cycles.get(id(node))
        if cycles is None or cycles.count is None:
            continue
        assert isinstance(node, Modified)
        assert isinstance(node.modifier, Restarts)
        missing = cycles.wanted is not None and cycles.count < cycles.wanted
        if cycles.full and not missing:
            continue
        if cycles.wanted is None and s.planned.run.total is None:
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
    total, length = s.planned.run.total, s.planned.placed.length
    if total is None or length is None or length.exact is None or length.exact >= total - 1:
        return  # one tick less, and the last update has the end
    run = s.planned.run
    yield Problem(
        "LR811",
        f"the program is {run.tell(length.exact)} long, the run {run.tell(total)}: "
        f"its last value is held for {run.tell(total - length.exact)}",
        help="add `>> hold` to say so, or leave a length out",
        where=s.ruling(length.exact)[0].placed.node,
    )


def epoch_grid(s: Subject) -> Iterator[Problem]:
    """LR813: a grid that counts epochs, where iterations are usually meant."""
    if s.planned.run.tick != "ep":
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
    for start, placed, _ in s.placed:
        if not isinstance(placed.node, Overlay):
            continue
        over, under = placed.parts[0].placed.length, placed.parts[1].placed.length
        total = s.planned.run.total
        assert over is not None  # the left side of `|` has a length
        covered = under is not None and E.lowest(over - under) >= 0
        whole = total is not None and start is not None and start + E.lowest(over) >= total
        if covered or whole:
            yield Problem(
                "LR814",
                f"{label(placed.parts[0].placed.node)} hides "
                f"{label(placed.parts[1].placed.node)}, which is never seen",
                help="`|` runs both from the start; for one after the other write `>>`",
                where=placed.parts[0].placed.node,
            )


def other_unit(s: Subject) -> Iterator[Problem]:
    """LR821: a total that is probably counted in another unit than it says."""
    run = s.planned.run
    if run.total is None or run.overflow == "truncate":
        return  # a smoke run is as short as it likes
    per_epoch = run.steps_per_epoch
    few = per_epoch is not None and run.total < per_epoch and run.total < FEW_STEPS
    if run.tick == "st" and few:
        yield Problem(
            "LR821",
            f"the run is {run.show(run.total)} long, less than one epoch of {run.show(per_epoch)}",
            help=f'for {run.total} epochs of steps give total="{run.total}ep", tick="st"; '
            "steps_per_epoch= is the number of updates in an epoch",
        )
    elif run.tick == "ep" and run.total > MANY_EPOCHS:
        yield Problem(
            "LR821",
            f"the run is {run.show(run.total)} long: are these steps?",
            help=f'for {run.total} steps give total="{run.total}st"',
        )


LAYOUT_RULES: list[Rule] = [
    jumps,
    never_reached,
    flat,
    shares,
    late_milestones,
    cut_cycles,
    short,
    epoch_grid,
    hidden,
    other_unit,
]
