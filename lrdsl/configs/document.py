"""What a config file is made of, whatever its format: leaves with exact places, and comments."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import Any, TypeAlias

from lrdsl.configs.keys import ConfigError, walk
from lrdsl.diagnostics import Source, Span

MARKER = "lrdsl"
DEEPEST = 200  # levels of lists and maps


@dataclass(frozen=True, slots=True)
class Scalar:
    """A leaf of a config file.

    Attributes:
        path: the steps from the root; the indices of a list as texts. What aliases and merges
            bring to several places has the path at which it stands.
        text: a text as the config's own reader sees it; for all else its source.
        kind: "text", "number", "bool", "null", "date", "list" or "map" (an empty one), or a YAML
            tag that has no plain value, such as "!env".
        value: the plain value; None for a list, a map or a tag.
        span: where it stands in the file, quotes included, a YAML anchor or tag not.
        places: the offset in the file of every character of `text`, and of its end.
        style: "plain", "single", "double", "literal", "folded" (YAML), "basic", "literal",
            "basic-lines", "literal-lines", "plain" (TOML), "json" or "python".
        cut: whether YAML ended it at a comma of a flow collection.
    """

    path: tuple[str, ...]
    text: str
    kind: str
    value: Any
    span: Span
    places: tuple[int, ...]
    style: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, from its sign to the end of its line."""

    text: str
    span: Span


@dataclass(slots=True, eq=False)
class Branch:
    """A list or a map of a config file, while its children are found and after."""

    path: tuple[str, ...]
    kind: str
    span: Span
    style: str
    children: dict[str, Node] = field(default_factory=dict)


Node: TypeAlias = "Scalar | Branch"


def offsets(span: Span) -> tuple[int, ...]:
    """The offset of every character of a span, and of its end: the places of a verbatim text."""
    return tuple(range(span.start, span.end + 1))


class Document(ABC):
    """A config file, read as far as its structure. A format is a subclass.

    Attributes:
        source: the text, and the file's path.
        marker: the word of the comment that marks a value as a program.

    Raises:
        ConfigError: the text is not of the format; with line and column.
    """

    def __init__(self, text: str, name: str, marker: str = MARKER) -> None:
        self.source = Source(text, name)
        self.marker = marker
        self.roots = self._read()

    @abstractmethod
    def _read(self) -> Sequence[Node]:
        """The roots of the file: one, or one per document of a YAML stream."""

    @abstractmethod
    def comments(self) -> Sequence[Comment]:
        """The comments, in the order of the file."""

    @abstractmethod
    def _written(self, scalar: Scalar, text: str) -> Iterator[str]:
        """Sources that might stand for a text in a scalar's place, the best first."""

    def _branch(self, path: tuple[str, ...], kind: str, span: Span, style: str) -> Branch:
        """An empty branch; refused where the file is too deep to be walked."""
        if len(path) > DEEPEST:
            raise self._too_deep()
        return Branch(path, kind, span, style)

    def _too_deep(self) -> ConfigError:
        return ConfigError(f"{self.source.name}: nested too deeply to be read")

    def _wrong(self, format: str, about: str, offset: int | None = None) -> ConfigError:
        """What to raise for a text that is not of the format."""
        place = "" if offset is None else ":{}:{}".format(*self.source.locate(offset))
        return ConfigError(f"{self.source.name}{place}: not {format}: {about}")

    def scalars(self) -> Sequence[Scalar]:
        """The leaves in the order of the file, each once."""
        return self._scalars

    @cached_property
    def _scalars(self) -> Sequence[Scalar]:
        found: dict[int, Scalar] = {}
        seen: set[int] = set()
        waiting = list(self.roots)
        while waiting:
            node = waiting.pop()
            if id(node) in seen:  # aliases make a graph of the tree
                continue
            seen.add(id(node))
            if isinstance(node, Branch) and node.children:
                waiting += node.children.values()
            else:
                found[id(node)] = self.leaf(node)
        return sorted(found.values(), key=lambda s: s.span)

    def around(self, scalar: Scalar) -> Document:
        """The document of a YAML stream in which a leaf stands, on its own; else all of it."""
        if len(self.roots) < 2:
            return self
        part = copy(self)
        part.roots = [root for root in self.roots if root.span.covers(scalar.span)]
        part.__dict__.pop("_scalars", None)
        return part

    def leaf(self, node: Node) -> Scalar:
        """A node as a leaf: a list or a map with its source for a text."""
        if isinstance(node, Scalar):
            return node
        text = node.span.of(self.source.text)
        return Scalar(node.path, text, node.kind, None, node.span, offsets(node.span), node.style)

    def find(self, key: str) -> Iterator[tuple[str, Node]]:
        """The nodes under a key, each once, with the dotted paths that lead to them.

        In a key, ``*`` is any one step, or any part of one, and ``**`` any number of steps.
        """
        yield from walk(self.roots, key)

    def marked(self) -> Sequence[Scalar]:
        """The leaves that are programs whatever their key, for a comment says so."""
        lines = self.marks()
        if not lines:
            return []
        return [s for s in self.scalars() if self.source.locate(s.span.start)[0] in lines]

    def marks(self) -> frozenset[int]:
        """The lines that a comment marks: its own, or the next where nothing else is on it."""
        sign = re.compile(rf"#\s*{re.escape(self.marker)}\s*(#.*)?")
        found = [c for c in self.comments() if sign.fullmatch(c.text)]
        return frozenset(self.source.locate(c.span.start)[0] + self._alone(c) for c in found)

    def _alone(self, comment: Comment) -> bool:
        """Whether nothing else stands on a comment's line."""
        text, at = self.source.text, comment.span.start
        return not text[text.rfind("\n", 0, at) + 1 : at].strip()

    def value(self, key: str) -> Any:
        """The plain value under a dotted key.

        Raises:
            ConfigError: there is none, or it is not a single value.
        """
        for _, node in self.find(key):
            if isinstance(node, Branch) or node.kind.startswith("!"):
                raise ConfigError(f"{self.source.name}: {key} is not a plain value")
            return node.value
        raise ConfigError(f"{self.source.name}: there is no {key}")

    def rewritten(self, scalar: Scalar, text: str) -> str | None:
        """The source that shall replace `scalar.span`, so that the reader sees `text` there.

        It is in the style of the old one where that can say it. None where there is no safe one:
        each is tried, and the file read again must be the same but for this leaf.
        """
        for source in self._written(scalar, text):
            if self._becomes(scalar, source, text):
                return source
        return None

    def _becomes(self, scalar: Scalar, source: str, text: str) -> bool:
        span, old = scalar.span, self.source.text
        try:
            new = type(self)(
                old[: span.start] + source + old[span.end :], self.source.name, self.marker
            )
        except ConfigError:
            return False
        before, after = self.scalars(), new.scalars()
        if len(before) != len(after):
            return False
        for a, b in zip(before, after, strict=True):
            same = (b.kind, b.text) == (("text", text) if a is scalar else (a.kind, a.text))
            if a.path != b.path or not same:
                return False
        return [c.text for c in self.comments()] == [c.text for c in new.comments()]


# --- by suffix ------------------------------------------------------------------------------------

_READERS = {
    ".yaml": "yaml.YamlDocument",
    ".yml": "yaml.YamlDocument",
    ".toml": "toml.TomlDocument",
    ".json": "json.JsonDocument",
    ".py": "python.PythonDocument",
}
SUFFIXES = tuple(_READERS)


def read(text: str, name: str, marker: str = MARKER) -> Document:
    """A config file, by the suffix of its name.

    Raises:
        ConfigError: it cannot be read, with line and column; or no reader is for the suffix.
    """
    suffix = os.path.splitext(name)[1].lower()
    reader = _READERS.get(suffix)
    if reader is None:
        raise ConfigError(f"{name}: not one of {', '.join(SUFFIXES)}")
    module, _, kind = reader.partition(".")
    found: type[Document] = getattr(import_module(f"lrdsl.configs.{module}"), kind)
    return found(text, name, marker)
