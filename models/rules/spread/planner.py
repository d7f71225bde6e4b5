"""Plans which automations move, so that no hour and no minute of the week is above its target."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.rules.arrays import Instants
from models.rules.spread.bounds import Bounds, lower_bounds
from models.rules.spread.grid import Grid, Targets
from models.rules.spread.repair import MOST_ROUNDS, pull_back, repair
from models.rules.spread.week import Amounts, FlatFires, WeekLoad

TRIAL_ROUNDS = 3
MOST_TRIALS = 8
HOUR_ROOM = 1.03
"""How far above the lowest reachable hour the target is set: the last percents would move twice as much, and leave
no room to lower the busiest minute."""
MINUTE_AIM = 1.15
"""The first target of the busiest minute, as a multiple of its bound: what usually is reached."""
HOUR_STEP, MINUTE_STEP = 0.005, 0.05
"""Targets are searched until they are known to this part of the peak."""


@dataclass(frozen=True, slots=True)
class WeekSums:
    """The load of a week: starts by hour, and runs going on by minute."""

    hours: Amounts
    minutes: Amounts

    @property
    def peaks(self) -> Targets:
        return Targets(float(self.hours.max()), float(self.minutes.max()))


@dataclass(frozen=True, slots=True)
class SpreadPlan:
    """The shift of each load, in the order given, and what comes of it.

    Attributes:
        shifts: The minutes by which each load moves from where it is.
        targets: What was aimed at.
        reached: Whether nothing is above the targets.
    """

    shifts: Instants
    before: WeekSums
    after: WeekSums
    bounds: Bounds
    targets: Targets
    reached: bool


def plan_spread(loads: Sequence[WeekLoad], hour: float | None = None, minute: float | None = None) -> SpreadPlan:
    """Plan the least moving that brings the peaks under the targets; the same loads give the same plan.

    Neither peak gets above what it is now, whatever the targets are.

    Args:
        loads: What is in the week, in a fixed order, those that may not move included.
        hour: The most that may start in an hour; None, and no `minute` either: as little as can be reached.
        minute: The most that may go on in a minute; likewise. With only one target the other peak stays as it is.
    """
    still = np.zeros(len(loads), dtype=np.int64)
    before = sums_of(loads, still)
    bounds = lower_bounds(loads)
    if hour is None and minute is None:
        targets, shifts, reached = _lowest(loads, before.peaks, bounds)
    else:
        peaks = before.peaks
        targets = Targets(peaks.hour if hour is None else hour, peaks.minute if minute is None else minute)
        shifts, reached = _reach(loads, targets, peaks)
    return SpreadPlan(shifts, before, sums_of(loads, shifts), bounds, targets, reached)


def sums_of(loads: Sequence[WeekLoad], shifts: Instants) -> WeekSums:
    """Return the week's sums with each load moved by its shift."""
    flat = FlatFires.of(loads)
    return WeekSums(flat.by_hour(shifts), flat.by_minute(shifts))


def _reach(
    loads: Sequence[WeekLoad], targets: Targets, limits: Targets, rounds: int = MOST_ROUNDS
) -> tuple[Instants, bool]:
    grid = _grid(loads)
    grid.aim(targets)
    reached = repair(grid, limits, rounds)
    pull_back(grid, limits)
    return grid.shifts, reached


def _lowest(loads: Sequence[WeekLoad], peaks: Targets, bounds: Bounds) -> tuple[Targets, Instants, bool]:
    """Find the lowest targets that can be reached, the hour's first, and the plan that reaches them."""
    grid = _grid(loads)
    hour = min(_lowest_hour(grid, peaks, bounds.hour) * HOUR_ROOM, peaks.hour)
    # From here on anew: each target on the way has moved what the last one may not need.
    targets = Targets(hour, min(bounds.minute * MINUTE_AIM, peaks.minute))
    shifts, reached = _reach(loads, targets, peaks, TRIAL_ROUNDS)
    if reached:
        return targets, shifts, True
    grid = _grid(loads)
    targets = replace(targets, minute=_lowest_minute(grid, hour, peaks, targets.minute))
    grid.aim(targets)
    pull_back(grid, peaks)
    return targets, grid.shifts, True


def _lowest_hour(grid: Grid, peaks: Targets, bound: float) -> float:
    low, high = bound, peaks.hour
    for _ in range(MOST_TRIALS):
        if high - low <= HOUR_STEP * peaks.hour:
            break
        middle = (low + high) / 2
        if _try(grid, Targets(middle, peaks.minute), peaks):
            high = grid.peaks.hour
        else:
            low = middle
    return high


def _lowest_minute(grid: Grid, hour: float, peaks: Targets, too_low: float) -> float:
    _try(grid, Targets(hour, peaks.minute), peaks)
    low, high = too_low, grid.peaks.minute
    for _ in range(MOST_TRIALS):
        if high - low <= MINUTE_STEP * low:
            break
        # Peaks lie far above their bound as a rule: halve the ratio, not the difference.
        middle = (low * high) ** 0.5
        if _try(grid, Targets(hour, middle), peaks):
            high = grid.peaks.minute
        else:
            low = middle
    return high


def _try(grid: Grid, targets: Targets, limits: Targets) -> bool:
    """Go on from where the grid is; a target that is not reached leaves it there."""
    grid.aim(targets)
    shifts = grid.shifts.copy()
    if repair(grid, limits, TRIAL_ROUNDS):
        return True
    grid.return_to(shifts)
    return False


def _grid(loads: Sequence[WeekLoad]) -> Grid:
    return Grid(loads, np.zeros(len(loads), dtype=np.int64))
