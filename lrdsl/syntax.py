"""The concrete tree: what the text says, with the place of every part of it."""

from __future__ import annotations

from dataclasses import dataclass

from lrdsl.diagnostics import Span


@dataclass(frozen=True, slots=True)
class Tree:
    """A part of the text."""

    span: Span


@dataclass(frozen=True, slots=True)
class NumberTree(Tree):
    text: str


@dataclass(frozen=True, slots=True)
class QuantityTree(Tree):
    """A number with a unit: ``10 k steps``."""

    number: NumberTree
    unit: str
    unit_span: Span


@dataclass(frozen=True, slots=True)
class NameTree(Tree):
    text: str


@dataclass(frozen=True, slots=True)
class ArgumentTree(Tree):
    name: NameTree | None
    value: Tree


@dataclass(frozen=True, slots=True)
class CallTree(Tree):
    name: NameTree
    arguments: tuple[ArgumentTree, ...]


@dataclass(frozen=True, slots=True)
class ListTree(Tree):
    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """An operator and the operand after it."""

    op: str
    op_span: Span
    operand: Tree


@dataclass(frozen=True, slots=True)
class ChainTree(Tree):
    """Operands joined by operators of one precedence: ``a + b - c``."""

    first: Tree
    rest: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class NegatedTree(Tree):
    count: int
    operand: Tree


@dataclass(frozen=True, slots=True)
class SliceTree(Tree):
    body: Tree
    begin: Tree | None
    end: Tree | None


@dataclass(frozen=True, slots=True)
class ItemTree(Tree):
    """Something that is bound already: an argument of the Python spelling."""

    item: object


@dataclass(frozen=True, slots=True)
class BindingTree(Tree):
    name: NameTree
    value: Tree


@dataclass(frozen=True, slots=True)
class ProgramTree(Tree):
    bindings: tuple[BindingTree, ...]
    body: Tree
