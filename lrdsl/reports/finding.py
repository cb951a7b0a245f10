"""What every report is made of: a finding with its place in a file, and how the run went."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lrdsl.configs import Program
from lrdsl.diagnostics import PLACELESS, Diagnostic, Span


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file: lines and columns from 1, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A diagnostic, and the program that it is about."""

    program: Program
    diagnostic: Diagnostic

    @property
    def span(self) -> Span:
        """What to point at in the program: its first character, where it is the run's fault."""
        length = len(self.program.text)
        if self.diagnostic.code in PLACELESS:
            return Span(0, min(1, length))
        start = min(self.diagnostic.span.start, length)
        return Span(start, min(max(start, self.diagnostic.span.end), length))

    @property
    def place(self) -> Place:
        """The same in the file around it."""
        span = self.span
        start, end = self.program.locate(span.start), self.program.locate(span.end)
        return Place(*start, *max(start, end))

    def light(self) -> Finding:
        """The same without the structure of its file, as thousands can be kept."""
        scalar = None if self.diagnostic.fix is None else self.program.scalar
        return Finding(replace(self.program, scalar=scalar, document=None), self.diagnostic)


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run went.

    Attributes:
        files, programs: how many were checked.
        errors, warnings: how many were found.
        unread: what there is to say about each file that could not be read.
    """

    files: int = 0
    programs: int = 0
    errors: int = 0
    warnings: int = 0
    unread: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        findings: Iterable[Finding],
        *,
        files: int = 0,
        programs: int = 0,
        unread: Iterable[str] = (),
    ) -> Summary:
        """The summary of a run with these findings."""
        severities = [f.diagnostic.severity for f in findings]
        errors = severities.count("error")
        return cls(files, programs, errors, len(severities) - errors, tuple(unread))

    def __str__(self) -> str:
        """``checked 3 programs in 2 files: 1 error, 2 warnings; 1 file could not be read``."""
        checked = _count(self.programs, "program")
        if self.files > 1:
            checked += f" in {self.files} files"
        said = f"checked {checked}: {_found(self.errors, self.warnings)}"
        if self.unread:
            said += f"; {_count(len(self.unread), 'file')} could not be read"
        return said


def _found(errors: int, warnings: int) -> str:
    parts = [_count(n, what) for n, what in ((errors, "error"), (warnings, "warning")) if n]
    return ", ".join(parts) or "no findings"


def _count(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
