"""Corners of the layout that random programs seldom come by.

Rates are held against the oracle, at every boundary and on both sides of it.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from asking import code_of
from fuzzing.properties import against_the_oracle

import lrdsl
from lrdsl import Schedule
from lrdsl.diagnostics import Problem
from lrdsl.layout.cycles import MAX_CYCLES, check_unequal
from lrdsl.plan import resolve
from lrdsl.python import linear
from lrdsl.run import Run
from lrdsl.segments import Restarts

RUN: dict[str, Any] = {"total": 100, "tick": "st"}
ULPS = 4 * np.finfo(float).eps  # numpy's elementary functions against the C library's


LAID_OUT = [
    # what is sliced off a sum that is pinned, and has a least length
    ("(linear(3) + linear(until=10))[2:] >> hold", [1, 10]),
    ("hold(5) >> (linear(3) + linear(until=10))[2:]", [5, 6, 10]),
    # each layer has the room that it asks for itself, not that of another one
    ("hold(1) | linear(until=10) | cosine", [1, 10, 50]),
    ("hold(1) | linear(20) | hold(5) >> cosine(until=60)", [1, 20, 60]),
    # what is cut off is not what it leaves, nor what a noise from the start on has after its end
    ("(hold(1) >> hold(5, value=0.5*lr))[:1] >> hold", [1, 2]),
    ("hold + noise(0.5, until=10)", [10]),
    # what is flexible has the run and what is cut off before it
    ("cosine[10:20] >> hold", [10]),
    ("(warmup(5) >> cosine)[15:60] >> linear", [45]),
    # what is pinned divides the room before it, and what follows starts there
    ("hold(10) >> linear >> cosine(until=60, end=0.5) >> linear >> hold(5)", [10, 35, 60, 95]),
    ("linear(20, end=0.5) >> linear >> linear(until=50) >> linear(until=70)", [20, 35, 50, 70]),
    ("linear(until=20, end=0.2) >> linear(end=1) >> linear(until=70) >> hold", [20, 45, 70]),
    ("hold(5) >> linear(3) >> linear(1) + linear(until=30) >> hold", [5, 8, 9, 30]),
    ("warmup(until=10) >> linear(until=10, end=0.5) >> cosine", [10]),
    ("warmup(20) >> cosine(10) * restarts(limit=3) >> linear(until=40)", [20, 30, 40]),
    ("cosine(10) * restarts(limit=3) >> linear(30, end=0.5) >> linear(until=90)", [10, 20, 30, 60]),
    # a `restarts` that is cut by the end of the run, alone and before something
    ("hold(50) >> cosine(10) * restarts(limit=10)", [50, 60, 70, 90]),
    ("hold(50) >> cosine(10) * restarts >> linear(20, end=0.3)", [50, 60, 70, 80]),
    ("hold(99.5st) >> cosine(10) * restarts(limit=3)", [99.5]),
    ("hold(100, value=0.3) >> cosine(10) * restarts(limit=3)", []),
    # a slice that goes on to the end cuts nothing off: what is in it is cut by the room
    ("(cosine(end=0.5) + cosine(30) * restarts(limit=4))[:]", [30, 60, 90]),
    ("(cosine(end=0.5) + cosine(30) * restarts(limit=5))[7:]", [23, 53, 83]),
    # steps that no float holds, in cycles that grow
    ("linear(2.5st) * snap(0.1st) * restarts(t_mul=2, limit=3)", [0.3, 0.7, 1.1, 5.3, 9.1]),
    ("hold(3) >> linear(2.5st) * snap(0.1st) * restarts(t_mul=1.5, limit=3)", [3.3, 5.3, 5.8]),
    ("step(every=0.7st, factor=0.9, over=7) * restarts(t_mul=3, limit=2)", [0.7, 2.1, 4.9, 9.1]),
    ("cosine(30) * restarts(limit=5) | linear", [30, 60, 90]),
    ("(cosine(30) * restarts(limit=5) | linear) >> hold(20)", [30, 60, 80]),
    # sums and products are as long as their longest part
    ("cosine(10) * restarts + 0.1*inverse(scale=3) >> hold(3)", [10, 90, 97]),
    ("linear(until=5) * inverse(scale=4) >> hold", [5]),
    ("cosine(10) * restarts + linear(25) >> hold(3)", [10, 20, 25, 97]),
    ("linear(5) >> max(hold, 0.01) >> linear(20)", [5, 80]),
    ("(hold(20) >> hold(30) >> cosine(10) * restarts(limit=10)) + 0.1*lr", [20, 50, 60, 90]),
    # what is longer than its own pin needs lasts, in a chain too
    ("(warmup(until=20) + linear(40)) >> hold(5) | cosine", [20, 40, 45]),
    ("((warmup(until=20) + linear(40)) >> hold(5) >> linear(3)) + linear(30) >> cosine", [20, 48]),
    ("((warmup(until=20) + linear(40)) >> linear(until=50) >> hold(3)) + linear(9) >> hold", [53]),
    ("((warmup(until=20) + linear(40)) >> hold(10))[35:] >> linear(end=1)", [20, 30]),
    ("((warmup(until=20) + linear(90)) >> hold(5))[35:] >> linear(end=1)", [20, 55, 60]),
    ("cosine(10) + 0.5*linear(30) >> hold", [10, 30]),
    ("min(cosine(10), linear(30, end=0.5)) >> max(hold(5), linear) >> hold(5)", [10, 30, 35, 95]),
    ("clip(linear(30), 0.1, 0.5) >> hold", [15, 27, 30]),
    # slices: of open ends, past the end, up to it, and of cycles
    ("inverse(scale=3)[3:] >> hold(3)", [97]),
    ("linear(until=40)[5:] >> hold", [40]),
    ("linear(30)[10:50] >> hold", [20, 40]),
    ("linear(50)[10:10%] >> hold", []),
    ("linear(50)[10st - 10%:40%] >> hold", [40]),
    ("linear(30, end=0.5)[40:] >> hold", []),
    ("linear(30, end=0.5)[40:50] >> linear(20, end=0)", [10, 30]),
    ("linear(30, end=0.5)[0:0] >> linear(20, end=0)", [20]),
    ("linear(30, end=0.5)[:30] >> linear(20, end=0)", [30, 50]),
    ("(cosine(10) * restarts)[5:25] >> linear", [5, 15, 20]),
    ("(cosine(10) * restarts(limit=3))[25:] >> linear", [5]),
    ("(hold >> linear)[0:60] >> linear(until=80)", [50, 60, 80]),
    ("hold(3) >> (hold(5) >> inverse(scale=3))[:20] >> linear", [3, 8, 23]),
    ("(linear(150) >> linear(end=1))[:50] >> hold(5)", [50, 55]),
    ("(linear(20) >> hold(10))[10:]*0.5 | linear", [10, 20]),
    # overlays of several layers, the left ones longer or shorter
    ("warmup(5) | linear(20, end=0.5) | cosine", [5, 20]),
    ("linear(20, end=0.5) | warmup(5) | cosine", [5, 20]),
    ("linear(20, end=next) | cosine", [20]),
    ("linear(30, end=next) | warmup(10) >> cosine", [10, 30]),
    # what is aimed at is the curve below past its end, or past a junction of it
    ("linear(20, end=next) | cosine(10) * restarts(limit=2)", [10, 20]),
    ("linear(20, end=next) | hold(20) | cosine(40)", [20, 40]),
    ("linear(20, end=next, start=0) | hold + noise(0.5)", [20]),
    # the end of a slice is the end of what stands in it: its exit, not the value before
    ("(linear(1, grid=both) + hold(5, value=0))[:1] >> hold", [1]),
    ("((linear(10) >> hold(0, value=0.3)) + linear(40))[:10] >> hold", [10]),
    ("(linear(10, end=0.5) | hold(30, value=0.3))[:10] >> hold", [10]),
    ("(linear(20) | hold(5)) >> linear(10, end=0.5)", [5, 20, 30]),
    ("(linear(0) | hold(5)) >> linear(10, end=0.5)", [5, 15]),
    # steps of a snap, whole and cut by the end of what is snapped
    ("linear(5, end=0.1) * snap(2) >> hold", [2, 4, 5]),
    ("linear(7, end=0.1) * snap(3) >> linear(9) * snap(3)", [3, 6, 7, 10, 13]),
    ("(linear(20) * snap(7))[:10] >> hold", [7, 10]),
    ("(linear(20) * snap(5))[:10] >> hold", [5, 10]),
    ("hold(10) >> (hold + noise(0.5)) * snap(7)", [17, 24]),
    # the exit of a cycle, whole or cut: at the end of the run too, and without noise
    ("(linear(10) >> hold(0, value=0.3)) * restarts", [10, 90]),
    ("(linear(10) >> hold(0, value=0.3)) * restarts(limit=3) >> hold", [10, 30]),
    ("gaussian(0.1, over=30) * restarts(limit=5)", [30, 90]),
    # cycles: of one length, growing, shrinking, fading, nested, of several segments
    ("cosine(7) * restarts", [7, 14, 49, 98]),
    ("cosine(1) * restarts(t_mul=2)", [1, 3, 7, 15, 31, 63]),
    ("cosine(40) * restarts(t_mul=0.5, limit=3)", [40, 60, 70]),
    ("cosine(10) * restarts(decay=0.5)", [10, 20, 30]),
    ("cosine(10) * restarts(t_mul=2, decay=0.5)", [10, 30, 70]),
    ("cosine * restarts(t_mul=2, limit=2)", [100 / 3]),
    ("(linear(2) >> hold(3)) * restarts(t_mul=2, limit=3)", [2, 5, 9, 15, 23, 35]),
    ("(cosine(2) * restarts(t_mul=2, limit=2)) * restarts(t_mul=3, limit=2)", [2, 6, 12, 24]),
    ("((linear(4) >> hold(4, value=0.3))[:4] >> hold(5)) * restarts(t_mul=2, limit=3)", [4, 9, 17]),
    ("((linear(4) | hold(8, value=0.3))[:4] >> hold(5)) * restarts(t_mul=2, limit=3)", [4, 9, 17]),
    ("(linear(2, end=0.5) >> cosine) * restarts(limit=4)", [2, 25, 27, 50, 52]),
    ("(cosine(2) * restarts(limit=3)) * restarts(t_mul=2, limit=3)", [2, 4, 6, 10, 14, 18, 26]),
    ("cosine(100) * restarts(limit=1)", [50]),
    ("hold(10, value=0.5) >> cosine(10) * restarts(limit=2, t_mul=3) >> hold", [10, 20, 50]),
    ("hold(10) >> linear(10) * restarts(limit=2) >> linear(20, end=0.2)", [10, 20, 30]),
    # in cycles of unequal length inside such cycles: shorter beside longer parts, what is left of
    # a room, slices, and noise that a snap holds
    ("(linear(4) | hold(1)) * restarts(t_mul=2, limit=3) * restarts(t_mul=2.5, limit=2)",
     [1, 4, 5, 12, 13, 28, 30.5, 38]),
    ("((hold(1) >> cosine >> linear(2)) * restarts(t_mul=2, limit=3) >> linear(2))"
     " * restarts(t_mul=3, limit=2)", [1, 23, 25, 26]),
    ("((cosine(3) * restarts(t_mul=2, limit=3))[2:] >> hold(1)) * restarts(t_mul=3, limit=2)",
     [1, 7, 19, 20, 23, 77]),
    ("((hold(3) >> cosine(20))[0:0] >> hold(4)) * restarts(t_mul=2, limit=2)"
     " * restarts(t_mul=3, limit=2)", [4, 12, 24]),
    ("(linear(5) + noise(0.1)) * snap(2) * restarts(t_mul=2, limit=3)", [2, 4, 5, 9, 13, 15]),
    # cut at the end of a part: an overlay's, a snap's
    ("(hold(5) >> (warmup(2) | cosine(10, end=0.1)) >> linear(10))[:15] >> linear", [5, 7, 15]),
    ("(hold(5) >> linear(10, end=0.1) * snap(3) >> hold(5))[:15] >> linear", [8, 11, 14, 15]),
    # a snap on a clock that fractions of a tick have moved
    ("(linear(30) * restarts * snap(7%))[0.7%:] * snap(3.3%)", [3.3, 6.6, 29.7]),
]  # fmt: skip


@pytest.mark.parametrize(
    "program", ["cosine(150)[:120]", "cosine(150)[20:]", "cosine(150)[:120] + 0.1"]
)
def test_what_is_left_of_a_slice_has_to_fit_the_run(program: str) -> None:
    assert code_of(lambda: lrdsl.compile(program, **RUN)) == "LR402"
    lrdsl.compile(program, total=130, tick="st")


def test_what_is_written_in_a_cycle_has_to_fit_it() -> None:
    program = "(hold(50) >> linear) * restarts(limit=4)"
    assert code_of(lambda: lrdsl.compile(program, **RUN)) == "LR402"
    lrdsl.compile(program, total=200, tick="st")


def test_a_layer_that_leaves_the_floats_at_its_end_is_refused() -> None:
    """Nobody enters there; but so it is in `>>`, where somebody does."""
    program = "inverse(scale=1, power=-400, over=50) | hold"
    assert code_of(lambda: lrdsl.compile(program, tick="st")) == "LR502"


@pytest.mark.parametrize(("program", "bounds"), LAID_OUT, ids=[p for p, _ in LAID_OUT])
def test_rates_at_every_boundary_and_beside_it(program: str, bounds: list[float]) -> None:
    plan = lrdsl.compile(program, **RUN)
    near = {b + d for b in [0.0, *bounds, 100.0] for d in (-0.5, -1e-9, 0.0, 1e-9, 0.5)}
    at = sorted(t for t in near if t >= 0)
    rates = [plan(t, 0.1) for t in at]
    against_the_oracle(plan, at, rates, 0.1)
    tall = ULPS * max(map(abs, rates))
    assert plan(np.array(at), 0.1) == pytest.approx(rates, rel=0, abs=tall)  # one branch a slice
    assert plan(np.array(at[::-1]), 0.1) == pytest.approx(rates[::-1], rel=0, abs=tall)
    assert lrdsl.check(plan.program, **RUN) is not None
    assert plan.explain().startswith(f"program   {plan.program}\n")


def test_the_oracle_misses_no_rate_that_should_be_zero() -> None:
    """Nor one beside it: what is exactly zero has no size that an ulp could be of."""
    plan = lrdsl.compile("hold(value=0)", **RUN)
    assert against_the_oracle(plan, [5.0], [0.0], 0.1) == 0
    for rate in (1e-9, -1e-9):
        with pytest.raises(AssertionError, match="the oracle has 0"):
            against_the_oracle(plan, [5.0], [rate], 0.1)


def test_a_factor_is_no_piece_of_a_product() -> None:
    """A term is told in its parts; a factor only changes what they are worth."""
    sum_, product = (
        lrdsl.compile(f"(linear(10) >> hold) {op} (hold(20) >> cosine)", **RUN) for op in "+*"
    )
    assert [p.text for p in sum_.pieces][1:] == ["linear(10)", "hold", "hold(20)", "cosine"]
    assert [p.text for p in product.pieces][1:] == ["linear(10)", "hold"]


@pytest.mark.parametrize(
    "program", ["cooldown * restarts(limit=1e308)", "step(every=1e-200st, factor=0.5)"]
)
def test_steps_that_no_float_tells_apart_are_no_error(program: str) -> None:
    plan = lrdsl.compile(program, total=1)
    at = [0.0, 0.3, 0.9999, 1.0]
    assert [plan(t) for t in at] == plan(np.array(at)).tolist()
    assert all(0 <= plan(t) <= 1 for t in at)


@pytest.mark.parametrize("end", ["", " | cosine", " + linear(5) >> cosine"])
def test_what_is_longer_than_its_pin_needs_lasts_wherever_it_stands(end: str) -> None:
    """``x + y`` is as long as the longer of the two, which begins at 10 and ends at 50."""
    program = "hold(10) >> (warmup(until=20) + linear(40)) >> hold(3)"
    plan = lrdsl.compile(f"({program}){end}", **RUN)
    at = [0.0, 10.0, 20.0, 30.0, 50.0, 52.5, 53.0, 60.0]
    against_the_oracle(plan, at, [plan(t, 0.1) for t in at], 0.1)


@pytest.mark.parametrize(
    "part",
    ["hold", "0.5*hold", "hold[3:]", "hold * snap(2)", "(hold + noise(0.1))", "max(hold, 0.01)"],
)
def test_what_is_made_of_constants_and_plain_holds_has_no_say_in_a_length(part: str) -> None:
    """The whole lasts 9 ticks, as its other part does (SPEC 5)."""
    plan = lrdsl.compile(f"linear(5) >> {part} + linear(9, end=0.2) >> linear(20)", **RUN)
    assert [(p.start, p.end) for p in plan.pieces] == [(0, 5), (5, 14), (14, 34)]
    at = [0.0, 5.0, 10.0, 14.0, 15.0, 50.0, 80.0, 90.0]
    against_the_oracle(plan, at, [plan(t, 0.1) for t in at], 0.1)


def test_the_layers_of_an_overlay_are_told_one_by_one() -> None:
    """A sequence below is one layer; each is told from where it is uncovered."""
    plan = lrdsl.compile("hold(5) | linear(10) | linear(20) >> cosine(30)", **RUN)
    assert [(p.text, p.start, p.end) for p in plan.pieces] == [
        ("hold(5)", 0, 5),
        ("linear(10)", 5, 10),
        ("linear(20) >> cosine(30)", 10, 50),
    ]


def test_what_is_sliced_is_reached_earlier() -> None:
    assert lrdsl.check("(hold(100) >> linear(10))[10:]", **RUN) == []


def test_what_aims_at_the_curve_below_meets_it_through_a_factor() -> None:
    plan = lrdsl.compile("hold(5) >> 0.5*linear(20, end=next) | cosine", **RUN)
    assert plan(math.nextafter(25, 0)) == pytest.approx(plan(25), rel=1e-12)


def test_what_follows_cycles_that_fill_the_run_has_no_time() -> None:
    plan = lrdsl.compile("cosine(10) * restarts(limit=20) >> linear(end=0.3)", **RUN)
    assert plan(95) == pytest.approx(0.5)
    assert [p.end for p in plan.pieces if p.depth == 0] == [100, 100]


def test_what_is_deeper_than_the_stack_is_refused() -> None:
    """Where a host lays out a tree that no limit of the language has seen."""
    deep: Schedule = linear(5)
    for _ in range(1000):
        deep = deep[0:]
    with pytest.raises(Problem) as caught:
        resolve(deep, Run(Fraction(100), "st"))
    assert caught.value.code == "LR602"


def test_a_piece_is_told_without_its_noise() -> None:
    plan = lrdsl.compile("gaussian(0.1, over=10) >> hold + noise(0.5)", **RUN)
    assert [p.values(0.1) for p in plan.pieces] == [(0, 0), (0, 0)]


def test_restarts_are_nested_eight_deep_and_no_deeper() -> None:
    eight = "linear(10)" + " * restarts(limit=1)" * 8
    assert lrdsl.compile(eight, **RUN)(5) == 0.5
    assert code_of(lambda: lrdsl.compile(f"{eight} * restarts(limit=1)", **RUN)) == "LR602"


def test_an_open_ended_run_of_cycles() -> None:
    even = lrdsl.compile("cosine(10) * restarts", tick="st")
    uneven = lrdsl.compile("cosine(10) * restarts(t_mul=2)", tick="st")
    fading = lrdsl.compile("cosine(10) * restarts(decay=0.5)", tick="st")
    assert [even(t) for t in (0, 10, 10.0**9)] == [1, 1, 1]
    assert [uneven(t) for t in (0, 10, 30, 10 * (2.0**40 - 1))] == [1, 1, 1, 1]
    assert [fading(t) for t in (0, 10, 20)] == [1, 0.5, 0.25]
    assert even.pieces[0].end is None
    (only,) = lrdsl.compile("cosine(10) * restarts", total=5).layout.cycles.values()
    assert (only.count, only.full) == (1, False)
    assert even.layout.cycles[id(even.schedule)].count is None
    assert uneven.layout.cycles[id(uneven.schedule)].count == 50  # 10*(2^50 - 1) is beyond 2^53


@pytest.mark.parametrize(
    ("total", "even", "uneven"),
    [
        (5, (1, False), (1, False)),
        (10, (1, True), (1, True)),
        (70, (7, True), (3, True)),
        (Fraction("70.5"), (8, False), (4, False)),
        (71, (8, False), (4, False)),
    ],
)
def test_cycles_are_counted(total: Any, even: Any, uneven: Any) -> None:
    """Those that begin before the end, and whether the last of them is complete."""
    for t_mul, expected in (("1", even), ("2", uneven)):
        plan = lrdsl.compile(f"cosine(10) * restarts(t_mul={t_mul})", total=total)
        plan(0)
        (found,) = plan.layout.cycles.values()
        assert (found.count, found.full) == expected


def test_unequal_cycles_have_a_limit() -> None:
    growing = Restarts(t_mul=Fraction("1.0001"))
    check_unequal(growing, MAX_CYCLES)
    with pytest.raises(Problem, match="LR606"):
        check_unequal(growing, MAX_CYCLES + 1)
    text = f"cosine(1) * {growing}"
    lrdsl.compile(text, total=10**6)  # 46 thousand of them
    assert code_of(lambda: lrdsl.compile(text, total=10**8)) == "LR606"  # 92 thousand
