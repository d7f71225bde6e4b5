"""Writes the notices of changes by health policies, in the transaction of the change.

The rule kept here: of an automation whose policy goes back and forth, at most one notice a day is written. The others
are counted on the newest one.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.health_policies import HealthAction
from models.rules.damping import is_flapping
from models.rules.health_notices import HealthChange, notice_of
from models.store.governance.notices import add_notice
from models.store.tables.automations import Automation
from models.store.tables.notices import Notice

PREFIX = "health."
TRIPS = frozenset(HealthAction)
DAMPED_FOR = timedelta(days=1)


async def tell(session: AsyncSession, row: Automation, verb: str, reason: str, at: datetime) -> None:
    """Write the notice of a change of a locked automation, or count it."""
    flapping = is_flapping(row.health_tripped_at, at)
    # The trip that makes it flap is told once more: it says that no more are told.
    newly = verb in TRIPS and not is_flapping(row.health_tripped_at[:-1], at)
    if flapping and not newly and (last := await _newest(session, row, at)) is not None:
        last.repeats += 1
        return
    change = HealthChange(
        verb=verb,
        name=row.name,
        reason=reason,
        threshold=row.health_threshold,
        slowdown=row.slowdown,
        probe_at=row.health_probe_at,
        flapping=flapping,
    )
    await add_notice(session, PREFIX + verb, notice_of(change), at, automation_id=row.id)


async def _newest(session: AsyncSession, row: Automation, at: datetime) -> Notice | None:
    query = (
        select(Notice)
        .where(Notice.automation_id == row.id, Notice.kind.startswith(PREFIX), Notice.at > at - DAMPED_FOR)
        .order_by(Notice.at.desc())
        .limit(1)
    )
    found: Notice | None = await session.scalar(query.with_for_update(key_share=True))
    return found
