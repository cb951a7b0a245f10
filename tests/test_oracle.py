"""lrdsl against a second evaluator, which was written from grammar/SPEC.md alone.

Where they differ, one of three is wrong: the oracle, the specification, or lrdsl.
"""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from fuzzing.properties import against_the_oracle
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracle import Number, TooLarge
from oracle.numbers import ULP, mp
from strategies import Allowed, runs, schedules, ticks

import lrdsl
from lrdsl import LrdslError, Schedule

VECTORS = Path(__file__).resolve().parents[1] / "grammar" / "conformance"
CASES = [
    pytest.param(case, id=case["id"])
    for path in sorted(VECTORS.glob("*.json"))
    for case in json.loads(path.read_text("utf-8"))["cases"]
    if "values" in case and path.name != "systems.json"  # those have other systems' roundings
]


def oracles(program: str, run: dict[str, Any], at: list[float], lr: float) -> list[float]:
    from fuzzing.properties import asked

    found = asked(lrdsl.compile(program, **run), at, lr)
    if found is None:
        pytest.skip("more cycles than the oracle counts, or noise without torch")
    return [float(x) for x in found]


@pytest.mark.parametrize("case", CASES)
def test_the_oracle_conforms(case: dict[str, Any]) -> None:
    """Before it judges, it is judged: by numbers that come from neither."""
    at, values = zip(*case["values"], strict=True)
    found = oracles(case["program"], case.get("run", {}), list(at), case.get("lr", 1.0))
    tolerance = case.get("tolerance", 1e-12) * (max(map(abs, values)) or 1)
    assert found == pytest.approx(values, rel=0, abs=tolerance)


# Hundreds of programs in the normal run; more than ten thousand under the fuzz profile.
MANY = settings(max_examples=max(250, settings.default.max_examples * 5 // 2))


@MANY
@given(
    schedules(Allowed(depth=3, pinned=True)), runs(), st.sampled_from([0.1, 1.0, 7.0]), st.data()
)
def test_lrdsl_agrees_with_the_oracle(
    s: Schedule, run: dict[str, Any], lr: float, data: st.DataObject
) -> None:
    """Within 16 ulp of the size of the numbers that a rate was computed from.

    That size is the oracle's own first-order bound of what an ulp of error per operation adds up
    to. Over ten thousand programs the largest difference was 0.9 of it; 16 leaves room for other
    C libraries, and a wrong formula or boundary is off by 1e10.
    """
    try:
        plan = lrdsl.compile(s, **{**run, "overflow": "error"})
    except LrdslError:
        assume(False)
    at = data.draw(st.lists(ticks(plan), min_size=4, max_size=8))
    at += [0.0, float(plan.total or 0), 1.2 * float(plan.total or 0)]
    at = [t for t in at if t == 0 or t > 1e-200]  # progress there is no normal double
    try:
        rates = [plan(t, lr) for t in at]
    except LrdslError as error:
        assume(all(d.code != "LR502" for d in error.diagnostics))
        raise
    against_the_oracle(plan, at, rates, lr)


# What the oracle found, and what it taught the specification.
FOUND = [
    # a sum is as long as its longest part, wherever another one is pinned, also inside a sum
    ("linear(20) * linear(until=2, end=0.3) + 0.001", [1, 2, 5, 19, 20, 21]),
    ("(linear(20) * linear(until=2, end=0.3) + 0.001)[7:100]", [0, 2, 12, 13, 20]),
    ("2*(linear(20) + linear(until=2, end=0.3) >> linear(10)) >> hold + lr", [0, 5, 20, 25, 31]),
    ("hold >> linear(11) + linear(until=10, end=0) >> linear", [0, 5, 10, 15, 16, 17, 58, 99]),
    # a chain with an open operand that is not its last is flexible
    ("(inverse(scale=7) >> hold(11, value=1))[:5]", [0, 4, 5, 50]),
    # what is flexible gets the run and what is cut off before it
    ("wave(periods=2, grid=open)[5:20]", [0, 10, 14.5, 15, 30]),
    # an overlay is never shorter than its left side
    ("(linear(until=10) | inverse(scale=9))[:5] >> hold", [0, 4.5, 5, 50]),
    # a steep root at a boundary that is no double: 0 to the 0.01 is 0, and 1e-18 is 0.66
    ("hold(0.0175st) >> poly(1, power=1, k=0.01)", [0.0175, 0.5]),
]


@pytest.mark.parametrize(("program", "at"), FOUND)
def test_what_the_oracle_found(program: str, at: list[float]) -> None:
    plan = lrdsl.compile(program, total=100, tick="st")
    against_the_oracle(plan, at, [plan(t, 0.1) for t in at], 0.1)


def test_a_pinned_sum_that_is_longer_than_its_pin_has_to_fit_the_run() -> None:
    with pytest.raises(LrdslError) as error:
        lrdsl.compile("hold >> linear(11) + linear(until=2) >> hold", total=2.5, tick="st")
    assert [d.code for d in error.value.diagnostics] == ["LR402"]


# --- the oracle's own arithmetic ------------------------------------------------------------------


def test_sizes_grow_where_digits_are_lost() -> None:
    tenth = Number.of(Fraction(1, 10))
    assert float((tenth - tenth).size) == pytest.approx(0.2)
    huge = Number.of(1, 10**6)  # a progress of 1 after a million ticks
    assert float((Number.of(3) * huge).size) == pytest.approx(3e6 + 3)
    assert float(Number.of(Fraction(1, 3)).cos().size) < 1.4
    root = Number.of(0, 1).to(Number.of(Fraction(1, 2)))  # of 0, or of an ulp
    assert float(root.size * ULP) == pytest.approx(2 * float(mp.sqrt(ULP)))


def test_too_many_cycles_are_not_counted_one_by_one() -> None:
    from oracle import Host, rate, read

    program = read(lrdsl.parse("cosine(1) * restarts").model_dump_json())
    with pytest.raises(TooLarge):
        rate(program, Host(Fraction(10**9)), lambda *_: (), 0.1)(10**8)
