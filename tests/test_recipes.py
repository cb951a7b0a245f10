"""Recipes: names that stand for programs, those of the language and those of a host."""

import pytest

import lrdsl
from lrdsl import recipes


@pytest.fixture(autouse=True)
def _forget():
    known = dict(recipes._registered)
    yield
    recipes._registered.clear()
    recipes._registered.update(known)


def test_a_host_registers_its_own():
    lrdsl.register_recipe(
        "trapezoid(up, down=up, floor=0.1*lr)", "warmup(up) >> hold >> linear(down, end=floor)"
    )
    assert lrdsl.format("trapezoid(5ep)") == "warmup(5ep) >> hold >> linear(5ep, end=0.1*lr)"
    written = "warmup(5%) >> hold >> linear(20%)"
    assert lrdsl.parse("trapezoid(5%, down=20%, floor=0)") == lrdsl.parse(written)
    plan = lrdsl.compile("0.5*trapezoid(10)", total=100)
    rates = [plan(k, 0.1) for k in (0, 5, 50, 95, 100)]
    assert rates == pytest.approx([0, 0.025, 0.05, 0.0275, 0.005], rel=1e-15)
    assert plan.explain().startswith("program   0.5*(warmup(10) >> hold >> linear(10, end=0.1*lr))")


def test_a_recipe_with_modes():
    lrdsl.register_recipe(
        "tail(length)", {"straight": "hold >> linear(length)", "round": "hold >> cosine(length)"}
    )
    assert lrdsl.format("tail(9)") == "hold >> linear(9)"
    assert lrdsl.format("tail(9, mode=round)") == "hold >> cosine(9)"
    (finding,) = lrdsl.check("tail(9, mode=rond)")
    assert (finding.code, finding.fix.apply("tail(9, mode=rond)")) == (
        "LR106",
        "tail(9, mode=round)",
    )


def test_a_recipe_calls_a_recipe():
    lrdsl.register_recipe("mine(share)", "wsd(share, 2*share) + noise(0.1)")
    # a call is one operand, so the noise is on all of it
    assert lrdsl.format("mine(5%)") == "(warmup(5%) >> hold >> cooldown(10%)) + noise(0.1)"


def test_a_new_meaning_is_seen_at_once():
    lrdsl.register_recipe("r(a)", "hold(a)")
    assert lrdsl.compile("r(5)", total=10).program == "hold(5)"
    lrdsl.register_recipe("r(a)", "linear(a)")
    assert lrdsl.compile("r(5)", total=10).program == "linear(5)"


def test_names_of_the_language_are_not_given_away():
    with pytest.raises(lrdsl.LrdslError) as caught:
        lrdsl.register_recipe("cosine(a)", "linear(a)")
    assert caught.value.diagnostics[0].code == "LR107"


@pytest.mark.parametrize("program", ["a = 5; warmup(a)", "warmup(a", ""])
def test_what_is_no_expression_is_no_recipe(program):
    with pytest.raises(lrdsl.LrdslError) as caught:
        lrdsl.register_recipe("mine(a)", program)
    assert caught.value.diagnostics
    assert recipes.find("mine") is None
