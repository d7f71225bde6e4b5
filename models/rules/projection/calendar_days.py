"""How a calendar is laid out: its days, and which automations fire so often that a day is one entry."""

from datetime import datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

import numpy as np

from models.rules.cron.expression import parse
from models.rules.cron.instants import Instants
from models.rules.cron.words import cadence
from models.rules.projection.plan import Row

COLLAPSED_FROM = 12
ORDINALS = {2: "2nd", 3: "3rd"}


def day_edges(start: datetime, end: datetime, tz: ZoneInfo) -> Instants:
    """Return the window's start, every midnight of the zone within it, and its end."""
    edges = [ceil(start.timestamp())]
    day = start.astimezone(tz).date() + timedelta(days=1)
    while (midnight := ceil(datetime.combine(day, time(), tz).timestamp())) < end.timestamp():
        edges.append(midnight)
        day += timedelta(days=1)
    return np.array([*edges, ceil(end.timestamp())], dtype=np.int64)


def newest_days(now: datetime, tz: ZoneInfo, days: int) -> tuple[datetime, datetime]:
    """Return the midnight at which the zone's newest `days` days begin, and the one at which today ends."""
    today = now.astimezone(tz).date()
    first, behind = today - timedelta(days=days - 1), today + timedelta(days=1)
    return datetime.combine(first, time(), tz), datetime.combine(behind, time(), tz)


def fires_a_day(row: Row | None) -> int:
    """Return how often a schedule fires on a day on which it fires; 0 for a trigger."""
    if row is None:
        return 0
    return parse(row.cron).fires_per_day // (row.slowdown.every if row.slowdown else 1)


def cadence_text(row: Row | None, count: int) -> str:
    """Say how often an automation fires on a day: "Every 30 min, 48 a day"; of a trigger how often it has run."""
    if row is None:
        return f"{count} runs"
    words = cadence(parse(row.cron)).text
    if row.slowdown:
        every = row.slowdown.every
        words += f", each {ORDINALS.get(every, f'{every}th')} of them"
    return f"{words}, {fires_a_day(row)} a day"
