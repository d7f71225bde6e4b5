"""What Temporal knows of a run's workflow: its status, and whether its workflow task fails again and again."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from runtime.deadlines import DESCRIBE
from runtime.temporal import temporal_errors

STUCK_ATTEMPTS = 3
STUCK_AFTER = timedelta(seconds=20)
"""A worker that dies or deploys in the middle of a task costs one or two attempts within seconds; this is more."""
EVENTS_READ = 20


@dataclass(frozen=True, slots=True)
class FailingTask:
    """A workflow task that Temporal tries again and again; `message` is its last recorded failure."""

    attempts: int
    since: datetime
    message: str


@dataclass(frozen=True, slots=True)
class RunWorkflow:
    """The latest execution under a workflow id; `failing` is None while it makes progress."""

    status: WorkflowExecutionStatus | None
    failing: FailingTask | None = None


async def describe_run(client: Client, temporal_workflow_id: str, *, now: datetime | None = None) -> RunWorkflow | None:
    """Return the state of the workflow, or None where Temporal does not know it.

    It is found by its workflow id: after a reset or continue-as-new the latest execution counts.

    Raises:
        TemporalUnavailable: Temporal did not answer.
    """
    with temporal_errors():
        try:
            found = await client.get_workflow_handle(temporal_workflow_id).describe(rpc_timeout=DESCRIBE)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise
        failing = await _failing(client, found, now or datetime.now(UTC))
    return RunWorkflow(found.status, failing)


async def _failing(client: Client, found: WorkflowExecutionDescription, now: datetime) -> FailingTask | None:
    raw = found.raw_description
    if not raw.HasField("pending_workflow_task"):
        return None
    task = raw.pending_workflow_task
    since = task.original_scheduled_time.ToDatetime(tzinfo=UTC)
    if task.attempt < STUCK_ATTEMPTS or now - since < STUCK_AFTER:
        return None
    return FailingTask(task.attempt, since, await _last_failure(client, found))


async def _last_failure(client: Client, found: WorkflowExecutionDescription) -> str:
    # Only the first of a row of failures is an event; it is near the end, since nothing has happened after it.
    request = GetWorkflowExecutionHistoryReverseRequest(
        namespace=client.namespace,
        execution=WorkflowExecution(workflow_id=found.id, run_id=found.run_id),
        maximum_page_size=EVENTS_READ,
    )
    history = await client.workflow_service.get_workflow_execution_history_reverse(request, timeout=DESCRIBE)
    for event in history.history.events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            return event.workflow_task_failed_event_attributes.failure.message or "the workflow task failed"
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
            return "the workflow task timed out"
    return "the workflow task fails"
