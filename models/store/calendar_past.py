"""The past side of the calendar.

The rule kept here: what stands for a whole day is counted from the hours; single runs are read through their keyset
indexes, within the window and up to a bound.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.store.hour_sums import place_between
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationHour

# Runs that are caught up with begin later than they were due.
LATEST_CATCH_UP = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PastDay:
    """What one automation did on one day of the window.

    Attributes:
        first_hour: When the first hour in which something was due or ran began.
        count: How many fires, run or not.
        failed: How many of them failed.
    """

    first_hour: datetime
    count: int
    failed: int


PastDays = Mapping[tuple[UUID, int], PastDay]


async def past_days(session: AsyncSession, ids: Sequence[UUID], edges: Sequence[datetime]) -> PastDays:
    """Count what each automation did on each day, told by its place between the edges.

    Hours are kept in UTC: where a zone's day begins within one of them, that hour belongs to the day before.
    """
    if len(edges) < 2:
        return {}
    day = place_between(edges).label("day")
    fires = func.sum(AutomationHour.started + AutomationHour.skipped + AutomationHour.missed)
    query = (
        select(
            AutomationHour.automation_id,
            day,
            func.min(AutomationHour.hour),
            fires,
            func.sum(AutomationHour.failed + AutomationHour.missed),
        )
        .where(AutomationHour.hour >= edges[0], AutomationHour.hour < edges[-1], _among(AutomationHour, ids))
        .group_by(AutomationHour.automation_id, day)
    )
    return {
        (key, place - 1): PastDay(first, int(count), int(failed))
        for key, place, first, count, failed in await session.execute(query)
        if count
    }


def by_automation(days: PastDays) -> Counter[UUID]:
    """Give how many fires each automation had."""
    counts: Counter[UUID] = Counter()
    for (key, _), day in days.items():
        counts[key] += day.count
    return counts


async def past_runs(
    session: AsyncSession, ids: Sequence[UUID], start: datetime, end: datetime, limit: int
) -> Sequence[Row[Any]]:
    """Read the root runs of automations that were due, or came, in [start, end); at most `limit` of them."""
    if not ids or start >= end:
        return []
    at = func.coalesce(Run.due_at, Run.queued_at)
    query: Select[*tuple[Any, ...]] = (
        select(Run.id, Run.automation_id, Run.status, at.label("at"), Run.occurrences, Run.started_at, Run.finished_at)
        .where(Run.parent_run_id.is_(None), _among(Run, ids))
        .where(Run.queued_at >= start, Run.queued_at < end + LATEST_CATCH_UP, at >= start, at < end)
        .order_by(Run.queued_at.desc(), Run.id.desc())
        .limit(limit)
    )
    return (await session.execute(query)).all()


def _among(table: type[Run] | type[AutomationHour], ids: Sequence[UUID]) -> ColumnElement[bool]:
    return and_(table.automation_id.is_not(None), table.automation_id.in_(ids))
