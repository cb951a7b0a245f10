"""torch.optim.lr_scheduler (PyTorch 2.13): the schedulers that scale the optimizer's own rate.

Each is written from its closed form. torch itself goes step by step, multiplying the rate that it
finds; the two differ where a length is 0, and here it is the steps that count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from lrdsl.algebra import Schedule
from lrdsl.python import cosine, exponential, linear, lr, multistep, poly, step, warmup, wave
from lrdsl.systems.arguments import AtLeastOne, Count, Integer, Natural, Number, Share
from lrdsl.systems.host import Host
from lrdsl.systems.registry import Draft, system, timeless, unusable
from lrdsl.systems.torch_parts import Cut, Part, flat, jump

_THIRD = Fraction(1, 3)
_LAST = Fraction(-1)  # last_epoch: where a resumed scheduler stands, on the same curve


@system("torch.StepLR")
def step_lr(
    host: Host,
    /,
    *,
    step_size: AtLeastOne,
    gamma: Number = Fraction(1, 10),
    last_epoch: Integer = _LAST,
) -> Part:
    """``base*gamma**(t // step_size)``."""
    return _decay(gamma, step_size, lambda: step(every=step_size, factor=gamma))


@system("torch.MultiStepLR")
def multi_step_lr(
    host: Host,
    /,
    *,
    milestones: tuple[Count, ...],
    gamma: Number = Fraction(1, 10),
    last_epoch: Integer = _LAST,
) -> Part:
    """``base*gamma**(milestones reached)``, in whatever order they are given."""
    at = sorted(milestones)
    if not at:
        return flat()
    return _decay(gamma, at[0], lambda: multistep(at=[*at], factor=gamma))


@system("torch.ExponentialLR")
def exponential_lr(host: Host, /, *, gamma: Number, last_epoch: Integer = _LAST) -> Part:
    """``base*gamma**t``."""
    return _decay(gamma, Fraction(1), lambda: exponential(every=1, factor=gamma))


def _decay(gamma: Fraction, first: Fraction, curve: Callable[[], Schedule]) -> Part:
    if gamma < 0:
        raise unusable("gamma", "the rate would change its sign", "give a factor above 0")
    if gamma == 1:
        return flat()
    return Part(curve()) if gamma else jump(first, lr, 0 * lr)


@system("torch.ConstantLR")
def constant_lr(
    host: Host,
    /,
    *,
    factor: Share = _THIRD,
    total_iters: Count = Fraction(5),
    last_epoch: Integer = _LAST,
) -> Part:
    """``base*factor`` for total_iters steps, then ``base``."""
    if factor == 1:
        return flat()
    if not total_iters:
        note = "with total_iters=0 torch's ConstantLR keeps its factor for ever"
        return replace(flat(factor * lr), notes=(note,))
    return jump(total_iters, factor * lr, lr)


@system("torch.LinearLR")
def linear_lr(
    host: Host,
    /,
    *,
    start_factor: Share = _THIRD,
    end_factor: Share = Fraction(1),
    total_iters: Count = Fraction(5),
    last_epoch: Integer = _LAST,
) -> Part:
    """``base*(start_factor + (end_factor - start_factor)*t/total_iters)``, then held."""
    if not start_factor:
        raise unusable("start_factor", "torch's LinearLR divides by it: give more than 0")
    start, end = start_factor * lr, end_factor * lr
    if start == end or not total_iters:
        return flat(start)
    if end == lr:
        curve = warmup(total_iters, start=start)
    elif start == lr:
        curve = linear(total_iters, end=end)
    else:
        curve = linear(total_iters, start=start, end=end)
    return Part(curve, length=total_iters, exit=end)


@system("torch.PolynomialLR")
def polynomial_lr(
    host: Host,
    /,
    *,
    total_iters: Count = Fraction(5),
    power: Natural = Fraction(1),
    last_epoch: Integer = _LAST,
) -> Part:
    """``base*(1 - t/total_iters)**power``, then held."""
    if not total_iters or not power:
        return flat()
    curve = linear(total_iters) if power == 1 else poly(total_iters, power=power)
    return Part(curve, length=total_iters, exit=0 * lr)


@system("torch.CosineAnnealingLR")
def cosine_annealing_lr(
    host: Host,
    /,
    *,
    T_max: AtLeastOne,
    eta_min: Number = Fraction(0),
    last_epoch: Integer = _LAST,
) -> Part:
    """``eta_min + (base - eta_min)*(1 + cos(pi*t/T_max))/2``: past T_max it rises again."""
    low = host.rate(eta_min)
    if low == lr:
        return flat()

    def cut(n: Fraction) -> Cut:
        if n <= T_max:
            return (curve if n == T_max else curve[:n]), low if n == T_max else None
        return wave(n, periods=n / T_max / 2, low=low), None

    curve = cosine(T_max, end=low)
    return Part(curve, run={"total": T_max}, cut=cut)


_WRITE = "lrdsl has no Python functions: write the curve itself, as in "


@system("torch.LambdaLR", "torch.MultiplicativeLR")
def lambda_lr(host: Host, /, *, lr_lambda: Any, last_epoch: Integer = _LAST) -> Draft:
    """``base*lr_lambda(t)``, and the running product of such factors."""
    raise timeless(
        "what a Python function returns",
        f"{_WRITE}exponential(every=1, factor=0.95) for 0.95**t, "
        "inverse(scale=10, power=1) for 1/(1 + 0.1*t), warmup(500) >> hold for min(1, t/500)",
    )


@system("torch.ReduceLROnPlateau")
def reduce_lr_on_plateau(
    host: Host,
    /,
    *,
    mode: Any = "min",
    factor: Any = 0.1,
    patience: Any = 10,
    threshold: Any = 1e-4,
    threshold_mode: Any = "rel",
    cooldown: Any = 0,
    min_lr: Any = 0,
    eps: Any = 1e-8,
) -> Draft:
    """A drop by `factor` after `patience` steps without a better metric."""
    raise timeless(
        "ReduceLROnPlateau, which follows a metric,",
        "write the drops at the steps where they came in an earlier run: "
        "multistep([30, 60], factor=0.1)",
    )
