"""Groups that are alike, which the torch scheduler writes at once."""

import copy
import json
import pickle
import random
from itertools import product

import pytest
import torch
from torch.optim.lr_scheduler import SequentialLR, StepLR
from training import FLOORED, MISSION, RAMP, optimizer_of, ramp, rates_of, train

import lrdsl
from lrdsl.torch import Scheduler


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
    assert train(one.optimizer, one, 150) == train(other.optimizer, other, 150)


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
    train(scheduler.optimizer, scheduler, 10)
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
        train(optimizer, scheduler, 10)
        return used

    optimizer, scheduler = fresh()
    train(optimizer, scheduler, 3)
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
    train(optimizer, scheduler, 2)
    held = torch.tensor(0.05, dtype=torch.float64)
    optimizer.param_groups[0]["lr"] = held
    train(optimizer, scheduler, 3)
    assert optimizer.param_groups[0]["lr"] is held
    assert rates_of(optimizer) == [scheduler.plan(5, base) for base in bases]


def test_another_number_in_the_place_of_a_rate_lasts_for_its_update() -> None:
    optimizer = optimizer_of(0.1, 0.1)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    train(optimizer, scheduler, 3)
    optimizer.param_groups[0]["lr"] = 7.0
    assert train(optimizer, scheduler, 2) == [[7.0, scheduler.plan(3, 0.1)], scheduler.value(4)]


def test_a_scheduler_whose_turn_is_over_writes_no_scale() -> None:
    optimizer = optimizer_of(0.1)
    first = Scheduler(optimizer, "hold", total=2)
    after = StepLR(optimizer, 1, gamma=0.5)
    train(optimizer, SequentialLR(optimizer, [first, after], [2]), 3)
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
    (used,) = train(optimizer, scheduler, 2)[1]
    assert used == pytest.approx(0.09 * late.get("lr_scale", 1.0), rel=1e-7)  # of float32


def test_a_group_in_the_place_of_one_like_it_has_its_own_base() -> None:
    """Even where it has the very number that was written there, and a weight of the same value."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)
    scheduler = Scheduler(optimizer, "linear", total=10)
    train(optimizer, scheduler, 5)
    (old,) = optimizer.param_groups
    optimizer.param_groups.clear()
    optimizer.add_param_group({"params": [torch.nn.Parameter(torch.ones(1))], "lr": old["lr"]})
    scheduler.step()
    assert scheduler.base_lrs == [0.05]
    assert rates_of(optimizer) == [pytest.approx(0.4 * 0.05)]


def test_a_group_that_is_replaced_by_its_copy_goes_on() -> None:
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    train(optimizer, scheduler, 5)
    optimizer.param_groups[0] = dict(optimizer.param_groups[0])
    assert train(optimizer, scheduler, 2) == [
        [pytest.approx(ramp(5, 0.1))],
        [pytest.approx(ramp(6, 0.1))],
    ]


def test_a_group_may_hold_a_tensor_that_does_not_compare() -> None:
    optimizer = optimizer_of(0.1)
    optimizer.param_groups[0]["mask"] = torch.ones(2)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    train(optimizer, scheduler, 5)
    optimizer.param_groups[0] = {**optimizer.param_groups[0], "mask": torch.zeros(2)}
    assert train(optimizer, scheduler, 2)[1] == [pytest.approx(ramp(6, 0.1))]


def test_an_optimizers_state_has_no_mark_of_a_rate_that_nothing_drives() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(3))], lr=0.1, momentum=0.5)
    Scheduler(optimizer, {"momentum": "linear"}, total=10)
    (group,) = optimizer.state_dict()["param_groups"]
    assert (group["lr"], "scheduled_lr" in group) == (0.1, False)


def test_an_optimizers_state_does_not_change_after_it_is_taken() -> None:
    optimizer = optimizer_of(0.1, 0.1)
    scheduler = Scheduler(optimizer, RAMP, total=10)
    train(optimizer, scheduler, 6)
    state = optimizer.state_dict()
    before = json.dumps(state["param_groups"])
    train(optimizer, scheduler, 2)
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
    train(optimizer, first, 7)
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
    train(optimizer, scheduler, 3)
    scheduler._step_count += 1  # accelerate, while gradients accumulate
    assert (scheduler._step_count, scheduler._last_lr) == (4, rates_of(optimizer))
