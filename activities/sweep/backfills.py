"""The sweep's share in backfills: it makes those that catch up, and repeats what a lost process has left undone."""

from datetime import datetime
from uuid import UUID

import structlog
from temporalio.client import Client

from activities.sweep.reconciliation import side_by_side
from models.store.backfills.catching_up import catch_up, to_catch_up
from models.store.backfills.queries import open_ids
from runtime.database import Sessions, transaction
from runtime.temporal.admissions import admitting, advance_and_tell

log = structlog.get_logger(__name__)

PAGE = 500


async def advance_all(sessions: Sessions, client: Client, now: datetime) -> None:
    """Catch up with what schedules have missed, and let the next runs of every open backfill start."""
    async with transaction(sessions) as session:
        missed = await to_catch_up(session, now, PAGE)

    async def make(automation_id: UUID) -> bool:
        async with admitting(sessions, client) as session:
            runs = await catch_up(session, automation_id, now)
        if runs:
            log.info("missed due times are caught up with", automation_id=str(automation_id), runs=runs)
        return True

    async def advance(backfill_id: UUID) -> bool:
        await advance_and_tell(sessions, client, [backfill_id])
        return True

    await side_by_side(missed, make, what="catch up with missed due times")
    async with transaction(sessions) as session:
        waiting = await open_ids(session)
    await side_by_side(waiting, advance, what="advance a backfill")
