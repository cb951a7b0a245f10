"""Lints: legal programs that are seldom meant. One function a rule, over the syntax tree and plan.

A rule yields `Problem`s about nodes; where they stand in the text is looked up at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from lrdsl.binder import Binding
from lrdsl.codes import CODES
from lrdsl.diagnostics import Diagnostic, Problem, closest
from lrdsl.lint.layout import LAYOUT_RULES
from lrdsl.lint.rates import RATE_RULES, first_update
from lrdsl.lint.style import not_canonical
from lrdsl.lint.subject import Rule, Subject
from lrdsl.lint.text import TEXT_RULES, default_seed
from lrdsl.plan import Plan

# Lints that are off by default; LR823 is about the text alone.
OFF: dict[str, Rule | None] = {"LR815": first_update, "LR822": default_seed, "LR823": None}


def lint(
    binding: Binding, plan: Plan | None, *, lr: float | None = None, enable: Iterable[str] = ()
) -> list[Diagnostic]:
    """The lints of a program; those about its layout need a plan.

    Args:
        binding: the program, without errors.
        plan: its plan, where there is one.
        lr: the base rate, where it is known.
        enable: codes of lints that are off by default.
    """
    assert binding.schedule is not None
    off = OFF.keys() - set(enable)
    subject = Subject(binding.schedule, plan, binding, lr)
    unasked = [OFF[code] for code in off]
    rules = [*TEXT_RULES, *([*LAYOUT_RULES, *RATE_RULES] if plan is not None else [])]
    found = [
        Diagnostic(n.code, n.message, n.span, "warning", n.help, n.fix)
        for rule in rules
        if rule not in unasked
        for n in map(binding.places.locate, _looking(rule, subject))
    ]
    unused = [
        Diagnostic(
            "LR816",
            f"{name.text} is never used",
            name.span,
            "warning",
            "remove the binding, or use it",
        )
        for name in binding.unused
    ]
    style = [] if "LR823" in off else not_canonical(binding)
    return list(dict.fromkeys([*found, *unused, *style]))


def _looking(rule: Rule, subject: Subject) -> Iterator[Problem]:
    """What a rule finds, as far as it can look: what no update comes to may have no value."""
    with suppress(Problem):
        yield from rule(subject)


def known(codes: Iterable[str]) -> frozenset[str]:
    """The codes, if there are such.

    Raises:
        ValueError: there is none of that name; with the one that was probably meant.
    """
    given = [codes] if isinstance(codes, str) else list(codes)
    for code in given:
        if code not in CODES:
            meant = closest(str(code), CODES)
            raise ValueError(
                f"there is no code {code}" + (f": did you mean {meant}?" if meant else "")
            )
    return frozenset(given)
