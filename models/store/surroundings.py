"""What is shown beside automations and lies in other tables: stats, neighbours, this month's spending."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs import AutomationRef
from models.store import dependencies
from models.store.tables.automations import Automation
from models.store.tables.stats import AutomationHour, AutomationStats

Refs = Mapping[uuid.UUID, tuple[AutomationRef, ...]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """By automation; what is not there is nothing: no runs, no neighbours, nothing spent."""

    stats: Mapping[uuid.UUID, AutomationStats]
    needs: Refs
    triggers: Refs
    spent_usd: Mapping[uuid.UUID, Decimal]


async def surroundings(session: AsyncSession, ids: Sequence[uuid.UUID], now: datetime) -> Surroundings:
    """Read what stands around these automations."""
    query = select(AutomationStats).where(AutomationStats.automation_id.in_(ids))
    stats = await session.scalars(query, execution_options={"populate_existing": True})
    needs, triggers = await dependencies.around(session, ids)
    return Surroundings(
        stats={row.automation_id: row for row in stats},
        needs=needs,
        triggers=triggers,
        spent_usd=await _spent(session, ids, now),
    )


async def _spent(session: AsyncSession, ids: Sequence[uuid.UUID], now: datetime) -> Mapping[uuid.UUID, Decimal]:
    """Sum the month's hours of those that have a budget, as `opening.spent_this_month` does for one."""
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    query = (
        select(AutomationHour.automation_id, func.sum(AutomationHour.cost_usd_sum))
        .join(Automation, Automation.id == AutomationHour.automation_id)
        .where(AutomationHour.automation_id.in_(ids), AutomationHour.hour >= month)
        .where(Automation.budget_usd_month.is_not(None))
        .group_by(AutomationHour.automation_id)
    )
    return {key: spent or Decimal(0) for key, spent in (await session.execute(query))}
