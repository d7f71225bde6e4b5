"""Sums over `automation_hours`: how often automations started, and what is known to be spent, since an hour began."""

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
    """Give how often each of these automations, or of all, has started; those without an hour are left out."""
    return {key: int(count) for key, count in await _summed(session, AutomationHour.started, since, ids)}


async def spent_usd_since(session: AsyncSession, since: datetime, ids: Collection[UUID] | None) -> dict[UUID, Decimal]:
    """Give what each of these automations, or of all, is known to have cost; those without an hour are left out."""
    return dict(await _summed(session, AutomationHour.known_usd_sum, since, ids))


def bucket_between(edges: Sequence[datetime]) -> ColumnElement[int]:
    """Give between which two edges an hour begins: 1 is between the first and the second."""
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
