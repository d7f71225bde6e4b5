"""What an automation has spent of its budget, and what its runs under way may still cost."""

import uuid
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.cost import expected_cost, this_month
from models.states import OPEN_STATUSES
from models.store.runs.locks import lock_automation
from models.store.stats.folding import known_costs
from models.store.stats.hour_sums import spent_usd_since
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationStats

NOTHING = Decimal(0)


async def spent_and_reserved(session: AsyncSession, automation_id: uuid.UUID, at: datetime) -> Decimal:
    """Return this month's cost, with each run under way at what it is expected to cost, or has cost if that is more.

    The automation is locked, so that runs which open concurrently see each other. While no cost is known, nothing can
    be expected: then admission lets one run start at a time.
    """
    await lock_automation(session, automation_id)
    stats = await session.get(AutomationStats, automation_id, populate_existing=True)
    expected = expected_cost(known_costs(stats.recent_costs)) if stats else None
    query = select(func.sum(func.greatest(func.coalesce(Run.cost_usd, 0), expected or NOTHING))).where(
        *(Run.automation_id == automation_id, Run.status.in_(OPEN_STATUSES)),
        *(Run.held_by.is_(None), Run.started_at.is_not(None)),
    )
    reserved: Decimal | None = await session.scalar(query)
    return await spent_this_month(session, automation_id, at) + (reserved or NOTHING)


async def spent_this_month(session: AsyncSession, automation_id: uuid.UUID, at: datetime) -> Decimal:
    """Return the known cost of the automation's closed runs in the calendar month (UTC) of `at`."""
    spent = await spent_usd_since(session, this_month(at)[0], [automation_id])
    return spent.get(automation_id, NOTHING)


async def is_cost_known(session: AsyncSession, automation_id: uuid.UUID) -> bool:
    """Return whether the cost of any run of the automation is known."""
    query = select(AutomationStats.cost_count).where(AutomationStats.automation_id == automation_id)
    return bool(await session.scalar(query))
