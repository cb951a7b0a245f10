"""JSON files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from lrdsl.configs.document import Comment, Document, Node, Scalar, offsets
from lrdsl.diagnostics import Span

_TOKEN = re.compile(r'[ \t\r\n]*("(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+)')
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # two that are one
    r"|\\u[0-9a-fA-F]{4}|\\.|."
)


class JsonDocument(Document):
    """A JSON file, as Python's reader reads it: of two equal keys the later one counts."""

    def _read(self) -> Sequence[Node]:
        text = self.source.text
        if text.startswith("\ufeff"):
            text = " " + text[1:]  # a mark of the encoding, kept for the sake of the places
        try:
            json.loads(text)
        except json.JSONDecodeError as e:
            raise self._wrong("JSON", e.msg.removesuffix(" at"), e.pos) from None
        except ValueError as e:  # a number of thousands of digits
            raise self._wrong("JSON", str(e)) from None
        except RecursionError:
            raise self._too_deep() from None
        tokens = (Span(*match.span(1)) for match in _TOKEN.finditer(text))
        return [self._node((), next(tokens), tokens)]

    def comments(self) -> Sequence[Comment]:
        """None: JSON has no comments."""
        return ()

    def _node(self, path: tuple[str, ...], first: Span, rest: Iterator[Span]) -> Node:
        """The value that begins with a token. The text is known to be JSON."""
        text = self.source.text
        sign = text[first.start]
        if sign not in "[{":
            return self._leaf(path, first)
        branch = self._branch(path, "list" if sign == "[" else "map", first, "json")
        for token in rest:  # pragma: no branch - what is open is closed
            sign = text[token.start]
            if sign in "]}":
                branch.span = first.to(token)
                break
            if sign == ",":
                continue
            step = str(len(branch.children))
            if branch.kind == "map":
                step = json.loads(token.of(text))
                next(rest)  # the colon
                token = next(rest)
            branch.children[step] = self._node((*path, step), token, rest)
        return branch

    def _leaf(self, path: tuple[str, ...], span: Span) -> Scalar:
        source = span.of(self.source.text)
        value = json.loads(source)
        if not isinstance(value, str):
            kind = "null" if value is None else "bool" if isinstance(value, bool) else "number"
            return Scalar(path, source, kind, value, span, offsets(span), "json")
        inner = Span(span.start + 1, span.end - 1)
        places = offsets(inner)
        if "\\" in source:
            at = (m.start() for m in _CHARACTER.finditer(self.source.text, inner.start, inner.end))
            places = (*at, inner.end)
        return Scalar(path, value, "text", value, span, places, "json")

    def _written(self, scalar: Scalar, text: str) -> Iterator[str]:
        escaped = "\\u" in scalar.span.of(self.source.text)
        half = any("\ud800" <= c <= "\udfff" for c in text)  # of a pair: no file can hold it
        yield json.dumps(text, ensure_ascii=escaped or half)
