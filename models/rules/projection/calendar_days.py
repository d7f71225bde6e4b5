"""The days of a calendar, and how it summarises an automation that fires often on a day."""

from datetime import datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

import numpy as np

from models.rules.arrays import Instants
from models.rules.schedule import Schedule

COLLAPSED_FROM = 12


def day_edges(start: datetime, end: datetime, tz: ZoneInfo) -> Instants:
    """Return the window's start, every midnight of the zone within it, and its end."""
    edges = [ceil(start.timestamp())]
    day = start.astimezone(tz).date() + timedelta(days=1)
    while (midnight := ceil(datetime.combine(day, time(), tz).timestamp())) < end.timestamp():
        edges.append(midnight)
        day += timedelta(days=1)
    return np.array([*edges, ceil(end.timestamp())], dtype=np.int64)


def newest_days(now: datetime, tz: ZoneInfo, days: int) -> tuple[datetime, datetime]:
    """Return the midnights at which the zone's last `days` days, today included, begin and end."""
    today = now.astimezone(tz).date()
    first, end = today - timedelta(days=days - 1), today + timedelta(days=1)
    return datetime.combine(first, time(), tz), datetime.combine(end, time(), tz)


def fires_per_day(schedule: Schedule | None) -> int:
    """Return how often it fires on a day on which it fires; 0 for a trigger."""
    return schedule.fires_per_day if schedule else 0


def cadence_text(schedule: Schedule | None, count: int) -> str:
    """Return how often a schedule fires on a day ("Every 30 min, 48 a day"), or how often a trigger ran ("3 runs")."""
    return schedule.cadence if schedule else f"{count} {'run' if count == 1 else 'runs'}"
