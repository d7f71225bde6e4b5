"""The state of a run's workflow in Temporal: its status, and whether its workflow task fails again and again."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.service import RPCError, RPCStatusCode

from models import names
from models.contracts.workflows.lifecycle import RunResult
from models.kinds import KINDS
from runtime.temporal.connection import temporal_errors
from runtime.temporal.deadlines import CONTROL, DESCRIBE, LIST

STUCK_ATTEMPTS = 3
STUCK_AFTER = timedelta(seconds=20)
"""A worker that dies or deploys in the middle of a task costs one or two attempts within seconds; this is more."""
EVENTS_READ = 20


@dataclass(frozen=True, slots=True)
class FailingTask:
    """A workflow task that Temporal tries again and again; `message` is its last recorded failure.

    `last_build` is the build of the worker that last completed a workflow task of the run.
    """

    attempts: int
    since: datetime
    message: str
    last_build: str | None = None


@dataclass(frozen=True, slots=True)
class RunWorkflow:
    """The latest execution under a workflow id; `failing` is None while it makes progress."""

    status: WorkflowExecutionStatus | None
    failing: FailingTask | None = None
    started_at: datetime | None = None
    closed_at: datetime | None = None


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
    return RunWorkflow(found.status, failing, found.start_time, found.close_time)


@dataclass(frozen=True, slots=True)
class ListedWorkflow:
    """A running workflow as a listing shows it; listings lag behind by moments."""

    temporal_workflow_id: str
    started_at: datetime
    is_child: bool
    is_opened: bool
    """Whether it has told Temporal its root run: it has had a row, then."""


async def running_workflows(client: Client, most: int) -> tuple[dict[str, ListedWorkflow], bool]:
    """List the running workflows of runs by id, and return whether these are all of them.

    Raises:
        TemporalUnavailable: Temporal did not answer.
    """
    types = ", ".join(f"'{facts.temporal_type}'" for facts in KINDS.values())
    query = f"ExecutionStatus = 'Running' AND WorkflowType IN ({types})"
    found: dict[str, ListedWorkflow] = {}
    with temporal_errors():
        async for one in client.list_workflows(query, page_size=1000, rpc_timeout=LIST):
            if len(found) >= most:
                return found, False
            opened = one.typed_search_attributes.get(names.ROOT_RUN_ATTRIBUTE) is not None
            found[one.id] = ListedWorkflow(one.id, one.start_time, one.parent_id is not None, opened)
    return found, True


async def end_without_row(client: Client, temporal_workflow_id: str, reason: str) -> None:
    """Terminate a workflow that nothing waits for; one that has ended meanwhile is left.

    Raises:
        TemporalUnavailable: Temporal did not answer.
    """
    with temporal_errors():
        try:
            await client.get_workflow_handle(temporal_workflow_id).terminate(reason=reason, rpc_timeout=CONTROL)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise


async def result_of(client: Client, temporal_workflow_id: str) -> RunResult | None:
    """Return the result of a completed workflow, or None where it cannot be read.

    Raises:
        TemporalUnavailable: Temporal did not answer.
    """
    handle = client.get_workflow_handle(temporal_workflow_id, result_type=RunResult)
    with temporal_errors():
        try:
            async with asyncio.timeout(DESCRIBE.total_seconds()):
                result: RunResult = await handle.result(rpc_timeout=DESCRIBE)
                return result
        except (WorkflowFailureError, ValidationError, TimeoutError):
            return None


async def _failing(client: Client, found: WorkflowExecutionDescription, now: datetime) -> FailingTask | None:
    raw = found.raw_description
    if not raw.HasField("pending_workflow_task"):
        return None
    task = raw.pending_workflow_task
    since = task.original_scheduled_time.ToDatetime(tzinfo=UTC)
    if task.attempt < STUCK_ATTEMPTS or now - since < STUCK_AFTER:
        return None
    last_build = raw.workflow_execution_info.most_recent_worker_version_stamp.build_id or None
    return FailingTask(task.attempt, since, await _last_failure(client, found), last_build)


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
