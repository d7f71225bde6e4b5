"""Advances backfills: their next runs have their turn, cancelled ones take back what has not, and all end some time.

Called after each commit that may have made room, and by the sweep, which repeats what a lost process has left undone.
"""

import time
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from uuid import UUID

import structlog

from models.errors import Unavailable
from models.store.admission.to_tell import Admissions, take_admissions
from models.store.backfills.ending import settle, take_back
from models.store.backfills.feeding import Next, Step, let_go, next_step
from models.store.tables.automations import Automation
from runtime.database import Sessions, transaction
from runtime.expressions.evaluation import keys_of_run

log = structlog.get_logger(__name__)

SECONDS = 5.0
"""A single call works no longer than that on one backfill; whoever comes next goes on."""


async def advance_backfills(sessions: Sessions, backfills: Iterable[UUID]) -> AsyncIterator[Admissions]:
    """Advance backfills one by one; yield what Temporal must be told after each commit."""
    for backfill_id in backfills:
        try:
            async for decided in _advance(sessions, backfill_id):
                yield decided
        except Unavailable as error:
            log.warning("a backfill does not advance; the sweep tries again", id=str(backfill_id), reason=error.detail)
        except Exception:
            log.exception("a backfill does not advance; the sweep tries again", id=str(backfill_id))


async def _advance(sessions: Sessions, backfill_id: UUID) -> AsyncIterator[Admissions]:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        async with transaction(sessions) as session:
            found = await next_step(session, backfill_id)
            automation = await session.get(Automation, found.automation_id) if found.automation_id else None
        if found.step is Step.WAIT:
            return
        moved, decided = await _carry_out(sessions, backfill_id, found, automation)
        # Closing a run of it notes it again.
        decided.backfills.discard(backfill_id)
        if decided:
            yield decided
        if not moved or found.step is Step.SETTLE:
            return


async def _carry_out(
    sessions: Sessions, backfill_id: UUID, found: Next, automation: Automation | None
) -> tuple[int, Admissions]:
    """Take the step in a transaction; return how many runs it concerned, and what Temporal must be told."""
    # Before the transaction that takes locks; an edit of the automation counts for all that is still pending.
    keys = {run_id: await keys_of_run(automation, value) for run_id, value in found.inputs.items() if automation}
    now = datetime.now(UTC)
    async with transaction(sessions) as session:
        match found.step:
            case Step.LET_GO:
                moved = await let_go(session, backfill_id, found, keys)
            case Step.TAKE_BACK:
                moved = await take_back(session, backfill_id, now)
            case _:
                moved = int(await settle(session, backfill_id, now))
    return moved, take_admissions(session)
