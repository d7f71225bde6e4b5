"""The past part of the calendar.

Whole days are counted from `automation_hours`. Single runs are read by index, within the window, up to a limit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.kinds import Kind
from models.store.ids import among
from models.store.stats.hour_sums import bucket_between
from models.store.tables.automations import Automation
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationHour

# Runs that are caught up start later than they were due.
LATEST_CATCH_UP = timedelta(days=1)

_FIRES = func.sum(AutomationHour.started + AutomationHour.skipped + AutomationHour.missed)
_FAILED = func.sum(AutomationHour.failed + AutomationHour.missed)


@dataclass(frozen=True, slots=True)
class PastDay:
    """The fires of one automation on one day of the window.

    Attributes:
        first_hour: The start of the first hour in which something ran or was due.
        count: The number of fires, run or not.
        failed: The number of those that failed or were missed.
    """

    first_hour: datetime
    count: int
    failed: int


PastDays = Mapping[tuple[UUID, int], PastDay]


async def past_days(session: AsyncSession, ids: Sequence[UUID], edges: Sequence[datetime]) -> PastDays:
    """Return the fires of each automation on each day, by automation id and day index.

    Hours are stored in UTC: if a zone's day begins within an hour, that hour counts for the day before.
    """
    if len(edges) < 2:
        return {}
    day = bucket_between(edges).label("day")
    query = (
        select(
            AutomationHour.automation_id,
            day,
            func.min(AutomationHour.hour),
            _FIRES,
            _FAILED,
        )
        .where(*_hours(ids, edges))
        .group_by(AutomationHour.automation_id, day)
    )
    return {
        (key, place - 1): PastDay(first, int(count), int(failed))
        for key, place, first, count, failed in await session.execute(query)
        if count
    }


async def count_past_days(session: AsyncSession, ids: Sequence[UUID], edges: Sequence[datetime]) -> int:
    """Return how many entries `past_days` would have."""
    if len(edges) < 2:
        return 0
    places = (
        select(AutomationHour.automation_id, bucket_between(edges).label("place"))
        .where(*_hours(ids, edges))
        .where(AutomationHour.started + AutomationHour.skipped + AutomationHour.missed > 0)
        .distinct()
    )
    return await session.scalar(select(func.count()).select_from(places.subquery())) or 0


@dataclass(frozen=True, slots=True)
class PastHour:
    """The fires within one hour of the window, run or not."""

    fires: int
    failed: int
    by_primitive: Mapping[Kind, int]


async def past_hours(session: AsyncSession, ids: Sequence[UUID], edges: Sequence[datetime]) -> Mapping[int, PastHour]:
    """Return the fires by hour index; hours without any are left out."""
    if len(edges) < 2:
        return {}
    place = bucket_between(edges).label("place")
    query = (
        select(place, Automation.kind, _FIRES, _FAILED)
        .join(Automation, Automation.id == AutomationHour.automation_id)
        .where(*_hours(ids, edges))
        .group_by(place, Automation.kind)
    )
    found: dict[int, list[tuple[Kind, int, int]]] = {}
    for number, kind, fires, failed in await session.execute(query):
        found.setdefault(number - 1, []).append((kind, int(fires), int(failed)))
    return {
        number: PastHour(
            sum(fires for _, fires, _ in kinds),
            sum(failed for _, _, failed in kinds),
            {kind: fires for kind, fires, _ in kinds},
        )
        for number, kinds in found.items()
    }


async def past_runs(
    session: AsyncSession, ids: Sequence[UUID], start: datetime, end: datetime, limit: int
) -> Sequence[Row[Any]]:
    """Return the newest `limit` root runs that were due, or for triggers queued, in [start, end)."""
    if not ids or start >= end:
        return []
    at = func.coalesce(Run.due_at, Run.queued_at)
    query: Select[*tuple[Any, ...]] = (
        select(Run.id, Run.automation_id, Run.status, at.label("at"), Run.occurrences, Run.started_at, Run.finished_at)
        .where(Run.parent_run_id.is_(None), among(Run.automation_id, ids))
        .where(Run.queued_at >= start, Run.queued_at < end + LATEST_CATCH_UP, at >= start, at < end)
        .order_by(Run.queued_at.desc(), Run.id.desc())
        .limit(limit)
    )
    return (await session.execute(query)).all()


def _hours(ids: Sequence[UUID], edges: Sequence[datetime]) -> tuple[ColumnElement[bool], ...]:
    within = AutomationHour.hour >= edges[0], AutomationHour.hour < edges[-1]
    return (*within, among(AutomationHour.automation_id, ids))
