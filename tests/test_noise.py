"""The noise stream against the real torch generator and the real timm scheduler, bit for bit."""

import json
import math
import pickle
import random
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from real_timm import Scheduler, scheduler

import lrdsl
from lrdsl import mersenne, noise
from lrdsl.noise import Stream, acceptance

GOLDEN = json.loads((Path(__file__).parent / "data" / "timm_noise.json").read_text())["cases"]
SEEDS = [0, 1, 42, 2**31, 2**32 - 1, 2**32, 2**40 - 1, -1, -5, -(2**32), -(2**40)]


class Constant(Scheduler):
    """timm's own base class; the noise is all that matters."""

    def _get_lr(self, t: int) -> list[float]:
        return self.base_values


def optimizer(lr: float = 1.0) -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.zeros(1)], lr=lr)


def timm_noise(stream: Stream) -> Callable[[int], float]:
    """Return the function by which the real timm draws the number of a tick."""
    timm = Constant(
        optimizer(),
        "lr",
        noise_range_t=0,
        noise_type=stream.kind,
        noise_pct=stream.pct,
        noise_std=stream.std,
        noise_seed=stream.seed,
    )
    return timm._calculate_noise


def torch_generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


# --- equal to the real ones -----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["normal", "uniform"])
@pytest.mark.parametrize(
    ("pct", "std"),
    [(0.67, 1.0), (0.1, 1.0), (5.0, 1.0), (1, 1), (2.0, 3.0), (0.67, 0.2), (0.3, -0.5), (0.67, 0)],
)
def test_equals_timm(kind: Any, pct: float, std: float) -> None:
    draw = random.Random(f"{kind} {pct} {std}")
    for seed in [*SEEDS, *(draw.randrange(2**40) for _ in range(9))]:
        stream = Stream(kind, seed, pct, std)
        ticks = [0, 1, *(draw.randrange(2**24) for _ in range(18))]
        assert stream.table(np.array(ticks)).tolist() == [*map(timm_noise(stream), ticks)]


def test_equals_timm_through_hundreds_of_redraws() -> None:
    stream = Stream("normal", 7, 0.004, 1.0)  # more than the 312 draws of one state, often
    assert stream.table(np.arange(200)).tolist() == [*map(timm_noise(stream), range(200))]


def test_without_a_bound_it_is_the_first_normal_draw() -> None:
    for std in (1.0, 0.1):
        expected = [
            std * torch.randn(1, generator=torch_generator(3 + t)).item() for t in range(2000)
        ]
        assert Stream("normal", 3, None, std).table(np.arange(2000)).tolist() == expected


def test_std_multiplies_in_float64_as_in_timm() -> None:
    draws = [torch.randn(1, generator=torch_generator(seed)) for seed in range(100)]
    in_float32 = [(draw * 0.2).item() for draw in draws]
    table = Stream("normal", 0, None, 0.2).table(np.arange(100)).tolist()
    assert table == [draw.item() * 0.2 for draw in draws]
    assert table != in_float32


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: f"timm {case['timm']} {case['noise']}")
def test_reproduces_the_rates_that_timm_left_in_the_optimizer(case: dict[str, Any]) -> None:
    sgd = optimizer(case["base_lr"])
    quiet = getattr(scheduler, case["scheduler"])(sgd, **case["arguments"])
    stream = Stream(**case["noise"])
    rates = []
    for t in case["t"]:
        quiet.step(t)
        value = sgd.param_groups[0]["lr"]
        rates.append(value + value * stream(t))
    assert rates == case["lr"]


# --- vectorised sin and cos are not those of the C library ----------------------------------


def test_a_doubtful_rounding_is_settled_by_the_c_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """With sines off by far more than numpy's are, and the margin widened to suit."""
    expected = Stream("normal", 42, None, 1.0).table(np.arange(500))
    sloppy = {name: getattr(np, name) for name in ("cos", "sin")}
    for name, real in sloppy.items():
        monkeypatch.setattr(np, name, lambda x, real=real: real(x + 1e-6))
    assert (Stream("normal", 42, None, 1.0).table(np.arange(500)) != expected).any()
    monkeypatch.setattr(mersenne, "_DOUBT", 2e-6)
    assert (Stream("normal", 42, None, 1.0).table(np.arange(500)) == expected).all()


# --- a pure function of seed and tick -------------------------------------------------------

streams = st.builds(
    Stream,
    st.sampled_from(["normal", "uniform"]),
    st.integers(-(2**40), 2**40),
    st.floats(0.1, 3.0),
    st.floats(-1.0, 1.0),
)


@given(streams, st.lists(st.integers(-(2**40), 2**40), max_size=5))
def test_scalar_and_table_agree_to_the_bit(stream: Stream, ticks: list[int]) -> None:
    assert stream.table(np.array(ticks, np.int64)).tolist() == [stream(t) for t in ticks]


@given(streams, st.lists(st.integers(0, 10**6), min_size=1), st.randoms())
def test_order_and_company_change_nothing(
    stream: Stream, ticks: list[int], shuffler: random.Random
) -> None:
    shuffled = shuffler.sample(ticks, len(ticks))
    drawn = dict(zip(ticks, stream.table(np.array(ticks)).tolist(), strict=True))
    assert stream.table(np.array(shuffled)).tolist() == [drawn[t] for t in shuffled]


@given(st.integers(-(2**40), 2**40), st.integers(0, 2**30), st.integers(0, 2**30))
def test_only_the_sum_of_seed_and_tick_counts(seed: int, tick: int, shift: int) -> None:
    here, there = (Stream("normal", s, 0.67, 1.0) for s in (seed, seed - shift))
    assert here.table(np.array([tick])) == there.table(np.array([tick + shift]))


def test_a_long_table_equals_its_parts() -> None:
    stream = Stream("normal", 42, 0.1, 1.0)  # some redraws leave the first words of the state
    ticks = np.arange(3 * mersenne.CHUNK + 5)
    whole = stream.table(ticks)
    parts = [stream.table(part) for part in np.array_split(ticks, 7)]
    assert (whole == np.concatenate(parts)).all()
    assert (whole[::-1] == stream.table(ticks[::-1])).all()


@pytest.mark.parametrize("shape", [(), (0,), (1,), (12,), (3, 4), (2, 3, 2), (0, 5)])
def test_a_table_has_the_shape_of_its_ticks(shape: tuple[int, ...]) -> None:
    stream = Stream("uniform", 42, 0.5, 1.0)
    ticks = np.arange(math.prod(shape)).reshape(shape)
    table = stream.table(ticks)
    assert table.shape == shape
    assert table.dtype == np.float64
    assert table.ravel().tolist() == [stream(t) for t in range(math.prod(shape))]


def test_a_tick_that_repeats_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = count_draws(monkeypatch)
    stream = Stream("normal", 42, 0.67, 1.0)
    ticks = np.arange(10).repeat(mersenne.CHUNK)
    assert (stream.table(ticks) == stream.table(np.arange(10)).repeat(mersenne.CHUNK)).all()
    assert drawn == [10, 10]


def test_a_million_ticks_take_three_arrays_and_a_constant() -> None:
    ticks = np.random.default_rng(0).permutation(10**6)
    stream = Stream("uniform", 42, 0.67, 1.0)
    stream.table(ticks[:1])  # imports
    tracemalloc.start()
    try:
        stream.table(ticks)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * ticks.nbytes + 4e6


# --- the scalar form draws a block ahead ----------------------------------------------------


def count_draws(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Forget all blocks; the list grows by the number of ticks of each draw from now on."""
    noise.draws.cache_clear()
    drawn = []
    real = mersenne.normals

    def counted(seeds: mersenne.Words, std: float, limit: float) -> mersenne.Floats:
        drawn.append(seeds.size)
        return real(seeds, std, limit)

    monkeypatch.setattr(mersenne, "normals", counted)
    return drawn


def test_a_training_loop_pays_one_draw_a_block_of_which_the_first_is_small(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = count_draws(monkeypatch)
    values = [Stream("normal", 42, 0.67, 1.0)(t) for t in range(2 * noise._BLOCK)]
    assert drawn == [noise._FIRST, noise._BLOCK, noise._BLOCK]
    assert values == Stream("normal", 42, 0.67, 1.0).table(np.arange(2 * noise._BLOCK)).tolist()


def test_blocks_of_different_streams_are_kept_apart() -> None:
    one, other = Stream("normal", 1, 0.67, 1.0), Stream("normal", 1, 0.67, 0.5)
    assert [one(3), other(3), one(3)] == [timm_noise(s)(3) for s in (one, other, one)]


def test_ticks_that_are_far_apart_are_not_drawn_by_the_thousands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = count_draws(monkeypatch)
    stream = Stream("normal", 42, 0.67, 1.0)
    for tick in (0, 10**6, 5 * 10**5, 3 * 10**9):
        stream(tick)
    assert drawn == [noise._FIRST] * 4


def test_few_blocks_are_kept() -> None:
    stream = Stream("uniform", 42, 0.67, 1.0)
    noise.draws.cache_clear()
    for tick in range(0, (noise._BLOCKS + 3) * noise._BLOCK, noise._FIRST):
        stream(tick)
        assert len(noise.draws(stream)) <= noise._BLOCKS * noise._BLOCK
    assert len(noise.draws(stream)) == 3 * noise._BLOCK


def test_the_blocks_of_few_streams_are_kept() -> None:
    for seed in range(noise._STREAMS + 3):
        Stream("uniform", seed, 0.67, 1.0)(0)
    assert noise.draws.cache_info().currsize == noise._STREAMS


def test_a_scalar_is_a_float_at_any_tick() -> None:
    stream = Stream("normal", 42, 0.67, 1.0)
    assert type(stream(5)) is float
    assert type(stream(np.int64(5))) is float
    assert stream(10**30) == stream(10**30 % 2**32)


@pytest.mark.parametrize("tick", [2.0**62, 2.0**63, 2.0**63 + 2048, 2.0**64 + 4096, 2.0**200])
@pytest.mark.parametrize("modifier", ["noise(0.67)", "noise(0.5, kind=uniform)"])
def test_ticks_beyond_what_an_int64_holds(modifier: str, tick: float) -> None:
    plan = lrdsl.compile(f"hold + {modifier}", tick="st")
    assert plan(np.array([tick, 5.0])).tolist() == [plan(tick), plan(5)]


# --- plain data -----------------------------------------------------------------------------


def test_streams_compare_hash_and_pickle_by_their_fields() -> None:
    stream = Stream("normal", 42, 0.67, 1.0)
    stream(0)  # a block drawn is no part of it
    twin = pickle.loads(pickle.dumps(stream))
    assert twin == stream
    assert hash(twin) == hash(stream)
    assert twin(0) == stream(0)
    others = [("uniform", 42, 0.67, 1.0), ("normal", 43, 0.67, 1.0), ("normal", 42, None, 1.0)]
    assert len({stream, twin, *(Stream(*fields) for fields in others)}) == 4
    assert len(pickle.dumps(stream)) < 300


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (("gaussian", 42, 0.67, 1.0), "kind is 'normal' or 'uniform', not 'gaussian'"),
        (("uniform", 42, None, 1.0), "uniform noise needs pct"),
        (("normal", 42, 0.0, 1.0), "pct is above 0, not 0.0"),
        (("uniform", 42, -0.5, 1.0), "pct is above 0, not -0.5"),
        (("normal", 42, math.nan, 1.0), "pct is above 0, not nan"),
        (("normal", 42, 0.67, math.inf), "std is finite, not inf"),
    ],
)
def test_what_is_no_stream_is_refused(fields: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        Stream(*fields)


# --- how many draws a bound costs -----------------------------------------------------------


@pytest.mark.parametrize(("pct", "std"), [(0.67, 1.0), (0.1, 1.0), (0.67, 0.2), (2.0, 3.0)])
def test_acceptance_is_the_share_of_draws_below_the_bound(pct: float, std: float) -> None:
    n = 20_000
    share = np.mean(abs(Stream("normal", 42, None, std).table(np.arange(n))) < pct)
    expected = acceptance(pct, std)
    assert share == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / n))


def test_acceptance_at_its_ends() -> None:
    assert acceptance(0.67, 0.0) == 1.0
    assert acceptance(0.67, -1.0) == acceptance(0.67, 1.0)
    assert acceptance(0.00126, 1.0) > noise.MIN_ACCEPTANCE > acceptance(0.00125, 1.0)


# --- what it imports ------------------------------------------------------------------------


def test_numpy_comes_with_the_first_number_and_torch_never() -> None:
    code = (
        "import sys; from lrdsl.noise import Stream, acceptance\n"
        "stream = Stream('normal', 42, 0.67, 1.0); acceptance(0.67, 1.0)\n"
        "assert 'numpy' not in sys.modules\n"
        "stream(0); assert 'numpy' in sys.modules and 'torch' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
