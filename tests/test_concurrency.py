"""Plans in threads, in other processes, and on their way there."""

import copy
import multiprocessing
import pickle
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import lru_cache
from threading import Barrier
from typing import Any

import numpy as np
import pytest

import lrdsl
import lrdsl.api
from lrdsl.plan import Plan

PROGRAMS = [
    "warmup(5ep) >> cosine(end=1e-5)",
    "cosine(10ep) * restarts(t_mul=2, decay=0.5)",
    "warmup(5ep) >> multistep([30ep, 60ep])",
    "points([[0, 0], [5, 0.4], [90, 0]])",
    "cosine + noise(0.1)",
]
TICKS = [0, 1, 4.5, 5, 29, 30, 44, 60, 89, 90]
THREADS = 8


def plan_of(text: str) -> Plan:
    return lrdsl.compile(text, total="90ep")


def rates(plan: Plan) -> list[float]:
    return [plan(t, lr=0.1) for t in TICKS]


def everything(plan: Plan) -> tuple[Any, ...]:
    """All that a plan computes when it is first asked."""
    return (
        rates(plan),
        plan(np.array(TICKS, dtype=float), lr=0.1).tolist(),
        [plan.affine(t) for t in TICKS],
        plan.explain(),
        repr(plan.table()),
    )


def at_once(work: Callable[[], Any]) -> list[Any]:
    """What threads return that start to work in the same moment, and are switched all the time."""
    start = Barrier(THREADS)

    def started() -> Any:
        start.wait()
        return work()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(THREADS) as pool:
            futures = [pool.submit(started) for _ in range(THREADS)]
            return [f.result() for f in futures]
    finally:
        sys.setswitchinterval(before)


# --- threads --------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", PROGRAMS)
def test_threads_call_a_plan_that_nobody_has_called(text: str) -> None:
    expected = everything(plan_of(text))
    for _ in range(3):
        fresh = pickle.loads(pickle.dumps(plan_of(text)))
        assert at_once(lambda plan=fresh: everything(plan)) == [expected] * THREADS


def test_threads_compile_the_same_texts_and_push_each_others_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small = lru_cache(maxsize=2, typed=True)(lrdsl.api._compiled.__wrapped__)
    monkeypatch.setattr(lrdsl.api, "_compiled", small)
    texts = [f"warmup({k}ep) >> cosine" for k in (1, 2, 3, 4)]
    expected = [rates(plan_of(t)) for t in texts]

    def compiled() -> list[list[float]]:
        for _ in range(100):
            found = [plan_of(t) for t in texts]
        return [rates(plan) for plan in found]

    assert at_once(compiled) == [expected] * THREADS


def test_threads_check_bad_texts() -> None:
    texts = ["warmpu(5ep) >> cosine", "warmup(5ep >> cosine", "cosine(10)(5)", "cosineend=0)"]
    expected = [lrdsl.check(t) for t in texts]
    assert at_once(lambda: [lrdsl.check(t) for t in texts]) == [expected] * THREADS


# --- copies ---------------------------------------------------------------------------------------

COPIES: dict[str, Callable[[Plan], Plan]] = {
    "pickle": lambda plan: pickle.loads(pickle.dumps(plan)),
    "old pickle": lambda plan: pickle.loads(pickle.dumps(plan, protocol=2)),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
}


@pytest.mark.parametrize("way", COPIES)
@pytest.mark.parametrize("text", PROGRAMS)
def test_a_copy_gives_the_same_rates(text: str, way: str) -> None:
    plan = plan_of(text)
    assert rates(COPIES[way](plan)) == rates(plan)  # once before, once after it has been called
    twin = COPIES[way](plan)
    assert twin == plan
    assert everything(twin) == everything(plan)


def test_cloudpickle_as_ray_and_joblib_send_it() -> None:
    """A function of ``__main__`` that closes over a plan goes by value."""
    cloudpickle = pytest.importorskip("cloudpickle")
    plan = plan_of(PROGRAMS[-1])
    rates(plan)
    sent = cloudpickle.dumps(lambda t: plan(t, lr=0.1))
    assert pickle.loads(sent)(44) == plan(44, lr=0.1)


# --- processes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_workers_give_the_rates_of_their_parent(start: str) -> None:
    if start not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {start} on this system")
    plans = [plan_of(t) for t in PROGRAMS]
    expected = [rates(p) for p in plans]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(start)) as pool:
        assert list(pool.map(rates, plans)) == expected
        # and those that the worker compiles
        assert [rates(p) for p in pool.map(plan_of, PROGRAMS)] == expected


class Rates:
    """A dataset that asks a plan in its workers."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    def __len__(self) -> int:
        return 90

    def __getitem__(self, t: int) -> float:
        return self.plan(t, lr=0.1)


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_a_data_loader_with_a_plan_in_its_dataset(start: str) -> None:
    data = pytest.importorskip("torch.utils.data")
    plan = plan_of(PROGRAMS[-1])
    loader = data.DataLoader(
        Rates(plan), batch_size=None, num_workers=2, multiprocessing_context=start
    )
    assert [float(r) for r in loader] == [plan(t, lr=0.1) for t in range(90)]
