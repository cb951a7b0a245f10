"""What comes of reading a text."""

from __future__ import annotations

from dataclasses import dataclass

from lrdsl import syntax as S
from lrdsl.diagnostics import Diagnostic, Span

MAX_ERRORS = 20
MISSING = ""  # the name that stands for an operand that is not there


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree (None where there is nothing to go on with) and what was wrong with the text."""

    tree: S.ProgramTree | None
    diagnostics: tuple[Diagnostic, ...] = ()


def refused(code: str, message: str, span: Span) -> Parsed:
    return Parsed(None, (Diagnostic(code, message, span),))
