"""Python files: the texts given to lrdsl's functions, and constants that a comment marks."""

from __future__ import annotations

import ast
import re
import tokenize
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from lrdsl.configs.document import Comment, Document, Node, Scalar
from lrdsl.diagnostics import Span

_FUNCTIONS = re.compile(r"lrdsl(\.api)?\.(parse|format|check|compile)")
_SCHEDULERS = re.compile(r"lrdsl\.\w+\.Scheduler")
_LINE = re.compile(r"\r\n|\r|\n")


class PythonDocument(Document):
    """A Python file. Its leaves are programs, each under the names around it.

    The first argument of ``lrdsl.compile`` in a function ``build`` has the path
    ``("build", "compile", "0")``, a constant has its name. The ``{..}`` of an f-string stay in its
    text.
    """

    def _read(self) -> Sequence[Node]:
        self._ends = [m.end() for m in _LINE.finditer(self.source.text)]
        self._found: list[Scalar] = []
        if "lrdsl" in self.source.text or self.marker in self.source.text:
            tree = self._parsed()
            try:
                _Finder(self, _imported(tree)).visit(tree)
            except RecursionError:  # what Python reads: a sum of a thousand terms, say
                raise self._too_deep() from None
            unique = {s.span: s for s in self._found}
            self._found = [unique[span] for span in sorted(unique)]
        return ()  # no keys: what a name holds is Python's to know

    def _parsed(self) -> ast.Module:
        text = self.source.text
        if text.startswith("\ufeff"):
            text = "\f" + text[1:]  # a mark of the encoding; a form feed is nothing to Python
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of escapes that are none
                return ast.parse(text)
        except SyntaxError as e:
            at = None if e.lineno is None else self._start(e.lineno) + max((e.offset or 1) - 1, 0)
            raise self._wrong("Python", e.msg, at) from None
        except ValueError as e:  # pragma: no cover - a null byte, up to Python 3.11.3
            raise self._wrong("Python", str(e)) from None
        except (RecursionError, MemoryError):
            raise self._too_deep() from None

    def scalars(self) -> Sequence[Scalar]:
        """The programs, in the order of the file."""
        return self._found

    def marked(self) -> Sequence[Scalar]:
        """All of them: that is why they are leaves."""
        return self._found

    def comments(self) -> Sequence[Comment]:
        """The comments, as Python's tokenizer finds them."""
        return self._comments

    @cached_property
    def _comments(self) -> Sequence[Comment]:
        found: list[Comment] = []
        text = self.source.text
        if "#" not in text:
            return found
        starts = [0, *self._ends, len(text)]
        lines = (text[a:b] for a, b in pairwise(starts))
        try:
            for token in tokenize.generate_tokens(lambda: next(lines, "")):
                if token.type == tokenize.COMMENT:
                    at = self._start(token.start[0]) + token.start[1]
                    found.append(Comment(token.string, Span(at, at + len(token.string))))
        except (tokenize.TokenError, SyntaxError):
            pass  # a file without programs is not read, and may be anything
        return found

    def add(self, path: tuple[str, ...], node: ast.expr) -> None:
        """A text as a leaf."""
        span = self.span(node)
        pieces = list(_pieces(self.source.text, span))
        characters = [c for piece in pieces for c in piece.characters]
        text = "".join(c for c, _ in characters)
        places = (*(at for _, at in characters), pieces[-1].end)
        self._found.append(Scalar(path, text, "text", text, span, places, "python"))

    def _start(self, line: int) -> int:
        """The offset of a line, from 1."""
        return 0 if line <= 1 else self._ends[min(line - 2, len(self._ends) - 1)]

    def span(self, node: ast.expr) -> Span:
        """Where an expression stands."""
        start = self._offset(node.lineno, node.col_offset)
        return Span(start, self._offset(node.end_lineno or node.lineno, node.end_col_offset or 0))

    def _offset(self, line: int, column: int) -> int:
        """Columns are counted in bytes there."""
        start = self._start(line)
        shown = self.source.text[start : start + column]  # no character is less than a byte
        if start == 0:
            shown = shown.replace("\ufeff", "\f", 1)  # as it was parsed
        if shown.isascii():
            return start + column
        return start + len(shown.encode("utf-8", "surrogatepass")[:column].decode("utf-8"))

    def _written(self, scalar: Scalar, text: str) -> Iterator[str]:
        pieces = list(_pieces(self.source.text, scalar.span))
        if len(pieces) != 1 or "f" in pieces[0].prefix.lower():
            return  # which piece a change belongs to, Python does not say
        prefix, quote = pieces[0].prefix, pieces[0].quote
        if "r" in prefix.lower():
            yield prefix + quote + text + quote
            prefix = ""
        ends = "\r\n" if "\r\n" in self.source.text else "\n"
        escaped = "".join(_escaped(c, quote) for c in text)
        yield prefix + quote + escaped.replace("\n", ends) + quote


# --- what is a program ----------------------------------------------------------------------------


def _imported(tree: ast.Module) -> dict[str, str]:
    """What the names of a module mean, wherever it imports them."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name if alias.asname else alias.name.split(".")[0]
                names[alias.asname or whole] = whole
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                for name in _API if alias.name == "*" else [alias.name]:
                    names[alias.asname or name] = f"{node.module}.{name}"
    return names


_API = ("parse", "format", "check", "compile", "Scheduler")
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class _Finder(ast.NodeVisitor):
    """Finds the programs of a module."""

    def __init__(self, document: PythonDocument, names: dict[str, str]) -> None:
        self.document = document
        self.names = names
        self.path: tuple[str, ...] = ()
        self.marks = document.marks()

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, _NAMED):
            outer, self.path = self.path, (*self.path, node.name)
            self.generic_visit(node)
            self.path = outer
            return
        if isinstance(node, ast.Call):
            self._call(node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            self._constant(node)
        self.generic_visit(node)

    def _call(self, node: ast.Call) -> None:
        called = self._meant(node.func)
        if _FUNCTIONS.fullmatch(called):
            index, keyword = 0, "text"
        elif _SCHEDULERS.fullmatch(called):
            index, keyword = 1, "schedule"
        else:
            return
        path = (*self.path, called.rpartition(".")[2])
        if index < len(node.args) and not any(
            isinstance(a, ast.Starred) for a in node.args[: index + 1]
        ):
            self._leaves((*path, str(index)), node.args[index])
        for given in node.keywords:
            if given.arg == keyword:
                self._leaves((*path, keyword), given.value)

    def _meant(self, node: ast.expr) -> str:
        """The dotted name of what is called; "" where it has none."""
        if isinstance(node, ast.Name):
            return self.names.get(node.id, "")
        if isinstance(node, ast.Attribute):
            return f"{self._meant(node.value)}.{node.attr}"
        return ""

    def _constant(self, node: ast.Assign | ast.AnnAssign) -> None:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        name = getattr(target, "id", None) or getattr(target, "attr", None)
        if name is None or node.value is None:
            return
        whole = bool(self.marks & {node.lineno, node.end_lineno})
        self._leaves((*self.path, name), node.value, None if whole else self.marks)

    def _leaves(
        self, path: tuple[str, ...], node: ast.expr, lines: frozenset[int] | None = None
    ) -> None:
        """The texts of an expression; only those that begin on one of the lines, if given."""
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant):
                    self._leaves((*path, str(key.value)), value, lines)
        elif isinstance(node, ast.List | ast.Tuple):
            for i, value in enumerate(node.elts):
                self._leaves((*path, str(i)), value, lines)
        elif _is_text(node) and (lines is None or node.lineno in lines):
            self.document.add(path, node)


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    return isinstance(node, ast.JoinedStr)


# --- places ---------------------------------------------------------------------------------------

_OPENING = re.compile(r"([A-Za-z]{0,2})('''|\"\"\"|'|\")")
_BETWEEN = re.compile(r"(\s|\\\r?\n|#[^\r\n]*)*")
_RAW = re.compile(r"()(\r\n|\r|.)", re.DOTALL)
_CHARACTER = re.compile(
    r"(\\(?:\r\n|\r|\n))"  # a line end that is not there
    r"|(\\[0-7]{1,3}|\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\N\{[^}]*\}"
    r"|\\[\\'\"abfnrtv]|\r\n|\r|.)",
    re.DOTALL,
)
_SHORT = dict(zip("\\'\"abfnrtv", "\\'\"\a\b\f\n\r\t\v", strict=True))


@dataclass(slots=True)
class _Piece:
    """One of the literals that stand side by side for one text."""

    prefix: str
    quote: str
    characters: list[tuple[str, int]]  # each with its place
    end: int  # of what is inside the quotes


def _pieces(text: str, span: Span) -> Iterator[_Piece]:
    at = span.start
    while opening := _OPENING.match(text, at, span.end):
        piece = _piece(text, opening)
        yield piece
        after = _BETWEEN.match(text, piece.end + len(piece.quote), span.end)
        at = after.end() if after else span.end


def _piece(text: str, opening: re.Match[str]) -> _Piece:
    prefix, quote = opening.groups()
    character = _RAW if "r" in prefix.lower() else _CHARACTER
    formatted = "f" in prefix.lower()
    found: list[tuple[str, int]] = []
    at = opening.end()
    while not text.startswith(quote, at):
        if formatted and text[at] in "{}":
            end = at + 1 if text[at : at + 2] in ("{{", "}}") else _field_end(text, at)
            found += [(text[i], i) for i in range(at, end)]
            at = at + 2 if end == at + 1 else end
            continue
        match = character.match(text, at)
        assert match is not None  # Python has read it
        at = match.end()
        if match[2]:
            found.append((_unescaped(match[2]), match.start()))
            if match[0] == "\\" and text[at] in "\\'\"":  # in a raw text, where it ends nothing
                found.append((text[at], at))
                at += 1
    return _Piece(prefix, quote, found, at)


def _field_end(text: str, at: int) -> int:
    """The end of the ``{..}`` of an f-string that begins at a place."""
    depth, spec = 0, False
    while True:
        c = text[at]
        if c in "'\"" and not spec:
            opening = _OPENING.match(text, at)
            assert opening is not None
            piece = _piece(text, opening)
            at = piece.end + len(piece.quote)
            continue
        if c == "#" and not spec:  # pragma: no cover - a comment, from Python 3.12 on
            at = text.index("\n", at)
        if c == "{" and spec:
            at = _field_end(text, at)
            continue
        depth += (c in "([{") - (c in ")]}") if not spec else -(c == "}")
        spec = spec or (c == ":" and depth == 1)
        at += 1
        if depth == 0:
            return at


def _unescaped(source: str) -> str:
    """The character that a source stands for."""
    if source in ("\r\n", "\r"):
        return "\n"  # as Python reads a file
    if source[0] != "\\" or len(source) == 1:
        return source
    kind = source[1]
    if kind in "xuU":
        return chr(int(source[2:], 16))
    if kind in "01234567":
        return chr(int(source[1:], 8))
    return unicodedata.lookup(source[3:-1]) if kind == "N" else _SHORT[kind]


def _escaped(c: str, quote: str) -> str:
    """A character as it stands between quotes."""
    if c == "\\" or c == quote[0]:
        return "\\" + c
    if c.isprintable() or (c == "\n" and len(quote) == 3):
        return c
    return repr(c)[1:-1]
