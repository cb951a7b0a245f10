"""Corners of the layout and of the compiled forms that random programs seldom come by.

Rates are held against the oracle, at every boundary and on both sides of it.
"""

from __future__ import annotations

import math
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from fuzzing.properties import against_the_oracle

import lrdsl
from lrdsl import LrdslError
from lrdsl import expr as E
from lrdsl.compiled.python import MAX_INDENT, Printer
from lrdsl.compiled.vector import BLOCK
from lrdsl.diagnostics import Problem, moved
from lrdsl.layout.frames import label
from lrdsl.python import cosine, hold, linear, lr, noise, restarts

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
    ("cosine(30) * restarts(limit=5) | linear", [30, 60, 90]),
    ("(cosine(30) * restarts(limit=5) | linear) >> hold(20)", [30, 60, 80]),
    # sums and products are as long as their longest part
    ("cosine(10) * restarts + 0.1*inverse(scale=3) >> hold(3)", [10, 90, 97]),
    ("linear(until=5) * inverse(scale=4) >> hold", [5]),
    ("cosine(10) + 0.5*linear(30) >> hold", [10, 30]),
    ("min(cosine(10), linear(30, end=0.5)) >> max(hold(5), linear) >> hold(5)", [10, 30, 35, 95]),
    ("clip(linear(30), 0.1, 0.5) >> hold", [15, 27, 30]),
    # slices: of open ends, past the end, up to it, and of cycles
    ("inverse(scale=3)[3:] >> hold(3)", [97]),
    ("linear(30)[10:50] >> hold", [20, 40]),
    ("linear(30, end=0.5)[40:] >> hold", []),
    ("linear(30, end=0.5)[40:50] >> linear(20, end=0)", [10, 30]),
    ("linear(30, end=0.5)[0:0] >> linear(20, end=0)", [20]),
    ("linear(30, end=0.5)[:30] >> linear(20, end=0)", [30, 50]),
    ("(cosine(10) * restarts)[5:25] >> linear", [5, 15, 20]),
    ("(cosine(10) * restarts(limit=3))[25:] >> linear", [5]),
    ("(hold >> linear)[0:60] >> linear(until=80)", [50, 60, 80]),
    ("(linear(20) >> hold(10))[10:]*0.5 | linear", [10, 20]),
    # overlays of several layers, the left ones longer or shorter
    ("warmup(5) | linear(20, end=0.5) | cosine", [5, 20]),
    ("linear(20, end=0.5) | warmup(5) | cosine", [5, 20]),
    ("linear(20, end=next) | cosine", [20]),
    ("linear(30, end=next) | warmup(10) >> cosine", [10, 30]),
    ("(linear(20) | hold(5)) >> linear(10, end=0.5)", [5, 20, 30]),
    ("(linear(0) | hold(5)) >> linear(10, end=0.5)", [5, 15]),
    # steps of a snap, whole and cut by the end of what is snapped
    ("linear(5, end=0.1) * snap(2) >> hold", [2, 4, 5]),
    ("linear(7, end=0.1) * snap(3) >> linear(9) * snap(3)", [3, 6, 7, 10, 13]),
    # cycles: of one length, growing, shrinking, fading, nested, of several segments
    ("cosine(7) * restarts", [7, 14, 49, 98]),
    ("cosine(1) * restarts(t_mul=2)", [1, 3, 7, 15, 31, 63]),
    ("cosine(40) * restarts(t_mul=0.5, limit=3)", [40, 60, 70]),
    ("cosine(10) * restarts(decay=0.5)", [10, 20, 30]),
    ("cosine(10) * restarts(t_mul=2, decay=0.5)", [10, 30, 70]),
    ("cosine * restarts(t_mul=2, limit=2)", [100 / 3]),
    ("(linear(2) >> hold(3)) * restarts(t_mul=2, limit=3)", [2, 5, 9, 15, 23, 35]),
    ("(linear(2, end=0.5) >> cosine) * restarts(limit=4)", [2, 25, 27, 50, 52]),
    ("(cosine(2) * restarts(limit=3)) * restarts(t_mul=2, limit=3)", [2, 4, 6, 10, 14, 18, 26]),
    ("cosine(100) * restarts(limit=1)", [50]),
    ("hold(10, value=0.5) >> cosine(10) * restarts(limit=2, t_mul=3) >> hold", [10, 20, 50]),
    ("hold(10) >> linear(10) * restarts(limit=2) >> linear(20, end=0.2)", [10, 20, 30]),
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


def test_cycles_that_no_time_is_left_for_have_no_pieces() -> None:
    """They have no length that could be divided."""
    program = "hold(5) >> cosine * restarts(limit=2)"
    assert [p.text for p in lrdsl.compile(program, total=5).pieces] == [
        "hold(5)",
        "cosine * restarts(limit=2)",
    ]
    assert [d.code for d in lrdsl.check(program, total=5)] == ["LR803"]


def test_what_aims_at_the_curve_below_meets_it_through_a_factor() -> None:
    plan = lrdsl.compile("hold(5) >> 0.5*linear(20, end=next) | cosine", **RUN)
    assert plan(math.nextafter(25, 0)) == pytest.approx(plan(25), rel=1e-12)


def test_what_follows_cycles_that_fill_the_run_has_no_time() -> None:
    plan = lrdsl.compile("cosine(10) * restarts(limit=20) >> linear(end=0.3)", **RUN)
    assert plan(95) == pytest.approx(0.5)
    assert [p.end for p in plan.pieces if p.depth == 0] == [100, 100]


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
        # before its start, or where a moment of the run means nothing
        ("hold(50) >> linear >> linear(until=40)", "LR404"),
        ("hold(5) >> linear(until=60) >> linear(until=55) >> hold", "LR404"),
        ("hold >> (hold(5) >> linear(until=40))", ""),
        ("hold(5) >> (hold(5) >> linear(until=40) | hold)", "LR403"),
        ("linear(until=40) * restarts(limit=2)", "LR403"),
        # what is sliced has no length before it has a room
        ("hold(3) >> cosine[:7] >> hold(3)", "LR401"),
        ("linear | hold", "LR401"),
        ("linear * restarts", "LR401"),
        ("(cosine(0) + 1e-5) * restarts(limit=2)", "LR501"),
        ("cosine(1) * restarts(t_mul=1.0001, limit=100000)", "LR606"),
        ("cosine * restarts(t_mul=1.0001, limit=65537)", "LR606"),
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
    plan = lrdsl.compile("inverse(scale=2, power=-4444)", total=100)
    for ask in (lambda: plan(50), lambda: plan(np.arange(100.0)), lambda: plan.affine(50)):
        with pytest.raises(LrdslError, match="LR502"):
            ask()


def test_a_run_that_truncates_is_explained_however_far_beyond_it_the_program_goes() -> None:
    """There it has a value that no float holds."""
    plan = lrdsl.compile("exponential(1, 1.5, until=1e99)", **RUN, overflow="truncate")
    (piece,) = plan.pieces
    assert (piece.end, piece.last) == (10**99, None)
    assert "0.0% .. 1e+99%" in plan.explain()


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


def test_the_room_of_a_part_is_not_called_the_run() -> None:
    with pytest.raises(LrdslError) as caught:
        lrdsl.compile("hold(40) >> (hold(50) >> linear(50) | linear)", total=100)
    assert "the room here is 60" in caught.value.diagnostics[0].message


def test_a_label_is_short() -> None:
    long = linear(11) + linear(12) + linear(13) + 0.25 * linear(5)
    assert len(str(long)) > 40
    assert label(long) == f"{str(long)[:37]}..."
    exact = lrdsl.parse("linear(1111) + linear(2222) + linear(33)")
    assert len(str(exact)) == 40
    assert label(exact) == str(exact)
    assert label(lrdsl.parse(f"{exact} ".replace("33)", "333)"))) == f"{str(exact)[:37]}..."
    assert label(linear(5)) == "linear"


# --- plans ----------------------------------------------------------------------------------------


def test_plans_are_equal_if_their_programs_and_runs_are() -> None:
    one, same = (lrdsl.compile(linear(), total=10) for _ in range(2))
    other_run, other = lrdsl.compile(linear(), total=20), lrdsl.compile(cosine(), total=10)
    assert one == same
    assert hash(one) == hash(same)
    assert one not in (other_run, other, "linear", None)
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
    assert code_of(lambda: huge(1, 1e200)) == "LR502"
    assert huge.affine(1) == (1e200, 0.0)
    assert huge.pieces[0].values(1e200)[0] == math.inf
    assert "depends on lr" in plan.explain()


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


def test_a_table_is_as_long_as_the_run() -> None:
    assert lrdsl.compile("linear", total=4).table(2.0).tolist() == [2, 1.5, 1, 0.5]
    assert lrdsl.compile("linear", total=2.5).table().shape == (3,)
    with pytest.raises(LrdslError) as caught:
        lrdsl.compile("1e-3").table()
    assert caught.value.diagnostics[0].span == lrdsl.Span(0, len(caught.value.text))
    with pytest.raises(LrdslError, match="the table is at most 100,000,000 updates"):
        lrdsl.compile("linear", total=10**8 + 1).table()


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


def test_a_finding_moves_with_its_text() -> None:
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
