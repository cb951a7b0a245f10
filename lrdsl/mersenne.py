"""Torch's CPU random numbers, the first ones of many seeds at once, bit for bit, in numpy.

A torch generator on the CPU is the Mersenne Twister MT19937 (Matsumoto and Nishimura, "Mersenne
Twister", ACM TOMACS 8(1), 1998), seeded by Knuth's recurrence (`init_genrand` of their 2002
reference code). Here every seed is a column: the recurrence runs down the rows, numpy runs across
the columns. Words are uint32 arrays of shape (words, seeds).
"""

import math
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Words: TypeAlias = NDArray[np.uint32]
Floats: TypeAlias = NDArray[np.float64]
Columns: TypeAlias = NDArray[np.intp]

_STATE = 624  # words of state
_APART = 397  # a new word mixes the old one at its place with the one this far ahead
CHUNK = 1 << 14  # seeds whose words are made together: they stay in the processor's cache
_LEAD = 32  # words tried before a whole state is built: 16 normal draws, seldom are more needed

# Arrays without dimensions: in a hundred thousand calls, a number takes long to become one.
_THIRTY = np.array(30, np.uint32)
_FACTOR = np.array(1812433253, np.uint32)  # of the seeding recurrence
_COUNT = [np.array(i, np.uint32) for i in range(_STATE)]

_ONE = np.uint32(1)
_TOP_BIT = np.uint32(1 << 31)
_LOW_31 = np.uint32(2**31 - 1)
_LOW_24 = np.uint32(2**24 - 1)
_LOW_53 = np.uint64(2**53 - 1)
_MATRIX = np.uint32(0x9908B0DF)  # the matrix of the twist, its last row

# How far vectorised sin, cos and log1p may stray from those of the C library that torch calls,
# relative to the radius: thousands of times what numpy admits to, and still a rare event.
_DOUBT = 2.0**-40


def uniforms(seeds: Words) -> Floats:
    """Return what `torch.rand(1)` draws first for each seed (n,): multiples of 2**-24."""
    result = np.empty(seeds.size)
    for chunk, low, high in _leads(seeds, 1):
        word = _temper(_twist(low[0], low[1], high[0])) & _LOW_24
        np.multiply(word, 2.0**-24, out=result[chunk])
    return result


def normals(seeds: Words, std: float, limit: float) -> Floats:
    """Return the first `std * torch.randn(1).item()` below the limit in size, for each seed (n,).

    The product is taken in float64. The time grows with the number of draws: the caller sees to it
    that they are few (see `lrdsl.noise.acceptance`).
    """
    result = np.empty(seeds.size)
    for chunk, low, high in _leads(seeds, _LEAD):

        def words(start: int, left: Columns, low: Words = low, high: Words = high) -> Words:
            four, after = slice(start, start + 4), slice(start + 1, start + 5)
            return _twist(_of(low[four], left), _of(low[after], left), _of(high[four], left))

        left = chunk.start + _settle(result[chunk], words, _LEAD, std, limit)
        if left.size:
            result[left] = _patient_normals(seeds[left], std, limit)
    return result


def _leads(seeds: Words, count: int) -> Iterator[tuple[slice, Words, Words]]:
    """Yield what the first words of the twister are made of, for chunks of the seeds."""
    low = np.empty((count + 1, min(seeds.size, CHUNK)), np.uint32)
    high = np.empty((count, low.shape[1]), np.uint32)
    for start in range(0, seeds.size, CHUNK):
        chunk = slice(start, min(start + CHUNK, seeds.size))
        some = slice(chunk.stop - start)
        _seed(seeds[chunk], low[:, some], high[:, some])
        yield chunk, low[:, some], high[:, some]


def _patient_normals(seeds: Words, std: float, limit: float) -> Floats:
    """Do as `normals` does, from whole states, for as many draws as it takes."""
    state = np.empty((_STATE, seeds.size), np.uint32)
    _seed(seeds, state[:_APART], state[_APART:])
    result = np.empty(seeds.size)
    left = np.arange(seeds.size)
    while left.size:
        _advance(state)
        found = np.empty(left.size)

        def words(start: int, some: Columns, state: Words = state) -> Words:
            return _of(state[start : start + 4], some)

        rest = _settle(found, words, _STATE, std, limit)
        result[left] = found
        left, state = left[rest], state[:, rest]
    return result


def _of(words: Words, columns: Columns) -> Words:
    """Some columns, in ascending order."""
    return words if columns.size == words.shape[1] else words[:, columns]


def _settle(
    result: Floats,
    words: Callable[[int, Columns], Words],
    count: int,
    std: float,
    limit: float,
) -> Columns:
    """Put each column's first draw below the limit in the result; return columns without one.

    Two normal draws come of four words by Box and Muller's transform. torch computes it in float64
    with the C library and rounds to float32; where a last bit could tip the rounding, so does this.
    """
    left = np.arange(result.size)
    for start in range(0, count, 4):
        four = _temper(words(start, left))
        angle, depth = 2.0 * math.pi * _fraction(four[0], four[1]), _fraction(four[2], four[3])
        radius = np.sqrt(-2.0 * np.log1p(-depth))
        for wave, exact in ((np.cos, math.cos), (np.sin, math.sin)):
            near, doubt = radius * wave(angle), radius * _DOUBT
            draw = (near - doubt).astype(np.float32)
            for i in np.flatnonzero(draw != (near + doubt).astype(np.float32)):
                draw[i] = math.sqrt(-2.0 * math.log1p(-depth[i])) * exact(angle[i])
            value = std * draw.astype(np.float64)
            result[left] = value
            rest = np.flatnonzero(abs(value) >= limit)
            if not rest.size:
                return rest
            left, angle, depth, radius = left[rest], angle[rest], depth[rest], radius[rest]
    return left


def _fraction(high: Words, low: Words) -> Floats:
    """Return the 53 low bits of a 64-bit word as a fraction of 1."""
    word = (high.astype(np.uint64) << np.uint64(32)) | low
    return (word & _LOW_53).astype(np.float64) * 2.0**-53


def _seed(seeds: Words, low: Words, high: Words) -> None:
    """Run the seeding recurrence; keep the state's first words in low, those from 397 in high."""
    low[0] = word = seeds
    spare, passing = np.empty_like(seeds), np.empty_like(seeds)
    for i in range(1, _APART + len(high)):
        np.right_shift(word, _THIRTY, spare)
        np.bitwise_xor(word, spare, spare)
        np.multiply(spare, _FACTOR, spare)
        word = low[i] if i < len(low) else high[i - _APART] if i >= _APART else passing
        np.add(spare, _COUNT[i], word)


def _advance(state: Words) -> None:
    """Replace the 624 words of each state by the next 624, which partly build on one another."""
    for start, stop in ((0, 227), (227, 454), (454, 623)):
        ahead = (start + _APART) % _STATE
        state[start:stop] = _twist(
            state[start:stop], state[start + 1 : stop + 1], state[ahead : ahead + stop - start]
        )
    state[-1] = _twist(state[-1], state[0], state[_APART - 1])


def _twist(word: Words, after: Words, ahead: Words) -> Words:
    """Make the next word of a place from the one there, the one after it and the one 397 ahead."""
    mixed = (word & _TOP_BIT) | (after & _LOW_31)
    odd: Words = (after & _ONE) * _MATRIX
    return ahead ^ (mixed >> _ONE) ^ odd


def _temper(words: Words) -> Words:
    """Turn words of state into words of output."""
    words = words ^ (words >> np.uint32(11))
    words = words ^ ((words << np.uint32(7)) & np.uint32(0x9D2C5680))
    words = words ^ ((words << np.uint32(15)) & np.uint32(0xEFC60000))
    return words ^ (words >> np.uint32(18))
