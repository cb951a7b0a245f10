"""Lints beyond their examples: where they point, what they leave alone, and what they cost."""

import sys

import pytest

import lrdsl
from lrdsl.lint import OFF


def found(program, **run):
    return [(d.code, d.span.of(program)) for d in lrdsl.check(program, **run)]


@pytest.mark.parametrize(
    ("program", "code", "at"),
    [
        ("warmup(5) >> cosine(50) >> hold", "LR809", "cosine(50)"),
        ("warmup(5) >> linear(50, end=-0.1*lr) >> hold", "LR809", "linear(50, end=-0.1*lr)"),
        ("hold(10) >> (cosine(20) >> hold(5))", "LR809", "cosine(20)"),
        ("warmup(5) | cosine(50)", "LR811", "cosine(50)"),
        ("warmup(5) >> linear(45, end=0.1*lr)", "LR811", "linear(45, end=0.1*lr)"),
        ("hold(10) >> (cosine(20, end=0.1*lr))", "LR811", "(cosine(20, end=0.1*lr))"),
    ],
)
def test_a_finding_points_at_the_segment_that_does_it(program, code, at):
    assert (code, at) in found(program, total=100)


@pytest.mark.parametrize(
    "program",
    [
        "hold(10, value=0) >> warmup(10, end=0.5*lr) >> hold",  # a freeze
        "hold(10, value=0) >> hold(value=lr)",
        "warmup(5) >> cosine(94, end=0.1*lr)",  # the last update has the end
        "cosine(30) * restarts(limit=3) >> hold(value=1e-5*lr)",
        "multistep([30, 60], to=[0.01*lr, 0.001*lr])",
        "wave(periods=3, low=0.01*lr)",
        "cosine(200)[:100]",
        "warmup(5) >> linear(50, end=0.01*lr) >> hold",
        "step(every=90, factor=0.1)",
        "max(cosine, 0.1*lr)",
        "hold",
        "s = cosine + noise(0.1); hold(10) >> s",  # it is named, and that means the whole of it
        "cosine(25, start=0.95, end=0.85) >> cosine(end=0.95)",  # 1cycle's momentum
    ],
)
def test_what_is_meant_is_left_alone(program):
    assert found(program, total=100) == []


@pytest.mark.parametrize(
    ("program", "run", "codes"),
    [
        ("poly(power=0.5)", {"total": 20}, ["LR817"]),
        ("poly(power=0.5)", {"total": 20, "overflow": "truncate"}, []),
        ("multistep([50], to=[0.01*lr]) * wave(periods=2)", {"total": 100}, []),
        ("linear(40, end=0.05*lr) >> hold(20) >> warmup(40)", {"total": 100}, ["LR802", "LR818"]),
        ("linear(40, end=0) >> warmup(60)", {"total": 100}, ["LR818"]),
        ("cosine * snap(60)", {"total": 100}, ["LR819"]),
        ("inverse(scale=10, power=1) * 0.5", {"total": 100}, []),
        ("warmup(5, start=0.1) >> cosine", {"total": 100, "lr": 0.01}, ["LR820"]),
        ("1.5*cosine", {"total": 100, "lr": 0.01}, []),  # in shares of lr: it says so
        ("linear(10, end=0.5) >> cosine", {"total": 100, "lr": 0.01}, ["LR806"]),
        ("cosine", {"total": "50st", "steps_per_epoch": 100}, ["LR821"]),
        ("cosine", {"total": "50st", "steps_per_epoch": 10}, []),
        ("cosine", {"total": "50st", "steps_per_epoch": 100, "overflow": "truncate"}, []),
        ("cosine", {"total": "20k epochs"}, ["LR821"]),
        ("(linear(20) | cosine(10)) * restarts(t_mul=2, limit=2)", {"total": 60}, ["LR814"]),
        ("hold(10) >> s", {"total": 100, "names": {"s": "cosine + noise(0.1)"}}, []),
    ],
)
def test_the_rates_of_a_run(program, run, codes):
    assert [d.code for d in lrdsl.check(program, **run)] == codes


def test_cycles_that_are_written_out():
    again = " >> ".join(["linear(10, start=lr, end=0.5*lr)"] * 5)
    texts = [d.help for d in lrdsl.check(again, total=50) if d.code == "LR824"]
    assert texts == [
        "linear(10, start=lr, end=0.5*lr) * restarts(limit=5) is the same",
    ]
    (shorter,) = [t.removesuffix(" is the same") for t in texts]
    one, other = lrdsl.compile(again, total=50), lrdsl.compile(shorter, total=50)
    assert [one(t) for t in range(60)] == pytest.approx([other(t) for t in range(60)], rel=1e-14)


@pytest.mark.parametrize(
    "program",
    [
        "linear(10, end=0.5*lr) >> linear(10, end=0.5*lr) >> linear(10, end=0.5*lr)",
        "linear(10, start=lr) >> linear(10, start=lr)",
        "linear(start=lr) >> linear(start=lr) >> linear(start=lr)",
        "warmup(until=10) >> warmup(until=20) >> warmup(until=30)",
    ],
)
def test_what_goes_on_from_the_part_before_it_is_no_cycle(program):
    assert "LR824" not in {d.code for d in lrdsl.check(program, total=30)}


def test_a_text_with_more_than_its_meaning_has_no_canonical_text():
    named = ("W=5; warmup(W) >> cosine", "wsd(10%,50%)")
    for program in (*named, "cosine()  # down", "warmup( 5)\n>> hold"):
        assert found(program, total=100, enable=["LR823"]) == []
    (code,) = lrdsl.check("cosine(over=10) >>hold", total=100, enable=["LR823", "LR809"])[:1]
    assert code.code in ("LR809", "LR823")


@pytest.mark.parametrize("enable", ["LR815", ["LR815"], ("LR815", "LR101")])
def test_codes_that_are_asked_for(enable):
    assert "LR815" in {d.code for d in lrdsl.check("warmup(5) >> cosine", total=90, enable=enable)}


@pytest.mark.parametrize(("code", "meant"), [("LR8155", "LR815"), ("lr815", "LR815")])
def test_a_code_that_there_is_not(code, meant):
    with pytest.raises(ValueError, match=f"there is no code {code}: did you mean {meant}?"):
        lrdsl.check("cosin", enable=[code])


def test_the_default_is_what_is_not_off():
    program = "warmup( 5 ) >> cosine + noise(0.1)"
    plain = {d.code for d in lrdsl.check(program, total=90)}
    every = {d.code for d in lrdsl.check(program, total=90, enable=OFF)}
    assert plain == {"LR801"}
    assert every == {"LR801", "LR815", "LR822", "LR823"}


def calls(program, total):
    """How many Python functions a check calls: a cost that no other process changes."""
    lrdsl.check(program, total=total, lr=0.1)  # what is done once
    count = 0

    def tally(frame, event, argument):
        nonlocal count
        count += event == "call"

    sys.setprofile(tally)
    try:
        lrdsl.check(program, total=total, lr=0.1)
    finally:
        sys.setprofile(None)
    return count


def test_the_cost_grows_with_the_length_of_a_program_and_no_faster():
    def program(n):
        return " >> ".join(f"linear(1, end={1 - i / n / 2:.4f}*lr)" for i in range(n))

    short, long = (calls(program(n), n) for n in (50, 400))
    assert long < 8 * 1.5 * short
