"""Starts the sweep, of which exactly one runs, and gives it the interval of this worker."""

from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError

from models import names
from models.contracts.workflows.sweep import SweepInput
from runtime.settings import Settings
from runtime.temporal.deadlines import START
from runtime.temporal.run_workflows import terminate_failing

SWEEP_SUMMARY = "Start queued runs, close lost runs, record missed due times, compare Temporal schedules"


async def ensure_sweep(client: Client, settings: Settings) -> bool:
    """Start the sweep unless it is running; return whether it had to be started.

    One whose workflow task keeps failing is ended, and started anew: it keeps nothing between two passes.
    """
    if await _started(client, settings):
        return True
    if await terminate_failing(client, names.SWEEP_WORKFLOW_ID) is None:
        return False
    return await _started(client, settings)


async def _started(client: Client, settings: Settings) -> bool:
    try:
        await client.start_workflow(
            names.SWEEP_TEMPORAL_TYPE,
            SweepInput(interval_seconds=settings.sweep_seconds),
            id=names.SWEEP_WORKFLOW_ID,
            task_queue=names.CONTROL_QUEUE,
            static_summary=SWEEP_SUMMARY,
            rpc_timeout=START,
        )
    except WorkflowAlreadyStartedError:
        return False
    return True


async def start_sweep(client: Client, settings: Settings) -> None:
    """Start the sweep, or send a running one our interval."""
    pace = SweepInput(interval_seconds=settings.sweep_seconds)
    await client.start_workflow(
        names.SWEEP_TEMPORAL_TYPE,
        pace,
        id=names.SWEEP_WORKFLOW_ID,
        task_queue=names.CONTROL_QUEUE,
        start_signal="configure",
        start_signal_args=[pace],
        static_summary=SWEEP_SUMMARY,
    )
