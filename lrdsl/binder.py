"""Concrete tree to syntax tree: look names up, check kinds, put every error on its place.

Binding never stops at the first error: what cannot be bound becomes `BROKEN`, which goes on
silently, so one run reports all errors of a text and none twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias, cast

from pydantic import ValidationError

from lrdsl import algebra, recipes
from lrdsl import syntax as S
from lrdsl.algebra import MAX_DEPTH, MAX_LIST, MAX_NODES, Call, Item, Modifier, Node, Schedule
from lrdsl.diagnostics import Diagnostic, Edit, Fix, Problem, Span, closest
from lrdsl.values import (
    MAGNITUDES,
    TICKS,
    UNITS,
    Time,
    Value,
    from_decimal,
    limited,
    number,
    share_of_value,
)


class Broken:
    """Something whose error has been reported."""


BROKEN = Broken()
Bound: TypeAlias = "Item | tuple[Any, ...] | Broken"

LR = Value(Fraction(1), Fraction(0))
CONSTANTS: dict[str, Item] = {"lr": LR, "base": LR}
VARIADIC = {"min": algebra.Minimum, "max": algebra.Maximum}


def vocabulary() -> dict[str, type[Call]]:
    """Every name that is called, and its class."""
    kinds = {**algebra.SCHEDULES, **algebra.MODIFIERS}
    return {k: c for k, c in kinds.items() if issubclass(c, Call)}


def reserved() -> set[str]:
    """The names of this edition, which a binding may not take."""
    return {*vocabulary(), *VARIADIC, *CONSTANTS, *recipes.BUILT_IN}


@dataclass
class Places:
    """Where the nodes of a syntax tree, and their fields, stand in the text."""

    whole: Span
    text: str = ""
    _spans: dict[tuple[int, str | None], Span] = field(default_factory=dict)
    _kept: list[object] = field(default_factory=list)  # keeps the ids valid

    def put(self, node: object, span: Span, name: str | None = None) -> None:
        if (id(node), name) not in self._spans:
            self._spans[id(node), name] = span
            self._kept.append(node)

    def of(self, node: object, name: str | None = None) -> Span:
        """The best known place of a node's field, of the node, or the whole program."""
        found = self._spans.get((id(node), name)) or self._spans.get((id(node), None))
        return found or self.whole

    def is_grouped(self, node: object) -> bool:
        """Whether a node stands in parentheses of its own."""
        span = self._spans.get((id(node), None))
        if span is None:
            return False
        return self.text[: span.start].rstrip().endswith("(") and (
            self.text[span.end :].lstrip().startswith(")")
        )

    def locate(self, problem: Problem) -> Diagnostic:
        return problem.at(self.of(problem.where, problem.field))


@dataclass(frozen=True)
class Binding:
    """What a text means: a schedule (None where it is broken), its places, and its findings."""

    schedule: Schedule | None
    places: Places
    diagnostics: tuple[Diagnostic, ...]
    unused: tuple[S.NameTree, ...] = ()


def bind(tree: S.ProgramTree, text: str, names: Mapping[str, Item] | None = None) -> Binding:
    """The schedule that a program means. `names` are bound by the host."""
    binder = _Binder(text, dict(names or {}))
    return binder.program(tree)


class _Binder:
    def __init__(self, text: str, names: dict[str, Item]) -> None:
        self.text = text
        self.scope: dict[str, Bound] = dict(names)
        self.bound: dict[str, S.NameTree] = {}
        self.used: set[str] = set()
        self.found: list[Diagnostic] = []
        self.places = Places(Span(0, len(text)), text)
        self.sizes: dict[int, tuple[int, int]] = {}
        self.chains: dict[int, int] = {}  # where the chain starts that an operand stands in

    def program(self, tree: S.ProgramTree) -> Binding:
        self.places.whole = tree.span
        for binding in tree.bindings:
            self._bind(binding)
        item = self._schedule(self.item(tree.body), tree.body)
        schedule = item if isinstance(item, Schedule) and not self._errors() else None
        unused = tuple(n for name, n in self.bound.items() if name not in self.used)
        return Binding(schedule, self.places, tuple(self.found), unused)

    def _errors(self) -> bool:
        return any(d.severity == "error" for d in self.found)

    def _bind(self, binding: S.BindingTree) -> None:
        name = binding.name.text
        value = self.item(binding.value, listed=True)
        if name in reserved():
            self._report(
                Problem(
                    "LR107",
                    f"{name} is a name of the language, and cannot be bound anew",
                    help=f"choose another name, such as my_{name}",
                ),
                binding.name.span,
            )
        elif name in self.bound:
            self._report(
                Problem("LR107", f"{name} is bound twice", help="a binding is defined once"),
                binding.name.span,
            )
        elif name:
            self.bound[name] = binding.name
        self.scope.setdefault(name, value)

    def _report(self, problem: Problem, span: Span, fix: Fix | None = None) -> Broken:
        d = problem.at(span)
        self.found.append(Diagnostic(d.code, d.message, d.span, d.severity, d.help, fix))
        return BROKEN

    def _schedule(self, item: Bound, tree: S.Tree) -> Bound:
        """What stands for a whole program must be a schedule, or a value."""
        if isinstance(item, Modifier):
            return self._report(
                Problem(
                    "LR303",
                    f"{item.kind} is a modifier: it changes a schedule, and there is none here",
                    help=f"write s {item.joins} {item.kind}(..)",
                ),
                tree.span,
            )
        if isinstance(item, Time):
            return self._report(
                Problem(
                    "LR201",
                    f"a program is a schedule, and {item} is a time",
                    help=f"a schedule of that length: hold({item})",
                ),
                tree.span,
            )
        if isinstance(item, tuple):
            return self._report(
                Problem("LR201", "a program is a schedule, and this is a list"), tree.span
            )
        if isinstance(item, Fraction | Value):
            try:
                return self._placed(algebra.build_constant(item), tree.span)
            except Problem as p:
                return self._report(p, tree.span)
        return item

    # -- expressions --

    def item(self, tree: S.Tree, *, listed: bool = False) -> Bound:
        """What an expression means. Lists are only legal where `listed` says so."""
        if isinstance(tree, S.NameTree):
            return self._name(tree)
        if isinstance(tree, S.ItemTree):
            return self._given(tree)
        if isinstance(tree, S.NumberTree):
            return self._number(tree)
        if isinstance(tree, S.QuantityTree):
            return self._quantity(tree)
        if isinstance(tree, S.CallTree):
            return self._call(tree)
        if isinstance(tree, S.ChainTree):
            return self._chain(tree)
        if isinstance(tree, S.NegatedTree):
            return self._negated(tree)
        if isinstance(tree, S.SliceTree):
            return self._slice(tree)
        assert isinstance(tree, S.ListTree)
        if not listed:
            return self._report(
                Problem(
                    "LR201", "a list has no meaning here: it is an argument, as in at=[30, 60]"
                ),
                tree.span,
            )
        return self._list(tree)

    def _placed(self, node: Bound, span: Span) -> Bound:
        """Remember where a node stands, and how large it has become."""
        if isinstance(node, Node):
            self.places.put(node, span)
            if id(node) not in self.sizes:
                below = [self.sizes.get(id(c), (1, 1)) for c in node.children()]
                size = 1 + sum(n for n, _ in below)
                depth = 1 + max((d for _, d in below), default=0)
                self.sizes[id(node)] = size, depth
                if size > MAX_NODES:
                    return self._report(algebra.too_many(), span)
                if depth > MAX_DEPTH:
                    return self._report(algebra.too_deep(), span)
        return node

    def _given(self, tree: S.ItemTree) -> Bound:
        if isinstance(tree.item, Node | Time | Value):
            return tree.item  # type: ignore[return-value]
        try:
            return number(tree.item)
        except Problem as p:
            return self._report(p, tree.span)

    def _name(self, tree: S.NameTree) -> Bound:
        name = tree.text
        if not name:
            return BROKEN  # an operand that the parser missed, and reported
        if name in self.scope:
            self.used.add(name)
            return self.scope[name]
        if name in CONSTANTS:
            return CONSTANTS[name]
        if name in vocabulary() or name in VARIADIC or recipes.find(name):
            return self._call(S.CallTree(tree.span, tree, ()))
        return self._unknown(tree)

    def _unknown(self, tree: S.NameTree) -> Broken:
        known = {*reserved(), *recipes.names(), *self.scope}
        known -= {k for k in algebra.SCHEDULES if k not in vocabulary() and k not in VARIADIC}
        name = tree.text
        if name == "next":
            return self._report(
                Problem(
                    "LR106", "next is only known to end=, as in warmup(5ep, end=next) | cosine"
                ),
                tree.span,
            )
        if name in _NOTHING:
            advice = "leave the argument out to take its default"
            return self._report(
                Problem("LR101", f"{name} is not known here", help=advice), tree.span
            )
        instead = _ELSEWHERE.get(name.lower().replace("_", ""))
        if instead:
            fix = (
                Fix(f"write {instead[0]}", (Edit(tree.span, instead[0]),))
                if (instead[0] in known)
                else None
            )
            return self._report(
                Problem("LR101", f"{name} is not known here", help=instead[1]), tree.span, fix
            )
        meant = closest(name, known)
        fix = Fix(f"write {meant}", (Edit(tree.span, meant),)) if meant else None
        return self._report(
            Problem(
                "LR101",
                f"{name} is not known here",
                help=f"did you mean {meant}?"
                if meant
                else f"the names of the language: {', '.join(sorted(reserved()))}",
            ),
            tree.span,
            fix,
        )

    def _number(self, tree: S.NumberTree) -> Bound:
        text = tree.text
        if (
            "__" in text
            or text.endswith("_")
            or "_." in text
            or "._" in text
            or "_e" in text.lower()
        ):
            return self._report(
                Problem("LR005", f"{text} is not a number: `_` stands between digits"), tree.span
            )
        try:
            return from_decimal(text.replace("_", ""))
        except Problem as p:
            return self._report(p, tree.span)

    def _quantity(self, tree: S.QuantityTree) -> Bound:
        amount = self._number(tree.number)
        unit = self._unit(tree)
        if not isinstance(amount, Fraction) or unit is None:
            return BROKEN
        try:
            size, name = unit
            amount = limited(amount * size)
            return Time({name: amount}) if name != TICKS else amount
        except Problem as p:
            return self._report(p, tree.span)

    def _unit(self, tree: S.QuantityTree) -> tuple[int, str] | None:
        """A unit's magnitude and name: ``k steps`` is 1000 and ``st``."""
        words = tree.unit.split()
        joined = "".join(words)
        if joined in UNITS:
            return 1, UNITS[joined]
        if joined in MAGNITUDES:
            return MAGNITUDES[joined], TICKS
        if joined[:1] in MAGNITUDES and joined[1:] in UNITS:
            return MAGNITUDES[joined[0]], UNITS[joined[1:]]
        if not words:
            return None  # a name that the parser put in for what it reported
        if self._is_product(tree, words):
            return None
        meant = closest(joined, [*UNITS, *MAGNITUDES])
        if joined[:1] in MAGNITUDES and closest(joined[1:], UNITS):
            meant = f"{joined[0]}{closest(joined[1:], UNITS)}"
        if joined.lower() in _UNIT_HABITS:
            meant = _UNIT_HABITS[joined.lower()]
        fix = Fix(f"write {meant}", (Edit(tree.unit_span, meant),)) if meant else None
        self._report(
            Problem(
                "LR202",
                f"{tree.unit} is not a unit",
                help=f"did you mean {meant}?"
                if meant
                else "units are ep, st, ex, tok and %, or epochs, steps, examples, tokens; "
                "k M B T multiply",
            ),
            tree.unit_span,
            fix,
        )
        return None

    def _is_product(self, tree: S.QuantityTree, words: list[str]) -> bool:
        """Report ``0.1 lr`` and ``5ep cosine``: a name where the grammar reads a unit."""
        last = words[-1]
        if not (last in self.scope or last in reserved() - set(VARIADIC) or recipes.find(last)):
            return False
        start = tree.unit_span.end - len(last)
        named = Span(start, tree.unit_span.end)
        amount = self.text[tree.span.start : start].rstrip()
        if len(words) == 1 and last in (*CONSTANTS, *self.scope):
            fix = Fix("multiply", (Edit(tree.span, f"{amount}*{last}"),))
            message = f"{last} is not a unit: a product is written with `*`"
            self._report(Problem("LR202", message), tree.span, fix)
        else:
            message = f"{last} is not a unit: something is missing between `{amount}` and `{last}`"
            advice = "separate arguments by a comma; `>>` puts one schedule after the other"
            self._report(Problem("LR202", message, help=advice), named)
        return True

    def _list(self, tree: S.ListTree) -> Bound:
        if len(tree.items) > MAX_LIST:
            return self._report(
                Problem("LR605", f"a list has at most {MAX_LIST:,} entries"), tree.span
            )
        items = tuple(self.item(i, listed=True) for i in tree.items)
        return BROKEN if any(isinstance(i, Broken) for i in items) else items

    def _chain(self, tree: S.ChainTree) -> Bound:
        """Operands are joined from the left; after an error the rest is still looked at."""
        first = self._operand_of(tree.first)
        span = tree.first.span
        place = Placer(self, span)
        join = None if isinstance(first, Broken) else algebra.Join(first, place)
        for link in tree.rest:
            if link.op in ("*", "+"):
                self.chains[id(link.operand)] = tree.first.span.start
            right = self._operand_of(link.operand)
            if join is None or isinstance(right, Broken):
                join = None
                continue
            before, place.span = span, span
            span = span.to(link.operand.span)
            try:
                whole = join.add(link.op, right)
                if whole is not None:
                    place.span = span
                    place(whole)
            except Problem as p:
                places = {"left": before, "right": link.operand.span}
                fix = self._fix_operator(p, tree, link, place.left(join), right, before)
                self._report(p, places.get(p.field or "", span), fix)
                join = None
        if join is None:
            return BROKEN
        place.span = span
        try:
            item = join.result()
        except Problem as p:
            return self._report(p, span)
        return BROKEN if place.failed else item

    def _operand_of(self, tree: S.Tree) -> Item | Broken:
        item = self.item(tree)
        if isinstance(item, tuple):
            return self._report(Problem("LR204", "a list cannot be an operand"), tree.span)
        return item

    def _fix_operator(
        self,
        problem: Problem,
        tree: S.ChainTree,
        link: S.Link,
        left: Item,
        right: Item,
        span: Span,
    ) -> Fix | None:
        """The rewriting that is certain for an error of an operator."""
        a, b = span.of(self.text), link.operand.span.of(self.text)
        if problem.code == "LR304":
            side, item, shown = (
                (span, left, a) if problem.field == "left" else (link.operand.span, right, b)
            )
            if isinstance(item, Fraction | Value):
                return Fix("hold it", (Edit(side, f"hold(value={shown})"),))
        if isinstance(left, Modifier) and isinstance(right, Schedule) and len(tree.rest) == 1:
            both = span.to(link.operand.span)
            return Fix("put the schedule first", (Edit(both, f"{b} {left.joins} {a}"),))
        if problem.code == "LR305" and isinstance(right, Modifier):
            return Fix(f"join with `{right.joins}`", (Edit(link.op_span, right.joins),))
        if problem.code == "LR204" and isinstance(left, Time | Value) and link.op == "*":
            share = share_of_value(left, right) if isinstance(right, Time | Value) else None
            if share is not None:
                whole = span.to(link.operand.span)
                return Fix("multiply by a number", (Edit(whole, str(share)),))
        if problem.code == "LR205" and problem.help:
            side, item = (span, left) if isinstance(left, Time) else (link.operand.span, right)
            return _share_fix(item, side)
        return None

    def _negated(self, tree: S.NegatedTree) -> Bound:
        item = self.item(tree.operand)
        if isinstance(item, Broken) or tree.count % 2 == 0:
            return item
        if isinstance(item, tuple):
            return self._report(Problem("LR204", "a list cannot be an operand"), tree.span)
        try:
            return self._placed(algebra.negative(item), tree.span)
        except Problem as p:
            return self._report(p, tree.span)

    def _slice(self, tree: S.SliceTree) -> Bound:
        body = self.item(tree.body)
        begin = self._bound(tree.begin)
        end = self._bound(tree.end)
        if isinstance(body, Broken) or isinstance(begin, Broken) or isinstance(end, Broken):
            return BROKEN
        if isinstance(body, tuple):
            return self._report(Problem("LR204", "a list cannot be sliced"), tree.span)
        try:
            return self._placed(algebra.sliced(body, begin or Time({}), end), tree.span)
        except Problem as p:
            span = self._bad_bound(tree, begin, end) if p.code == "LR308" else tree.span
            return self._report(p, span, self._fix_slice(p, tree, body))

    def _bad_bound(self, tree: S.SliceTree, begin: Time | None, end: Time | None) -> Span:
        """Where the bound of a slice stands that is negative; else both."""
        for bound, written in ((begin, tree.begin), (end, tree.end)):
            if bound is not None and written is not None and bound.sign == -1:
                return written.span
        if tree.begin is None or tree.end is None:
            return tree.span
        return tree.begin.span.to(tree.end.span)

    def _bound(self, tree: S.Tree | None) -> Time | Broken | None:
        if tree is None:
            return None
        item = self.item(tree)
        if isinstance(item, Broken):
            return item
        try:
            return Time.validate(item)
        except Problem as p:
            return self._report(p, tree.span)

    def _fix_slice(self, problem: Problem, tree: S.SliceTree, body: Item) -> Fix | None:
        if problem.code == "LR301":
            # s * restarts[:30]: the parentheses belong around all that stands before the slice
            start = self.chains.get(id(tree))
            if start is None:
                return None
            end = tree.body.span.end
            edits = (Edit(Span(start, start), "("), Edit(Span(end, end), ")"))
            return Fix("slice the whole", edits)
        if problem.code == "LR308" and problem.help and tree.begin is not None:
            _, _, meant = problem.help.partition("write [")
            if meant:
                return Fix("count from the start", (Edit(tree.begin.span, meant.rstrip(":]")),))
        return None

    # -- calls --

    def _call(self, tree: S.CallTree) -> Bound:
        name = tree.name.text
        if name not in vocabulary() and (name in self.scope or name in CONSTANTS):
            self.used.add(name)
            return self._report(
                Problem(
                    "LR110",
                    f"{name} is no segment, so it takes no arguments",
                    help="write it without parentheses",
                ),
                tree.span,
            )
        if name in VARIADIC:
            return self._pointwise(tree)
        recipe = recipes.find(name)
        if recipe is not None:
            return self._recipe(tree, recipe)
        cls = vocabulary().get(name)
        if cls is None:
            for argument in tree.arguments:
                self._argument(argument.value)
            return self._unknown(tree.name)
        return self._node(tree, cls)

    def _argument(self, tree: S.Tree) -> Bound:
        return self.item(tree, listed=True)

    def _pointwise(self, tree: S.CallTree) -> Bound:
        items = []
        for argument in tree.arguments:
            if argument.name is not None:
                self._report(
                    Problem("LR102", f"{tree.name.text} takes schedules and values, no names"),
                    argument.name.span,
                )
            items.append(self._operand(argument.value))
        if any(isinstance(i, Broken) for i in items):
            return BROKEN
        if len(items) < 2:
            return self._report(
                Problem("LR103", f"{tree.name.text} takes at least two operands"), tree.span
            )
        try:
            node = algebra.build(VARIADIC[tree.name.text], operands=tuple(items))
        except Problem as p:
            return self._report(p, tree.span)
        return self._placed(node, tree.span)

    def _operand(self, tree: S.Tree) -> Bound:
        item = self.item(tree)
        if isinstance(item, Fraction | Value | Time | tuple | Modifier):
            return self._schedule(item, tree)
        return item

    def _node(self, tree: S.CallTree, cls: type[Call]) -> Bound:
        given = self._assign(tree, cls)
        if given is None:
            return BROKEN
        items = {f: self._field(cls, f, a) for f, a in given.items()}
        missing = [
            f for f in cls.parameters() if cls.model_fields[f].is_required() and f not in given
        ]
        if any(f in given and given[f].name is None for f in cls.together):
            missing += [f for f in cls.together if f not in given]
        if missing:
            shown = [cls.spelling.get(f, f) for f in missing]
            return self._report(
                Problem(
                    "LR103",
                    f"{cls.model_fields['kind'].default} needs {' and '.join(shown)}",
                    help=f"its arguments: {signature(cls)}",
                ),
                tree.span,
            )
        if any(isinstance(i, Broken) for i in items.values()):
            return BROKEN
        try:
            node = cls(**items)
        except ValidationError as e:
            self._invalid(e, tree, cls, given, items)
            return BROKEN
        for f, a in given.items():
            self.places.put(node, a.span, f)
        return self._placed(cast("Schedule | Modifier", node), tree.span)

    def _assign(self, tree: S.CallTree, cls: type[Call]) -> dict[str, S.ArgumentTree] | None:
        """The argument of every field, or None where some are not legal."""
        kind = cls.model_fields["kind"].default
        fields = {cls.spelling.get(f, f): f for f in cls.parameters()}
        given: dict[str, S.ArgumentTree] = {}
        errors = len(self.found)
        named: S.ArgumentTree | None = None
        for i, a in enumerate(tree.arguments):
            unread = isinstance(a.value, S.NameTree) and not a.value.text
            if unread and a.name is None and i >= len(cls.positional):
                continue  # the parser has reported that it is missing
            if a.name is None:
                if named is not None:
                    self._report(
                        Problem("LR108", "an argument without a name stands after one with a name"),
                        a.span,
                    )
                elif i >= len(cls.positional):
                    if i == len(cls.positional) or unread:
                        self._too_many(tree, a, cls, kind)
                else:
                    given[cls.positional[i]] = a
                continue
            named = a
            target = fields.get(a.name.text)
            if target is None:
                self._unknown_argument(a.name, kind, cls, fields)
            elif target in given:
                self._report(Problem("LR105", f"{a.name.text} is given twice"), a.span)
            else:
                given[target] = a
        if len(self.found) > errors:
            for a in tree.arguments:
                if a.name is None or fields.get(a.name.text) not in (None,):
                    field_name = fields.get(a.name.text) if a.name else None
                    if field_name is None or not algebra.option_words(cls, field_name):
                        self._argument(a.value)
            return None
        return given

    def _too_many(self, tree: S.CallTree, a: S.ArgumentTree, cls: type[Call], kind: str) -> None:
        count = len(cls.positional)
        first = cls.positional[0] if cls.positional else ""
        numbers = [b for b in tree.arguments if b.name is None]
        if first == "at" and not any(isinstance(b.value, S.ListTree) for b in numbers):
            whole = numbers[0].span.to(numbers[-1].span)
            self._report(
                Problem(
                    "LR104",
                    f"{kind} takes its milestones as one argument: a list",
                    help=f"write {kind}([{whole.of(self.text)}])",
                ),
                whole,
                Fix("make them a list", (Edit(whole, f"[{whole.of(self.text)}]"),)),
            )
            return
        taken = f"{count} argument{'s' if count != 1 else ''}" if count else "no argument"
        self._report(
            Problem(
                "LR104",
                f"{kind} takes {taken} without a name",
                help=f"its arguments: {signature(cls)}",
            ),
            a.span,
        )

    def _unknown_argument(
        self, name: S.NameTree, kind: str, cls: type[Call], fields: dict[str, str]
    ) -> None:
        meant = _ARGUMENT_HABITS.get(name.text)
        if meant not in fields:
            meant = closest(name.text, fields)
        fix = Fix(f"write {meant}", (Edit(name.span, meant),)) if meant else None
        self._report(
            Problem(
                "LR102",
                f"{kind} has no argument {name.text}",
                help=f"did you mean {meant}?" if meant else f"its arguments: {signature(cls)}",
            ),
            name.span,
            fix,
        )

    def _field(self, cls: type[Call], name: str, a: S.ArgumentTree) -> Any:
        """An argument as its field takes it."""
        words = algebra.option_words(cls, name)
        if words and isinstance(a.value, S.NameTree):
            word = a.value.text
            if word in words:
                return word
            if words != ("next",) or not (word in self.scope or word in CONSTANTS):
                if word:
                    self._unknown_word(a.value, name, cls, words)
                return BROKEN
        annotation = cls.model_fields[name].annotation
        if isinstance(annotation, type) and issubclass(annotation, Schedule):
            return self._operand(a.value)
        return self._argument(a.value)

    def _unknown_word(
        self, tree: S.NameTree, name: str, cls: type[Call], words: tuple[str, ...]
    ) -> None:
        if words == ("next",):
            self.item(tree)
            if not self._errors():
                self._report(
                    Problem("LR201", f"a value is wanted here, and {tree.text} is none"), tree.span
                )
            return
        meant = closest(tree.text, words)
        fix = Fix(f"write {meant}", (Edit(tree.span, meant),)) if meant else None
        self._report(
            Problem(
                "LR106",
                f"{cls.spelling.get(name, name)} is one of {', '.join(words)}, not {tree.text}",
                help=f"did you mean {meant}?" if meant else None,
            ),
            tree.span,
            fix,
        )

    def _invalid(
        self,
        error: ValidationError,
        tree: S.CallTree,
        cls: type[Call],
        given: dict[str, S.ArgumentTree],
        items: dict[str, Any],
    ) -> None:
        """Put pydantic's findings on the arguments that they are about."""
        seen: set[tuple[str | None, str]] = set()
        for e in error.errors():
            ctx = e.get("ctx") or {}
            name = ctx.get("field") or next((str(p) for p in e["loc"] if p in given), None)
            if (name, e["type"]) in seen or (name in {n for n, _ in seen} and "next" in str(e)):
                continue
            seen.add((name, e["type"]))
            a = given.get(name or "")
            span = _entry_span(a, e["loc"]) if a else tree.span
            words = algebra.option_words(cls, name) if name in given else ()
            if e["type"] == "literal_error":
                if len(error.errors()) == 1 and words:
                    self._report(
                        Problem(
                            "LR106",
                            f"{cls.spelling.get(name or '', name)} is one of {', '.join(words)}",
                        ),
                        span,
                    )
                continue
            code = e["type"] if e["type"].startswith("LR") else "LR201"
            message = ctx.get("message") or _wanted(e["type"])
            if code == "LR201" and isinstance(items.get(name or ""), Node | tuple):
                message = _wanted_kind(cls, name or "", items[name or ""]) or message
            fix = None
            advice = ctx.get("help")
            if code == "LR205" and name in items:
                fix = _share_fix(items[name], span)
            if code == "LR109" and a is not None:
                span = a.span
            if code in ("LR201", "LR203") and name == "over" and "value" in cls.model_fields:
                item = items.get("over")
                if a is not None and isinstance(item, Fraction | Value):
                    advice = f"{cls.model_fields['kind'].default} takes a length first; "
                    advice += f"a rate is given by name: value={a.value.span.of(self.text)}"
                    fix = Fix("give it as the value", (Edit(a.span, _as_value(a, self.text)),))
            self._report(Problem(code, message, help=advice), span, fix)

    # -- recipes --

    def _recipe(self, tree: S.CallTree, recipe: recipes.Recipe) -> Bound:
        given: dict[str, Bound] = {}
        spans: dict[str, Span] = {}
        mode = None
        ok = True
        for i, a in enumerate(tree.arguments):
            if a.name is None and i < len(recipe.parameters):
                name = recipe.parameters[i].name
            elif a.name is None:
                self._report(
                    Problem(
                        "LR104",
                        f"{recipe.name} takes {len(recipe.parameters)} arguments",
                        help=f"its arguments: {recipe.signature()}",
                    ),
                    a.span,
                )
                ok = False
                continue
            else:
                name = a.name.text
            known = [p.name for p in recipe.parameters] + (["mode"] if recipe.modes else [])
            if name not in known:
                assert a.name is not None
                meant = closest(name, known)
                fix = Fix(f"write {meant}", (Edit(a.name.span, meant),)) if meant else None
                self._report(
                    Problem(
                        "LR102",
                        f"{recipe.name} has no argument {name}",
                        help=f"its arguments: {recipe.signature()}",
                    ),
                    a.name.span,
                    fix,
                )
                ok = False
                continue
            if name in given or (name == "mode" and mode is not None):
                self._report(Problem("LR105", f"{name} is given twice"), a.span)
                ok = False
                continue
            if name == "mode" and recipe.modes:
                mode = self._mode(a, recipe)
                ok = ok and mode is not None
                continue
            given[name], spans[name] = self._argument(a.value), a.span
            ok = ok and not isinstance(given[name], Broken)
        for p in recipe.parameters:
            if p.name in given:
                continue
            if p.default is None:
                self._report(
                    Problem(
                        "LR103",
                        f"{recipe.name} needs {p.name}",
                        help=f"its arguments: {recipe.signature()}",
                    ),
                    tree.span,
                )
                ok = False
            else:
                given[p.name] = self._expanded(p.default, given, tree.span)
        if not ok:
            return BROKEN
        return self._expanded(recipe.body(mode), given, tree.span)

    def _mode(self, a: S.ArgumentTree, recipe: recipes.Recipe) -> str | None:
        word = a.value.text if isinstance(a.value, S.NameTree) else ""
        if word in recipe.modes:
            return word
        meant = closest(word, recipe.modes) if word else None
        fix = Fix(f"write {meant}", (Edit(a.value.span, meant),)) if meant else None
        self._report(
            Problem("LR106", f"mode is one of {', '.join(recipe.modes)}"), a.value.span, fix
        )
        return None

    def _expanded(self, body: S.Tree, given: dict[str, Bound], span: Span) -> Bound:
        """A recipe's body with its parameters bound; its errors belong to the call."""
        inner = _Binder("", {})
        inner.scope = dict(given)
        inner.sizes = self.sizes
        inner.places = self.places
        result = inner.item(body)
        for d in inner.found[:1]:
            self._report(Problem(d.code, d.message, help=d.help), span)
        if isinstance(result, Node):
            self._settle(result, span)
        return BROKEN if inner.found else result

    def _settle(self, node: Node, span: Span) -> None:
        """Everything that a recipe makes stands where the recipe was called."""
        stack: list[Node] = [node]
        while stack:
            n = stack.pop()
            self.places.put(n, span)
            stack.extend(n.children())


class Placer:
    """Puts the nodes that a chain makes on the part of the text that they have read."""

    def __init__(self, binder: _Binder, span: Span) -> None:
        self.binder = binder
        self.span = span
        self.failed = False

    def __call__(self, item: Item) -> None:
        self.failed = isinstance(self.binder._placed(item, self.span), Broken) or self.failed

    def left(self, join: algebra.Join) -> Item:
        """What stands on the left of an operator that failed."""
        return join.result()


def _as_value(a: S.ArgumentTree, text: str) -> str:
    return f"value={a.value.span.of(text)}"


def _share_fix(item: object, span: Span) -> Fix | None:
    if isinstance(item, Time) and item.units == ("%",):
        meant = str(Value(item.amounts[0][1] / 100, Fraction(0)))
        return Fix("a share of the base rate", (Edit(span, meant),))
    return None


def _entry_span(a: S.ArgumentTree, loc: tuple[int | str, ...]) -> Span:
    """The place of an entry of a list argument."""
    tree: S.Tree = a.value
    for step in loc[1:]:
        if isinstance(tree, S.ListTree) and isinstance(step, int) and step < len(tree.items):
            tree = tree.items[step]
    return tree.span


def _wanted_kind(cls: type[Call], name: str, item: Node | tuple[Any, ...]) -> str | None:
    """What a field takes, where a schedule, a modifier or a list was given."""
    annotation = str(cls.model_fields[name].annotation)
    if "tuple" in annotation:
        return None
    wanted = "a number"
    for kind, shown in ((Time, "a time, such as 5ep or 10%,"), (Value, "a rate, such as 0.1*lr,")):
        if kind.__name__ in annotation:
            wanted = shown
    what = "a list"
    if isinstance(item, Node):
        what = f"the {'modifier' if isinstance(item, Modifier) else 'schedule'} {item.kind}"
    return f"{wanted} is wanted here, not {what}"


def _wanted(kind: str) -> str:
    if "tuple" in kind or "list" in kind:
        return "a list is wanted here, as in [30, 60]"
    return f"{'a word or a value' if 'literal' in kind else 'something else'} is wanted here"


def signature(cls: type[Call]) -> str:
    """A call with all parameters as Python shows it: those after ``*`` are given by name.

    ``step(every, factor, *, over=.., until=.., start=..)``: ``..`` is a default without a spelling.
    """
    shown = []
    for f in cls.parameters():
        info = cls.model_fields[f]
        name = cls.spelling.get(f, f)
        default = cls.defaults.get(f, info.default)
        if info.is_required() or (f == "over" and getattr(cls, "needs_length", False)):
            shown.append(name)
        elif default is None:
            shown.append(f"{name}=..")
        else:
            shown.append(f"{name}={algebra.show_argument(default)}")
    count = len(cls.positional)
    marked = [*shown[:count], *(["*"] if shown[count:] else []), *shown[count:]]
    return f"{cls.model_fields['kind'].default}({', '.join(marked)})"


# What other systems call things.
_ARGUMENT_HABITS = {
    "from": "start",
    "from_": "start",
    "begin": "start",
    "init": "start",
    "to": "end",
    "final": "end",
    "min": "end",
    "lr_min": "end",
    "eta_min": "end",
    "min_lr": "end",
    "alpha": "end",
    "length": "over",
    "steps": "over",
    "epochs": "over",
    "duration": "over",
    "for_": "over",
    "gamma": "factor",
    "rate": "factor",
    "decay_rate": "factor",
    "step_size": "every",
    "milestones": "at",
    "cycle_mul": "t_mul",
    "T_mult": "t_mul",
    "m_mul": "decay",
    "cycle_decay": "decay",
    "cycle_limit": "limit",
    "cycles": "limit",
    "num_cycles": "limit",
    "type": "kind",
    "p": "power",
    "exponent": "power",
}
_NOTHING = {"None", "True", "False", "null", "none", "true", "false", "auto", "default"}
_CALLED = "in a program a unit stands behind its number: 5ep, 10%"
_ELSEWHERE = {
    **dict.fromkeys(("ep", "st", "ex", "tok", "pct", "epoch", "epochs", "steps"), ("", _CALLED)),
    **dict.fromkeys(
        ("inf", "infinity", "nan"),
        ("", "all numbers are finite; what has no end has no length: hold, or restarts"),
    ),
    "pi": ("", "write the number"),
    "cosineannealinglr": ("cosine", "torch's CosineAnnealingLR is cosine(T_max, end=eta_min)"),
    "cosineannealing": ("cosine", "did you mean cosine?"),
    "cosineannealingwarmrestarts": (
        "",
        "torch's CosineAnnealingWarmRestarts is cosine(T_0) * restarts(t_mul=T_mult)",
    ),
    "sgdr": ("", "cosine with warm restarts is cosine(10ep) * restarts(t_mul=2)"),
    "linearlr": ("linear", "torch's LinearLR is linear(total_iters, start=.., end=..)"),
    "constantlr": ("hold", "torch's ConstantLR is hold(total_iters, value=..)"),
    "steplr": ("step", "torch's StepLR is step(step_size, gamma)"),
    "multisteplr": ("multistep", "torch's MultiStepLR is multistep(milestones, gamma)"),
    "exponentiallr": ("exponential", "torch's ExponentialLR is exponential(every=1, factor=gamma)"),
    "polynomiallr": ("poly", "torch's PolynomialLR is poly(total_iters, power=..)"),
    "cycliclr": ("cyclic", "torch's CyclicLR is cyclic(up, down, low=base_lr)"),
    "onecyclelr": ("onecycle", "torch's OneCycleLR is onecycle"),
    "sequentiallr": ("", "torch's SequentialLR is the operator `>>`: warmup(5ep) >> cosine"),
    "chainedscheduler": ("", "torch's ChainedScheduler is the operator `*`"),
    "lambdalr": ("", "a formula is put together from segments: say what curve it draws"),
    "constant": ("hold", "a constant rate is hold; a given one is hold(value=1e-4)"),
    "rsqrt": ("inverse", "the inverse square root is inverse(scale=..)"),
    "power": ("inverse", "a power of time is inverse(scale=.., power=..)"),
    "exp": ("exponential", "did you mean exponential?"),
    "expdecay": ("exponential", "did you mean exponential?"),
    "staircase": ("step", "did you mean step?"),
    "repeat": ("restarts", "did you mean restarts?"),
    "cycle": ("restarts", "did you mean restarts? or cyclic"),
    "cycles": ("restarts", "did you mean restarts?"),
    "piecewise": ("points", "did you mean points?"),
    "polynomial": ("poly", "did you mean poly?"),
    "learningrate": ("lr", "the base rate is called lr"),
    "baselr": ("lr", "the base rate is called lr"),
    "plateau": (
        "plateau",
        "a rate that depends on a metric is not a function of time: drive the plateau with "
        "torch's ReduceLROnPlateau, as a factor on top of a schedule",
    ),
    "reducelronplateau": (
        "plateau",
        "a rate that depends on a metric is not a function of time: keep torch's "
        "ReduceLROnPlateau, as a factor on top of a schedule",
    ),
}
_UNIT_HABITS = {
    "pct": "%", "percent": "%",
    "e": "ep", "eps": "ep", "it": "st", "its": "st", "iter": "st", "iters": "st",
    "iteration": "steps", "iterations": "steps", "update": "st", "updates": "st", "ba": "st",
    "batch": "st", "batches": "st", "s": "st", "sp": "ex", "g": "B", "m": "M", "b": "B", "t": "T",
}  # fmt: skip


def expression(tree: S.Tree, text: str) -> tuple[Item | None, tuple[Diagnostic, ...]]:
    """What an expression of any kind means: a quantity, a value, a schedule or a modifier."""
    binder = _Binder(text, {})
    item = binder.item(tree)
    if isinstance(item, Broken | tuple):
        return None, tuple(binder.found)
    return item, tuple(binder.found)
