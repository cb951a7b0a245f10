"""Restarts against a second implementation in fractions: boundaries, growth, decay, many cycles."""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lrdsl
from lrdsl import LrdslError, Plan

ULP = 2.0**-52
GROWTHS = ["1", "2", "3", "1.5", "1.1", "0.5", "4/3", "2/3", "10"]

Curve = Callable[[Fraction, Fraction, float], float]


# --- a second implementation, one cycle at a time -------------------------------------------------


def cycles(
    first: Fraction, t_mul: Fraction, limit: int | None
) -> Iterator[tuple[Fraction, Fraction]]:
    """Start and length of every cycle."""
    start, length, i = Fraction(0), first, 0
    while limit is None or i < limit:
        yield start, length
        start, length, i = start + length, length * t_mul, i + 1


def expected(
    t: Fraction, first: Fraction, t_mul: Fraction, limit: int | None, decay: Fraction, curve: Curve
) -> float:
    """The rate at t: `curve(tau, length, share)` is that of one cycle; its exit is held.

    A boundary that is no float is met by the float that is nearest to it.
    """
    last = 0.0
    for i, (start, length) in enumerate(cycles(first, t_mul, limit)):
        share = float(decay**i)
        if t < Fraction(float(start + length)):
            return curve(max(t - start, Fraction(0)), length, share)
        last = curve(length, length, share)
    return last


def line(tau: Fraction, length: Fraction, share: float) -> float:
    return share * float(1 - tau / length)


def half_wave(tau: Fraction, length: Fraction, share: float) -> float:
    return share * (1 + math.cos(math.pi * float(tau / length))) / 2


def total_of(first: Fraction, t_mul: Fraction, limit: int) -> Fraction:
    return sum((length for _, length in cycles(first, t_mul, limit)), Fraction(0))


def around(boundaries: list[Fraction]) -> list[float]:
    """The float at each boundary, and its neighbours."""
    found = []
    for b in boundaries:
        x = float(b)
        found += [math.nextafter(x, 0), x, math.nextafter(x, math.inf)]
    return [t for t in found if t >= 0]


def text(value: Fraction) -> str:
    return str(value)


# --- boundaries -----------------------------------------------------------------------------------


@pytest.mark.parametrize("m", GROWTHS)
@pytest.mark.parametrize("first", ["10", "7", "1", "10/3", "0.1"])
def test_every_boundary_is_exact(m: str, first: str) -> None:
    """Which cycle a float belongs to is decided by exact comparison, at its very neighbours too."""
    length, t_mul, limit = Fraction(first), Fraction(m), 12
    plan = lrdsl.compile(
        f"linear({first}*1st) * restarts(t_mul={m}, decay=0.5, limit={limit})",
        total=total_of(length, t_mul, limit) + 10,
        tick="st",
    )
    starts = [start for start, _ in cycles(length, t_mul, limit)]
    at = [*around(starts), *(float(s + n / 3) for s, n in cycles(length, t_mul, limit))]
    for t in at:
        exact = expected(Fraction(t), length, t_mul, limit, Fraction(1, 2), line)
        # near the end of the run a clock is rebased by up to `t`, which costs an ulp of t
        slack = 4 * ULP * (1 + t / float(min(n for _, n in cycles(length, t_mul, limit))))
        assert plan(t) == pytest.approx(exact, rel=0, abs=slack), t
    assert plan(np.array(at)).tolist() == pytest.approx([plan(t) for t in at], rel=0, abs=4 * ULP)


@pytest.mark.parametrize("m", GROWTHS)
def test_a_cycle_starts_at_its_full_rate(m: str) -> None:
    """Where the boundary is a float: no logarithm that rounds a restart into the cycle before."""
    t_mul = Fraction(m)
    limit = 16 if t_mul > 1 else 12
    plan = lrdsl.compile(
        f"linear(60) * restarts(t_mul={m}, limit={limit})",
        total=total_of(Fraction(60), t_mul, limit),
    )
    checked = 0
    for start, _ in cycles(Fraction(60), t_mul, limit):
        if Fraction(float(start)) == start:
            assert plan(float(start)) == 1.0
            if start:
                assert plan(math.nextafter(float(start), 0)) < 1e-9
            checked += 1
    assert checked >= 3


def test_the_cycles_that_logarithms_get_wrong() -> None:
    """floor(log(..)) puts timm's restarts with m=3 and m=10 into the cycle before (peers.md)."""
    for m, wrong in ((3, (5, 10, 13, 15)), (10, (3, 6))):
        plan = lrdsl.compile(f"linear(10) * restarts(t_mul={m})", total=10 * m**17)
        for cycle in wrong:
            start = 10 * (m**cycle - 1) // (m - 1)
            assert plan(start) == 1.0
            assert plan(start - 1) == pytest.approx(
                float(Fraction(1, 10 * m ** (cycle - 1))), rel=1e-6
            )


# --- bodies ---------------------------------------------------------------------------------------

small = st.sampled_from([Fraction(x) for x in ("1", "2", "1.5", "1.1", "0.5", "4/3", "3/4")])
decays = st.sampled_from([Fraction(x) for x in ("1", "0.5", "0.9", "2")])


@given(
    st.integers(1, 40), small, st.integers(1, 7), decays, st.lists(st.floats(0, 400), max_size=20)
)
def test_fixed_bodies_are_stretched_as_a_whole(
    first: int, t_mul: Fraction, limit: int, decay: Fraction, at: list[float]
) -> None:
    plan = lrdsl.compile(
        f"cosine({first}) * restarts(t_mul={t_mul}, limit={limit}, decay={decay})",
        total=total_of(Fraction(first), t_mul, limit) + 5,
    )
    for t in [*at, *range(0, 60)]:
        exact = expected(Fraction(t), Fraction(first), t_mul, limit, decay, half_wave)
        assert plan(t) == pytest.approx(exact, abs=1e-12 * float(max(decay, 1) ** limit))


@given(st.integers(20, 500), small, st.integers(1, 7), decays)
def test_flexible_bodies_divide_the_run(
    total: int, t_mul: Fraction, limit: int, decay: Fraction
) -> None:
    """N cycles fill the run exactly: the unit is L/(1+m+..+m^(n-1))."""
    plan = lrdsl.compile(
        f"cosine * restarts(t_mul={t_mul}, limit={limit}, decay={decay})", total=total
    )
    first = total / total_of(Fraction(1), t_mul, limit)
    for t in [*range(0, total, 7), total - 1, total, total + 3]:
        exact = expected(Fraction(t), first, t_mul, limit, decay, half_wave)
        assert plan(t) == pytest.approx(exact, abs=1e-12 * float(max(decay, 1) ** limit))


@given(st.integers(1, 6), small, st.integers(1, 5))
def test_in_a_mixed_body_written_times_stay(warm: int, t_mul: Fraction, limit: int) -> None:
    total = 300
    first = total / total_of(Fraction(1), t_mul, limit)
    shortest = min(n for _, n in cycles(first, t_mul, limit))
    text = f"(warmup({warm}) >> linear) * restarts(t_mul={t_mul}, limit={limit})"
    if shortest < warm:
        with pytest.raises(LrdslError) as caught:
            lrdsl.compile(text, total=total)
        assert caught.value.diagnostics[0].code == "LR402"
        return
    plan = lrdsl.compile(text, total=total)

    def mixed(tau: Fraction, length: Fraction, share: float) -> float:
        if tau < warm:
            return share * float(tau / warm)
        return 0.0 if length == warm else share * float(1 - (tau - warm) / (length - warm))

    for t in range(0, total + 5):
        exact = expected(Fraction(t), first, t_mul, limit, Fraction(1), mixed)
        assert plan(t) == pytest.approx(exact, abs=1e-12)


@given(st.integers(1, 9), small, st.integers(1, 4), small, st.integers(1, 4))
def test_cycles_of_cycles(first: int, m: Fraction, n: int, m2: Fraction, n2: int) -> None:
    """The inner group is a body with a length: each outer cycle stretches it as a whole."""
    group = total_of(Fraction(first), m, n)
    plan = lrdsl.compile(
        f"linear({first}) * restarts(t_mul={m}, limit={n}, decay=0.5) "
        f"* restarts(t_mul={m2}, limit={n2}, decay=0.25)",
        total=total_of(group, m2, n2) + 1,
    )

    def inner(tau: Fraction, length: Fraction, share: float) -> float:
        scaled = length / group
        return share * expected(tau / scaled, Fraction(first), m, n, Fraction(1, 2), line)

    for k in range(0, 60):
        t = Fraction(k, 2)
        exact = expected(t, group, m2, n2, Fraction(1, 4), inner)
        assert plan(float(t)) == pytest.approx(exact, abs=1e-11), t


# --- cut, held, after other things ----------------------------------------------------------------


def test_a_cut_cycle_ends_in_the_middle_of_its_curve() -> None:
    plan = lrdsl.compile("cosine(10) * restarts >> linear(10)", total=95)
    middle = (1 + math.cos(math.pi * 0.5)) / 2
    assert plan(85) == pytest.approx(middle, abs=1e-15)
    assert plan(90) == pytest.approx(middle / 2, abs=1e-15)


def test_cycles_behind_something_start_where_it_ends() -> None:
    plan = lrdsl.compile(
        "hold(10/3*1st) >> linear(7st) * restarts(t_mul=1.5)", total=1000, tick="st"
    )
    for start, length in cycles(Fraction(7), Fraction(3, 2), 8):
        for share in (Fraction(0), Fraction(1, 3), Fraction(2, 3)):
            t = Fraction(10, 3) + start + share * length
            near = float(t) if Fraction(float(t)) >= t else math.nextafter(float(t), math.inf)
            assert plan(near) == pytest.approx(float(1 - share), abs=1e-12)


@pytest.mark.parametrize("t_mul", ["1.5", "4/3", "1.1"])
def test_a_whole_number_of_cycles_is_not_cut(t_mul: str) -> None:
    """The exit of the last is 0, not the start of one more, though its end is no float."""
    length = total_of(Fraction(10, 3), Fraction(t_mul), 9)
    plan = lrdsl.compile(
        f"linear(10/3*1st) * restarts(t_mul={t_mul}) >> hold(5)", total=length + 5, tick="st"
    )
    assert plan(float(length + 1)) == 0
    assert not [
        d for d in lrdsl.check(plan.program, total=length + 5, tick="st") if d.code == "LR810"
    ]


def test_each_cycle_starts_at_the_float_nearest_to_its_share() -> None:
    """Powers of floats would be an ulp off at the fourth: `0.1**3` is 0.0010000000000000002."""
    plan = lrdsl.compile("hold(1) * restarts(t_mul=2, decay=0.1, limit=5)", total=31)
    starts, shares = [0, 1, 3, 7, 15], [1, 0.1, 0.01, 0.001, 0.0001]
    assert [plan(t) for t in starts] == plan(starts).tolist() == shares


# --- many cycles ----------------------------------------------------------------------------------


def lines(plan: Plan) -> int:
    return plan.source.count("\n")


@pytest.mark.parametrize(
    ("few", "many"),
    [
        ("cosine * restarts(limit=3)", "cosine * restarts(limit=10k)"),
        ("cosine * restarts(limit=3)", "cosine * restarts(limit=1M)"),
        ("cosine * restarts(limit=3)", "cosine * restarts(limit=1T)"),
        ("linear(1) * restarts(limit=3, decay=0.9)", "linear(1) * restarts(limit=1M, decay=0.9)"),
        (
            "cosine(1) * restarts(t_mul=1.001, limit=3)",
            "cosine(1) * restarts(t_mul=1.001, limit=10k)",
        ),
        ("cosine * restarts(t_mul=0.999, limit=3)", "cosine * restarts(t_mul=0.999, limit=10k)"),
        (
            "(warmup(1%) >> cosine) * restarts(limit=3)",
            "(warmup(1e-7%) >> cosine) * restarts(limit=1M)",
        ),
    ],
)
def test_the_code_does_not_grow_with_the_cycles(few: str, many: str) -> None:
    total = 10**7
    small = lrdsl.compile(few, total=total)
    tracemalloc.start()
    try:
        plan = lrdsl.compile(many, total=total)
        rates = plan(np.linspace(0, total, 1000))
        scalar = [plan(t) for t in np.linspace(0, total, 1000)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert lines(plan) <= lines(small)
    assert peak < 40 * 2**20
    assert np.abs(rates - scalar).max() <= 8 * ULP


def test_a_million_cycles_are_as_exact_as_three() -> None:
    plan = lrdsl.compile("linear * restarts(limit=1M)", total=3_000_000)
    at = np.arange(0, 3_000_000, 29_999)
    exact = [float(1 - Fraction(int(t) % 3, 3)) for t in at]
    assert np.abs(plan(at) - exact).max() <= 2 * ULP
    assert [plan(int(t)) for t in at] == pytest.approx(exact, rel=0, abs=2 * ULP)


def test_too_many_cycles_of_unequal_length_are_refused() -> None:
    with pytest.raises(LrdslError) as caught:
        lrdsl.compile("cosine * restarts(t_mul=1.5, limit=1M)", total=100)
    assert caught.value.diagnostics[0].code == "LR606"


def test_cycles_beyond_the_largest_float_are_refused_only_where_they_are_reached() -> None:
    plan = lrdsl.compile("cosine(10) * restarts(t_mul=2, decay=1e10)", tick="st")
    assert plan(0) == 1.0
    assert plan(10) == 1e10
    for t in (1e300, [0.0, 1e300]):
        with pytest.raises(lrdsl.LrdslError, match="not finite"):
            plan(t)


def test_a_cycle_of_one_tick_samples_its_start_alone() -> None:
    for body in ("warmup(1, grid=both) * restarts(limit=3, t_mul=2)", "warmup(1, grid=both)"):
        plan = lrdsl.compile(body, total=20)
        assert [plan(t) for t in (0, 0.3, 0.99)] == [0, 0, 0]
    assert [lrdsl.compile(body, total=20)(t) for t in (1, 5)] == [1, 1]  # its exit
    plan = lrdsl.compile("warmup(1, grid=both) * restarts(limit=3, t_mul=2)", total=20)
    assert [plan(t) for t in (1, 2, 3, 6)] == [0, 1, 0, 1]
    assert plan(np.arange(8.0)).tolist() == [plan(t) for t in range(8)]
