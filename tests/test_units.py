"""Numbers, times, values and runs by themselves: what each spells, and where its limits are."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import lrdsl
from lrdsl import LrdslError
from lrdsl.diagnostics import Problem
from lrdsl.python import ep, lr, pct, st
from lrdsl.run import Run, make_run
from lrdsl.values import (
    LARGEST,
    NUMBER_BITS,
    Num,
    Time,
    Value,
    arithmetic,
    finite,
    from_decimal,
    limited,
    number,
    plain,
    show_number,
    show_quantity,
    show_share,
    time_for_value,
)

F = Fraction
BEYOND = 2**NUMBER_BITS  # the first integer of one bit too many


def said(code: str, work: Any, *arguments: Any, **options: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        work(*arguments, **options)
    assert caught.value.code == code
    return caught.value


# --- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (F(1, 3), F(1, 3)),
        (7, F(7)),
        (0.1, F(1, 10)),
        (Decimal("0.1"), F(1, 10)),
        ("1/3", F(1, 3)),
        ("1e-5", F(1, 10**5)),
        (np.float32(0.5), F(1, 2)),
        (np.int64(3), F(3)),
    ],
)
def test_a_number_is_the_rational_that_it_spells(given: object, expected: Fraction) -> None:
    assert number(given) == expected


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        (True, "LR201", "a number is wanted here, not True"),
        (float("inf"), "LR502", "inf is not a finite number"),
        (Decimal("nan"), "LR502", "NaN is not a finite number"),
        (np.ones(2), "LR201", "a number is wanted here, not ndarray"),
        (None, "LR201", "a number is wanted here, not NoneType"),
        ("1/0", "LR201", "'1/0' is not a number"),
        ("one", "LR201", "'one' is not a number"),
        ("1e1000", "LR604", "an exponent has at most 3 digits"),
    ],
)
def test_what_is_no_number_is_refused(given: object, code: str, message: str) -> None:
    assert said(code, number, given).message == message


def test_an_exponent_has_three_digits_besides_signs_and_zeros() -> None:
    assert from_decimal("1e-0000999") == F(1, 10**999)
    assert from_decimal("1E+999") == 10**999


def test_a_number_is_as_long_as_its_limits() -> None:
    assert from_decimal("1" * 1200) == (10**1200 - 1) // 9
    assert said("LR604", from_decimal, "1" * 1201).message == "this number is too long"
    assert limited(F(BEYOND - 1, 3)) == F(BEYOND - 1, 3)
    assert limited(F(1, BEYOND - 1)).denominator == BEYOND - 1
    for large in (F(BEYOND), F(-BEYOND), F(1, BEYOND), F(1, BEYOND + 1)):
        said("LR604", limited, large)
    said("LR604", number, BEYOND)
    said("LR604", number, Decimal(BEYOND))


def test_a_float_can_hold_its_largest_number() -> None:
    assert finite(LARGEST) == LARGEST
    assert finite(-LARGEST) == -LARGEST
    said("LR502", finite, LARGEST + 1)
    said("LR502", finite, -LARGEST - 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (F(0), "0"),
        (F(30), "30"),
        (F(-30), "-30"),
        (F(10**15 - 1), "999999999999999"),
        (F(10**15), "1000000000000000"),
        (F(12 * 10**14), "1200000000000000"),
        (F(10**16), "1e16"),
        (F(-(10**16)), "-1e16"),
        (F(125 * 10**20), "1.25e22"),
        (F(1, 4000), "0.00025"),
        (F(-1, 4000), "-0.00025"),
        (F(1, 10**4), "0.0001"),
        (F(1, 10**5), "1e-5"),
        (F(12, 10**6), "1.2e-5"),
        (F(1, 8), "0.125"),
        (F(1001, 10), "100.1"),
        (F(1, 3), "1/3"),
        (F(-2, 7), "-2/7"),
        (F(7, 6), "7/6"),
        (F(1, 2**1999), show_number(F(5**1999, 10**1999))),
        (F(1, 2**2000), f"1/{2**2000}"),
    ],
)
def test_the_shortest_usual_spelling_of_a_number(value: Fraction, text: str) -> None:
    assert show_number(value) == text
    if len(text) < 1000:
        assert from_decimal(text) == value


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (F(2**53 - 1), 2**53 - 1),
        (F(-(2**53) + 1), -(2**53) + 1),
        (F(2**53), 2.0**53),  # a reader of JSON may have nothing but floats
        (F(1, 10), 0.1),
        (F(1, 3), "1/3"),
        (F(15 * 10**307), 1.5e308),
        (F(-(10**400)), f"-1{'0' * 400}/1"),
    ],
)
def test_a_number_in_json(value: Fraction, data: object) -> None:
    assert plain(value) == data
    assert type(plain(value)) is type(data)


# --- times ----------------------------------------------------------------------------------------


def test_a_time_keeps_its_amounts_in_one_order_and_no_zeros() -> None:
    time = Time({"st": F(-1), "%": F(30), "ep": F(0)})
    assert time.amounts == (("%", F(30)), ("st", F(-1)))
    assert time.units == ("%", "st")
    assert str(time) == "30% - 1st"
    assert str(-time) == "1st - 30%"
    assert str(Time({"%": F(-20), "ep": F(1, 2)})) == "0.5ep - 20%"
    assert str(Time({})) == "0"


@pytest.mark.parametrize(
    ("amounts", "sign"),
    [
        ({}, 0),
        ({"ep": 1}, 1),
        ({"ep": -1}, -1),
        ({"ep": -1, "st": -2}, -1),
        ({"ep": 1, "%": -1}, None),
    ],
)
def test_the_sign_of_a_time_is_known_where_its_amounts_agree(
    amounts: dict[str, int], sign: int | None
) -> None:
    time = Time({u: F(a) for u, a in amounts.items()})
    assert time.sign == sign
    assert time.is_zero == (sign == 0)


@pytest.mark.parametrize(
    ("amount", "unit", "text"),
    [
        (9_000, "st", "9000st"),
        (10_000, "st", "10kst"),
        (10_001, "st", "10001st"),
        (1_000_000, "st", "1Mst"),
        (2_500_000, "ex", "2.5Mex"),
        (260 * 10**9, "tok", "260Btok"),
        (3 * 10**12, "tok", "3Ttok"),
        (10_000, "", "10k"),
        (10_000, "%", "10000%"),
        (F(1, 3), "ep", "1ep/3"),
        (F(2, 3), "ep", "2/3*1ep"),
        (F(2, 3), "", "2/3"),
    ],
)
def test_the_spelling_of_a_quantity(amount: Any, unit: str, text: str) -> None:
    assert show_quantity(F(amount), unit) == text


def test_a_time_from_what_json_and_python_hand_it() -> None:
    assert Time.validate(5) == Time.ticks(F(5))
    assert Time.validate(Value(F(0), F(5))) == Time.ticks(F(5))
    assert Time.validate({"ep": 5, "%": "1/3"}) == Time({"ep": F(5), "%": F(1, 3)})
    assert Time.validate(1) == Time.ticks(F(1))
    assert Time.validate(-1) == Time.ticks(F(-1))
    assert said("LR201", Time.validate, lr).message == "a time is wanted here, not the value lr"
    for unknown in ({"days": 1}, {"": 1}):
        said("LR202", Time.validate, unknown)


@pytest.mark.parametrize("share", [0.3, -0.3, 0.999])
def test_a_bare_share_of_a_tick_is_refused(share: float) -> None:
    found = said("LR203", Time.validate, share)
    assert found.help == (
        f"for a share of the run write {show_number(F(str(share)) * 100)}%; "
        f"for a part of an epoch or a step, {share}ep or {share}st"
    )


def test_a_time_in_json() -> None:
    assert Time({}).plain() == 0
    assert Time.ticks(F(5)).plain() == 5
    assert (5 * ep - 1 * st).plain() == {"ep": 5, "st": -1}
    assert (5 * ep + Time.ticks(F(1))).plain() == {"ep": 5, "": 1}


# --- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text", "data"),
    [
        (Value(F(0), F(0)), "0", 0),
        (Value(F(1), F(0)), "lr", {"lr": 1}),
        (Value(F(-1), F(0)), "-lr", {"lr": -1}),
        (Value(F(1, 3), F(0)), "lr/3", {"lr": "1/3"}),
        (Value(F(2, 3), F(0)), "2/3*lr", {"lr": "2/3"}),
        (Value(F(1, 10), F(-1, 1000)), "0.1*lr - 0.001", {"lr": 0.1, "plus": -0.001}),
        (Value(F(0), F(-1, 1000)), "-0.001", -0.001),
    ],
)
def test_a_value_as_text_and_in_json(value: Value, text: str, data: object) -> None:
    assert str(value) == text
    assert value.plain() == data
    assert Value.validate(data) == value


def test_a_share_of_one_is_lr_itself() -> None:
    assert [show_share(F(p)) for p in ("1", "2", "1/2", "1/3")] == ["lr", "2*lr", "0.5*lr", "lr/3"]


def test_values_are_within_what_a_float_can_hold() -> None:
    for wrong in ({"lr": "1e400"}, {"plus": "1e400"}, "1e400"):
        said("LR502", Value.validate, wrong)
    found = said("LR201", Value.validate, {"lr": 1, "per": 2})
    assert found.message == "a value has the parts lr and plus, not 'per'"


def test_a_share_of_the_run_is_no_value_and_what_was_meant_is_said() -> None:
    assert time_for_value(10 * pct).help == "write 0.1*lr for that share of the base rate"
    assert time_for_value(10 * pct + 1 * ep).help is None


# --- arithmetic -----------------------------------------------------------------------------------


def test_arithmetic_is_exact() -> None:
    assert arithmetic("+", F(1, 3), F(1, 6)) == F(1, 2)
    assert arithmetic("-", F(1, 3), F(1, 3)) == 0
    assert arithmetic("*", F(2), 3 * ep) == arithmetic("*", 3 * ep, F(2)) == 6 * ep
    assert arithmetic("/", 3 * ep, F(2)) == 1.5 * ep
    assert arithmetic("/", F(1), F(3)) == F(1, 3)
    assert arithmetic("+", 0.5 * lr, F(1)) == Value(F(1, 2), F(1))
    assert arithmetic("-", F(1), 0.5 * lr) == Value(F(-1, 2), F(1))
    assert arithmetic("-", 3 * ep, 3 * ep) == Time({})


def test_results_of_arithmetic_are_limited() -> None:
    long = F(2 ** (NUMBER_BITS // 2))
    for op, a, b in (
        ("*", long, long),
        ("/", long, 1 / long),
        ("+", F(BEYOND - 1), F(1)),
        ("*", Value(long, F(0)), long),
        ("*", Value(F(0), long), long),
        ("*", Time.ticks(long), long),
    ):
        said("LR604", arithmetic, op, a, b)
    said("LR604", Value(F(BEYOND - 1), F(0)).combine, Value(F(1), F(0)), 1)
    said("LR604", Value(F(0), F(BEYOND - 1)).combine, Value(F(0), F(-1)), -1)


@pytest.mark.parametrize(
    ("op", "a", "b", "message", "advice"),
    [
        ("+", 5 * ep, F(2), "the time 5ep and the number 2 cannot be added",
         "give the number a unit, such as 2ep"),
        ("-", F(2), 5 * ep - 1 * pct, "the number 2 and the time 5ep - 1% cannot be subtracted",
         "give the number a unit, such as 2%"),
        ("+", Time({}), F(2), "the time 0 and the number 2 cannot be added",
         "give the number a unit, such as 2st"),
        ("+", 5 * ep, 2 * lr, "the time 5ep and the value 2*lr cannot be added", None),
        ("*", 10 * pct, 2 * lr, "the time 10% and the value 2*lr cannot be multiplied",
         "that share of the rate is 0.2*lr"),
        ("*", 2 * lr, 10 * pct, "the value 2*lr and the time 10% cannot be multiplied",
         "that share of the rate is 0.2*lr"),
        ("*", 2 * lr, 10 * ep, "the value 2*lr and the time 10ep cannot be multiplied",
         "one of the two must be a plain number"),
        ("*", 10 * pct, 1 * pct, "the time 10% and the time 1% cannot be multiplied",
         "one of the two must be a plain number"),
        ("/", F(1), 2 * lr, "the number 1 cannot be divided by the value 2*lr: "
         "only by a plain number", None),
    ],
)  # fmt: skip
def test_what_cannot_be_combined(op: str, a: Any, b: Any, message: str, advice: str | None) -> None:
    found = said("LR204", arithmetic, op, a, b)
    assert (found.message, found.help) == (message, advice)


def test_division_by_zero() -> None:
    for zero in (F(1), 5 * ep, lr):
        assert said("LR502", arithmetic, "/", zero, F(0)).message == "division by zero"


def test_operators_of_the_python_spelling() -> None:
    """Numbers of any kind on either side; an error is about the text of the whole."""
    assert (2 * ep, ep * 2, ep / F(1, 2), -(-2 * ep)) == (Time({"ep": F(2)}),) * 4
    assert (1 + lr, lr + 1, lr - -1, 1 - -lr) == (Value(F(1), F(1)),) * 4
    assert (lr * 0.5, 0.5 * lr, lr / 2) == (Value(F(1, 2), F(0)),) * 3
    assert 1 - lr == Value(F(-1), F(1))
    for wrong in ("1", None, [1]):
        with pytest.raises(TypeError, match="unsupported operand"):
            ep + wrong
        with pytest.raises(TypeError, match="unsupported operand"):
            wrong - lr
    with pytest.raises(LrdslError) as caught:
        ep / 0
    assert caught.value.text == "1ep / 0"
    assert [d.span.of("1ep / 0") for d in caught.value.diagnostics] == ["1ep / 0"]


def test_a_plain_number_is_neither_a_time_nor_a_share_of_lr() -> None:
    validate = Num.__metadata__[0].validate
    assert validate(Value(F(0), F(2))) == 2
    assert said("LR201", validate, 5 * ep).message == "a number is wanted here, not the time 5ep"
    found = said("LR201", validate, 2 * lr)
    assert found.message == "a number is wanted here, not the value 2*lr"
    assert found.help == "a plain number is a ratio or a count; lr is the base rate"
    said("LR502", validate, "1e400")


# --- runs -----------------------------------------------------------------------------------------

RATES = Run(
    total=F(1000),
    tick="st",
    steps_per_epoch=F(10),
    tokens_per_step=F(4),
    examples_per_step=F(2),
)


@pytest.mark.parametrize(
    ("time", "ticks"),
    [
        (Time.ticks(F(7)), 7),
        (3 * st, 3),
        (3 * ep, 30),
        (Time({"ex": F(3)}), F(3, 2)),
        (Time({"tok": F(3)}), F(3, 4)),
        (10 * pct, 100),
        (10 * pct - 1 * ep + 1 * st, 91),
        (Time({}), 0),
    ],
)
def test_units_in_ticks(time: Time, ticks: Any) -> None:
    assert RATES.ticks(time) == ticks


@pytest.mark.parametrize(("tick", "ticks"), [("st", 20), ("ep", 2), ("ex", 40), ("tok", 80)])
def test_a_length_in_every_tick(tick: str, ticks: int) -> None:
    run = make_run([], total=F(9), tick=tick, steps_per_epoch=10, tokens_per_step=4,
                   examples_per_step=2)  # fmt: skip
    assert run.ticks(2 * ep) == ticks


def test_what_a_conversion_lacks_is_named() -> None:
    run = Run(tick="ep")
    found = said("LR703", run.ticks, Time({"tok": F(3)}))
    assert found.message == (
        "3tok does not convert to ticks, which are epochs here, without tokens_per_step and "
        "steps_per_epoch"
    )
    assert found.help == "give tokens_per_step=.. and steps_per_epoch=.."
    assert said("LR703", run.ticks, 1 * st).help == "give steps_per_epoch=.."
    assert said("LR702", Run().ticks, 5 * ep).message.endswith("so 5ep has no length")
    assert said("LR701", Run().ticks, 5 * pct).message.startswith("5% is a share of the run")


@pytest.mark.parametrize(
    ("ticks", "text"),
    [
        (None, "the end"),
        (F(90), "90st"),
        (F(1, 4), "0.25st"),
        (F(1, 3), "0.333333st"),
        (F(2, 10**6), "2e-6st"),
        (F(1, 3 * 10**6), "3.33333e-07st"),
        (F(10**25), "1e25st"),
        (F("1.234567890123456e20"), "1.234567890123456e20st"),
        (F("1.2345678901234567e20"), "1.23457e+20st"),  # longer than 20 characters
        (F(123456789, 1000), "123456.789st"),
        (F(123456789 * 10**20 + 1), "1.23457e+28st"),
    ],
)
def test_a_moment_for_people(ticks: Fraction | None, text: str) -> None:
    assert RATES.show(ticks) == text


def test_a_moment_in_the_unit_that_was_written() -> None:
    run = make_run(["ep"], total=90 * ep, tick="st", steps_per_epoch=391)
    assert run.written == "ep"
    assert run.tell(F(7820)) == "7820st (20ep)"
    assert run.tell(F(7821)) == "7821st"  # nobody wrote 20.0026ep
    assert run.tell(None) == "the end"
    samples = make_run(["ep"], total=90 * ep, tick="ex", steps_per_epoch=10, examples_per_step=2)
    assert samples.tell(F(40)) == "40ex (2ep)"
    assert make_run(["ep", "ex"], total=90 * st, tick=None, steps_per_epoch=3).written is None
    assert make_run(["st"], total=90 * st, tick=None).tell(F(5)) == "5st"
    assert make_run(["ep"], total=90 * st, tick=None).tell(F(5)) == "5st"  # not convertible


def test_a_conversion_may_have_a_magnitude() -> None:
    for text, rate in (("3.2M", 3_200_000), ("12k", 12_000), ("1/3", F(1, 3))):
        assert make_run([], total=F(9), tick="st", tokens_per_step=text).tokens_per_step == rate


def test_a_run_as_data_leaves_out_what_is_not_given() -> None:
    assert Run().as_dict() == {}
    assert RATES.as_dict() == {
        "total": "1000",
        "tick": "st",
        "steps_per_epoch": "10",
        "tokens_per_step": "4",
        "examples_per_step": "2",
    }
    assert Run(overflow="truncate", written="ep").as_dict() == {"overflow": "truncate"}


@pytest.mark.parametrize(
    ("units", "given", "tick"),
    [
        ([], {}, None),
        ([], {"total": F(90)}, None),
        (["ep"], {}, "ep"),
        (["st"], {"steps_per_epoch": 5}, "st"),
        (["ep"], {"total": 90 * st}, "st"),
        (["ep", "st"], {"total": 90 * ep}, "ep"),
        ([""], {"total": F(90)}, None),
        (["%"], {"total": F(90)}, None),
        (["", "ep"], {"total": F(90)}, "ep"),
        (["ep", "st"], {"tick": "steps", "steps_per_epoch": 5}, "st"),
        ([], {"total": Time.ticks(F(90))}, None),
    ],
)
def test_what_a_tick_is(units: list[str], given: dict[str, Any], tick: str | None) -> None:
    run = make_run(units, **{"total": None, "tick": None, **given})
    assert run.tick == tick


@pytest.mark.parametrize(
    ("units", "given", "code"),
    [
        ([], {"overflow": "cut"}, "LR704"),
        ([], {"tick": "%"}, "LR704"),
        ([], {"tick": 5}, "LR704"),
        ([], {"total": F(0)}, "LR704"),
        ([], {"total": F(-1)}, "LR704"),
        ([], {"total": 10 * pct + 1 * ep, "tick": "ep"}, "LR704"),
        ([], {"steps_per_epoch": 0}, "LR704"),
        ([], {"steps_per_epoch": -1}, "LR704"),
        ([], {"steps_per_epoch": "x"}, "LR704"),
        ([], {"total": 1 * ep + 1 * st}, "LR702"),
        (["ep"], {"steps_per_epoch": 5}, "LR702"),
        (["ep", "st"], {}, "LR702"),
        ([""], {}, "LR702"),
        (["", "ep", "st"], {"total": F(90)}, "LR702"),
    ],
)
def test_a_run_that_is_not_known_is_refused(
    units: list[str], given: dict[str, Any], code: str
) -> None:
    said(code, make_run, units, **{"total": None, "tick": None, **given})


def test_the_name_of_a_tick_is_guessed() -> None:
    assert said("LR704", make_run, [], total=None, tick="setps").help == "did you mean steps?"
    assert said("LR704", make_run, [], total=None, tick="fortnight").help is None


def test_the_article_before_a_unit() -> None:
    for unit, words in (("ep", "an epoch"), ("ex", "an example"), ("tok", "a token")):
        found = said("LR702", make_run, [unit], total=None, tick=None, steps_per_epoch=5)
        assert f"a step or {words}" in found.message


def test_the_total_of_a_plan_is_a_whole_number_where_it_can_be() -> None:
    whole, broken = lrdsl.compile("cosine", total=7), lrdsl.compile("cosine", total=7.5)
    assert (whole.total, type(whole.total)) == (7, int)
    assert (broken.total, type(broken.total)) == (7.5, float)
    assert lrdsl.compile("1e-3").total is None
