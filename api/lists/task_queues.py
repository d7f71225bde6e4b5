"""The pollers and the backlog of every task queue, as Temporal reports them."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from api.state import State
from models.names import CONTROL_QUEUE, QUEUES, TASK_QUEUE
from runtime.temporal.connection import temporal_errors

CHECK_SECONDS = 2.0
SWEEP_MAX_AGE_SECONDS = 120.0
WORKFLOW_QUEUES = frozenset({TASK_QUEUE, CONTROL_QUEUE})


@dataclass(frozen=True, slots=True)
class QueueState:
    """One task queue: how many workers poll it, and how many tasks wait."""

    name: str
    pollers: int
    backlog: int


async def queue_states(state: State) -> list[QueueState]:
    """Ask Temporal about every task queue.

    Raises:
        Unavailable, RPCError, TimeoutError: Temporal does not answer.
    """
    async with asyncio.timeout(CHECK_SECONDS):
        with temporal_errors():
            return list(await asyncio.gather(*(_queue(state, name) for name in QUEUES.values())))


def sweep_allowed_seconds(state: State) -> float:
    """Return from which age on the sweep is late."""
    return max(SWEEP_MAX_AGE_SECONDS, 4 * state.settings.sweep_seconds)


def reason_of(error: Exception) -> str:
    """Return in one line why a check failed."""
    if isinstance(error, TimeoutError):
        return f"no response within {CHECK_SECONDS:g} s"
    return str(error).partition("\n")[0] or type(error).__name__


async def _queue(state: State, name: str) -> QueueState:
    runs_workflows = name in WORKFLOW_QUEUES
    request = DescribeTaskQueueRequest(
        namespace=state.namespace,
        task_queue=TaskQueue(name=name),
        task_queue_type=(
            TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW if runs_workflows else TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY
        ),
        report_stats=True,
    )
    service = state.temporal.workflow_service
    answer = await service.describe_task_queue(request, timeout=timedelta(seconds=CHECK_SECONDS))
    return QueueState(name, len(answer.pollers), answer.stats.approximate_backlog_count)
