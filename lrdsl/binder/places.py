"""Where the nodes of a syntax tree stand in the text; the tree itself knows no places."""

from __future__ import annotations

from dataclasses import dataclass, field

from lrdsl import syntax as S
from lrdsl.algebra import Schedule
from lrdsl.diagnostics import Diagnostic, Problem, Span


@dataclass
class Places:
    """Where the nodes of a syntax tree, and their fields, stand in the text."""

    whole: Span
    text: str = ""
    _spans: dict[tuple[int, str | None], Span] = field(default_factory=dict)
    _kept: list[object] = field(default_factory=list)  # keeps the ids valid

    def put(self, node: object, span: Span, name: str | None = None) -> None:
        if (id(node), name) not in self._spans:
            self._spans[id(node), name] = span
            self._kept.append(node)

    def of(self, node: object, name: str | None = None) -> Span:
        """The best known place of a node's field, of the node, or the whole program."""
        found = self._spans.get((id(node), name)) or self._spans.get((id(node), None))
        return found or self.whole

    def is_grouped(self, node: object) -> bool:
        """Whether a node stands in parentheses of its own, or has a name: here, or the host's."""
        span = self._spans.get((id(node), None))
        if span is None:
            return True
        before, after = self.text[: span.start].rstrip(), self.text[span.end :].lstrip()
        return before.endswith("=") or (before.endswith("(") and after.startswith(")"))

    def locate(self, problem: Problem) -> Diagnostic:
        return problem.at(self.of(problem.where, problem.field))


@dataclass(frozen=True)
class Binding:
    """What a text means: a schedule (None where it is broken), its places, and its findings."""

    schedule: Schedule | None
    places: Places
    diagnostics: tuple[Diagnostic, ...]
    unused: tuple[S.NameTree, ...] = ()
