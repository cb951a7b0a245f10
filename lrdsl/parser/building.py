"""The builder of the concrete tree: what each rule of the grammar makes of its children."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeAlias

from lrdsl import syntax as S
from lrdsl.diagnostics import Span
from lrdsl.parser.lalr import Automaton, Token

Children: TypeAlias = "list[Any]"


def build(tokens: Iterable[Token]) -> S.ProgramTree:
    """The tree of a program's tokens.

    Raises:
        Unexpected: they make none.
    """
    automaton = Automaton(_BUILDER)
    for token in tokens:
        automaton.feed(token)
    tree: S.ProgramTree = automaton.result
    return tree


class Builder:
    """A method for each rule, by the rule's name."""

    def program(self, children: Children) -> S.ProgramTree:
        *bindings, body = children
        start = bindings[0].span if bindings else body.span
        return S.ProgramTree(start.to(body.span), tuple(bindings), body)

    def binding(self, children: Children) -> S.BindingTree:
        name, _, value, end = children
        return S.BindingTree(name.span.to(end.span), self.name([name]), value)

    def _chain(self, children: Children) -> S.ChainTree:
        first = children[0]
        links = tuple(
            S.Link(str(op), op.span, operand)
            for op, operand in zip(children[1::2], children[2::2], strict=True)
        )
        return S.ChainTree(first.span.to(children[-1].span), first, links)

    overlay = sequence = sum = product = _chain

    def negated(self, children: Children) -> S.NegatedTree:
        *signs, operand = children
        return S.NegatedTree(signs[0].span.to(operand.span), len(signs), operand)

    def postfix(self, children: Children) -> S.Tree:
        body: S.Tree = children[0]
        slices = children[1:]
        for begin, end, close in slices:
            body = S.SliceTree(body.span.to(close.span), body, begin, end)
        return body

    def slice(self, children: Children) -> tuple[Any, Any, Token]:
        _, begin, _, end, close = children
        return begin, end, close

    def number(self, children: Children) -> S.NumberTree:
        return S.NumberTree(children[0].span, str(children[0]))

    def quantity(self, children: Children) -> S.QuantityTree:
        number, (words, span) = self.number(children[:1]), children[1]
        return S.QuantityTree(number.span.to(span), number, words, span)

    def unit(self, children: Children) -> tuple[str, Span]:
        return " ".join(children), children[0].span.to(children[-1].span)

    def name(self, children: Children) -> S.NameTree:
        return S.NameTree(children[0].span, str(children[0]))

    def call(self, children: Children) -> S.CallTree:
        name, _, arguments, close = children
        return S.CallTree(name.span.to(close.span), self.name([name]), arguments or ())

    def group(self, children: Children) -> S.Tree:
        opening, inner, close = children
        grouped: S.Tree = replace(inner, span=opening.span.to(close.span))
        return grouped

    def list(self, children: Children) -> S.ListTree:
        opening, items, close = children
        return S.ListTree(opening.span.to(close.span), items or ())

    def arguments(self, children: Children) -> tuple[S.ArgumentTree, ...]:
        return tuple(
            c if isinstance(c, S.ArgumentTree) else S.ArgumentTree(c.span, None, c)
            for c in children
            if not isinstance(c, Token)
        )

    def keyword(self, children: Children) -> S.ArgumentTree:
        name, _, value = children
        return S.ArgumentTree(name.span.to(value.span), self.name([name]), value)

    def items(self, children: Children) -> tuple[S.Tree, ...]:
        return tuple(c for c in children if not isinstance(c, Token))


_BUILDER = Builder()
