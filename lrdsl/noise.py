"""The noise stream: a random number for every tick, a pure function of seed and tick.

It is the stream of timm's schedulers (`Scheduler._calculate_noise`), bit for bit: torch's CPU
generator seeded anew with seed + tick. Neither torch nor, before a number is drawn, numpy is
imported.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MIN_ACCEPTANCE = 0.001
"""A bound that refuses more than 999 of 1,000 draws takes for ever: validation rejects it."""

_FIRST = 1 << 10  # consecutive ticks that the scalar form draws ahead: a short run asks no more,
_BLOCK = 1 << 14  # and what goes on from there pays a third of the time for each
_BLOCKS = 4  # blocks kept, about 2 MB each
_STREAMS = 8  # streams whose blocks are kept


def acceptance(pct: float, std: float) -> float:
    """Return the probability that std * N(0, 1) stays below pct in size: erf(pct/(std*sqrt(2)))."""
    return math.erf(pct / (abs(std) * math.sqrt(2.0))) if std else 1.0


@dataclass(frozen=True, slots=True)
class Stream:
    """One z for every tick.

    kind "normal": the first draw of std * N(0, 1) smaller in size than pct; pct None sets no bound.
    kind "uniform": between -pct and pct; std is not used.

    ValueError where that describes no stream. How long a narrow bound takes is not checked: see
    `acceptance`.
    """

    kind: Literal["normal", "uniform"]
    seed: int
    pct: float | None
    std: float

    def __post_init__(self) -> None:
        if self.kind not in ("normal", "uniform"):
            raise ValueError(f"kind is 'normal' or 'uniform', not {self.kind!r}")
        if self.pct is None and self.kind == "uniform":
            raise ValueError("uniform noise needs pct")
        if self.pct is not None and not self.pct > 0:
            raise ValueError(f"pct is above 0, not {self.pct!r}")
        if not math.isfinite(self.std):
            raise ValueError(f"std is finite, not {self.std!r}")

    def __call__(self, tick: int) -> float:
        """Return z at one tick: the same bits as `table`, drawn a block of ticks ahead."""
        return draws(self)[tick]

    def table(self, ticks: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return z at each of the ticks, which may come in any shape and order and may repeat.

        Besides the ticks and the result, at most two arrays of their size are in memory at a time.
        """
        import numpy as np

        from lrdsl.mersenne import CHUNK

        flat = ticks.ravel()
        if (flat[1:] > flat[:-1]).all():
            return self._draw(flat).reshape(ticks.shape)

        order = np.argsort(flat)
        ascending = flat[order]
        is_first = np.ones(flat.size, np.bool_)
        np.not_equal(ascending[1:], ascending[:-1], out=is_first[1:])
        del ascending
        firsts = np.flatnonzero(is_first)
        result = np.empty(flat.size)
        for start in range(0, firsts.size, CHUNK):
            edges = np.append(firsts[start : start + CHUNK + 1], flat.size)[: CHUNK + 1]
            drawn = self._draw(flat[order[edges[:-1]]])
            result[order[edges[0] : edges[-1]]] = np.repeat(drawn, np.diff(edges))
        return result.reshape(ticks.shape)

    def _draw(self, ticks: NDArray[np.int64]) -> NDArray[np.float64]:
        """Draw z at each of the ticks (n,), all at once."""
        import numpy as np

        from lrdsl import mersenne

        seeds = ticks.astype(np.uint32) + np.uint32(self.seed & 0xFFFFFFFF)
        if self.pct is None:
            return self.std * mersenne.normals(seeds, 1.0, math.inf)
        if self.kind == "uniform":
            return 2.0 * (mersenne.uniforms(seeds) - 0.5) * self.pct
        return mersenne.normals(seeds, self.std, self.pct)


class Draws(dict[int, float]):
    """z by tick, for ticks that come one by one: whatever is looked up is there.

    A tick that is missing is drawn with the block of ticks around it. So that a training loop pays
    a look-up in a dictionary, no call.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def __missing__(self, tick: int) -> float:
        import numpy as np

        size = _BLOCK if tick - 1 in self else _FIRST
        if len(self) > _BLOCK * (_BLOCKS - 1):
            self.clear()
        start = tick - tick % size
        kept = start & 0xFFFFFFFF  # all that the generator's seed keeps of it
        values: list[float] = self._stream.table(np.arange(kept, kept + size)).tolist()
        self.update(zip(range(start, start + size), values, strict=True))
        return values[tick - start]


@lru_cache(maxsize=_STREAMS)
def draws(stream: Stream) -> Draws:
    """The draws of a stream, shared by all who look them up."""
    return Draws(stream)
