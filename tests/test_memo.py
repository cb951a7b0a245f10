"""Compiling again is looking up: what is the same, and what must not be."""

import gc
import linecache
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import lrdsl
from lrdsl import api

TEXT = "warmup(5) >> cosine"


@pytest.fixture(autouse=True)
def fresh():
    api._compiled.cache_clear()


@pytest.mark.parametrize(
    "run",
    [
        {"total": 90},
        {"total": "90ep", "tick": "st", "steps_per_epoch": 10},
        {"total": 90, "names": {"W": 5, "x": "10%"}},
    ],
)
@pytest.mark.parametrize("program", [TEXT, lrdsl.parse(TEXT)], ids=type)
def test_the_same_program_and_run_have_one_plan(program, run):
    assert lrdsl.compile(program, **run) is lrdsl.compile(program, **run)
    assert api._compiled.cache_info().misses == 1


@pytest.mark.parametrize(
    "other",
    [
        {"total": 91},
        {"total": "90ep"},
        {"total": 90, "overflow": "truncate"},
        {"total": 90, "tick": "ep"},
        {"total": 90, "names": {"W": 5}},
    ],
)
def test_another_run_has_another_plan(other):
    assert lrdsl.compile(TEXT, total=90) is not lrdsl.compile(TEXT, **other)


def test_a_name_s_value_counts():
    rates = [lrdsl.compile("hold(value=V)", total=9, names={"V": v})(0) for v in (1, 2, 1)]
    assert rates == [1.0, 2.0, 1.0]
    with pytest.raises(lrdsl.LrdslError, match="LR705"):  # though True == 1
        lrdsl.compile("hold(value=V)", total=9, names={"V": True})


def test_a_schedule_as_a_name_is_compiled_each_time():
    names = {"tail": lrdsl.parse("cosine")}
    plans = [lrdsl.compile("warmup(5) >> tail", total=9, names=names) for _ in range(2)]
    assert plans[0] == plans[1]
    assert api._compiled.cache_info().currsize == 0


def test_a_recipe_that_is_registered_again_is_seen(monkeypatch):
    from lrdsl import recipes

    monkeypatch.setattr(recipes, "_registered", {})
    rates = []
    for level in ("0.25", "0.5"):
        lrdsl.register_recipe("level", f"hold(value={level})")
        rates.append(lrdsl.compile("level", total=9)(0))
    assert rates == [0.25, 0.5]


def test_an_error_is_made_anew():
    errors = []
    for _ in range(2):
        with pytest.raises(lrdsl.LrdslError) as caught:
            lrdsl.compile("warmup(5) >> cosin", total=90)
        errors.append(caught.value)
    assert errors[0] is not errors[1]  # each has a traceback of its own
    assert errors[0].diagnostics == errors[1].diagnostics


@pytest.mark.parametrize(
    "run",
    [{"total": [90]}, {"total": 90, "names": {"W": [5]}}, {"total": 90, "names": ()}],
    ids=str,
)
def test_what_cannot_be_looked_up_has_its_own_error(run):
    with pytest.raises(lrdsl.LrdslError, match="LR70"):
        lrdsl.compile(TEXT, **run)


def test_old_plans_are_let_go():
    for total in range(10, 400):
        lrdsl.compile("cosine", total=total)
    info = api._compiled.cache_info()
    assert info.currsize == info.maxsize == api.MAX_KEPT


def test_threads_may_compile_at_once():
    def work(i):
        return [lrdsl.compile(TEXT, total=20 + (i * 7 + j) % 300).run.total for j in range(300)]

    with ThreadPoolExecutor(8) as pool:
        for i, totals in enumerate(pool.map(work, range(8))):
            assert totals == [20 + (i * 7 + j) % 300 for j in range(300)]


@pytest.mark.parametrize(
    "large",
    [
        ">>".join(f"cosine({i}, end=0.{i}*lr)" for i in range(1, 300)),
        "cosine(1) * restarts(t_mul=1.001, limit=5000)",  # a few words, and tables
    ],
)
def test_a_large_plan_is_not_kept(large):
    """A server that compiles the programs of strangers does not fill up."""
    one, other = (lrdsl.compile(large, total=10**6) for _ in range(2))
    assert one == other
    assert one is not other
    assert api._compiled.cache_info().currsize == 0


def test_what_is_forgotten_leaves_nothing():
    """Not the lines of its functions either, which tracebacks show."""
    plan = lrdsl.compile(TEXT, total=4321)
    assert plan(9) == plan(np.array([9.0]))[0]
    kept = [lines for _, _, lines, name in linecache.cache.values() if name.startswith("<lrdsl")]
    assert any("4321.0" in line for lines in kept for line in lines)
    del plan
    api._compiled.cache_clear()
    gc.collect()
    kept = [lines for _, _, lines, name in linecache.cache.values() if name.startswith("<lrdsl")]
    assert not any("4321.0" in line for lines in kept for line in lines)
