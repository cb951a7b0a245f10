"""What a fix changes in the file that holds the program."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from operator import eq

from lrdsl.configs import Program, read
from lrdsl.diagnostics import Fix, Source
from lrdsl.reports.finding import Place


@dataclass(frozen=True, slots=True)
class Replacement:
    """A new text for what stands at a place of a file."""

    place: Place
    text: str


def replacements(program: Program, fix: Fix) -> tuple[Replacement, ...]:
    """The replacements in the file that do what a fix does to its program; none where unsafe.

    In a config they keep to the quoting and escapes of its format: its document decides. Where the
    program stands there as it is, they are the edits of the fix, else a single one.
    """
    source, places = program.file or program, program.places or range(len(program.text) + 1)
    text, new = program.text, fix.apply(program.text)
    start, end = places[0], places[-1]
    edits = tuple(
        Replacement(_place(source, places[e.span.start], places[e.span.end]), e.text)
        for e in fix.edits
    )
    verbatim = source.text[start:end] == text
    leaf = program.scalar
    if leaf is None or program.file is None or leaf.kind != "text":
        return edits if verbatim else ()
    if verbatim and _exchanges_words(fix, text):
        return edits
    if leaf.text != text:  # not what the file says, but what a host makes of it
        return ()
    document = program.document or read(source.text, source.name)  # a light finding has none
    written = document.rewritten(next(s for s in document.scalars() if s.span == leaf.span), new)
    if written is None:
        return ()
    before, old = leaf.span.start, leaf.span.of(source.text)
    if verbatim and written == old[: start - before] + new + old[end - before :]:
        return edits
    return (_trimmed(source, before, old, written),)


_WORD = re.compile(r"[A-Za-z0-9_]+")


def _exchanges_words(fix: Fix, text: str) -> bool:
    """Whether words of a call become other words: no format needs more than that.

    Most fixes are such, and need not have the file read again.
    """
    both = (part for e in fix.edits for part in (e.text, e.span.of(text)))
    return "(" in text and all(map(_WORD.fullmatch, both))


def _trimmed(source: Source, start: int, old: str, new: str) -> Replacement:
    """The replacement of `old`, which stands at `start`, less what both texts share."""
    before = _shared(old, new)
    old, new = old[before:], new[before:]
    after = _shared(old[::-1], new[::-1])
    old, new = old[: len(old) - after], new[: len(new) - after]
    return Replacement(_place(source, start + before, start + before + len(old)), new)


def _shared(a: str, b: str) -> int:
    """How many characters both begin with."""
    return sum(takewhile(bool, map(eq, a, b)))


def _place(source: Source, start: int, end: int) -> Place:
    text = Source(source.text)  # a program's own `locate` takes offsets in the program
    return Place(*text.locate(start), *text.locate(end))
