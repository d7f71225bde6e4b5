"""An automation as a route answers with it: the row with its stats and the related data."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.live import AutomationDetail
from models.rules.cron.other_readings import other_readings
from models.states import Source
from models.store.automations.mapping import detail
from models.store.automations.related import read_related
from models.store.tables.automations import Automation


async def details(session: AsyncSession, rows: Sequence[Automation]) -> tuple[AutomationDetail, ...]:
    """Read what belongs to these automations, in their order."""
    await session.flush()
    now = datetime.now(UTC)
    related = await read_related(session, rows, now)
    return tuple(detail(row, related, now) for row in rows)


async def saved(session: AsyncSession, row: Automation) -> AutomationDetail:
    """Read an automation that was just saved, with the warnings about it."""
    return (await one(session, row)).model_copy(update={"warnings": _warnings(row)})


async def one(session: AsyncSession, row: Automation) -> AutomationDetail:
    """Read what belongs to one automation."""
    return (await details(session, [row]))[0]


def _warnings(row: Automation) -> tuple[str, ...]:
    # The second reading costs milliseconds a cron, which a list must not pay.
    return other_readings(row.cron_expr) if row.source is Source.SCHEDULE and row.cron_expr else ()
