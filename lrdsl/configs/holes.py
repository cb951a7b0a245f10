"""Holes: parts of a program that something else fills in before it is read.

They are OmegaConf's interpolations (``${trainer.warmup}``, ``${oc.env:X}``), templates
(``{{ warmup }}``), the braces of an f-string, and names that only the host knows. One whose value
is known is filled with it. For any other, what may stand at its place is tried, and reported is
what is wrong with each of those, and not the hole's own doing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeAlias

from lrdsl import api
from lrdsl.configs.document import Document, Scalar
from lrdsl.diagnostics import Diagnostic, Edit, Span

Values: TypeAlias = Mapping[str, str]  # the text of a hole -> what fills it

MOST = 16  # holes in a program; one with more is not looked at
MISSING = "???"  # how OmegaConf spells a value that must be given

# What may stand in a hole. Sizes differ widely, so that no finding depends on one of them.
LIKELY = (
    "1",
    "30",
    "0.5",
    "0",
    "1000000",
    "10%",
    "100%",
    "1ep",
    "1st",
    "0.5*lr",
    "linear",
    "hold(1)",
)
# The same where what is in the hole is called. They differ in what they leave behind.
CALLED = (
    "linear",
    "hold",
    "warmup",
    "cosine",
    "step",
    "noise",
    "snap",
    "restarts",
    "points",
    "max",
)
# Tried where none of those fits: a list, an operator, an argument, a call, nothing.
SELDOM = ("[1, 2]", "[[0, 1]]", ">>", "*", ", end=0", "restarts", "hold", "")


@dataclass(frozen=True, slots=True)
class Hole:
    """A hole in a text.

    Attributes:
        span: where it stands, its braces included.
        text: how it is written.
        key: the key of the config whose value it takes, beginning with dots where it is relative;
            None where it is anything else.
    """

    span: Span
    text: str
    key: str | None = None


# --- finding them ---------------------------------------------------------------------------------

_OPENING = re.compile(r"(?P<escapes>\\*)(?P<sign>\$\{)|\{\{|\{%|\{#")
_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}
_INSIDE = re.compile(r"""\$?\{|\}|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_STEP = r"[^\s.:*?\[\]{}$,'\"]+"
_KEY = re.compile(rf"\s*(\.*{_STEP}(?:\.{_STEP}|\[{_STEP}\])*)\s*")
_CALL = re.compile(r"\s*\(")
_BRACKET = re.compile(r"[()]")


def find(text: str, *, formatted: bool = False) -> list[Hole]:
    """The holes of a text, in order, the outer ones where they are nested.

    Args:
        text: what a config's reader sees.
        formatted: whether it comes from an f-string, whose holes are braces.
    """
    if text == MISSING:
        return [Hole(Span(0, len(text)), text)]
    return list(_fields(text) if formatted else _found(text))


def _fields(text: str) -> Iterator[Hole]:
    """The fields of an f-string."""
    at = 0
    while (start := text.find("{", at)) >= 0:
        end = _end(text, start + 1)
        at = end or start + 1
        if end is not None:
            yield Hole(Span(start, end), text[start:end])


def _found(text: str) -> Iterator[Hole]:
    at = 0
    while opening := _OPENING.search(text, at):
        start, at = opening.span()
        if opening["sign"]:
            start = opening.start("sign")
            if len(opening["escapes"]) % 2:
                continue  # \${ is a dollar and a brace
            end = _end(text, at)
        else:
            close = text.find(_CLOSING[opening[0]], at)
            end = close + 2 if close >= 0 else None
        if end is not None:
            inner = _KEY.fullmatch(text, at, end - 1) if opening["sign"] else None
            yield Hole(Span(start, end), text[start:end], inner and _dotted(inner[1]))
            at = end


def _end(text: str, at: int) -> int | None:
    """Where braces end whose inside begins here."""
    depth = 1
    for m in _INSIDE.finditer(text, at):
        depth += 1 if m[0].endswith("{") else -1 if m[0] == "}" else 0
        if not depth:
            return m.end()
    return None


def _dotted(key: str) -> str:
    """``a[0].b`` as ``a.0.b``."""
    return key.replace("[", ".").replace("]", "")


def absolute(key: str, at: str) -> str | None:
    """What a key means for the value at another key; None where it leads out of the config.

    A key that begins with a dot is beside that value, and each further dot is a mapping up.
    """
    up = len(key) - len(key.lstrip("."))
    if not up:
        return key
    steps = at.split(".")
    return ".".join([*steps[: len(steps) - up], key[up:]]) if up <= len(steps) else None


def known(text: str, at: str, document: Document) -> dict[str, str]:
    """What fills the holes of a text, as far as its own file says it.

    Args:
        text: the text.
        at: its key.
        document: its file, taken for the root of the config.
    """
    return _known(text, at, document, frozenset())


def _known(text: str, at: str, document: Document, inside: frozenset[str]) -> dict[str, str]:
    found = {}
    for hole in find(text):
        key = hole.key and absolute(hole.key, at)
        value = _value(key, document, inside) if key else None
        if value is not None:
            found[hole.text] = value
    return found


def _value(key: str, document: Document, inside: frozenset[str]) -> str | None:
    """The value under a key as an interpolation puts it into a text; None if it is not known."""
    leaf = next((node for _, node in document.find(key) if isinstance(node, Scalar)), None)
    if leaf is None or leaf.value is None or key in inside:
        return None
    if leaf.kind != "text":
        return str(leaf.value)
    return filled(leaf.text, _known(leaf.text, key, document, inside | {key}))


def filled(text: str, values: Values) -> str | None:
    """A text with all its holes filled; None where a value is missing."""
    holes = find(text)
    inside = [values.get(hole.text) for hole in holes]
    return None if None in inside else fill(text, holes, [v or "" for v in inside]).text


# --- filling them ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filled:
    """A text whose holes are filled, and where everything in it came from."""

    text: str
    pieces: tuple[tuple[Span, Span, bool], ...]  # in this text, in the first one, from a hole

    def origin(self, span: Span) -> Span:
        """The part of the first text that a part of this one is about: a hole as a whole."""
        start = next(p for p in reversed(self.pieces) if p[0].start <= span.start)
        end = next(p for p in self.pieces if p[0].end >= span.end)
        if span.start == span.end:
            end = start
        return Span(self._at(start, span.start, 0), self._at(end, span.end, 1))

    @staticmethod
    def _at(piece: tuple[Span, Span, bool], offset: int, edge: int) -> int:
        new, old, filled = piece
        if filled:
            return old.end if edge else old.start
        return old.start + offset - new.start

    def placed(self, d: Diagnostic) -> Diagnostic:
        """A finding in the first text; its fix, if that leaves the holes alone."""
        fix = d.fix
        if fix is not None:
            edits = tuple(Edit(self.origin(e.span), e.text) for e in fix.edits)
            holes = [old for _, old, filled in self.pieces if filled]
            touched = any(_overlap(e.span, hole) for e in edits for hole in holes)
            fix = None if touched else replace(fix, edits=edits)
        return replace(d, span=self.origin(d.span), fix=fix)


def fill(text: str, holes: Sequence[Hole], values: Sequence[str]) -> Filled:
    """A text with a value in each of its holes."""
    pieces: list[tuple[Span, Span, bool]] = []
    made, at, size = [], 0, 0
    for hole, value in zip(holes, values, strict=True):
        for part, old, filled in (
            (text[at : hole.span.start], Span(at, hole.span.start), False),
            (value, hole.span, True),
        ):
            pieces.append((Span(size, size + len(part)), old, filled))
            made.append(part)
            size += len(part)
        at = hole.span.end
    pieces.append((Span(size, size + len(text) - at), Span(at, len(text)), False))
    return Filled("".join((*made, text[at:])), tuple(pieces))


def _overlap(a: Span, b: Span) -> bool:
    return a.start < b.end and b.start < a.end


def _beside(a: Span, b: Span) -> bool:
    """Whether they overlap or touch."""
    return a.start <= b.end and b.start <= a.end


# --- checking around them -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Slot:
    """A hole of unknown value, or a name.

    Attributes:
        text: the hole's, or the name.
        spans: all its places.
        reaches: the same with what it is for the hole to say: the arguments of what it calls.
        is_name: whether it is a name.
    """

    text: str
    spans: tuple[Span, ...]
    reaches: tuple[Span, ...]
    is_name: bool


_Findings: TypeAlias = Callable[[Sequence[str]], "list[Diagnostic]"]


def check(
    text: str,
    *,
    values: Values | None = None,
    unknown: Iterable[str] = (),
    formatted: bool = False,
    lr: float | None = None,
    enable: Iterable[str] = (),
    **run: Any,
) -> list[Diagnostic]:
    """What `lrdsl.check` says of a program with holes, as far as it holds whatever fills them.

    Args:
        text: the program, as it stands in its file.
        values: what fills holes, by their texts.
        unknown: names that the program may use, whose values are not known.
        formatted: whether it comes from an f-string.
        lr: as in `lrdsl.check`, with all that follows.
        enable: the codes of lints that are off by default.
        run: the run.
    """
    holes = find(text, formatted=formatted)
    known = values or {}
    slots = _slots(text, [h for h in holes if h.text not in known], unknown)
    if not holes and not slots:
        return api.check(text, lr=lr, enable=enable, **run)
    if len(slots) > MOST:
        return []

    @cache
    def findings(*choice: str) -> list[Diagnostic]:
        chosen = {(s.text, s.is_name): value for s, value in zip(slots, choice, strict=True)}
        inside = [chosen.get((h.text, False)) or known.get(h.text, "") for h in holes]
        filled = fill(text, holes, inside)
        names = {name: value for (name, is_name), value in chosen.items() if is_name}
        told = run | ({"names": {**(run.get("names") or {}), **names}} if names else {})
        found = api.check(filled.text, lr=lr, enable=enable, **told)
        return [filled.placed(d) for d in found]

    return _agreed(slots, lambda choice: findings(*choice))


def _slots(text: str, holes: Iterable[Hole], names: Iterable[str]) -> list[_Slot]:
    """What has to be tried: holes of the same text have the same value."""
    places: dict[str, list[Span]] = {}
    for hole in holes:
        places.setdefault(hole.text, []).append(hole.span)
    slots = [
        _Slot(written, tuple(spans), tuple(_reach(text, span) for span in spans), False)
        for written, spans in places.items()
    ]
    for name in dict.fromkeys(names):
        uses = tuple(Span(*m.span()) for m in re.finditer(rf"\b{re.escape(name)}\b", text))
        if uses:  # one in a comment does no harm
            slots.append(_Slot(name, uses, uses, True))
    return slots


def _reach(text: str, span: Span) -> Span:
    """A hole with the brackets behind it."""
    opening = _CALL.match(text, span.end)
    if opening is None:
        return span
    depth = 0
    for m in _BRACKET.finditer(text, span.end):
        depth += 1 if m[0] == "(" else -1
        if not depth:
            return Span(span.start, m.end())
    return Span(span.start, len(text))


def _agreed(slots: Sequence[_Slot], findings: _Findings) -> list[Diagnostic]:
    """What is found with everything that fits the slots, and is not about them.

    A lint must say the same of each: one that speaks of a length that a slot has is about it.
    """
    fitting = [[LIKELY[0]] for _ in slots]
    for i, slot in enumerate(slots):
        fitting[i] = _fitting(slot, i, [values[0] for values in fitting], findings)
    rounds = max(map(len, fitting), default=1)
    first, *others = [
        findings([values[(r + i * shift) % len(values)] for i, values in enumerate(fitting)])
        for shift in (0, 1)  # together, and past each other
        for r in range(rounds)
    ]
    agreed = []
    for d in first:
        if any(_is_about(d, span) for slot in slots for span in slot.reaches):
            continue
        said = [
            {o.message for o in other if (o.code, o.span) == (d.code, d.span)} for other in others
        ]
        depends = any(d.message not in messages for messages in said)
        if not all(said) or (depends and d.severity == "warning"):
            continue
        agreed.append(_qualified(d, slots, [f[0] for f in fitting]) if depends else d)
    return agreed


def _fitting(slot: _Slot, at: int, values: Sequence[str], findings: _Findings) -> list[str]:
    """What may stand in a slot: what gives the fewest errors in it or beside it.

    Args:
        slot: the slot.
        at: its index.
        values: what the slots hold; the others keep it.
        findings: what is found for values.
    """

    def errors(value: str) -> int:
        found = findings([*values[:at], value, *values[at + 1 :]])
        errors = [d.span for d in found if d.severity == "error"]
        return sum(any(_beside(error, span) for span in slot.spans) for error in errors)

    is_called = slot.reaches != slot.spans
    counts = {value: errors(value) for value in (CALLED if is_called else LIKELY)}
    if min(counts.values()) and not slot.is_name:
        counts |= {value: errors(value) for value in SELDOM}
    fewest = min(counts.values())
    return [value for value, count in counts.items() if count == fewest]


def _is_about(d: Diagnostic, span: Span) -> bool:
    """Whether a finding is in a slot, or is a lint of what the slot is a part of."""
    if span.covers(d.span):
        return True
    return _overlap(d.span, span) and (d.severity == "warning" or not d.span.covers(span))


def _qualified(d: Diagnostic, slots: Sequence[_Slot], values: Sequence[str]) -> Diagnostic:
    """A finding whose words depend on what stands in the slots."""
    tried = ", ".join(
        f"{slot.text} is taken to be {value or 'nothing'}"
        for slot, value in zip(slots, values, strict=True)
    )
    return replace(d, help=f"{d.help}\n{tried}" if d.help else tried)
