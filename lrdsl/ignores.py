"""Comments that silence findings: ``# lrdsl: ignore[LR804] a restart on purpose``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lrdsl.codes import CODES
from lrdsl.configs import Program
from lrdsl.configs.document import Document
from lrdsl.diagnostics import Diagnostic, Source, Span, closest
from lrdsl.reports.finding import Finding

UNUSED = "LR902"
_COMMENT = re.compile(r"#[^\n]*")
# Codes are meant as such without brackets too: nobody who names one wants to silence all.
_IGNORE = re.compile(
    r"#\s*lrdsl:\s*ignore\b"
    r"(\s*\[(?P<codes>[^\]\n]*)\]|[^\w\n]*(?P<bare>LR\d+(([^\w\n]+|\s+and\s+)LR\d+)*))?"
)
_CODE = re.compile(r"[^\s,]+")
_BARE_CODE = re.compile(r"LR\d+")


@dataclass(slots=True)
class Ignore:
    """A comment that silences findings.

    Attributes:
        source: what it stands in: a file, or a program outside of one.
        span: where, without its reason.
        codes: the codes that it names, or how they begin, each with its place; empty where it
            silences all.
        line: the line that it is about: its own, or the next where it stands alone.
        inside: whether it stands within a program of many lines.
        used: those of the codes that have silenced something; where it names none, the silenced.
    """

    source: Source
    span: Span
    codes: dict[str, Span]
    line: int
    inside: bool
    used: set[str] = field(default_factory=set)


def apply(
    findings: Iterable[Finding],
    documents: Iterable[Document | Program],
    looked_for: Callable[[str, str], bool] = lambda file, code: True,
) -> list[Finding]:
    """The findings that no comment silences, and one for each comment that silences none (LR902).

    A comment is about its own line; alone on a line, about the next that is no comment. Before a
    program, or on a line of it, it silences the findings of all of it; within the text of one that
    has many lines, those of its line.

    Args:
        findings: of any files.
        documents: the files that were checked, with or without findings; a program that is no part
            of a config stands for itself.
        looked_for: whether a known code, or one of those that begin so, would have been found in a
            file, were it there: a comment that silences one that nobody looked for may be needed in
            another run.
    """
    ignores: dict[str, list[Ignore]] = {}
    for document in documents:
        source = document if isinstance(document, Program) else document.source
        ignores.setdefault(source.name, []).extend(_ignores(document))
    kept = [f for f in findings if not _silenced(f, ignores)]
    for several in ignores.values():
        for ignore in several:
            kept += _unused(ignore, looked_for)
    return kept


def silencer(document: Document | Program) -> Callable[[Finding], bool]:
    """What says whether a comment of a file silences a finding there."""
    source = document if isinstance(document, Program) else document.source
    known = {source.name: list(_ignores(document))}
    return lambda finding: _silenced(finding, known)


def _silenced(finding: Finding, ignores: Mapping[str, list[Ignore]]) -> bool:
    code = finding.diagnostic.code
    silenced = False
    for ignore in ignores.get(finding.program.name, ()):
        lines = _lines(finding, whole=not ignore.inside)
        meant = {c for c in ignore.codes if code.startswith(c)} if ignore.codes else {code}
        if ignore.line in lines and meant:
            ignore.used |= meant
            silenced = True
    return silenced


def _lines(finding: Finding, *, whole: bool) -> range:
    """The lines of a finding, or of the value that holds its program."""
    program, line = finding.program, finding.place.line
    if whole and program.file is not None and program.scalar is not None:
        span = program.scalar.span
        return range(program.file.locate(span.start)[0], program.file.locate(span.end)[0] + 1)
    return range(line, line + 1)


def _unused(ignore: Ignore, looked_for: Callable[[str, str], bool]) -> Iterator[Finding]:
    program = Program(ignore.source.text, ignore.source.name)
    if not ignore.codes and not ignore.used:
        message = "this comment silences nothing"
        yield Finding(program, Diagnostic(UNUSED, message, ignore.span, "warning", "remove it"))
    for code, span in ignore.codes.items():
        known = any(c.startswith(code) for c in CODES)
        if code not in ignore.used and (not known or looked_for(ignore.source.name, code)):
            meant = None if known else closest(code, CODES)
            message = f"there is no {code} here to be silenced"
            advice = f"did you mean {meant}?" if meant else "remove it"
            yield Finding(program, Diagnostic(UNUSED, message, span, "warning", advice))


# --- reading --------------------------------------------------------------------------------------


def _ignores(document: Document | Program) -> Iterator[Ignore]:
    """The comments of a file that silence something, those of its programs among them."""
    source = document if isinstance(document, Program) else document.source
    if not _IGNORE.search(source.text):
        return
    known: set[int] = set()
    for text, places, inside in _comments(document):
        match = _IGNORE.match(text)
        if match is None or places[0] in known:
            continue
        known.add(places[0])
        codes = {}
        where, pattern = ("bare", _BARE_CODE) if match["bare"] else ("codes", _CODE)
        for code in pattern.finditer(match[where] or ""):
            at = match.start(where) + code.start()
            codes[code[0]] = Span(places[at], places[at + len(code[0])])
        span = Span(places[0], places[match.end()])
        yield Ignore(source, span, codes, _about(source, places[0]), inside)


def _comments(document: Document | Program) -> Iterator[tuple[str, Sequence[int], bool]]:
    """Every comment, with the place of each of its characters, and whether a program is around."""
    source = document if isinstance(document, Program) else document.source
    if isinstance(document, Program):
        for m in _COMMENT.finditer(document.text):
            yield m[0], range(m.start(), m.end() + 1), True
        return

    def line(offset: int) -> int:
        return source.locate(offset)[0]

    values = [s for s in document.scalars() if s.kind == "text"]
    for comment in document.comments():
        start = comment.span.start
        within = any(
            s.span.start < start < s.span.end and line(start) > line(s.span.start) for s in values
        )
        yield comment.text, range(start, comment.span.end + 1), within
    for scalar in values:  # the language's own comments
        for m in _COMMENT.finditer(scalar.text):
            places = scalar.places[m.start() : m.end() + 1]
            yield m[0], places, line(places[0]) > line(scalar.span.start)


def _about(source: Source, offset: int) -> int:
    """The line that a comment at this offset is about."""
    lines = source.text.split("\n")
    line, column = source.locate(offset)
    if lines[line - 1][: column - 1].strip():
        return line
    following = line + 1
    while following < len(lines) and lines[following - 1].lstrip().startswith("#"):
        following += 1
    return following
