"""The public functions: parse, format, check, compile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any, TypeAlias

from lrdsl import recipes
from lrdsl.algebra import Item, Node, Schedule, census
from lrdsl.binder import Binding, Places, bind, explained, expression, reserved
from lrdsl.diagnostics import Diagnostic, LrdslError, Problem, Span
from lrdsl.expr import size
from lrdsl.lint import known, lint
from lrdsl.parser import parse_exactly, parse_text
from lrdsl.plan import Plan, resolve, written_times
from lrdsl.run import Run, make_run
from lrdsl.values import Time, Value, number

Quantity: TypeAlias = "str | int | float | Fraction | Time"
Written: TypeAlias = "list[tuple[Node, str, Time]]"

MAX_KEPT = 128  # plans that `compile` remembers,
MAX_SIZE = 2_048  # each of so many expressions and entries of tables: some 100 MiB at the most


def parse(text: str) -> Schedule:
    """The schedule that a program means.

    Raises:
        LrdslError: with every error of the text.
    """
    return _schedule(_bound(text), text)


def format(text: str | Schedule) -> str:
    """The canonical text: bindings and recipes expanded, defaults left out.

    Raises:
        LrdslError: the text is not a program.
    """
    return str(parse(text) if not isinstance(text, Schedule) else text)


def check(
    text: str, *, lr: float | None = None, enable: Iterable[str] = (), **run: Any
) -> list[Diagnostic]:
    """All errors and lints of a program; never raises for a bad one.

    Args:
        text: the program.
        lr: the base rate, where it is known: it makes lints about absolute values sharper.
        enable: the codes of lints that are off by default and wanted here, such as ``LR815``.
        run: what `compile` takes. Without any, only what holds in every run is reported.

    Raises:
        ValueError: `enable` names a code that there is not.
        TypeError: `run` has an argument that `compile` does not take.
    """
    wanted = known(enable)
    options = _options(run)
    try:
        names = _names(options.names)
    except LrdslError as e:
        return list(e.diagnostics)
    binding = _bound(text, names)
    if binding.schedule is None:
        return list(binding.diagnostics)
    found = list(binding.diagnostics)
    try:
        plan: Plan | None = _resolved(binding.schedule, binding.places, text, options)
    except LrdslError as e:
        errors = list(e.diagnostics)
        plan = None
        if not run:  # nothing is known of the run: report what is wrong in any
            plan, errors = _nominal(binding, text)
        found += errors
    found += lint(binding, plan, lr=lr, enable=wanted)
    return sorted(found, key=lambda d: (d.span, d.severity, d.code))


def compile(
    text: str | Schedule,
    *,
    total: Quantity | None = None,
    tick: str | None = None,
    steps_per_epoch: float | Fraction | None = None,
    tokens_per_step: float | Fraction | None = None,
    examples_per_step: float | Fraction | None = None,
    names: Mapping[str, Any] | None = None,
    overflow: str = "error",
) -> Plan:
    """The plan of a program for a run.

    Args:
        text: a program, or a schedule.
        total: the run's length: a number of ticks, or a quantity such as ``"90ep"``.
        tick: the unit of a tick (``"ep" "st" "ex" "tok"``), the period of the host's updates.
            Default: the total's unit, else the one unit of the program.
        steps_per_epoch: optimizer steps in an epoch, where units must convert.
        tokens_per_step: tokens in an optimizer step, likewise.
        examples_per_step: examples in an optimizer step, likewise.
        names: names that the program may use, with their values: numbers, schedules, or texts.
        overflow: ``"error"``, or ``"truncate"`` to cut a program that is longer than the run.

    Raises:
        LrdslError: with every error of the phase that failed.
    """
    if isinstance(text, Schedule):
        census(text)  # before anything walks it: a shared part may stand in it 2^30 times
    run = (total, tick, steps_per_epoch, tokens_per_step, examples_per_step, overflow)
    try:
        known = _key(names)
        hash((text, run, known))
    except TypeError:  # nothing to look up by; if it is an error, it is found now
        return _planned(text, Options(*run, names))
    try:
        return _compiled(recipes.edition(), text, known, *run)
    except _Large as large:
        return large.plan


def _key(names: Any) -> tuple[Any, ...] | None:
    """Names to look up by. The type of a value counts: ``True`` is no number.

    Raises:
        TypeError: they are no names, or one is a schedule, whose hash may take long.
    """
    if names is None:
        return None
    if not isinstance(names, Mapping) or any(isinstance(v, Node) for v in names.values()):
        raise TypeError
    return tuple((name, type(value), value) for name, value in names.items())


class _Large(Exception):
    """A plan that is too large to be kept: the cache keeps what is returned, not what is raised."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan


@lru_cache(maxsize=MAX_KEPT, typed=True)
def _compiled(
    edition: object, text: str | Schedule, names: tuple[Any, ...] | None, *run: Any
) -> Plan:
    """The plan of a program in a run, made once while the recipes are the same.

    Raises:
        _Large: what it is printed from has more than `MAX_SIZE` parts.
    """
    named = None if names is None else {name: value for name, _, value in names}
    plan = _planned(text, replace(Options(*run), names=named))
    if size([plan.value.a, plan.value.b]) > MAX_SIZE:
        raise _Large(plan)
    return plan


def _planned(text: str | Schedule, options: Options) -> Plan:
    if isinstance(text, Schedule):
        binding = Binding(text, Places(Span(0, 0)), ())
    else:
        binding = _bound(text, _names(options.names))
    return _resolved(_schedule(binding, text), binding.places, text, options)


def register_recipe(signature: str, program: str | dict[str, str]) -> None:
    """Let programs call ``name(parameters)`` for a program of yours.

    Args:
        signature: such as ``"wsd2(warmup, cooldown=10%)"``.
        program: the text over those parameters, or a text for each ``mode=`` word.

    Raises:
        LrdslError: a text that does not parse (its own code), or a name of the language (LR107).
    """
    made = recipes.recipe(signature, program)
    if made.name in reserved():
        problem = Problem("LR107", f"{made.name} is a name of the language")
        raise LrdslError([problem.at(Span(0, len(made.name)))], signature)
    recipes.register(made)


# --- steps ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Options:
    """The arguments of `compile` that describe the run."""

    total: Any = None
    tick: Any = None
    steps_per_epoch: Any = None
    tokens_per_step: Any = None
    examples_per_step: Any = None
    overflow: Any = "error"
    names: Any = None


def _options(run: Mapping[str, Any]) -> Options:
    unknown = [k for k in run if k not in Options.__dataclass_fields__]
    if unknown:
        raise TypeError(f"check() got an unexpected keyword argument {unknown[0]!r}")
    return Options(**run)


def _bound(text: str, names: Mapping[str, Item] | None = None) -> Binding:
    parsed = parse_text(text)
    if parsed.tree is None:
        return Binding(None, Places(Span(0, 0)), parsed.diagnostics)
    binding = bind(parsed.tree, text, names)
    if binding.schedule is not None and not parsed.diagnostics:
        return binding
    places = [d.span for d in parsed.diagnostics]
    news = [d for d in binding.diagnostics if not any(p.covers(d.span) for p in places)]
    found = tuple(sorted((*parsed.diagnostics, *news), key=lambda d: d.span))
    return Binding(None, binding.places, explained(text, found, partial(_meaning, names=names)))


def _meaning(text: str, names: Mapping[str, Item] | None) -> Schedule | None:
    tree = parse_exactly(text)
    return None if tree is None else bind(tree, text, names).schedule


def _schedule(binding: Binding, text: str | Schedule) -> Schedule:
    if binding.schedule is None:
        raise LrdslError(binding.diagnostics, text if isinstance(text, str) else "")
    return binding.schedule


def _resolved(schedule: Schedule, places: Places, text: str | Schedule, options: Options) -> Plan:
    times = list(written_times(schedule))
    try:
        run = _run(times, options)
    except Problem as p:
        about_text = p.code in ("LR701", "LR702", "LR703") and isinstance(text, str)
        raise LrdslError(
            [p.at(places.whole if about_text else Span(0, 0))],
            text if about_text and isinstance(text, str) else "",
        ) from None
    problems = _conversions(times, run)
    if not problems:
        try:
            return resolve(schedule, run)
        except Problem as p:
            problems = [p]
    if not isinstance(text, str):  # a schedule has no text: its canonical one shows the place
        text = str(schedule)
        again = _bound(text)
        if again.schedule is not None:
            return _resolved(again.schedule, again.places, text, options)
    found = sorted({places.locate(p) for p in problems}, key=lambda d: d.span)
    raise LrdslError(found, text) from None


def _run(times: Written, options: Options) -> Run:
    units = {u for _, _, time in times for u in time.units}
    return make_run(
        units,
        total=_total(options.total),
        tick=options.tick,
        steps_per_epoch=options.steps_per_epoch,
        tokens_per_step=options.tokens_per_step,
        examples_per_step=options.examples_per_step,
        overflow=options.overflow,
    )


def _total(total: Any) -> Time | Fraction | None:
    if total is None or isinstance(total, Time):
        return total
    if not isinstance(total, str):
        try:
            return number(total)
        except Problem as p:
            raise Problem("LR704", f"total: {p.message}", help=_TOTAL_HELP) from None
    item = _expression(total, "total")
    if isinstance(item, Fraction | Time):
        return item
    raise Problem("LR704", f"total: {total!r} is not a length", help=_TOTAL_HELP)


_TOTAL_HELP = 'a total is a number of ticks, or a quantity such as "90ep" or "300B tokens"'


def _expression(text: str, name: str) -> Item:
    """What a host's own text means: a quantity, a value, a schedule or a modifier."""
    parsed = parse_text(text)
    errors = parsed.diagnostics
    if parsed.tree is not None and not errors and not parsed.tree.bindings:
        item, errors = expression(parsed.tree.body, text)
        if item is not None and not errors:
            return item
    shown = repr(text) if len(text) <= 60 else f"{text[:60]!r}.."
    raise Problem(
        "LR704" if name == "total" else "LR705",
        f"{name}: {shown}: {errors[0].message if errors else 'no expression'}",
        help=(errors[0].help if errors else None) or (_TOTAL_HELP if name == "total" else None),
    )


def _names(names: Any) -> dict[str, Item]:
    """The host's names as items.

    Raises:
        LrdslError: a name or a value that is not usable (LR705).
    """
    bound: dict[str, Item] = {}
    try:
        if names is not None and not isinstance(names, Mapping):
            raise Problem("LR705", "names maps names to values")
        for name, value in (names or {}).items():
            if not isinstance(name, str) or not name.isidentifier() or not name.isascii():
                raise Problem("LR705", f"{name!r} is not a name")
            if name in reserved():
                raise Problem("LR705", f"{name} is a name of the language")
            if isinstance(value, str):
                bound[name] = _expression(value, name)
            elif isinstance(value, Node | Time | Value):
                bound[name] = value  # type: ignore[assignment]
            else:
                try:
                    bound[name] = number(value)
                except Problem as p:
                    raise Problem("LR705", f"{name}: {p.message}") from None
    except Problem as p:
        raise LrdslError([p.at(Span(0, 0))]) from None
    return bound


def _conversions(times: Written, run: Run) -> list[Problem]:
    """Every time that does not convert to ticks: all of them, not only the first."""
    problems = []
    for node, name, time in times:
        try:
            run.ticks(time)
        except Problem as p:
            p.where, p.field = node, name
            problems.append(p)
    return problems


def _nominal(binding: Binding, text: str) -> tuple[Plan | None, list[Diagnostic]]:
    """What is wrong with a program in every run, tried in a long one."""
    assert binding.schedule is not None
    run = Run(
        Fraction(10**12), "st", Fraction(10**6), Fraction(1, 100), Fraction(1, 100), "truncate"
    )
    try:
        resolve(binding.schedule, run)
    except Problem as p:
        if p.code in _IN_ANY_RUN:
            return None, [binding.places.locate(p)]
    return None, []


_IN_ANY_RUN = {"LR307", "LR401", "LR403", "LR503", "LR602"}
