"""The noise stream of the language: timm's, from MT19937 (Matsumoto and Nishimura, 1998)."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from fractions import Fraction

N, M = 624, 397


def words(seed: int) -> Iterator[int]:
    """Yield the 32-bit outputs of MT19937, seeded by Knuth's init_genrand with seed mod 2**32."""
    state = [seed % 2**32]
    for i in range(1, N):
        last = state[-1]
        state.append((1812433253 * (last ^ last >> 30) + i) % 2**32)
    while True:
        for i in range(N):
            y = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7FFFFFFF)
            state[i] = state[(i + M) % N] ^ (y >> 1) ^ (0x9908B0DF if y & 1 else 0)
        for y in state:
            y ^= y >> 11
            y ^= (y << 7) & 0x9D2C5680
            y ^= (y << 15) & 0xEFC60000
            yield y ^ (y >> 18)


def float32(x: float) -> float:
    """Round to the nearest float32."""
    return float(struct.unpack("<f", struct.pack("<f", x))[0])


def normals(seed: int) -> Iterator[float]:
    """Yield standard normal float32 draws: Box and Muller, the cosine first, then the sine."""
    source = words(seed)
    while True:
        pair = []
        for _ in range(2):
            high, low = next(source), next(source)
            pair.append(((high << 32 | low) & (2**53 - 1)) * 2.0**-53)
        radius, angle = math.sqrt(-2 * math.log1p(-pair[1])), 2 * math.pi * pair[0]
        yield float32(radius * math.cos(angle))
        yield float32(radius * math.sin(angle))


def noise(tick: int, pct: str, *, std: str = "1", seed: int = 42, kind: str = "normal") -> Fraction:
    """Draw the z at one tick, by which the value becomes v*(1 + z)."""
    bound = float(pct)
    if kind == "uniform":
        word = next(words(seed + tick))
        return Fraction(2 * ((word & 0xFFFFFF) * 2.0**-24 - 0.5) * bound)
    for draw in normals(seed + tick):
        z = draw * float(std)
        if abs(z) < bound:
            return Fraction(z)
    raise AssertionError("the stream never ends")


def normal(tick: int, *, seed: int = 42) -> Fraction:
    """Give the first normal draw of one tick, which `gaussian` scales."""
    return Fraction(next(normals(seed + tick)))
