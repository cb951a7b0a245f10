"""A plan sampled for the eye: its numbers are the plan's own."""

from fractions import Fraction

import numpy as np
import pytest

import lrdsl
from lrdsl.curves import MAX_SAMPLES, Curve, clocks, curve, horizon

NOISY = "warmup(5) >> tanh * restarts(limit=3, t_mul=2, decay=0.5) + noise(0.67)"


def sampled(program: str, lr: float = 0.1, **run) -> Curve:
    found = curve(lrdsl.compile(program, **run), lr)
    assert found is not None
    return found


def test_the_readouts_are_those_of_the_table() -> None:
    found = sampled(NOISY, total="145ep")
    table = found.plan.table(0.1)
    read = found.readouts
    assert (read.updates, read.whole) == (145, True)
    for reading, tick in (
        (read.first, 0),
        (read.peak, table.argmax()),
        (read.lowest, table.argmin()),
        (read.last, 144),
    ):
        assert (reading.tick, reading.rate) == (tick, table[tick])
    assert read.mean == pytest.approx(table.mean(), rel=1e-14)  # another order of adding
    assert read.area == pytest.approx(table.mean() / table.max(), rel=1e-14)


def test_the_band_holds_the_path_and_the_formula() -> None:
    found = sampled(NOISY, total="145ep")
    assert found.is_noisy
    assert found.band is not None
    low, high = found.band
    assert ((low <= found.rates) & (found.rates <= high)).all()
    assert (
        found.formula.tolist()
        == sampled(NOISY.replace(" + noise(0.67)", ""), total="145ep").rates.tolist()
    )
    after = slice(5, None)  # the warm-up has no noise
    assert high[after] == pytest.approx(1.67 * found.formula[after], rel=1e-12)
    assert low[after] == pytest.approx(0.33 * found.formula[after], rel=1e-12)


def test_noise_without_a_bound_has_no_band() -> None:
    assert sampled("gaussian(0.1)", total=10).band is None
    assert sampled("cosine", total=10).band is None


@pytest.mark.parametrize(
    ("program", "run", "marks"),
    [
        ("cosine(10) * restarts(3)", {"total": 30}, [(10, "restart"), (20, "restart")]),
        ("warmup(5) | multistep([30, 60])", {"total": 90}, [(30, "milestone"), (60, "milestone")]),
        ("hold(5) >> hold(value=0.5*lr)", {"total": 9}, [(5, "milestone")]),
        ("warmup(5) >> cosine", {"total": 90}, []),
        ("hold + 0*step(1, 0.5)", {"total": 9}, []),  # no jump, no mark
        # between two updates, where nobody asks, no float holds the rate
        (
            "1e308*points([[2, 0], [2.2st, 1e300], [2.6st, 1e300], [2.9st, 0]])",
            {"total": 9, "tick": "st"},
            [(2, "milestone")],
        ),
    ],
)
def test_jumps_are_marked(program, run, marks) -> None:
    assert [(int(m.tick), m.kind) for m in sampled(program, **run).marks] == marks


def test_a_long_run_is_thinned_and_keeps_what_is_seen() -> None:
    found = sampled("hold(1234567st) >> hold(1st, value=7) >> hold", total="10Mst")
    assert len(found.ticks) <= MAX_SAMPLES + 10
    assert not found.whole
    assert found.readouts.peak.rate == 7
    assert found.readouts.peak.tick == 1_234_567
    assert np.isin([1_234_566, 1_234_567, 1_234_568, 9_999_999], found.ticks).all()


def test_without_an_end_there_is_no_curve() -> None:
    plan = lrdsl.compile("hold")
    assert horizon(plan) is None
    assert curve(plan) is None


def test_the_clocks_that_a_run_has() -> None:
    run = {"total": "90ep", "tick": "st", "steps_per_epoch": 100}
    assert clocks(lrdsl.compile("hold", **run)) == {"st": 1, "ep": 100}
    assert clocks(lrdsl.compile("hold", total="9ep", steps_per_epoch=4)) == {
        "ep": 1,
        "st": Fraction(1, 4),
    }
    assert clocks(lrdsl.compile("hold", total=9)) == {"": 1}


def test_a_clock_that_no_float_tells_is_left_out() -> None:
    plan = lrdsl.compile(
        "cosine", total=10, tick="ex", examples_per_step="1e200", tokens_per_step="1e-200"
    )
    assert clocks(plan) == {"ex": 1, "st": 10**200}
