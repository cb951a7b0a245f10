"""What must hold for every text, whatever it is: each raises `AssertionError` where it does not."""

from __future__ import annotations

import contextlib
import json
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
from oracle import Host, NotLegal, Number, TooLarge, rate, read
from oracle.stream import draws

import lrdsl
from lrdsl import LrdslError, Plan, Schedule
from lrdsl.comparing import compare
from lrdsl.comparing.words import said
from lrdsl.diagnostics import Diagnostic, render
from lrdsl.parser import parse_text
from lrdsl.view import overview
from lrdsl.web.data import looked_at

Run = dict[str, Any]

ULP = 2.0**-52
# Arrays and tensors have other cosines and powers than C: an ulp or two each, times the exponents
# that programs of fuzzers have (tests/test_laws.py has the same number for the same reason).
VECTOR_ULPS = 256


def only_lrdsl_errors(text: str, run: Run) -> None:
    """parse, format, check and compile agree, and what leaves them is a diagnosis that prints."""
    found = lrdsl.check(text, **run)
    said = render(found, text, summary=True)
    assert isinstance(said, str)
    for d in found:
        assert d.code.startswith("LR")
        assert d.message
        assert 0 <= d.span.start <= d.span.end <= len(text)
        for edit in d.fix.edits if d.fix else ():
            assert 0 <= edit.span.start <= edit.span.end <= len(text), d
    assert len(said) < 64 * 1024 + 40 * max(map(len, [*text.splitlines(), ""])), len(said)
    errors = [d for d in found if d.severity == "error"]
    parsed, refused = _try(lambda: lrdsl.parse(text))
    formatted, unformatted = _try(lambda: lrdsl.format(text))
    assert (refused is None) == (unformatted is None)
    plan, error = _try(lambda: lrdsl.compile(text, **run))
    if error is not None:
        again = pickle.loads(pickle.dumps(error))
        assert again.diagnostics == error.diagnostics
        assert str(again) == str(error)
        assert error.diagnostics
        if run:
            assert errors, "compile refuses what check lets pass"
    else:
        assert not errors, f"check refuses what compile takes: {errors}"
        assert parsed == plan.schedule
    if parsed is not None:
        assert formatted == str(parsed)


def canonical_text(text: str, run: Run) -> None:
    """Formatting is idempotent and keeps the meaning; so do JSON and pickle."""
    schedule = _read(text)
    if schedule is None:
        return
    once, error = _try(lambda: str(schedule))
    if error is not None:
        return
    assert lrdsl.parse(once) == schedule
    assert lrdsl.format(once) == once
    assert Schedule.model_validate_json(schedule.model_dump_json()) == schedule
    assert pickle.loads(pickle.dumps(schedule)) == schedule
    plan, other = _plan(text, run), _plan(once, run)
    if plan is None or other is None:
        assert plan is other
    else:
        assert plan.source == other.source


def fixes(text: str, run: Run) -> None:
    """A fix leaves a text that parses, a lint's is the end of it, and certain ones come to an end.

    Of a text with several faults a fix may show the next one, in the same words, where the first
    was: so there every step has to lead to a new text.
    """
    before = lrdsl.check(text, **run)
    parses = not parse_text(text).diagnostics
    legal = all(d.severity == "warning" for d in before)
    for d in before[:8]:
        if d.fix is None:
            continue
        fixed = d.fix.apply(text)
        if fixed == text:
            raise FixFails(d, "changes nothing", fixed)
        broken = parse_text(fixed).diagnostics
        if parses and broken:
            raise FixFails(d, f"leaves {broken[0].code} {broken[0].message!r}", fixed)
        if not legal:
            continue
        after = lrdsl.check(fixed, **run)
        if _count(after, d) >= _count(before, d):
            raise FixFails(d, "is still there", fixed)
        if any(n.severity == "error" for n in after):
            raise FixFails(d, "leaves an error", fixed)
    seen = {text}
    while len(text) < 300 and len(seen) < 100:
        certain = (d for d in lrdsl.check(text, **run) if d.fix is not None and d.fix.certain)
        d = next(certain, None)
        if d is None or d.fix is None:
            break
        text = d.fix.apply(text)
        if text in seen:
            raise FixFails(d, "leads in a circle", text)
        seen.add(text)


class FixFails(AssertionError):
    """A fix that does not do what it says; bugs of one code count as one."""

    def __init__(self, d: Diagnostic, what: str, fixed: str) -> None:
        super().__init__(f"{d.code} {d.message!r} {what}: {fixed!r}")
        self.kind = f"{d.code} {what[:14]}"


def _count(found: list[Diagnostic], d: Diagnostic) -> int:
    return sum((n.code, n.message) == (d.code, d.message) for n in found)


def back_ends(text: str, run: Run) -> None:
    """Number, array, pair of coefficients, table, and torch's tensors give the same rates."""
    plan = _plan(text, run)
    if plan is None:
        return
    at, lr = moments(plan), 0.1
    rates, error = _try(lambda: [plan(t, lr) for t in at])
    together, also = _try(lambda: plan(np.array(at), lr))
    if error is not None or also is not None:
        if error is None or also is None:
            raise AssertionError("numbers and arrays do not refuse the same") from error or also
        assert {d.code for d in error.diagnostics} == {d.code for d in also.diagnostics}
        return
    assert all(type(r) is float and math.isfinite(r) for r in rates)
    expected = asked(plan, at, lr)  # for how large the numbers are that the rates come from
    if expected is None:
        return
    bound = VECTOR_ULPS * ULP * np.array([float(e.size) for e in expected]) + 1e-300
    _near(rates, together, bound, plan, at, "array")
    if plan.is_affine:
        pairs, error = _try(lambda: [plan.affine(t) for t in at])
        if error is None:
            assert [a * lr + b for a, b in pairs] == rates
    with contextlib.suppress(ImportError):
        import torch

        from lrdsl.torch import value

        tensor, error = _try(lambda: value(plan, torch.tensor(at, dtype=torch.float64), lr))
        if error is None:
            _near(rates, tensor.numpy(), bound, plan, at, "torch")
        else:  # the draws of a run without an end are no table
            assert plan.run.total is None
            assert error.diagnostics[0].code == "LR701"


def _near(rates: Any, other: Any, bound: Any, plan: Plan, at: Any, name: str) -> None:
    wrong = ~(np.abs(np.asarray(other) - np.asarray(rates)) <= bound)
    assert not wrong.any(), (
        f"{name}: {plan.program} in {plan.run}\n"
        f"{np.array(at)[wrong]}\n{np.array(rates)[wrong]}\n{np.asarray(other)[wrong]}"
    )


ORACLE_ULPS = 16  # of an oracle's size, which is a bound of the first order: see oracle.numbers


def oracle(text: str, run: Run) -> None:
    """The rates are those of the evaluator that was written from the specification alone."""
    plan = _plan(text, run)
    if plan is None:
        return
    at, lr = moments(plan), 0.1
    rates, error = _try(lambda: [plan(t, lr) for t in at])
    if error is None:
        against_the_oracle(plan, at, rates, lr)


def against_the_oracle(plan: Plan, at: list[float], rates: list[float], lr: float) -> float | None:
    """The largest difference, in ulp of the size of the numbers that a rate was computed from.

    None where the oracle would be too slow.
    """
    expected = asked(plan, at, lr)
    if expected is None:
        return None
    worst = 0.0
    for t, r, e in zip(at, rates, expected, strict=True):
        wrong = max(abs(e.value - r) - 1e-300, 0)
        off = float(wrong / (e.size * ULP)) if e.size else math.inf if wrong else 0.0
        assert off <= ORACLE_ULPS, (
            f"{plan.program} in {plan.run} at {t}: {r}, the oracle has {float(e)}, {off:.3g} ulp"
        )
        worst = max(worst, off)
    return worst


def asked(plan: Plan, at: list[float], lr: float) -> list[Number] | None:
    """The oracle's rates; none where it is too slow, or the program is cut by the run's end.

    Nor where a value is not legal for this lr, nor for noise without torch, which has the only
    stream that is not ours.
    """
    r = plan.run
    small = len(plan.program) < 2_000 and float(plan.total or 100) < 1e5
    if r.overflow == "truncate" or not small:
        return None
    host = Host(r.total, r.tick or "st", r.steps_per_epoch, r.tokens_per_step, r.examples_per_step)
    try:
        expected = rate(read(plan.schedule.model_dump_json()), host, draws, lr)
        return [expected(t) for t in at]
    except (TooLarge, NotLegal, ImportError):
        return None


def moments(plan: Plan) -> list[float]:
    """The ends of the pieces with their neighbours, whole ticks between them, and the end."""
    shown = [e for p in plan.pieces[:6] for e in (p.start, p.end) if e is not None]
    ends = {float(e) for e in shown if e < 1e15}
    total = float(plan.total or 100)
    near = {t for e in ends for t in (e, math.floor(e), math.nextafter(e, 0.0), e + 1)}
    return sorted({0.0, 0.5, 1.0, total / 3, total, total * 1.25} | {t for t in near if t >= 0})


def views(text: str, run: Run) -> None:
    """What the terminal and the pages show can be shown, and nothing differs from itself."""
    looked = looked_at([("", text)], **run)
    assert json.loads(json.dumps(looked, allow_nan=False)) == looked
    plan = _plan(text, run)
    if plan is None:
        return
    assert plan.explain()
    shown, error = _try(lambda: overview(plan, 0.1))
    assert shown or error.diagnostics
    same, error = _try(lambda: compare(plan, lrdsl.compile(plan.schedule, **run)))
    if same is not None:
        assert same.is_equal
        assert said(same)


# --- doors ----------------------------------------------------------------------------------------


def _try(work: Callable[[], Any]) -> tuple[Any, LrdslError | None]:
    try:
        return work(), None
    except LrdslError as error:
        return None, error


def _read(text: str) -> Schedule | None:
    return _try(lambda: lrdsl.parse(text))[0]


def _plan(text: str, run: Run) -> Plan | None:
    return _try(lambda: lrdsl.compile(text, **run))[0]


PROPERTIES: dict[str, Callable[[str, Run], None]] = {
    p.__name__: p for p in (only_lrdsl_errors, canonical_text, fixes, back_ends, oracle, views)
}
