"""What other schedulers got wrong, one test each, by the names under which users reported it.

The public reports stand beside each test. Where torch 2.13 still shows the behaviour and a line can
show it, the test shows that too: the day torch is mended, we will know.
"""

import copy
import gc
import json
import pickle
import warnings
import weakref

import pytest
import torch
from torch.optim import lr_scheduler as torch_schedulers
from torch.optim.lr_scheduler import LRScheduler
from training import optimizer_of, parameter, rates_of, saved, train

import lrdsl
from lrdsl.torch import Scheduler, value

NOISY = "(warmup(5, 1e-5) >> tanh(-6, 4) * restarts(t_mul=2, decay=0.5, limit=3)) + noise(0.67)"
PLAIN = "warmup(4) >> cosine(end=0.01*lr)"


# --- resuming -------------------------------------------------------------------------------------


@pytest.mark.parametrize("through", [saved, copy.deepcopy, lambda s: json.loads(json.dumps(s))])
@pytest.mark.parametrize("program", [NOISY, PLAIN])
def test_resume_matches_uninterrupted(program, through):
    """pytorch#60265, #162591; transformers#34053; Lightning#4655."""

    def fresh():
        optimizer = optimizer_of(0.1, 0.02, kind=torch.optim.AdamW)
        return optimizer, Scheduler(optimizer, program, total=60)

    optimizer, scheduler = fresh()
    states, used = [], []
    for _ in range(60):
        states.append(scheduler.state_dict())
        used += train(optimizer, scheduler, 1)
    for k, state in enumerate(states):
        optimizer, scheduler = fresh()
        scheduler.load_state_dict(through(state))
        assert train(optimizer, scheduler, 60 - k) == used[k:]


def test_resume_without_optimizer_state():
    """pytorch#29697; torchtitan#4598: torch reports a rate that is not in force."""
    optimizer = optimizer_of(1.0)
    scheduler = Scheduler(optimizer, PLAIN, total=20)
    train(optimizer, scheduler, 12)
    fresh = optimizer_of(1.0)
    Scheduler(fresh, PLAIN, total=20).load_state_dict(scheduler.state_dict())
    assert rates_of(fresh) == rates_of(optimizer)

    theirs = torch_schedulers.ExponentialLR(optimizer_of(1.0), 0.5)
    theirs.optimizer.step()
    theirs.step()
    again = torch_schedulers.ExponentialLR(optimizer_of(1.0), 0.5)
    again.load_state_dict(theirs.state_dict())
    assert again.get_last_lr() == [0.5] != rates_of(again.optimizer)


@pytest.mark.parametrize("keep", ["all", "no initial_lr", "no record"])
@pytest.mark.parametrize(
    "order", ["optimizer, scheduler", "scheduler, optimizer", "load before construction", "neither"]
)
def test_load_order_irrelevant(order, keep):
    """pytorch#119168; torch-points3d#630."""
    optimizer = optimizer_of(1.0, 0.25)
    scheduler = Scheduler(optimizer, PLAIN, total=20)
    used = train(optimizer, scheduler, 20)
    optimizer = optimizer_of(1.0, 0.25)
    scheduler = Scheduler(optimizer, PLAIN, total=20)
    train(optimizer, scheduler, 9)
    of_optimizer, of_scheduler = saved(optimizer.state_dict()), saved(scheduler.state_dict())
    for group in of_optimizer["param_groups"]:
        if keep != "all":
            del group["initial_lr"]
        if keep == "no record":
            del group["scheduled_lr"]

    optimizer = optimizer_of(1.0, 0.25)
    if order == "load before construction":
        optimizer.load_state_dict(of_optimizer)
        scheduler = Scheduler(optimizer, PLAIN, total=20)
        scheduler.load_state_dict(of_scheduler)
    elif order == "neither":
        scheduler = Scheduler(optimizer, PLAIN, total=20, step=9)
    else:
        scheduler = Scheduler(optimizer, PLAIN, total=20)
        if order == "optimizer, scheduler":
            optimizer.load_state_dict(of_optimizer)
        scheduler.load_state_dict(of_scheduler)
        if order == "scheduler, optimizer":
            optimizer.load_state_dict(of_optimizer)
    assert train(optimizer, scheduler, 11) == used[9:]


def test_construct_at_step_n_fresh_optimizer():
    """pytorch#160626, #140900; speculators#1048: a KeyError for 'initial_lr' in torch."""
    optimizer = optimizer_of(0.5)
    assert rates_of(Scheduler(optimizer, PLAIN, total=20, step=7).optimizer) == pytest.approx(
        [lrdsl.compile(PLAIN, total=20)(7, 0.5)], abs=0
    )
    with pytest.raises(KeyError, match="initial_lr"):
        torch_schedulers.StepLR(optimizer_of(0.5), 3, last_epoch=7)


def test_base_lr_survives_dcp_dropping_initial_lr():
    """pytorch#140900; modalities#315. Restored in place, as distributed checkpoints do."""
    optimizer = optimizer_of(0.5)
    scheduler = Scheduler(optimizer, PLAIN, total=20)
    train(optimizer, scheduler, 7)
    for group in optimizer.param_groups:
        del group["initial_lr"], group["scheduled_lr"]
    assert train(optimizer, scheduler, 1) == [[lrdsl.compile(PLAIN, total=20)(7, 0.5)]]
    assert scheduler.base_lrs == [0.5]


def test_resume_through_distributed_checkpoint(tmp_path):
    """pytorch#140900, with the real torch.distributed.checkpoint."""
    checkpoint = pytest.importorskip("torch.distributed.checkpoint")

    def fresh():
        optimizer = optimizer_of(0.1, kind=torch.optim.AdamW)
        return optimizer, Scheduler(optimizer, NOISY, total=60)

    optimizer, scheduler = fresh()
    used = train(optimizer, scheduler, 60)
    optimizer, scheduler = fresh()
    train(optimizer, scheduler, 33)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that no process group is there
        checkpoint.save({"scheduler": scheduler.state_dict()}, checkpoint_id=tmp_path)
        optimizer, scheduler = fresh()
        held = {"scheduler": scheduler.state_dict()}
        checkpoint.load(held, checkpoint_id=tmp_path)
    scheduler.load_state_dict(held["scheduler"])
    assert train(optimizer, scheduler, 27) == used[33:]


def test_new_base_lr_on_resume_is_explicit():
    """pytorch#156846; Megatron-LM#1138: a changed rate in the config is silently lost."""
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, PLAIN, total=20)
    train(optimizer, scheduler, 7)
    state = scheduler.state_dict()
    fresh = optimizer_of(0.2)
    resumed = Scheduler(fresh, PLAIN, total=20)
    with pytest.raises(lrdsl.LrdslError, match=r"saved lr=0\.1, here lr=0\.2"):
        resumed.load_state_dict(state)
    resumed.load_state_dict(state, on_mismatch="rebind")
    assert rates_of(fresh) == [lrdsl.compile(PLAIN, total=20)(7, 0.2)]
    resumed.load_state_dict(state, on_mismatch="restart")
    assert (resumed.last_epoch, rates_of(fresh)) == (0, [0.0])


def test_resume_no_double_count():
    """slime#1547, miles#1627: a framework that steps as well."""
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, PLAIN, total=20, count_updates=True)
    for _ in range(5):
        optimizer.step()
        scheduler.step()
    assert scheduler.last_epoch == 5
    again = Scheduler(optimizer_of(0.1), PLAIN, total=20, count_updates=True)
    again.load_state_dict(scheduler.state_dict())
    again.step()
    assert again.last_epoch == 5


def test_load_writes_all_targets():
    """Megatron-LM#7468."""
    programs = {"lr": PLAIN, "weight_decay": "0.1 * cosine", "betas[0]": "linear(end=0.5)"}

    def fresh():
        optimizer = optimizer_of(0.1, kind=torch.optim.AdamW, weight_decay=0.3)
        return optimizer, Scheduler(optimizer, programs, total=20)

    optimizer, scheduler = fresh()
    train(optimizer, scheduler, 8)
    state = saved(scheduler.state_dict())
    other, resumed = fresh()
    resumed.load_state_dict(state)
    for option in ("lr", "weight_decay", "betas"):
        assert other.param_groups[0][option] == optimizer.param_groups[0][option]
    assert other.param_groups[0]["weight_decay"] == lrdsl.compile("0.1*cosine", total=20)(8, 0.3)
    assert other.param_groups[0]["betas"] == (pytest.approx(0.9 - 0.4 * 8 / 20), 0.999)


def test_spec_mismatch_detected():
    """CyclicLR pytorch#52911; LambdaLR pytorch PR #9927; pith-train#55."""
    state = Scheduler(optimizer_of(0.1), "warmup(4) >> linear", total=20, step=9).state_dict()
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, PLAIN, total=20)
    before = scheduler.state_dict()
    with pytest.raises(lrdsl.LrdslError) as caught:
        scheduler.load_state_dict(state)
    message = str(caught.value)
    assert "saved warmup(4) >> linear, here warmup(4) >> cosine(end=0.01*lr)" in message
    assert "update 6 is the first that differs" in message
    assert scheduler.state_dict() == before
    scheduler.load_state_dict(state, on_mismatch="rebind")
    assert rates_of(optimizer) == [lrdsl.compile(PLAIN, total=20)(9, 0.1)]

    theirs = torch_schedulers.StepLR(optimizer_of(0.1), 3)
    theirs.load_state_dict(torch_schedulers.ExponentialLR(optimizer_of(0.1), 0.5).state_dict())
    assert theirs.gamma == 0.5, "torch takes it without a word"


def test_a_run_is_extended_knowingly():
    """open_clip#413; NeMo#4472; composer#1384."""
    optimizer = optimizer_of(1.0)
    scheduler = Scheduler(optimizer, "warmup(4) >> linear", total=20)
    train(optimizer, scheduler, 12)
    change = scheduler.extend(36)
    assert (change.past_differs, change.first) == (True, 5)
    assert change.before == (0.5,)
    assert change.after == (0.75,)
    assert rates_of(optimizer) == [0.75]
    assert "would have differed from update 6 on" in str(change)
    assert "0.5 -> 0.75" in str(change)
    held = Scheduler(optimizer_of(1.0), "warmup(4) >> hold", total=20, step=12).extend(40)
    assert (held.first, str(held)) == (None, "no rate changes")


# --- the curve ------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [1, 2, 5])
def test_nesting_is_transparent(depth):
    """pytorch#196243: a SequentialLR in a SequentialLR changes the curve."""
    program = "(" * depth + PLAIN + ")" * depth
    one, other = optimizer_of(0.1), optimizer_of(0.1)
    used = train(one, Scheduler(one, program, total=20), 20)
    assert used == train(other, Scheduler(other, PLAIN, total=20), 20)


def test_milestone_zero_and_empty_segment():
    """pytorch#185872."""
    one, other = optimizer_of(0.1), optimizer_of(0.1)
    used = train(one, Scheduler(one, "hold(0) >> warmup(0) >> cosine", total=20), 20)
    assert used[1:] == train(other, Scheduler(other, "cosine", total=20), 20)[1:]
    assert used[0] == [0.1]


def test_several_constants_in_sequence():
    """pytorch#82684; threestudio#226."""
    optimizer = optimizer_of(0.1)
    program = "hold(3, value=0.1*lr) >> hold(3, value=0.5*lr) >> hold(value=lr)"
    used = train(optimizer, Scheduler(optimizer, program, total=9), 9)
    assert [u for (u,) in used] == pytest.approx([0.01] * 3 + [0.05] * 3 + [0.1] * 3, abs=1e-17)


def test_product_counts_step0():
    """Pytorch PR #63457."""
    optimizer = optimizer_of(0.1)
    used = train(optimizer, Scheduler(optimizer, "warmup(4, 0.2) * cosine(20)", total=20), 1)
    assert used == [[pytest.approx(0.2)]]  # on the left of `*`, 0.2 is a rate


def test_no_rise_after_end():
    """UniRL#223: cosine annealing comes back up after T_max."""
    optimizer = optimizer_of(0.1)
    used = train(optimizer, Scheduler(optimizer, "cosine(10)", total=10), 30)
    assert used[10:] == [[0.0]] * 20
    theirs = optimizer_of(0.1)
    assert train(theirs, torch_schedulers.CosineAnnealingLR(theirs, 10), 20)[19][0] > 0.09


def test_exact_last_value_and_no_extra_step():
    """pytorch#91765; PiFold#6; GrowSP#11."""
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, "cosine(end=0.001, grid=both)", total=10)
    used = train(optimizer, scheduler, 15)
    assert used[9:] == [[0.001]] * 6
    theirs = optimizer_of(0.1)
    cycle = torch_schedulers.OneCycleLR(theirs, 0.1, total_steps=10)
    with pytest.raises(ValueError, match="Tried to step"):
        train(theirs, cycle, 12)


@pytest.mark.parametrize("length", [0, 1])
def test_warmup_zero_length_and_warmup_one(length):
    """DeepSpeed#771; fairseq#1341; pytorch#193682."""
    optimizer = optimizer_of(0.1)
    used = train(optimizer, Scheduler(optimizer, f"warmup({length}) >> hold", total=5), 5)
    assert used == [[0.0]] * length + [[0.1]] * (5 - length)


@pytest.mark.parametrize(
    ("program", "named"),
    [
        ("cosine(-1)", "over"),
        ("step(every=0, factor=0.1)", "every"),
        ("exponential(every=1, factor=0)", "factor"),
        ("poly(10, power=-2)", "power"),
    ],
)
def test_bad_args_at_construction(program, named):
    """pytorch#194712, #185006, PR #189374: they crash mid-run, or train at a third of the rate."""
    with pytest.raises(lrdsl.LrdslError, match=named):
        Scheduler(optimizer_of(0.1), program, total=20)


@pytest.mark.parametrize("program", [PLAIN, NOISY, "step(every=7, factor=0.9)"])
def test_closed_form_equals_stepping(program):
    """pytorch#68332, #40971."""
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, program, total=500)
    assert [scheduler.value(k) for k in range(500)] == train(optimizer, scheduler, 500)


def test_a_float32_tensor_rate_does_not_drift():
    """Torch's recursion on a float32 rate is off by 1.7e-3 after 100,000 steps."""
    rate = torch.tensor(0.1)
    optimizer = torch.optim.SGD([parameter()], lr=rate)
    scheduler = Scheduler(optimizer, "exponential(every=1000, factor=0.99)", total=1_000_000)
    scheduler.set_step(999_990)
    for _ in range(9):
        scheduler.step()
    exact = 0.1 * 0.99 ** (999_999 / 1000)
    assert float(rate) == pytest.approx(exact, rel=2**-24)  # one rounding to float32


def test_read_is_pure():
    """pytorch#49885: get_lr outside of step applies the recursion twice."""
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, PLAIN, total=20)
    train(optimizer, scheduler, 5)
    before = (scheduler.state_dict(), rates_of(optimizer))
    assert scheduler.get_lr() == scheduler.get_lr() == scheduler.value(5) == before[1]
    scheduler.value(17)
    assert (scheduler.state_dict(), rates_of(optimizer)) == before


def test_jump_is_exact_and_silent():
    """pytorch#31828; pytorch_warmup#5."""
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, NOISY, total=60)
    plan = lrdsl.compile(NOISY, total=60)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for k in (30, 2, 59, 0, 100, 31):
            scheduler.set_step(k)
            assert rates_of(optimizer) == [plan(k, 0.1)]


def test_restarts_fractional():
    """pytorch#95122, #52236."""
    for t_mul in ("1.5", "0.5"):
        program = f"cosine(8) * restarts(t_mul={t_mul}, limit=4)"
        plan = lrdsl.compile(program, total=100)
        optimizer = optimizer_of(0.1)
        assert train(optimizer, Scheduler(optimizer, program, total=100), 50) == [
            [plan(k, 0.1)] for k in range(50)
        ]
        assert plan(8, 0.1) == 0.1


# --- tensors and compilers ------------------------------------------------------------------------


def test_history_not_aliased():
    """pytorch#163103; DeepSpeed#8528."""
    rate = torch.tensor(0.1)
    optimizer = torch.optim.SGD([parameter()], lr=rate)
    scheduler = Scheduler(optimizer, PLAIN, total=20)
    history = []
    for _ in range(6):
        history.append(scheduler.get_last_lr())
        optimizer.step()
        scheduler.step()
    assert len({h[0] for h in history}) > 3
    history[-1][0] = 99.0
    scheduler.base_lrs[0] = 99.0
    scheduler.value()[0] = 99.0
    assert scheduler.get_last_lr() == pytest.approx(scheduler.value(6), rel=2**-23)
    assert scheduler.base_lrs == [pytest.approx(0.1)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_tensor_lr_in_place(dtype):
    """pytorch#130467, #133898; tutorials#2874."""
    rate = torch.tensor(0.1, dtype=dtype)
    optimizer = torch.optim.Adam([parameter()], lr=rate, capturable=False, foreach=False)
    betas = optimizer.param_groups[0]["betas"]
    scheduler = Scheduler(optimizer, PLAIN, total=20)
    for k in range(20):
        assert optimizer.param_groups[0]["lr"] is rate
        assert rate.dtype == dtype
        assert float(rate) == pytest.approx(scheduler.value(k)[0], rel=2**-23, abs=0)
        scheduler.step()
    assert optimizer.param_groups[0]["betas"] is betas


# torch._dynamo itself touches the deprecated torch.jit
@pytest.mark.filterwarnings("ignore:`torch.jit.*is deprecated:DeprecationWarning")
def test_no_recompile():
    """pytorch#120934, #163093."""
    optimizer = torch.optim.SGD([parameter()], lr=torch.tensor(0.1))
    scheduler = Scheduler(optimizer, NOISY, total=1000)
    compilations = []

    def backend(graph, inputs):
        compilations.append(graph)
        return graph.forward

    torch._dynamo.reset()
    update = torch.compile(optimizer.step, backend=backend)
    counts = []
    for _ in range(1000):
        update()
        scheduler.step()
        counts.append(len(compilations))
    torch._dynamo.reset()
    assert counts[2] > 0, "something was compiled"
    assert counts[2] == counts[-1]


def test_wrapped_step_ok():
    """torchtune#2681, #2931: torch's schedulers want `__func__` of optimizer.step."""
    import functools

    optimizer = optimizer_of(0.1)
    optimizer.step = functools.partial(optimizer.step)
    held = optimizer.step
    scheduler = Scheduler(optimizer, PLAIN, total=20)
    assert train(optimizer, scheduler, 3)
    assert optimizer.step is held
    with pytest.raises(AttributeError, match="__func__"):
        torch_schedulers.StepLR(optimizer, 3)


@pytest.mark.parametrize(
    "program",
    [
        PLAIN,
        NOISY,
        "max(cosine, 0.02)",
        "min(cosine, 2*linear)",
        "max(cosine, linear)",
        "step(every=2.4, factor=.5)",
    ],
)
def test_a_plan_evaluates_on_tensors(program):
    plan = lrdsl.compile(program, total=200)
    steps = torch.arange(210)
    ours = value(plan, steps, 0.1)
    assert ours.dtype == torch.float64
    expected = torch.from_numpy(plan(steps.numpy(), 0.1))
    # cos and tanh of the two libraries differ in the last bit
    assert torch.allclose(ours, expected, rtol=0, atol=4 * 2**-52 * 0.2)
    rates = torch.tensor([[0.1], [0.2]])
    assert value(plan, steps, rates).shape == (2, 210)
    traced = torch.compile(lambda s: value(plan, s, 0.1), fullgraph=True, backend="eager")
    assert torch.equal(traced(steps), ours)


@pytest.mark.parametrize("fused", [False, True])
def test_a_compiled_update_uses_the_rate_of_its_step(fused):
    """A tensor rate in a fused optimizer: the weights say which rate each update used."""
    rate = torch.tensor(0.1)
    weight = parameter(1)
    optimizer = torch.optim.SGD([weight], lr=rate, fused=fused)
    scheduler = Scheduler(optimizer, PLAIN, total=20)
    plan = lrdsl.compile(PLAIN, total=20)
    for k in range(20):
        before = weight.detach().clone()
        optimizer.step()  # the gradient is 1
        scheduler.step()
        moved = float(before - weight.detach())
        assert moved == pytest.approx(plan(k, 0.1), abs=2e-7)  # of a float32 weight near 1


def test_evaluation_on_tensors_asks_the_device_for_nothing():
    """A fake tensor has no data: whatever would wait for it raises."""
    from torch.fx.experimental.proxy_tensor import make_fx
    from torch.fx.experimental.symbolic_shapes import GuardOnDataDependentSymNode

    plan = lrdsl.compile(NOISY, total=200)
    fake = {"tracing_mode": "fake", "_allow_non_fake_inputs": True}  # the tables are real
    graph = make_fx(lambda s: value(plan, s, 0.1), **fake)(torch.tensor(3))
    assert float(graph(torch.tensor(7))) == plan(7, 0.1)
    with pytest.raises(GuardOnDataDependentSymNode):
        make_fx(lambda s: plan(float(s.item()), 0.1), **fake)(torch.tensor(3))


@pytest.mark.filterwarnings("ignore:`torch.jit.*is deprecated:DeprecationWarning")
def test_tables_are_not_made_while_compiling():
    plan = lrdsl.compile("linear(180, start=0.9*lr)", total=200)  # of no other test: prepared here
    traced = torch.compile(lambda s: value(plan, s, 0.1), fullgraph=True, backend="eager")
    with pytest.raises(RuntimeError, match="before compiling"):
        traced(torch.arange(5))


def test_noise_on_tensors_needs_a_total():
    plan = lrdsl.compile("hold + noise(0.1)", tick="st")
    with pytest.raises(lrdsl.LrdslError, match="no total"):
        value(plan, torch.tensor(3))


def test_a_step_tensor_is_right_beyond_2_to_the_24():
    plan = lrdsl.compile("cosine", total=2**40)
    for k in (2**24 + 1, 2**31 + 1, 2**39 + 1):
        assert float(value(plan, torch.tensor(k))) == plan(k)


# --- the loop -------------------------------------------------------------------------------------


@pytest.mark.parametrize("scaled", [False, True])
def test_no_spurious_warnings(scaled):
    """pytorch#44511, #76113; Lightning PR #16228."""
    optimizer = optimizer_of(0.1)
    scaler = torch.amp.GradScaler("cpu", enabled=scaled)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scheduler = Scheduler(optimizer, PLAIN, total=20)
        for k in range(5):
            weight = optimizer.param_groups[0]["params"][0]
            optimizer.zero_grad()
            loss = (weight * (float("inf") if k == 0 else 1.0)).sum()  # the first is skipped
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            scheduler.step()
    assert scheduler.last_epoch == 5


@pytest.mark.parametrize("fused", [False, True])
def test_skipped_update_does_not_advance(fused):
    """Lightning PR #16228; pytorch#67590."""
    optimizer = torch.optim.Adam([parameter()], lr=0.1, fused=fused)
    scheduler = Scheduler(optimizer, PLAIN, total=20, count_updates=True)
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0)
    counted = []
    for k in range(6):
        weight = optimizer.param_groups[0]["params"][0]
        optimizer.zero_grad()
        scaler.scale((weight * (float("inf") if k in (0, 3) else 1.0)).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        counted.append(scheduler.last_epoch)
    assert counted == [0, 1, 2, 2, 3, 4]


def test_logged_equals_used():
    """transformers#35942."""
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, PLAIN, total=20)
    assert scheduler.last_used() is None
    for _ in range(20):
        used = rates_of(optimizer)
        optimizer.step()
        scheduler.step()
        assert scheduler.last_used() == used
        assert scheduler.next() == rates_of(optimizer)


def test_accelerate_num_processes():
    """accelerate#2926, #2142: the wrapper steps once per process; counting updates is immune."""
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, PLAIN, total=20, count_updates=True)
    used = []
    for _ in range(20):
        used.append(rates_of(optimizer))
        optimizer.step()
        for _process in range(4):
            scheduler.step()
    plan = lrdsl.compile(PLAIN, total=20)
    assert used == [[plan(k, 0.1)] for k in range(20)]


# --- groups ---------------------------------------------------------------------------------------


def test_group_added_later():
    """pytorch#79888, #104361; transformers#20029."""
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, PLAIN, total=20)
    plan = lrdsl.compile(PLAIN, total=20)
    train(optimizer, scheduler, 6)
    optimizer.add_param_group({"params": [parameter()], "lr": 0.5})
    optimizer.step()  # at once: this update uses the scheduled rate already
    assert rates_of(optimizer) == [plan(6, 0.1), plan(6, 0.5)]
    scheduler.step()
    assert rates_of(optimizer) == [plan(7, 0.1), plan(7, 0.5)]
    assert scheduler.base_lrs == [0.1, 0.5]
    assert len(scheduler.state_dict()["base"]) == 2


def test_groups_matched_by_identity():
    """Reordering or removing groups does not swap their schedules."""
    optimizer = optimizer_of(0.1, 0.2, 0.4)
    scheduler = Scheduler(optimizer, PLAIN, total=20)
    train(optimizer, scheduler, 3)
    optimizer.param_groups.reverse()
    scheduler.step()
    plan = lrdsl.compile(PLAIN, total=20)
    assert rates_of(optimizer) == [plan(4, 0.4), plan(4, 0.2), plan(4, 0.1)]
    del optimizer.param_groups[1]
    scheduler.step()
    assert rates_of(optimizer) == [plan(5, 0.4), plan(5, 0.1)]


def test_group_ratios_kept():
    """Lightning#4983; katsura-jp#14; flair#2641; pillar-finetune#6."""
    optimizer = optimizer_of(1.0, 0.1)
    used = train(optimizer, Scheduler(optimizer, "warmup(4) >> cosine(end=lr/100)", total=20), 20)
    assert [large / small for large, small in used[1:]] == pytest.approx([10.0] * 19, rel=1e-15)
    theirs = optimizer_of(1.0, 0.1)
    flat = train(theirs, torch_schedulers.OneCycleLR(theirs, 1.0, total_steps=20), 10)[9]
    assert flat[0] == flat[1]


def test_lr_scale_is_honoured():
    """timm#2532; mae#216: layer decay is lost under torch's schedulers."""
    optimizer = optimizer_of(0.1, 0.1)
    optimizer.param_groups[1]["lr_scale"] = 0.25
    scheduler = Scheduler(optimizer, PLAIN, total=20)
    train(optimizer, scheduler, 9)
    one, scaled = rates_of(optimizer)
    assert scaled == 0.25 * one > 0
    assert scheduler.base_lrs == [0.1, 0.1]


def test_programs_by_group_name():
    optimizer = torch.optim.SGD(
        [
            {"params": [parameter()], "lr": 0.1, "name": "backbone.low"},
            {"params": [parameter()], "lr": 0.1, "name": "backbone.high"},
            {"params": [parameter()], "lr": 0.3, "name": "head"},
        ],
        momentum=0.9,
    )
    groups = {r"backbone\..*": "0.5*linear", "head": {"lr": "hold", "momentum": "linear(end=0.5)"}}
    scheduler = Scheduler(optimizer, PLAIN, groups=groups, total=10)
    train(optimizer, scheduler, 5)
    assert rates_of(optimizer) == [0.025, 0.025, 0.3]
    assert [g["momentum"] for g in optimizer.param_groups] == [0.9, 0.9, pytest.approx(0.7)]
    state = saved(scheduler.state_dict())
    assert state["program"]["groups"]["head"] == {"lr": "hold", "momentum": "linear(end=0.5)"}
    scheduler.load_state_dict(state)


def test_a_name_that_no_group_has_is_said():
    with pytest.warns(UserWarning, match="'haed' is the name of no parameter group"):
        Scheduler(optimizer_of(0.1), PLAIN, groups={"haed": "hold"}, total=10)


@pytest.mark.parametrize("first", ["optimizer", "scheduler"])
def test_the_step_of_a_distributed_checkpoint_is_no_update(first):
    """Torch makes a step with rates of 0 where a fresh optimizer has no state yet."""
    checkpoint = pytest.importorskip("torch.distributed.checkpoint.state_dict")

    def fresh():
        model = torch.nn.Linear(2, 1)
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
        return model, optimizer, Scheduler(optimizer, PLAIN, total=20, count_updates=True)

    def graded(model):  # where there are gradients, torch makes no step of its own
        for weight in model.parameters():
            weight.grad = torch.ones_like(weight)

    model, optimizer, scheduler = fresh()
    graded(model)
    for _ in range(7):
        optimizer.step()
    saved = checkpoint.get_optimizer_state_dict(model, optimizer)
    state = scheduler.state_dict()
    model, optimizer, scheduler = fresh()
    weights = [weight.clone() for weight in model.parameters()]
    if first == "scheduler":
        scheduler.load_state_dict(state)
    checkpoint.set_optimizer_state_dict(model, optimizer, saved)
    if first == "optimizer":
        scheduler.load_state_dict(state)
    assert scheduler.last_epoch == 7
    assert all(map(torch.equal, weights, model.parameters()))
    graded(model)
    optimizer.step()
    assert rates_of(optimizer) == [lrdsl.compile(PLAIN, total=20)(8, 0.1)]


def test_survives_optimizer_load_state_dict():
    """ignite#690; apex#766: no cached group dicts."""
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, PLAIN, total=20)
    train(optimizer, scheduler, 4)
    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    scheduler.step()
    assert rates_of(optimizer) == scheduler.value(5)


def test_two_schedulers_one_optimizer():
    """pytorch#21965: the second one's base is what you wrote, not the first one's initial_lr."""
    optimizer = optimizer_of(0.1)
    first = Scheduler(optimizer, "cosine", total=10)
    train(optimizer, first, 10)
    optimizer.param_groups[0]["lr"] = 0.02
    assert Scheduler(optimizer, "cosine", total=10).base_lrs == [0.02]
    theirs = optimizer_of(0.1)
    torch_schedulers.StepLR(theirs, 3)
    theirs.param_groups[0]["lr"] = 0.02
    assert Scheduler(theirs, "cosine", total=10).base_lrs == [0.02]


# --- the object -----------------------------------------------------------------------------------


def test_state_is_json():
    """pytorch#98921, PR #123775; nerfstudio#3702; deepmd-kit#4147."""
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, NOISY, total=60)
    train(optimizer, scheduler, 7)
    state = scheduler.state_dict()
    assert json.loads(json.dumps(state)) == state == saved(state)
    assert len(json.dumps(state)) < 300


def test_object_pickles_and_deepcopies():
    """transformers#21689; pytorch#94450."""
    optimizer = optimizer_of(0.1, 0.2)
    scheduler = Scheduler(optimizer, NOISY, total=60, count_updates=True)
    train(optimizer, scheduler, 7)
    expected = train(*(lambda s: (s.optimizer, s))(copy.deepcopy(scheduler)), 20)
    twin = pickle.loads(pickle.dumps(scheduler))
    assert train(twin.optimizer, twin, 20) == expected == train(optimizer, scheduler, 20)


def test_load_does_not_mutate_input():
    scheduler = Scheduler(optimizer_of(0.1), PLAIN, total=20)
    state = scheduler.state_dict()
    before = copy.deepcopy(state)
    scheduler.load_state_dict(state)
    scheduler.step()
    assert state == before


@pytest.mark.parametrize("counting", [False, True])
def test_no_ref_cycle(counting):
    """pytorch#25605, #85410, PR #85462."""
    gc.collect()
    gc.disable()
    try:
        optimizer = optimizer_of(0.1)
        scheduler = Scheduler(optimizer, PLAIN, total=20, count_updates=counting)
        train(optimizer, scheduler, 2)
        dead = [weakref.ref(optimizer), weakref.ref(scheduler)]
        del optimizer, scheduler
        assert [r() for r in dead] == [None, None]
    finally:
        gc.enable()


def test_a_dropped_scheduler_takes_its_hook_along():
    optimizer = optimizer_of(0.1)
    Scheduler(optimizer, PLAIN, total=20, count_updates=True)
    gc.collect()
    optimizer.step()
    assert not optimizer._optimizer_step_post_hooks


def test_is_LRScheduler_like():
    """pytorch#21981, #50715; Lightning#10278."""
    optimizer = optimizer_of(0.1)
    scheduler = Scheduler(optimizer, PLAIN, total=20)
    assert isinstance(scheduler, LRScheduler)
    assert scheduler.optimizer is optimizer
    assert scheduler.get_last_lr() == [0.0]
    assert (scheduler.last_epoch, scheduler.base_lrs) == (0, [0.1])
    assert "step" not in optimizer.__dict__, "optimizer.step is not wrapped"


def test_integer_lr_ok():
    """tensorflow#45261."""
    optimizer = optimizer_of(1)
    used = train(optimizer, Scheduler(optimizer, "linear", total=4), 4)
    assert used == [[1.0], [0.75], [0.5], [0.25]]


def test_torchs_sequence_takes_ours():
    """As its first part and as a later one; though `>>` says it better."""
    optimizer = optimizer_of(0.1)
    ramp = torch_schedulers.LinearLR(optimizer, 0.5, total_iters=4)
    ours = Scheduler(optimizer, "cosine", total=10, base=0.1)
    both = torch_schedulers.SequentialLR(optimizer, [ramp, ours], [4])
    plan = lrdsl.compile("cosine", total=10)
    expected = [0.1 * (0.5 + 0.5 * k / 4) for k in range(4)] + [plan(k, 0.1) for k in range(8)]
    assert [u for (u,) in train(optimizer, both, 12)] == pytest.approx(expected)
    optimizer = optimizer_of(0.1)
    ours = Scheduler(optimizer, "cosine", total=10)
    decay = torch_schedulers.ExponentialLR(optimizer, 0.5)
    both = torch_schedulers.SequentialLR(optimizer, [ours, decay], [4])
    expected = [plan(k, 0.1) for k in range(4)] + [0.1, 0.05, 0.025]
    assert [u for (u,) in train(optimizer, both, 7)] == pytest.approx(expected)
