"""The one slip of the finger that explains every error of a text.

A letter on the wrong side of a bracket, a bracket that is missing, a ``9`` for a ``(``: the errors
that follow are about what the text says now. Here such slips are taken back one at a time, the
likeliest sort first; where a program comes out, that is what was meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from lrdsl import recipes
from lrdsl.algebra import Schedule
from lrdsl.binder.names import option_words, reserved, vocabulary
from lrdsl.diagnostics import Diagnostic, Edit, Fix, Span
from lrdsl.values import MAGNITUDES, UNITS

# Texts that do not parse, and words that nobody knows. What is wrong otherwise is meant so.
OF_SLIPS = frozenset({"LR003", "LR004", "LR005", "LR006", "LR101", "LR102", "LR106", "LR202"})
MAX_ERRORS = 8  # a text with more of them has more than a slip
MAX_READ = 20_000  # characters, of all changed texts that are read again

_TOKEN = re.compile(r"\w+|>>|\S")
_BRACKET = re.compile(r"#[^\n]*|[()\[\]]")
_PARTNER = {"(": ")", "[": "]", ")": "(", "]": "["}
# What stands on the same key, or on the next one, as what was meant.
_KEYS = {
    "9": "(", "0": ")", "[": "]", "]": "[", ".": ",>", ",": ".", ";": ":", ":": ";", "-": "=",
    "+": "=", "=": "+-", "8": "*", "?": "/",
}  # fmt: skip

Change = tuple[Edit, ...]


def explained(
    text: str, found: tuple[Diagnostic, ...], meaning: Callable[[str], Schedule | None]
) -> tuple[Diagnostic, ...]:
    """The findings; or the one of them that says which slip explains them all.

    Args:
        text: a text that is no program.
        found: its findings.
        meaning: what a text means, None where it is no program.
    """
    if len(found) > MAX_ERRORS or not any(d.code in OF_SLIPS for d in found):
        return found
    read = Reader(text, meaning)
    slips, fixes = _likeliest(read, found), _fixes(found)
    if not slips or (fixes and read(fixes) == read(slips[0]) and len(slips) == 1):
        return found
    shown = [_shown(text, *edits) for edits in slips]
    touching = [d for d in found if any(_touch(d.span, e.span) for edits in slips for e in edits)]
    of_brackets = [d for d in found if d.code == "LR004"]
    first = (touching or of_brackets or found)[0]
    fix = Fix(f"write {shown[0]}", slips[0], certain=False) if len(slips) == 1 else None
    return (replace(first, help=f"did you mean {' or '.join(shown)}?", fix=fix),)


class Reader:
    """What a text means after a change: a schedule, or None where it is no program."""

    def __init__(self, text: str, meaning: Callable[[str], Schedule | None]) -> None:
        self.text = text
        self.meaning = meaning
        self.known: dict[Change, Schedule | None] = {}

    def __call__(self, change: Change) -> Schedule | None:
        if change not in self.known:
            if len(self.known) * len(self.text) > MAX_READ:
                return None
            self.known[change] = self.meaning(Fix("", change).apply(self.text))
        return self.known[change]


def _likeliest(read: Reader, found: tuple[Diagnostic, ...]) -> Sequence[Change]:
    """The changes of the first sort that leaves programs: one, or two that differ in meaning."""
    for sort in _sorts(read, found):
        meant: dict[Schedule, Change] = {}
        for change in sort:
            schedule = read(change)
            if schedule is not None:
                meant.setdefault(schedule, change)
        if meant:
            return tuple(meant.values()) if len(meant) <= 2 else ()
    return ()


# --- sorts of slips, the likeliest first ----------------------------------------------------------


def _sorts(read: Reader, found: tuple[Diagnostic, ...]) -> Iterator[Iterable[Change]]:
    text, place = read.text, found[0].span
    unmatched = _unmatched(text)
    if len(unmatched) == 1:
        yield from _of_bracket(read, unmatched[0])
        return
    if unmatched:
        yield _other_brackets(text, unmatched)
    window = range(max(0, place.start - 2), min(len(text), place.end + 2, place.start + 40))
    fixes = [_fixes(found)]
    certain = all(d.fix is None or d.fix.certain for d in found)
    yield from (fixes, _swapped(text, window)) if certain else (_swapped(text, window), fixes)
    yield _retyped(text, window)
    yield _left_out(window)


def _of_bracket(read: Reader, at: int) -> Iterator[Iterable[Change]]:
    """A bracket without a partner: one of the two is too many, missing, or mistyped."""
    text = read.text
    spare = (Edit(Span(at, at + 1), ""),)
    # a pair of brackets that changes nothing is seldom what was meant
    telling = [c for c in _partners(text, at) if read(c) not in (None, read(spare))]
    doubled = text[at] in (text[at - 1 : at], text[at + 1 : at + 2])
    yield [spare, *telling] if doubled or not telling else telling
    yield _retyped(text, range(len(text)), _PARTNER[text[at]])


def _fixes(found: tuple[Diagnostic, ...]) -> Change:
    """All that the findings would change already."""
    edits = sorted((e for d in found if d.fix for e in d.fix.edits), key=lambda e: e.span)
    apart = all(a.span.end <= b.span.start for a, b in pairwise(edits))
    return tuple(edits) if apart else ()  # no change, which leaves no program


def _unmatched(text: str) -> list[int]:
    """Where brackets stand that have no partner."""
    opened: list[int] = []
    spare: list[int] = []
    for m in _BRACKET.finditer(text):
        c, at = m[0][0], m.start()
        if c in "([":
            opened.append(at)
        elif c in ")]" and opened and text[opened[-1]] == _PARTNER[c]:
            opened.pop()
        elif c in ")]":
            spare.append(at)
    return opened + spare


def _partners(text: str, at: int) -> Iterator[Change]:
    """The partner of a bracket, wherever it can have been, inside a word that is none too."""
    partner = _PARTNER[text[at]]
    opens = partner in "(["
    known = _words()
    for m in _TOKEN.finditer(text, *((0, at) if opens else (at + 1, len(text)))):
        place = m.start() if opens else m.end()
        yield (Edit(Span(place, place), partner),)
        if m[0][0].isalpha() and m[0] not in known:
            for inside in range(m.start() + 1, m.end()):
                yield (Edit(Span(inside, inside), partner),)


def _other_brackets(text: str, unmatched: list[int]) -> Iterator[Change]:
    for at in unmatched:
        for bracket in _PARTNER:
            if bracket != text[at]:
                yield (Edit(Span(at, at + 1), bracket),)


def _swapped(text: str, window: range) -> Iterator[Change]:
    """Two characters in the other order, or a mark that stands twice."""
    for i in window:
        a, b = text[i], text[i + 1 : i + 2]
        if a == b and not a.isalnum():
            yield (Edit(Span(i, i + 1), ""),)
        elif b and not (a + b).isspace() and not _is_apart(a, b):
            yield (Edit(Span(i, i + 2), b + a),)


def _is_apart(a: str, b: str) -> bool:
    """Whether the two are white space and a letter or a digit: nobody swaps these."""
    return (a.isspace() and b.isalnum()) or (a.isalnum() and b.isspace())


def _retyped(text: str, window: range, wanted: str = "") -> Iterator[Change]:
    """A key beside the one that was meant."""
    for i in window:
        for meant in _KEYS.get(text[i], ""):
            if not wanted or meant == wanted:
                yield (Edit(Span(i, i + 1), meant),)


def _left_out(window: range) -> Iterator[Change]:
    for i in window[1:]:
        for mark in "=,":
            yield (Edit(Span(i, i), mark),)


def _words() -> set[str]:
    """Every word that means something somewhere."""
    known = {*reserved(), *recipes.names(), *option_words(), *UNITS, *MAGNITUDES}
    fields = ((c, f) for c in vocabulary().values() for f in c.parameters())
    return known | {c.spelling.get(f, f) for c, f in fields}


# --- how it is said -------------------------------------------------------------------------------


def _touch(a: Span, b: Span) -> bool:
    return a.start <= b.end and b.start <= a.end


def _shown(text: str, edit: Edit) -> str:
    """What stands at an edit after it, up to white space."""
    before, after = text[: edit.span.start], text[edit.span.end :]
    left, right = re.search(r"\S{0,30}$", before), re.match(r"\S{0,30}", after)
    assert left is not None
    assert right is not None
    return (left[0] + edit.text + right[0]).rstrip(",;")
