"""The torch scheduler, on real optimizers: the rates it writes, copies, plans on tensors."""

import copy
import math
import pickle
import warnings
from decimal import Decimal
from fractions import Fraction

import pytest
import torch
from torch.optim.lr_scheduler import LRScheduler
from training import FLOORED, MISSION, RAMP, optimizer_of, ramp, rates_of, saved, train

import lrdsl
from lrdsl.torch import Plateau, Scheduler, value

# --- rates ----------------------------------------------------------------------------------------


def test_it_is_a_torch_scheduler() -> None:
    assert isinstance(Scheduler(optimizer_of(0.1), "linear", total=10), LRScheduler)


def test_every_update_uses_the_value_of_its_number() -> None:
    optimizer = optimizer_of(0.1)
    used = train(optimizer, Scheduler(optimizer, RAMP, total=10), 10)
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
    used = [rates[0] for rates in train(optimizer, scheduler, 30)]
    assert used == pytest.approx([ramp(k / 3, 0.1) for k in range(30)], abs=1e-16)


def test_the_rates_are_those_of_the_plan_to_the_last_bit() -> None:
    plan = lrdsl.compile(MISSION, total="145ep")
    optimizer = optimizer_of(0.1)
    used = [rates[0] for rates in train(optimizer, Scheduler(optimizer, plan), 145)]
    assert used == [plan(k, 0.1) for k in range(145)]


def test_after_the_run_the_last_value_is_held() -> None:
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, "linear(end=0.25*lr)", total=10)
    train(optimizer, scheduler, 25)
    assert scheduler.get_last_lr() == [0.025]


def test_groups_keep_their_ratio() -> None:
    optimizer = optimizer_of(0.1, 0.025)
    scheduler = Scheduler(optimizer, MISSION.replace("1e-5", "1e-3*lr"), total=145)
    used = train(optimizer, scheduler, 145)
    assert [large / small for large, small in used] == pytest.approx([4.0] * 145, rel=1e-15)
    assert all(small > 0 for _, small in used)


def test_a_program_that_is_not_affine_is_evaluated_for_every_base() -> None:
    optimizer = optimizer_of(0.1, 0.01)
    scheduler = Scheduler(optimizer, FLOORED, total=20)
    assert not scheduler.plan.is_affine

    def by_hand(k: int, base: float) -> float:
        u = (k - 4) / 16
        return max(base * k / 4 if k < 4 else base * (1 + math.cos(math.pi * u)) / 2, 0.02)

    used = train(optimizer, scheduler, 20)
    assert [large for large, _ in used] == pytest.approx([by_hand(k, 0.1) for k in range(20)])
    assert [small for _, small in used] == [0.02] * 20


def test_a_group_that_comes_later_brings_its_own_base() -> None:
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    train(optimizer, scheduler, 6)
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
    train(optimizer, scheduler, 3)
    assert scheduler.value(8) == pytest.approx([ramp(8, 0.1), ramp(8, 0.2)])
    assert scheduler.value() == scheduler.get_lr() == scheduler.get_last_lr() == rates_of(optimizer)
    assert rates_of(optimizer) == pytest.approx([ramp(3, 0.1), ramp(3, 0.2)])


def test_stepping_to_a_tick_is_stepping_there_one_by_one() -> None:
    one, other = optimizer_of(0.1), optimizer_of(0.1)
    there, jump = Scheduler(one, RAMP, total=10), Scheduler(other, RAMP, total=10)
    train(one, there, 7)
    jump.step(7)
    assert rates_of(other) == rates_of(one)
    assert jump.state_dict() == there.state_dict()


def test_a_plain_loop_warns_of_nothing() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        optimizer = optimizer_of(0.1, kind=torch.optim.AdamW)
        scheduler = Scheduler(optimizer, RAMP, total=10)
        train(optimizer, scheduler, 3)
        scheduler.load_state_dict(saved(scheduler.state_dict()))
        train(optimizer, scheduler, 3)
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
        (used,) = train(optimizer, scheduler, 1)
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
    train(optimizer, scheduler, 40)
    twin = again(scheduler)
    assert train(twin.optimizer, twin, 60) == train(optimizer, scheduler, 60)
    train(twin.optimizer, twin, 3)
    assert (scheduler.last_epoch, twin.last_epoch) == (100, 103)


# --- a plan on tensors ----------------------------------------------------------------------------


@pytest.mark.parametrize("lr", [Fraction(1, 10), Decimal("0.1"), 0.1])
def test_a_base_rate_beside_a_tensor_is_a_number_of_any_kind(lr) -> None:
    plan = lrdsl.compile("linear(end=1e-3)", total=10)
    assert value(plan, torch.tensor([0, 5]), lr).tolist() == plan([0, 5], 0.1).tolist()


def test_two_numbers_beside_a_tensor_overflow_as_tensors_do() -> None:
    """The share of the third cycle is 1e400, which is more than the 0.5 that it is held to."""
    plan = lrdsl.compile("min(cosine(10) * restarts(decay=1e200, limit=3), 0.5)", total=25)
    ticks = torch.tensor([5.0, 25.0, 30.0])
    assert value(plan, ticks).tolist() == plan([5, 25, 30]).tolist() == [0.5, 0.5, 0.5]


@pytest.mark.parametrize("lr", ["0.1", b"0.1", 1j, None, [0.1], Decimal("nan")])
def test_a_base_rate_beside_a_tensor_is_a_number(lr) -> None:
    with pytest.raises(lrdsl.LrdslError, match="lr is a finite number, not "):
        value(lrdsl.compile("linear", total=10), torch.tensor(5), lr)
