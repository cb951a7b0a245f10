"""Expressions to a plain Python function: a decision tree over arithmetic on floats.

The text is made of `repr` of finite floats, of names made here, and of a fixed list of functions;
nothing that a user wrote reaches it. The same text is what an export prints.
"""

from __future__ import annotations

import linecache
import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeAlias
from weakref import finalize

from lrdsl.diagnostics import Problem
from lrdsl.expr import Expr, needed, output, parts, stair
from lrdsl.noise import Stream, draws

INLINE_DEPTH = 12  # deeper expressions get a name: Python's parser has its own limits
MAX_INDENT = 60
MAX_LINES = 16  # of each expression: in every branch that needs a choice it is printed anew

_OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "floordiv": "//"}
_CALLS = {
    "min": "min({}, {})",
    "max": "max({}, {})",
    "tanh": "tanh({})",
    "sqrt": "sqrt({})",
    "floor": "floor({})",
    "cospi": "cos(pi * {})",
}
WORDS: dict[str, Any] = {
    "cos": math.cos,
    "tanh": math.tanh,
    "sqrt": math.sqrt,
    "floor": math.floor,
    "pi": math.pi,
    "bisect_right": bisect_right,
    "bisect_left": bisect_left,
    "stair": stair,
}


Result: TypeAlias = Callable[[list[str]], str]
Leaf: TypeAlias = Callable[[Sequence[Expr], dict[int, str], int], None]


class Printer:
    """Prints one function; `constants` are the tables and streams that it names."""

    power = "({} ** {})"
    item = "{}[{}]"
    draw = "{}[{}]"
    has_calls_for_bounds = False  # of numbers, a comparison is faster than the call of min or max

    def __init__(self, roots: Sequence[Expr]) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self._names: dict[Any, str] = {}
        self._uses: dict[int, int] = {}
        self._shared = 0
        self._emitted = 0
        every = needed(roots)
        self._most = _most_lines(len(every))
        for e in every:
            for a in e.args:
                self._uses[a.serial] = self._uses.get(a.serial, 0) + 1

    def function(self, name: str, parameters: str, roots: list[Expr], result: Result) -> str:
        """The source of ``def name(parameters)``; `result` makes of the roots' texts a result."""
        self.lines = [f"def {name}({parameters}):"]
        self._tail(roots, result, {}, 1)
        return "\n".join(self.lines) + "\n"

    def _emit(self, depth: int, line: str) -> None:
        self._emitted += 1
        if depth > MAX_INDENT or self._emitted > self._most:
            raise Problem("LR602", "the program has too many choices inside choices to compile")
        self.lines.append("    " * depth + line)

    def _tail(self, roots: list[Expr], result: Result, scope: dict[int, str], depth: int) -> None:
        """Statements that return the result; a choice at the end returns in its branches."""
        node = last_choice(roots)
        if node is not None:

            def leave(row: Sequence[Expr], inner: dict[int, str], level: int) -> None:
                self._tail(in_branch(roots, row), result, inner, level)

            self._left(node, leave, scope, depth)
            return
        texts = self._texts(roots, scope, depth)
        self._emit(depth, "return " + result(texts))

    def _left(self, node: Expr, leave: Leaf, scope: dict[int, str], depth: int) -> None:
        """Leave the function by a choice."""
        x, bounds, rows, shape = parts(node)
        at = self._named(x, scope, depth)
        self._tree(at, bounds, rows, shape.side, scope, depth, leave, returns=True)

    def _tree(
        self,
        at: str,
        bounds: Sequence[Expr],
        rows: Sequence[Sequence[Expr]],
        side: str,
        scope: dict[int, str],
        depth: int,
        leaf: Leaf,
        *,
        returns: bool,
    ) -> None:
        """Nested ifs that find a branch; `leaf` prints one, and says if it `returns`."""
        if not bounds:
            leaf(rows[0], scope, depth)
            return
        middle = len(bounds) // 2 if len(bounds) > 2 else 0
        test = "<" if side == "right" else "<="
        limit = self._text(bounds[middle], scope, depth)
        self._emit(depth, f"if {at} {test} {_bare(limit)}:")
        first = bounds[:middle], rows[: middle + 1]
        rest = bounds[middle + 1 :], rows[middle + 1 :]
        taken = self._shared
        self._tree(at, *first, side, dict(scope), depth + 1, leaf, returns=returns)
        self._shared = taken  # no call runs both: they share their names, and the frame stays small
        if not returns:
            self._emit(depth, "else:")
            depth += 1
        self._tree(at, *rest, side, dict(scope), depth, leaf, returns=returns)

    def _named(self, e: Expr, scope: dict[int, str], depth: int) -> str:
        """An expression as a name, because it is compared several times."""
        text = self._text(e, scope, depth)
        if not text.isidentifier():
            scope[e.serial] = self._fresh()
            self._emit(depth, f"{scope[e.serial]} = {_bare(text)}")
        return scope.get(e.serial, text)

    def _texts(self, roots: Sequence[Expr], scope: dict[int, str], depth: int) -> list[str]:
        return [self._text(r, scope, depth) for r in roots]

    def _text(self, root: Expr, scope: dict[int, str], depth: int) -> str:
        """An expression's text, after the statements that it needs."""
        texts: dict[int, tuple[str, int]] = {}
        for e in _within_scope(root, scope):
            if e.op == "select":
                self._select(e, scope, depth)
            if e.serial in scope:
                continue
            text, nested = self._node(e, texts, scope)
            shared = self._uses.get(e.serial, 0) > 1 and e.op not in ("const", "var", "out")
            if (shared or nested > INLINE_DEPTH) and e is not root:
                name = self._fresh()
                self._emit(depth, f"{name} = {_bare(text)}")
                scope[e.serial] = name
                texts[e.serial] = name, 0
            elif shared:
                name = self._fresh()
                self._emit(depth, f"{name} = {_bare(text)}")
                scope[e.serial] = name
                return name
            else:
                texts[e.serial] = text, nested
        return scope[root.serial] if root.serial in scope else texts[root.serial][0]

    def _select(self, node: Expr, scope: dict[int, str], depth: int) -> None:
        """Assign the outputs of a choice to names."""
        x, bounds, rows, shape = parts(node)
        at = self._named(x, scope, depth)
        names = [self._fresh() for _ in range(shape.width)]

        def assign(row: Sequence[Expr], inner: dict[int, str], level: int) -> None:
            texts = self._texts(row, inner, level)
            for name, text in zip(names, texts, strict=True):
                self._emit(level, f"{name} = {_bare(text)}")

        self._tree(at, bounds, rows, shape.side, scope, depth, assign, returns=False)
        name_outputs(node, names, scope)

    def _node(
        self, e: Expr, texts: dict[int, tuple[str, int]], scope: dict[int, str]
    ) -> tuple[str, int]:
        if e.op == "const":
            text = number(e)
            return (f"({text})" if text.startswith("-") else text), 0
        if e.op == "var":
            return e.data, 0
        found = [(scope[a.serial], 0) if a.serial in scope else texts[a.serial] for a in e.args]
        inner = [text for text, _ in found]
        nested = 1 + max(depth for _, depth in found)
        if e.op in _OPERATORS:
            return f"({inner[0]} {_OPERATORS[e.op]} {inner[1]})", nested
        if e.op == "neg":
            return f"(-{inner[0]})", nested
        if e.op == "item":
            table = self._constant("TABLE", e.data.floats())
            return self.item.format(table, _bare(inner[0])), nested
        if e.op == "index":
            starts, side = e.data
            table = self._constant("TABLE", starts.floats()[1:])
            return f"bisect_{side}({table}, {_bare(inner[0])})", nested
        if e.op == "stair":
            return f"stair({', '.join(map(_bare, inner))}, {float(e.data)!r})", nested
        if e.op == "draw":
            stream = self._constant("NOISE", e.data)
            return self.draw.format(stream, _bare(inner[0])), nested
        if e.op == "pow":
            return self.power.format(*inner), nested
        if e.op in ("min", "max") and e.args[1].is_const and not self.has_calls_for_bounds:
            return self._bounded(e.op, *inner), nested
        if e.op != "cospi":
            inner = [_bare(text) for text in inner]
        return _CALLS[e.op].format(*inner), nested

    def _bounded(self, op: str, text: str, bound: str) -> str:
        """What ``min(text, bound)`` or ``max(text, bound)`` is, without the call."""
        name = text if text.isidentifier() else self._fresh()
        first = text if text.isidentifier() else f"({name} := {_bare(text)})"
        return f"({bound} if {first} {'<' if op == 'max' else '>'} {bound} else {name})"

    def _constant(self, prefix: str, value: Any) -> str:
        name = self._names.get((prefix, value))
        if name is None:
            name = f"{prefix}{len(self._names)}"
            self._names[prefix, value] = name
            self.constants[name] = self.held(value)
        return name

    @staticmethod
    def held(constant: Any) -> Any:
        """A table or a stream as what the printed function looks its values up in."""
        return draws(constant) if isinstance(constant, Stream) else constant

    def _fresh(self) -> str:
        self._shared += 1
        return f"v{self._shared}"


def whole(texts: list[str]) -> str:
    """The text of ``a*lr + b``."""
    a, b = texts
    share = "lr" if a == "1.0" else f"{a} * lr"
    if a == "0.0":
        return b
    return share if b == "0.0" else f"{share} + {b}"


def last_choice(roots: Sequence[Expr]) -> Expr | None:
    """The choice that all roots but constants come out of, if there is just one."""
    nodes = {r.args[0].serial: r.args[0] for r in roots if r.op == "out"}
    return nodes.popitem()[1] if len(nodes) == 1 else None


def in_branch(roots: Sequence[Expr], row: Sequence[Expr]) -> list[Expr]:
    """What the roots are in a branch of their choice."""
    return [row[r.data] if r.op == "out" else r for r in roots]


def name_outputs(node: Expr, names: Sequence[str], scope: dict[int, str]) -> None:
    scope[node.serial] = ""  # done: only its outputs are ever named
    for j, name in enumerate(names):
        scope[output(node, j).serial] = name


def _within_scope(root: Expr, scope: dict[int, str]) -> list[Expr]:
    """What must be printed for the root: arguments first, stopping at names and at choices."""
    seen: dict[int, Expr] = {}
    stack = [root]
    while stack:
        e = stack.pop()
        if e.serial in seen or e.serial in scope:
            continue
        seen[e.serial] = e
        if e.op != "select":
            stack.extend(e.args)
    return [seen[s] for s in sorted(seen)]


def _bare(text: str) -> str:
    """Without parentheses around the whole: a text that starts with one ends with its other."""
    return text[1:-1] if text.startswith("(") else text


def number(e: Expr) -> str:
    """A constant as Python source.

    Raises:
        Problem: it is not finite as a float (LR502).
    """
    try:
        value = float(e.data)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise Problem("LR502", "a value of this program is larger than a float can hold")
    return repr(value)


def check_printable(roots: Sequence[Expr]) -> None:
    """Refuse what could not be printed, without printing it wherever that is plain.

    Raises:
        Problem: a constant that no float holds (LR502), or too many choices in choices (LR602).
    """
    every = needed(roots)
    levels: dict[int, int] = {}  # of ifs, at most
    lines: dict[int, int] = {}  # half of them, if nothing were printed for two at once
    most = _most_lines(len(every)) // 2
    for e in every:
        if e.op == "const":
            number(e)
        levels[e.serial] = max((levels[a.serial] for a in e.args), default=0)
        if e.op == "select":
            levels[e.serial] += e.data.bounds.bit_length()
        lines[e.serial] = min(1 + sum(lines[a.serial] for a in e.args), most)
    if any(levels[e.serial] >= MAX_INDENT or lines[e.serial] >= most for e in roots):
        Printer(roots).function("probe", "t, lr", list(roots), ", ".join)


def _most_lines(expressions: int) -> int:
    return MAX_LINES * (expressions + 1_000)


def define(
    source: str, name: str, constants: dict[str, Any], words: Mapping[str, Any] = WORDS
) -> Callable[..., Any]:
    """The function that a printed source defines; tracebacks show its lines."""
    filename = f"<lrdsl {sha256(source.encode()).hexdigest()[:16]}>"
    namespace: dict[str, Any] = {**words, **constants}
    exec(compile(source, filename, "exec"), namespace)  # our own text: see the module's docstring
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    function: Callable[..., Any] = namespace[name]
    finalize(function, linecache.cache.pop, filename, None).atexit = False
    return function
