"""What `lrdsl show` is made of: text from a plan."""

import re
from fractions import Fraction

import pytest

import lrdsl
from lrdsl import view

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


def test_the_readings_are_the_rates_of_updates(plan) -> None:
    table = plan.table(0.1)
    samples = view.sample(plan, 0.1)
    assert samples is not None
    assert (samples.ticks, samples.rates) == (list(range(145)), table.tolist())
    first, peak, last = view.read(samples)
    assert (first.tick, first.rate) == (0, table[0])
    assert (peak.tick, peak.rate) == (table.argmax(), table.max())
    assert (last.tick, last.rate) == (144, table[144])
    assert re.split(" {2,}|\n", view.readings(plan, samples)) == [
        *("first", f"{table[0]:.4g}", "update 1, at 0ep"),
        *("peak", f"{table.max():.4g}", f"update {table.argmax() + 1}, at {table.argmax()}ep"),
        *("last", f"{table[144]:.4g}", "update 145, at 144ep"),
    ]


def test_a_long_run_is_sampled_and_its_junctions_are_among_the_samples() -> None:
    plan = lrdsl.compile("warmup(1234567st) >> cosine >> hold(3.5st)", total="10000000st")
    samples = view.sample(plan, 0.1)
    assert samples is not None
    assert len(samples.ticks) <= view.MAX_SAMPLES + 10
    assert {0, 1234566, 1234567, 9999996, 9999997, 9999999} <= set(samples.ticks)
    _, peak, _ = view.read(samples)
    assert (peak.tick, peak.rate) == (1234567, 0.1)
    assert f"of {len(samples.ticks):,} updates looked at" in view.readings(plan, samples)
    assert "2000000st" in view.curve(plan, samples)


@pytest.mark.parametrize(
    ("program", "horizon"),
    [("warmup(5ep) >> cosine(85ep)", 90), ("warmup(5ep) >> hold", 10), ("hold", None)],
)
def test_without_a_total_it_looks_as_far_as_something_happens(program, horizon) -> None:
    plan = lrdsl.compile(program)
    assert view.horizon(plan) == horizon
    text = view.overview(plan, 0.1)
    assert text.split("\n")[1].startswith("open-ended")
    assert ("give a total" in text) == (horizon is None)


def test_the_curve_is_high_where_the_rate_is_high() -> None:
    plan = lrdsl.compile("linear", total=100)
    samples = view.sample(plan, 1.0)
    assert samples is not None
    drawn = [
        line.partition("┤")[2] or line.partition("│")[2]
        for line in view.curve(plan, samples).split("\n")
    ]
    starts = [re.search("[⠁-⣿]", line).start() for line in drawn if re.search("[⠁-⣿]", line)]
    assert len(starts) > 10
    assert starts == sorted(starts)  # a falling line: lower lines start further right


@pytest.mark.parametrize("program", ["hold", "hold(value=0)", "hold(value=1e-300)", "-cosine"])
def test_flat_and_negative_rates_are_drawn(program: str) -> None:
    text = view.overview(lrdsl.compile(program, total=10), 1.0)
    assert sum("⠀" < c <= "⣿" for c in text) > 5


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
