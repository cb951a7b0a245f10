"""Text to concrete tree.

A text that does not parse is repaired token by token, so that one run reports every error in it and
the rest can still be checked.
"""

from __future__ import annotations

import re

from lrdsl.diagnostics import Span
from lrdsl.parser.building import build
from lrdsl.parser.lalr import Unexpected, tokens
from lrdsl.parser.parsed import MAX_ERRORS, MISSING, Parsed, refused
from lrdsl.parser.repair import Repair
from lrdsl.syntax import ProgramTree

MAX_SOURCE = 64 * 1024
MAX_NESTING = 100

_BRACKETS = re.compile(r"#[^\n]*|[()\[\]]")


def parse_text(text: object) -> Parsed:
    """The concrete tree of a program, repaired where it had to be. Never raises."""
    if not isinstance(text, str):
        return refused("LR001", f"a program is a text, not {type(text).__name__}", Span(0, 0))
    if len(text) > MAX_SOURCE or len(text.encode(errors="replace")) > MAX_SOURCE:
        return refused(
            "LR601",
            f"a program has at most {MAX_SOURCE // 1024} KiB, this one has "
            f"{len(text) / 1024:,.0f} KiB",
            Span(0, 0),
        )
    deep = _too_deep(text)
    if deep is not None:
        return refused("LR602", f"brackets are nested deeper than {MAX_NESTING} levels", deep)
    tree = parse_exactly(text)
    return Parsed(tree) if tree is not None else Repair(text).run()


def parse_exactly(text: str) -> ProgramTree | None:
    """The concrete tree of a text that needs no repair, else None."""
    try:
        return build(tokens(text))
    except Unexpected:
        return None


def _too_deep(text: str) -> Span | None:
    depth = 0
    for m in _BRACKETS.finditer(text):
        if m[0] in "([":
            depth += 1
            if depth > MAX_NESTING:
                return Span(m.start(), m.end())
        elif m[0] in ")]":
            depth -= 1
    return None


__all__ = [
    "MAX_ERRORS",
    "MAX_NESTING",
    "MAX_SOURCE",
    "MISSING",
    "Parsed",
    "parse_exactly",
    "parse_text",
]
