"""Due times listed one by one, without the arithmetic under test, and plain slots to count them in."""

from datetime import datetime, timedelta

import numpy as np

from models.rules.arrays import Counts
from models.rules.projection.counts import slot_counts
from models.rules.projection.plan import ProjectionPlan
from models.rules.schedule import Schedule

TICK = timedelta(microseconds=1)


def due(schedule: Schedule | None, start: datetime, end: datetime) -> list[datetime]:
    """List the due times in [start, end). The due times of a slowed schedule are numbered from its anchor."""
    if schedule is None:
        return []
    every = Schedule(schedule.cron, schedule.timezone)
    if schedule.slowdown is None:
        return every.due_between(start - TICK, end - TICK)
    anchor, kept, number = schedule.slowdown.anchor, [], 0
    for moment in every.due_between(min(start - TICK, anchor), end - TICK):
        number += moment > anchor
        if number % schedule.slowdown.every == 0:
            kept.append(moment)
    return [moment for moment in kept if start <= moment]


def starts_per_slot(plan: ProjectionPlan, edges: list[datetime]) -> Counts:
    return slot_counts(plan, np.array([-(-edge.timestamp() // 1) for edge in edges], dtype=np.int64))


def starts_per_hour(plan: ProjectionPlan, start: datetime, hours: int) -> Counts:
    return starts_per_slot(plan, [start + timedelta(hours=hour) for hour in range(hours + 1)])
