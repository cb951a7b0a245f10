"""Torch's CPU random numbers, the first ones of many seeds at once, bit for bit, in numpy.

A torch generator on the CPU is the Mersenne Twister MT19937 (Matsumoto and Nishimura, "Mersenne
Twister", ACM TOMACS 8(1), 1998), seeded by Knuth's recurrence (`init_genrand` of their 2002
reference code). Here every seed is a column: the recurrence runs down the rows, numpy runs across
the columns. Words are uint32 arrays of shape (words, seeds).
"""

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Words: TypeAlias = NDArray[np.uint32]
Floats: TypeAlias = NDArray[np.float64]

_STATE = 624  # words of state
_APART = 397  # a new word mixes the old one at its place with the one this far ahead
_LEAD = 32  # words tried before a whole state is built: 16 normal draws, seldom are more needed

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
    return (_temper(_lead(seeds, 1)[0]) & _LOW_24).astype(np.float64) * 2.0**-24


def normals(seeds: Words, std: float, limit: float) -> Floats:
    """Return the first `std * torch.randn(1).item()` below the limit in size, for each seed (n,).

    The product is taken in float64. The time grows with the number of draws: the caller sees to it
    that they are few (see `lrdsl.noise.acceptance`).
    """
    result = np.empty(seeds.size)
    left = _settle(result, _lead(seeds, _LEAD), std, limit)
    if left.size:
        result[left] = _patient_normals(seeds[left], std, limit)
    return result


def _patient_normals(seeds: Words, std: float, limit: float) -> Floats:
    """Do as `normals` does, from whole states, for as many draws as it takes."""
    state = np.empty((_STATE, seeds.size), np.uint32)
    _seed(seeds, state[:_APART], state[_APART:])
    result = np.empty(seeds.size)
    left = np.arange(seeds.size)
    while left.size:
        _advance(state)
        found = np.empty(left.size)
        rest = _settle(found, state, std, limit)
        result[left] = found
        left, state = left[rest], state[:, rest]
    return result


def _settle(result: Floats, words: Words, std: float, limit: float) -> NDArray[np.intp]:
    """Put each column's first draw below the limit in the result; return columns without one."""
    left = np.arange(result.size)
    for row in range(0, len(words), 4):
        first, second = (std * draw for draw in _normal_pair(_temper(words[row : row + 4, left])))
        value = np.where(abs(first) < limit, first, second)
        result[left] = value
        left = left[abs(value) >= limit]
        if not left.size:
            break
    return left


def _normal_pair(words: Words) -> tuple[Floats, Floats]:
    """Draw two normal numbers from four words by Box and Muller's transform, rounded to float32.

    torch computes them in float64 with the C library. Where a last bit of that could tip the
    rounding, so does this.
    """
    turn, depth = _fraction(words[0], words[1]), _fraction(words[2], words[3])
    angle = 2.0 * math.pi * turn
    radius = np.sqrt(-2.0 * np.log1p(-depth))
    doubt = radius * _DOUBT

    def rounded(near: Floats, exact: Callable[[float], float]) -> Floats:
        result = near.astype(np.float32)
        doubtful = (near - doubt).astype(np.float32) != (near + doubt).astype(np.float32)
        for i in np.flatnonzero(doubtful):
            result[i] = math.sqrt(-2.0 * math.log1p(-depth[i])) * exact(angle[i])
        return result.astype(np.float64)

    return rounded(radius * np.cos(angle), math.cos), rounded(radius * np.sin(angle), math.sin)


def _fraction(high: Words, low: Words) -> Floats:
    """Return the 53 low bits of a 64-bit word as a fraction of 1."""
    word = (high.astype(np.uint64) << np.uint64(32)) | low
    return (word & _LOW_53).astype(np.float64) * 2.0**-53


def _lead(seeds: Words, count: int) -> Words:
    """Return the first words of the twister, not yet tempered, without building all its state."""
    low = np.empty((count + 1, seeds.size), np.uint32)
    high = np.empty((count, seeds.size), np.uint32)
    _seed(seeds, low, high)
    return _twist(low[:-1], low[1:], high)


def _seed(seeds: Words, low: Words, high: Words) -> None:
    """Run the seeding recurrence; keep the state's first words in low, those from 397 in high."""
    word, spare = seeds.copy(), np.empty_like(seeds)
    low[0] = word
    for i in range(1, _APART + len(high)):
        np.right_shift(word, 30, out=spare)
        np.bitwise_xor(word, spare, out=word)
        np.multiply(word, 1812433253, out=word)
        np.add(word, i, out=word)
        if i < len(low):
            low[i] = word
        elif i >= _APART:
            high[i - _APART] = word


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
