"""Expected arrivals of triggers: the mean of the same hours of past weeks. An estimate, never mixed with due times."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.store.ids import among
from models.store.stats.counting import hour_of
from models.store.tables.stats import AutomationHour

WEEKS = 4
HOUR = timedelta(hours=1)


async def expected_arrivals(
    session: AsyncSession, triggers: Sequence[UUID], slots: Sequence[datetime], tz: ZoneInfo
) -> list[float]:
    """Return, for each hour in `slots`, the mean number of runs that these triggers started in the past four weeks.

    "The same hour" is by local time in the zone. Counts are stored by UTC hour: if local hours begin within one, each
    of the two UTC hours counts by its share.
    """
    if not triggers:
        return [0.0] * len(slots)
    weeks = [timedelta(weeks=week) for week in range(1, WEEKS + 1)]
    shares = [[part for week in weeks for part in parts_before(slot, week, tz)] for slot in slots]
    hours = {hour for parts in shares for hour, _ in parts}
    query = (
        select(AutomationHour.hour, func.sum(AutomationHour.started))
        .where(AutomationHour.hour.in_(hours), among(AutomationHour.automation_id, triggers))
        .group_by(AutomationHour.hour)
    )
    counts = {hour: int(count) for hour, count in await session.execute(query)}
    return [round(sum(counts.get(hour, 0) * share for hour, share in parts) / WEEKS, 2) for parts in shares]


def parts_before(slot: datetime, ago: timedelta, tz: ZoneInfo) -> list[tuple[datetime, float]]:
    """Return the UTC hours that the same local hour had that long ago, each with its share."""
    # Arithmetic on a zoned datetime is in local time.
    begin = (slot.astimezone(tz) - ago).astimezone(UTC)
    first = hour_of(begin)
    into = (begin - first) / HOUR
    return [(first, 1 - into), *([(first + HOUR, into)] if into else [])]
