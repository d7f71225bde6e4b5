"""Runs whose workflow task fails again and again: marked, unmarked, and ended where others wait for their end, or where
the run that they were a part of has ended.
"""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from temporalio.client import Client

from models.contracts.runs.views import RunError
from models.states import OPEN_STATUSES, RunStatus
from models.store.runs.closing import finish
from models.store.runs.locks import lock_waiting_run
from models.store.sweep import lost, stuck
from models.store.tables.runs import Run
from runtime.build import build_id
from runtime.database import Sessions, transaction
from runtime.temporal.admissions import admitting
from runtime.temporal.run_workflows import RunWorkflow, terminate_run

log = structlog.get_logger(__name__)

HOLDS_FOR = timedelta(hours=1)
"""How long a stuck run may make others wait: time to notice a faulty deployment and roll it back."""


async def compare_progress(sessions: Sessions, client: Client, row: lost.OpenRow, found: RunWorkflow) -> UUID | None:
    """Mark an open run as stuck, or no longer.

    Where others have waited for its end for `HOLDS_FOR`, it fails, or the root above it does; one that was a part of a
    run that has ended is cancelled.

    Returns the automation whose Temporal schedule must be synced, if any.
    """
    if found.failing is None:
        if row.status is RunStatus.STUCK:
            async with transaction(sessions) as session:
                await stuck.mark_unstuck(session, row.run_id)
            log.info("a stuck run makes progress again", run_id=str(row.run_id))
        return None
    async with transaction(sessions) as session:
        newly = await stuck.mark_stuck(session, row.run_id, **asdict(found.failing))
        holder = await stuck.holds_others(session, row.run_id)
        is_left_over = await stuck.is_left_over(session, row.run_id)
    if newly:
        log.error(
            "a run is stuck",
            run_id=str(row.run_id),
            reason=found.failing.message,
            last_build=found.failing.last_build,
            build=build_id(),
        )
    if is_left_over:
        return await _end(
            sessions, client, row.run_id, RunStatus.CANCELLED, "it was stuck, and the run above it has ended"
        )
    if holder is None or found.failing.since > datetime.now(UTC) - HOLDS_FOR:
        return None
    what = "it was" if holder == row.run_id else f"the run {row.run_id} below it was"
    since = f"{what} stuck since {found.failing.since:%Y-%m-%d %H:%M} UTC"
    error = RunError(type="stuck", message=f"{since} while others waited for its end: {found.failing.message}")
    return await _end(sessions, client, holder, RunStatus.FAILED, f"{what} stuck, and others waited for its end", error)


async def _end(
    sessions: Sessions,
    client: Client,
    run_id: UUID,
    status: RunStatus,
    reason: str,
    error: RunError | None = None,
) -> UUID | None:
    async with transaction(sessions) as session:
        found = await session.get_one(Run, run_id)
    if found.temporal_workflow_id:
        await terminate_run(client, found.temporal_workflow_id, reason)
    log.error("a stuck run has been ended", run_id=str(run_id), reason=reason)
    async with admitting(sessions, client) as session:
        run = await lock_waiting_run(session, run_id)
        if run.status not in OPEN_STATUSES:
            return None
        why = None if error else reason
        return await finish(session, run, status, at=datetime.now(UTC), reason=why, error=error)
