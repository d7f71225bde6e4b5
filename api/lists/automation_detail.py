"""An automation as a route answers with it: the row with its stats and the related data."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from api.saving.warnings import save_warnings
from models.contracts.automations.live import AutomationDetail
from models.store.automations.mapping import detail
from models.store.automations.related import read_related, read_stats
from models.store.deliveries.matches import last_filter_error
from models.store.tables.automations import Automation


async def details(session: AsyncSession, rows: Sequence[Automation]) -> tuple[AutomationDetail, ...]:
    await session.flush()
    now = datetime.now(UTC)
    related = await read_related(session, rows, await read_stats(session, rows), now)
    return tuple(detail(row, related, now) for row in rows)


async def saved(session: AsyncSession, row: Automation) -> AutomationDetail:
    """Like `one`, with the warnings that are computed on save."""
    return (await one(session, row)).model_copy(update={"warnings": save_warnings(row)})


async def one(session: AsyncSession, row: Automation) -> AutomationDetail:
    found = (await details(session, [row]))[0]
    return found.model_copy(update={"last_filter_error": await last_filter_error(session, row.id)})
