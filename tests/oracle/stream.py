"""The draws of the noise stream (SPEC 11), from torch's own generator: nothing of ours."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache


def draws(seed: int, tick: int, kind: str) -> Iterator[float]:
    """Standard draws of a tick: normal in float32, or uniform in [-1, 1)."""
    yield from _first(seed, tick, kind, 4)
    yield from _first(seed, tick, kind, 4096)[4:]


@lru_cache(maxsize=100_000)
def _first(seed: int, tick: int, kind: str, n: int) -> list[float]:
    import torch  # a program without noise needs none

    g = torch.Generator().manual_seed((seed + tick) % 2**32)
    if kind == "uniform":
        return [2 * (float(torch.rand(1, generator=g)) - 0.5) for _ in range(n)]
    return [float(torch.randn(1, generator=g)) for _ in range(n)]
