"""Loads below which no plan can bring the week: what cannot leave a window, divided by the window's length.

Each fire is looked at alone, although all fires of an automation move together, so a plan may not reach the bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.rules.arrays import Instants
from models.rules.spread.week import HOURS, MINUTES, Amounts, FlatFires, WeekLoad

HOURS_A_DAY = 24
COARSE_MINUTES, COARSE_CELLS = 10, 144
FINE_CELLS = 120


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least that the busiest hour's starts and the busiest minute's runs can come to."""

    hour: float
    minute: float


def lower_bounds(loads: Sequence[WeekLoad]) -> Bounds:
    """Return the bounds of a week, in the unit of its loads."""
    if not loads:
        return Bounds(0, 0)
    flat = FlatFires.of(loads)
    lowest = np.array([load.shifts[0] for load in loads])[flat.owners] + flat.fires
    highest = np.array([load.shifts[-1] for load in loads])[flat.owners] + flat.fires
    hour = _in_windows(lowest // 60, highest // 60, flat.weights, HOURS, HOURS_A_DAY)
    work = flat.weights * flat.lasts
    ends = highest + flat.lasts - 1
    coarse = _in_windows(
        lowest // COARSE_MINUTES, ends // COARSE_MINUTES, work, MINUTES // COARSE_MINUTES, COARSE_CELLS
    )
    minute = max(
        coarse / COARSE_MINUTES,
        _in_windows(lowest, ends, work, MINUTES, FINE_CELLS),
        _covered_anyway(highest, lowest + flat.lasts, flat.weights),
    )
    return Bounds(hour, minute)


def _in_windows(first: Instants, last: Instants, amounts: Amounts, size: int, longest: int) -> float:
    """Return the most, per cell, that must stay within a window of at most `longest` cells of a ring.

    Args:
        first: For each fire the first cell that it may touch.
        last: The last one.
        amounts: What it puts there.
        size: The cells of the ring.
        longest: The cells of the longest window that is tried.
    """
    span = last - first
    kept = span < longest
    places = last[kept] % size * longest + span[kept]
    ending = np.bincount(places, weights=amounts[kept], minlength=size * longest).reshape(size, longest)
    # ending[b, s]: what ends in cell b and spans at most s + 1 cells, so that it lies in any longer window up to b.
    ending = ending.cumsum(axis=1)
    within, most = np.zeros(size), 0.0
    for length in range(1, longest + 1):
        # The window that ends in b, one cell longer: what the shorter one up to b - 1 holds, and what ends in b.
        within = np.roll(within, 1) + ending[:, length - 1]
        most = max(most, float(within.max()) / length)
    return most


def _covered_anyway(begin: Instants, end: Instants, weights: Amounts) -> float:
    """Return the most weight in a minute that every allowed place of a fire covers: [latest start, earliest end)."""
    covered = end > begin
    if not covered.any():
        return 0.0
    start = begin[covered] % MINUTES
    flat = FlatFires(np.zeros_like(start), start, weights[covered], (end - begin)[covered])
    return float(flat.by_minute(np.zeros(1, dtype=np.int64)).max())
