"""An automation as a route answers with it: the row with its stats and what stands around it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.live import AutomationDetail
from models.store.automation_rows import detail
from models.store.dependencies import around
from models.store.tables.automations import Automation
from models.store.tables.stats import AutomationStats


async def details(session: AsyncSession, rows: Sequence[Automation]) -> tuple[AutomationDetail, ...]:
    """Read what belongs to these automations, in their order."""
    await session.flush()
    ids = [row.id for row in rows]
    query = select(AutomationStats).where(AutomationStats.automation_id.in_(ids))
    found = await session.scalars(query, execution_options={"populate_existing": True})
    stats = {row.automation_id: row for row in found}
    needs, triggers = await around(session, ids)
    now = datetime.now(UTC)
    return tuple(detail(row, stats.get(row.id), needs, triggers, now) for row in rows)


async def one(session: AsyncSession, row: Automation) -> AutomationDetail:
    """Read what belongs to one automation."""
    return (await details(session, [row]))[0]
