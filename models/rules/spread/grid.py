"""The load of the week while a plan is made, and what each place of one automation would add to its overload.

Overload is what lies above a target: starts above the hour's, runs above the minute's. Each is scaled by its target, so
that the two add up. What stays overloaded for long is made dearer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.rules.arrays import Instants
from models.rules.spread.week import MINUTES, Amounts, FlatFires, WeekLoad

HOUR_FACTOR, MINUTE_FACTOR = 60.0, 10.0
DEARER = 1.5
NEGLIGIBLE = 1e-6
_HOUR_OF = np.arange(MINUTES) // 60


@dataclass(frozen=True, slots=True)
class Targets:
    """What an hour's starts and a minute's runs should not exceed, in the unit of the loads."""

    hour: float
    minute: float


class Grid:
    """The sums by hour and by minute, with each load at its present shift."""

    def __init__(self, loads: Sequence[WeekLoad], shifts: Instants) -> None:
        self.loads = loads
        self.shifts = shifts.copy()
        self._flat = FlatFires.of(loads)
        self._ways = [_Ways.of(load) for load in loads]
        self._places = [self._at(index, int(shift)) for index, shift in enumerate(shifts)]
        self.hours, self.minutes = self._flat.by_hour(shifts), self._flat.by_minute(shifts)
        self.targets = Targets(0, 0)
        self._hour_price, self._minute_price = np.ones(0), np.ones(0)
        self._is_dearer = False

    def aim(self, targets: Targets) -> None:
        """Count overload against these targets, at plain prices."""
        self.targets = targets
        self._hour_scale = HOUR_FACTOR / max(targets.hour, 1.0)
        self._minute_scale = MINUTE_FACTOR / max(targets.minute, 1.0)
        self._hour_price, self._minute_price = np.ones_like(self.hours), np.ones_like(self.minutes)
        self._is_dearer = False

    def raise_prices(self) -> None:
        """Make what is overloaded now dearer."""
        self._hour_price[self.hours > self.targets.hour] *= DEARER
        self._minute_price[self.minutes > self.targets.minute] *= DEARER
        self._is_dearer = True

    @property
    def overload(self) -> float:
        """All that lies above the targets, at plain prices."""
        hours = np.maximum(self.hours - self.targets.hour, 0).sum()
        minutes = np.maximum(self.minutes - self.targets.minute, 0).sum()
        return float(hours * self._hour_scale + minutes * self._minute_scale)

    @property
    def peaks(self) -> Targets:
        return Targets(float(self.hours.max()), float(self.minutes.max()))

    def touching(self) -> Instants:
        """Return the loads that may move and put something into an overloaded hour or minute."""
        begin = self._flat.fires + self.shifts[self._flat.owners]
        over = np.concatenate([[0], np.cumsum(np.tile(self.minutes > self.targets.minute, 3))])
        begin %= MINUTES
        lasts = np.minimum(self._flat.lasts, 2 * MINUTES)
        there = (over[begin + lasts] > over[begin]) | (self.hours > self.targets.hour)[_HOUR_OF[begin]]
        owners = np.unique(self._flat.owners[there])
        return np.array([owner for owner in owners.tolist() if self.loads[owner].may_move], dtype=np.int64)

    def costs(self, index: int) -> Amounts:
        """Return the overload that the load adds at each of its shifts, the others where they are."""
        load, ways = self.loads[index], self._ways[index]
        weight, lasts = load.weight, load.lasts
        self._put(self._places[index], -weight)
        minute_costs = self._added(
            self.minutes, self.targets.minute, self._minute_price, load.fires[:, None] + ways.minutes, weight
        )
        hour_costs = self._added(self.hours, self.targets.hour, self._hour_price, ways.hours, weight)
        self._put(self._places[index], weight)
        if lasts > 1:
            sums = np.concatenate([_NOTHING, minute_costs.cumsum()])
            minute_costs = sums[lasts:] - sums[:-lasts]
        total: Amounts = minute_costs.take(ways.minute_of) * self._minute_scale
        total += hour_costs.take(ways.hour_of) * self._hour_scale
        return total

    def _added(self, sums: Amounts, target: float, price: Amounts, where: Instants, weight: float) -> Amounts:
        """Return what the weight adds above the target, for each column of cells."""
        found = sums.take(where, mode="wrap")
        found += weight - target
        np.maximum(found, 0, out=found)
        np.minimum(found, weight, out=found)
        if self._is_dearer:
            found *= price.take(where, mode="wrap")
        summed: Amounts = np.add.reduce(found, axis=0)
        return summed

    def move(self, index: int, shift: int) -> None:
        weight = self.loads[index].weight
        self._put(self._places[index], -weight)
        self.shifts[index] = shift
        self._places[index] = self._at(index, shift)
        self._put(self._places[index], weight)

    def return_to(self, shifts: Instants) -> None:
        """Move every load to its shift of an earlier state."""
        for index in np.flatnonzero(self.shifts != shifts).tolist():
            self.move(index, int(shifts[index]))

    def would_exceed(self, index: int, shift: int, limits: Targets) -> bool:
        """Return whether the move would bring a minute or an hour that it enters above the limits."""
        weight, there = self.loads[index].weight, self._at(index, shift)
        if self._most_at(there, limits) <= -weight:
            return False
        self._put(self._places[index], -weight)
        most = self._most_at(there, limits)
        self._put(self._places[index], weight)
        return most > -weight

    def _most_at(self, place: "_Place", limits: Targets) -> float:
        """Return the most by which these cells lie above the limits; negative if all are below."""
        minutes = float(self.minutes.take(place.minutes).max()) - limits.minute
        return max(minutes, float(self.hours.take(place.hours).max()) - limits.hour)

    def _at(self, index: int, shift: int) -> "_Place":
        load = self.loads[index]
        begin = (load.fires + shift) % MINUTES
        minutes = begin if load.lasts == 1 else (begin[:, None] + np.arange(load.lasts)).ravel() % MINUTES
        return _Place(minutes, _HOUR_OF.take(begin))

    def _put(self, place: "_Place", weight: float) -> None:
        np.add.at(self.minutes, place.minutes, weight)
        np.add.at(self.hours, place.hours, weight)


@dataclass(frozen=True, slots=True)
class _Place:
    """The minutes in which a load's runs go on, and the hours in which they start; one may come several times."""

    minutes: Instants
    hours: Instants


@dataclass(frozen=True, slots=True)
class _Ways:
    """Where the shifts of a load lead: the cells to look at, and which of their columns each shift needs.

    Attributes:
        minutes: The minutes from the first shift's start to the last shift's end, relative to a fire.
        minute_of: For each shift the column of its start.
        hours: The hours, a row for each fire and a column for each number of hours that the shifts carry it on.
        hour_of: For each shift its column.
    """

    minutes: Instants
    minute_of: Instants
    hours: Instants
    hour_of: Instants

    @classmethod
    def of(cls, load: WeekLoad) -> "_Ways":
        first = int(load.shifts[0])
        minutes = np.arange(first, int(load.shifts[-1]) + load.lasts)
        carried = (np.unique(load.fires % 60)[:, None] + load.shifts) // 60
        if (carried == carried[0]).all():
            ahead, hour_of = np.unique(carried[0], return_inverse=True)
            hours = load.fires[:, None] // 60 + ahead
        else:
            # Where the week's hours are not those of its zone, its fires change the hour at different shifts.
            hours, hour_of = (load.fires[:, None] + load.shifts) // 60, np.arange(load.shifts.size)
        return cls(minutes, load.shifts - first, hours, hour_of)


_NOTHING: npt.NDArray[np.float64] = np.zeros(1)
