"""The week that a plan is made for: what each automation puts into it, and the sums by hour and by minute.

The week is a ring of 10,080 minutes: a shift over its end comes in at its start, as it does week after week.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.rules.arrays import Instants

Amounts = npt.NDArray[np.float64]
MINUTES, HOURS = 10_080, 168
UNIT = 100
"""Amounts are whole hundredths of an agent run, so that sums are exact and a plan does not depend on their order."""


@dataclass(frozen=True, slots=True)
class WeekLoad:
    """What one automation puts into the week.

    Attributes:
        fires: The minutes of the week in which it starts, at its present place.
        weight: The agent runs that a fire causes, in hundredths.
        lasts: For how many minutes a run goes on.
        shifts: The minutes by which all fires may move together, ascending, 0 among them.
        wanted: The shift that brings it to where people wanted it: the distance from there is what a plan keeps small.
    """

    fires: Instants
    weight: float
    lasts: int
    shifts: Instants
    wanted: int = 0

    @property
    def may_move(self) -> bool:
        return self.shifts.size > 1


@dataclass(frozen=True, slots=True)
class FlatFires:
    """Every fire of many loads, in flat arrays: the load's index, and the minute."""

    owners: Instants
    fires: Instants
    weights: Amounts
    lasts: Instants

    @classmethod
    def of(cls, loads: Sequence[WeekLoad]) -> "FlatFires":
        sizes = np.array([load.fires.size for load in loads], dtype=np.int64)
        owners = np.repeat(np.arange(len(loads)), sizes)
        fires = np.concatenate([load.fires for load in loads]) if loads else np.empty(0, dtype=np.int64)
        weights = np.array([load.weight for load in loads], dtype=np.float64)[owners]
        lasts = np.array([load.lasts for load in loads], dtype=np.int64)[owners]
        return cls(owners, fires, weights, lasts)

    def by_hour(self, shifts: Instants) -> Amounts:
        """Return the weight that starts in each hour, each load moved by its shift."""
        hours = (self.fires + shifts[self.owners]) % MINUTES // 60
        sums: Amounts = np.bincount(hours, weights=self.weights, minlength=HOURS).astype(np.float64)
        return sums

    def by_minute(self, shifts: Instants) -> Amounts:
        """Return the weight that is going on in each minute, each load moved by its shift."""
        begin = (self.fires + shifts[self.owners]) % MINUTES
        whole, rest = np.divmod(self.lasts, MINUTES)
        end = begin + rest
        change = np.bincount(begin, weights=self.weights, minlength=2 * MINUTES + 1)
        change -= np.bincount(end, weights=self.weights, minlength=2 * MINUTES + 1)
        going = change.cumsum()[: 2 * MINUTES]
        sums: Amounts = going[:MINUTES] + going[MINUTES:] + float((whole * self.weights).sum())
        return sums
