"""Runs whose Temporal workflow task fails again and again: open, but without progress until somebody acts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.contracts.automations.drafts import Overlap
from models.states import OPEN_STATUSES, RunStatus
from models.store.runs.locks import lock_run
from models.store.stats.folding import note_waiting
from models.store.tables.automations import Automation
from models.store.tables.runs import Run

MESSAGE_LENGTH = 2000


async def mark_stuck(
    session: AsyncSession,
    run_id: UUID,
    *,
    message: str,
    attempts: int,
    since: datetime,
    last_build: str | None,
) -> bool:
    """Mark an open run as stuck, or update how often its task has failed; return whether it is newly stuck."""
    run = await lock_run(session, run_id)
    if run.status not in OPEN_STATUSES:
        return False
    newly = run.status is not RunStatus.STUCK
    before = run.status.value if newly else (run.stuck or {}).get("before", RunStatus.RUNNING.value)
    run.status = RunStatus.STUCK
    run.stuck = {
        "message": message[:MESSAGE_LENGTH].replace("\0", "�"),
        "attempts": attempts,
        "since": since.isoformat(),
        "last_build": last_build,
        "before": before,
    }
    if newly:
        await note_waiting(session, run)
    return newly


async def mark_unstuck(session: AsyncSession, run_id: UUID) -> None:
    """Restore the earlier status of a run that makes progress again."""
    run = await lock_run(session, run_id)
    if run.status is RunStatus.STUCK:
        run.status = RunStatus((run.stuck or {}).get("before", RunStatus.RUNNING.value))
        run.stuck = None
        await note_waiting(session, run)


async def holds_its_schedule(session: AsyncSession, run_id: UUID) -> bool:
    """Return whether later due times of the run's schedule do not fire because the run is open.

    Temporal drops due times of `skip` and `buffer_one`, which the sweep records as missed. With the other policies that
    wait for the run, due times are kept back without a row.
    """
    run = await lock_run(session, run_id)
    automation = await session.get(Automation, run.automation_id) if run.due_at and run.automation_id else None
    if automation is None or automation.overlap in (Overlap.ALLOW_ALL, Overlap.TERMINATE_OTHER):
        return False
    if automation.overlap in (Overlap.BUFFER_ALL, Overlap.CANCEL_OTHER):
        return True
    later = exists().where(
        Run.automation_id == run.automation_id, Run.due_at > run.due_at, Run.status == RunStatus.MISSED
    )
    return bool(await session.scalar(select(later)))


async def is_left_over(session: AsyncSession, run_id: UUID) -> bool:
    """Return whether the run is a part of one that has ended."""
    above = aliased(Run)
    query = select(above.status).join(Run, Run.parent_run_id == above.id).where(Run.id == run_id)
    status = await session.scalar(query)
    return status is not None and status not in OPEN_STATUSES
