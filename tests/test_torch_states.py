"""What the torch scheduler saves and loads, on real optimizers."""

import copy
import json
import warnings

import pytest
import torch
from torch.optim.lr_scheduler import LinearLR, SequentialLR, StepLR
from training import FLOORED, MISSION, RAMP, optimizer_of, ramp, rates_of, saved, train

import lrdsl
from lrdsl.torch import Scheduler


def test_a_state_is_plain_json() -> None:
    optimizer = optimizer_of(0.1, 0.2)
    run_of = {"total": "7.5ep", "tick": "st", "steps_per_epoch": 4}
    scheduler = Scheduler(optimizer, "warmup(4st) >> linear", **run_of)
    train(optimizer, scheduler, 6)
    state = scheduler.state_dict()
    assert json.loads(json.dumps(state)) == state
    assert saved(state) == state
    assert state["step"] == 6
    assert state["program"] == "warmup(4st) >> linear"
    assert state["base"] == [{"lr": 0.1}, {"lr": 0.2}]


def test_loading_writes_the_rates_at_once() -> None:
    optimizer = optimizer_of(0.1, 0.2)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    train(optimizer, scheduler, 7)
    fresh = optimizer_of(0.1, 0.2)
    Scheduler(fresh, RAMP, total=10).load_state_dict(scheduler.state_dict())
    assert rates_of(fresh) == rates_of(optimizer)


def test_the_base_rates_come_from_the_state() -> None:
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    train(optimizer, scheduler, 7)
    state, rates = scheduler.state_dict(), optimizer.state_dict()
    later = optimizer_of(0.1)
    later.load_state_dict(rates)  # before the scheduler is made: its rate is no base
    resumed = Scheduler(later, RAMP, total=10)
    resumed.load_state_dict(state)
    assert train(later, resumed, 3) == train(optimizer, scheduler, 3)


@pytest.mark.parametrize("order", ["optimizer first", "scheduler first", "scheduler alone"])
@pytest.mark.parametrize(
    ("program", "kind", "updates"),
    [
        (MISSION, torch.optim.SGD, 145),
        (FLOORED, torch.optim.AdamW, 30),
        (RAMP, torch.optim.AdamW, 15),
    ],
)
def test_a_run_resumed_anywhere_goes_on_bit_for_bit(program, kind, updates, order) -> None:
    def fresh():
        optimizer = optimizer_of(0.1, 0.01, kind=kind)
        return optimizer, Scheduler(optimizer, program, total=updates)

    optimizer, scheduler = fresh()
    states, used = [], []
    for _ in range(updates + 1):
        states.append((copy.deepcopy(optimizer.state_dict()), scheduler.state_dict()))
        used += train(optimizer, scheduler, 1)
    for k, (of_optimizer, of_scheduler) in enumerate(states):
        optimizer, scheduler = fresh()
        if order == "optimizer first":
            optimizer.load_state_dict(of_optimizer)
        scheduler.load_state_dict(json.loads(json.dumps(of_scheduler)))
        if order == "scheduler first":
            optimizer.load_state_dict(of_optimizer)
        assert train(optimizer, scheduler, updates + 1 - k) == used[k:]


def test_a_resumed_tensor_rate_goes_on_bit_for_bit() -> None:
    def fresh():
        parameter = torch.nn.Parameter(torch.ones(3))
        parameter.grad = torch.ones(3)
        optimizer = torch.optim.SGD([parameter], lr=torch.tensor(0.1))
        return optimizer, Scheduler(optimizer, MISSION, total=145)

    optimizer, scheduler = fresh()
    used = train(optimizer, scheduler, 60)
    state = saved({"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()})
    used += train(optimizer, scheduler, 85)
    optimizer, scheduler = fresh()
    scheduler.load_state_dict(state["scheduler"])
    optimizer.load_state_dict(state["optimizer"])
    assert train(optimizer, scheduler, 85) == used[60:]


def other(program: str = RAMP, total: object = 10, rates: tuple[float, ...] = (0.1,)) -> dict:
    return Scheduler(optimizer_of(*rates), program, total=total).state_dict()


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (
            other(program="warmup(4) >> cosine(6)"),
            "the state is of another program: saved warmup(4) >> cosine(6), "
            "here warmup(4) >> linear(6); update 6 is the first that differs",
        ),
        (
            other(total=12),
            "the state is of another run: saved total=12, here total=10; no update differs",
        ),
        (  # a program of a later release: where they differ cannot be said
            other() | {"program": "spiral(4)"},
            "the state is of another program: saved spiral(4), here warmup(4) >> linear(6)",
        ),
        (other() | {"edition": 2}, "the state is of another edition: saved 2, here 1"),
        (
            other(rates=(0.1, 0.2)),
            "the state has 2 parameter groups, the optimizer 1",
        ),
        (
            StepLR(optimizer_of(0.1), 3).state_dict(),
            "this is no state of an lrdsl scheduler: edition is missing",
        ),
    ],
)
def test_a_state_that_does_not_fit_is_refused(state, message) -> None:
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    train(optimizer, scheduler, 3)
    before = scheduler.state_dict()
    with pytest.raises(lrdsl.LrdslError) as caught:
        scheduler.load_state_dict(state)
    assert [(d.code, d.message) for d in caught.value.diagnostics] == [("LR708", message)]
    assert scheduler.state_dict() == before
    assert rates_of(optimizer) == pytest.approx([ramp(3, 0.1)])


def test_the_same_program_in_other_words_fits() -> None:
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, "W = 4; warmup(W) >> (linear(over=6))  # ramp", total="10")
    scheduler.load_state_dict(other() | {"step": 7})
    assert rates_of(optimizer) == pytest.approx([ramp(7, 0.1)])


@pytest.mark.parametrize(("mode", "rate"), [("rebind", 0.075), ("restart", 0.0)])
def test_other_groups_are_a_mismatch_like_any_other(mode, rate) -> None:
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    scheduler.load_state_dict(other(rates=(0.1, 0.2)) | {"step": 3}, on_mismatch=mode)
    assert rates_of(optimizer) == [pytest.approx(rate)]


@pytest.mark.parametrize("updates", [0, 2, 3, 4, 6])
def test_torchs_sequence_is_resumed_before_and_after_our_turn(updates) -> None:
    def fresh():
        optimizer = optimizer_of(0.1)
        first = LinearLR(optimizer, 0.5, total_iters=4)
        ours = Scheduler(optimizer, "cosine", total=10, base=0.1)
        return optimizer, SequentialLR(optimizer, [first, ours], [4])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's, of its own sequence
        optimizer, both = fresh()
        train(optimizer, both, updates)
        states = saved(optimizer.state_dict()), copy.deepcopy(both.state_dict())
        expected = train(optimizer, both, 8)
        optimizer, both = fresh()
        optimizer.load_state_dict(states[0])
        both.load_state_dict(states[1])
        assert train(optimizer, both, 8) == expected


def test_epoch_0_is_the_start_whatever_a_tick_is() -> None:
    """Older torch begins the later parts of a SequentialLR by step(0)."""
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, "cosine", total="20st", step=7)
    scheduler.step(0)
    assert (scheduler.last_epoch, rates_of(optimizer)) == (0, [0.1])
