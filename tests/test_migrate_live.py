"""Live schedulers of torch, timm and transformers, read from their attributes.

What the programs of their arguments are worth, the other test_migrate files say; here the live
ones give the same programs, however far they have stepped.
"""

import math
from types import SimpleNamespace

import pytest
import real_timm
import test_migrate_torch as of_torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

import lrdsl

DRAWN = st.one_of(
    *of_torch.SCALING.values(),
    of_torch.COSINE,
    of_torch.WARM_RESTARTS,
    # LinearLR and PolynomialLR of no steps, entered later, are refused: test_migrate_torch
    of_torch.sequences(of_torch.ANY, of_torch.COSINE).map(lambda a: ["SequentialLR", a]),
    of_torch.CHAINS.map(lambda a: ["ChainedScheduler", a]),
)


def stepped(optimizer, scheduler, steps):
    for _ in range(steps):
        optimizer.step()
        scheduler.step()


@of_torch.hundred
@given(DRAWN, of_torch.bases, st.integers(0, 3))
def test_schedulers_of_torch(drawn, bases, steps):
    name, args = drawn
    optimizer = of_torch.optimizer_of(bases)
    scheduler = of_torch.build(optimizer, name, args)
    migration = lrdsl.migrate(scheduler)
    assert migration == lrdsl.migrate(f"torch.{name}", args, base_lr=bases)
    tables, _ = of_torch.real(name, args, bases)
    of_torch.same(migration, bases, tables)
    stepped(optimizer, scheduler, min(steps, len(tables[0]) - 1))
    assert lrdsl.migrate(scheduler) == migration


@given(of_torch.one_cycles, st.lists(of_torch.decimals(0.01, 1, 2), min_size=1, max_size=2))
def test_one_cycle(args, peaks):
    if args["pct_start"] * args["total_steps"] == 1:  # torch divides by zero: test_migrate_torch
        args = {**args, "total_steps": args["total_steps"] + 1}
    args = {**args, "max_lr": peaks}
    optimizer = of_torch.optimizer_of([0.1] * len(peaks))
    scheduler = lr_scheduler.OneCycleLR(optimizer, **args)
    stepped(optimizer, scheduler, 1)
    bases = [group["initial_lr"] for group in optimizer.param_groups]  # as torch has set them
    migration = lrdsl.migrate(scheduler)
    assert migration == lrdsl.migrate("torch.OneCycleLR", args, base_lr=bases)
    tables, _ = of_torch.real("OneCycleLR", args, bases, args["total_steps"])
    of_torch.same(migration, bases, tables)


@given(of_torch.CYCLIC, st.integers(0, 3))
def test_cyclic(drawn, steps):
    name, args = drawn
    optimizer = of_torch.optimizer_of([0.5])
    scheduler = of_torch.build(optimizer, name, args)
    stepped(optimizer, scheduler, steps)
    if args.get("scale_fn") is not None:
        with pytest.raises(lrdsl.LrdslError, match="scale_fn, a Python function, is not"):
            lrdsl.migrate(scheduler)
        return
    (base,) = scheduler.base_lrs  # which torch has put in the place of 0.5
    migration = lrdsl.migrate(scheduler)
    assert migration == lrdsl.migrate("torch.CyclicLR", args, base_lr=[base])
    (table,), _ = of_torch.real(name, args, [0.5])
    of_torch.same(migration, [base], [table])


def test_rates_may_be_tensors():
    weights = [torch.nn.Parameter(torch.zeros(1))]
    optimizer = torch.optim.SGD(weights, lr=torch.tensor(0.5), momentum=0.9)
    assert lrdsl.migrate(lr_scheduler.ConstantLR(optimizer, 0.5)) == lrdsl.migrate(
        "torch.ConstantLR", {"factor": 0.5}, base_lr=[0.5]
    )
    cyclic = lr_scheduler.CyclicLR(optimizer, torch.tensor(0.5), torch.tensor(1.0), 5)
    program = "(linear(5, start=lr, end=1) >> linear(5, end=lr)) * restarts"
    assert lrdsl.migrate(cyclic).program == program
    cycle = lr_scheduler.OneCycleLR(
        optimizer, torch.tensor(0.5), 40, div_factor=2, final_div_factor=2
    )
    program = "cosine(30% - 1st, start=0.25, end=0.5) >> cosine(70%, end=0.125)"
    assert lrdsl.migrate(cycle).program == program


def test_rates_of_an_optimizer_without_momentum():
    args = {"max_lr": 0.5, "cycle_momentum": False}
    for name, own in (("OneCycleLR", {"total_steps": 40}), ("CyclicLR", {"base_lr": 0.1})):
        optimizer = torch.optim.Adagrad([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
        scheduler = getattr(lr_scheduler, name)(optimizer, **args, **own)
        base = optimizer.param_groups[0]["initial_lr"]
        migration = lrdsl.migrate(scheduler)
        assert migration == lrdsl.migrate(f"torch.{name}", {**args, **own}, base_lr=[base])
        assert migration.momentum is None


def test_live_schedulers_inside_named_ones():
    optimizer = of_torch.optimizer_of([0.1])
    parts = [lr_scheduler.LinearLR(optimizer), lr_scheduler.StepLR(optimizer, 30)]
    migration = lrdsl.migrate("torch.SequentialLR", {"schedulers": parts, "milestones": [5]})
    assert migration.program == "warmup(5, start=lr/3) >> step(every=30, factor=0.1)"
    ours_alone = real_timm.scheduler.StepLRScheduler(optimizer, decay_t=9)
    with pytest.raises(lrdsl.LrdslError, match=r"schedulers\[0\]: it is made by another library"):
        lrdsl.migrate("torch.ChainedScheduler", {"schedulers": [ours_alone]})
    with pytest.raises(lrdsl.LrdslError, match=r"schedulers\[0\]: a .*SGD is no scheduler"):
        lrdsl.migrate("torch.ChainedScheduler", {"schedulers": [optimizer]})


TIMM = [
    ("cosine", "CosineLRScheduler", {"t_initial": 20, "cycle_mul": 2, "cycle_limit": 3}),
    ("multistep", "MultiStepLRScheduler", {"decay_t": [10, 30], "decay_rate": 0.1}),
    ("poly", "PolyLRScheduler", {"t_initial": 20, "power": 2.0, "lr_min": 1e-5}),
    ("step", "StepLRScheduler", {"decay_t": 7, "decay_rate": 0.5, "warmup_prefix": False}),
    ("tanh", "TanhLRScheduler", {"t_initial": 20, "lb": -6, "ub": 4, "lr_min": 1e-5}),
    ("wsd", "WSDLRScheduler", {"t_initial": 50, "decay_t": 10}),
]
WARM_AND_NOISY = {
    "warmup_t": 5,
    "warmup_lr_init": 1e-5,
    "noise_range_t": (12, 30),
    "noise_pct": 0.5,
    "noise_seed": 7,
}


@pytest.mark.parametrize("more", [{}, WARM_AND_NOISY, {"t_in_epochs": False}])
@pytest.mark.parametrize(("system", "kind", "args"), TIMM)
def test_schedulers_of_timm(system, kind, args, more):
    bases = [0.1, 0.02]
    args = {**args, **more}
    optimizer = of_torch.optimizer_of(bases)
    scheduler = getattr(real_timm.scheduler, kind)(optimizer, **args)
    migration = lrdsl.migrate(scheduler)
    assert migration == lrdsl.migrate(f"timm.{system}", args, base_lr=bases)
    rates = []
    for t in range(60):
        (scheduler.step if args.get("t_in_epochs", True) else scheduler.step_update)(t)
        rates.append([group["lr"] for group in optimizer.param_groups])
    of_torch.same(migration, bases, [*zip(*rates, strict=True)])
    assert lrdsl.migrate(scheduler) == migration


def test_schedulers_of_old_timm():
    # timm 0.4.12 cannot stand beside today's; its attributes are t_mul and decay_rate
    old = type("TanhLRScheduler", (), {"__module__": "timm.scheduler.tanh_lr"})()
    args = {"t_initial": 20, "t_mul": 2.0, "decay_rate": 0.5, "warmup_t": 3, "t_in_epochs": True}
    vars(old).update(args, optimizer=SimpleNamespace(param_groups=[{"lr": 1e-5, "initial_lr": 1}]))
    assert lrdsl.migrate(old) == lrdsl.migrate("timm-0.4.12.tanh", args, base_lr=[1])


TRANSFORMERS = [
    ("constant", {}),
    ("constant_with_warmup", {}),
    ("linear", {}),
    ("cosine", {"num_cycles": 1.5}),
    ("cosine_with_restarts", {"num_cycles": 3}),
    ("polynomial", {"power": 2.0, "lr_end": 1e-3}),
    ("inverse_sqrt", {"timescale": 20}),
    ("cosine_with_min_lr", {"min_lr": 0.01}),
    ("cosine_warmup_with_min_lr", {"min_lr": 0.01, "warmup_lr_rate": 0.1}),
    ("warmup_stable_decay", {"num_decay_steps": 20, "min_lr_ratio": 0.1}),
]


@pytest.mark.parametrize(("name", "args"), TRANSFORMERS)
@pytest.mark.parametrize("warm", [0, 10])
def test_schedulers_of_transformers(name, args, warm):
    transformers = pytest.importorskip("transformers")
    optimizer = of_torch.optimizer_of([0.1])
    scheduler = transformers.get_scheduler(
        name,
        optimizer,
        num_warmup_steps=warm,
        num_training_steps=60,
        scheduler_specific_kwargs=args,
    )
    migration = lrdsl.migrate(scheduler)
    table = [0.1 * scheduler.lr_lambdas[0](t) for t in range(60)]
    of_torch.same(migration, [0.1], [table])
    stepped(optimizer, scheduler, 2)
    assert lrdsl.migrate(scheduler) == migration


class Mine(lr_scheduler.StepLR):
    """A scheduler of a user's own, whose rates may be anything."""


def plateau(optimizer):
    return lr_scheduler.ReduceLROnPlateau(optimizer, patience=3)


@pytest.mark.parametrize(
    ("make", "code", "message"),
    [
        (lambda o: lr_scheduler.LambdaLR(o, lambda t: 0.95**t), "LR725", "a Python function"),
        (lambda o: lr_scheduler.LambdaLR(o, [math.exp]), "LR725", "a Python function"),
        (lambda o: lr_scheduler.MultiplicativeLR(o, lambda t: 0.95), "LR725", "a Python function"),
        (plateau, "LR725", "ReduceLROnPlateau, which follows a metric, is not"),
        (lambda o: Mine(o, 30), "LR721", "a test_migrate_live.Mine is no scheduler that lrdsl"),
        (lambda o: torch.optim.swa_utils.SWALR(o, 0.1), "LR721", "SWALR is no scheduler"),
        (lambda o: o, "LR721", "SGD is no scheduler"),
        (lambda o: None, "LR721", "NoneType is no scheduler"),
        (
            lambda o: SimpleNamespace(scheduler=lr_scheduler.StepLR(o, 30)),
            "LR721",
            "pass the scheduler inside it, its .scheduler",
        ),
    ],
)
def test_objects_that_cannot_be_read(make, code, message):
    with pytest.raises(lrdsl.LrdslError, match=message) as caught:
        lrdsl.migrate(make(of_torch.optimizer_of([0.1])))
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert found.help
