"""The laws of the language, on programs drawn from the registry of kinds.

Values are compared bit for bit where two programs do the same arithmetic. Elsewhere they may differ
by a few units in the last place of the largest number that occurs: numpy's elementary functions
are not the C library's, and a clock that is rebased by fractions of a tick rounds elsewhere.
"""

from __future__ import annotations

import copy
import math
import pickle
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import (
    ANY,
    CALLS,
    Allowed,
    calls,
    compiled,
    plans,
    runs,
    schedules,
    segments,
    ticks,
)

import lrdsl
from lrdsl import LrdslError, Plan, Schedule
from lrdsl.algebra import SCHEDULES, Node
from lrdsl.python import cosine, hold, linear
from lrdsl.segments import Noise, Restarts
from lrdsl.values import Time, Value

ULP = 2.0**-52

SMALL = Allowed(depth=2)
RATES = st.sampled_from([1.0, 0.1, 3e-4, 7.0])


def rates(plan: Plan, at: Any, lr: float = 1.0) -> np.ndarray:
    """The rates at some moments; a program that leaves the range of a float is dropped."""
    try:
        return np.array([plan(t, lr) for t in at])
    except LrdslError as error:
        assume(all(d.code != "LR502" for d in error.diagnostics))
        raise


def scale(plan: Plan, *arrays: Any, lr: float = 1.0) -> float:
    """The largest number that can occur on the way to a rate: every literal and operand counts."""
    largest = max([abs(lr), *(float(np.max(np.abs(a), initial=0)) for a in arrays)])
    for node in below(plan.schedule):
        for name in type(node).model_fields:
            value = getattr(node, name)
            if isinstance(value, Value):
                largest = max(largest, abs(float(value.lr)) * lr + abs(float(value.constant)))
    for part in inner(plan.schedule):
        try:
            at = np.linspace(0, float(plan.total or 1000), 33)
            found = lrdsl.compile(part, **arguments(plan))(at, lr)
        except LrdslError:
            continue
        largest = max(largest, float(np.max(np.abs(found))))
    return largest


def arguments(p: Plan) -> dict[str, Any]:
    r = p.run
    return {
        "total": r.total,
        "tick": r.tick,
        "steps_per_epoch": r.steps_per_epoch,
        "tokens_per_step": r.tokens_per_step,
        "examples_per_step": r.examples_per_step,
        "overflow": r.overflow,
    }


def below(root: Node) -> list[Node]:
    return [root, *(n for child in root.children() for n in below(child))]


def inner(root: Node) -> list[Schedule]:
    return [n for n in below(root) if isinstance(n, Schedule) and n is not root]


def same(a: Plan, b: Plan, at: Any, lr: float = 1.0, *, ulps: float = 0) -> None:
    x, y = rates(a, at, lr), rates(b, at, lr)
    if not ulps:
        assert x.tolist() == y.tolist(), f"{a}\n{b}"
        return
    bound = ulps * ULP * max(scale(a, x, lr=lr), scale(b, y, lr=lr))
    wrong = np.abs(x - y) > bound
    assert not wrong.any(), f"{a}\n{b}\n{np.array(at)[wrong]}\n{x[wrong]}\n{y[wrong]}"


def moments(plan: Plan, n: int = 40) -> np.ndarray:
    """Whole ticks and halves, up to past the end of the run."""
    end = float(plan.total or 1000)
    return np.unique(np.concatenate([np.linspace(0, end * 1.1, n).round() / 1.0, [end], [0.5, 1]]))


def either(schedule: Schedule, run: dict[str, Any]) -> Plan | str:
    """The plan, or the code of the error that there is instead."""
    try:
        return lrdsl.compile(schedule, **run)
    except LrdslError as error:
        return error.diagnostics[0].code


# What is sliced up to an end may adapt to the run only where it starts with the run; behind or
# inside something else it needs a length.
ONLY_AT_THE_START = "LR401"


def equal_in(a: Schedule, b: Schedule, run: dict[str, Any], *, ulps: float = 0) -> None:
    p, q = either(a, run), either(b, run)
    assume(q != ONLY_AT_THE_START or p == q)
    if isinstance(p, str) or isinstance(q, str):
        assert p == q
        return
    same(p, q, moments(p), ulps=ulps)


# --- text -----------------------------------------------------------------------------------------


@given(schedules())
def test_a_program_is_what_its_text_says(s: Schedule) -> None:
    assert lrdsl.parse(str(s)) == s


@given(schedules())
def test_formatting_again_changes_nothing(s: Schedule) -> None:
    once = lrdsl.format(str(s))
    assert lrdsl.format(once) == once == str(s)


@pytest.mark.parametrize("kind", sorted(CALLS))
def test_every_kind_is_read_as_it_is_written(kind: str) -> None:
    @given(calls(kind, replace(SMALL, pinned=True)))
    def check(call: Node) -> None:
        text = str(call)
        if isinstance(call, Schedule):
            assert lrdsl.parse(text) == call
        else:
            joins = getattr(call, "joins", "*")
            read = lrdsl.parse(f"hold(1) {joins} {text}")
            assert getattr(read, "modifier", None) == call

    check()


@given(schedules())
def test_no_parentheses_are_needed_that_are_not_there(s: Schedule) -> None:
    assert lrdsl.parse(f"({s})") == s


# --- JSON, copies, identity -----------------------------------------------------------------------


@given(schedules())
def test_json_round_trip(s: Schedule) -> None:
    text = s.model_dump_json()
    assert Schedule.model_validate_json(text) == s
    assert type(s).model_validate_json(text) == s
    assert Schedule.model_validate(s.model_dump(mode="json")) == s
    assert Schedule.model_validate_json(text).model_dump_json() == text


@given(schedules())
def test_schedules_pickle_copy_hash_and_compare(s: Schedule) -> None:
    for other in (pickle.loads(pickle.dumps(s)), copy.copy(s), copy.deepcopy(s)):
        assert other == s
        assert hash(other) == hash(s)
        assert str(other) == str(s)
    assert s + 1 != s
    assert len({s, lrdsl.parse(str(s))}) == 1


@given(plans(SMALL))
def test_plans_pickle_copy_hash_and_compare(p: Plan) -> None:
    (x,) = rates(p, [3.0])
    for other in (pickle.loads(pickle.dumps(p)), copy.copy(p), copy.deepcopy(p)):
        assert other == p
        assert hash(other) == hash(p)
        assert other(3.0) == x
        assert other.source == p.source
    longer = replace(p.run, total=(p.run.total or Fraction(0)) + 1)
    assert Plan(p.schedule, longer) != p
    assert Plan(p.schedule + 1, p.run) != p


# --- algebra --------------------------------------------------------------------------------------


@given(schedules(SMALL), schedules(SMALL), schedules(SMALL))
def test_sequences_and_overlays_are_associative(a: Schedule, b: Schedule, c: Schedule) -> None:
    try:
        assert (a >> b) >> c == a >> (b >> c)
        assert (a | b) | c == a | (b | c)
    except LrdslError:
        assume(False)
    assert lrdsl.parse(f"(({a}) >> ({b})) >> ({c})") == lrdsl.parse(f"({a}) >> (({b}) >> ({c}))")


@given(schedules(SMALL), runs())
def test_neutral_operands(s: Schedule, run: dict[str, Any]) -> None:
    for other in (1 * s, s + 0, s * hold(), s - 0, s / 1):
        equal_in(s, other, run)


@given(schedules(SMALL), runs())
def test_an_empty_segment_before_a_program_changes_nothing(
    s: Schedule, run: dict[str, Any]
) -> None:
    equal_in(s, hold(0) >> s, run)


@given(schedules(SMALL), runs())
def test_one_cycle_is_no_cycle(s: Schedule, run: dict[str, Any]) -> None:
    plan, once = either(s, run), either(s * Restarts(limit=1), run)
    assume(once not in ("LR501", "LR602", ONLY_AT_THE_START))  # an empty cycle; eight around it
    equal_in(s, s * Restarts(limit=1), run)
    assert type(plan) is type(once)


@given(schedules(SMALL), st.integers(0, 9), st.integers(0, 9), runs())
def test_a_slice_of_a_slice(s: Schedule, a: int, b: int, run: dict[str, Any]) -> None:
    equal_in(s[a:][b:], s[a + b :], run)


TIMELESS = replace(SMALL, counting=False)
lengths = st.integers(1, 12).map(lambda n: Time({"%": Fraction(n)}))


@given(segments(TIMELESS), lengths, st.fractions(0, 5, max_denominator=8), runs())
def test_a_slice_is_the_program_later(
    s: Schedule, over: Time, a: Fraction, run: dict[str, Any]
) -> None:
    s, begin = s.model_copy(update={"over": over}), Time({"st": a})
    whole, rest = compiled(s, run), compiled(s[begin:], run)
    later = np.array([t for t in moments(whole) if t + float(a) <= float(whole.total or 0)])
    moved, y = later + float(a), rates(rest, later)
    # the sum is rounded, so at a jump it may lie on the other side: an ulp either way
    near = [np.nextafter(moved, 0), moved, np.nextafter(moved, np.inf)]
    off = np.min([np.abs(rates(whole, at) - y) for at in near], axis=0)
    assert off.max(initial=0) <= 64 * ULP * scale(whole, y)


@given(schedules(SMALL), schedules(SMALL), runs())
def test_pointwise_operators_are_those_of_numbers(
    a: Schedule, b: Schedule, run: dict[str, Any]
) -> None:
    """For operands without a length, which all last as long as the run."""
    p, q = compiled(a, run), compiled(b, run)
    assume(_fills(p) and _fills(q))
    total = compiled(a + b, run)
    at = [t for t in moments(total) if t < float(total.total or 0)]
    x, y, z = rates(p, at), rates(q, at), rates(total, at)
    bound = 8 * ULP * max(scale(p, x), scale(q, y))
    assert np.abs(x + y - z).max() <= bound
    for kind, f in (("min", np.minimum), ("max", np.maximum)):
        both = compiled(SCHEDULES[kind].model_validate({"operands": [a, b]}), run)
        assert np.abs(f(x, y) - rates(both, at)).max() <= bound


def _fills(p: Plan) -> bool:
    length = p.placed.length
    return length is None or (length.exact is not None and length.exact == p.run.total)


# --- what commutes with evaluation ----------------------------------------------------------------


def exchanged(s: Schedule, old: str, new: str, factor: Fraction) -> Schedule:
    """The program with every time in one unit written in another."""

    def walk(value: Any) -> Any:
        if isinstance(value, Time):
            amounts = dict(value.amounts)
            moved = amounts.pop(old, Fraction(0)) * factor
            amounts[new] = amounts.get(new, Fraction(0)) + moved
            return Time(amounts)
        if isinstance(value, tuple):
            return tuple(map(walk, value))
        if isinstance(value, Node):
            return type(value)(**{n: walk(getattr(value, n)) for n in type(value).model_fields})
        return value

    return walk(s)  # type: ignore[no-any-return]


@given(schedules(Allowed(units=("ep", "%"), depth=3)), st.sampled_from([10, 7, Fraction(25, 2)]))
def test_units_are_only_ways_to_write_a_time(s: Schedule, steps: Any) -> None:
    """Epochs and steps mean the same plan, down to its source."""
    run = {"total": "200ep", "tick": "st", "steps_per_epoch": steps, "overflow": "truncate"}
    plan, other = either(s, run), either(exchanged(s, "ep", "st", Fraction(steps)), run)
    if isinstance(plan, str) or isinstance(other, str):
        assert plan == other
        return
    assert plan.source == other.source
    same(plan, other, moments(plan))


@given(schedules(Allowed(units=("ep", "st", "%"), counting=False)), st.sampled_from([4, 7, 10]))
def test_the_tick_is_only_a_way_to_count(s: Schedule, steps: int) -> None:
    """What does not count ticks has the same rates whether they are epochs or steps."""
    run = {"total": "80ep", "steps_per_epoch": steps, "overflow": "truncate"}
    fine, coarse = either(s, {**run, "tick": "st"}), either(s, {**run, "tick": "ep"})
    if isinstance(fine, str) or isinstance(coarse, str):
        assert fine == coarse
        return
    epochs = np.arange(0, 90)
    x, y = rates(fine, epochs * steps), rates(coarse, epochs)
    assert np.abs(x - y).max() <= 256 * ULP * scale(fine, x, y)


SHARES = Allowed(units=("%",), counting=False)


@given(schedules(SHARES), st.sampled_from([2, 4, 16]), st.sampled_from([100, 60, Fraction(200, 3)]))
def test_stretching_the_run_stretches_a_program_of_shares(
    s: Schedule, factor: int, total: Any
) -> None:
    """By powers of two all arithmetic is the same, to the last bit."""
    short = either(s, {"total": total, "overflow": "truncate"})
    long = either(s, {"total": total * factor, "overflow": "truncate"})
    if isinstance(short, str) or isinstance(long, str):
        assert short == long
        return
    at = moments(short)
    assert rates(short, at).tolist() == rates(long, at * factor).tolist()


@given(schedules(Allowed(absolute=False)), runs(), st.sampled_from([2.0, 0.5, 0.125]))
def test_a_program_of_shares_scales_with_lr(
    s: Schedule, run: dict[str, Any], factor: float
) -> None:
    """By powers of two exactly; nothing in it is an absolute rate."""
    assume("multistep" not in str(s) or "to=" not in str(s))
    plan = compiled(s, run)
    at = moments(plan)
    x, y = rates(plan, at, 1.0), rates(plan, at, factor)
    bound = 0 if plan.is_affine else 16 * ULP * scale(plan, x)
    assert (np.abs(x * factor - y) <= bound).all(), f"{plan}"


# --- scalar, array, affine, table -----------------------------------------------------------------

# numpy's cos, tanh and power may each be off by an ulp or two from the C library's; a program nests
# few of them, and a power multiplies the error of its base by its exponent (here at most 12 * 9).
VECTOR_ULPS = 256


@given(plans(), RATES, st.data())
def test_arrays_are_scalars_element_by_element(p: Plan, lr: float, data: st.DataObject) -> None:
    at = np.array(data.draw(st.lists(ticks(p), min_size=1, max_size=30)))
    one_by_one = rates(p, at, lr)
    together = p(at, lr)
    assert together.dtype == np.float64
    bound = VECTOR_ULPS * ULP * scale(p, one_by_one, lr=lr)
    wrong = np.abs(together - one_by_one) > bound
    assert not wrong.any(), f"{p} {at[wrong]} {together[wrong]} {one_by_one[wrong]}"
    order = data.draw(st.permutations(range(len(at))))
    assert p(at[order], lr).tolist() == together[order].tolist()


@given(plans(SMALL))
def test_any_shape_and_any_type_of_numbers(p: Plan) -> None:
    grid = np.arange(12)
    whole = p(grid.astype(np.float64)) if rates(p, grid) is not None else None
    assert p(grid.reshape(3, 4)).tolist() == whole.reshape(3, 4).tolist()
    assert p(grid.astype(np.int32)).tolist() == whole.tolist()
    assert p(grid.astype(np.float32)).tolist() == whole.tolist()
    assert p(list(range(12))).tolist() == whole.tolist()
    assert p(tuple(range(12))).tolist() == whole.tolist()
    assert p(np.zeros((0, 3))).shape == (0, 3)
    assert p([]).shape == (0,)
    assert p(np.array(5)).shape == ()
    assert p(grid[::-1]).tolist() == whole[::-1].tolist()
    for scalar in (5, 5.0, np.int64(5), np.float32(5), np.float64(5), Fraction(5), True):
        rate = p(scalar)
        assert type(rate) is float
    assert p(5) == p(5.0) == p(np.float32(5)) == p(np.int64(5)) == p(Fraction(5))


@given(plans(SMALL), RATES)
def test_one_pair_serves_every_group(p: Plan, lr: float) -> None:
    at = moments(p)
    x = rates(p, at, lr)
    if not p.is_affine:
        with pytest.raises(LrdslError) as caught:
            p.affine(0)
        assert caught.value.diagnostics[0].code == "LR706"
        return
    a, b = p.affine(at)
    assert a.shape == b.shape == at.shape
    largest = scale(p, x, a, b, lr=lr)
    assert (np.abs(a * lr + b - x) <= VECTOR_ULPS * ULP * largest).all()
    for t, rate in zip(at, x, strict=True):
        one, zero = p.affine(float(t))
        assert type(one) is type(zero) is float
        assert one * lr + zero == rate


@given(plans(SMALL), RATES)
def test_the_table_lists_every_update(p: Plan, lr: float) -> None:
    assert p.total is not None
    rates(p, range(math.ceil(p.total)), lr)
    table = p.table(lr)
    assert table.shape == (math.ceil(p.total),)
    assert table.tolist() == p(np.arange(math.ceil(p.total)), lr).tolist()


@given(plans())
def test_after_the_end_of_the_run_nothing_moves(p: Plan) -> None:
    assume(not any(isinstance(n, Noise | CALLS["gaussian"]) for n in below(p.schedule)))
    end = float(p.total or 0)
    assert len(set(rates(p, [end, end + 1, end * 2, end + 1e9]).tolist())) == 1


@given(plans())
def test_the_same_program_gives_the_same_numbers_again(p: Plan) -> None:
    """No state: in any order, in another plan, after other evaluations."""
    at = moments(p, 20)
    x = rates(p, at)
    assert rates(p, at[::-1]).tolist() == x[::-1].tolist()
    again = lrdsl.compile(lrdsl.parse(p.program), **arguments(p))
    assert rates(again, at).tolist() == x.tolist()


@given(schedules(replace(ANY, pinned=True)), runs())
def test_explanations_and_pieces_never_fail(s: Schedule, run: dict[str, Any]) -> None:
    plan = compiled(s, run)
    assert plan.explain().startswith("program ")
    assert plan.pieces[0].start == 0
    for piece in plan.pieces:
        assert piece.end is None or piece.end >= piece.start


@given(segments(TIMELESS), lengths, schedules(TIMELESS))
def test_a_sequence_is_entered_where_it_was_left(a: Schedule, over: Time, b: Schedule) -> None:
    """What does not say where it starts goes on from the exit of what stands before it."""
    run = {"total": 600, "tick": "st", "overflow": "truncate"}
    a = a.model_copy(update={"over": over})
    alone = compiled(a >> hold(), run)
    end = float(alone.run.ticks(over))
    before = rates(alone, np.arange(0, end))
    for later in (hold(), linear(), cosine()):
        assert rates(compiled(a >> later, run), [end]).tolist() == rates(alone, [end]).tolist()
    assert rates(compiled(a >> b, run), np.arange(0, end)).tolist() == before.tolist()


@pytest.mark.parametrize("text", ["0*lr*cosine", "(lr - lr + 0.5)*cosine", "a = 0*lr; a*cosine"])
def test_a_value_without_a_share_is_the_number_that_it_is_written_as(text: str) -> None:
    schedule = lrdsl.parse(text)
    assert lrdsl.parse(str(schedule)) == schedule


@pytest.mark.parametrize("time", ["51e999", "9e999", "1e999 * 1000", "123456e990"])
def test_a_number_beyond_all_floats_is_read_as_it_is_written(time: str) -> None:
    schedule = lrdsl.parse(f"warmup({time}) >> hold")
    assert lrdsl.parse(str(schedule)) == schedule
