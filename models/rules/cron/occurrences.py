"""When a cron fires, as aware UTC datetimes. A window's start is exclusive, its end inclusive.

So windows that follow each other neither share nor lose an instant, and Temporal's own
`ListScheduleMatchingTimes` has the same start.
"""

from datetime import UTC, datetime, timedelta
from math import floor
from zoneinfo import ZoneInfo

from models.rules.cron.expression import Cron
from models.rules.cron.instants import MARGIN, Instants, fire_instants
from models.rules.cron.zone_transitions import DAY, LATEST, clock

# CronSim gives up after 50 years; of crons that fire at all none waits longer than 40.
FARTHEST_DAYS = 50 * 366
LAST_INSTANT = datetime.fromtimestamp(LATEST - MARGIN - 1, UTC)


def occurrences(
    cron: Cron, tz: ZoneInfo, start: datetime, end: datetime, *, limit: int | None = None
) -> list[datetime]:
    """Return the instants in (start, end] at which the cron fires in the zone, at most `limit` of them."""
    low, high = floor(start.timestamp()) + 1, floor(end.timestamp()) + 1
    if limit is None:
        return as_datetimes(fire_instants(cron, clock(tz.key), low, high))
    found: list[datetime] = []
    days = 2
    while low < high and len(found) < limit:
        middle = min(low + days * DAY, high)
        found += as_datetimes(fire_instants(cron, clock(tz.key), low, middle)[: limit - len(found)])
        low, days = middle, days * 8
    return found


def next_occurrence(cron: Cron, tz: ZoneInfo, after: datetime) -> datetime | None:
    """Return the first instant after `after` at which the cron fires, or None if none comes in 50 years."""
    end = min(after + timedelta(days=FARTHEST_DAYS), LAST_INSTANT)
    found = occurrences(cron, tz, after, end, limit=1)
    return found[0] if found else None


def as_datetimes(instants: Instants) -> list[datetime]:
    """Turn seconds since 1970 into aware UTC datetimes."""
    return [datetime.fromtimestamp(instant, UTC) for instant in instants.tolist()]
