"""What does not fit into its room, and what of it is cut, held or told."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from asking import code_of

import lrdsl
from lrdsl import LrdslError
from lrdsl.layout.frames import label
from lrdsl.plan import written_times
from lrdsl.python import cosine, linear

RUN: dict[str, Any] = {"total": 100, "tick": "st"}


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
        ("inverse(scale=1e-310st)", [1, 0, 0]),
        ("inverse(scale=1e-310st, order=2)", [1, 0, 0]),
        ("gaussian(9, decay=4444, seed=1) + 1e-3", [None, 1e-3, 1e-3]),
    ],
)
def test_what_is_divided_by_more_than_a_float_holds_is_0(
    program: str, expected: list[float | None]
) -> None:
    """In every form, and at the program's end."""
    torch = pytest.importorskip("torch")
    from lrdsl.torch import value

    plan = lrdsl.compile(program, total=100, tick="st")
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


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("inverse(scale=1, order=400, power=0.001)", lambda t: t**-0.4 if t > 1 else None),
        ("inverse(scale=1, power=400, start=1e250)", lambda t: 1e250 * (1 + t) ** -400.0),
        ("inverse(scale=1, order=400, power=1/4)", lambda t: t**-100 if t > 1 else None),
        ("inverse(scale=3, order=2, power=1/4)", lambda t: (1 + (t / 3) ** 2) ** -0.25),
        ("inverse(scale=3, order=2, power=-1)", lambda t: 1 + (t / 3) ** 2),
    ],
)
def test_an_order_may_be_larger_than_its_power_can_be_held(program, expected) -> None:
    """`(t/scale)^order` is more than any float: a rate of 0 is not what it stands for."""
    plan = lrdsl.compile(program, total=1000)
    ticks = [0, 1, 2, 3, 10, 999.5, 1000]
    rates = plan(np.array(ticks))
    for t, rate in zip(ticks, rates, strict=True):
        at = expected(t)
        assert at is None or (plan(t), rate) == pytest.approx((at, at), rel=1e-14, abs=0)


def test_a_power_below_0_is_refused_where_no_float_holds_it() -> None:
    program = "inverse(scale=2, power=-4444)"
    assert code_of(lambda: lrdsl.compile(program, total=100)) == "LR502"
    plan = lrdsl.compile(program, tick="st")
    assert plan(0) == 1
    for ask in (lambda: plan(50), lambda: plan(np.arange(100.0)), lambda: plan.affine(50)):
        with pytest.raises(LrdslError, match="LR502"):
            ask()


@pytest.mark.parametrize(
    ("program", "run", "last_line"),
    [
        (
            "hold(50) | inverse(scale=1, power=-400)",
            {"tick": "st"},
            "50st .. inverse(scale=1, power=-400) beyond all floats its clock runs from 0",
        ),
        (
            "hold(9) >> (hold(5) >> inverse(scale=1, power=-400, over=40)) * restarts(limit=13)",
            {"total": 3, "overflow": "truncate"},
            "549 .. 594 18300.0% .. 19800.0% 1 more cycle lr",
        ),
        (
            "1e300*cosine(10) * restarts(decay=1e300)",
            {"total": 25},
            "20 .. 25 80.0% .. 100.0% cycle 3 of 3 beyond all floats -> beyond all floats cut",
        ),
        (
            "-1e300*cosine(10) * restarts(decay=1e300, limit=2)",
            {"total": 20},
            "10 .. 20 50.0% .. 100.0% cycle 2 of 2 -inf*lr -> 0",
        ),
    ],
)
def test_every_piece_is_explained_also_where_no_float_holds_its_value(
    program, run, last_line
) -> None:
    plan = lrdsl.compile(program, **run)
    assert " ".join(plan.explain().splitlines()[-1].split()) == last_line


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


def test_what_starts_later_than_any_float_is_no_piece() -> None:
    last = " >> ".join(["hold(1e308)"] * 3)
    plan = lrdsl.compile(f"{last} >> hold", tick="st")
    assert [float(piece.start) for piece in plan.pieces] == [0, 1e308]
    assert plan.pieces[-1].end is None
    assert plan(10) == 1


@pytest.mark.parametrize("t_mul", ["100", "1e20", "1e200", "1e300"])
def test_what_is_cut_is_as_long_as_its_room_however_long_it_was(t_mul: str) -> None:
    """10 + 10 * t_mul has more digits than are kept of a sum."""
    cut = lrdsl.compile(f"cosine(10) * restarts(t_mul={t_mul}, limit=2) >> hold", **RUN)
    pieces = [(p.start, p.end) for p in cut.pieces[:3]]
    assert pieces == [(0, 100), (0, 10), (10, 100)]
    assert cut(5) == pytest.approx(0.5)


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


def test_a_formula_that_refuses_has_its_place() -> None:
    program = "hold(5) >> geometric(end=0)"
    (found,) = lrdsl.check(program, total=9)
    assert (found.code, program[found.span.start : found.span.end]) == (
        "LR503",
        "geometric(end=0)",
    )


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
