"""Calls: arguments to fields, fields to nodes, and every error back on its argument."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import Any, cast, get_origin

from pydantic import ValidationError

from lrdsl import algebra, recipes
from lrdsl import syntax as S
from lrdsl.algebra import Call, Modifier, Node, Schedule
from lrdsl.binder import habits
from lrdsl.binder.names import (
    CONSTANTS,
    VARIADIC,
    option_words,
    signature,
    vocabulary,
)
from lrdsl.binder.reader import BROKEN, Bound, Broken, Reader, probable, share_fix
from lrdsl.diagnostics import Edit, Fix, Problem, Span, closest
from lrdsl.values import Time, Value

_WORD = re.compile(r"[A-Za-z]\w*")


class Calls(Reader):
    """Binds calls of kinds, of min and max, and of recipes."""

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
                word = argument.value.text if isinstance(argument.value, S.NameTree) else ""
                if argument.name is None or word not in option_words():
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
        fields = cls.model_fields
        missing = [f for f in cls.parameters() if fields[f].is_required() and f not in given]
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
        meant, advice = habits.argument(name.text, kind, fields)
        if meant is None and advice is None:
            meant = closest(name.text, fields)
        fix = probable(name.span, meant)
        if fix is not None and name.text in ("from", "from_"):
            fix = replace(fix, certain=True)  # nothing else is ever meant by it
        self._report(
            Problem(
                "LR102",
                f"{kind} has no argument {name.text}",
                help=f"did you mean {meant}?"
                if meant
                else advice or f"its arguments: {signature(cls)}",
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
        # In Python 3.10 tuple[..] is a type too, and no class.
        whole = get_origin(annotation) is None
        if whole and isinstance(annotation, type) and issubclass(annotation, Schedule):
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
        fix = probable(tree.span, meant)
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
                shown = cls.spelling.get(name or "", name)
                self._report(Problem("LR106", f"{shown} is one of {', '.join(words)}"), span)
                continue
            code = e["type"] if e["type"].startswith("LR") else "LR201"
            message = ctx.get("message") or _WANTED.get(e["type"], e["msg"])
            if code == "LR201" and isinstance(items.get(name or ""), Node | tuple):
                message = _wanted_kind(cls, name or "", items[name or ""]) or message
            fix = None
            advice = ctx.get("help")
            if code == "LR205" and name in items:
                fix = share_fix(items[name], span)
            if code == "LR109" and a is not None:
                span = a.span
            if code in ("LR201", "LR203") and name == "over" and "value" in cls.model_fields:
                item = items.get("over")
                if a is not None and isinstance(item, Fraction | Value):
                    advice = f"{cls.model_fields['kind'].default} takes a length first; "
                    advice += f"a rate is given by name: value={a.value.span.of(self.text)}"
                    fix = Fix("give it as the value", (Edit(a.span, _as_value(a, self.text)),))
            self._report(Problem(code, message, help=advice), span, fix)

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
                fix = probable(a.name.span, meant)
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
            given[name], spans[name] = self._argument(a.value), a.value.span
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
        text = recipe.modes[mode or next(iter(recipe.modes))] if recipe.modes else recipe.text
        return self._expanded(recipe.body(mode), given, tree.span, text, spans)

    def _mode(self, a: S.ArgumentTree, recipe: recipes.Recipe) -> str | None:
        word = a.value.text if isinstance(a.value, S.NameTree) else ""
        if word in recipe.modes:
            return word
        meant = closest(word, recipe.modes) if word else None
        fix = probable(a.value.span, meant)
        self._report(
            Problem("LR106", f"mode is one of {', '.join(recipe.modes)}"), a.value.span, fix
        )
        return None

    def _expanded(
        self,
        body: S.Tree,
        given: dict[str, Bound],
        span: Span,
        text: str = "",
        spans: dict[str, Span] | None = None,
    ) -> Bound:
        """A recipe's body with its parameters bound.

        Its errors belong to the argument that they are about, where that is one, else to the call.
        """
        inner = type(self)("", {})
        inner.scope = dict(given)
        inner.sizes = self.sizes
        result = inner.item(body)
        for d in inner.found[:1]:
            named = {s for n, s in (spans or {}).items() if n in _WORD.findall(d.span.of(text))}
            place = named.pop() if len(named) == 1 else span
            self._report(Problem(d.code, d.message, help=d.help), place)
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


def _as_value(a: S.ArgumentTree, text: str) -> str:
    return f"value={a.value.span.of(text)}"


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


_WANTED = {"tuple_type": "a list is wanted here, as in [30, 60]"}  # what pydantic says itself
