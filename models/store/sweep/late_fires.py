"""A fire that comes later than the sweep could expect: it wins over the `missed` row of its due time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.workflows.lifecycle import OpenRun
from models.states import HeldBy, RunSource, RunStatus
from models.store.automations.schedule_columns import stored_schedule
from models.store.runs.locks import lock_automation
from models.store.stats.folding import fold_again
from models.store.sweep.missed import record_missed
from models.store.tables.runs import Run

LONGEST_SPAN = 1000
"""The most due times that one `missed` row stands for."""


async def take_over_late(session: AsyncSession, run: Run, opening: OpenRun) -> bool:
    """Let a fire have the locked row of its due time that was missed, or whose turn in a backfill has not come.

    Returns whether it is such a row: it is queued now, and has to pass the flow control of its automation.
    """
    if run.status is RunStatus.QUEUED and run.held_by == HeldBy.BACKFILL:
        # A fire that is due comes before a backfill.
        run.held_by, run.outside_health, run.source = None, False, RunSource.SCHEDULE
        run.queued_at = run.ordered_at = opening.started_at
        await session.flush()
        return True
    return await _take_over_missed(session, run, opening)


async def _take_over_missed(session: AsyncSession, run: Run, opening: OpenRun) -> bool:
    """The other due times that the row stood for get a row of their own."""
    if run.status is not RunStatus.MISSED or run.automation_id is None or run.due_at is None:
        return False
    automation = await lock_automation(session, run.automation_id)
    due_at, others, reason = run.due_at, run.occurrences - 1, run.reason or "outage"
    await fold_again(session, automation.id, due_at, {RunStatus.MISSED.value: -run.occurrences})
    run.status, run.reason, run.occurrences, run.finished_at = RunStatus.QUEUED, None, 1, None
    run.error_key, run.is_counted = None, False
    run.queued_at = opening.started_at
    await session.flush()
    schedule = stored_schedule(automation)
    following = schedule.next_due(due_at) if schedule and others else None
    if following:
        await record_missed(
            session, automation.id, following, reason=reason, occurrences=others, now=opening.started_at
        )
    return True


async def leave_span(session: AsyncSession, automation_id: UUID, due_at: datetime) -> None:
    """Remove a due time that starts late from the `missed` row that counts it."""
    query = (
        select(Run)
        .where(Run.automation_id == automation_id, Run.due_at < due_at)
        .order_by(Run.due_at.desc())
        .limit(1)
        .with_for_update(key_share=True)
    )
    row = await session.scalar(query, execution_options={"populate_existing": True})
    if row is None or row.status is not RunStatus.MISSED or row.occurrences == 1 or row.due_at is None:
        return
    automation = await lock_automation(session, automation_id)
    schedule = stored_schedule(automation)
    if schedule and len(schedule.due_between(row.due_at, due_at, limit=LONGEST_SPAN)) < row.occurrences:
        row.occurrences -= 1
        await session.flush()
        await fold_again(session, automation_id, row.due_at, {RunStatus.MISSED.value: -1})
