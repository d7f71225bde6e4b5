"""Runs whose Temporal workflow task fails again and again: open, but without progress until somebody acts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.contracts.automations.drafts import Overlap
from models.states import OPEN_STATUSES, HeldBy, RunStatus
from models.store.runs.locks import lock_run
from models.store.stats.folding import note_waiting
from models.store.tables.automations import Automation
from models.store.tables.runs import AGENT_HELD_CONDITION, HELD_CONDITION, Run

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


async def holds_others(session: AsyncSession, run_id: UUID) -> UUID | None:
    """Return the run that must end so that others may start: a stuck run, or the root that waits for it.

    1. Its agent's capacity: other runs of the agent wait for the place that it takes. It ends, the root goes on.
    2. The schedule of its root: later due times do not fire while the root is open.
    3. The flow control of its root's automation: runs wait for the slot that the root has.

    None: nobody waits.
    """
    run = await lock_run(session, run_id)
    if run.takes_capacity and await session.scalar(select(_waits_for_agent(run.primitive_id))):
        return run.id
    root = await session.get_one(Run, run.root_run_id)
    if root.status not in OPEN_STATUSES or root.automation_id is None:
        return None
    automation = await session.get_one(Automation, root.automation_id)
    waits = await session.scalar(select(_waits_for_slot(automation.id)))
    return root.id if waits or await _holds_its_schedule(session, root, automation) else None


async def _holds_its_schedule(session: AsyncSession, run: Run, automation: Automation) -> bool:
    """Return whether later due times of the run's schedule do not fire because the run is open.

    Temporal drops due times of `skip` and `buffer_one`, which the sweep records as missed. With the other policies that
    wait for the run, due times are kept back without a row.
    """
    if run.due_at is None or automation.overlap in (Overlap.ALLOW_ALL, Overlap.TERMINATE_OTHER):
        return False
    if automation.overlap in (Overlap.BUFFER_ALL, Overlap.CANCEL_OTHER):
        return True
    later = exists().where(Run.automation_id == automation.id, Run.due_at > run.due_at, Run.status == RunStatus.MISSED)
    return bool(await session.scalar(select(later)))


def _waits_for_agent(agent_id: UUID) -> ColumnElement[bool]:
    return exists().where(Run.primitive_id == agent_id, AGENT_HELD_CONDITION)


def _waits_for_slot(automation_id: UUID) -> ColumnElement[bool]:
    waiting = Run.held_by.in_((HeldBy.CONCURRENCY, HeldBy.BUDGET))
    return exists().where(Run.automation_id == automation_id, HELD_CONDITION, waiting)


async def is_left_over(session: AsyncSession, run_id: UUID) -> bool:
    """Return whether the run is a part of one that has ended."""
    above = aliased(Run)
    query = select(above.status).join(Run, Run.parent_run_id == above.id).where(Run.id == run_id)
    status = await session.scalar(query)
    return status is not None and status not in OPEN_STATUSES
