"""transformers' schedules against the real `get_scheduler`, on argument sets that are drawn."""

import math
import warnings
from fractions import Fraction

import pytest
import torch
from golden import DOUBLE
from hypothesis import given, settings
from hypothesis import strategies as st

import lrdsl
from lrdsl import LrdslError

real = pytest.importorskip("transformers.optimization")

STEPS = {"num_warmup_steps": 10, "num_training_steps": 100}


def real_rates(name, steps, own, bases, count):
    """The rates of every group at each step; the optimizer's own rate is the first group's."""
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": base} for base in bases]
    optimizer = torch.optim.SGD(groups, lr=bases[0])
    scheduler = real.get_scheduler(name, optimizer, **steps, scheduler_specific_kwargs=own)
    rates = [[group["lr"] for group in optimizer.param_groups]]
    for _ in range(count - 1):
        optimizer.step()
        scheduler.step()
        rates.append([group["lr"] for group in optimizer.param_groups])
    return rates


def off(name, steps, own, bases):
    """The steps before the run's end at which the program has not the real rates."""
    migration = lrdsl.migrate(f"transformers.{name}", {**steps, **own}, base_lr=bases)
    assert not migration.groups
    assert migration == lrdsl.migrate(
        "transformers.get_scheduler",
        {"name": name, **steps, "scheduler_specific_kwargs": own},
        base_lr=bases,
    )
    rates = real_rates(name, steps, own, bases, migration.run.get("total", 110))
    plan = lrdsl.compile(migration.program, **migration.run)
    tolerance = max(max(row) for row in rates) * DOUBLE
    return {
        t
        for t, row in enumerate(rates)
        for base, rate in zip(bases, row, strict=True)
        if not abs(plan(t, lr=base) - rate) <= tolerance
    }


many = settings(max_examples=60)
warmups = st.integers(0, 40) | st.sampled_from([0.5, 7.5, 12.25])
trainings = st.integers(1, 90)
shares = st.integers(0, 40).map(lambda n: n / 20)
cycles = st.integers(0, 12).map(lambda n: n / 4)
rate = st.integers(1, 200).map(lambda n: n / 1e4)
bases = st.lists(rate, min_size=1, max_size=3)
both = st.fixed_dictionaries({"num_warmup_steps": warmups, "num_training_steps": trainings})
waves = st.fixed_dictionaries({}, optional={"num_cycles": cycles | cycles.map(lambda n: -n)})


@many
@given(both, bases)
@pytest.mark.parametrize("name", ["constant", "constant_with_warmup", "linear"])
def test_plain(name, steps, bases) -> None:
    assert off(name, steps, {}, bases) == set()


@many
@given(both, waves, bases)
def test_cosine(steps, own, bases) -> None:
    assert off("cosine", steps, own, bases) == set()


@many
@given(both, st.integers(0, 9) | cycles, bases)
def test_cosine_with_restarts(steps, cycles, bases) -> None:
    warm, total = steps["num_warmup_steps"], steps["num_training_steps"]
    room = max(1, total - warm)
    late = {  # transformers rounds cycles*u down, from an integer, and restarts one step too late
        t
        for t in range(math.ceil(warm), total)
        if Fraction(cycles) * Fraction(t - warm) / Fraction(room) % 1 == 0
        if float(cycles) * (float(t - warm) / float(room)) % 1 > 0.5
    }
    assert off("cosine_with_restarts", steps, {"num_cycles": cycles}, bases) == late


@many
@given(both, st.data(), bases)
def test_polynomial(steps, data, bases) -> None:
    own = st.fixed_dictionaries(
        {"lr_end": st.integers(-9, 9).map(lambda n: bases[0] * n / 10)},
        optional={"power": st.sampled_from([0, 0.5, 1, 1.5, 2, 3.0])},
    )
    assert off("polynomial", steps, data.draw(own), bases) == set()


@many
@given(both, st.fixed_dictionaries({}, optional={"timescale": st.integers(1, 99)}), bases)
def test_inverse_sqrt(steps, own, bases) -> None:
    assert off("inverse_sqrt", steps, own, bases) == set()


lowest = st.fixed_dictionaries({"min_lr": rate}) | st.fixed_dictionaries(
    {"min_lr_rate": st.integers(-20, 40).map(lambda n: n / 20)}
)


@many
@given(both, waves, lowest, bases)
def test_cosine_with_min_lr(steps, own, low, bases) -> None:
    assert off("cosine_with_min_lr", steps, {**own, **low}, bases) == set()


@many
@given(
    st.fixed_dictionaries(
        {"num_warmup_steps": st.integers(0, 40), "num_training_steps": trainings}
    ),
    waves,
    lowest,
    st.fixed_dictionaries({}, optional={"warmup_lr_rate": shares}),
    bases,
)
def test_cosine_warmup_with_min_lr(steps, own, low, first, bases) -> None:
    assert off("cosine_warmup_with_min_lr", steps, {**own, **low, **first}, bases) == set()


styles = st.sampled_from(["linear", "cosine", "1-sqrt"])


@settings(max_examples=150)
@given(
    both,
    st.fixed_dictionaries(
        {"num_decay_steps": st.integers(0, 40)},
        optional={
            "num_stable_steps": st.integers(-20, 30),
            "warmup_type": styles,
            "decay_type": styles,
            "min_lr_ratio": shares,
            "num_cycles": cycles,
        },
    ),
    bases,
)
def test_warmup_stable_decay(steps, own, bases) -> None:
    with warnings.catch_warnings():  # that of the two lengths one is not used
        warnings.filterwarnings("ignore", "Both num_training_steps and num_stable_steps")
        assert off("warmup_stable_decay", steps, own, bases) == set()


# --- programs and notes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "own", "program"),
    [
        ("constant", {}, "hold"),
        ("cosine", {}, "warmup(10) >> cosine"),
        ("cosine", {"num_cycles": 0}, "warmup(10) >> hold"),
        ("cosine", {"min_lr_rate": 0.1}, "warmup(10) >> cosine(end=0.1*lr)"),
        ("cosine_with_restarts", {"num_cycles": 2}, "warmup(10) >> cosine * restarts(limit=2)"),
        ("polynomial", {"lr_init": 0.1}, "warmup(10) >> linear(end=1e-7)"),
        ("polynomial", {"lr_init": 0.2}, "warmup(10) >> linear(end=5e-7*lr)"),
        ("inverse_sqrt", {"timescale": 10}, "warmup(10) >> inverse(scale=10)"),
        ("warmup_stable_decay", {"num_decay_steps": 20}, "warmup(10) >> hold >> cosine(20)"),
    ],
)
def test_programs_are_what_a_person_would_write(name, own, program) -> None:
    found = lrdsl.migrate(f"transformers.{name}", {**STEPS, **own}, base_lr=0.1)
    assert found.program == program


def notes(name, given, base_lr=0.1):
    return " ".join(lrdsl.migrate(f"transformers.{name}", given, base_lr=base_lr).notes)


def test_notes() -> None:
    assert notes("linear", STEPS) == ""
    assert "ignores num_warmup_steps" in notes("constant", STEPS)
    assert notes("constant", {"num_warmup_steps": 0}) == ""
    assert "whole run" in notes("linear", {"num_warmup_steps": 20, "num_training_steps": 10})
    assert notes("polynomial", STEPS) == ""
    said = notes("polynomial", {**STEPS, "lr_end": 0.01}, [0.1, 0.2])
    assert said.startswith("lr_end is 0.1 of the optimizer's own rate, 0.1,")
    stable = {**STEPS, "num_decay_steps": 5, "num_stable_steps": 5}
    assert "does not use num_training_steps" in notes("warmup_stable_decay", stable)
    given = {"name": "constant", "scheduler_specific_kwargs": {"num_cycles": 3}}
    assert "ignores scheduler_specific_kwargs" in notes("get_scheduler", given)


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "given", "code", "said"),
    [
        ("linear", {"num_training_steps": 9}, "LR723", "needs num_warmup_steps"),
        ("linear", {"num_warmup_steps": 9}, "LR723", "needs num_training_steps"),
        ("linear", {**STEPS, "num_training_steps": 0}, "LR724", "num_training_steps: 0"),
        ("linear", {**STEPS, "num_warmup_steps": -1}, "LR724", "num_warmup_steps: -1"),
        ("cosine", {**STEPS, "num_cycle": 1}, "LR722", "'num_cycle'"),
        ("cosine_with_restarts", {**STEPS, "num_cycles": -1}, "LR724", "num_cycles: -1"),
        ("polynomial", {**STEPS, "lr_end": 0.1}, "LR724", "lr_end: 0.1 is not less than"),
        ("polynomial", {**STEPS, "power": -1}, "LR724", "power: -1"),
        ("inverse_sqrt", {**STEPS, "timescale": 0}, "LR724", "timescale: 0"),
        ("cosine_with_min_lr", STEPS, "LR723", "needs min_lr or min_lr_rate"),
        ("cosine_with_min_lr", {**STEPS, "min_lr": 0, "min_lr_rate": 0}, "LR724", "min_lr: "),
        ("cosine_warmup_with_min_lr", STEPS, "LR723", "needs min_lr or min_lr_rate"),
        (
            "cosine_warmup_with_min_lr",
            {**STEPS, "num_warmup_steps": 1.5, "min_lr": 0},
            "LR724",
            "num_warmup_steps: 1.5 is not an integer",
        ),
        ("warmup_stable_decay", STEPS, "LR723", "needs num_decay_steps"),
        (
            "warmup_stable_decay",
            {"num_warmup_steps": 1, "num_decay_steps": 1},
            "LR723",
            "needs num_training_steps or num_stable_steps",
        ),
        (
            "warmup_stable_decay",
            {**STEPS, "num_decay_steps": 1, "decay_type": "sqrt"},
            "LR724",
            "decay_type: ",
        ),
        ("get_scheduler", {"name": "linnear", **STEPS}, "LR721", "transformers.linnear"),
        ("get_scheduler", {"name": "linear"}, "LR723", "needs num_warmup_steps"),
        ("get_scheduler", {"name": "greedy"}, "LR725", "greedy"),
        ("greedy", {"patience": 3}, "LR725", "greedy is not a function of time"),
        ("reduce_lr_on_plateau", {"factor": 0.5}, "LR725", "reduce_lr_on_plateau"),
    ],
)
def test_refused(name, given, code, said) -> None:
    with pytest.raises(LrdslError) as caught:
        lrdsl.migrate(f"transformers.{name}", given, base_lr=0.1)
    assert code in [d.code for d in caught.value.diagnostics]
    assert any(said in d.message for d in caught.value.diagnostics)
    if code == "LR725":
        assert "multistep(" in caught.value.diagnostics[0].help


def test_a_share_of_a_rate_of_0() -> None:
    with pytest.raises(LrdslError, match="min_lr: it is divided by the optimizer's rate"):
        lrdsl.migrate("transformers.cosine_with_min_lr", {**STEPS, "min_lr": 1}, base_lr=[0, 1])


def test_the_names_of_transformers_own_type() -> None:
    known = {f"transformers.{name.value}" for name in real.SchedulerType}
    assert known <= set(lrdsl.systems.names())
    given = {"name": real.SchedulerType.LINEAR, **STEPS}
    assert lrdsl.migrate("transformers.get_scheduler", given).program == "warmup(10) >> linear"
