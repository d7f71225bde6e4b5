"""What all automations together will do: starts a slot, starts in a window, and the next run of each.

It answers for schedules as they are (paused ones never, slowed ones at their slower pace) and equals what
`occurrences` lists. A slot and a window begin with their start and end before their end: a fire at 22:00
belongs to the hour of 22:00.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil, floor

import numpy as np

from models.rules.cron.instants import Instants
from models.rules.cron.occurrences import as_datetimes
from models.rules.projection.counts import slot_counts
from models.rules.projection.next_fire import NEVER, next_instants
from models.rules.projection.plan import Counts, Plan


def starts_per_slot(plan: Plan, edges: Sequence[datetime]) -> Counts:
    """Return rows x slots: how often each row fires from each edge up to the next."""
    return slot_counts(plan, np.array([ceil(edge.timestamp()) for edge in edges], dtype=np.int64))


def starts_per_hour(plan: Plan, start: datetime, hours: int) -> Counts:
    """Return rows x hours: how often each row fires in each of the hours from `start` on."""
    return starts_per_slot(plan, [start + timedelta(hours=hour) for hour in range(hours + 1)])


def starts_in_window(plan: Plan, start: datetime, end: datetime) -> Counts:
    """Return how often each row fires in [start, end)."""
    return starts_per_slot(plan, [start, end])[:, 0]


def next_runs(plan: Plan, after: datetime) -> list[datetime | None]:
    """Return the first instant after `after` at which each row fires; None for paused rows."""
    instants: Instants = next_instants(plan, floor(after.timestamp()))
    return [
        moment if instant != NEVER else None
        for instant, moment in zip(instants.tolist(), as_datetimes(instants), strict=True)
    ]
