"""The torch scheduler, on real optimizers: rates, groups, states, resumption."""

import copy
import io
import json
import math
import pickle
import random
import warnings
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
import torch
from torch.optim.lr_scheduler import LinearLR, LRScheduler, SequentialLR, StepLR

import lrdsl
from lrdsl.torch import Plateau, Scheduler, value

RAMP = "warmup(4) >> linear(6)"
MISSION = "warmup(5, 1e-5) >> tanh(-6, 4) * restarts(t_mul=2, decay=0.5, limit=3) + noise(0.67)"
FLOORED = "max(warmup(4) >> cosine, 0.02)"  # absolute beside shares of lr: not affine


def optimizer_of(*rates: float, kind=torch.optim.SGD) -> torch.optim.Optimizer:
    """An optimizer with a group per rate, each with a parameter that has a gradient."""
    groups = []
    for rate in rates:
        parameter = torch.nn.Parameter(torch.ones(3))
        parameter.grad = torch.ones(3)
        groups.append({"params": [parameter], "lr": rate})
    return kind(groups)


def rates_of(optimizer: torch.optim.Optimizer) -> list[float]:
    return [float(group["lr"]) for group in optimizer.param_groups]


def run(optimizer, scheduler, updates: int) -> list[list[float]]:
    """Train for some updates, and return the rates that each of them used."""
    used = []
    for _ in range(updates):
        used.append(rates_of(optimizer))
        optimizer.step()
        scheduler.step()
    return used


def ramp(k: int, base: float) -> float:
    """RAMP by hand."""
    return base * k / 4 if k < 4 else base * (1 - (k - 4) / 6)


def saved(state: dict) -> dict:
    """A state after a checkpoint that holds no code."""
    file = io.BytesIO()
    torch.save(state, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


# --- rates ----------------------------------------------------------------------------------------


def test_it_is_a_torch_scheduler() -> None:
    assert isinstance(Scheduler(optimizer_of(0.1), "linear", total=10), LRScheduler)


def test_every_update_uses_the_value_of_its_number() -> None:
    optimizer = optimizer_of(0.1)
    used = run(optimizer, Scheduler(optimizer, RAMP, total=10), 10)
    assert used == [[pytest.approx(ramp(k, 0.1), abs=1e-16)] for k in range(10)]


def test_stepping_per_epoch_holds_the_rate_for_an_epoch() -> None:
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, "warmup(4ep) >> linear(6ep)", total="10ep")
    used = []
    for _ in range(10):
        for _ in range(3):
            used.append(rates_of(optimizer)[0])
            optimizer.step()
        scheduler.step()
    assert used == pytest.approx([ramp(k // 3, 0.1) for k in range(30)], abs=1e-16)


def test_stepping_per_update_under_a_total_in_epochs() -> None:
    optimizer = optimizer_of(0.1)
    run_of = {"total": "10ep", "tick": "st", "steps_per_epoch": 3}
    scheduler = Scheduler(optimizer, "warmup(4ep) >> linear(6ep)", **run_of)
    used = [rates[0] for rates in run(optimizer, scheduler, 30)]
    assert used == pytest.approx([ramp(k / 3, 0.1) for k in range(30)], abs=1e-16)


def test_the_rates_are_those_of_the_plan_to_the_last_bit() -> None:
    plan = lrdsl.compile(MISSION, total="145ep")
    optimizer = optimizer_of(0.1)
    used = [rates[0] for rates in run(optimizer, Scheduler(optimizer, plan), 145)]
    assert used == [plan(k, 0.1) for k in range(145)]


def test_after_the_run_the_last_value_is_held() -> None:
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, "linear(end=0.25*lr)", total=10)
    run(optimizer, scheduler, 25)
    assert scheduler.get_last_lr() == [0.025]


def test_groups_keep_their_ratio() -> None:
    optimizer = optimizer_of(0.1, 0.025)
    used = run(optimizer, Scheduler(optimizer, MISSION.replace("1e-5", "1e-3*lr"), total=145), 145)
    assert [large / small for large, small in used] == pytest.approx([4.0] * 145, rel=1e-15)
    assert all(small > 0 for _, small in used)


def test_a_program_that_is_not_affine_is_evaluated_for_every_base() -> None:
    optimizer = optimizer_of(0.1, 0.01)
    scheduler = Scheduler(optimizer, FLOORED, total=20)
    assert not scheduler.plan.is_affine

    def by_hand(k: int, base: float) -> float:
        u = (k - 4) / 16
        return max(base * k / 4 if k < 4 else base * (1 + math.cos(math.pi * u)) / 2, 0.02)

    used = run(optimizer, scheduler, 20)
    assert [large for large, _ in used] == pytest.approx([by_hand(k, 0.1) for k in range(20)])
    assert [small for _, small in used] == [0.02] * 20


def test_a_group_that_comes_later_brings_its_own_base() -> None:
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    run(optimizer, scheduler, 6)
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(3))], "lr": 0.5})
    scheduler.step()
    assert rates_of(optimizer) == pytest.approx([ramp(7, 0.1), ramp(7, 0.5)])


def test_a_tensor_rate_is_filled_in_place() -> None:
    rate = torch.tensor(0.1, dtype=torch.float64)
    parameter = torch.nn.Parameter(torch.ones(3))
    parameter.grad = torch.ones(3)
    optimizer = torch.optim.SGD([parameter], lr=rate)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    for k in range(10):
        assert optimizer.param_groups[0]["lr"] is rate
        assert rate.item() == pytest.approx(ramp(k, 0.1), abs=1e-16)
        optimizer.step()
        scheduler.step()


def test_looking_at_other_updates_changes_nothing() -> None:
    optimizer = optimizer_of(0.1, 0.2)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    run(optimizer, scheduler, 3)
    assert scheduler.value(8) == pytest.approx([ramp(8, 0.1), ramp(8, 0.2)])
    assert scheduler.value() == scheduler.get_lr() == scheduler.get_last_lr() == rates_of(optimizer)
    assert rates_of(optimizer) == pytest.approx([ramp(3, 0.1), ramp(3, 0.2)])


def test_stepping_to_a_tick_is_stepping_there_one_by_one() -> None:
    one, other = optimizer_of(0.1), optimizer_of(0.1)
    there, jump = Scheduler(one, RAMP, total=10), Scheduler(other, RAMP, total=10)
    run(one, there, 7)
    jump.step(7)
    assert rates_of(other) == rates_of(one)
    assert jump.state_dict() == there.state_dict()


def test_a_plain_loop_warns_of_nothing() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        optimizer = optimizer_of(0.1, kind=torch.optim.AdamW)
        scheduler = Scheduler(optimizer, RAMP, total=10)
        run(optimizer, scheduler, 3)
        scheduler.load_state_dict(saved(scheduler.state_dict()))
        run(optimizer, scheduler, 3)
    assert caught == []


def test_only_an_optimizer_is_scheduled() -> None:
    with pytest.raises(TypeError, match="str is not a torch optimizer"):
        Scheduler("adam", RAMP, total=10)


def test_a_wrong_program_is_reported_as_everywhere() -> None:
    optimizer = optimizer_of(0.1)
    with pytest.raises(lrdsl.LrdslError) as caught:
        Scheduler(optimizer, "warmup(5) >> cosin", total=10)
    assert [d.code for d in caught.value.diagnostics] == ["LR101"]
    assert rates_of(optimizer) == [0.1]


def test_a_step_before_the_first_is_refused() -> None:
    with pytest.raises(lrdsl.LrdslError, match="0 or more, not -1"):
        Scheduler(optimizer_of(0.1), RAMP, total=10, step=-1)
    with pytest.raises(lrdsl.LrdslError, match="a finite number, not '3'"):
        Scheduler(optimizer_of(0.1), RAMP, total=10).set_step("3")


def test_a_new_group_at_the_address_of_a_removed_one_has_its_own_base() -> None:
    optimizer = optimizer_of(0.1, 0.5)
    scheduler = Scheduler(optimizer, "hold", total=10)
    for k in range(1, 6):  # some parameter gets the id of the one that has just been freed
        del optimizer.param_groups[1]
        group = {"params": [torch.nn.Parameter(torch.ones(3))], "lr": 0.01 * k}
        optimizer.add_param_group(group)
        del group
        scheduler.step()
        assert rates_of(optimizer) == [0.1, 0.01 * k]


def test_a_tensor_of_whole_numbers_is_no_rate() -> None:
    with pytest.raises(lrdsl.LrdslError, match="lr is a tensor of int64"):
        Scheduler(optimizer_of(torch.tensor(1)), RAMP, total=10)


def test_a_tensor_rate_that_requires_a_gradient_is_filled_without_a_warning() -> None:
    rate = torch.tensor(0.1, requires_grad=True)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(3))], lr=rate, differentiable=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scheduler = Scheduler(optimizer, "linear", total=4)
        scheduler.step()
    assert scheduler.get_last_lr() == [pytest.approx(0.075)]
    assert optimizer.param_groups[0]["lr"] is rate


@pytest.mark.parametrize("option", ["params", "params[0]"])
def test_weights_are_no_option(option) -> None:
    with pytest.raises(lrdsl.LrdslError, match="no option of an optimizer"):
        Scheduler(optimizer_of(0.1), {option: "hold"}, total=10)


def test_a_group_that_nothing_drives_keeps_its_rate_as_base() -> None:
    optimizer = optimizer_of(0.1, 0.2)
    optimizer.param_groups[1]["name"] = "head"
    scheduler = Scheduler(optimizer, groups={"head": RAMP}, total=10, step=7)
    assert scheduler.base_lrs == [0.1, 0.2]
    decay = Scheduler(optimizer_of(0.3), {"weight_decay": RAMP}, total=10)
    assert (decay.base_lrs, decay.get_lr(), decay.get_last_lr()) == ([0.3], [0.3], [0.3])


# --- what the last update used --------------------------------------------------------------------


def test_the_rate_last_used_survives_a_factor_and_an_extension() -> None:
    optimizer = optimizer_of(1.0)
    scheduler = Scheduler(optimizer, "linear", total=10)
    plateau = Plateau(scheduler, factor=0.5, patience=0)
    for loss in (1.0, 2.0, 3.0):
        (used,) = run(optimizer, scheduler, 1)
        plateau.step(loss)
        assert scheduler.last_used() == used
    scheduler.extend(20)
    assert scheduler.last_used() == used == pickle.loads(pickle.dumps(scheduler)).last_used()
    scheduler.set_factor(1.0)
    scheduler.set_step(1)  # backwards: what a run would have used there
    assert scheduler.last_used() == [1.0]


@pytest.mark.parametrize("factor", [math.nan, math.inf, "0.5", True, None, [], object()])
def test_a_factor_is_a_finite_number(factor) -> None:
    scheduler = Scheduler(optimizer_of(0.1), RAMP, total=10, step=5)
    scheduler.set_factor(0.5)
    with pytest.raises(lrdsl.LrdslError, match="factor is a finite number"):
        scheduler.set_factor(factor)
    assert scheduler.factor == 0.5
    assert rates_of(scheduler.optimizer) == [pytest.approx(0.5 * ramp(5, 0.1))]


@pytest.mark.parametrize(("tick", "interval"), [("st", "step"), ("ep", "epoch")])
def test_a_scheduler_says_what_it_is(tick, interval) -> None:
    scheduler = Scheduler(optimizer_of(0.1), "linear(6)", total=10, tick=tick, step=3)
    assert scheduler.interval == interval
    assert repr(scheduler) == "Scheduler('linear(6)', step=3)"


def test_moving_to_where_it_is_changes_nothing() -> None:
    optimizer = optimizer_of(1.0)
    run_of = {"total": "10ep", "interval": "epoch", "steps_per_epoch": 5}
    scheduler = Scheduler(optimizer, "linear", **run_of)
    for update in range(1, 6):
        used = rates_of(optimizer)
        optimizer.step()
        scheduler.step_update(update)
    scheduler.step(1)  # timm's loops call both at the end of an epoch
    assert scheduler.last_used() == used == [pytest.approx(0.92)]


def test_an_extension_shows_every_option_of_every_group() -> None:
    optimizer = optimizer_of(1.0, 1.0, kind=torch.optim.AdamW)
    optimizer.param_groups[1] |= {"name": "head", "lr_scale": 0.5}
    programs = {"lr": "linear", "weight_decay": "hold"}
    scheduler = Scheduler(optimizer, programs, groups={"head": "linear"}, total=10, step=5)
    change = scheduler.extend(20)
    assert change.before == (0.5, 0.01, 0.25)
    assert change.after == (0.75, 0.01, 0.375)
    assert rates_of(optimizer) == [0.75, 0.375]


# --- copies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("program", [MISSION, FLOORED])
@pytest.mark.parametrize("again", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_a_copy_goes_on_alone(program, again) -> None:
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, program, total=145)
    run(optimizer, scheduler, 40)
    twin = again(scheduler)
    assert run(twin.optimizer, twin, 60) == run(optimizer, scheduler, 60)
    run(twin.optimizer, twin, 3)
    assert (scheduler.last_epoch, twin.last_epoch) == (100, 103)


# --- states ---------------------------------------------------------------------------------------


def test_a_state_is_plain_json() -> None:
    optimizer = optimizer_of(0.1, 0.2)
    run_of = {"total": "7.5ep", "tick": "st", "steps_per_epoch": 4}
    scheduler = Scheduler(optimizer, "warmup(4st) >> linear", **run_of)
    run(optimizer, scheduler, 6)
    state = scheduler.state_dict()
    assert json.loads(json.dumps(state)) == state
    assert saved(state) == state
    assert state["step"] == 6
    assert state["program"] == "warmup(4st) >> linear"
    assert state["base"] == [{"lr": 0.1}, {"lr": 0.2}]


def test_loading_writes_the_rates_at_once() -> None:
    optimizer = optimizer_of(0.1, 0.2)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    run(optimizer, scheduler, 7)
    fresh = optimizer_of(0.1, 0.2)
    Scheduler(fresh, RAMP, total=10).load_state_dict(scheduler.state_dict())
    assert rates_of(fresh) == rates_of(optimizer)


def test_the_base_rates_come_from_the_state() -> None:
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    run(optimizer, scheduler, 7)
    state, rates = scheduler.state_dict(), optimizer.state_dict()
    later = optimizer_of(0.1)
    later.load_state_dict(rates)  # before the scheduler is made: its rate is no base
    resumed = Scheduler(later, RAMP, total=10)
    resumed.load_state_dict(state)
    assert run(later, resumed, 3) == run(optimizer, scheduler, 3)


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
        used += run(optimizer, scheduler, 1)
    for k, (of_optimizer, of_scheduler) in enumerate(states):
        optimizer, scheduler = fresh()
        if order == "optimizer first":
            optimizer.load_state_dict(of_optimizer)
        scheduler.load_state_dict(json.loads(json.dumps(of_scheduler)))
        if order == "scheduler first":
            optimizer.load_state_dict(of_optimizer)
        assert run(optimizer, scheduler, updates + 1 - k) == used[k:]


def test_a_resumed_tensor_rate_goes_on_bit_for_bit() -> None:
    def fresh():
        parameter = torch.nn.Parameter(torch.ones(3))
        parameter.grad = torch.ones(3)
        optimizer = torch.optim.SGD([parameter], lr=torch.tensor(0.1))
        return optimizer, Scheduler(optimizer, MISSION, total=145)

    optimizer, scheduler = fresh()
    used = run(optimizer, scheduler, 60)
    state = saved({"optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()})
    used += run(optimizer, scheduler, 85)
    optimizer, scheduler = fresh()
    scheduler.load_state_dict(state["scheduler"])
    optimizer.load_state_dict(state["optimizer"])
    assert run(optimizer, scheduler, 85) == used[60:]


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
    run(optimizer, scheduler, 3)
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
        run(optimizer, both, updates)
        states = saved(optimizer.state_dict()), copy.deepcopy(both.state_dict())
        expected = run(optimizer, both, 8)
        optimizer, both = fresh()
        optimizer.load_state_dict(states[0])
        both.load_state_dict(states[1])
        assert run(optimizer, both, 8) == expected


def test_epoch_0_is_the_start_whatever_a_tick_is() -> None:
    """Older torch begins the later parts of a SequentialLR by step(0)."""
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, "cosine", total="20st", step=7)
    scheduler.step(0)
    assert (scheduler.last_epoch, rates_of(optimizer)) == (0, [0.1])


# --- groups that are alike: written at once -------------------------------------------------------


def both_ways(program: str, bases=(0.1, 0.1), **options):
    """A scheduler that writes all groups at once, and one that goes from group to group."""
    at_once, one_by_one = optimizer_of(*bases), optimizer_of(*bases)
    one_by_one.param_groups[1]["lr_scale"] = 1.0
    schedulers = [Scheduler(o, program, **options) for o in (at_once, one_by_one)]
    assert [s._even is None for s in schedulers] == [False, True]
    return schedulers


ALIKE = (0.1, 0.1)
SEVERAL = (0.1, -0.3, 1e-7)


@pytest.mark.parametrize(
    ("program", "bases"),
    [*product([MISSION, RAMP, "hold", "cosine + 1e-3"], [ALIKE, SEVERAL]), (FLOORED, ALIKE)],
)
def test_both_ways_write_the_same_bits(program, bases) -> None:
    one, other = both_ways(program, bases, total=145)
    assert run(one.optimizer, one, 150) == run(other.optimizer, other, 150)


@pytest.mark.parametrize("bases", [ALIKE, SEVERAL])
def test_what_was_written_at_once_is_known_after_it(bases) -> None:
    """Also where a number overflows on the way to 0, and in a copy made by pickle."""
    program = "inverse(over=2, scale=1, power=2000) >> cosine(start=0.05)"
    scheduler = Scheduler(optimizer_of(*bases), program, total=20)
    for k in range(1, 8):
        scheduler.step()
        pair = pickle.loads(pickle.dumps((scheduler.optimizer, scheduler)))
        for known in (scheduler, pair[1]):
            assert known.last_used() == [scheduler.plan(k - 1, b) for b in bases]
            assert known.next() == [scheduler.plan(k, b) for b in bases]


def test_several_bases_of_a_program_that_is_not_affine_go_one_by_one() -> None:
    scheduler = Scheduler(optimizer_of(*SEVERAL), FLOORED, total=145)
    assert scheduler._even is None
    run(scheduler.optimizer, scheduler, 10)
    assert rates_of(scheduler.optimizer) == [scheduler.plan(10, base) for base in SEVERAL]


@pytest.mark.parametrize("bases", [(1e300, 1e300), (0.1, 1e300)])
def test_both_ways_refuse_a_rate_that_no_float_holds(bases) -> None:
    """At the same step, and nothing has moved then."""
    found = []
    for scheduler in both_ways("linear(50, end=1e10*lr)", bases, total=50):
        with pytest.raises(lrdsl.LrdslError, match="not finite"):
            scheduler.step()
        assert rates_of(scheduler.optimizer) == [
            scheduler.plan(scheduler.last_epoch, b) for b in bases
        ]
        found.append(scheduler.last_epoch)
    assert found == [0, 0]


@pytest.mark.parametrize("bases", [ALIKE, SEVERAL])
@pytest.mark.parametrize("seed", range(20))
def test_both_ways_agree_whatever_is_done_between(seed, bases) -> None:
    choose = random.Random(seed)
    schedulers = both_ways(MISSION, bases, total=60)
    for _ in range(60):
        deed, k = choose.choice("sssssssejftlcw"), choose.randrange(70)
        for i, scheduler in enumerate(schedulers):
            if deed == "s":
                scheduler.step()
            elif deed == "e":
                scheduler.extend(60 + k)
            elif deed == "j":
                scheduler.set_step(k)
            elif deed == "f":
                scheduler.set_factor(1.0 if k % 2 else 0.5)
            elif deed == "t":
                scheduler.optimizer.param_groups.reverse()
            elif deed == "l":
                scheduler.load_state_dict(scheduler.state_dict() | {"step": k})
            elif deed == "c":
                schedulers[i] = copy.deepcopy(scheduler)
            elif deed == "w":  # whatever stood there is replaced
                scheduler.optimizer.param_groups[0]["lr"] = 7.0
        one, other = (
            (s.last_used(), s.last_epoch, s._step_count, s.state_dict()["step"]) for s in schedulers
        )
        assert one == other, deed
        if deed not in "tw":  # those are seen at the next step
            assert rates_of(schedulers[0].optimizer) == rates_of(schedulers[1].optimizer), deed


@pytest.mark.parametrize("bases", [ALIKE, SEVERAL])
@pytest.mark.parametrize("counting", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_an_update_uses_what_the_groups_were_given_before_it(seed, counting, bases) -> None:
    """Scales that come, change and go, and tensors, between any two calls: by hand, bit for bit."""
    choose = random.Random(seed)
    optimizer = optimizer_of(*bases)
    groups = optimizer.param_groups
    scheduler = Scheduler(optimizer, RAMP, total=10, count_updates=counting)
    used = []
    optimizer.register_step_pre_hook(lambda o, *_: used.append(rates_of(o)))

    def meddle() -> None:
        for group in choose.sample(groups, choose.randrange(2)):
            deed = choose.choice(["scale", "scale", "drop", "tensor"])
            if deed == "scale":
                group["lr_scale"] = choose.choice([0.5, 0.3, 1.0])
            elif deed == "drop":
                group.pop("lr_scale", None)
            else:  # of as many bits as a float
                group["lr"] = torch.tensor(float(group["lr"]), dtype=torch.float64)

    for k in range(10):
        meddle()
        scales = [g.get("lr_scale", 1.0) for g in groups]
        optimizer.step()
        meddle()
        scheduler.step()
        plain = [scheduler.plan(k, base) for base in bases]
        expected = [r * scale for r, scale in zip(plain, scales, strict=True)]
        assert used.pop() == expected
        assert scheduler.last_used() == expected


@pytest.mark.parametrize("before", ["update", "step"])
@pytest.mark.parametrize("bases", [ALIKE, SEVERAL])
def test_a_resume_is_exact_wherever_a_scale_came_in(bases, before) -> None:
    """Saved right after the scale, and after the step that follows."""

    def fresh(state=None):
        optimizer = optimizer_of(*bases)
        if state is not None:
            optimizer.load_state_dict(state)
        return optimizer, Scheduler(optimizer, MISSION, total=40)

    def rest(optimizer, scheduler, first: str) -> list[list[float]]:
        used = []
        optimizer.register_step_pre_hook(lambda o, *_: used.append(rates_of(o)))
        if first == "step":
            scheduler.step()
        run(optimizer, scheduler, 10)
        return used

    optimizer, scheduler = fresh()
    run(optimizer, scheduler, 3)
    if before == "step":
        optimizer.step()
    optimizer.param_groups[0]["lr_scale"] = 0.5
    for first in ("step", "update") if before == "step" else ("update",):
        if first != before:
            scheduler.step()
        states = copy.deepcopy((optimizer.state_dict(), scheduler.state_dict()))
        expected = rest(*copy.deepcopy((optimizer, scheduler)), first)
        assert expected[0][0] == 0.5 * scheduler.plan(3 + (before == "step"), bases[0])
        for order in ("optimizer", "scheduler", "made after"):
            resumed = fresh(states[0] if order == "made after" else None)
            if order == "scheduler":
                resumed[1].load_state_dict(states[1])
            if order != "made after":
                resumed[0].load_state_dict(states[0])
            if order != "scheduler":
                resumed[1].load_state_dict(states[1])
            assert rest(*resumed, first) == expected, (first, order)


@pytest.mark.parametrize("bases", [ALIKE, SEVERAL])
def test_a_tensor_is_kept_if_it_comes_in_before_an_update(bases) -> None:
    optimizer = optimizer_of(*bases)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    run(optimizer, scheduler, 2)
    held = torch.tensor(0.05, dtype=torch.float64)
    optimizer.param_groups[0]["lr"] = held
    run(optimizer, scheduler, 3)
    assert optimizer.param_groups[0]["lr"] is held
    assert rates_of(optimizer) == [scheduler.plan(5, base) for base in bases]


def test_another_number_in_the_place_of_a_rate_lasts_for_its_update() -> None:
    optimizer = optimizer_of(0.1, 0.1)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    run(optimizer, scheduler, 3)
    optimizer.param_groups[0]["lr"] = 7.0
    assert run(optimizer, scheduler, 2) == [[7.0, scheduler.plan(3, 0.1)], scheduler.value(4)]


def test_a_scheduler_whose_turn_is_over_writes_no_scale() -> None:
    optimizer = optimizer_of(0.1)
    first = Scheduler(optimizer, "hold", total=2)
    after = StepLR(optimizer, 1, gamma=0.5)
    run(optimizer, SequentialLR(optimizer, [first, after], [2]), 3)
    assert rates_of(optimizer) == [0.05]
    optimizer.param_groups[0]["lr_scale"] = 0.3
    optimizer.step()
    assert rates_of(optimizer) == [0.05]


LATE = torch.tensor(0.1)


@pytest.mark.parametrize(
    "late", [{}, {"lr_scale": 0.5}, {"lr": LATE}, {"lr": LATE, "lr_scale": 0.5}]
)
def test_the_step_of_a_distributed_checkpoint_moves_no_weight(late) -> None:
    """Torch makes it with rates of 0, and they stay 0 whatever came in since."""
    checkpoint = pytest.importorskip("torch.distributed.checkpoint.state_dict")
    model = torch.nn.Linear(2, 1)  # without gradients: else it makes no step
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    scheduler = Scheduler(optimizer, "linear", total=10)
    optimizer.param_groups[0].update(late)
    before = copy.deepcopy(model.state_dict())
    checkpoint.get_optimizer_state_dict(model, optimizer)
    assert optimizer.state
    assert all(torch.equal(now, before[name]) for name, now in model.state_dict().items())
    (used,) = run(optimizer, scheduler, 2)[1]
    assert used == pytest.approx(0.09 * late.get("lr_scale", 1.0), rel=1e-7)  # of float32


def test_a_group_in_the_place_of_one_like_it_has_its_own_base() -> None:
    """Even where it has the very number that was written there, and a weight of the same value."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    scheduler = Scheduler(optimizer, "linear", total=10)
    run(optimizer, scheduler, 5)
    (old,) = optimizer.param_groups
    optimizer.param_groups.clear()
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": old["lr"]})
    scheduler.step()
    assert scheduler.base_lrs == [0.05]
    assert rates_of(optimizer) == [pytest.approx(0.4 * 0.05)]


def test_a_group_that_is_replaced_by_its_copy_goes_on() -> None:
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    run(optimizer, scheduler, 5)
    optimizer.param_groups[0] = dict(optimizer.param_groups[0])
    assert run(optimizer, scheduler, 2) == [
        [pytest.approx(ramp(5, 0.1))],
        [pytest.approx(ramp(6, 0.1))],
    ]


def test_a_group_may_hold_a_tensor_that_does_not_compare() -> None:
    optimizer = optimizer_of(0.1)
    optimizer.param_groups[0]["mask"] = torch.ones(2)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    run(optimizer, scheduler, 5)
    optimizer.param_groups[0] = {**optimizer.param_groups[0], "mask": torch.zeros(2)}
    assert run(optimizer, scheduler, 2)[1] == [pytest.approx(ramp(6, 0.1))]


def test_an_optimizers_state_has_no_mark_of_a_rate_that_nothing_drives() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(3))], lr=0.1, momentum=0.5)
    Scheduler(optimizer, {"momentum": "linear"}, total=10)
    (group,) = optimizer.state_dict()["param_groups"]
    assert (group["lr"], "scheduled_lr" in group) == (0.1, False)


def test_an_optimizers_state_does_not_change_after_it_is_taken() -> None:
    optimizer = optimizer_of(0.1, 0.1)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    run(optimizer, scheduler, 6)
    state = optimizer.state_dict()
    before = json.dumps(state["param_groups"])
    run(optimizer, scheduler, 2)
    assert json.dumps(state["param_groups"]) == before
    assert state["param_groups"][0]["scheduled_lr"] == state["param_groups"][0]["lr"]
    fresh = optimizer_of(0.1, 0.1)
    fresh.load_state_dict(state)
    assert Scheduler(fresh, RAMP, total=10).base_lrs == [0.1, 0.1]


@pytest.mark.parametrize(
    "again", [lambda o: o, copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))]
)
def test_a_scheduler_made_in_the_middle_finds_the_base_rates(again) -> None:
    """Pytorch's issue 119168, of the optimizer itself and not of its state."""
    optimizer = optimizer_of(0.1, 0.1)
    first = Scheduler(optimizer, RAMP, total=10)
    run(optimizer, first, 7)
    assert Scheduler(again(optimizer), RAMP, total=10).base_lrs == [0.1, 0.1]


@pytest.mark.parametrize("rates", [(5e305,), (5e305, 1.0)])
def test_a_rate_that_is_not_finite_stops_the_run(rates) -> None:
    scheduler = Scheduler(optimizer_of(*rates), "1000 * warmup(4)", total=10)
    scheduler.step()
    with pytest.raises(lrdsl.LrdslError, match="the rate is not finite at t = 2"):
        scheduler.step()


def test_what_others_look_at_follows_the_clock() -> None:
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    run(optimizer, scheduler, 3)
    scheduler._step_count += 1  # accelerate, while gradients accumulate
    assert (scheduler._step_count, scheduler._last_lr) == (4, rates_of(optimizer))


# --- a plan on tensors ----------------------------------------------------------------------------


@pytest.mark.parametrize("lr", [Fraction(1, 10), Decimal("0.1"), 0.1])
def test_a_base_rate_beside_a_tensor_is_a_number_of_any_kind(lr) -> None:
    plan = lrdsl.compile("linear(end=1e-3)", total=10)
    assert value(plan, torch.tensor([0, 5]), lr).tolist() == plan([0, 5], 0.1).tolist()


@pytest.mark.parametrize("lr", ["0.1", b"0.1", 1j, None, [0.1], Decimal("nan")])
def test_a_base_rate_beside_a_tensor_is_a_number(lr) -> None:
    with pytest.raises(lrdsl.LrdslError, match="lr is a finite number, not "):
        value(lrdsl.compile("linear", total=10), torch.tensor(5), lr)
