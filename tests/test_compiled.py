"""The compiled forms: what each is handed, what it hands back, and in which pieces."""

from __future__ import annotations

import sys
import tracemalloc
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

import lrdsl
from lrdsl import LrdslError, noise
from lrdsl.compiled.vector import BLOCK, choose
from lrdsl.expr import Side
from lrdsl.torch import tensors, value

EXAMPLE = "warmup(5, 1e-5) >> tanh(-6, 4) * restarts(t_mul=2, decay=0.5, limit=3)"
NOISY = EXAMPLE + " + noise(0.67)"
MIXED = "warmup(10%) >> cosine(end=0.1) * restarts(t_mul=1.5, limit=4) >> hold(5%)"
NESTED = "max(warmup(30) >> linear, 0.2) + (hold(50) >> cosine) * restarts(limit=3)"
SIZE = 2 * BLOCK + 7

# numpy's elementary functions are not the C library's: each may be off by a unit in the last place
ULPS = 4 * sys.float_info.epsilon


# --- arrays ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("program", [EXAMPLE, NOISY, MIXED, "multistep(at=[10, 60], factor=0.1)"])
def test_order_blocks_and_company_change_nothing(program: str) -> None:
    """Each tick's rate is its own, wherever it stands: to the bit."""
    plan = lrdsl.compile(program, total=100)
    ticks = np.linspace(0, 110, SIZE)
    whole = plan(ticks)
    shuffled = np.random.default_rng(0).permutation(SIZE)
    assert (plan(ticks[shuffled]) == whole[shuffled]).all()
    assert (plan(ticks[::-1]) == whole[::-1]).all()
    parts = [plan(part) for part in np.array_split(ticks, 9)]
    assert (np.concatenate(parts) == whole).all()
    a, b = plan.affine(ticks)
    assert (a * 0.1 + b == plan(ticks, 0.1)).all()


@pytest.mark.parametrize("program", [EXAMPLE, NOISY, MIXED, NESTED])
def test_arrays_agree_with_numbers(program: str) -> None:
    plan = lrdsl.compile(program, total=100, overflow="truncate")
    ticks = np.linspace(0, 120, 2001)
    rates = plan(ticks)
    expected = [plan(t) for t in ticks.tolist()]
    assert rates.tolist() == pytest.approx(expected, rel=0, abs=ULPS * max(expected))


@pytest.mark.parametrize("shape", [(), (0,), (1,), (2, 0), (3, 4)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.uint8, np.bool_, object])
def test_a_result_has_the_shape_of_its_ticks(shape: tuple[int, ...], dtype: type) -> None:
    plan = lrdsl.compile("warmup(5) >> linear", total=20)
    ticks = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    rates = plan(ticks)
    assert rates.shape == shape
    assert rates.dtype == np.float64
    assert rates.ravel().tolist() == [plan(float(t)) for t in ticks.ravel()]


@pytest.mark.parametrize(("side", "at_the_bound"), [("right", 20.0), ("left", 5.0)])
def test_a_choice_hands_its_branches_arrays_by_the_tick_and_numbers_whole(
    side: Side, at_the_bound: float
) -> None:
    """Whether the bounds are one for all ticks or differ from tick to tick."""
    branches = [lambda t, k, _: (t + k,), lambda t, _, k: (t * k,)]
    for ticks in (np.array([1.0, 5, 10]), np.array([10.0, 5, 1])):
        for bounds in (np.array([5.0]), (np.full(3, 5.0),)):
            (found,) = choose(ticks, bounds, side, branches, ticks, 0.0, np.array(4.0))
            expected = {1.0: 1.0, 5.0: at_the_bound, 10.0: 40.0}
            assert dict(zip(ticks.tolist(), found.tolist(), strict=True)) == expected


def test_a_transposed_array_keeps_its_places() -> None:
    plan = lrdsl.compile("linear", total=12)
    ticks = np.arange(12.0).reshape(3, 4)
    assert (plan(ticks.T) == plan(ticks).T).all()


def test_a_rate_that_is_the_time_is_no_view_of_it() -> None:
    plan = lrdsl.compile("linear(start=0, end=10)", total=10)
    ticks = np.arange(10.0)
    plan(ticks)[:] = -1.0
    assert ticks.tolist() == list(range(10))


@pytest.mark.parametrize("wrong", [-1.0, np.nan, np.inf])
def test_a_wrong_tick_is_named_in_whatever_block_it_is(wrong: float) -> None:
    ticks = np.linspace(0, 90, SIZE)
    ticks[-3] = wrong
    with pytest.raises(LrdslError, match="t is a number of ticks, 0 or more") as caught:
        lrdsl.compile("cosine", total=90)(ticks)
    assert [d.code for d in caught.value.diagnostics] == ["LR707"]


def test_a_rate_that_is_not_finite_is_named_by_its_tick() -> None:
    plan = lrdsl.compile("geometric(end=0.001 - 0.5*lr)", total=100)
    with pytest.raises(LrdslError, match="the rate is not finite at t = 25 for lr = 1"):
        plan(np.array([25.0, 50.0]))


@pytest.mark.parametrize("program", [EXAMPLE, NOISY])
def test_memory_is_the_result_and_a_constant(program: str) -> None:
    plan = lrdsl.compile(program, total=10**6)
    ticks = np.arange(10**6, dtype=np.float64)
    plan(ticks[:1])  # what is built once
    tracemalloc.start()
    try:
        plan(ticks)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < ticks.nbytes + 10e6  # the words of the noise are 4 MB, a block is 0.25 MB


# --- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize("t", [7, 7.0, True, np.float32(7), np.int64(7), Fraction(7)])
@pytest.mark.parametrize("lr", [1, 1.0, np.float64(1.0), True])
@pytest.mark.parametrize("program", ["hold", "warmup(5) >> cosine", "1e-3", NOISY])
def test_a_number_gives_a_float(t: Any, lr: Any, program: str) -> None:
    plan = lrdsl.compile(program, total=20)
    found = plan(t, lr)
    assert type(found) is float
    assert found == plan(float(t), 1.0)


def test_a_bound_is_a_comparison_and_not_a_call() -> None:
    plan = lrdsl.compile("clip(cosine, 0.1, 0.5)", total=10)
    assert "min(" not in plan.source
    assert "max(" not in plan.source
    assert [plan(t) for t in (0, 4, 10)] == [0.5, 0.5, 0.1]


def test_noise_is_looked_up() -> None:
    """A training loop pays a look-up; the draws are shared by equal streams."""
    noise.draws.cache_clear()
    first, second = (lrdsl.compile(NOISY, total=90) for _ in range(2))
    assert first(50) == second(50)
    assert noise.draws.cache_info().currsize == 1


# --- tensors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("program", [EXAMPLE, NOISY, MIXED, NESTED, "hold", "1e-3"])
def test_tensors_agree_with_arrays(program: str) -> None:
    plan = lrdsl.compile(program, total=100, overflow="truncate")
    ticks = np.linspace(0, 100, 501)
    rates = value(plan, torch.from_numpy(ticks), 0.1).numpy()
    expected = plan(ticks, 0.1)
    assert rates == pytest.approx(expected, rel=0, abs=ULPS * expected.max())


def test_rates_of_many_groups_broadcast() -> None:
    plan = lrdsl.compile(MIXED, total=100)
    ticks, lrs = torch.arange(0.0, 100.0, dtype=torch.float64)[:, None], torch.tensor([0.1, 0.2])
    rates = value(plan, ticks, lrs)
    assert rates.shape == (100, 2)
    for column, lr in enumerate(lrs.to(torch.float64)):
        assert torch.equal(rates[:, column], value(plan, ticks[:, 0], lr))


@pytest.mark.parametrize("program", ["hold", "linear(start=0, end=10)"])
def test_a_rate_tensor_is_a_new_one(program: str) -> None:
    """Also where it equals the step or the base rate."""
    step, lr = torch.tensor(3.0, dtype=torch.float64), torch.tensor(0.1, dtype=torch.float64)
    value(lrdsl.compile(program, total=10), step, lr).fill_(-1.0)
    assert (step.item(), lr.item()) == (3.0, 0.1)


# what none of the programs above has: tables, stairs, powers, bounds, draws of both kinds
SYNCHRONOUS = [
    EXAMPLE,
    NOISY,
    MIXED,
    NESTED,
    "multistep([10, 60], to=[0.1, 0.01]) + noise(0.1, kind=uniform)",
    "step(every=2.4, factor=0.5, over=20) * restarts",
    "geometric(until=50, end=0.1*lr) >> inverse(scale=10, order=2)",
    "points([[0, 0], [10, 0.1], [90, lr]], shape=cosine) * snap(3)",
    "noisy_linear_cosine(100)",
]


@pytest.mark.parametrize("program", SYNCHRONOUS)
def test_nothing_is_read_back_from_a_device(program: str) -> None:
    """A tensor of the meta device has no data: whatever waits for some raises there."""
    plan = lrdsl.compile(program, total=100, overflow="truncate")
    step = torch.arange(100, device="meta")
    for lr in (0.1, torch.tensor(0.1, device="meta"), torch.empty(3, 1, device="meta")):
        rates = value(plan, step, lr)
        assert rates.is_meta
        assert rates.shape == ((3, 100) if torch.is_tensor(lr) and lr.ndim else (100,))
        assert value(plan, step[5], lr).dtype == torch.float64


def test_a_choice_between_numbers_is_a_number_on_tensors_too() -> None:
    step = torch.arange(3.0)
    assert [tensors._where(reached, 1.0, 2.0, step) for reached in (True, False)] == [1.0, 2.0]


def test_steps_smaller_than_any_float_tells_apart_are_no_error_on_tensors() -> None:
    plan = lrdsl.compile("step(2, factor=2) * restarts(limit=101, t_mul=5)", total=100)
    ticks = [0.0, 1.0, 33.0, 99.0]
    assert value(plan, torch.tensor(ticks, dtype=torch.float64)).tolist() == [
        plan(t) for t in ticks
    ]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("program", SYNCHRONOUS)
def test_nothing_waits_for_a_cuda_device(program: str) -> None:
    plan = lrdsl.compile(program, total=100, overflow="truncate")
    step = torch.arange(100, device="cuda")
    first = value(plan, step, 0.1)  # puts the tables there
    torch.cuda.set_sync_debug_mode("error")
    try:
        again = value(plan, step, 0.1)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert torch.equal(first, again)
    expected = plan(np.arange(100), 0.1)
    assert again.cpu().numpy() == pytest.approx(expected, rel=0, abs=ULPS * abs(expected).max())


def test_a_share_that_no_branch_changes_is_computed_in_each() -> None:
    text = "inverse(scale=2, power=7) + wave(until=.5st, start=1e-5, periods=.3, grid=both, k=2)"
    plan = lrdsl.compile(text)
    ticks = np.arange(5.0)
    assert plan(ticks).tolist() == pytest.approx([plan(t) for t in ticks], rel=1e-15)
