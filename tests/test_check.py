"""What `check` promises beyond the codes: places, names, and never an exception."""

import pytest

import lrdsl

RECIPES = [
    "wsd(60%, 60%)",
    "hold(3) >> linear(20) >> wsd(60%, 60%)",
    "0.5*wsd(50%, 60%) + noise(0.1)",
    "cyclic(20, mode=triangular2) >> wsd(90%, 90%)",
]


@pytest.mark.parametrize("program", RECIPES)
def test_what_a_recipe_makes_stands_where_it_is_called(program):
    found = lrdsl.check(program, total=90)
    assert found
    for d in found:
        assert 0 <= d.span.start <= d.span.end <= len(program)
        if d.code == "LR402":
            assert "wsd" in d.span.of(program)


def test_a_binding_wins_over_a_name_of_the_host():
    plan = lrdsl.compile("W = 2; hold(W) >> linear", total=9, names={"W": 3})
    assert plan.program == "hold(2) >> linear"


@pytest.mark.parametrize(
    "program",
    [
        "(warmup(3) >> inverse(scale=3)) * restarts(limit=2)",
        "(warmup(3) >> poly(power=0.5)) * restarts(limit=3, t_mul=1.5)",
        "(hold(3) >> cooldown(shape=sqrt)) * restarts(limit=3, t_mul=2)",
    ],
)
def test_a_branch_that_is_not_taken_is_not_computed(program):
    plan = lrdsl.compile(program, total=40)
    assert plan.explain()
    assert [d.severity for d in lrdsl.check(program, total=40)].count("error") == 0
    assert len({p.end for p in plan.pieces}) >= 2


def test_errors_and_lints_in_one_go():
    text = "W = 3; warmup(0.1) >> cosin(5ep) >> tanh(-6)"
    codes = {d.code for d in lrdsl.check(text, total="90ep")}
    assert codes == {"LR203", "LR101", "LR103"}
    text = "hold(10) >> cosine + noise(0.1) + noise(0.1)"
    assert {"LR801", "LR812"} <= {d.code for d in lrdsl.check(text, total="90ep")}


def test_without_a_run_only_what_holds_in_every_run_is_said():
    assert lrdsl.check("warmup(5ep) >> cosine(2000st)") == []
    assert [d.code for d in lrdsl.check("warmup(5ep, end=next) >> cosine")] == ["LR307"]
    assert [d.code for d in lrdsl.check("cosine * restarts")] == ["LR401"]


def test_a_word_that_check_does_not_know():
    with pytest.raises(TypeError, match="totl"):
        lrdsl.check("cosine", totl=90)


@pytest.mark.parametrize("written", ["3.2M", "3200k", 3_200_000, "3200000"])
def test_a_rate_of_the_run_may_be_written_in_millions(written) -> None:
    plan = lrdsl.compile("hold", total="32M tokens", tick="st", tokens_per_step=written)
    assert plan.total == 10


@pytest.mark.parametrize("written", ["M", "3.2Q", "-1M", "3.2MM", ""])
def test_what_is_no_rate_is_said_by_its_name(written) -> None:
    with pytest.raises(lrdsl.LrdslError, match="tokens_per_step"):
        lrdsl.compile("hold", total="32M tokens", tick="st", tokens_per_step=written)
