"""An automation as a route answers with it: the row with its stats and what stands around it."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.live import AutomationDetail
from models.store.automation_rows import detail
from models.store.surroundings import surroundings
from models.store.tables.automations import Automation


async def details(session: AsyncSession, rows: Sequence[Automation]) -> tuple[AutomationDetail, ...]:
    """Read what belongs to these automations, in their order."""
    await session.flush()
    now = datetime.now(UTC)
    around = await surroundings(session, rows, now)
    return tuple(detail(row, around, now) for row in rows)


async def one(session: AsyncSession, row: Automation) -> AutomationDetail:
    """Read what belongs to one automation."""
    return (await details(session, [row]))[0]
