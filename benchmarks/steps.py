"""What one scheduler step costs: ours, the same curves by hand, and other packages' schedulers.

Run it as ``python benchmarks/steps.py``. "x bare" is beside ``for g in groups: g["lr"] = v``, the
least that any scheduler does; "x ours" is beside `lrdsl.torch.Scheduler` with the same curve.
Packages that are not installed are left out, and named; mmengine and composer do not install beside
the torch of constraints.txt, so nothing here could be tried on them.
"""

from __future__ import annotations

import math
import sys
import warnings
from bisect import bisect_right
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import torch
from timing import arguments, compare, report, verdict

from lrdsl.noise import Stream
from lrdsl.torch import Scheduler

sys.path.append(str(Path(__file__).parents[1] / "tests"))  # real_timm: timm without its models

Step: TypeAlias = Callable[[], object]
Maker: TypeAlias = Callable[[torch.optim.Optimizer], Step]

COSINE = "warmup(5) >> cosine"
TANH = "warmup(5, 1e-5) >> tanh(-6, 4) * restarts(t_mul=2, decay=0.5, limit=3)"
NOISY = f"({TANH}) + noise(0.67)"
TOTAL = 10_000_000  # no schedule ends while it is measured
FIRST = 1_000
LONG = 16_384  # steps of a long run: as many as ours draws noise ahead for
OURS_UNLIKE = "lrdsl, warm-up and cosine"
DRAWS = "lrdsl, only the draws"
TARGETS = {1: 5.0, 8: 3.0, 64: 2.5}  # times the bare loop
BY_HAND = {COSINE: "by hand, warm-up and cosine", TANH: "by hand, tanh with restarts"}

# What stands in the way of a target.
WHY_STEP = """
the curve itself: by hand, in one function without any check, it takes as long as its row says.
"""
WHY_NOISE = """
a draw of timm's stream is a Mersenne twister seeded anew, 400 dependent steps of four operations.
Ours are drawn for 16,384 ticks at once; the last row of each is what that takes alone.
"""


def optimizer_of(groups: int, *, alike: bool = True) -> torch.optim.Optimizer:
    """An optimizer of so many groups; if they are not alike, each has a base rate of its own."""
    weights = [torch.nn.Parameter(torch.ones(1)) for _ in range(groups)]
    rates = [0.1 if alike else 0.1 / (i + 1) for i in range(groups)]
    return torch.optim.SGD([{"params": [w], "lr": r} for w, r in zip(weights, rates, strict=True)])


# --- the floor, and the curves by hand --------------------------------------------------------


def bare(optimizer: torch.optim.Optimizer) -> Step:
    groups, rate = optimizer.param_groups, 0.05

    def step() -> None:
        for group in groups:
            group["lr"] = rate

    return step


def cosine_by_hand(optimizer: torch.optim.Optimizer) -> Step:
    groups, base, cos, pi, t = optimizer.param_groups, 0.1, math.cos, math.pi, FIRST

    def step() -> None:
        nonlocal t
        t += 1
        if t < 5:
            rate = base * t / 5
        elif t < TOTAL:
            rate = base * (1 + cos(pi * (t - 5) / (TOTAL - 5))) / 2
        else:
            rate = 0.0
        for group in groups:
            group["lr"] = rate

    return step


def tanh_by_hand(optimizer: torch.optim.Optimizer) -> Step:
    groups, base, tanh, t = optimizer.param_groups, 0.1, math.tanh, FIRST
    cycle = (TOTAL - 5) / 7  # as long as ours: cycles of 1, 2 and 4
    starts = [cycle, 3 * cycle]

    def step() -> None:
        nonlocal t
        t += 1
        if t < 5:
            rate = 1e-5 + (base - 1e-5) * t / 5
        else:
            i = bisect_right(starts, t - 5)
            u = (t - 5 - (starts[i - 1] if i else 0)) / (cycle * 2**i)
            rate = base * 0.5**i * (1 - tanh(-6 * (1 - u) + 4 * u)) / 2
        for group in groups:
            group["lr"] = rate

    return step


def ours(program: str) -> Maker:
    def make(optimizer: torch.optim.Optimizer) -> Step:
        return Scheduler(optimizer, program, total=TOTAL, step=FIRST).step

    return make


# --- the packages -----------------------------------------------------------------------------


def torch_lambda(optimizer: torch.optim.Optimizer) -> Step:
    def factor(t: int) -> float:
        return t / 5 if t < 5 else (1 + math.cos(math.pi * (t - 5) / (TOTAL - 5))) / 2

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor).step


def torch_cosine(optimizer: torch.optim.Optimizer) -> Step:
    return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, TOTAL).step


def torch_sequence(optimizer: torch.optim.Optimizer) -> Step:
    from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

    parts = [LinearLR(optimizer, 0.1, total_iters=5), CosineAnnealingLR(optimizer, TOTAL)]
    return SequentialLR(optimizer, parts, [5]).step


def torch_onecycle(optimizer: torch.optim.Optimizer) -> Step:
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=TOTAL).step


def timm_tanh(**options: Any) -> Maker:
    def make(optimizer: torch.optim.Optimizer) -> Step:
        from real_timm import scheduler as timm

        scheduler = timm.TanhLRScheduler(
            optimizer,
            t_initial=TOTAL // 7,
            cycle_mul=2,
            cycle_decay=0.5,
            cycle_limit=3,
            warmup_t=5,
            warmup_lr_init=1e-5,
            **options,
        )
        t = FIRST

        def step() -> None:
            nonlocal t
            t += 1
            scheduler.step(t)

        return step

    return make


def transformers_cosine(optimizer: torch.optim.Optimizer) -> Step:
    from transformers import get_scheduler

    return get_scheduler("cosine", optimizer, num_warmup_steps=5, num_training_steps=TOTAL).step


def ignite_cosine(optimizer: torch.optim.Optimizer) -> Step:
    from ignite.handlers import CosineAnnealingScheduler

    scheduler = CosineAnnealingScheduler(optimizer, "lr", 0.1, 0.0, 2 * TOTAL)
    return lambda: scheduler(None)


def ignite_concat(optimizer: torch.optim.Optimizer) -> Step:
    from ignite.handlers import ConcatScheduler, CosineAnnealingScheduler, PiecewiseLinear

    ramp = PiecewiseLinear(optimizer, "lr", [(0, 0.0), (5, 0.1)])
    cosine = CosineAnnealingScheduler(optimizer, "lr", 0.1, 0.0, 2 * TOTAL)
    scheduler = ConcatScheduler([ramp, cosine], [5])
    return lambda: scheduler(None)


def fvcore_composite(optimizer: torch.optim.Optimizer) -> Step:
    from fvcore.common import param_scheduler as p

    parts = [p.LinearParamScheduler(0.0, 0.1), p.CosineParamScheduler(0.1, 0.0)]
    curve = p.CompositeParamScheduler(parts, [5 / TOTAL, 1 - 5 / TOTAL], ["rescaled", "rescaled"])
    groups, t = optimizer.param_groups, FIRST

    def step() -> None:
        nonlocal t
        t += 1
        rate = curve(t / TOTAL)
        for group in groups:
            group["lr"] = rate

    return step


def optax_cosine(optimizer: torch.optim.Optimizer) -> Step:
    import jax
    import optax

    curve = jax.jit(optax.warmup_cosine_decay_schedule(0.0, 0.1, 5, TOTAL))
    groups, t = optimizer.param_groups, FIRST

    def step() -> None:
        nonlocal t
        t += 1
        rate = float(curve(t))
        for group in groups:
            group["lr"] = rate

    return step


# Which of ours is the same curve, who else draws it, and what must be installed for that.
CASES: tuple[tuple[str, str, Maker, str], ...] = (
    ("lrdsl, warm-up and cosine", COSINE, ours(COSINE), "torch"),
    (BY_HAND[COSINE], COSINE, cosine_by_hand, "torch"),
    ("torch LambdaLR", COSINE, torch_lambda, "torch"),
    ("torch CosineAnnealingLR", COSINE, torch_cosine, "torch"),
    ("torch SequentialLR", COSINE, torch_sequence, "torch"),
    ("torch OneCycleLR", COSINE, torch_onecycle, "torch"),
    ("transformers get_scheduler", COSINE, transformers_cosine, "transformers"),
    ("ignite CosineAnnealingScheduler", COSINE, ignite_cosine, "ignite"),
    ("ignite ConcatScheduler", COSINE, ignite_concat, "ignite"),
    ("fvcore CompositeParamScheduler", COSINE, fvcore_composite, "fvcore"),
    ("optax warmup_cosine, jitted", COSINE, optax_cosine, "optax"),
    ("lrdsl, tanh with restarts", TANH, ours(TANH), "torch"),
    (BY_HAND[TANH], TANH, tanh_by_hand, "torch"),
    ("timm TanhLRScheduler", TANH, timm_tanh(), "timm"),
)


def steps(groups: int, curve: str, rounds: int) -> Iterator[dict[str, object]]:
    """Rows of the table of single steps, for one curve: a program in one run is the common case."""
    cases = {"bare loop": bare(optimizer_of(groups))}
    for name, drawn, make, package in CASES:
        if drawn == curve and find_spec(package):
            cases[name] = make(optimizer_of(groups))
    seconds = compare(cases, rounds)
    mine = next(name for name in cases if name.startswith("lrdsl"))
    for name, taken in seconds.items():
        bare_times, our_times = taken / seconds["bare loop"], taken / seconds[mine]
        target, held = "", ""
        if name == mine:
            target, held = f"{TARGETS[groups]} x bare", verdict(bare_times, TARGETS[groups])
        elif name not in ("bare loop", BY_HAND[curve]):
            target, held = "not before ours", verdict(1 / our_times, 1.0)
        yield {
            "groups": groups,
            "case": name,
            "us": taken * 1e6,
            "x bare": bare_times,
            "x ours": our_times,
            "target": target,
            "verdict": held,
        }


def unlike(groups: int, rounds: int) -> Iterator[dict[str, object]]:
    """Rows of the table of single steps where every group has a base rate of its own."""
    makers = {"bare loop": bare, OURS_UNLIKE: ours(COSINE), "torch LambdaLR": torch_lambda}
    cases = {name: make(optimizer_of(groups, alike=False)) for name, make in makers.items()}
    seconds = compare(cases, rounds)
    for name, taken in seconds.items():
        yield {
            "groups": groups,
            "case": name,
            "us": taken * 1e6,
            "x bare": taken / seconds["bare loop"],
            "x ours": taken / seconds[OURS_UNLIKE],
        }


def long_runs(groups: int, rounds: int) -> Iterator[dict[str, object]]:
    """Rows of the table of long runs, in which what noise draws ahead is paid as well."""
    runs = {"lrdsl": ours(TANH), "lrdsl, noise": ours(NOISY)}
    if find_spec("timm"):
        noise = {"noise_range_t": 0, "noise_pct": 0.67, "noise_seed": 42}
        runs |= {"timm": timm_tanh(), "timm, noise": timm_tanh(**noise)}

    def run(step: Step) -> Step:
        def many() -> None:
            for _ in range(LONG):
                step()

        return many

    cases = {name: run(make(optimizer_of(groups))) for name, make in runs.items()}
    stream, ticks = Stream("normal", 42, 0.67, 1.0), np.arange(LONG)
    cases[DRAWS] = lambda: stream.table(ticks)
    seconds = compare(cases, rounds)
    for name, taken in seconds.items():
        plain = seconds["lrdsl" if name == DRAWS else name.removesuffix(", noise")]
        target = 1.5 if name == "lrdsl, noise" else None
        yield {
            "groups": groups,
            "case": name,
            "us": taken / LONG * 1e6,
            "x without noise": taken / plain,
            "target": target,
            "verdict": verdict(taken / plain, target),
        }


def main() -> None:
    options = arguments(__doc__)
    warnings.simplefilter("ignore")  # torch's: the optimizer itself makes no step here
    missing = sorted({package for *_, package in CASES if not find_spec(package)})
    for curve in (COSINE, TANH):
        single = [row for groups in TARGETS for row in steps(groups, curve, options.rounds)]
        report(f"microseconds per step: {curve}", single, options.json, WHY_STEP)
    several = [row for groups in (8, 64) for row in unlike(groups, options.rounds)]
    report(f"microseconds per step, every group its own base: {COSINE}", several, options.json)
    few = max(options.rounds // 3, 3)
    noisy = [row for groups in TARGETS for row in long_runs(groups, few)]
    report(f"microseconds per step in a run of {LONG} steps", noisy, options.json, WHY_NOISE)
    if missing:
        print(f"not installed: {', '.join(missing)}")


if __name__ == "__main__":
    main()
