"""Starts queued runs and schedule syncs in Temporal; both calls are idempotent.

The rows are committed before: where Temporal cannot be reached, the sweep repeats the call.
"""

import uuid

import structlog
from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from models import names
from models.contracts.workflows.lifecycle import RunRequest
from models.errors import TemporalUnavailable
from models.kinds import KINDS
from models.limits import WORKFLOW_TASK
from models.states import WorkClass
from models.store.runs.to_start import RunToStart
from runtime.temporal.connection import temporal_errors
from runtime.temporal.deadlines import START

log = structlog.get_logger(__name__)

PRIORITIES = {WorkClass.INTERACTIVE: 2, WorkClass.SCHEDULE: 3, WorkClass.BACKFILL: 5}
"""Temporal's priority keys, 1 to 5; the lowest goes first. What is not named has 3, as the runs that a Temporal
schedule starts. Activities and child workflows inherit it."""


async def start_run(client: Client, run: RunToStart) -> None:
    """Start the Temporal workflow of a queued run; does nothing if it was started before.

    Raises:
        TemporalUnavailable: Temporal did not answer in time; the run stays queued.
    """
    facts = KINDS[run.kind]
    suffix = f" ({run.automation_name})" if run.automation_name else ""
    with temporal_errors():
        try:
            await client.start_workflow(
                facts.temporal_type,
                RunRequest(run_id=run.run_id, runner=run.runner),
                id=names.run_temporal_workflow_id(run.run_id),
                task_queue=names.TASK_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
                search_attributes=names.run_attributes(run.kind, run.primitive_slug, run.automation_id, run.run_id),
                static_summary=f"{run.primitive_name}{suffix}",
                static_details=f"{facts.label} `{run.primitive_slug}`, run `{run.run_id}`",
                request_eager_start=True,
                task_timeout=WORKFLOW_TASK.get(run.kind),
                priority=Priority(priority_key=PRIORITIES[run.work]),
                rpc_timeout=START,
            )
        except WorkflowAlreadyStartedError:
            return


async def request_sync(client: Client, automation_id: uuid.UUID) -> None:
    """Signal the automation's schedule sync, or start it.

    Raises:
        TemporalUnavailable: Temporal did not answer; the sweep finds the row that is not in sync.
    """
    with temporal_errors():
        await client.start_workflow(
            names.SYNC_TEMPORAL_TYPE,
            automation_id,
            id=names.sync_temporal_workflow_id(automation_id),
            task_queue=names.CONTROL_QUEUE,
            start_signal="row_changed",
            static_summary="Make the Temporal schedule equal to the automation's row",
            rpc_timeout=START,
        )


async def start_notices(client: Client) -> None:
    """Start the workflow that sends notices, unless it is running.

    Raises:
        TemporalUnavailable: Temporal did not answer; the next pass of the sweep tries again.
    """
    with temporal_errors():
        try:
            await client.start_workflow(
                names.NOTICES_TEMPORAL_TYPE,
                id=names.NOTICES_WORKFLOW_ID,
                task_queue=names.CONTROL_QUEUE,
                static_summary="Send notices to the channels",
                rpc_timeout=START,
            )
        except WorkflowAlreadyStartedError:
            return


async def start_replays(client: Client) -> None:
    """Start the workflow that carries out replays of many deliveries, or tell it to look again.

    Raises:
        TemporalUnavailable: Temporal did not answer; the next pass of the sweep tries again.
    """
    with temporal_errors():
        await client.start_workflow(
            names.REPLAYS_TEMPORAL_TYPE,
            id=names.REPLAYS_WORKFLOW_ID,
            task_queue=names.CONTROL_QUEUE,
            start_signal="look_again",
            static_summary="Replay deliveries at a rate",
            rpc_timeout=START,
        )


async def start_replays_patiently(client: Client) -> None:
    """Do the same after a commit; what Temporal does not take is left to the sweep."""
    try:
        await start_replays(client)
    except (TemporalUnavailable, RPCError) as error:
        log.warning("replays not told; the sweep tells them", reason=str(error))


async def tell_called_back(client: Client, temporal_workflow_id: str) -> bool:
    """Signal a run's workflow that its agent has called back; the sweep repeats what Temporal did not take.

    Returns whether Temporal took it.
    """
    try:
        with temporal_errors():
            await client.get_workflow_handle(temporal_workflow_id).signal(names.CALLED_BACK_SIGNAL, rpc_timeout=START)
    except (TemporalUnavailable, RPCError) as error:
        log.warning("callback not told", temporal_workflow_id=temporal_workflow_id, reason=str(error))
        return False
    return True
