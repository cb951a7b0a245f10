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
    """A number as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class QuantityTree(Tree):
    """A number with a unit: ``10 k steps``."""

    number: NumberTree
    unit: str
    unit_span: Span


@dataclass(frozen=True, slots=True)
class NameTree(Tree):
    """A name."""

    text: str


@dataclass(frozen=True, slots=True)
class ArgumentTree(Tree):
    """An argument, with or without a name."""

    name: NameTree | None
    value: Tree


@dataclass(frozen=True, slots=True)
class CallTree(Tree):
    """A name with arguments: ``cosine(10ep)``."""

    name: NameTree
    arguments: tuple[ArgumentTree, ...]


@dataclass(frozen=True, slots=True)
class ListTree(Tree):
    """Entries in square brackets."""

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
    """An operand behind `count` minus signs."""

    count: int
    operand: Tree


@dataclass(frozen=True, slots=True)
class SliceTree(Tree):
    """``body[begin:end]``."""

    body: Tree
    begin: Tree | None
    end: Tree | None


@dataclass(frozen=True, slots=True)
class ItemTree(Tree):
    """Something that is bound already: an argument of the Python spelling."""

    item: object


@dataclass(frozen=True, slots=True)
class BindingTree(Tree):
    """A binding: ``name = value;``."""

    name: NameTree
    value: Tree


@dataclass(frozen=True, slots=True)
class ProgramTree(Tree):
    """A whole program."""

    bindings: tuple[BindingTree, ...]
    body: Tree
