"""Runs whose Temporal workflow task fails again and again: open, but without progress until somebody acts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models.states import OPEN_STATUSES, RunStatus
from models.store.runs.locks import lock_run
from models.store.stats.folding import note_waiting

MESSAGE_LENGTH = 2000


async def mark_stuck(session: AsyncSession, run_id: UUID, *, message: str, attempts: int, since: datetime) -> bool:
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
        "before": before,
    }
    if newly:
        await note_waiting(session, run)
    return newly


async def mark_unstuck(session: AsyncSession, run_id: UUID) -> None:
    """Give a run that makes progress again the status it had before."""
    run = await lock_run(session, run_id)
    if run.status is RunStatus.STUCK:
        run.status = RunStatus((run.stuck or {}).get("before", RunStatus.RUNNING.value))
        run.stuck = None
        await note_waiting(session, run)
