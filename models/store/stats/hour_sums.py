"""Sums over `automation_hours` since the start of an hour: runs started, and known cost."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, DateTime, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models.store.ids import among
from models.store.tables.stats import AutomationHour


async def starts_since(session: AsyncSession, since: datetime, ids: Collection[UUID] | None) -> dict[UUID, int]:
    """Return the number of started runs by automation, of these or (None) of all; those without any are left out."""
    return {key: int(count) for key, count in await _summed(session, AutomationHour.started, since, ids)}


async def spent_usd_since(session: AsyncSession, since: datetime, ids: Collection[UUID] | None) -> dict[UUID, Decimal]:
    """Return the known cost by automation, of these or (None) of all; those without any hour are left out."""
    return dict(await _summed(session, AutomationHour.known_usd_sum, since, ids))


def bucket_between(edges: Sequence[datetime]) -> ColumnElement[int]:
    """Return the bucket in which an hour begins; 1 is between the first and the second edge."""
    place: ColumnElement[int] = func.width_bucket(
        AutomationHour.hour, literal(list(edges), ARRAY(DateTime(timezone=True)))
    )
    return place


async def _summed(
    session: AsyncSession, column: InstrumentedAttribute[Any], since: datetime, ids: Collection[UUID] | None
) -> list[tuple[UUID, Any]]:
    if ids is not None and not ids:
        return []
    total: ColumnElement[Any] = func.sum(column)
    query = select(AutomationHour.automation_id, total).where(AutomationHour.hour >= since)
    if ids is not None:
        query = query.where(among(AutomationHour.automation_id, ids))
    rows = await session.execute(query.group_by(AutomationHour.automation_id))
    return [(key, value) for key, value in rows]
