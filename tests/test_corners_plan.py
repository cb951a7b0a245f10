"""Corners of plans: their numbers, tables and pairs."""

from __future__ import annotations

import math
import pickle
from array import array
from decimal import Decimal
from fractions import Fraction
from typing import Any
from unittest.mock import ANY

import numpy as np
import pytest
from asking import code_of

import lrdsl
from lrdsl import LrdslError
from lrdsl.python import cosine, linear


def test_plans_are_equal_if_their_programs_and_runs_are() -> None:
    one, same = (lrdsl.compile(linear(), total=10) for _ in range(2))
    other_run, other = lrdsl.compile(linear(), total=20), lrdsl.compile(cosine(), total=10)
    assert one == same
    assert hash(one) == hash(same)
    assert one not in (other_run, other, "linear", None)
    assert one == ANY  # what is no plan decides for itself
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


def test_what_is_long_is_told_by_its_type() -> None:
    plan = lrdsl.compile("linear", total=10)
    for text, shown in (("x" * 57, repr("x" * 57)), ("x" * 58, "this str")):
        with pytest.raises(LrdslError) as caught:
            plan(text)
        assert caught.value.diagnostics[0].message.endswith(f", not {shown}")


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
    for beyond in (-2.5, math.inf, math.nan):  # it is named, and not one of those beside it
        with pytest.raises(LrdslError, match=rf"not \S*{beyond}\b"):
            plan([0, 0.5, beyond, 7])
    for wrong in (["5"], [5j], [None], np.array([10**400], dtype=object)):
        assert code_of(lambda wrong=wrong: plan(wrong)) == "LR707"


@pytest.mark.parametrize(
    "t",
    [
        np.array(["1", "2"], dtype=object),
        np.array([1, b"2"], dtype=object),
        np.array([np.array("1"), None], dtype=object),
        np.array([np.complex128(1)], dtype=object),
        np.array([1, Decimal("nan")], dtype=object),
        np.str_("1"),
        np.complex128(1),
        np.timedelta64(1, "s"),
    ],
)
def test_ticks_are_neither_read_nor_cut(t: Any) -> None:
    plan = lrdsl.compile("linear", total=10)
    for ask in (plan, plan.affine):
        with pytest.raises(LrdslError, match="t is a number ") as caught:
            ask(t)
        (found,) = caught.value.diagnostics
        assert found.code == "LR707"
        assert isinstance(t, np.generic) or "or an array of numbers" in found.message


@pytest.mark.parametrize(
    "lr",
    [
        np.array("0.1"),
        np.array("0.1", dtype=object),
        np.str_("0.1"),
        memoryview(b"0.1"),
        bytearray(b"0.1"),
        array("b", b"1"),
        np.complex128(1),
        1j,
        np.timedelta64(1, "s"),
        Decimal("sNaN"),
    ],
)
def test_a_base_rate_is_neither_read_nor_cut(lr: Any) -> None:
    plan = lrdsl.compile("linear", total=10)
    for ask in (lambda: plan(2, lr), lambda: plan(np.ones(2), lr), lambda: plan.table(lr)):
        with pytest.raises(LrdslError, match="lr is a finite number, not ") as caught:
            ask()
        assert [d.code for d in caught.value.diagnostics] == ["LR707"]


@pytest.mark.parametrize(
    "lr", [Fraction(1, 2), Decimal("0.5"), np.float32(0.5), np.array(0.5), np.float64(0.5)]
)
def test_a_base_rate_is_a_number_of_any_kind(lr: Any) -> None:
    plan = lrdsl.compile("linear", total=10)
    assert plan(2, lr) == plan(2, 0.5)
    assert plan([2], lr).tolist() == [plan(2, 0.5)]


@pytest.mark.parametrize("true", [True, np.bool_(True)])
def test_a_truth_value_is_a_number(true: Any) -> None:
    plan = lrdsl.compile("linear(end=1e-3)", total=10)
    assert type(plan(true)) is float
    assert plan(true, true) == plan(1, 1.0)
    assert [type(x) for x in plan.affine(true)] == [float, float]
    assert plan.affine(true) == plan.affine(1)


def test_a_tensor_is_an_array_where_numpy_reads_it() -> None:
    torch = pytest.importorskip("torch")
    plan = lrdsl.compile("linear", total=10)
    assert plan(torch.tensor([0.0, 5.0])).tolist() == [1, 0.5]
    assert plan([torch.tensor(5.0)]).tolist() == [0.5]
    assert plan(5, torch.tensor(0.5)) == 0.25
    learnt = torch.tensor(1.0, requires_grad=True)
    for t in (learnt, learnt.reshape(1), [learnt], torch.tensor(1.0, device="meta")):
        for ask in (plan, plan.affine):
            with pytest.raises(LrdslError, match="t is a number or an array of numbers, not "):
                ask(t)
    for lr in (torch.tensor(0.1, device="meta"), torch.tensor(1j), torch.ones(2)):
        with pytest.raises(LrdslError, match="lr is a finite number, not tensor"):
            plan(2, lr)


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
    for large in (1e200, -1e200):
        assert code_of(lambda large=large: huge(1, large)) == "LR502"
        assert code_of(lambda large=large: huge(np.ones(1), large)) == "LR502"
    assert huge.affine(1) == (1e200, 0.0)
    assert huge.pieces[0].values(1e200)[0] == math.inf
    assert "depends on lr" in plan.explain()


@pytest.mark.parametrize(
    ("program", "t", "fine"),
    [
        ("(1e200*linear(9)) * (1e200*linear(9)) >> hold", 0, 9),  # the share of lr is too large,
        ("linear(9, start=1e200) * (1e200*linear(9)) >> hold", 0, 9),  # or the rest
        ("exponential(every=1, factor=10)", 400, 300),
    ],
)
def test_a_pair_that_is_not_finite(program: str, t: float, fine: float) -> None:
    plan = lrdsl.compile(program, tick="st")
    for ticks in (t, np.array([fine, t])):
        with pytest.raises(LrdslError, match=f"is not finite at t = {t} for lr = 1\n") as caught:
            plan.affine(ticks)
        assert [d.code for d in caught.value.diagnostics] == ["LR502"]


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


def test_a_table_is_as_long_as_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lrdsl.compile("linear", total=4).table().tolist() == [1, 0.75, 0.5, 0.25]
    assert lrdsl.compile("linear", total=4).table(2.0).tolist() == [2, 1.5, 1, 0.5]
    assert lrdsl.compile("linear", total=2.5).table().shape == (3,)
    with pytest.raises(LrdslError) as caught:
        lrdsl.compile("1e-3").table()
    assert caught.value.diagnostics[0].span == lrdsl.Span(0, len(caught.value.text))
    with pytest.raises(LrdslError, match="the table is at most 100,000,000 updates"):
        lrdsl.compile("linear", total=10**8 + 1).table()
    monkeypatch.setattr("lrdsl.plan.MAX_TABLE", 4)
    assert lrdsl.compile("linear", total=4).table().shape == (4,)
    assert code_of(lrdsl.compile("linear", total=4.5).table) == "LR707"


def test_a_number_that_overflows_on_the_way_to_a_rate_has_the_one_of_an_array() -> None:
    """Python raises at `10.0**400`, where numpy has an infinity, and `min` has the other."""
    plan = lrdsl.compile("min(exponential(1, 10, start=1), 0.5)", tick="st")
    with pytest.raises(OverflowError):
        plan.scalar(400.0, 1.0)
    for t in (400, 400.0, np.float64(400)):
        assert (plan(t), plan(t, 0.1), plan.affine(t)) == (0.5, 0.5, (0.0, 0.5))
    assert (type(plan(400)), type(plan.affine(400)[1])) == (float, float)
    assert plan([400, 0]).tolist() == [0.5, 0.5]
    assert plan.source.startswith("def value(t, lr):\n")


def test_what_raises_in_an_array_is_a_rate_that_is_not_finite() -> None:
    """Two numbers raise where arrays go on; no program is known that leaves two to a block."""
    plan = lrdsl.compile("linear", total=7)

    def raises(ticks: object, rate: object) -> None:
        raise OverflowError

    plan.__dict__["_values"] = raises
    with pytest.raises(LrdslError, match=r"LR502.*at t = 4 "):
        plan(np.arange(4.0, 7.0))
    lrdsl.api._compiled.cache_clear()  # it is not to be met again


def test_cycles_without_room_have_no_pieces() -> None:
    plan = lrdsl.compile("cosine(60) >> cosine * restarts(limit=2)", total=60)
    assert [(p.text, p.depth) for p in plan.pieces] == [
        ("cosine(60)", 0),
        ("cosine * restarts(limit=2)", 0),
    ]
