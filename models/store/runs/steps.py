"""Records the steps of a run as they progress."""

from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.workflows.lifecycle import RunMark, RunTouches, StepChange, StepChanges
from models.contracts.workflows.signals import RunPause
from models.kinds import KINDS
from models.states import OPEN_STATUSES, RunStatus, StepStatus
from models.store.runs.locks import lock_run
from models.store.stats.folding import note_waiting
from models.store.tables.runs import RunStep

BEGUN = frozenset({StepStatus.RUNNING, StepStatus.WAITING})
ENDED = frozenset({StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.CANCELLED, StepStatus.SKIPPED})


async def record_steps(session: AsyncSession, changes: StepChanges) -> None:
    """Insert or update steps by (run, path), all in one round trip; keeps the first start and the last end."""
    statement = insert(RunStep)
    updates: dict[str, ColumnElement[Any]] = {
        name: statement.excluded[name] for name in ("status", "output", "error", "finished_at")
    }
    updates |= {
        name: func.coalesce(statement.excluded[name], getattr(RunStep, name))
        for name in ("child_run_id", "detail", "facts")
    }
    updates["started_at"] = func.coalesce(RunStep.started_at, statement.excluded.started_at)
    upsert = statement.on_conflict_do_update(index_elements=["run_id", "path"], set_=updates)
    # One small statement that the driver pipelines: compiling one with thousands of parameters takes seconds.
    if changes.steps:
        await session.execute(upsert, [_row(changes, step) for step in changes.steps])


def _row(changes: StepChanges, step: StepChange) -> dict[str, Any]:
    at = step.at or changes.at
    return step.model_dump(exclude={"error", "at", "facts"}) | {
        "run_id": changes.run_id,
        "facts": step.facts.wire() if step.facts else None,
        "error": step.error.wire() if step.error else None,
        "started_at": at if step.status in BEGUN else None,
        "finished_at": at if step.status in ENDED else None,
    }


async def mark_run(session: AsyncSession, mark: RunMark) -> None:
    """Set an open run to waiting, or back to running."""
    run = await lock_run(session, mark.run_id)
    if run.status in OPEN_STATUSES:
        uncalled = KINDS[run.kind].calls_agent and run.called_at is None
        run.status = RunStatus.QUEUED if uncalled and mark.status is RunStatus.RUNNING else mark.status
        await note_waiting(session, run)


async def record_touches(session: AsyncSession, touches: RunTouches) -> None:
    """Write on a run how often somebody has touched it, whether or not it is closed; the same again changes nothing."""
    run = await lock_run(session, touches.run_id)
    run.interventions = max(run.interventions, touches.interventions)


async def record_pause(session: AsyncSession, pause: RunPause, *, verified: bool) -> None:
    """Write on an open run who holds it since when, and whether that is `verified`, or that nobody does."""
    run = await lock_run(session, pause.run_id)
    if run.status not in OPEN_STATUSES:
        return
    note = pause.paused
    run.paused = {"by": note.by, "reason": note.reason, "at": pause.at.isoformat()} if note else None
    run.pause_is_verified = verified
    await note_waiting(session, run)
