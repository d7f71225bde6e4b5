"""Runs whose workflow task fails again and again: marked, unmarked, and ended where they hold their schedule."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from temporalio.client import Client

from models.contracts.runs.views import RunError
from models.states import OPEN_STATUSES, RunStatus
from models.store.runs import lost, stuck
from models.store.runs.closing import finish
from models.store.runs.locks import lock_run
from runtime.build import build_id
from runtime.database import Sessions, transaction
from runtime.temporal.run_workflows import FailingTask, RunWorkflow, end_without_row

log = structlog.get_logger(__name__)

HOLDS_FOR = timedelta(hours=1)
"""How long a stuck run may hold its schedule: time to notice a faulty deployment and roll it back."""


async def compare_progress(sessions: Sessions, client: Client, row: lost.OpenRow, found: RunWorkflow) -> UUID | None:
    """Mark an open run as stuck, or no longer; one that holds its schedule for `HOLDS_FOR` fails.

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
    if newly:
        log.error(
            "a run is stuck",
            run_id=str(row.run_id),
            reason=found.failing.message,
            last_build=found.failing.last_build,
            build=build_id(),
        )
    if not holds or found.failing.since > datetime.now(UTC) - HOLDS_FOR:
        return None
    return await _release(sessions, client, row, found.failing)


async def _release(sessions: Sessions, client: Client, row: lost.OpenRow, failing: FailingTask) -> UUID | None:
    if row.temporal_workflow_id:
        await end_without_row(client, row.temporal_workflow_id, "it was stuck, and held its schedule")
    log.error("a stuck run held its schedule; it has been ended", run_id=str(row.run_id))
    async with transaction(sessions) as session:
        run = await lock_run(session, row.run_id)
        if run.status not in OPEN_STATUSES:
            return None
        message = f"stuck since {failing.since:%Y-%m-%d %H:%M} UTC while later due times were missed: {failing.message}"
        error = RunError(type="stuck", message=message)
        return await finish(session, run, RunStatus.FAILED, at=datetime.now(UTC), error=error)
