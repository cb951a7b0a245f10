"""What `lrdsl show` is made of: text from a plan."""

import re
from fractions import Fraction

import pytest

import lrdsl
from lrdsl import captions, curves, view

MISSION = "warmup(5, 1e-5) >> tanh(-6, 4) * restarts(t_mul=2, decay=0.5, limit=3) + noise(0.67)"


@pytest.fixture(scope="module")
def plan() -> lrdsl.Plan:
    return lrdsl.compile(MISSION, total="145ep")


def test_segments_say_when_and_from_where_to_where(plan) -> None:
    header, warmup, _, *cycles = view.segments(plan, 0.1, width=120).split("\n")
    columns = ["from", "to", "from %", "to %", "starts at", "ends at", "segment"]
    assert re.split(" {2,}", header) == columns
    assert warmup.split(maxsplit=6) == [
        *("0ep", "5ep", "0.0", "3.4", "1e-05", "0.1"),
        "warmup(5, start=1e-5)",
    ]
    assert [row.split()[:2] for row in cycles] == [
        ["5ep", "25ep"],
        ["25ep", "65ep"],
        ["65ep", "145ep"],
    ]
    assert [row.split(maxsplit=6)[6] for row in cycles] == [f"cycle {i} of 3" for i in (1, 2, 3)]


def test_a_note_stands_under_its_segment() -> None:
    plan = lrdsl.compile("warmup(5) | cosine", total="90ep")
    lines = [line.strip() for line in view.segments(plan, 0.1, width=120).split("\n")]
    assert lines[1].endswith("warmup(5)")
    assert lines[2] == "over cosine, whose clock runs from 0"


@pytest.mark.parametrize("width", [30, 40, 63, 64, 80, 200])
def test_it_fits_the_width(plan, width: int) -> None:
    lines = view.overview(plan, 0.1, width=width).split("\n")
    assert max(map(len, lines)) <= width
    assert sum("⠀" < c <= "⣿" for line in lines for c in line) > 20  # a curve of braille dots


def test_no_word_is_lost_where_the_width_is_small(plan) -> None:
    text = view.segments(plan, 0.1, width=40)
    words = " ".join(text.split())
    assert words.startswith(
        "warmup(5, start=1e-5) 0ep .. 5ep 1e-05 -> 0.1 tanh * restarts(limit=3,"
    )
    assert words.endswith("cycle 3 of 3 65ep .. 145ep 0.025 -> 8.384e-06")


def test_colour_is_asked_for(plan) -> None:
    assert "\x1b" not in view.overview(plan, 0.1)
    colored = view.overview(plan, 0.1, color=True)
    assert re.search("\x1b\\[36m[⠁-⣿]+\x1b\\[0m", colored)
    assert re.sub("\x1b\\[[0-9;]*m", "", colored).split() == view.overview(plan, 0.1).split()


def test_it_can_be_drawn_in_ascii(plan) -> None:
    assert view.overview(plan, 0.1, unicode=False).isascii()


def seen(plan: lrdsl.Plan, lr: float) -> curves.Curve:
    found = curves.curve(plan, lr)
    assert found is not None
    return found


def test_a_run_that_converts_shows_both_clocks() -> None:
    plan = lrdsl.compile("warmup(5ep) >> cosine", total="90ep", tick="st", steps_per_epoch=100)
    header, warmup, cosine = view.segments(plan, 0.1, width=120).split("\n")
    assert re.split(" {2,}", header.strip()) == [
        *("from", "to", "from ep", "to ep", "from %", "to %", "starts at", "ends at", "segment")
    ]
    assert warmup.split() == ["0st", "500st", "0", "5", "0.0", "5.6", "0", "0.1", "warmup(5ep)"]
    assert cosine.split()[:4] == ["500st", "9000st", "5", "90"]
    narrow = view.segments(plan, 0.1, width=60).split("\n")
    assert narrow[1] == "  0st .. 500st   0ep .. 5ep   0.0% .. 5.6%   0 -> 0.1"
    assert "update 501, at 500st (5ep)" in view.readings(seen(plan, 0.1))


def test_an_open_end_is_the_end_of_the_run_in_epochs_too() -> None:
    plan = lrdsl.compile("warmup(5ep) >> hold", total="90ep", tick="st", steps_per_epoch=100)
    spans = [row.spans for row in captions.rows(plan, 1.0)]
    assert spans[0] == (("0st", "500st"), ("0", "5"))
    assert spans[1][1] == ("5", "90")


def test_the_readings_are_the_rates_of_updates(plan) -> None:
    table = plan.table(0.1)
    peak, low = table.argmax(), table.argmin()
    assert 0 < low < 144
    assert re.split(" {2,}|\n", view.readings(seen(plan, 0.1))) == [
        *("first", f"{table[0]:.4g}", "update 1, at 0ep"),
        *("second", f"{table[1]:.4g}", "update 2, at 1ep"),
        *("peak", f"{table[peak]:.4g}", f"update {peak + 1}, at {peak}ep"),
        *("lowest", f"{table[low]:.4g}", f"update {low + 1}, at {low}ep"),
        *("last", f"{table[144]:.4g}", "update 145, at 144ep"),
        *("mean", f"{table.mean():.4g}", "of 145 updates"),
        *("area", f"{table.mean() / table[peak]:.3f}", "equal to 17.6% of the updates at the peak"),
    ]


def test_the_lowest_is_said_where_it_is_neither_first_nor_last() -> None:
    plan = lrdsl.compile("warmup(5) >> cosine", total=90)
    names = [line.split()[0] for line in view.readings(seen(plan, 0.1)).split("\n")]
    assert names == ["first", "second", "peak", "last", "mean", "area"]


def test_a_long_run_is_sampled_and_its_junctions_are_among_the_samples() -> None:
    plan = lrdsl.compile("warmup(1234567st) >> cosine >> hold(3.5st)", total="10000000st")
    curve = seen(plan, 0.1)
    assert len(curve.ticks) <= curves.MAX_SAMPLES + 10
    junctions = {0, 1234566, 1234567, 9999996, 9999997, 9999999}
    assert junctions <= set(curve.ticks)
    assert junctions <= set(curve.ticks[curve.seen(500)])
    assert len(curve.seen(500)) <= 510
    assert (curve.readouts.peak.tick, curve.readouts.peak.rate) == (1234567, 0.1)
    assert f"of {len(curve.ticks):,} updates looked at" in view.readings(curve)
    assert "second  8.1e-08" in view.readings(curve)  # though no sample is there
    assert "2Mst" in view.drawn(curve)


@pytest.mark.parametrize("program", ["warmup(5st) >> linear", "max(cosine, 0.2*lr)"])
def test_the_mean_of_a_long_run_is_that_of_all_updates(program: str) -> None:
    plan = lrdsl.compile(program, total="300000st")
    readouts = seen(plan, 0.1).readouts
    assert not readouts.whole
    # between samples, 3 updates apart, a curve is off its chord by 3**2/8 * its curvature, 5/n**2
    assert readouts.mean == pytest.approx(plan.table(0.1).mean(), rel=6 / 300_000**2 + 1e-12)


def test_the_mean_of_the_largest_rates_is_finite() -> None:
    assert seen(lrdsl.compile("hold(value=1.5e308)", total=90), 1.0).readouts.mean == 1.5e308


def test_restarts_are_marked_beyond_the_dozen_that_are_listed() -> None:
    def marks(program: str) -> list[tuple[float, str]]:
        curve = seen(lrdsl.compile(program, total=900), 1.0)
        return [(float(m.tick), m.text) for m in curve.marks]

    even = [(20.0 * n, f"cycle {n + 1} of 45") for n in range(1, 45)]
    assert marks("cosine(20) * restarts") == even
    growing = [tick for tick, _ in marks("cosine(2) * restarts(t_mul=1.1)")]
    starts = [20 * (1.1**n - 1) for n in range(1, 41)]
    assert growing == pytest.approx([s for s in starts if s < 900], rel=1e-12)
    assert marks("cosine(2) * restarts") == []  # 449 are a pattern


def test_what_is_drawn_of_noise_is_as_wide_as_the_noise() -> None:
    curve = seen(lrdsl.compile("hold + noise(0.5)", total=50_000), 1.0)
    rates = curve.rates[curve.seen(1_000)]
    assert len(rates) <= 1_010
    assert (rates.min(), rates.max()) == (curve.rates.min(), curve.rates.max())


@pytest.mark.parametrize(
    ("program", "horizon"),
    [("warmup(5ep) >> cosine(85ep)", 90), ("warmup(5ep) >> hold", 10), ("hold", None)],
)
def test_without_a_total_it_looks_as_far_as_something_happens(program, horizon) -> None:
    plan = lrdsl.compile(program)
    assert curves.horizon(plan) == horizon
    text = view.overview(plan, 0.1)
    assert text.split("\n")[1].startswith("open-ended")
    assert ("give a total" in text) == (horizon is None)


def test_the_curve_is_high_where_the_rate_is_high() -> None:
    plan = lrdsl.compile("linear", total=100)
    drawn = [
        line.partition("┤")[2] or line.partition("│")[2]
        for line in view.drawn(seen(plan, 1.0)).split("\n")
    ]
    starts = [re.search("[⠁-⣿]", line).start() for line in drawn if re.search("[⠁-⣿]", line)]
    assert len(starts) > 10
    assert starts == sorted(starts)  # a falling line: lower lines start further right


@pytest.mark.parametrize("program", ["hold", "hold(value=0)", "hold(value=1e-300)", "-cosine"])
def test_flat_and_negative_rates_are_drawn(program: str) -> None:
    text = view.overview(lrdsl.compile(program, total=10), 1.0)
    assert sum("⠀" < c <= "⣿" for c in text) > 5


def test_a_mark_of_the_time_axis_is_an_update() -> None:
    last = view.drawn(seen(lrdsl.compile("cosine", total=3), 1.0)).split("\n")[-1]
    assert last.split() == ["0", "1", "2"]


def test_a_run_of_one_update_is_drawn() -> None:
    text = view.overview(lrdsl.compile("cosine", total="1ep"), 1.0)
    assert "1 epoch, a tick is an epoch" in text
    assert ["last", "1", "update", "1,", "at", "0ep"] in [line.split() for line in text.split("\n")]


@pytest.mark.parametrize(
    ("run", "text"),
    [
        ({"total": "145ep"}, "145 epochs, a tick is an epoch"),
        ({"total": "1ep"}, "1 epoch, a tick is an epoch"),
        ({"total": "90ep", "tick": "st", "steps_per_epoch": 10}, "900 steps, a tick is a step"),
        ({"total": 90}, "90 updates"),
        ({"total": 1}, "1 update"),
        ({"tick": "tok"}, "open-ended, a tick is a token"),
        ({}, "open-ended"),
    ],
)
def test_the_run_is_described(run, text: str) -> None:
    assert view.described(lrdsl.compile("hold", **run).run) == text


def test_a_rate_that_is_not_finite_is_an_error() -> None:
    plan = lrdsl.compile("1e300*cosine", total=Fraction(10))
    with pytest.raises(lrdsl.LrdslError) as caught:
        view.overview(plan, 1e300)
    assert [d.code for d in caught.value.diagnostics] == ["LR502"]
