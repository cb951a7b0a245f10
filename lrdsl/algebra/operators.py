"""What the operators mean: one set of rules for programs in text and in Python."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from pydantic import ValidationError

from lrdsl.algebra.combinators import (
    Chain,
    Constant,
    Modified,
    Overlay,
    Product,
    Sequence,
    Slice,
    Sum,
    bare_value,
    scaled,
    value_factor,
)
from lrdsl.algebra.nodes import Item, Modifier, Node, Schedule, show_argument
from lrdsl.diagnostics import LrdslError, Problem, Span
from lrdsl.values import Time, Value, arithmetic, number, show_number

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
        self._item = _plain(first)
        self._open: type[Chain] | None = None
        self._operands: list[Schedule] = []
        self._note = note

    def add(self, op: str, right: Item) -> Item | None:
        """Join one more operand; returns what is complete with it.

        Raises:
            Problem: operands that do not go together; its `field` says which is to blame
                (``left``, ``right`` or ``both``).
        """
        right = _plain(right)
        term = _term(op, self.left, right)
        if term is None:
            self._item = _plain(_pair(op, self.result(), right))
            return self._item
        if self._open is not CHAINS[op]:
            first = _first(op, self.result())
            self._open, self._operands = CHAINS[op], [first]
        self._operands.append(term)
        return None

    @property
    def left(self) -> Item:
        """What the next operand is joined to."""
        return self._operands[-1] if self._open else self._item

    def result(self) -> Item:
        """What has been joined so far.

        Raises:
            Problem: it is too large, or no node of its kind.
        """
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


def _plain(item: Item) -> Item:
    """A value without a share of lr, such as ``0*lr + 0.5``, is the number that its text is."""
    return item.constant if isinstance(item, Value) and item.lr == 0 else item


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


def operate(op: str, left: object, right: object) -> Schedule:
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


def cut(s: Schedule, part: slice) -> Schedule:
    """A slice of the Python spelling."""
    if not isinstance(part, slice) or part.step is not None:
        raise TypeError("a schedule is sliced by times: s[a:b], s[a:], s[:b]")
    try:
        begin = Time.validate(0 if part.start is None else part.start)
        end = None if part.stop is None else Time.validate(part.stop)
        return sliced(s, begin, end)
    except Problem as p:
        text = f"({s})[{_bound(part.start)}:{_bound(part.stop)}]"
        raise LrdslError([p.at(Span(0, len(text)))], text) from None


def _bound(time: object) -> str:
    return "" if time is None else str(time)
