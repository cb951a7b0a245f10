"""The nodes of the syntax tree, and what all of them have in common."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import core_schema

from lrdsl.algebra.schema import (
    MODIFIERS,
    SCHEDULES,
    Tagged,
    register,
    with_definitions,
)
from lrdsl.diagnostics import LrdslError, Problem, Span
from lrdsl.showing import Shown
from lrdsl.values import NUMBER_BITS, Scalar, show_number

MAX_NODES = 65_536
MAX_DEPTH = 100
MAX_LIST = 1_000

# Precedence of a node's text, loosest first; a child that binds looser gets parentheses.
OVERLAY, SEQUENCE, SUM, PRODUCT, UNARY, POSTFIX = range(6)


class Node(BaseModel):
    """What all nodes have in common: frozen, strict, JSON-serializable, with a canonical text."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    kind: str
    precedence: ClassVar[int] = POSTFIX

    def children(self) -> Iterator[Node]:
        """The nodes directly below this one."""
        for value in vars(self).values():
            if isinstance(value, Node):
                yield value
            elif isinstance(value, tuple):
                yield from (v for v in value if isinstance(v, Node))

    def canonical(self) -> str:
        """The text without a choice: expanded, defaults left out, minimal parentheses."""
        raise NotImplementedError

    def within(self, level: int) -> str:
        """The text as an operand of something that binds at this level."""
        text = self.canonical()
        return text if self.precedence >= level else f"({text})"

    def __str__(self) -> str:
        census(self)
        return self.canonical()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"


def census(root: Node) -> tuple[int, int]:
    """How many nodes a tree has and how deep it is, without walking shared parts twice.

    Raises:
        LrdslError: more than `MAX_NODES` (LR603) or deeper than `MAX_DEPTH` (LR602).
    """
    known: dict[int, tuple[int, int]] = {}
    path = [(root, root.children())]
    while path:
        node, rest = path[-1]
        child = next((c for c in rest if id(c) not in known), None)
        if child is not None:
            if len(path) >= MAX_DEPTH:
                raise LrdslError([too_deep().at(Span(0, 0))])
            path.append((child, child.children()))
            continue
        path.pop()
        sizes = [known[id(c)] for c in node.children()]
        size = 1 + sum(n for n, _ in sizes)
        depth = 1 + max((d for _, d in sizes), default=0)
        if size > MAX_NODES:
            raise LrdslError([too_many().at(Span(0, 0))])
        if depth > MAX_DEPTH:  # parts that are shared were not walked again
            raise LrdslError([too_deep().at(Span(0, 0))])
        known[id(node)] = size, depth
    return known[id(root)]


def too_many() -> Problem:
    return Problem(
        "LR603", f"the program has more than {MAX_NODES:,} nodes once its bindings are expanded"
    )


def too_deep() -> Problem:
    return Problem("LR602", f"the program is nested deeper than {MAX_DEPTH} levels")


class Schedule(Node, Shown):
    """A rate as a function of time. ``str(schedule)`` is its canonical text.

    Schedules combine with the language's operators: ``>> | + - * /`` and slices.
    """

    def __rshift__(self, other: Operand) -> Schedule:
        return _operator(">>", self, other)

    def __or__(self, other: Operand) -> Schedule:
        return _operator("|", self, other)

    def __add__(self, other: Operand) -> Schedule:
        return _operator("+", self, other)

    def __sub__(self, other: Operand) -> Schedule:
        return _operator("-", self, other)

    def __mul__(self, other: Operand) -> Schedule:
        return _operator("*", self, other)

    def __truediv__(self, other: Operand) -> Schedule:
        return _operator("/", self, other)

    def __rrshift__(self, other: Operand) -> Schedule:
        return _operator(">>", other, self)

    def __ror__(self, other: Operand) -> Schedule:
        return _operator("|", other, self)

    def __radd__(self, other: Operand) -> Schedule:
        return _operator("+", other, self)

    def __rsub__(self, other: Operand) -> Schedule:
        return _operator("-", other, self)

    def __rmul__(self, other: Operand) -> Schedule:
        return _operator("*", other, self)

    def __rtruediv__(self, other: Operand) -> Schedule:
        return _operator("/", other, self)

    def __neg__(self) -> Schedule:
        return _operator("*", -1, self)

    def __getitem__(self, part: slice) -> Schedule:
        from lrdsl.algebra.operators import cut

        return cut(self, part)

    def __iter__(self) -> Any:  # not a sequence: `tuple(s)` must not loop over slices
        raise TypeError("a schedule is not iterable")

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        register(cls, SCHEDULES)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """`Schedule` itself takes any kind, also as a field of other people's models."""
        if cls is Schedule:
            return Tagged(SCHEDULES, "Schedule").__get_pydantic_core_schema__(source, handler)
        return handler(source)

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        """The JSON schema; that of `Schedule` is the union of all kinds, told apart by `kind`."""
        if cls is not Schedule:
            return with_definitions(super().model_json_schema(*args, **options))
        return with_definitions({"$ref": "#/$defs/Schedule"})


class Modifier(Node):
    """Something that changes the schedule it is joined to: ``s * restarts(..)``, ``s + noise(..)``.

    `joins` is the operator that joins it, and `level` how tightly that binds.
    """

    joins: ClassVar[Literal["*", "+"]] = "*"

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        register(cls, MODIFIERS)

    def __rmul__(self, other: Operand) -> Schedule:
        return _operator("*", other, self)

    def __radd__(self, other: Operand) -> Schedule:
        return _operator("+", other, self)

    def __mul__(self, other: Operand) -> Schedule:
        return _operator("*", self, other)

    def __add__(self, other: Operand) -> Schedule:
        return _operator("+", self, other)


def _operator(op: str, left: object, right: object) -> Schedule:
    """An operator of the Python spelling."""
    from lrdsl.algebra.operators import operate  # above us: what it builds are nodes

    return operate(op, left, right)


AnySchedule = Annotated[Schedule, Tagged(SCHEDULES, "Schedule")]
AnyModifier = Annotated[Modifier, Tagged(MODIFIERS, "Modifier")]

Item: TypeAlias = "Scalar | Schedule | Modifier"
Operand: TypeAlias = "Item | int | float"


class Call(Node):
    """A node written as ``name(arguments)``; its fields are its parameters.

    `positional` names the parameters that may be given by position; the canonical text gives the
    first `terse` of them so, and all others by name. Those in `together` are given together, or not
    at all. `spelling` holds the parameters whose name in a program is not their field's;
    `trailing` names those that come last in the signature; `defaults` holds the defaults that
    depend on other fields.
    """

    positional: ClassVar[tuple[str, ...]] = ()
    terse: ClassVar[int] = 1
    together: ClassVar[tuple[str, ...]] = ()
    spelling: ClassVar[dict[str, str]] = {}
    trailing: ClassVar[tuple[str, ...]] = ()
    defaults: ClassVar[dict[str, Any]] = {}

    @classmethod
    @cache
    def parameters(cls) -> tuple[str, ...]:
        """All parameters, in the order of the signature."""
        own = [n for n in cls.model_fields if n != "kind" and n not in cls.positional]
        own.sort(key=lambda n: n in cls.trailing)
        return (*cls.positional, *own)

    def canonical(self) -> str:
        arguments = []
        by_position = True
        written = {name for name in self.parameters() if not self._is_default(name)}
        if written & set(self.together):
            written |= set(self.together)
        for i, name in enumerate(self.parameters()):
            value = getattr(self, name)
            if name not in written:
                by_position = False
                continue
            by_position = by_position and i < type(self).terse
            text = show_argument(value)
            arguments.append(text if by_position else f"{self.spelling.get(name, name)}={text}")
        return f"{self.kind}({', '.join(arguments)})" if arguments else self.kind

    def _is_default(self, name: str) -> bool:
        field, value = type(self).model_fields[name], getattr(self, name)
        default = self.defaults.get(name, field.default)
        if value is None and field.default is None:
            return True
        return not field.is_required() and bool(value == default)


def show_argument(value: object) -> str:
    """The text of an argument of any kind."""
    if isinstance(value, Fraction):
        return show_number(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(show_argument, value))}]"
    if isinstance(value, Node):
        return value.canonical()
    if isinstance(value, int) and value.bit_length() > NUMBER_BITS:
        return f"a number of {value.bit_length()} bits"
    if isinstance(value, str) and not value.isprintable():
        return ascii(value)
    return str(value)


@cache
def option_words(cls: type[Call], parameter: str) -> tuple[str, ...]:
    """The words that a parameter takes literally, such as ``cosine`` for ``shape=``."""
    return tuple(_words(cls.model_fields[parameter].annotation))


def _words(annotation: Any) -> Iterator[str]:
    for part in get_args(annotation):
        if isinstance(part, str):
            yield part
        else:
            yield from _words(part)
