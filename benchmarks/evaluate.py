"""How long the compiled forms take, beside functions of the same curves written by hand.

Run it as ``python benchmarks/evaluate.py [--json FILE] [--rounds N]``. Ours and the function
written by hand take turns in one process; the ratio of their medians is held against its target. By
hand means what an engineer would write for that one curve, in the order of operations that ours
has, so that both give the same bits: that is checked first.
"""

from __future__ import annotations

import tracemalloc
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import cos, pi
from typing import Any

import numpy as np
import torch
from timing import Row, arguments, compare, report, verdict

import lrdsl
from lrdsl import Plan
from lrdsl.mersenne import CHUNK
from lrdsl.torch import value

TICKS = 1_000_000
LR = 0.1
SIZES = (1_000, 10_000, 100_000, TICKS)
EXAMPLE = "warmup(5, 1e-5) >> tanh(-6, 4) * restarts(t_mul=2, decay=0.5, limit=3)"


@dataclass
class Curve:
    """A program, and the same by hand: a function of a number, and one of sorted ticks."""

    name: str
    program: str
    scalar: Callable[[float, float], float]
    array: Callable[[Any, float], Any]

    def plan(self) -> Plan:
        return lrdsl.compile(self.program, total=TICKS, overflow="truncate")


# --- what stands in the way of a target: each is measured as `least` ------------------------------

WHY_CALLS = """
an object's __call__ is a call of its own. The least, an object that only hands over to the function
by hand, already takes the share of it that the last column shows; ours also refuses ticks and rates
that are none. Where nanoseconds count, plan.scalar is that function.
"""
WHY_ARRAYS = """
the least is by hand with the same promises: sorted ticks are found out, a tick that is none and a
rate that is not finite are refused. What is left is the joining of blocks and pieces.
"""
WHY_NOISE = """
timm's stream seeds a Mersenne twister anew at every tick, so a draw is 400 dependent steps of four
operations. The least is that recurrence alone, in numpy, for the first words of every tick.
"""

# --- by hand --------------------------------------------------------------------------------------


def three() -> Curve:
    """A warm-up, a cosine, and what is held after it."""

    def scalar(t: float, lr: float) -> float:
        if t < 50_000.0:
            return t / 50_000.0 * lr
        if t < 1_000_000.0:
            return (cos(pi * ((t - 50_000.0) / 950_000.0)) + 1.0) / 2.0 * lr
        return 0.0

    def array(t: Any, lr: float) -> Any:
        a, b = np.searchsorted(t, (50_000.0, 1_000_000.0))
        rates = np.empty_like(t)
        rates[:a] = t[:a] / 50_000.0 * lr
        rates[a:b] = (np.cos(np.pi * ((t[a:b] - 50_000.0) / 950_000.0)) + 1.0) / 2.0 * lr
        rates[b:] = 0.0
        return rates

    return Curve("3 pieces", "warmup(5%) >> cosine", scalar, array)


def many(pieces: int) -> Curve:
    """Lines and half waves in turn, all of one length, found by bisection."""
    length = TICKS // pieces
    levels = [round(0.9 - 0.1 * (i % 7), 1) for i in range(pieces + 1)]
    kinds = ["cosine" if i % 2 else "linear" for i in range(pieces)]
    program = " >> ".join(
        f"{kind}({length}, start={a}, end={b})"
        for kind, a, b in zip(kinds, levels, levels[1:], strict=False)
    )
    starts = [float(length * i) for i in range(pieces)]
    ends = [float(length * (i + 1)) for i in range(pieces)]
    lows = [levels[i + 1] if i % 2 else levels[i] for i in range(pieces)]
    rises = [
        float(round(10 * (levels[i] - levels[i + 1]) * (1 if i % 2 else -1))) / 10
        for i in range(pieces)
    ]
    span = float(length)

    def scalar(t: float, lr: float) -> float:
        if t >= ends[-1]:
            return levels[-1]
        i = bisect_right(ends, t)
        share = (t - starts[i]) / span
        if i % 2:
            share = (cos(pi * share) + 1.0) / 2.0
        return rises[i] * share + lows[i]

    def array(t: Any, lr: float) -> Any:
        edges = [0, *np.searchsorted(t, ends).tolist()]
        rates = np.empty_like(t)
        for i in range(pieces):
            part = slice(edges[i], edges[i + 1])
            share = (t[part] - starts[i]) / span
            if i % 2:
                share = (np.cos(np.pi * share) + 1.0) / 2.0
            rates[part] = rises[i] * share + lows[i]
        rates[edges[-1] :] = levels[-1]
        return rates

    return Curve(f"{pieces} pieces", program, scalar, array)


def restarts() -> Curve:
    """10,000 half waves of one length."""

    def scalar(t: float, lr: float) -> float:
        if t < 1_000_000.0:
            share = (t - 100.0 * (t // 100.0)) / 100.0
            return (cos(pi * share) + 1.0) / 2.0 * lr
        return 0.0

    def array(t: Any, lr: float) -> Any:
        end = np.searchsorted(t, 1_000_000.0)
        rates = np.empty_like(t)
        share = (t[:end] - 100.0 * (t[:end] // 100.0)) / 100.0
        rates[:end] = (np.cos(np.pi * share) + 1.0) / 2.0 * lr
        rates[end:] = 0.0
        return rates

    return Curve("10,000 restarts", "cosine(100) * restarts(limit=10000)", scalar, array)


def growing_restarts() -> Curve:
    """10,000 lines, each 0.01 % longer than the one before: tables and a bisection."""
    first, growth, count = 58.0, 1.0001, 10_000
    constants = lrdsl.compile(_growing(first, growth, count), total=TICKS).scalar.__globals__
    ends, starts, lengths = (list(constants[f"TABLE{i}"]) for i in range(3))
    last = float(starts[-1] + lengths[-1])
    tables = [np.array(x) for x in (ends, starts, lengths)]

    def scalar(t: float, lr: float) -> float:
        if t >= last:
            return 0.0
        i = bisect_right(ends, t)
        since = t - starts[i]
        return (1.0 - (since if since > 0.0 else 0.0) / lengths[i]) * lr

    def array(t: Any, lr: float) -> Any:
        end = np.searchsorted(t, last)
        i = np.searchsorted(tables[0], t[:end], side="right")
        rates = np.zeros_like(t)
        since = np.maximum(t[:end] - tables[1][i], 0.0)
        rates[:end] = (1.0 - since / tables[2][i]) * lr
        return rates

    return Curve("10,000 growing restarts", _growing(first, growth, count), scalar, array)


def _growing(first: float, growth: float, count: int) -> str:
    return f"linear({first:g}) * restarts(t_mul={growth}, limit={count})"


def waves_over_tensors(step: torch.Tensor, lr: float) -> torch.Tensor:
    """`three`, over tensors."""
    t = step.to(torch.float64)
    wave = (torch.cos(pi * ((t - 50_000.0) / 950_000.0)) + 1.0) / 2.0 * lr
    rate = torch.where(t < 50_000.0, t / 50_000.0 * lr, wave)
    return torch.where(t < 1_000_000.0, rate, 0.0)


# --- tables -----------------------------------------------------------------------------------


def row(name: str, seconds: dict[str, float], target: float | None) -> Row:
    """One of two cases, `by hand` and `lrdsl`, against the target of their ratio.

    Where a third case, `least`, is the part that no way of doing it is spared, its ratio is shown.
    """
    ratio = seconds["lrdsl"] / seconds["by hand"]
    return {
        "case": name,
        "by hand us": seconds["by hand"] * 1e6,
        "lrdsl us": seconds["lrdsl"] * 1e6,
        "ratio": ratio,
        "target": target,
        "verdict": verdict(ratio, target),
        "least": seconds["least"] / seconds["by hand"] if "least" in seconds else None,
    }


class HandsOver:
    """An object that can be called, and does no more than to call a function."""

    def __init__(self, function: Callable[[float, float], float]) -> None:
        self.function = function

    def __call__(self, t: float, lr: float = 1.0) -> float:
        return self.function(t, lr)


def checked(array: Callable[[Any, float], Any], t: Any, lr: float) -> Any:
    """By hand, with the promises of ours: ticks in any order, all legal, and finite rates."""
    if not ((t[1:] >= t[:-1]).all() and t.min() >= 0 and t.max() < np.inf):
        raise ValueError
    rates = array(t, lr)
    if not np.isfinite(rates).all():
        raise ValueError
    return rates


def seeded(ticks: int) -> None:
    """Knuth's recurrence up to the words that a first normal draw is made of, for every tick."""
    for start in range(0, ticks, CHUNK):
        word = np.arange(start, min(start + CHUNK, ticks), dtype=np.uint32)
        spare, factor, thirty = np.empty_like(word), np.uint32(1812433253), np.uint32(30)
        for i in range(1, 401):
            np.right_shift(word, thirty, spare)
            np.bitwise_xor(word, spare, spare)
            np.multiply(spare, factor, spare)
            np.add(spare, np.uint32(i), word)


def numbers(curves: list[Curve], rounds: int) -> Iterator[Row]:
    """Microseconds for 1,000 numbers, spread over the run."""
    ticks = np.random.default_rng(0).uniform(0, TICKS, 1_000).tolist()

    def each(function: Callable[[float, float], float]) -> None:
        for t in ticks:
            function(t, LR)

    for curve in curves:
        plan = curve.plan()
        ours = plan.scalar
        assert [ours(t, LR) for t in ticks] == [curve.scalar(t, LR) for t in ticks], curve.name
        cases = {
            "by hand": curve.scalar,
            "lrdsl": ours,
            "call": plan,
            "handed over": HandsOver(curve.scalar),
        }
        taken = compare({name: partial(each, f) for name, f in cases.items()}, rounds)
        yield row(f"plan.scalar(t, lr), {curve.name}", taken, 1.1)
        called = {**taken, "lrdsl": taken["call"], "least": taken["handed over"]}
        yield row(f"plan(t, lr), {curve.name}", called, 1.8)


def arrays(curves: list[Curve], rounds: int) -> Iterator[Row]:
    for curve in curves:
        plan = curve.plan()
        for size in SIZES:
            t = np.linspace(0, TICKS, size)
            assert np.array_equal(plan(t, LR), curve.array(t, LR)), curve.name
            cases = {
                "by hand": partial(curve.array, t, LR),
                "lrdsl": partial(plan, t, LR),
                "least": partial(checked, curve.array, t, LR),
            }
            target = 1.15 if size == TICKS else None
            yield row(f"plan(array), {curve.name}, {size:,} ticks", compare(cases, rounds), target)
        by_hand = curve.array
        cases = {
            "by hand": lambda f=by_hand: f(np.arange(TICKS, dtype=np.float64), LR),
            "lrdsl": partial(plan.table, LR),
        }
        yield row(f"plan.table(), {curve.name}", compare(cases, rounds), 1.15)


def noise(rounds: int) -> Iterator[Row]:
    """What noise costs: here `by hand` is ours without it."""
    t = np.arange(TICKS, dtype=np.float64)
    quiet, loud = (lrdsl.compile(p, total=TICKS) for p in (EXAMPLE, EXAMPLE + " + noise(0.67)"))
    cases = {
        "by hand": partial(quiet, t, LR),
        "lrdsl": partial(loud, t, LR),
        "least": partial(seeded, TICKS),
    }
    yield row("the example with noise, without", compare(cases, min(rounds, 7)), 10.0)


def memory(curves: list[Curve]) -> Iterator[Row]:
    """The peak while an array is computed, the result included, in arrays of the result's size."""
    noisy = lrdsl.compile(EXAMPLE + " + noise(0.67)", total=TICKS)
    t = np.arange(TICKS, dtype=np.float64)
    for name, plan in [*((c.name, c.plan()) for c in curves), ("the example with noise", noisy)]:
        for form, work in {"plan(array)": partial(plan, t), "plan.table()": plan.table}.items():
            work()  # what is built once
            tracemalloc.start()
            work()
            peak = tracemalloc.get_traced_memory()[1] / t.nbytes
            tracemalloc.stop()
            case = {"case": f"{form}, {name}", "arrays": peak, "target": 3.0}
            yield {**case, "verdict": verdict(peak, 3.0)}


def tensors(rounds: int) -> Iterator[Row]:
    step = torch.arange(TICKS)
    plan = three().plan()
    assert torch.equal(value(plan, step, LR), waves_over_tensors(step, LR))
    cases = {
        "by hand": partial(waves_over_tensors, step, LR),
        "lrdsl": partial(value, plan, step, LR),
    }
    yield row("lrdsl.torch.value, 3 pieces", compare(cases, rounds), 1.2)


def main() -> None:
    given = arguments(__doc__)
    torch.set_num_threads(1)
    curves = [three(), many(12), many(63), restarts(), growing_restarts()]
    table = list(numbers(curves, given.rounds))
    report("Numbers, 1,000 at a time", table, given.json, WHY_CALLS)
    report("Arrays", list(arrays(curves, given.rounds)), given.json, WHY_ARRAYS)
    report("Noise over a million ticks", list(noise(given.rounds)), given.json, WHY_NOISE)
    report("Memory", list(memory(curves)), given.json)
    report("Tensors of a million steps", list(tensors(given.rounds)), given.json)


if __name__ == "__main__":
    main()
