"""The day on which a monthly budget is spent: where what is spent and what is still to come reach it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from models.rules.cost import this_month
from models.rules.simulation.draws import Floats

HOUR = timedelta(hours=1)
SMALLEST_USD = 1e-9
"""Sums of floating-point numbers may fall short of what they stand for by less than this."""


@dataclass(frozen=True, slots=True)
class Months:
    """The hours from now to the end of the next calendar month (UTC), by their ends."""

    now: datetime
    turns: datetime
    """When this month ends."""
    hours: tuple[datetime, ...]

    @classmethod
    def ahead(cls, now: datetime) -> "Months":
        turns = this_month(now)[1]
        end = this_month(turns)[1]
        first = now.replace(minute=0, second=0, microsecond=0) + HOUR
        count = (end - first) // HOUR + 1
        return cls(now, turns, tuple(first + place * HOUR for place in range(count)))


def ends_at(limit_usd: float, spent_usd: float, cost_usd: float, months: Months, runs_until: Floats) -> datetime | None:
    """Return when a budget is spent, this month or the next; None if it lasts.

    Args:
        limit_usd: The budget.
        spent_usd: What is spent of it this month.
        cost_usd: What a run costs.
        months: The hours ahead.
        runs_until: How many runs there are from now to the end of each of these hours.
    """
    if spent_usd >= limit_usd:
        return months.now
    this = np.array([at <= months.turns for at in months.hours])
    at_turn = float(runs_until[this][-1]) if this.any() else 0.0
    spent = np.where(this, spent_usd + runs_until * cost_usd, (runs_until - at_turn) * cost_usd)
    over = np.flatnonzero(spent >= limit_usd - SMALLEST_USD)
    return months.hours[int(over[0])] if over.size else None
