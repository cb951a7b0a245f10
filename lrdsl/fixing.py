"""Changing programs where they stand: certain fixes, and the canonical text.

Nothing but the text of a program changes in its file, and that is not taken on trust: the result is
read again and compared with what was asked for.
"""

from __future__ import annotations

import codecs
import difflib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any, TypeAlias

from lrdsl import api, recipes
from lrdsl import syntax as S
from lrdsl.configs import ConfigError, Document, Program, Scalar, holes
from lrdsl.diagnostics import Diagnostic, Edit, Fix, LrdslError, Span
from lrdsl.files import write_whole
from lrdsl.parser import parse_text

# The findings of a program once its text is another. What it leaves out is not fixed: it is the
# place for what is selected and ignored.
Check: TypeAlias = Callable[[Program, str], Sequence[Diagnostic]]


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a file.

    Attributes:
        before, text: the file's text, and the new one.
        changed: the programs whose text is another now.
        notes: the programs that were left as they are, each with the reason: "for its comments".
        fixed: the findings that are gone, each with its program.
        broken: what is no program, with what is wrong with it; formatting leaves it as it is.
    """

    before: str
    text: str
    changed: tuple[Program, ...] = ()
    notes: tuple[tuple[Program, str], ...] = ()
    fixed: tuple[tuple[Program, Diagnostic], ...] = ()
    broken: tuple[tuple[Program, LrdslError], ...] = ()


def fix_file(document: Document | None, programs: Iterable[Program], check: Check) -> Change:
    """Apply the certain fixes of the programs of a file, each on its own, until none is left.

    Args:
        document: the file; None where the one program is all there is in it.
        programs: those to fix.
        check: finds what is wrong with a program that has another text now.
    """
    texts: list[tuple[Program, str]] = []
    fixed: list[tuple[Program, Diagnostic]] = []
    notes: list[tuple[Program, str]] = []
    for program in programs:
        if program.wrong is not None:
            texts.append((program, program.text))
            continue
        if program.cut and any(d.code == "LR004" for d in check(program, program.text)):
            notes.append((program, "because YAML ended it at a comma: quote it"))
            continue
        text, gone = fix(program.text, partial(check, program))
        texts.append((program, text))
        fixed += [(program, d) for d in gone]
    change = _changed(document, texts, notes)
    left = {id(program) for program, _ in change.notes}
    return replace(change, fixed=tuple((p, d) for p, d in fixed if id(p) not in left))


def format_file(
    document: Document | None,
    programs: Iterable[Program],
    expand: bool = False,
    names: Collection[str] = (),
) -> Change:
    """Write the programs of a file in their canonical text.

    Args:
        document: the file; None where the one program is all there is in it.
        programs: those to format.
        expand: write out bindings and recipes, which the canonical text does not have; drop
            comments and, in a config, line breaks. Else such programs are left as they are.
        names: what the host binds. A program that needs one of them is left as it is.
    """
    texts: list[tuple[Program, str]] = []
    notes: list[tuple[Program, str]] = []
    broken: list[tuple[Program, LrdslError]] = []
    for program in programs:
        text = new = program.text
        try:
            if program.wrong is not None:
                raise LrdslError([program.wrong], text)
            canonical = _canonical(text, alone=document is None)
            lost = [] if expand else _lost(text, alone=document is None)
            if not lost:
                new = canonical
            elif canonical.split() != text.split():  # it is more than its lines
                notes.append((program, f"for its {' and '.join(lost)} (--expand rewrites them)"))
        except LrdslError as e:
            filled = _filled(program, e.diagnostics, names)
            if filled:
                notes.append((program, filled))
            else:
                broken.append((program, e))
        texts.append((program, new))
    return replace(_changed(document, texts, notes), broken=tuple(broken))


def diff(change: Change, name: str) -> str:
    """The change as a unified diff, such as `patch` reads; "" where there is none."""
    old, new = (re.findall(r"[^\n]*\n|[^\n]+", text) for text in (change.before, change.text))
    lines = difflib.unified_diff(old, new, name, name)
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def save(change: Change, path: Path) -> None:
    """Write a changed file back, whole or not at all: BOM, line ends and permissions stay.

    Raises:
        OSError: it cannot be read or written.
        ConfigError: it is another now than it was when it was read.
    """
    path = path.resolve()  # what a link leads to, and not the link
    data = path.read_bytes()
    bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    old, new = data.removeprefix(bom).decode(errors="replace"), change.text
    if old != change.before:  # a program on its own is read without its line ends
        if re.sub("\r\n?", "\n", old) != change.before:
            raise ConfigError(f"{path}: left as it is: it has changed since it was read")
        new = new.replace("\n", "\r\n" if "\r\n" in old else "\r")
    write_whole(path, bom + new.encode())


# --- fixes ----------------------------------------------------------------------------------------


def fix(
    text: str, check: Callable[[str], Sequence[Diagnostic]]
) -> tuple[str, tuple[Diagnostic, ...]]:
    """A program after its certain fixes, and the findings that are gone by them.

    A fix is kept where its finding is gone and the program is better than before; that it gets
    better is what makes this end.
    """
    found = check(text)
    gone: tuple[Diagnostic, ...] = ()
    while True:
        for tried in _attempts(found):
            new = _applied(text, (edit for d in tried if d.fix for edit in d.fix.edits))
            if [h.text for h in holes.find(new)] != [h.text for h in holes.find(text)]:
                continue  # what was said about a stand-in is not for the text
            after = check(new)
            if _is_better(after, found, tried):
                text, found, gone = new, after, (*gone, *tried)
                break
        else:
            return text, gone


def _applied(text: str, edits: Iterable[Edit]) -> str:
    return Fix("", tuple(edits)).apply(text)


def _attempts(found: Sequence[Diagnostic]) -> Iterator[tuple[Diagnostic, ...]]:
    """What to fix next: all that does not touch, else one at a time."""
    certain = [d for d in found if d.fix is not None and d.fix.certain]
    apart: list[Diagnostic] = []
    taken: list[Span] = []
    for d in certain:
        spans = [edit.span for edit in d.fix.edits] if d.fix else []
        if not any(a.start <= b.end and b.start <= a.end for a in spans for b in taken):
            apart.append(d)
            taken += spans
    if len(apart) > 1:
        yield tuple(apart)
    yield from ((d,) for d in certain)


def _is_better(
    after: Sequence[Diagnostic], before: Sequence[Diagnostic], gone: Sequence[Diagnostic]
) -> bool:
    """Whether the findings that were to go are gone, and nothing worse came for them."""
    old, new = (Counter((d.code, d.message) for d in found) for found in (before, after))
    wanted = Counter((d.code, d.message) for d in gone)
    return _weight(after) < _weight(before) and all(new[k] <= old[k] - wanted[k] for k in wanted)


def _weight(found: Sequence[Diagnostic]) -> tuple[int, ...]:
    """How many findings of each family of codes: what is wrong earlier hides what is later."""
    return tuple(sum(d.code.startswith(f"LR{family}") for d in found) for family in range(10))


# --- the canonical text ---------------------------------------------------------------------------


def _canonical(text: str, *, alone: bool) -> str:
    """The canonical text, with the line ends that it has around it in its config.

    Raises:
        LrdslError: the text is not a program.
    """
    canonical = api.format(text)
    if alone:
        return canonical + "\n"
    ends = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    before, after = (end if "\n" in end else "" for end in ends)  # a block of lines has them
    return before + canonical + after


def _lost(text: str, *, alone: bool) -> list[str]:
    """What the canonical text of a valid program would not hold any more."""
    tree = parse_text(text).tree
    assert tree is not None
    lost = ["comments"] if "#" in text else []
    if tree.bindings:
        lost.append("bindings")
    if any(recipes.find(name.text) for name in _names([tree])):
        lost.append("recipes")
    if not alone and "\n" in text.strip():
        lost.append("line breaks")
    return lost


def _names(found: list[Any]) -> Iterator[S.NameTree]:
    """Every name of a tree, walked without recursion."""
    while found:
        part = found.pop()
        if isinstance(part, S.NameTree):
            yield part
        elif isinstance(part, tuple):
            found.extend(part)
        elif isinstance(part, S.ArgumentTree):
            found.append(part.value)  # its name is no reference
        elif isinstance(part, S.Tree | S.Link):
            found.extend(getattr(part, name) for name in part.__dataclass_fields__)


def _filled(program: Program, found: Sequence[Diagnostic], names: Collection[str]) -> str | None:
    """Why a text is no program yet, if something else makes one of it."""
    if holes.find(program.text, formatted=program.is_formatted):
        return "for its holes, which something else fills"
    if all(d.code == "LR101" and d.span.of(program.text) in names for d in found):
        return "for its names, which something else binds"
    return None


# --- in the file ----------------------------------------------------------------------------------


def _changed(
    document: Document | None,
    texts: Sequence[tuple[Program, str]],
    notes: Iterable[tuple[Program, str]],
) -> Change:
    """The file with the new texts of its programs."""
    if document is None:
        before, after = (
            "".join(parts) for parts in ([p.text for p, _ in texts], [t for _, t in texts])
        )
        return Change(before, after, tuple(p for p, t in texts if t != p.text), tuple(notes))
    noted = list(notes)
    places: dict[Span, list[tuple[Program, str]]] = {}  # what an alias repeats stands there once
    for program, text in texts:
        if program.scalar is not None and program.scalar.text == program.text:
            places.setdefault(program.scalar.span, []).append((program, text))
        elif text != program.text:  # Hydra, say, has made it of something else
            noted.append((program, _UNSAFE))
    asked: dict[Span, tuple[Scalar, str]] = {}
    for span, group in places.items():
        program, text = group[0]
        if any(other != text for _, other in group):
            noted += [(p, "because the runs that share it want different texts") for p, _ in group]
        elif program.scalar is not None and text != program.scalar.text:
            asked[span] = program.scalar, text
    after, left = rewrite(document, list(asked.values()))
    kept = {scalar.span for scalar in left}
    noted += [(p, _UNSAFE) for span in asked if span in kept for p, _ in places[span]]
    changed = [p for span in asked if span not in kept for p, _ in places[span]]
    return Change(document.source.text, after, tuple(changed), tuple(noted))


_UNSAFE = "because its new text cannot be written there safely"


def rewrite(
    document: Document, asked: Sequence[tuple[Scalar, str]]
) -> tuple[str, tuple[Scalar, ...]]:
    """A file's text with other texts in scalars of it, and the scalars that cannot have theirs.

    What need not change in the source of a scalar stays, too: its quotes, escapes and folded lines.
    """
    old = document.source.text
    if not asked:
        return old, ()
    edits: dict[Span, tuple[Edit, ...]] = {}
    spliced = {scalar.span: _spliced(old, scalar, text) for scalar, text in asked}
    waiting = [[(scalar, text) for scalar, text in asked if spliced[scalar.span]]]
    while waiting:  # all at once is mostly good; where it is not, halves find out which are
        part = waiting.pop()
        tried = {scalar.span: spliced[scalar.span] or () for scalar, _ in part}
        if _holds(document, _with(old, tried), part):
            edits |= tried
        elif len(part) > 1:
            waiting += [part[: len(part) // 2], part[len(part) // 2 :]]
    for scalar, text in asked:
        source = None if scalar.span in edits else document.rewritten(scalar, text)
        if source is not None:
            edits[scalar.span] = (Edit(scalar.span, source),)
    new = _with(old, edits)
    if not _holds(document, new, [pair for pair in asked if pair[0].span in edits]):
        return old, tuple(scalar for scalar, _ in asked)
    return new, tuple(scalar for scalar, _ in asked if scalar.span not in edits)


def _with(text: str, edits: Mapping[Span, Iterable[Edit]]) -> str:
    return _applied(text, (edit for each in edits.values() for edit in each))


def _spliced(source: str, scalar: Scalar, text: str) -> tuple[Edit, ...] | None:
    """The few edits in a file that turn a text into another.

    None where they touch a line end or an escape: its source is not its text.
    """
    found = []
    for edit in _edits(scalar.text, text):
        start, size = edit.span.start, edit.span.end - edit.span.start
        at = scalar.places[start]
        if source[at : at + size] != edit.span.of(scalar.text):
            return None
        found.append(Edit(Span(at, at + size), edit.text))
    return tuple(found)


_LONG = 10_000  # characters: beyond it a text is replaced as a whole


def _edits(old: str, new: str) -> Iterator[Edit]:
    """What to replace in a text for another, word by word."""
    a, b = ([t] if len(t) > _LONG else re.findall(r"\w+|\s|.", t) for t in (old, new))
    places = [0, *accumulate(map(len, a))]
    for tag, i, j, k, m in difflib.SequenceMatcher(None, a, b).get_opcodes():
        if tag != "equal":
            yield Edit(Span(places[i], places[j]), "".join(b[k:m]))


def _holds(document: Document, text: str, asked: Iterable[tuple[Scalar, str]]) -> bool:
    """Whether a text is the file with these texts in it, and nothing else is another."""
    try:
        new = type(document)(text, document.source.name, document.marker)
    except ConfigError:
        return False
    wanted = {scalar.span: given for scalar, given in asked}
    old = [(s.path, s.kind, wanted.get(s.span, s.text)) for s in document.scalars()]
    comments = [c.text for c in document.comments()]
    same = old == [(s.path, s.kind, s.text) for s in new.scalars()]
    return same and comments == [c.text for c in new.comments()]
