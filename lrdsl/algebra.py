"""The syntax tree: what every node has in common, the combinators, and what operators mean.

A program in text and its Python spelling build the same nodes through the same `combine`, so they
obey the same rules. Nodes are frozen pydantic models without spans: equal programs are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError, core_schema, from_json

from lrdsl.diagnostics import LrdslError, Problem, Span
from lrdsl.values import Num, Scalar, Time, Value, arithmetic, limited, number, show_number

# Every kind by the name that programs, JSON and messages use; classes enter themselves.
SCHEDULES: dict[str, type[Schedule]] = {}
MODIFIERS: dict[str, type[Modifier]] = {}

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
        for name in type(self).model_fields:
            value = getattr(self, name)
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
    stack = [root]
    while stack:
        node = stack[-1]
        below = [c for c in node.children() if id(c) not in known]
        if below:
            if len(stack) > MAX_DEPTH:
                raise LrdslError([too_deep().at(Span(0, 0))])
            stack.extend(below)
            continue
        stack.pop()
        sizes = [known[id(c)] for c in node.children()]
        size = 1 + sum(n for n, _ in sizes)
        depth = 1 + max((d for _, d in sizes), default=0)
        if size > MAX_NODES:
            raise LrdslError([too_many().at(Span(0, 0))])
        if depth > MAX_DEPTH:
            raise LrdslError([too_deep().at(Span(0, 0))])
        known[id(node)] = size, depth
    return known[id(root)]


def too_many() -> Problem:
    return Problem(
        "LR603", f"the program has more than {MAX_NODES:,} nodes once its bindings are expanded"
    )


def too_deep() -> Problem:
    return Problem("LR602", f"the program is nested deeper than {MAX_DEPTH} levels")


def fault(problem: Problem) -> PydanticCustomError:
    """A problem as a pydantic validator reports it."""
    return PydanticCustomError(
        problem.code,
        "{message}",
        {"message": problem.message, "help": problem.help, "field": problem.field},
    )


class Schedule(Node):
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
        return scaled(Fraction(-1), self)

    def __getitem__(self, part: slice) -> Schedule:
        if not isinstance(part, slice) or part.step is not None:
            raise TypeError("a schedule is sliced by times: s[a:b], s[a:], s[:b]")
        try:
            begin = Time.validate(0 if part.start is None else part.start)
            end = None if part.stop is None else Time.validate(part.stop)
            return sliced(self, begin, end)
        except Problem as p:
            text = f"({self})[{_bound(part.start)}:{_bound(part.stop)}]"
            raise LrdslError([p.at(Span(0, len(text)))], text) from None

    def __iter__(self) -> Any:  # not a sequence: `tuple(s)` must not loop over slices
        raise TypeError("a schedule is not iterable")

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        register(cls, SCHEDULES)

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Any:
        """Validate a node of this class; `Schedule` itself takes any kind."""
        if cls is Schedule:
            return _validate_kind(obj, SCHEDULES)
        return super().model_validate(obj, **options)

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Any:
        """The node that `model_dump_json` wrote; `Schedule` itself takes any kind."""
        if cls is Schedule:
            return _validate_kind(from_json(json_data), SCHEDULES)
        return super().model_validate_json(json_data, **options)

    @classmethod
    def model_json_schema(cls, *args: Any, **options: Any) -> dict[str, Any]:
        """The JSON schema; that of `Schedule` is the union of all kinds, told apart by `kind`."""
        if cls is not Schedule:
            return with_definitions(super().model_json_schema(*args, **options))
        return with_definitions({"$ref": "#/$defs/Schedule"})


def _bound(time: object) -> str:
    return "" if time is None else str(time)


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


def register(cls: type[Any], registry: dict[str, type[Any]]) -> None:
    """Enter a class under its kind; abstract classes have none."""
    default = cls.model_fields["kind"].default if "kind" in cls.model_fields else None
    if isinstance(default, str):
        registry[default] = cls


# --- children in JSON -----------------------------------------------------------------------------


class _Tagged:
    """Pydantic's view of a child node: the class is told by `kind`, looked up when it is needed."""

    def __init__(self, registry: dict[str, type[Any]], name: str) -> None:
        self.registry = registry
        self.name = name

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(
            lambda value: _validate_kind(value, self.registry),
            serialization=core_schema.plain_serializer_function_ser_schema(
                lambda node: node.model_dump(mode="json")
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {_LINK: self.name}  # pydantic wants to own every $ref: see `with_definitions`


_LINK = "x-any"


def _validate_kind(value: Any, registry: dict[str, type[Any]]) -> Any:
    if isinstance(value, tuple(registry.values())):
        return value
    if isinstance(value, Mapping):
        kind = value.get("kind")
        if kind not in registry:
            raise fault(Problem("LR101", f"unknown kind {kind!r}"))
        return registry[kind].model_validate(value)
    if registry is SCHEDULES and isinstance(value, (int, float, Fraction, Value)):
        try:
            return Constant(value=Value.validate(value))
        except Problem as p:
            raise fault(p) from None
    raise fault(Problem("LR201", f"a schedule is wanted here, not {type(value).__name__}"))


def with_definitions(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with the definitions that its references to kinds need."""
    definitions = schema.pop("$defs", {})
    for name, registry in (("Schedule", SCHEDULES), ("Modifier", MODIFIERS)):
        for cls in registry.values():
            definitions[cls.__name__] = _plain_schema(cls)
        references = {k: f"#/$defs/{c.__name__}" for k, c in sorted(registry.items())}
        definitions[name] = {
            "oneOf": [{"$ref": r} for r in references.values()],
            "discriminator": {"propertyName": "kind", "mapping": references},
        }
    linked: dict[str, Any] = _link({**schema, "$defs": definitions})
    return linked


def _plain_schema(cls: type[Node]) -> dict[str, Any]:
    """Pydantic's own schema of one class, without `Schedule`'s additions."""
    schema: dict[str, Any] = BaseModel.model_json_schema.__func__(cls)  # type: ignore[attr-defined]
    return schema


def _link(schema: Any) -> Any:
    if isinstance(schema, dict):
        if _LINK in schema:
            return {"$ref": f"#/$defs/{schema[_LINK]}"}
        return {k: _link(v) for k, v in schema.items()}
    return [_link(v) for v in schema] if isinstance(schema, list) else schema


AnySchedule = Annotated[Schedule, _Tagged(SCHEDULES, "Schedule")]
AnyModifier = Annotated[Modifier, _Tagged(MODIFIERS, "Modifier")]

Item: TypeAlias = "Scalar | Schedule | Modifier"
Operand: TypeAlias = "Item | int | float"


# --- combinators ----------------------------------------------------------------------------------


class Constant(Schedule):
    """A value as a schedule, as in ``max(cosine, 1e-5)``: it has no length and asks for none."""

    kind: Literal["constant"] = "constant"
    value: Value

    @property
    def precedence(self) -> int:  # type: ignore[override]
        if self.value.lr and self.value.constant:
            return SUM
        text = str(self.value)
        return UNARY if text.startswith("-") else PRODUCT if set(text) & set("*/") else POSTFIX

    def canonical(self) -> str:
        return str(self.value)


class Chain(Schedule):
    """Operands joined by one operator."""

    operands: tuple[AnySchedule, ...]
    symbol: ClassVar[str]

    @field_validator("operands")
    @classmethod
    def _flat(cls, operands: tuple[Schedule, ...]) -> tuple[Schedule, ...]:
        flat = cls.flatten(operands)
        if len(flat) < 2:
            raise fault(Problem("LR103", f"{cls.symbol} takes at least two operands"))
        if len(flat) > MAX_NODES:
            raise fault(too_many())
        return flat

    @classmethod
    def flatten(cls, operands: tuple[Schedule, ...]) -> tuple[Schedule, ...]:
        """Without nested chains of the same kind, where that changes nothing."""
        return operands

    def canonical(self) -> str:
        first, *rest = self.operands
        texts = [first.within(self.precedence), *(o.within(self.precedence + 1) for o in rest)]
        return f" {self.symbol} ".join(texts)


def _spread(cls: type[Chain], operands: tuple[Schedule, ...]) -> Iterator[Schedule]:
    for o in operands:
        if isinstance(o, cls):
            yield from o.operands
        else:
            yield o


def _no_values(cls: type[Chain], operands: tuple[Schedule, ...]) -> None:
    for o in operands:
        if isinstance(o, Constant):
            raise fault(bare_value(cls.symbol, str(o)))


def bare_value(symbol: str, shown: str) -> Problem:
    return Problem(
        "LR304",
        f"a bare value cannot stand beside `{symbol}`: it has no length and no place in time",
        help=f"hold(value={shown}) is a schedule",
    )


class Sequence(Chain):
    """``a >> b``: one after the other; each starts where the one before it ended."""

    kind: Literal["sequence"] = "sequence"
    symbol: ClassVar[str] = ">>"
    precedence: ClassVar[int] = SEQUENCE

    @classmethod
    def flatten(cls, operands: tuple[Schedule, ...]) -> tuple[Schedule, ...]:
        _no_values(cls, operands)
        return tuple(_spread(cls, operands))


class Overlay(Chain):
    """``a | b``: b runs from 0 as if a were not there, and a rules while it lasts."""

    kind: Literal["overlay"] = "overlay"
    symbol: ClassVar[str] = "|"
    precedence: ClassVar[int] = OVERLAY

    @classmethod
    def flatten(cls, operands: tuple[Schedule, ...]) -> tuple[Schedule, ...]:
        _no_values(cls, operands)
        return tuple(_spread(cls, operands))


class Sum(Chain):
    """``a + b``: pointwise; a difference adds the negative."""

    kind: Literal["sum"] = "sum"
    symbol: ClassVar[str] = "+"
    precedence: ClassVar[int] = SUM

    @classmethod
    def flatten(cls, operands: tuple[Schedule, ...]) -> tuple[Schedule, ...]:
        return (*_spread(cls, operands[:1]), *operands[1:])

    def canonical(self) -> str:
        text = self.operands[0].within(SUM)
        for o in self.operands[1:]:
            negative = _negative(o)
            text += f" - {negative.within(PRODUCT)}" if negative else f" + {o.within(PRODUCT)}"
        return text


def _negative(s: Schedule) -> Schedule | None:
    """The schedule whose subtraction this is, if it prints as one."""
    if isinstance(s, Scaled) and s.factor < 0:
        return scaled(Fraction(-1), s)
    if isinstance(s, Constant) and s.precedence != SUM and str(s).startswith("-"):
        return Constant(value=s.value.scaled(Fraction(-1)))
    return None


class Product(Chain):
    """``s * f * ..``: every operand after the first is a factor: its lr and its entry are 1."""

    kind: Literal["product"] = "product"
    symbol: ClassVar[str] = "*"
    precedence: ClassVar[int] = PRODUCT

    @classmethod
    def flatten(cls, operands: tuple[Schedule, ...]) -> tuple[Schedule, ...]:
        for o in operands[1:]:
            if isinstance(o, Constant):
                raise fault(value_factor(str(o)))
        return (*_spread(cls, operands[:1]), *operands[1:])


def value_factor(shown: str) -> Problem:
    return Problem(
        "LR306",
        f"a schedule cannot be multiplied by the value {shown}",
        help=f"to scale the curve write a plain number: 0.5*s; "
        f"to use the curve as a factor of a rate put the rate first: {shown}*s",
    )


class Scaled(Schedule):
    """``k*s``: a schedule times a plain number."""

    kind: Literal["scaled"] = "scaled"
    factor: Num
    body: AnySchedule

    @property
    def precedence(self) -> int:  # type: ignore[override]
        return UNARY if self.factor == -1 else PRODUCT

    def canonical(self) -> str:
        body = self.body.within(UNARY)
        return f"-{body}" if self.factor == -1 else f"{show_number(self.factor)}*{body}"


class Slice(Schedule):
    """``s[a:b]``: s from a to b of its own clock, rebased to 0."""

    kind: Literal["slice"] = "slice"
    body: AnySchedule
    begin: Time = Time({})
    end: Time | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Slice:
        end = self.end
        for bound in (self.begin, end):
            if bound is not None and bound.sign == -1:
                raise fault(_negative_bound(self.body, bound, end))
        if end is not None and end.combine(self.begin, -1).sign == -1:
            raise fault(
                Problem("LR308", f"the slice ends at {end}, before it begins at {self.begin}")
            )
        return self

    def canonical(self) -> str:
        begin = "" if self.begin.is_zero else str(self.begin)
        end = "" if self.end is None else str(self.end)
        return f"{self.body.within(POSTFIX)}[{begin}:{end}]"


def _negative_bound(body: Schedule, bound: Time, end: Time | None) -> Problem:
    length = getattr(body, "over", None)
    advice = "count from its start"
    if length is not None and end is None:
        begin = length.combine(bound, 1)
        if begin.sign in (0, 1):
            advice = f"it is {length} long: write [{begin}:]"
    return Problem(
        "LR308",
        f"a slice counts from the start of the schedule, so {bound} is before it",
        help=advice,
    )


class Modified(Schedule):
    """A schedule with a modifier: ``s * restarts(..)``, ``s * snap(..)``, ``s + noise(..)``."""

    kind: Literal["modified"] = "modified"
    body: AnySchedule
    modifier: AnyModifier

    @property
    def precedence(self) -> int:  # type: ignore[override]
        return PRODUCT if self.modifier.joins == "*" else SUM

    def canonical(self) -> str:
        body = self.body.within(self.precedence)
        return f"{body} {self.modifier.joins} {self.modifier.canonical()}"


# --- calls ----------------------------------------------------------------------------------------


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
        return not field.is_required() and bool(value is None or value == default)


def show_argument(value: object) -> str:
    """The text of an argument of any kind."""
    if isinstance(value, Fraction):
        return show_number(value)
    if isinstance(value, tuple):
        return f"[{', '.join(map(show_argument, value))}]"
    if isinstance(value, Node):
        return value.canonical()
    return str(value)


def option_words(cls: type[Call], parameter: str) -> tuple[str, ...]:
    """The words that a parameter takes literally, such as ``cosine`` for ``shape=``."""
    return tuple(_words(cls.model_fields[parameter].annotation))


def _words(annotation: Any) -> Iterator[str]:
    for part in get_args(annotation):
        if isinstance(part, str):
            yield part
        else:
            yield from _words(part)


class Pointwise(Chain):
    """``min(a, b, ..)`` and ``max(a, b, ..)``, pointwise."""

    def canonical(self) -> str:
        return f"{self.kind}({', '.join(o.canonical() for o in self.operands)})"


class Minimum(Pointwise):
    """The smallest of its operands at every moment."""

    kind: Literal["min"] = "min"
    symbol: ClassVar[str] = "min"


class Maximum(Pointwise):
    """The largest of its operands at every moment."""

    kind: Literal["max"] = "max"
    symbol: ClassVar[str] = "max"


class Clip(Schedule, Call):
    """``clip(s, lo, hi)``: s, but never below lo and never above hi."""

    kind: Literal["clip"] = "clip"
    body: AnySchedule
    lo: AnySchedule
    hi: AnySchedule
    positional: ClassVar[tuple[str, ...]] = ("body", "lo", "hi")
    terse: ClassVar[int] = 3


# --- operators ------------------------------------------------------------------------------------

VERBS = {"+": "added", "-": "subtracted", "*": "multiplied", "/": "divided"}


CHAINS: dict[str, type[Chain]] = {
    ">>": Sequence,
    "|": Overlay,
    "+": Sum,
    "-": Sum,
    "*": Product,
}


class Join:
    """Joins operands from the left, and builds an n-ary node once, however long the chain is.

    `note` is told every n-ary node when it is built, before the operand that ends it is joined.
    """

    def __init__(self, first: Item, note: Callable[[Item], None] = lambda item: None) -> None:
        self._item = first
        self._open: type[Chain] | None = None
        self._operands: list[Schedule] = []
        self._note = note

    def add(self, op: str, right: Item) -> Item | None:
        """Join one more operand; returns what is complete with it.

        Raises:
            Problem: operands that do not go together; its `field` says which is to blame
                (``left``, ``right`` or ``both``).
        """
        left = self._operands[-1] if self._open else self._item
        term = _term(op, left, right)
        if term is None:
            self._item = _pair(op, self.result(), right)
            return self._item
        if self._open is not CHAINS[op]:
            first = _first(op, self.result())
            self._open, self._operands = CHAINS[op], [first]
        if len(self._operands) >= MAX_NODES:
            raise too_many()
        self._operands.append(term)
        return None

    def result(self) -> Item:
        """What has been joined so far."""
        if self._open is not None:
            self._item = build(self._open, operands=tuple(self._operands))
            self._open, self._operands = None, []
            self._note(self._item)
        return self._item


def combine(op: str, left: Item, right: Item) -> Item:
    """``left op right`` for any two things that a program can name.

    Raises:
        Problem: as `Join.add`.
    """
    join = Join(left)
    join.add(op, right)
    return join.result()


def _term(op: str, left: Item, right: Item) -> Schedule | None:
    """The right operand as a member of an n-ary node, if these two make one."""
    if isinstance(left, Modifier) or isinstance(right, Modifier):
        return None
    if op in (">>", "|"):
        _placed(op, left, "left")
        return _placed(op, right, "right")
    schedules = isinstance(left, Schedule), isinstance(right, Schedule)
    if isinstance(left, Time) or isinstance(right, Time) or not any(schedules):
        return None
    if op in ("+", "-"):
        if not all(schedules) and _is_zero(left if schedules[1] else right):
            return None
        term = right if isinstance(right, Schedule) else build_constant(right)
        return term if op == "+" else negated(term)
    if op == "*" and isinstance(right, Schedule) and not isinstance(left, Fraction):
        return right
    return None


def _first(op: str, item: Item) -> Schedule:
    return item if isinstance(item, Schedule) else build_constant(item)


def _is_zero(item: Item) -> bool:
    return item == 0 or item == Value(Fraction(0), Fraction(0))


def _pair(op: str, left: Item, right: Item) -> Item:
    """Two operands that make no chain."""
    if isinstance(left, Modifier) or isinstance(right, Modifier):
        return _modified(op, left, right)
    if not isinstance(left, Schedule) and not isinstance(right, Schedule):
        return arithmetic(op, left, right)
    for side, item in (("left", left), ("right", right)):
        if isinstance(item, Time):
            raise Problem(
                "LR204",
                f"the time {item} cannot be {VERBS[op]} with a schedule",
                help="a length goes inside a call: cosine(10ep); a slice cuts: s[5ep:]",
                field=side,
            )
    if op == "*":
        return _multiplied(left, right)
    if op == "/":
        return _divided(left, right)
    # one of the two is zero
    if isinstance(left, Schedule):
        return left
    assert isinstance(right, Schedule)
    return right if op == "+" else negated(right)


def build(cls: type[Any], **fields: Any) -> Any:
    """A node from parts that are of the right types, with its own rules' errors as `Problem`."""
    try:
        return cls(**fields)
    except ValidationError as e:
        first = e.errors()[0]
        ctx = first.get("ctx", {})
        raise Problem(first["type"], ctx.get("message", first["msg"]), help=ctx.get("help")) from e


def build_constant(item: Item) -> Schedule:
    return Constant(value=Value.validate(item))


def scaled(factor: Fraction, s: Schedule) -> Schedule:
    """``factor*s``, folded into a factor that is there already; ``1*s`` is s."""
    if isinstance(s, Scaled):
        factor, s = limited(factor * s.factor), s.body
    return s if factor == 1 else Scaled(factor=factor, body=s)


def negated(s: Schedule) -> Schedule:
    if isinstance(s, Constant):
        return Constant(value=s.value.scaled(Fraction(-1)))
    return scaled(Fraction(-1), s)


def negative(item: Item) -> Item:
    """``-item``."""
    if isinstance(item, Modifier):
        raise Problem("LR303", f"{item.kind} is a modifier: it has no negative")
    if isinstance(item, Schedule):
        return negated(item)
    return -item


def sliced(item: Item, begin: Time, end: Time | None) -> Schedule:
    """``item[begin:end]``."""
    if isinstance(item, Modifier):
        raise Problem(
            "LR301",
            f"the slice binds to {item.kind} alone, which is no schedule",
            help=f"slice the whole: (s {item.joins} {item.kind}(..))[a:b]",
        )
    if isinstance(item, Time):
        raise Problem("LR204", f"the time {item} cannot be sliced")
    body = item if isinstance(item, Schedule) else build_constant(item)
    return build(Slice, body=body, begin=begin, end=end)  # type: ignore[no-any-return]


def _placed(op: str, item: Item, side: str) -> Schedule:
    if isinstance(item, Schedule) and not isinstance(item, Constant):
        return item
    if isinstance(item, Time):
        raise Problem(
            "LR304",
            f"{item} is a time, and `{op}` joins schedules",
            help=f"a schedule of that length: hold({item})",
            field=side,
        )
    shown = show_number(item) if isinstance(item, Fraction) else str(item)
    problem = bare_value(op, shown)
    problem.field = side
    raise problem


def _modified(op: str, left: Item, right: Item) -> Schedule:
    if not isinstance(right, Modifier):
        assert isinstance(left, Modifier)
        raise Problem(
            "LR303",
            f"{left.kind} changes the schedule on its left, and stands first here",
            help=f"write s {left.joins} {left.kind}(..)",
            field="left",
        )
    if not isinstance(left, Schedule):
        what = left.kind if isinstance(left, Modifier) else show_argument(left)
        raise Problem(
            "LR303",
            f"{right.kind} changes a schedule, and {what} is not one",
            help=f"write s {right.joins} {right.kind}(..)",
            field="right",
        )
    if op != right.joins:
        raise Problem(
            "LR305",
            f"{right.kind} is joined with `{right.joins}`, not with `{op}`",
            help=f"write s {right.joins} {right.kind}(..)",
            field="right",
        )
    return Modified(body=left, modifier=right)


def _multiplied(left: Item, right: Item) -> Schedule:
    if isinstance(left, Fraction) and isinstance(right, Schedule):
        return scaled(left, right)
    if isinstance(right, Fraction) and isinstance(left, Schedule):
        return scaled(right, left)
    problem = value_factor(str(right))
    problem.field = "right"
    raise problem


def _divided(left: Item, right: Item) -> Schedule:
    if isinstance(right, Schedule):
        raise Problem(
            "LR302",
            "nothing can be divided by a schedule",
            help="multiply by the reciprocal curve: exponential(every=1, factor=2) "
            "undoes exponential(every=1, factor=0.5)",
            field="both",
        )
    if not isinstance(right, Fraction):
        raise Problem(
            "LR306",
            f"a schedule can only be divided by a plain number, not by {right}",
            field="right",
        )
    if right == 0:
        raise Problem("LR502", "division by zero", field="right")
    assert isinstance(left, Schedule)
    return scaled(1 / right, left)


def _operator(op: str, left: object, right: object) -> Schedule:
    """An operator of the Python spelling: the same rules, and errors about the same text."""
    for operand in (left, right):
        if not isinstance(operand, int | float | Fraction | Time | Value | Node):
            return NotImplemented  # type: ignore[no-any-return]
    try:
        a, b = (o if isinstance(o, (Node, Time, Value)) else number(o) for o in (left, right))
        result = combine(op, a, b)  # type: ignore[arg-type]
    except Problem as p:
        text = f"{left} {op} {right}"
        raise LrdslError([p.at(Span(0, len(text)))], text) from None
    assert isinstance(result, Schedule)
    return result
