"""Rules over the text: what can be told without a run."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from lrdsl import expr as E
from lrdsl.algebra import Constant, Modified, Node, Overlay, Product, Sequence, Sum
from lrdsl.diagnostics import Problem
from lrdsl.layout import label
from lrdsl.lint.style import reducible
from lrdsl.lint.subject import Rule, Subject, bare, share
from lrdsl.segments import Gaussian, Noise, Shape, Snap
from lrdsl.values import Value


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
                f"{kind} binds to {label(bare(last))} alone, not to the whole sequence",
                help=f"for the whole write (..) {joins} {kind}(..); to say that it is meant so, "
                f"({label(bare(last))} {joins} {kind}(..))",
                where=last.modifier,
            )


def absolute_beside_lr(s: Subject) -> Iterator[Problem]:
    """LR805: an absolute value in a factor, or added to a curve in lr."""
    seen: set[int] = set()  # in a factor: one in another is looked at once
    for node in s.nodes:
        if isinstance(node, Product):
            for factor in node.operands[1:]:
                for n, field, value in _values(factor, seen):
                    if value.constant and not value.lr and not isinstance(n, Constant):
                        yield Problem(
                            "LR805",
                            f"{field}={value} stands in a factor, where it is a ratio",
                            help=f"write {share(value.constant)} to make that plain: in a factor "
                            "lr is 1",
                            where=n,
                            field=field,
                        )
        if isinstance(node, Sum) and _knows_lr(s):
            levels = [o for o in node.operands if isinstance(o, Constant)]
            curves = [o for o in node.operands if not isinstance(o, Constant)]
            for level in levels:
                if not level.value.lr and level.value.constant and curves:
                    yield Problem(
                        "LR805",
                        f"{level.value} is absolute, and the curve beside it is in shares of lr",
                        help=f"for a share of the base rate write {share(level.value.constant)}",
                        where=level,
                    )


def _knows_lr(s: Subject) -> bool:
    """Whether the rate has to do with lr at all, as far as that is known."""
    return s.plan is None or s.plan.value.a is not E.ZERO or not s.plan.is_affine


def _values(root: Node, seen: set[int]) -> Iterator[tuple[Node, str, Value]]:
    stack = [root]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
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
                help=f"did you mean {share(end.constant)}?",
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


def default_seed(s: Subject) -> Iterator[Problem]:
    """LR822 (off by default): noise whose seed is not written."""
    for node in s.nodes:
        if isinstance(node, Noise | Gaussian) and "seed" not in node.model_fields_set:
            yield Problem(
                "LR822",
                f"{node.kind} draws with the default seed, {node.seed}",
                help="runs that shall differ need seeds that differ: seed=1",
                where=node,
            )


TEXT_RULES: list[Rule] = [
    binds_to_last,
    absolute_beside_lr,
    above_base,
    equal_seeds,
    default_seed,
    reducible,
]
