"""The daily trend of an automation, summed from `automation_hours`; the table `runs` is never read."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.outlook.trend import Trend, TrendDay, TrendFigures
from models.rules.cost import mean_cost, mean_ms
from models.rules.health import success_rate
from models.rules.listing.severity import severity
from models.rules.projection.calendar_days import day_edges, newest_days
from models.store.stats.hour_sums import bucket_between
from models.store.tables.stats import AutomationHour

COUNTS = ("started", "completed", "failed", "cancelled", "skipped", "missed")
SUMMED = (*COUNTS, "duration_ms_sum", "duration_count", "cost_usd_sum", "cost_count", "known_usd_sum")


async def trend(session: AsyncSession, automation_id: UUID, *, days: int, tz: ZoneInfo, now: datetime) -> Trend:
    """Return the figures of the last `days` days in the zone, today included.

    Hours are stored in UTC: if a zone's day begins within an hour, as in Kolkata, that hour counts for the day before.
    """
    edges = [datetime.fromtimestamp(edge, UTC) for edge in day_edges(*newest_days(now, tz, days), tz).tolist()]
    sums = await _sums(session, automation_id, edges)
    total: Counter[str] = Counter()
    for one in sums.values():
        total.update(one)
    starts = [edge.astimezone(tz) for edge in edges]
    return Trend(
        automation_id=automation_id,
        timezone=tz.key,
        days=tuple(
            TrendDay(day=start.date(), start=start, end=end, **_figures(sums.get(place, {})))
            for place, (start, end) in enumerate(pairwise(starts))
        ),
        total=TrendFigures(**_figures(total)),
    )


async def _sums(session: AsyncSession, automation_id: UUID, edges: list[datetime]) -> dict[int, dict[str, Any]]:
    """Return the sums by day index; days without any hour are left out."""
    place = bucket_between(edges).label("place")
    query = (
        select(place, *(func.sum(getattr(AutomationHour, name)) for name in SUMMED))
        .where(AutomationHour.automation_id == automation_id)
        .where(AutomationHour.hour >= edges[0], AutomationHour.hour < edges[-1])
        .group_by(place)
    )
    return {row[0] - 1: dict(zip(SUMMED, row[1:], strict=True)) for row in await session.execute(query)}


def _figures(sums: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: sums.get(name, 0) for name in SUMMED}
    completed, failed = int(found["completed"]), int(found["failed"])
    return {
        **{name: int(found[name]) for name in COUNTS},
        "success_rate": success_rate(completed, failed),
        "severity": severity(completed, failed),
        "avg_duration_ms": mean_ms(int(found["duration_ms_sum"]), int(found["duration_count"])),
        "spent": found["known_usd_sum"],
        "avg_cost_per_run": mean_cost(found["cost_usd_sum"], int(found["cost_count"])),
        "unknown_costs": int(found["duration_count"] - found["cost_count"]),
    }
