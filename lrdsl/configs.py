"""Where schedules stand in config files: programs found by key, each with its exact place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lrdsl.diagnostics import Diagnostic, Source, Span

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, Node, ScalarNode

DEFAULT_KEYS = ("**.schedule", "**.lr_schedule")


class ConfigError(ValueError):
    """A config that cannot be read; its text says why, and where."""


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
    """

    key: str = ""
    file: Source | None = None
    places: tuple[int, ...] = ()
    cut: bool = False
    wrong: Diagnostic | None = None

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


class Config:
    """A YAML file, read as far as its structure.

    Raises:
        ConfigError: the text is not YAML.
    """

    def __init__(self, text: str, name: str) -> None:
        self.source = Source(text, name)
        self._roots = self._composed()

    def _composed(self) -> list[Node]:
        import yaml

        try:  # nodes carry their places; values are not built, so tags of any host do no harm
            found = list(yaml.compose_all(self.source.text, Loader=yaml.SafeLoader))
        except yaml.MarkedYAMLError as e:
            mark = e.problem_mark or e.context_mark
            place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
            about = ", ".join(part for part in (e.problem, e.context) if part)
            raise ConfigError(f"{self.source.name}{place}: not YAML: {about}") from None
        except yaml.YAMLError as e:
            about = str(e).split("\n")[0]
            raise ConfigError(f"{self.source.name}: not YAML: {about}") from None
        except RecursionError:
            raise ConfigError(f"{self.source.name}: nested too deeply to be read") from None
        return [node for node in found if node is not None]

    def programs(self, keys: Iterable[str] = DEFAULT_KEYS) -> list[Program]:
        """The programs under the keys, in the order of the file.

        Args:
            keys: dotted paths, in which ``*`` is any one step and ``**`` any number of steps. A key
                that holds a mapping holds a program per optimizer option.
        """
        found: dict[int, Program] = {}
        for key in keys:
            for path, node in self._matches(key):
                for inner, leaf in _options(path, node):
                    found.setdefault(id(leaf), self._program(inner, leaf))
        return sorted(found.values(), key=lambda p: p.places)

    def value(self, key: str) -> Any:
        """The plain value under a dotted path.

        Raises:
            ConfigError: there is none, or it is not a single value.
        """
        import yaml

        for _, node in self._matches(key):
            if not isinstance(node, yaml.ScalarNode):
                break
            try:
                return yaml.SafeLoader("").construct_object(node)
            except (yaml.YAMLError, ValueError):
                break
        else:
            raise ConfigError(f"{self.source.name}: there is no {key}")
        raise ConfigError(f"{self.source.name}: {key} is not a plain value")

    def _matches(self, key: str) -> Iterator[tuple[str, Node]]:
        pattern = tuple(key.split("."))
        seen: set[tuple[int, int]] = set()  # aliases make a graph of the tree
        for root in self._roots:
            yield from _walk(root, pattern, 0, (), seen)

    def _program(self, path: str, node: Node) -> Program:
        import yaml

        start, end = node.start_mark.index, node.end_mark.index
        source = self.source
        if not isinstance(node, yaml.ScalarNode) or node.tag != "tag:yaml.org,2002:str":
            kind = node.tag.rpartition(":")[2]
            what = _KINDS.get(kind, f"a {kind}")
            shown = source.text[start:end].rstrip()
            end = start + len(shown.split("\n")[0])
            wrong = Diagnostic(
                "LR001",
                f"{path} is {what}, and a program is a text",
                Span(0, end - start),
                help=f'quote it: "{shown}"' if kind in ("int", "float") else None,
            )
            places = tuple(range(start, end + 1))
            text = source.text[start:end]
            return Program(text, source.name, path, source, places, wrong=wrong)
        places = _places(node, source.text)
        after = source.text[end : end + 200].lstrip()
        cut = node.style is None and after.startswith(",")
        return Program(node.value, source.name, path, source, places, cut)


_KINDS = {
    "int": "a number",
    "float": "a number",
    "bool": "true or false",
    "null": "empty",
    "seq": "a list",
    "map": "a mapping",
}


# --- keys -----------------------------------------------------------------------------------------


def _walk(
    node: Node, pattern: tuple[str, ...], at: int, path: tuple[str, ...], seen: set[tuple[int, int]]
) -> Iterator[tuple[str, Node]]:
    """The nodes that a pattern leads to, each once."""
    if (id(node), at) in seen:
        return
    seen.add((id(node), at))
    if at == len(pattern):
        yield ".".join(path), node
        return
    if pattern[at] == "**":
        yield from _walk(node, pattern, at + 1, path, seen)
    for step, child in _children(node):
        if pattern[at] == "**":
            yield from _walk(child, pattern, at, (*path, step), seen)
        elif pattern[at] in ("*", step):
            yield from _walk(child, pattern, at + 1, (*path, step), seen)


def _children(node: Node) -> Iterator[tuple[str, Node]]:
    import yaml

    if isinstance(node, yaml.SequenceNode):
        for i, child in enumerate(node.value):
            yield str(i), child
    elif isinstance(node, yaml.MappingNode):
        yield from _pairs(node, frozenset())


def _pairs(node: MappingNode, inside: frozenset[int]) -> Iterator[tuple[str, Node]]:
    """A mapping's entries, those that it merges (``<<: *defaults``) where it has no own."""
    import yaml

    own = {k.value for k, _ in node.value if isinstance(k, yaml.ScalarNode)}
    for key, value in node.value:
        if key.tag == "tag:yaml.org,2002:merge":
            bases = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for base in bases:
                if isinstance(base, yaml.MappingNode) and id(base) not in inside:
                    merged = _pairs(base, inside | {id(node)})
                    yield from ((k, v) for k, v in merged if k not in own)
        elif isinstance(key, yaml.ScalarNode):
            yield key.value, value


def _options(path: str, node: Node) -> Iterator[tuple[str, Node]]:
    import yaml

    if not isinstance(node, yaml.MappingNode) or not node.value:
        yield path, node
        return
    for option, value in _children(node):
        yield f"{path}.{option}", value


# --- places ---------------------------------------------------------------------------------------

_PROPERTIES = re.compile(r"([&!]\S*\s+(#[^\n]*\s+)*)*")  # an anchor, a tag
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\n[ \t]*|.)", re.DOTALL)


def _places(node: ScalarNode, text: str) -> tuple[int, ...]:
    """The offset in the file of every character of a scalar, and of its end.

    YAML folds, strips and unescapes, but it neither reorders nor drops what is visible: the n-th
    visible character of the value is the n-th of its source. White space stands between them.
    """
    end = node.end_mark.index
    properties = _PROPERTIES.match(text, node.start_mark.index, end)
    start = properties.end() if properties else node.start_mark.index
    if node.style in ("|", ">"):
        start = text.index("\n", start) + 1  # after the header, which may hold a comment
    elif node.style is not None:
        start, end = start + 1, end - 1  # the quotes
    visible = _visible(text, start, end, node.style)
    places: list[int] = []
    following = next(visible, None)
    at = start if following is None else min(start, following[0])
    for c in node.value:
        if c.isspace() or following is None:
            places.append(at if following is None else min(at, following[0]))
            at += 1
        else:
            places.append(following[0])
            at = following[1]
            following = next(visible, None)
    return (*places, min(at, end))


def _visible(text: str, start: int, end: int, style: str | None) -> Iterator[tuple[int, int]]:
    """Start and end in the source of every visible character of a scalar."""
    at = start
    while at < end:
        after = at + 1
        shows = not text[at].isspace()
        if style == "'" and text[at] == "'":
            after = at + 2  # a quote is written twice
        elif style == '"' and text[at] == "\\":
            match = _ESCAPE.match(text, at)
            assert match is not None  # YAML has read it
            after = match.end()
            shows = not _unescaped(match[1]).isspace()
        if shows:
            yield at, after
        at = after


def _unescaped(escape: str) -> str:
    """The character that an escape in double quotes stands for; white space for a line break."""
    if len(escape) > 1 and escape[0] in "xuU":
        return chr(int(escape[1:], 16))
    return " " if escape[0] in "tnrvfN_LP \t\n" else escape[0]
