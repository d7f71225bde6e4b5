"""Brings a week's load under its targets by moving automations, as little as possible.

1. Lazily greedy: of all automations in an overloaded hour or minute, the move that takes away the most overload per
   minute of additional shift is made first. Others are looked at again before they move, because a move changes them.
2. What stays overloaded is made dearer, which lets later rounds move what stands in its way.
3. Afterwards each moved automation goes back as far as it can without new overload.

Rounds and moves are counted, never the time, so the same week gives the same plan.
"""

import heapq
from dataclasses import dataclass

import numpy as np

from models.rules.spread.grid import NEGLIGIBLE, Grid, Targets

MOST_ROUNDS = 12
MOST_PULL_BACKS = 4
MOST_STALE = 4
"""Rounds without progress after which a target is given up."""
CLOSE_ENOUGH = 0.8
"""A move whose gain has fallen is still made if it comes this close to the best that may be left."""
FREE = 0.25
"""Stands for the additional shift of a move that shifts no farther than before, in minutes."""


@dataclass(frozen=True, slots=True)
class _Move:
    score: float
    shift: int


def repair(grid: Grid, limits: Targets, rounds: int = MOST_ROUNDS) -> bool:
    """Move loads until nothing is above the grid's targets; return whether that was reached.

    The best state that was seen is kept. No cell comes above its limit.
    """
    best, best_shifts = grid.overload, grid.shifts.copy()
    stale = 0
    for number in range(rounds):
        if best <= NEGLIGIBLE:
            break
        if number:
            grid.raise_prices()
        moved = _round(grid, limits)
        overload = grid.overload
        stale = 0 if overload < best * 0.99 else stale + 1
        if overload < best:
            best, best_shifts = overload, grid.shifts.copy()
        if stale >= MOST_STALE or (number and not moved):
            break
    grid.return_to(best_shifts)
    return best <= NEGLIGIBLE


def _round(grid: Grid, limits: Targets) -> int:
    heap: list[tuple[float, int, int]] = []
    for index in grid.touching().tolist():
        move = _best_move(grid, index, limits)
        if move is not None:
            heap.append((-move.score, index, move.shift))
    heapq.heapify(heap)
    moved = 0
    # Each move takes overload away, so there is an end; the count only bounds what rounding could add.
    for _ in range(50 * len(grid.loads)):
        if not heap:
            break
        _, index, _ = heapq.heappop(heap)
        move = _best_move(grid, index, limits)
        if move is None:
            continue
        if heap and move.score < -heap[0][0] * CLOSE_ENOUGH:
            heapq.heappush(heap, (-move.score, index, move.shift))
            continue
        grid.move(index, move.shift)
        moved += 1
        again = _best_move(grid, index, limits)
        if again is not None:
            heapq.heappush(heap, (-again.score, index, again.shift))
    return moved


def _best_move(grid: Grid, index: int, limits: Targets) -> _Move | None:
    """Return the move of a load that takes away the most overload per minute of additional shift."""
    load = grid.loads[index]
    costs = grid.costs(index)
    here = int(np.searchsorted(load.shifts, grid.shifts[index]))
    gains = costs[here] - costs
    distances = np.abs(load.shifts - load.wanted)
    farther = np.maximum(distances - distances[here], FREE)
    scores = np.where(gains > NEGLIGIBLE, gains / farther, 0)
    while True:
        place = int(scores.argmax())
        if scores[place] <= 0:
            return None
        shift = int(load.shifts[place])
        if not grid.would_exceed(index, shift, limits):
            return _Move(float(scores[place]), shift)
        scores[place] = 0


def pull_back(grid: Grid, limits: Targets) -> None:
    """Move every load as near as possible to where it is wanted without adding overload, the farthest first."""
    for _ in range(MOST_PULL_BACKS):
        distances = np.abs(grid.shifts - np.array([load.wanted for load in grid.loads]))
        moved = False
        for index in np.argsort(-distances, kind="stable").tolist():
            if not distances[index]:
                break
            moved |= _pull_back_one(grid, index, limits)
        if not moved:
            break


def _pull_back_one(grid: Grid, index: int, limits: Targets) -> bool:
    load = grid.loads[index]
    costs = grid.costs(index)
    here = int(np.searchsorted(load.shifts, grid.shifts[index]))
    distances = np.abs(load.shifts - load.wanted)
    nearer = np.flatnonzero((distances < distances[here]) & (costs <= costs[here] + NEGLIGIBLE))
    for place in nearer[np.argsort(distances[nearer], kind="stable")].tolist():
        shift = int(load.shifts[place])
        if not grid.would_exceed(index, shift, limits):
            grid.move(index, shift)
            return True
    return False
