"""The Python spelling: the language's names as functions and units, for programs in Python.

    >>> from lrdsl.python import cosine, ep, warmup
    >>> str(warmup(5 * ep, 1e-5) >> cosine())
    'warmup(5ep, start=1e-5) >> cosine'

A call builds the same nodes as its text, by the same rules: an error is an `LrdslError` that
shows the call as text. Option words are strings (``shape="cosine"``); a time is ``5*ep`` or
``10*pct``; a bare number counts ticks. `min` and `max` go on to work on plain numbers. The stub
beside this module is generated, so an editor knows every signature.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from lrdsl import recipes
from lrdsl import syntax as S
from lrdsl.algebra import MAX_LIST, Node, census, show_argument
from lrdsl.binder import LR, VARIADIC, expression, vocabulary
from lrdsl.diagnostics import LrdslError, Problem, Span
from lrdsl.values import Time, Value

ep = Time({"ep": Fraction(1)})
st = Time({"st": Fraction(1)})
ex = Time({"ex": Fraction(1)})
tok = Time({"tok": Fraction(1)})
pct = Time({"%": Fraction(1)})
lr = LR


def _function(name: str, doc: str | None) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        if name in VARIADIC and not any(isinstance(a, (Node, Value)) for a in arguments):
            return getattr(builtins, name)(*arguments, **named)
        return _call(name, arguments, named)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = doc
    return call


def _call(name: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """Bind a call as if it had been read from a text; a name that is given None is not there."""
    writer = _Writer(f"{name}(")
    trees = [writer.argument(None, a) for a in arguments]
    trees += [writer.argument(k, a) for k, a in named.items() if a is not None]
    text = writer.text + ")"
    head = S.NameTree(Span(0, len(name)), name)
    item, found = expression(S.CallTree(Span(0, len(text)), head, tuple(trees)), text)
    if item is None or found:
        raise LrdslError(found, text)
    return item


class _Writer:
    """Writes arguments one after the other, and remembers where each of them stands."""

    def __init__(self, text: str) -> None:
        self.text = text

    def argument(self, name: str | None, value: Any) -> S.ArgumentTree:
        if not self.text.endswith("("):
            self.text += ", "
        start = len(self.text)
        head = None
        if name is not None:
            head = S.NameTree(Span(start, start + len(name)), name)
            self.text += f"{name}="
        tree = self.tree(value)
        return S.ArgumentTree(Span(start, len(self.text)), head, tree)

    def tree(self, value: Any) -> S.Tree:
        start = len(self.text)
        if isinstance(value, (list, tuple, range)) or getattr(value, "ndim", 0):
            entries = list(value)
            if len(entries) > MAX_LIST:
                problem = Problem("LR605", f"a list has at most {MAX_LIST:,} entries")
                raise LrdslError([problem.at(Span(0, 0))])
            self.text += "["
            items = []
            for i, entry in enumerate(entries):
                self.text += ", " if i else ""
                items.append(self.tree(entry))
            self.text += "]"
            return S.ListTree(Span(start, len(self.text)), tuple(items))
        if isinstance(value, str) and value.isidentifier() and value.isascii():
            self.text += value
            return S.NameTree(Span(start, len(self.text)), value)
        if isinstance(value, Node):
            census(value)  # before it is written: it may be too deep, or too large
        self.text += show_argument(value) if not isinstance(value, str) else repr(value)
        return S.ItemTree(Span(start, len(self.text)), value)


def _names() -> list[str]:
    return [*vocabulary(), *VARIADIC, *recipes.BUILT_IN]


for _name in _names():
    _cls = vocabulary().get(_name) or VARIADIC.get(_name)
    _doc = _cls.__doc__ if _cls is not None else f"The recipe {recipes.BUILT_IN[_name]}."
    globals()[_name] = _function(_name, _doc)

__all__ = ["ep", "ex", "lr", "pct", "st", "tok", *_names()]  # pyright: ignore
