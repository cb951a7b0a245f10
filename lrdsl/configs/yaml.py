"""YAML files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lrdsl.configs.document import Branch, Comment, Document, Node, Scalar, offsets
from lrdsl.diagnostics import Span

if TYPE_CHECKING:
    import yaml.nodes as Y
_STANDARD = "tag:yaml.org,2002:"
_KINDS = {
    f"{_STANDARD}{tag}": kind
    for tag, kind in {
        "str": "text",
        "int": "number",
        "float": "number",
        "bool": "bool",
        "null": "null",
        "timestamp": "date",
        "seq": "list",
        "map": "map",
    }.items()
}
_DEEP = re.compile(r"[ \t?-]{100}")  # lists in lists, or maps
_STYLES = {"": "plain", "'": "single", '"': "double", "|": "literal", ">": "folded"}


class YamlDocument(Document):
    """A YAML file, of one document or several, as PyYAML's safe loader reads it."""

    def _read(self) -> Sequence[Node]:
        import yaml

        try:  # nodes carry their places; values of tags are not built, so any host's do no harm
            found = _composed(self.source.text)
            reader = _Reader(self)
            roots = [reader.node((), node) for node in found if node is not None]
        except yaml.MarkedYAMLError as e:
            mark = e.problem_mark or e.context_mark
            about = ", ".join(part for part in (e.problem, e.context) if part)
            raise self._wrong("YAML", about, mark.index if mark else None) from None
        except yaml.reader.ReaderError as e:
            raise self._wrong("YAML", str(e).split("\n")[0], e.position) from None
        except RecursionError:
            raise self._too_deep() from None
        self._texts = sorted(reader.texts)
        return roots

    def comments(self) -> Sequence[Comment]:
        """The comments: whatever begins with a sign outside of keys and values."""
        text = self.source.text
        found, at = [], 0
        for span in [*self._texts, Span(len(text), len(text))]:
            for match in _COMMENT.finditer(text, at, span.start):
                found.append(Comment(match[0], Span(match.start(), match.end())))
            at = max(at, span.end)
            if text.startswith(("|", ">"), span.start):  # the header may hold one
                header = _HEADER.match(text, span.start)
                if header and header[1]:
                    found.append(Comment(header[1], Span(*header.span(1))))
        return found

    def _written(self, scalar: Scalar, text: str) -> Iterator[str]:
        if scalar.style in ("literal", "folded"):
            yield from self._block(scalar, text)
            return
        if scalar.style == "plain":
            yield text
        if scalar.style != "double":
            yield "'" + text.replace("'", "''") + "'"
        yield '"' + "".join(map(_escaped, text)) + '"'

    def _block(self, scalar: Scalar, text: str) -> Iterator[str]:
        """A block with other lines, indented as the old ones; a folded one only of one line."""
        source = scalar.span.of(self.source.text)
        header, body = source[: source.index("\n") + 1], source[source.index("\n") + 1 :]
        lines = [line for line in body.split("\n") if line.strip()]
        several = "\n" in scalar.text.rstrip() or "\n" in text.rstrip()
        if not lines or (scalar.style == "folded" and several):
            return
        first = lines[0]
        indent = first[: len(first) - len(first.lstrip(" "))]
        end = "\r\n" if header.endswith("\r\n") else "\n"
        tail = body[len(body.rstrip()) :]  # the line ends, and the indent of what follows
        new = [indent + line if line.strip() else line for line in text.rstrip("\n").split("\n")]
        yield header + end.join(new) + tail


def _composed(text: str) -> list[Y.Node | None]:
    """The roots of a stream, by PyYAML's quick reader if it is there.

    What that one refuses is left to the other, whose words say more. It nests without a bound, and
    would end the process with the stack; and it does not count a mark of the encoding.
    """
    import yaml

    quick = getattr(yaml, "CSafeLoader", None)
    shallow = text.count("[") + text.count("{") < 2000 and not _DEEP.search(text)
    if quick and shallow and "\ufeff" not in text:
        try:
            return list(yaml.compose_all(text, quick))
        except (yaml.YAMLError, UnicodeEncodeError):
            pass
    return list(yaml.compose_all(text, yaml.SafeLoader))


class _Reader:
    """Makes nodes of PyYAML's.

    Attributes:
        texts: where scalars stand, keys included.
    """

    def __init__(self, document: YamlDocument) -> None:
        from yaml.constructor import SafeConstructor

        self.document = document
        self.text = document.source.text
        self.texts: list[Span] = []
        self._values = SafeConstructor()
        self._done: dict[int, Node] = {}  # aliases are the node itself

    def node(self, path: tuple[str, ...], node: Y.Node) -> Node:
        import yaml

        done = self._done.get(id(node))
        if done is not None:
            return done
        if isinstance(node, yaml.ScalarNode):
            leaf = self._done[id(node)] = self._scalar(path, node)
            return leaf
        kind = _KINDS.get(node.tag, _tag(node.tag))
        style = "flow" if isinstance(node, yaml.CollectionNode) and node.flow_style else "block"
        span = Span(self._start(node), node.end_mark.index)
        branch = self._done[id(node)] = self.document._branch(path, kind, span, style)
        if isinstance(node, yaml.SequenceNode):
            for i, item in enumerate(node.value):
                branch.children[str(i)] = self.node((*path, str(i)), item)
        else:
            assert isinstance(node, yaml.MappingNode)
            self._map(path, node, branch)
        shown = self.text[span.start : span.end].rstrip()  # a block ends where the next begins
        branch.span = Span(span.start, span.start + len(shown))
        return branch

    def _map(self, path: tuple[str, ...], node: Y.MappingNode, branch: Branch) -> None:
        """A map's entries, and those that it merges (``<<: *defaults``) where it has no own."""
        import yaml

        bases: list[Node] = []
        for key, value in node.value:
            step = key.value if isinstance(key, yaml.ScalarNode) else "?"
            child = self.node((*path, step), value)
            if not isinstance(key, yaml.ScalarNode):
                self.node((*path, step), key)  # for the places of its scalars
                continue
            self.texts.append(self._span(key))
            if key.tag == f"{_STANDARD}merge":
                merged = [child]
                if isinstance(value, yaml.SequenceNode) and isinstance(child, Branch):
                    merged = list(child.children.values())
                bases = merged + bases  # of two merges the later one counts, in one the first
            else:
                branch.children[step] = child
        for base in bases:
            if isinstance(base, Branch) and base.kind == "map":
                for step, child in list(base.children.items()):
                    branch.children.setdefault(step, child)

    def _scalar(self, path: tuple[str, ...], node: Y.ScalarNode) -> Scalar:
        text, span = self.text, self._span(node)
        self.texts.append(span)
        kind, style = _KINDS.get(node.tag, _tag(node.tag)), _STYLES[node.style or ""]
        if kind == "text":
            places = _places(node, span, text)
            after = text[span.end : span.end + 200].lstrip()
            cut = not node.style and after.startswith(",")
            return Scalar(path, node.value, kind, node.value, span, places, style, cut)
        value = None
        if not kind.startswith("!"):
            try:
                value = self._values.construct_object(node)
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
                kind = _tag(node.tag)  # `!!int x`
        if kind.startswith("!"):
            span = Span(node.start_mark.index, span.end)
        return Scalar(path, span.of(text), kind, value, span, offsets(span), style)

    def _span(self, node: Y.ScalarNode) -> Span:
        return Span(self._start(node), node.end_mark.index)

    def _start(self, node: Y.Node) -> int:
        """Where a node begins, after an anchor and a tag."""
        start, end = node.start_mark.index, node.end_mark.index
        properties = _PROPERTIES.match(self.text, start, end)
        return properties.end() if properties else start


def _tag(tag: str) -> str:
    """A tag as people write it."""
    return f"!!{tag[len(_STANDARD) :]}" if tag.startswith(_STANDARD) else tag


def _escaped(c: str) -> str:
    """A character as it stands in double quotes."""
    if c in '\\"':
        return "\\" + c
    if c.isprintable():
        return c
    short = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(c)
    if short:
        return short
    return (
        f"\\x{ord(c):02x}"
        if c < "\x80"
        else f"\\u{ord(c):04x}"
        if c < "\U00010000"
        else f"\\U{ord(c):08x}"
    )


# --- places ---------------------------------------------------------------------------------------

_COMMENT = re.compile("#[^\n\r\x85\u2028\u2029]*")
_HEADER = re.compile("[|>][-+0-9]*[ \t]*(#[^\n\r\x85\u2028\u2029]*)?")
_PROPERTIES = re.compile(r"([&!]\S*\s+(#[^\n]*\s+)*)*")  # an anchor, a tag
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\n[ \t]*|.)", re.DOTALL)


def _places(node: Y.ScalarNode, span: Span, text: str) -> tuple[int, ...]:
    """The offset in the file of every character of a scalar, and of its end.

    YAML folds, strips and unescapes, but it neither reorders nor drops what is visible: the n-th
    visible character of the value is the n-th of its source. White space stands between them.
    """
    start, end = span.start, span.end
    if not node.style and end - start == len(node.value):
        return offsets(span)  # on one line: as it is written
    if node.style in ("|", ">"):
        start = text.index("\n", start) + 1  # after the header, which may hold a comment
    elif node.style:
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
