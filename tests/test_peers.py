"""The same numbers as the real schedulers of timm and torch, for arguments drawn at random.

The tolerance is 1e-12 of the largest rate: timm's and torch's own double arithmetic differs from a
closed form that is rounded once by some 1e-15 a step (torch's recursions by up to 3e-14).
"""

import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from real_timm import scheduler as timm

import lrdsl

TOLERANCE = 1e-12


def optimizer(lr):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)


def assert_same(plan, rates, lr):
    largest = max(map(abs, rates))
    for k, rate in enumerate(rates):
        assert abs(plan(k, lr) - rate) <= TOLERANCE * largest, (k, plan(k, lr), rate, plan.program)


def timm_rates(scheduler, n):
    found = []
    for k in range(n):
        scheduler.step(k)
        found.append(scheduler.optimizer.param_groups[0]["lr"])
    return found


def warmed(program, warmup, start, prefix, end=""):
    """A program behind timm's two kinds of warm-up."""
    if not warmup:
        return program
    if prefix:
        return f"warmup({warmup}, start={start}) >> ({program})"
    return f"warmup({warmup}, start={start}{end}) | ({program})"


def noisy(program, noise):
    if not noise:
        return program
    after, length, pct, std, seed = noise
    until = "" if length is None else f", until={after + length}"
    return f"({program}) + noise({pct}, std={std}, seed={seed}, after={after}{until})"


def noise_arguments(noise):
    if not noise:
        return {}
    after, length, pct, std, seed = noise
    return {
        "noise_range_t": after if length is None else (after, after + length),
        "noise_pct": pct,
        "noise_std": std,
        "noise_seed": seed,
    }


noises = st.none() | st.tuples(
    st.integers(0, 40),
    st.none() | st.integers(1, 60),
    st.sampled_from([0.67, 0.1, 1.5]),
    st.sampled_from([1.0, 0.3, 2.0]),
    st.integers(0, 2**40),
)
bases = st.sampled_from([0.1, 1e-4, 3.0])
warmups = st.sampled_from([0, 1, 4, 15])
prefixes = st.booleans()
starts = st.sampled_from([0.0, 1e-5, 0.02])


@given(
    bases,
    st.integers(3, 40),
    st.sampled_from([(-6.0, 4.0), (-7.0, 3.0), (0.0, 5.0), (-4.0, -1.0)]),
    st.sampled_from([1.0, 1.5, 2.0]),  # timm's own floor(log) is right for these
    st.sampled_from([1.0, 0.5, 0.7]),
    st.integers(1, 4),
    st.sampled_from([0.0, 1e-6, 1e-5]),
    warmups,
    starts,
    prefixes,
    noises,
)
def test_timm_tanh(lr, t, bounds, t_mul, decay, limit, floor, warmup, start, prefix, noise):
    lb, ub = bounds
    real = timm.TanhLRScheduler(
        optimizer(lr),
        t_initial=t,
        lb=lb,
        ub=ub,
        lr_min=floor,
        cycle_mul=t_mul,
        cycle_decay=decay,
        cycle_limit=limit,
        warmup_t=warmup,
        warmup_lr_init=start,
        warmup_prefix=prefix,
        **noise_arguments(noise),
    )
    curve = f"tanh({lb:g}, {ub:g}, over={t}, end={floor!r})"
    cycles = f"{curve} * restarts(limit={limit}, t_mul={t_mul!r}, decay={decay!r})"
    program = warmed(f"{cycles} >> hold(value={floor!r})", warmup, start, prefix, ", end=next")
    plan = lrdsl.compile(noisy(program, noise), total=150)
    assert_same(plan, timm_rates(real, 150), lr)


@given(
    bases,
    st.sampled_from([1, 7, 2.4, 30]),
    st.sampled_from([0.97, 0.5, 0.1]),
    warmups,
    starts,
    prefixes,
    noises,
)
def test_timm_step(lr, every, factor, warmup, start, prefix, noise):
    real = timm.StepLRScheduler(
        optimizer(lr),
        decay_t=every,
        decay_rate=factor,
        warmup_t=warmup,
        warmup_lr_init=start,
        warmup_prefix=prefix,
        **noise_arguments(noise),
    )
    program = warmed(f"step(every={every}, factor={factor})", warmup, start, prefix)
    plan = lrdsl.compile(noisy(program, noise), total=120)
    rates = timm_rates(real, 120)
    if isinstance(every, float):  # timm's float // puts 2.4's exact multiples one tick late
        late = [k for k in range(120) if (k - warmup * prefix) * 10 % 24 == 0]
        rates = [plan(k, lr) if k in late else rate for k, rate in enumerate(rates)]
    assert_same(plan, rates, lr)


@given(bases, st.integers(3, 40), st.sampled_from([1.0, 2.0]), st.integers(1, 4), noises)
def test_timm_cosine(lr, t, t_mul, limit, noise):
    real = timm.CosineLRScheduler(
        optimizer(lr),
        t_initial=t,
        lr_min=1e-6,
        cycle_mul=t_mul,
        cycle_decay=0.5,
        cycle_limit=limit,
        **noise_arguments(noise),
    )
    cycles = f"cosine({t}, end=1e-6) * restarts(limit={limit}, t_mul={t_mul!r}, decay=0.5)"
    plan = lrdsl.compile(noisy(f"{cycles} >> hold(value=1e-6)", noise), total=150)
    assert_same(plan, timm_rates(real, 150), lr)


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
