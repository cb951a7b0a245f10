"""What every part of binding shares: the scope, the findings, and the places."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

from lrdsl import algebra
from lrdsl import syntax as S
from lrdsl.algebra import MAX_DEPTH, MAX_NODES, Item, Node
from lrdsl.binder.places import Places
from lrdsl.diagnostics import Diagnostic, Edit, Fix, Problem, Span
from lrdsl.parser import MAX_ERRORS
from lrdsl.values import Time, Value


class Broken:
    """Something whose error has been reported."""


BROKEN = Broken()
Bound: TypeAlias = "Item | tuple[Any, ...] | Broken"


class Reader:
    """Reports findings and remembers places. What an expression means is said further up."""

    def __init__(self, text: str, names: dict[str, Item]) -> None:
        self.text = text
        self.scope: dict[str, Bound] = dict(names)
        self.bound: dict[str, S.NameTree] = {}
        self.used: set[str] = set()
        self.found: list[Diagnostic] = []
        self.places = Places(Span(0, len(text)), text)
        self.sizes: dict[int, tuple[int, int]] = {}
        self.chains: dict[int, int] = {}  # where the chain starts that an operand stands in

    def _errors(self) -> bool:
        return any(d.severity == "error" for d in self.found)

    def _report(self, problem: Problem, span: Span, fix: Fix | None = None) -> Broken:
        if not self._is_full():
            d = problem.at(span)
            self.found.append(Diagnostic(d.code, d.message, d.span, d.severity, d.help, fix))
        return BROKEN

    def _is_full(self) -> bool:
        """Whether so much is wrong that the rest is not looked at."""
        return len(self.found) >= MAX_ERRORS

    def _placed(self, node: Bound, span: Span) -> Bound:
        """Remember where a node stands, and how large it has become."""
        if isinstance(node, Node):
            self.places.put(node, span)
            if id(node) not in self.sizes:
                below = [self.sizes.get(id(c), (1, 1)) for c in node.children()]
                size = 1 + sum(n for n, _ in below)
                depth = 1 + max((d for _, d in below), default=0)
                self.sizes[id(node)] = size, depth
                if size > MAX_NODES:
                    return self._report(algebra.too_many(), span)
                if depth > MAX_DEPTH:
                    return self._report(algebra.too_deep(), span)
        return node

    def item(self, tree: S.Tree, *, listed: bool = False) -> Bound:
        """What an expression means."""
        raise NotImplementedError

    def _schedule(self, item: Bound, tree: S.Tree) -> Bound:
        """What stands where a schedule is wanted."""
        raise NotImplementedError

    def _unknown(self, tree: S.NameTree) -> Broken:
        """The finding for a name that is not known."""
        raise NotImplementedError


def probable(span: Span, meant: str | None) -> Fix | None:
    """The fix that writes what was probably meant."""
    return Fix(f"write {meant}", (Edit(span, meant),), certain=False) if meant else None


def share_fix(item: object, span: Span) -> Fix | None:
    if isinstance(item, Time) and item.units == ("%",):
        meant = str(Value(item.amounts[0][1] / 100, Fraction(0)))
        return Fix("a share of the base rate", (Edit(span, meant),))
    return None
