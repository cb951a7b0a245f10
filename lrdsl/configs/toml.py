"""TOML files.

The standard library reads them and says what is wrong, but not where a value stands: a text that it
has read is gone through once more for the places, with little to be careful of.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence

from lrdsl.configs.document import Branch, Comment, Document, Node, Scalar, offsets
from lrdsl.diagnostics import Span

if sys.version_info >= (3, 11):
    import tomllib
else:  # pragma: no cover - Python 3.10
    import tomli as tomllib

_BLANK = re.compile(r"[ \t\r\n]*")
_COMMENT = re.compile(r"#[^\r\n]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN = re.compile(r"[^,\]}#\r\n]*[^,\]}#\r\n \t]")  # a number, true, false or a date
_QUOTED = re.compile(
    r'(?P<basic_lines>"""(?:[^\\]|\\.)*?"{3,5})'
    r"|(?P<literal_lines>'''.*?'{3,5})"
    r'|(?P<basic>"(?:[^"\\]|\\.)*")'
    r"|(?P<literal>'[^']*')",
    re.DOTALL,
)
_LITERAL = re.compile(r"()(\r?\n|.)", re.DOTALL)
_BASIC = re.compile(
    r"(\\[ \t]*\r?\n[ \t\r\n]*)"  # a line end that is not there
    r"|(\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\x[0-9a-fA-F]{2}|\\.|\r?\n|.)",
    re.DOTALL,
)
_LINE_END = re.compile(r"\r?\n")
_CONTINUED = re.compile(r"(?<!\\)(\\\\)*\\[ \t]*\r?\n")
_ABOUT = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


class TomlDocument(Document):
    """A TOML file, as the standard library reads it."""

    def _read(self) -> Sequence[Node]:
        text = self.source.text
        if text.startswith("\ufeff"):
            text = " " + text[1:]  # a mark of the encoding, kept for the sake of the places
        try:
            tomllib.loads(text)
        except tomllib.TOMLDecodeError as e:
            raise self._wrong("TOML", *_placed(str(e), text)) from None
        except ValueError as e:  # a number of thousands of digits, a day that is none
            raise self._wrong("TOML", str(e)) from None
        except RecursionError:
            raise self._too_deep() from None
        reader = _Reader(self, text)
        root = reader.file()
        self._comments = reader.comments
        return [root] if root.children else []

    def comments(self) -> Sequence[Comment]:
        """The comments, found on the way."""
        return self._comments

    def _written(self, scalar: Scalar, text: str) -> Iterator[str]:
        old, style = scalar.span.of(self.source.text), scalar.style
        if style.endswith("-lines"):
            if style == "basic-lines" and _CONTINUED.search(old):
                return  # its layout would be lost
            quotes, ends = old[:3], "\r\n" if "\r\n" in old else "\n"
            first = ends if old[3:].startswith(ends) else ""
            lines = text if style == "literal-lines" else "".join(map(_escaped_in_lines, text))
            yield quotes + first + lines.replace("\n", ends) + quotes
        if style.startswith("literal"):
            yield f"'{text}'"
        yield '"' + "".join(map(_escaped, text)) + '"'


def _placed(message: str, text: str) -> tuple[str, int | None]:
    """What the library says, and the offset that it means."""
    match = _ABOUT.fullmatch(message)
    if match is None:  # pragma: no cover - another version of the library may say it otherwise
        return message, None
    if match[2] is None:
        return match[1], len(text)
    lines = text.split("\n")
    before = sum(len(line) + 1 for line in lines[: int(match[2]) - 1])
    return match[1], min(before + int(match[3]) - 1, len(text))


def _escaped(c: str) -> str:
    """A character as it stands in a basic string."""
    if c in '\\"':
        return "\\" + c
    if c.isprintable() or "\ud800" <= c <= "\udfff":  # half a pair has no escape
        return c
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(c)
    code = f"{ord(c):x}"
    return short or "\\" + ("u" + code.zfill(4) if len(code) <= 4 else "U" + code.zfill(8))


def _escaped_in_lines(c: str) -> str:
    return c if c in "\n\t" else _escaped(c)


class _Reader:
    """Goes through a text that is known to be TOML."""

    def __init__(self, document: TomlDocument, text: str) -> None:
        self.document = document
        self.text = text
        self.at = 0
        self.comments: list[Comment] = []

    def file(self) -> Branch:
        root = here = self.document._branch((), "map", Span(0, len(self.text)), "table")
        while self._skip() < len(self.text):
            start = self.at
            sign = "[[" if self.text.startswith("[[", start) else self.text[start]
            if sign not in ("[", "[["):
                self._entry(here)
                continue
            self.at += len(sign)
            steps = self._key()
            self.at += len(sign)
            span = Span(start, self.at)
            if sign == "[":
                here = self._table(root, steps, span)
                here.span = span
            else:
                *steps, last = steps
                tables = self._child(self._table(root, steps, span), last, "list", span)
                here = self._child(tables, str(len(tables.children)), "map", span)
        return root

    def _entry(self, here: Branch) -> None:
        """``key = value``."""
        start = self.at
        *steps, last = self._key()
        here = self._table(here, steps, Span(start, self.at))
        self.at += 1  # the sign
        here.children[last] = self._value((*here.path, last))

    def _table(self, here: Branch, steps: Sequence[str], span: Span) -> Branch:
        """The table that steps lead to; of a list of tables, the last."""
        for step in steps:
            here = self._child(here, step, "map", span)
            if here.kind == "list":
                here = self._child(here, str(len(here.children) - 1), "map", span)
        return here

    def _child(self, here: Branch, step: str, kind: str, span: Span) -> Branch:
        child = here.children.get(step)
        if not isinstance(child, Branch):  # it is not there yet: no table replaces a value
            child = self.document._branch((*here.path, step), kind, span, "table")
            here.children[step] = child
        return child

    def _key(self) -> list[str]:
        """``a."b c".d``, and the blanks around it."""
        steps = []
        while True:
            self._skip()
            if match := _BARE.match(self.text, self.at):
                steps.append(match[0])
                self.at = match.end()
            else:
                steps.append(self._quoted()[0])
            self._skip()
            if not self.text.startswith(".", self.at):
                return steps
            self.at += 1

    def _value(self, path: tuple[str, ...]) -> Node:
        self._skip()
        start, sign = self.at, self.text[self.at]
        if sign in "\"'":
            text, places, style = self._quoted()
            return Scalar(path, text, "text", text, Span(start, self.at), places, style)
        if sign in "[{":
            return self._collection(path, start, sign)
        match = _PLAIN.match(self.text, start)
        assert match is not None  # the library has read it
        self.at = match.end()
        span = Span(start, self.at)
        value = tomllib.loads(f"_ = {match[0]}")["_"]
        kind = {bool: "bool", int: "number", float: "number"}.get(type(value), "date")
        return Scalar(path, match[0], kind, value, span, offsets(span), "plain")

    def _collection(self, path: tuple[str, ...], start: int, sign: str) -> Branch:
        kind, end = ("list", "]") if sign == "[" else ("map", "}")
        branch = self.document._branch(path, kind, Span(start, start), "inline")
        self.at += 1
        while not self.text.startswith(end, self._skip()):
            if self.text[self.at] == ",":
                self.at += 1
            elif kind == "map":
                self._entry(branch)
            else:
                step = str(len(branch.children))
                branch.children[step] = self._value((*path, step))
        self.at += 1
        branch.span = Span(start, self.at)
        return branch

    def _quoted(self) -> tuple[str, tuple[int, ...], str]:
        """A text, its places and its style."""
        match = _QUOTED.match(self.text, self.at)
        assert match is not None  # the library has read it
        self.at = match.end()
        style = str(match.lastgroup).replace("_", "-")
        quotes = 3 if style.endswith("-lines") else 1
        start, end = match.start() + quotes, match.end() - quotes
        if quotes == 3 and (first := _LINE_END.match(self.text, start)):
            start = first.end()
        pieces, places = [], []
        character = _BASIC if style.startswith("basic") else _LITERAL
        for found in character.finditer(self.text, start, end):
            if found[2] is not None:
                pieces.append(_unescaped(found[2]))
                places.append(found.start())
        return "".join(pieces), (*places, end), style

    def _skip(self) -> int:
        """Pass blanks, line ends and comments; where that leads."""
        while True:
            blank = _BLANK.match(self.text, self.at)
            self.at = blank.end() if blank else self.at
            comment = _COMMENT.match(self.text, self.at)
            if comment is None:
                return self.at
            self.comments.append(Comment(comment[0], Span(self.at, comment.end())))
            self.at = comment.end()


_SHORT = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


def _unescaped(source: str) -> str:
    """The character that a source stands for."""
    if source == "\r\n":
        return "\n"  # as the library reads it
    if source[0] != "\\" or len(source) == 1:  # the latter in a literal one
        return source
    if len(source) > 2:
        return chr(int(source[2:], 16))
    return _SHORT.get(source[1], source[1])
