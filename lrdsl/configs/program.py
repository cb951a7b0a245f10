"""Programs in config files: found by key or by a comment, each with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lrdsl.configs.document import Branch, Document, Node, Scalar, read
from lrdsl.configs.keys import DEFAULT_KEYS, OPTIONS
from lrdsl.configs.signs import has_defaults
from lrdsl.diagnostics import Diagnostic, Source, Span

_AN_F_STRING = re.compile(r"(?i)r?fr?['\"]")
_A_SHAPE = re.compile(r"\w\s*\(|>")  # a call or an operator: what a program has, and few others
_CRON = re.compile(r"@[a-z]+|[\d*][\d*/,-]*(\s+[\w*/,?#-]+){4,5}")


@dataclass(frozen=True, slots=True)
class Program(Source):
    """A program and where it stands.

    Attributes:
        text, name: the program, and the file's path.
        key: its dotted path in the config, such as ``optimizer.schedule.lr``; "" outside of one.
        file: the text around it; None where the program is all there is.
        places: the offset in the file of every character of the program, and of its end.
        cut: whether YAML ended it at a comma of a flow mapping.
        wrong: why the key holds no program, instead of one.
        scalar, document: the leaf that holds it, and its file; None outside of one.
    """

    key: str = ""
    file: Source | None = None
    places: tuple[int, ...] = ()
    cut: bool = False
    wrong: Diagnostic | None = None
    scalar: Scalar | None = None
    document: Document | None = None

    def locate(self, offset: int) -> tuple[int, int]:
        """Line and column in the file of an offset in the program."""
        if self.file is None:
            return Source(self.text, self.name).locate(offset)
        return self.file.locate(self.places[offset])

    def line(self, number: int) -> str:
        """A line of the file."""
        return (self.file or Source(self.text)).line(number)

    @property
    def title(self) -> str:
        """What to call it where several are shown: ``config.yaml: optimizer.schedule``."""
        return f"{self.name}: {self.key}" if self.key else self.name

    @property
    def is_formatted(self) -> bool:
        """Whether it stands in a Python f-string, whose braces are holes."""
        if self.scalar is None or self.file is None or self.scalar.style != "python":
            return False
        return _AN_F_STRING.search(self.scalar.span.of(self.file.text)) is not None


def programs(document: Document, keys: Iterable[str] = DEFAULT_KEYS) -> list[Program]:
    """The programs of a file, in its order, each once: under the keys, and marked by a comment.

    Args:
        document: the file.
        keys: dotted paths, in which ``*`` is any one step and ``**`` any number of steps. A key
            that holds a map holds a program per optimizer option. Under the default keys, which
            nobody has chosen, what is plainly something else is left out.
    """
    found: dict[Span, Program] = {}
    keys = tuple(keys)
    defaults = "defaults." if has_defaults(document) else None  # they name files
    for key in keys:
        for path, node in document.find(key):
            if defaults and path.startswith(defaults):
                continue
            if keys == DEFAULT_KEYS and _is_foreign(node):
                continue
            for inner, leaf in _options(path, node):
                found.setdefault(leaf.span, _program(document, inner, leaf))
    for leaf in document.marked():
        found.setdefault(leaf.span, _program(document, ".".join(leaf.path), leaf))
    return [found[span] for span in sorted(found)]


def _is_foreign(node: Node) -> bool:
    """Whether what stands under a default key is no program, and was not meant to be one.

    That is nothing at all, the time of a job (``0 3 * * *``), or a list or a map in which no text
    looks like a program or is an optimizer option's: ``{name: cosine, warmup_epochs: 5}``.
    """
    if isinstance(node, Scalar):
        is_time = node.kind == "text" and _CRON.fullmatch(node.text.strip()) is not None
        return is_time or node.kind in ("null", "list", "map")
    texts = {
        step: child.text
        for step, child in node.children.items()
        if isinstance(child, Scalar) and child.kind == "text"
    }
    return not any(
        _A_SHAPE.search(text) or (step in OPTIONS and not text[:1].isdigit())
        for step, text in texts.items()
    )


def _options(path: str, node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node, Branch) and node.kind == "map" and node.children:
        yield from ((f"{path}.{option}", child) for option, child in node.children.items())
    else:
        yield path, node


def _program(document: Document, key: str, node: Node) -> Program:
    leaf, source = document.leaf(node), document.source
    wrong = None
    if leaf.kind != "text":
        shown = leaf.text.rstrip().split("\n")[0]
        wrong = Diagnostic(
            "LR904",
            f"{key} is {_KINDS.get(leaf.kind, f'a {leaf.kind}')}, and a program is a text",
            Span(0, len(shown)),
            help=f'quote it: "{shown}"' if leaf.kind == "number" else None,
        )
    return Program(
        leaf.text, source.name, key, source, leaf.places, leaf.cut, wrong, leaf, document
    )


_KINDS = {
    "number": "a number",
    "bool": "true or false",
    "null": "empty",
    "date": "a date",
    "list": "a list",
    "map": "a mapping",
}


class Config:
    """A file by its name's suffix, and its programs.

    Raises:
        ConfigError: it cannot be read.
    """

    def __init__(self, text: str, name: str) -> None:
        self.document = read(text, name)
        self.source = self.document.source

    def programs(self, keys: Iterable[str] = DEFAULT_KEYS) -> list[Program]:
        """The programs under the keys."""
        return programs(self.document, keys)

    def value(self, key: str) -> Any:
        """The plain value under a dotted path.

        Raises:
            ConfigError: there is none, or it is not a single value.
        """
        return self.document.value(key)
