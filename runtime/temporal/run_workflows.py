"""The state of a run's workflow in Temporal: its status, and whether its workflow task fails again and again."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import structlog
from pydantic import ValidationError
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.service import RPCError, RPCStatusCode

from models import names
from models.contracts.workflows.lifecycle import RunResult
from models.kinds import KINDS
from models.rules.stuck import is_stuck
from runtime.temporal.connection import temporal_errors
from runtime.temporal.deadlines import CONTROL, DESCRIBE, LIST

log = structlog.get_logger(__name__)

EVENTS_READ = 20
_REPORTED = "TemporalReportedProblems"
_FAILED, _TIMED_OUT = "category=WorkflowTaskFailed", "category=WorkflowTaskTimedOut"


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
    """The latest execution under a workflow id; `failing` is None while it and its batches make progress."""

    status: WorkflowExecutionStatus | None
    failing: FailingTask | None = None
    started_at: datetime | None = None
    closed_at: datetime | None = None
    batches: tuple[str, ...] = ()
    """Its running batches of map steps, which have no rows of their own."""


async def describe_run(
    client: Client, temporal_workflow_id: str, *, parts: Sequence[str] = (), now: datetime | None = None
) -> RunWorkflow | None:
    """Return the state of the workflow, or None where Temporal does not know it.

    It is found by its workflow id: after a reset or continue-as-new the latest execution counts. It fails also where
    one of its batches does, or one of `parts`, other workflows below it.

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
    batches = tuple(
        child.workflow_id
        for child in found.raw_description.pending_children
        if child.workflow_type_name == names.MAP_BATCH_TEMPORAL_TYPE
    )
    for part in (*batches, *parts):
        described = None if failing else await describe_run(client, part, now=now)
        failing = described.failing if described else failing
    return RunWorkflow(found.status, failing, found.start_time, found.close_time, batches)


@dataclass(frozen=True, slots=True)
class ListedWorkflow:
    """A running workflow as a listing shows it; listings lag behind by moments."""

    temporal_workflow_id: str
    started_at: datetime
    is_child: bool
    is_opened: bool
    """Whether it has told Temporal its root run: it has had a row, then."""
    parent: str | None = None
    """The workflow that it is a part of."""


async def running_workflows(client: Client, most: int) -> tuple[dict[str, ListedWorkflow], bool]:
    """List the running workflows of runs and of their batches by id, and return whether these are all of them.

    Raises:
        TemporalUnavailable: Temporal did not answer.
    """
    known = [*(facts.temporal_type for facts in KINDS.values()), names.MAP_BATCH_TEMPORAL_TYPE]
    types = ", ".join(f"'{one}'" for one in known)
    query = f"ExecutionStatus = 'Running' AND WorkflowType IN ({types})"
    found: dict[str, ListedWorkflow] = {}
    with temporal_errors():
        async for one in client.list_workflows(query, page_size=1000, rpc_timeout=LIST):
            if len(found) >= most:
                return found, False
            opened = one.typed_search_attributes.get(names.ROOT_RUN_ATTRIBUTE) is not None
            found[one.id] = ListedWorkflow(one.id, one.start_time, one.parent_id is not None, opened, one.parent_id)
    return found, True


async def reported_problems(client: Client, most: int) -> frozenset[str] | None:
    """Return the running workflows whose task Temporal reports as failing, and the ones that they are a part of.

    Temporal does so after about a minute. None: this server has no such reports.

    Raises:
        TemporalUnavailable: Temporal did not answer.
    """
    query = f"ExecutionStatus = 'Running' AND {_REPORTED} IN ('{_FAILED}', '{_TIMED_OUT}')"
    found: set[str] = set()
    with temporal_errors():
        try:
            async for one in client.list_workflows(query, page_size=1000, limit=most, rpc_timeout=LIST):
                found |= {one.id, one.parent_id or one.id}
        except RPCError as error:
            if error.status is not RPCStatusCode.INVALID_ARGUMENT:
                raise
            return None
    return frozenset(found)


async def terminate_run(client: Client, temporal_workflow_id: str, reason: str) -> None:
    """Terminate a workflow and its batches, which might not stop by themselves; what has ended meanwhile is left.

    Temporal cancels the agent runs below them.

    Raises:
        TemporalUnavailable: Temporal did not answer.
    """
    found = await describe_run(client, temporal_workflow_id)
    # First the run, which would go on with another batch.
    for one in (temporal_workflow_id, *(found.batches if found else ())):
        with temporal_errors():
            try:
                await client.get_workflow_handle(one).terminate(reason=reason, rpc_timeout=CONTROL)
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise


async def terminate_failing(client: Client, temporal_workflow_id: str) -> FailingTask | None:
    """Terminate a workflow if its task keeps failing, and return how; for one that can be started anew at any time.

    Raises:
        TemporalUnavailable: Temporal did not answer.
    """
    found = await describe_run(client, temporal_workflow_id)
    if found is None or found.failing is None:
        return None
    log.error(
        "a workflow is stuck; it is started anew", temporal_workflow_id=temporal_workflow_id, **asdict(found.failing)
    )
    await terminate_run(client, temporal_workflow_id, f"it was stuck: {found.failing.message}")
    return found.failing


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
    if not is_stuck(task.attempt, since, now):
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
