"""Rules of style: programs that say what they mean, and could say it better."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lrdsl import recipes
from lrdsl.algebra import Schedule, Sequence
from lrdsl.binder import Binding
from lrdsl.diagnostics import Diagnostic, Edit, Fix, Problem
from lrdsl.lint.subject import Subject
from lrdsl.segments import Segment

LEAST = 3  # repetitions that are worth a word
LONGEST = 4  # operands in a repeated part


def not_canonical(binding: Binding) -> list[Diagnostic]:
    """LR823 (off by default): a text that `lrdsl fmt` would write differently.

    One with comments, bindings, recipes or several lines is left alone: its canonical text has none
    of them.
    """
    text, span = binding.places.text, binding.places.whole
    written, canonical = span.of(text), str(binding.schedule)
    called = set(re.findall(r"[A-Za-z]\w*", written)) & {*recipes.names()}
    lost = re.search("[;#]", text) or re.search("[\n\r]", written)
    if written == canonical or called or lost:
        return []
    return [
        Diagnostic(
            "LR823",
            "this is not the canonical text",
            span,
            "warning",
            "lrdsl fmt writes it",
            Fix("write the canonical text", (Edit(span, canonical),)),
        )
    ]


def reducible(s: Subject) -> Iterator[Problem]:
    """LR824: cycles that are written out one by one."""
    for node in s.nodes:
        if isinstance(node, Sequence):
            yield from _repeated(node)


def _repeated(node: Sequence) -> Iterator[Problem]:
    operands, at = node.operands, 0
    while at < len(operands):
        size, times = _repetition(operands, at)
        if times < LEAST:
            at += 1
            continue
        part = " >> ".join(map(str, operands[at : at + size]))
        body = part if size == 1 else f"({part})"
        yield Problem(
            "LR824",
            f"{part if len(part) <= 60 else 'the same part'} stands {times} times in a row",
            help=f"{body if len(body) <= 60 else '(..)'} * restarts(limit={times}) is the same",
            where=operands[at],
        )
        at += size * times


def _repetition(operands: tuple[Schedule, ...], at: int) -> tuple[int, int]:
    """How many operands from here on are repeated, and how often they stand there."""
    if not _is_cycle(operands[at]):
        return 1, 1
    for size in range(1, LONGEST + 1):
        part, end = operands[at : at + size], at + size
        if not all(isinstance(o, Segment) and o.own_length() is not None for o in part):
            break
        while operands[end : end + size] == part:
            end += size
        times = (end - at) // size
        if times >= LEAST:
            return size, times
    return 1, 1


def _is_cycle(node: Schedule) -> bool:
    """Whether a segment starts at a value of its own, so that it is the same wherever it stands."""
    return isinstance(node, Segment) and node.start is not None
