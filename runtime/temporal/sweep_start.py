"""Starts the sweep, of which exactly one runs, and gives it the interval of this worker."""

from typing import Any

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
        await _start(client, settings, rpc_timeout=START)
    except WorkflowAlreadyStartedError:
        return False
    return True


async def start_sweep(client: Client, settings: Settings) -> None:
    """Start the sweep, or send a running one our interval."""
    await _start(client, settings, start_signal="configure", start_signal_args=[_pace(settings)])


async def _start(client: Client, settings: Settings, **options: Any) -> None:
    await client.start_workflow(
        names.SWEEP_TEMPORAL_TYPE,
        _pace(settings),
        id=names.SWEEP_WORKFLOW_ID,
        task_queue=names.CONTROL_QUEUE,
        static_summary=SWEEP_SUMMARY,
        **options,
    )


def _pace(settings: Settings) -> SweepInput:
    return SweepInput(interval_seconds=settings.sweep_seconds)
