"""Lark: the grammar's tables, and the builder of the concrete tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from lark import Lark, Token, Transformer

from lrdsl import syntax as S
from lrdsl.diagnostics import Diagnostic, Span

MAX_ERRORS = 20
MISSING = ""  # the name that stands for an operand that is not there


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree (None where there is nothing to go on with) and what was wrong with the text."""

    tree: S.ProgramTree | None
    diagnostics: tuple[Diagnostic, ...] = ()


def refused(code: str, message: str, span: Span) -> Parsed:
    return Parsed(None, (Diagnostic(code, message, span),))


def grammar_path() -> Path:
    """The grammar: beside the package when it is installed, else in the checkout."""
    here = Path(__file__).resolve()
    for path in (here.parents[1] / "lrdsl.lark", here.parents[2] / "grammar" / "lrdsl.lark"):
        if path.is_file():
            return path
    raise FileNotFoundError("lrdsl.lark is missing from this installation of lrdsl")


@cache
def tables() -> Lark:
    return Lark(
        grammar_path().read_text(encoding="utf-8"),
        parser="lalr",
        lexer="basic",
        start="program",
        maybe_placeholders=True,
        transformer=_Builder(),
    )


@cache
def scanner() -> re.Pattern[str]:
    """The grammar's own terminals as one pattern."""
    terminals = sorted(tables().terminals, key=lambda t: (-t.priority, -len(t.pattern.value)))
    return re.compile("|".join(f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in terminals))


def make_token(kind: str, text: str, start: int, end: int | None = None) -> Token:
    end = start + len(text) if end is None else end
    return Token(kind, text, start_pos=start, end_pos=end)


def span_of(token: Token) -> Span:
    return Span(token.start_pos or 0, token.end_pos or 0)


Children: TypeAlias = "list[Any]"


class _Builder(Transformer[Token, Any]):
    """Builds dataclasses only: an exception here would come out wrapped."""

    def program(self, children: Children) -> S.ProgramTree:
        *bindings, body = children
        start = bindings[0].span if bindings else body.span
        return S.ProgramTree(start.to(body.span), tuple(bindings), body)

    def binding(self, children: Children) -> S.BindingTree:
        name, _, value, end = children
        return S.BindingTree(span_of(name).to(span_of(end)), self.name([name]), value)

    def _chain(self, children: Children) -> S.ChainTree:
        first = children[0]
        links = tuple(
            S.Link(str(op), span_of(op), operand)
            for op, operand in zip(children[1::2], children[2::2], strict=True)
        )
        return S.ChainTree(first.span.to(children[-1].span), first, links)

    overlay = sequence = sum = product = _chain

    def negated(self, children: Children) -> S.NegatedTree:
        *signs, operand = children
        return S.NegatedTree(span_of(signs[0]).to(operand.span), len(signs), operand)

    def postfix(self, children: Children) -> S.Tree:
        body, *slices = children
        for begin, end, close in slices:
            body = S.SliceTree(body.span.to(span_of(close)), body, begin, end)
        return body  # type: ignore[no-any-return]

    def slice(self, children: Children) -> tuple[Any, Any, Token]:
        _, begin, _, end, close = children
        return begin, end, close

    def number(self, children: Children) -> S.NumberTree:
        return S.NumberTree(span_of(children[0]), str(children[0]))

    def quantity(self, children: Children) -> S.QuantityTree:
        number, (words, span) = self.number(children[:1]), children[1]
        return S.QuantityTree(number.span.to(span), number, words, span)

    def unit(self, children: Children) -> tuple[str, Span]:
        return " ".join(children), span_of(children[0]).to(span_of(children[-1]))

    def name(self, children: Children) -> S.NameTree:
        return S.NameTree(span_of(children[0]), str(children[0]))

    def call(self, children: Children) -> S.CallTree:
        name, _, arguments, close = children
        return S.CallTree(span_of(name).to(span_of(close)), self.name([name]), arguments or ())

    def group(self, children: Children) -> S.Tree:
        opening, inner, close = children
        return replace(inner, span=span_of(opening).to(span_of(close)))  # type: ignore[no-any-return]

    def list(self, children: Children) -> S.ListTree:
        opening, items, close = children
        return S.ListTree(span_of(opening).to(span_of(close)), items or ())

    def arguments(self, children: Children) -> tuple[S.ArgumentTree, ...]:
        return tuple(
            c if isinstance(c, S.ArgumentTree) else S.ArgumentTree(c.span, None, c)
            for c in children
            if not isinstance(c, Token)
        )

    def keyword(self, children: Children) -> S.ArgumentTree:
        name, _, value = children
        return S.ArgumentTree(span_of(name).to(value.span), self.name([name]), value)

    def items(self, children: Children) -> tuple[S.Tree, ...]:
        return tuple(c for c in children if not isinstance(c, Token))
