"""Corners of the layout and of the compiled forms that random programs seldom come by.

Rates are held against the oracle, at every boundary and on both sides of it.
"""

from __future__ import annotations

import math
import pickle
from fractions import Fraction
from typing import Any
from unittest.mock import ANY

import numpy as np
import pytest
from fuzzing.properties import against_the_oracle

import lrdsl
from lrdsl import LrdslError, Schedule
from lrdsl import expr as E
from lrdsl.compiled.python import MAX_INDENT, Printer, check_printable
from lrdsl.compiled.vector import BLOCK
from lrdsl.diagnostics import Problem, Span, moved
from lrdsl.layout.cycles import MAX_CYCLES, check_unequal
from lrdsl.layout.frames import label
from lrdsl.plan import resolve, written_times
from lrdsl.python import cosine, hold, linear, lr, noise, restarts
from lrdsl.python import max as maximum
from lrdsl.python import min as minimum
from lrdsl.run import Run
from lrdsl.segments import Restarts

RUN: dict[str, Any] = {"total": 100, "tick": "st"}
ULPS = 4 * np.finfo(float).eps  # numpy's elementary functions against the C library's


def code_of(work: Any) -> str:
    with pytest.raises(LrdslError) as caught:
        work()
    return caught.value.diagnostics[0].code


# --- where segments lie ---------------------------------------------------------------------------

LAID_OUT = [
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


@pytest.mark.parametrize(
    ("program", "code"),
    [
        # beyond the room
        ("hold(60) >> linear(60)", "LR402"),
        ("linear(160)", "LR402"),
        ("hold(150) >> cosine(10) * restarts(limit=10)", "LR402"),
        ("linear(until=150)", "LR402"),
        ("linear(until=150) >> hold", "LR402"),
        ("hold(50) >> cosine(90) + linear(30)", "LR402"),
        ("hold(60) >> (linear(60) | hold)", "LR402"),
        ("hold(5st - 10%) >> hold", "LR501"),
        ("linear(0) * restarts", "LR501"),
        ("1e200*hold(value=1e200)", "LR502"),
        ("linear[5st - 10%:]", "LR308"),
        ("exponential(every=0.01st, factor=1e10)", "LR502"),
        ("linear(50)[10:5%]", "LR308"),
        ("points([[30%, 1], [2, 0]])[5:5]", "LR505"),
        # before its start, or where a moment of the run means nothing
        ("hold(50) >> linear >> linear(until=40)", "LR404"),
        ("hold(5) >> linear(until=60) >> linear(until=55) >> hold", "LR404"),
        ("hold(30) >> linear(until=60) + linear(until=20)", "LR404"),
        ("hold >> (hold(5) >> linear(until=40))", ""),
        ("hold(5) >> (hold(5) >> linear(until=40) | hold)", "LR403"),
        ("linear(until=40) * restarts(limit=2)", "LR403"),
        ("linear(until=40) * restarts", "LR403"),
        # what is sliced has no length before it has a room
        ("hold(3) >> cosine[:7] >> hold(3)", "LR401"),
        ("(cosine[:7] >> hold(3)) * restarts(limit=2)", "LR401"),
        ("linear | hold", "LR401"),
        ("linear * restarts", "LR401"),
        ("(cosine(0) + 1e-5) * restarts(limit=2)", "LR501"),
        ("cosine(1) * restarts(t_mul=1.0001, limit=100000)", "LR606"),
        ("cosine * restarts(t_mul=1.0001, limit=65537)", "LR606"),
        ("cosine * restarts(t_mul=2, limit=65537)", "LR606"),
        ("hold >> linear(5, end=next)", "LR307"),
    ],
)
def test_what_does_not_fit(program: str, code: str) -> None:
    if code:
        assert code_of(lambda: lrdsl.compile(program, **RUN)) == code
    else:
        lrdsl.compile(program, **RUN)


@pytest.mark.parametrize(
    "program",
    [
        "inverse(scale=3) >> hold(3)",
        "cosine(5) * restarts >> hold(3)",
        "(cosine(5) * restarts)[2:] >> hold(3)",
        "hold >> linear(5)",
        "hold >> inverse(scale=3)",
        "cosine",
        "inverse(scale=3) + inverse(scale=5) >> hold(3)",
        "(hold >> linear(5))[:7]",
    ],
)
def test_what_fills_a_run_needs_its_total(program: str) -> None:
    assert code_of(lambda: lrdsl.compile(program, tick="st")) == "LR701"


@pytest.mark.parametrize(
    "program", ["hold[:7] >> hold(3)", "linear(5, end=1) >> hold(5) >> inverse(scale=3)", "1e-3"]
)
def test_what_goes_on_does_not(program: str) -> None:
    assert lrdsl.compile(program, tick="st")(1e6) > 0


def test_a_run_that_truncates_cuts_whatever_is_too_long() -> None:
    for program, bounds in (
        ("hold(50) >> cosine(90) + 0.5*linear(30)", [80]),
        ("hold(50) >> (cosine(90) | linear(30))", [50]),
        ("hold(50) >> linear(until=150)", [50]),
        ("hold(150) >> linear(10)", []),
        ("hold(150) >> linear", []),
    ):
        plan = lrdsl.compile(program, **RUN, overflow="truncate")
        whole = lrdsl.compile(program, **{**RUN, "total": 150}) if "150)" not in program else None
        assert plan(1e6) == plan(100)
        for t in [0, *bounds, 99.5]:
            assert whole is None or plan(t) == whole(t)


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("inverse(scale=2, power=4444)", [1, 0, 0]),
        ("inverse(scale=2, order=4444)", [1, 1, 0.5**0.5]),
        ("gaussian(9, decay=4444, seed=1) + 1e-3", [None, 1e-3, 1e-3]),
    ],
)
def test_what_is_divided_by_more_than_a_float_holds_is_0(
    program: str, expected: list[float | None]
) -> None:
    """In every form, and at the program's end."""
    torch = pytest.importorskip("torch")
    from lrdsl.torch import value

    plan = lrdsl.compile(program, total=100)
    for rates in (
        [plan(t) for t in range(101)],
        plan(np.arange(101)).tolist(),
        [sum(plan.affine(t)) for t in range(101)],
        value(plan, torch.arange(101)).tolist(),
    ):
        known = [(r, e) for r, e in zip(rates, expected, strict=False) if e is not None]
        assert all(r == pytest.approx(e, rel=1e-15) for r, e in known)
        assert rates[-1] == (expected[1] if "gaussian" in program else 0)
    assert "-> " in plan.explain()


def test_a_power_below_0_is_refused_where_no_float_holds_it() -> None:
    program = "inverse(scale=2, power=-4444)"
    assert code_of(lambda: lrdsl.compile(program, total=100)) == "LR502"
    plan = lrdsl.compile(program, tick="st")
    assert plan(0) == 1
    for ask in (lambda: plan(50), lambda: plan(np.arange(100.0)), lambda: plan.affine(50)):
        with pytest.raises(LrdslError, match="LR502"):
            ask()


def test_a_run_that_truncates_is_explained_however_far_beyond_it_the_program_goes() -> None:
    """There it has a value, or a share of the run, that no float holds."""
    far = lrdsl.compile(
        "hold(1e305st) >> cosine(1e308st)", total=10, tick="st", overflow="truncate"
    )
    assert "inf%" in far.explain()
    plan = lrdsl.compile("exponential(1, 1.5, until=1e99)", **RUN, overflow="truncate")
    (piece,) = plan.pieces
    assert (piece.end, piece.last) == (10**99, None)
    assert "0.0% .. 1e+99%" in plan.explain()


def test_what_is_held_past_a_cut_has_no_noise() -> None:
    plan = lrdsl.compile("hold(150) + noise(0.5)", **RUN, overflow="truncate")
    assert plan(99) != 1
    assert [plan(t) for t in (100, 120)] == [1, 1]


def test_many_lengths_are_told_in_a_few() -> None:
    """Up to eight of them in full; of more the first six and the last."""

    def message(n: int) -> str:
        with pytest.raises(LrdslError) as caught:
            lrdsl.compile(" >> ".join(f"hold({20 + i})" for i in range(n)), total=100)
        return caught.value.diagnostics[0].message

    full = " + ".join(f"hold {20 + i}" for i in range(8))
    assert message(8) == f"{full} = 188, the run is 100"
    six = " + ".join(f"hold {20 + i}" for i in range(6))
    assert message(9) == f"{six} + ... + hold 28 = 216, the run is 100"


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("hold(10) >> (warmup(until=20) + linear(95)) >> linear", "linear(95) 105, the run is 100"),
        (
            "hold(5) >> linear(4) * restarts(limit=2) >> linear(until=3)",
            " = 13, the room here is 3",
        ),
    ],
)
def test_what_is_too_long_beside_a_pin_is_told(program: str, told: str) -> None:
    with pytest.raises(LrdslError) as caught:
        lrdsl.compile(program, total=100)
    assert caught.value.diagnostics[0].message.endswith(told)


@pytest.mark.parametrize(
    ("program", "told", "where"),
    [
        ("linear(160)", "linear 160, the run is 100", "linear(160)"),
        ("hold(60) >> linear(50)", "hold 60 + linear 50 = 110, the run is 100", "linear(50)"),
    ],
)
def test_lengths_that_are_too_long_are_summed(program: str, told: str, where: str) -> None:
    with pytest.raises(LrdslError) as caught:
        lrdsl.compile(program, total=100)
    (found,) = caught.value.diagnostics
    assert found.message == told
    assert program[found.span.start : found.span.end] == where


@pytest.mark.parametrize(
    ("program", "advice"),
    [
        ("hold(5) >> cosine", "a length: cosine(over=10ep)"),
        ("cosine * restarts(limit=2)", "a length"),
    ],
)
def test_what_fills_a_run_is_told_how_to_have_a_length(program: str, advice: str) -> None:
    with pytest.raises(LrdslError) as caught:
        lrdsl.compile(program, tick="st")
    assert caught.value.diagnostics[0].help == f'give the total: total="90ep"; or {advice}'


def test_the_room_of_a_part_is_not_called_the_run() -> None:
    with pytest.raises(LrdslError) as caught:
        lrdsl.compile("hold(40) >> (hold(50) >> linear(50) | linear)", total=100)
    assert "the room here is 60" in caught.value.diagnostics[0].message


@pytest.mark.parametrize("sliced", ["", "[5:]"])
def test_a_start_is_told_in_run_time(sliced: str) -> None:
    """What ends at 30 is followed by 40 ticks, whatever is cut off before."""
    program = "linear(until=30) >> hold(40) >> linear(until=50)"
    with pytest.raises(LrdslError) as caught:
        lrdsl.compile(f"({program}){sliced}", **RUN)
    (found,) = caught.value.diagnostics
    assert found.code == "LR404"
    assert found.message.endswith("before the start of this segment, which is at 70st")


def test_a_label_is_short() -> None:
    long = linear(11) + linear(12) + linear(13) + 0.25 * linear(5)
    assert len(str(long)) > 40
    assert label(long) == f"{str(long)[:37]}..."
    exact = lrdsl.parse("linear(1111) + linear(2222) + linear(33)")
    assert len(str(exact)) == 40
    assert label(exact) == str(exact)
    assert label(lrdsl.parse(f"{exact} ".replace("33)", "333)"))) == f"{str(exact)[:37]}..."
    assert label(linear(5)) == "linear"


def test_a_schedule_that_stands_twice_writes_its_times_once() -> None:
    """And what stands before it is not forgotten."""
    twice = cosine(5)
    found = [str(time) for _, _, time in written_times(linear(3) >> twice >> twice)]
    assert sorted(found) == ["3", "5"]


# --- plans ----------------------------------------------------------------------------------------


def test_plans_are_equal_if_their_programs_and_runs_are() -> None:
    one, same = (lrdsl.compile(linear(), total=10) for _ in range(2))
    other_run, other = lrdsl.compile(linear(), total=20), lrdsl.compile(cosine(), total=10)
    assert one == same
    assert hash(one) == hash(same)
    assert one not in (other_run, other, "linear", None)
    assert one == ANY  # what is no plan decides for itself
    assert len({one, same, other_run, other}) == 3
    assert pickle.loads(pickle.dumps(one)) == one
    assert repr(lrdsl.compile("hold", total=7.5)) == "<Plan hold | total=7.5>"


@pytest.mark.parametrize(
    ("t", "shown"),
    [
        (-1, "-1"),
        (math.inf, "inf"),
        (math.nan, "nan"),
        (10**400, "this int"),
        pytest.param(10**5000, "this int", id="too long for a decimal text"),
        (Fraction(-1, 2), "Fraction(-1, 2)"),
        (np.float64(-2.5), None),
    ],
)
def test_a_wrong_number_of_ticks_is_shown(t: Any, shown: str | None) -> None:
    plan = lrdsl.compile("linear", total=10)
    for ask in (plan, plan.affine):
        with pytest.raises(LrdslError) as caught:
            ask(t)
        (found,) = caught.value.diagnostics
        assert found.code == "LR707"
        assert found.span == lrdsl.Span(0, 0)
        if shown is not None:
            assert found.message == f"t is a number of ticks, 0 or more, not {shown}"


def test_what_is_long_is_told_by_its_type() -> None:
    plan = lrdsl.compile("linear", total=10)
    for text, shown in (("x" * 57, repr("x" * 57)), ("x" * 58, "this str")):
        with pytest.raises(LrdslError) as caught:
            plan(text)
        assert caught.value.diagnostics[0].message.endswith(f", not {shown}")


@pytest.mark.parametrize("lr", [math.inf, math.nan, "1", b"1", None, 10**400])
def test_a_base_rate_is_a_finite_number(lr: Any) -> None:
    plan = lrdsl.compile("linear", total=10)
    for t in (1, np.ones(2)):
        with pytest.raises(LrdslError, match="lr is a finite number") as caught:
            plan(t, lr)
        assert [d.code for d in caught.value.diagnostics] == ["LR707"]


def test_ticks_are_numbers_whatever_they_are_kept_in() -> None:
    plan = lrdsl.compile("linear", total=10)
    assert plan([0, 5, 10]).tolist() == [1, 0.5, 0]
    assert plan(np.array([0, Fraction(5)], dtype=object)).tolist() == [1, 0.5]
    for beyond in (-2.5, math.inf, math.nan):  # it is named, and not one of those beside it
        with pytest.raises(LrdslError, match=rf"not \S*{beyond}\b"):
            plan([0, 0.5, beyond, 7])
    for wrong in (["5"], [5j], [None], np.array([10**400], dtype=object)):
        assert code_of(lambda wrong=wrong: plan(wrong)) == "LR707"


def test_a_rate_that_is_not_finite() -> None:
    """A geometric curve to a negative end leaves the numbers; numbers and arrays say the same."""
    program = "geometric(end=0.001 - 0.5*lr)"
    plan = lrdsl.compile(program, total=100)
    for work in (lambda: plan(25), lambda: plan(np.array([25.0])), lambda: plan(25, 2.0)):
        with pytest.raises(LrdslError) as caught:
            work()
        (found,) = caught.value.diagnostics
        assert (found.code, found.span) == ("LR502", lrdsl.Span(0, 0))
        assert found.message.startswith("the rate is not finite at t = 25 for lr = ")
    with pytest.raises(LrdslError, match=r"at t = 25 for lr = 2\n"):
        plan(25, 2.0)
    huge = lrdsl.compile("1e200*lr", total=100)
    for large in (1e200, -1e200):
        assert code_of(lambda large=large: huge(1, large)) == "LR502"
        assert code_of(lambda large=large: huge(np.ones(1), large)) == "LR502"
    assert huge.affine(1) == (1e200, 0.0)
    assert huge.pieces[0].values(1e200)[0] == math.inf
    assert "depends on lr" in plan.explain()


@pytest.mark.parametrize(
    ("program", "t", "fine"),
    [
        ("(1e200*linear(9)) * (1e200*linear(9)) >> hold", 0, 9),  # the share of lr is too large,
        ("linear(9, start=1e200) * (1e200*linear(9)) >> hold", 0, 9),  # or the rest
        ("exponential(every=1, factor=10)", 400, 300),
    ],
)
def test_a_pair_that_is_not_finite(program: str, t: float, fine: float) -> None:
    plan = lrdsl.compile(program, tick="st")
    for ticks in (t, np.array([fine, t])):
        with pytest.raises(LrdslError, match=f"is not finite at t = {t} for lr = 1\n") as caught:
            plan.affine(ticks)
        assert [d.code for d in caught.value.diagnostics] == ["LR502"]


def test_one_pair_serves_every_group_or_is_refused() -> None:
    plan = lrdsl.compile("linear(end=1e-3)", total=10)
    assert plan.affine(0) == (1.0, 0.0)
    assert plan.affine(10) == (0.0, 1e-3)
    a, b = plan.affine(np.array([0.0, 10.0]))
    assert (a.tolist(), b.tolist()) == ([1, 0], [0, 1e-3])
    mixed = lrdsl.compile("max(linear, 1e-3)", total=10)
    assert not mixed.is_affine
    with pytest.raises(LrdslError) as caught:
        mixed.affine(0)
    (found,) = caught.value.diagnostics
    assert found.span == lrdsl.Span(0, len(mixed.program))
    assert found.code == "LR706"


def test_a_table_is_as_long_as_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lrdsl.compile("linear", total=4).table().tolist() == [1, 0.75, 0.5, 0.25]
    assert lrdsl.compile("linear", total=4).table(2.0).tolist() == [2, 1.5, 1, 0.5]
    assert lrdsl.compile("linear", total=2.5).table().shape == (3,)
    with pytest.raises(LrdslError) as caught:
        lrdsl.compile("1e-3").table()
    assert caught.value.diagnostics[0].span == lrdsl.Span(0, len(caught.value.text))
    with pytest.raises(LrdslError, match="the table is at most 100,000,000 updates"):
        lrdsl.compile("linear", total=10**8 + 1).table()
    monkeypatch.setattr("lrdsl.plan.MAX_TABLE", 4)
    assert lrdsl.compile("linear", total=4).table().shape == (4,)
    assert code_of(lrdsl.compile("linear", total=4.5).table) == "LR707"


# --- compiled forms -------------------------------------------------------------------------------


def test_sorted_ticks_are_slices_and_others_are_not_mistaken_for_them() -> None:
    """Ascending, descending, equal, and in one branch alone, at the edges of every block."""
    plan = lrdsl.compile("warmup(10) >> hold(10) >> cosine(60) >> hold", total=100)
    for ticks in (
        np.repeat([0.0, 10, 20, 80, 100], 3),
        np.array([10.0, 10, 9.999999, 20]),
        np.array([19.0, 20]),
        np.array([80.0]),
        np.linspace(30, 40, BLOCK + 2),
        np.linspace(0, 100, BLOCK + 1)[::-1],
    ):
        expected = [plan(t) for t in ticks.tolist()]
        assert plan(ticks).tolist() == pytest.approx(expected, rel=0, abs=ULPS)


@pytest.mark.parametrize(("offset", "unit"), [("0", "0.1"), ("0.1", "0.3"), ("0.7", "1/3")])
def test_a_cycle_that_numpy_counts_is_the_one_that_python_counts(offset: str, unit: str) -> None:
    """At the double nearest to every boundary, and at the one before it."""
    plan = lrdsl.compile(
        f"hold({offset}st) >> linear({unit}*1st) * restarts", total=1000, tick="st"
    )
    bounds = [float(Fraction(offset) + k * Fraction(unit)) for k in range(1, 2500)]
    at = np.array([t for b in bounds for t in (math.nextafter(b, 0), b)])
    for ticks in (at, at[::-1]):
        expected = [plan(t) for t in ticks.tolist()]
        assert plan(ticks).tolist() == pytest.approx(expected, rel=0, abs=1e-9)
    assert plan(at[1::2]).tolist() == pytest.approx([1.0] * len(bounds), abs=1e-9)


PRINTED = {
    "warmup(5) >> cosine(40) >> hold": """\
def value(t, lr):
    if t < 5.0:
        return (t / 5.0) * lr
    if t < 45.0:
        return ((cos(pi * ((t - 5.0) / 40.0)) + 1.0) / 2.0) * lr
    return 0.0
""",
    "max(linear, 0.2) + noise(0.1)": """\
def value(t, lr):
    if t < 100.0:
        v2 = 0.2 if (v1 := (1.0 - (t / 100.0)) * lr) < 0.2 else v1
        return (v2 + (v2 * NOISE0[floor(t)]))
    return 0.2
""",
    "linear * (hold(20) >> linear(50)) * snap(7)": """\
def value(t, lr):
    if t < 100.0:
        v1 = 7.0 * (t // 7.0)
        if v1 < 20.0:
            v2 = 1.0
        else:
            if v1 < 70.0:
                v2 = 1.0 - ((v1 - 20.0) / 50.0)
            else:
                v2 = 0.0
        return ((1.0 - (v1 / 100.0)) * v2) * lr
    return 0.0
""",
    "linear(start=lr - 0.1, end=-1e-3)": """\
def value(t, lr):
    if t < 100.0:
        v1 = t / 100.0
        return (1.0 - v1) * lr + ((0.099 * v1) - 0.1)
    return (-0.001)
""",
    "multistep([10, 20, 30, 40, 50], to=[0.5, 0.4, 0.3, 0.2, 0.1]) * snap(7)": """\
def value(t, lr):
    if t < 100.0:
        v1 = 7.0 * (t // 7.0)
        if v1 < 30.0:
            if v1 < 10.0:
                return lr
            if v1 < 20.0:
                return 0.5
            return 0.4
        if v1 < 40.0:
            return 0.3
        if v1 < 50.0:
            return 0.2
        return 0.1
    return 0.1
""",
}


@pytest.mark.parametrize("program", PRINTED)
def test_a_plan_prints_what_a_person_would_write(program: str) -> None:
    """Decisions first, shared parts named once, and no parentheses around a whole."""
    assert lrdsl.compile(program, total=100).source == PRINTED[program]


def test_a_long_sum_is_printed_in_pieces() -> None:
    """Python's own parser takes two hundred parentheses inside each other."""
    text = " + ".join(f"inverse(scale={n})" for n in range(1, 251))
    assert lrdsl.compile(text, tick="st")(0) == 250


def test_choices_inside_choices_are_counted_before_they_are_printed() -> None:
    def nested(levels: int) -> E.Expr:
        found = E.T
        for i in range(levels):
            (found,) = E.select(E.floor(E.T / (i + 2)), [E.ONE], [[found], [E.ZERO]])
        return found

    check_printable([nested(MAX_INDENT - 1)])
    with pytest.raises(Problem, match="LR602"):
        check_printable([nested(MAX_INDENT)])


def test_choices_inside_choices_have_a_limit() -> None:
    """Python's own is a hundred levels of indentation."""
    printer = Printer([])
    printer._emit(MAX_INDENT, "x = 1")
    with pytest.raises(Problem) as caught:
        printer._emit(MAX_INDENT + 1, "x = 1")
    assert caught.value.code == "LR602"


# --- schedules in Python --------------------------------------------------------------------------


def test_a_zero_adds_nothing() -> None:
    c = cosine()
    assert str(c - 0) == str(c + 0) == str(0 + c) == "cosine"
    assert str(0 - c) == "-cosine"
    assert str(lr - c) == "lr - cosine"


@pytest.mark.parametrize(
    ("work", "code"),
    [
        (lambda: lr >> cosine(), "LR304"),
        (lambda: 0.1 >> cosine(), "LR304"),
        (lambda: 0.1 * lr | cosine(), "LR304"),
        (lambda: 0.1 | cosine(), "LR304"),
        (lambda: 1 / cosine(), "LR302"),
        (lambda: 0.5 * restarts(limit=2), "LR303"),
        (lambda: 0.5 + noise(0.1), "LR303"),
        (lambda: noise(0.1) + cosine(), "LR303"),
        (lambda: restarts(limit=2) * cosine(), "LR303"),
        (lambda: cosine() + restarts(limit=2), "LR305"),
        (lambda: cosine() * noise(0.1), "LR305"),
        (lambda: cosine()[0.5:], "LR203"),
    ],
)
def test_operators_that_mean_nothing(work: Any, code: str) -> None:
    assert code_of(work) == code


def test_a_schedule_is_no_sequence() -> None:
    with pytest.raises(TypeError, match="a schedule is not iterable"):
        list(cosine())
    for part in (1, slice(0, 5, 2)):
        with pytest.raises(TypeError, match="a schedule is sliced by times"):
            cosine()[part]
    for wrong in ("a", None):
        with pytest.raises(TypeError, match="unsupported operand"):
            hold(5) + wrong


def test_numbers_alone_have_pythons_own_minimum_and_maximum() -> None:
    assert (minimum(3, 2), maximum([1, 5])) == (2, 5)


def test_a_finding_moves_with_its_text() -> None:
    (unfixed,) = lrdsl.check("hold(-5)")
    assert moved(unfixed, 7).span == Span(unfixed.span.start + 7, unfixed.span.end + 7)
    (found,) = [d for d in lrdsl.check("cosin") if d.severity == "error"]
    shifted = moved(found, 7)
    assert found.fix is not None
    assert shifted.fix is not None
    assert (shifted.span.start, shifted.span.end) == (found.span.start + 7, found.span.end + 7)
    assert shifted.fix.apply("x = 1; cosin") == f"x = 1; {found.fix.apply('cosin')}"


def test_expressions_print_themselves() -> None:
    """What a failing test shows."""
    assert repr(E.T * 2 + E.LR) == "add(mul(2, t), lr)"
    assert repr(2 / E.T) == "div(2, t)"
    assert (2**E.T).op == "pow"


def test_signs_fold() -> None:
    """Equal expressions are one object, so that what is the same is seen to be."""
    assert E.T - E.const(-3) is E.T + 3
    negative = -E.T
    assert -negative is E.T
