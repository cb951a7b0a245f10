"""Expressions: names, numbers, operators and slices, and the program that they make."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from lrdsl import algebra, recipes
from lrdsl import syntax as S
from lrdsl.algebra import MAX_LIST, Item, Modifier, Node, Schedule
from lrdsl.binder.calls import Calls
from lrdsl.binder.habits import NOTHING, UNIT_HABITS, elsewhere, is_schedulers
from lrdsl.binder.names import (
    CONSTANTS,
    VARIADIC,
    every_name,
    reserved,
    vocabulary,
)
from lrdsl.binder.places import Binding
from lrdsl.binder.reader import BROKEN, Bound, Broken, probable
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


def bind(tree: S.ProgramTree, text: str, names: Mapping[str, Item] | None = None) -> Binding:
    """The schedule that a program means. `names` are bound by the host."""
    binder = Binder(text, dict(names or {}))
    return binder.program(tree)


def expression(tree: S.Tree, text: str) -> tuple[Item | None, tuple[Diagnostic, ...]]:
    """What an expression of any kind means: a quantity, a value, a schedule or a modifier."""
    binder = Binder(text, {})
    item = binder.item(tree)
    if isinstance(item, Broken | tuple):
        return None, tuple(binder.found)
    return item, tuple(binder.found)


class Binder(Calls):
    """Binds one text."""

    def program(self, tree: S.ProgramTree) -> Binding:
        self.places.whole = tree.span
        for binding in tree.bindings:
            self._bind(binding)
        item = self._schedule(self.item(tree.body), tree.body)
        schedule = item if isinstance(item, Schedule) and not self._errors() else None
        unused = tuple(n for name, n in self.bound.items() if name not in self.used)
        return Binding(schedule, self.places, tuple(self.found), unused)

    def _bind(self, binding: S.BindingTree) -> None:
        name = binding.name.text
        value = self.item(binding.value, listed=True)
        if name in reserved():
            self.scope[name] = value  # what follows means it, and is no second error
            self._report(
                Problem(
                    "LR107",
                    f"{name} is a name of the language, and cannot be bound anew",
                    help=f"choose another name, such as my_{name}",
                ),
                binding.name.span,
            )
            return
        if name in self.bound:
            self._report(
                Problem("LR107", f"{name} is bound twice", help="a binding is defined once"),
                binding.name.span,
            )
            return
        if name:
            self.bound[name] = binding.name
        self.scope[name] = value  # it wins over a name of the host's

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

    def item(self, tree: S.Tree, *, listed: bool = False) -> Bound:
        """What an expression means. Lists are only legal where `listed` says so."""
        if self._is_full():
            return BROKEN
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
        if name in NOTHING:
            advice = "leave the argument out to take its default"
            return self._report(
                Problem("LR101", f"{name} is not known here", help=advice), tree.span
            )
        instead = elsewhere(name, known)
        if instead:
            fix = (
                Fix(f"write {instead[0]}", (Edit(tree.span, instead[0]),), certain=False)
                if (instead[0] in known)
                else None
            )
            return self._report(
                Problem("LR101", f"{name} is not known here", help=instead[1]), tree.span, fix
            )
        meant = closest(name, known)
        fix = probable(tree.span, meant)
        advice = f"did you mean {meant}?" if meant else every_name()
        if not meant and is_schedulers(name):
            advice = (
                "`lrdsl import --list` has the schedulers of other libraries that become programs"
            )
        return self._report(
            Problem("LR101", f"{name} is not known here", help=advice), tree.span, fix
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
        if not words:
            return None  # a name that the parser put in for what it reported
        for size, unit in _splits(words):
            if size in MAGNITUDES and unit in UNITS:
                return MAGNITUDES[size], UNITS[unit]
        if len(words) == 1 and words[0] in UNITS:
            return 1, UNITS[words[0]]
        if len(words) == 1 and words[0] in MAGNITUDES:
            return MAGNITUDES[words[0]], TICKS
        if self._is_product(tree, words):
            return None
        meant = _meant_unit(words)
        fix = probable(tree.unit_span, meant)
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
            gap = Span(tree.span.start + len(amount), start)
            whole = Span(gap.start - len(amount.lstrip("( \t\n")), named.end)  # without brackets
            if "#" in amount:  # a comment stays where it is
                gap, whole = Span(start, start), named
            message = f"{last} is not a unit: a product is written with `*`"
            self._report(Problem("LR202", message), whole, Fix("multiply", (Edit(gap, "*"),)))
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
                fix = self._fix_operator(p, tree, link, join.left, right, before)
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
        inner: S.Tree = tree
        for _ in range(algebra.MAX_DEPTH):
            inner = inner.body if isinstance(inner, S.SliceTree) else inner
        if isinstance(inner, S.SliceTree):  # s[1:][1:].. has no brackets inside brackets
            return self._report(algebra.too_deep(), tree.span)
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
        assert tree.begin is not None
        assert tree.end is not None  # before which it begins
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


def _splits(words: list[str]) -> list[tuple[str, str]]:
    """A unit's words as a magnitude and a unit: ``k steps``, ``ksteps``."""
    return [(words[0], words[1])] if len(words) == 2 else [(words[0][:1], words[0][1:])]


def _meant_unit(words: list[str]) -> str | None:
    """The unit that was probably meant, with its magnitude."""
    known = words[0] if len(words) == 1 else ""
    if known.lower() in UNIT_HABITS:
        return UNIT_HABITS[known.lower()]
    for size, unit in _splits(words):
        meant = UNIT_HABITS.get(unit.lower()) or closest(unit, UNITS)
        magnitude = size if size in MAGNITUDES else _SIZES.get(size)
        if magnitude and meant and meant not in MAGNITUDES:
            return magnitude + meant
    return closest(known, [*UNITS, *MAGNITUDES]) if known else None


_SIZES = {"K": "k", "m": "M", "b": "B", "G": "B", "g": "B", "t": "T"}


class Placer:
    """Puts the nodes that a chain makes on the part of the text that they have read."""

    def __init__(self, binder: Binder, span: Span) -> None:
        self.binder = binder
        self.span = span
        self.failed = False

    def __call__(self, item: Item) -> None:
        self.failed = self.failed or isinstance(self.binder._placed(item, self.span), Broken)
