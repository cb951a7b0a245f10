"""The programs that one would write by hand for torch's schedulers, beside the real ones.

The tolerance is 1e-12 of the largest rate: torch's own double arithmetic differs from a
closed form that is rounded once by some 1e-15 a step (its recursions by up to 3e-14).
"""

import warnings

import pytest
import torch

import lrdsl

TOLERANCE = 1e-12


def optimizer(lr):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)


def assert_same(plan, rates, lr):
    largest = max(map(abs, rates))
    for k, rate in enumerate(rates):
        assert abs(plan(k, lr) - rate) <= TOLERANCE * largest, (k, plan(k, lr), rate, plan.program)


T = torch.optim.lr_scheduler
TORCH = [
    ("cosine(40, end=0.001)", lambda o: T.CosineAnnealingLR(o, 40, eta_min=0.001), 40),
    (
        "cosine(10, end=0.001) * restarts(t_mul=2)",
        lambda o: T.CosineAnnealingWarmRestarts(o, 10, T_mult=2, eta_min=0.001),
        70,
    ),
    ("step(every=7, factor=0.3)", lambda o: T.StepLR(o, 7, gamma=0.3), 60),
    (
        "multistep([5, 5, 20], 0.2)",
        lambda o: T.MultiStepLR(o, [5, 5, 20], gamma=0.2),
        40,
    ),
    ("exponential(every=1, factor=0.9)", lambda o: T.ExponentialLR(o, 0.9), 60),
    ("poly(30, power=2) >> hold", lambda o: T.PolynomialLR(o, 30, power=2), 40),
    (
        "linear(12, start=0.25*lr, end=0.8*lr) >> hold",
        lambda o: T.LinearLR(o, 0.25, 0.8, total_iters=12),
        40,
    ),
    (
        "hold(9, value=lr/3) >> hold(value=lr)",
        lambda o: T.ConstantLR(o, 1 / 3, total_iters=9),
        20,
    ),
    (
        "linear(5, start=0.1*lr, end=lr) >> cosine(45)",
        lambda o: T.SequentialLR(
            o, [T.LinearLR(o, 0.1, 1.0, total_iters=5), T.CosineAnnealingLR(o, 45)], [5]
        ),
        50,
    ),
    (
        "cosine(30% - 1st, start=lr/25, end=lr) >> cosine(70%, end=lr/250000)",
        lambda o: T.OneCycleLR(o, 0.1, total_steps=100, cycle_momentum=False),
        100,
    ),
    (
        "cyclic(5, 15, low=0.001, mode=triangular2)",
        lambda o: T.CyclicLR(o, 0.001, 0.1, 5, 15, mode="triangular2", cycle_momentum=False),
        90,
    ),
    (
        "cyclic(5, low=0.001, mode=exp_range, gamma=0.97)",
        lambda o: T.CyclicLR(o, 0.001, 0.1, 5, mode="exp_range", gamma=0.97, cycle_momentum=False),
        90,
    ),
    (
        "(hold(8, value=lr/4) >> hold(value=lr)) * exponential(every=1, factor=0.9)",
        lambda o: T.ChainedScheduler([T.ConstantLR(o, 0.25, 8), T.ExponentialLR(o, 0.9)]),
        30,
    ),
]


@pytest.mark.parametrize(("program", "make", "n"), TORCH, ids=[p for p, _, _ in TORCH])
def test_torch(program, make, n):
    plan = lrdsl.compile(program, total=n, tick="st")
    o = optimizer(0.1)
    with warnings.catch_warnings():
        # torch warns about its own SequentialLR, and about a step before the optimizer's
        warnings.simplefilter("ignore")
        real = make(o)
        rates = []
        for _ in range(n):
            rates.append(o.param_groups[0]["lr"])
            o.step()
            real.step()
    assert_same(plan, rates, 0.1)
