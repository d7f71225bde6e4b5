"""Random draws that depend on nothing but what they are drawn for, so that the same question has the same answer.

A draw is a hash of numbers: of the automation, of the instant, of the place in a row. What an edit does not touch is
drawn the same before and after it, so that the difference between the two is the edit's and not chance. The hash is
SplitMix64 (Steele, Lea and Flood, 2014).
"""

from uuid import UUID

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

_MASK = (1 << 64) - 1
_STEP = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_UNIT = 2.0**-53


def seed_of(key: UUID) -> int:
    """Return an automation's own 64 bits."""
    return (key.int >> 64 ^ key.int) & _MASK


def mixed(seed: int, part: int) -> int:
    """Return the bits that belong to a seed and a number."""
    value = (seed + (part + 1) * _STEP) & _MASK
    value = ((value ^ value >> 30) * _FIRST) & _MASK
    value = ((value ^ value >> 27) * _SECOND) & _MASK
    return value ^ value >> 31


def mixed_many(seeds: Bits, parts: npt.NDArray[np.int64]) -> Bits:
    """Return what `mixed` does, for many at once."""
    value = seeds + (parts.astype(np.uint64) + np.uint64(1)) * np.uint64(_STEP)
    value = (value ^ value >> np.uint64(30)) * np.uint64(_FIRST)
    value = (value ^ value >> np.uint64(27)) * np.uint64(_SECOND)
    mixed_bits: Bits = value ^ value >> np.uint64(31)
    return mixed_bits


def uniform(bits: int) -> float:
    """Return the number in [0, 1) that bits stand for."""
    return (bits >> 11) * _UNIT


def uniforms(bits: Bits) -> Floats:
    """Return what `uniform` does, for many at once."""
    numbers: Floats = (bits >> np.uint64(11)).astype(np.float64) * _UNIT
    return numbers


def poisson_counts(expected: Floats, bits: Bits) -> npt.NDArray[np.int64]:
    """Return how often something happens that is expected so often, by inversion; one draw for each number.

    Numbers above `_PIECE` are drawn in pieces, whose sum has the same distribution.
    """
    counts = np.zeros(expected.size, dtype=np.int64)
    pieces = np.ceil(expected / _PIECE).astype(np.int64)
    for piece in range(int(pieces.max(initial=0))):
        there = np.flatnonzero(pieces > piece)
        means = expected[there] / pieces[there]
        counts[there] += _inverted(means, uniforms(mixed_many(bits[there], np.full(there.size, piece))))
    return counts


_PIECE = 64.0


def _inverted(means: Floats, chances: Floats) -> npt.NDArray[np.int64]:
    counts = np.zeros(means.size, dtype=np.int64)
    share = np.exp(-means)
    below = share.copy()
    for count in range(1, _MOST_IN_A_PIECE):
        above = chances >= below
        if not above.any():
            break
        counts += above
        share = share * means / count
        below += share
    return counts


_MOST_IN_A_PIECE = 400
"""More never happens with at most `_PIECE` expected: the chance is below what a double can hold."""
