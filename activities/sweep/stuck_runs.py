"""Runs whose workflow task fails again and again: marked, unmarked, and ended where they hold their schedule, or where
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
from runtime.build import build_id
from runtime.database import Sessions, transaction
from runtime.temporal.admissions import admitting
from runtime.temporal.run_workflows import RunWorkflow, terminate_run

log = structlog.get_logger(__name__)

HOLDS_FOR = timedelta(hours=1)
"""How long a stuck run may hold its schedule: time to notice a faulty deployment and roll it back."""


async def compare_progress(sessions: Sessions, client: Client, row: lost.OpenRow, found: RunWorkflow) -> UUID | None:
    """Mark an open run as stuck, or no longer.

    One that holds its schedule for `HOLDS_FOR` fails; one that no other run waits for any more is cancelled.

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
        holds = await stuck.holds_its_schedule(session, row.run_id)
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
        return await _end(sessions, client, row, RunStatus.CANCELLED, "it was stuck, and the run above it has ended")
    if not holds or found.failing.since > datetime.now(UTC) - HOLDS_FOR:
        return None
    since = f"stuck since {found.failing.since:%Y-%m-%d %H:%M} UTC"
    error = RunError(type="stuck", message=f"{since} while later due times were missed: {found.failing.message}")
    return await _end(sessions, client, row, RunStatus.FAILED, "it was stuck, and held its schedule", error)


async def _end(
    sessions: Sessions,
    client: Client,
    row: lost.OpenRow,
    status: RunStatus,
    reason: str,
    error: RunError | None = None,
) -> UUID | None:
    if row.temporal_workflow_id:
        await terminate_run(client, row.temporal_workflow_id, reason)
    log.error("a stuck run has been ended", run_id=str(row.run_id), reason=reason)
    async with admitting(sessions, client) as session:
        run = await lock_waiting_run(session, row.run_id)
        if run.status not in OPEN_STATUSES:
            return None
        why = None if error else reason
        return await finish(session, run, status, at=datetime.now(UTC), reason=why, error=error)
