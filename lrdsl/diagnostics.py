"""Errors as values: spans, diagnostics, and the one place that renders them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters, ``text[start:end]``, counted in code points."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The smallest span that covers both."""
        return Span(min(self.start, other.start), max(self.end, other.end))

    def covers(self, other: Span) -> bool:
        """Whether the other span lies within this one."""
        return self.start <= other.start and other.end <= self.end

    def of(self, text: str) -> str:
        """The text that the span covers."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace what ``span`` covers by ``text``."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that do what the author meant, and a few words that say so.

    Attributes:
        title: what is done.
        edits: where, in any order.
        certain: whether it is plain that this was meant; a "did you mean" is only probable.
    """

    title: str
    edits: tuple[Edit, ...]
    certain: bool = True

    def apply(self, text: str) -> str:
        """The text after the edits, which do not overlap."""
        for edit in sorted(self.edits, key=lambda e: e.span, reverse=True):
            text = text[: edit.span.start] + edit.text + text[edit.span.end :]
        return text


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about a program: a stable code, where it is, and what to do."""

    code: str
    message: str
    span: Span
    severity: Severity = "error"
    help: str | None = None
    fix: Fix | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data, for tools."""
        data: dict[str, Any] = {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "span": [self.span.start, self.span.end],
            "help": self.help,
            "fix": None,
        }
        if self.fix is not None:
            edits = [{"span": [e.span.start, e.span.end], "text": e.text} for e in self.fix.edits]
            data["fix"] = {"title": self.fix.title, "certain": self.fix.certain, "edits": edits}
        return data


class Problem(Exception):
    """A finding on its way to its place in the text: raised by floors that know no spans.

    ``where`` is what the finding is about (an AST node, or nothing) and ``field`` one of its
    fields; whoever holds the span map turns both into a `Diagnostic`.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        help: str | None = None,
        where: object = None,
        field: str | None = None,
        severity: Severity = "error",
    ) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.help = help
        self.where = where
        self.field = field
        self.severity: Severity = severity

    def at(self, span: Span) -> Diagnostic:
        """The diagnostic at a known place."""
        return Diagnostic(self.code, self.message, span, self.severity, self.help)


class LrdslError(ValueError):
    """The only exception that leaves `parse`, `check` and `compile`.

    Attributes:
        diagnostics: all findings of the phase that failed, in the order of the text.
        text: the program they are about ("" where there is none).
    """

    def __init__(self, diagnostics: Iterable[Diagnostic], text: str = "") -> None:
        self.diagnostics = tuple(diagnostics)
        self.text = text
        super().__init__(self.diagnostics, text)  # `args` rebuild it: it pickles

    def __str__(self) -> str:
        return render(self.diagnostics, self.text)


@dataclass(frozen=True, slots=True)
class Source:
    """A text with its lines, for turning offsets into lines and columns (both from 1)."""

    text: str
    name: str = "program"

    def locate(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset."""
        start = self.text.rfind("\n", 0, offset) + 1
        return self.text.count("\n", 0, offset) + 1, offset - start + 1

    def line(self, number: int) -> str:
        """A line (from 1), without its end."""
        return self.text.split("\n")[number - 1]


WIDTH = 100  # a longer line is shown as an excerpt around the caret


def render(
    diagnostics: Iterable[Diagnostic],
    text: str | Source,
    name: str = "program",
    *,
    summary: bool = False,
) -> str:
    """What a person reads: message, place, excerpt with a caret, help and fix, per finding."""
    found = list(diagnostics)
    source = text if isinstance(text, Source) else Source(text, name)
    blocks = ["\n".join(_block(d, source)) for d in found]
    if summary:
        blocks.append(summarize(found))
    return "\n\n".join(blocks)


def summarize(diagnostics: Iterable[Diagnostic]) -> str:
    """``2 errors, 1 warning`` or ``no findings``."""
    found = list(diagnostics)
    parts = []
    for severity in ("error", "warning"):
        n = sum(d.severity == severity for d in found)
        if n:
            parts.append(f"{n} {severity}{'s' if n > 1 else ''}")
    return ", ".join(parts) or "no findings"


# Findings about the run, a rate or a state: no place in the program is to blame.
PLACELESS = frozenset(
    {"LR704", "LR705", "LR707", "LR708", "LR721", "LR722", "LR723", "LR724", "LR725", "LR821"}
)


def _block(d: Diagnostic, source: Source) -> Iterator[str]:
    line, column = source.locate(min(d.span.start, len(source.text)))
    yield f"{d.severity}[{d.code}]: {d.message}"
    if d.code not in PLACELESS:
        yield f"  --> {source.name}:{line}:{column}"
        if source.text:
            yield from _excerpt(d.span, source, line, column)
    margin = " " * len(str(line))
    if d.help:
        for i, part in enumerate(d.help.split("\n")):
            yield f"{margin}  = help: {part}" if i == 0 else f"{margin}          {part}"
    if d.fix is not None and source.text:
        fixed = d.fix.apply(source.text)
        shown = fixed if len(fixed) <= WIDTH and "\n" not in fixed else None
        yield f"{margin}  = fix: {d.fix.title}" + (f": {shown}" if shown else "")


def _excerpt(span: Span, source: Source, line: int, column: int) -> Iterator[str]:
    content = source.line(line)
    margin = " " * len(str(line))
    last_line, last = source.locate(min(max(span.start, span.end - 1), len(source.text)))
    width = (last if last_line == line else len(content)) - column + 1
    left = max(0, column - 1 - WIDTH // 2) if len(content) > WIDTH else 0
    shown = content[left : left + WIDTH]
    before = "... " if left else ""
    after = " ..." if left + WIDTH < len(content) else ""
    indent = len(before) + column - 1 - left
    carets = "^" * max(1, min(width, len(before) + len(shown) - indent))
    yield f" {margin}|"
    yield f"{line} | {before}{_printable(shown)}{after}"
    yield f" {margin}| {' ' * indent}{carets}"


def _printable(text: str) -> str:
    """One column a character, nothing that a terminal would act on."""
    return "".join(c if c.isprintable() else ("\u00b7" if c != "\t" else " ") for c in text)


def closest(name: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant, or None."""
    return _closest(name, frozenset(names))


@lru_cache(maxsize=1024)
def _closest(name: str, names: frozenset[str]) -> str | None:
    ordered = sorted(names)
    folded = {n.lower(): n for n in reversed(ordered)}
    if name.lower() in folded:
        return folded[name.lower()]
    cutoff = 0.6 if len(name) >= 5 else 0.7  # short names are close by chance
    matches = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=cutoff)
    if matches:
        return folded[matches[0]]
    if len(name) >= 3:
        starts = [n for n in ordered if n.startswith(name.lower())]
        if len(starts) == 1:
            return starts[0]
    return None


def moved(diagnostic: Diagnostic, by: int) -> Diagnostic:
    """The same finding in a text that starts `by` characters later."""

    def shift(span: Span) -> Span:
        return Span(span.start + by, span.end + by)

    fix = diagnostic.fix
    if fix is not None:
        fix = replace(fix, edits=tuple(Edit(shift(e.span), e.text) for e in fix.edits))
    return replace(diagnostic, span=shift(diagnostic.span), fix=fix)
