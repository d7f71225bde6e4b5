"""Unwraps Temporal's failures: `str(ActivityError)` does not contain the cause."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    CancelledError,
    ChildWorkflowError,
    TerminatedError,
    TimeoutError,
    TimeoutType,
    is_cancelled_exception,
)

with workflow.unsafe.imports_passed_through():
    from models.contracts.runs.views import RunError
    from models.errors import PodiumError
    from models.rules.json.storable import with_replacements

Answer = TypeVar("Answer")
MAX_MESSAGE_CHARACTERS = 8000


def run_error(failure: BaseException) -> RunError:
    """Return the type and message of the innermost cause; the message can be stored: it is cut, and has no NUL."""
    cause: BaseException = failure
    while isinstance(cause, ActivityError | ChildWorkflowError) and cause.__cause__ is not None:
        cause = cause.__cause__
    match cause:
        case ApplicationError():
            found = RunError(type=cause.type or "error", message=cause.message)
        case TimeoutError():
            found = _timed_out(cause)
        case CancelledError():
            found = RunError(type="cancelled", message="it was cancelled")
        case TerminatedError():
            found = RunError(type="terminated", message="its Temporal workflow was terminated")
        case PodiumError():
            found = RunError(type=cause.code, message=cause.detail)
        case _:
            found = RunError(type=type(cause).__name__, message=str(cause))
    message, _ = with_replacements(found.message[:MAX_MESSAGE_CHARACTERS])
    return found.model_copy(update={"message": message})


async def until_done(activity: Callable[[], Awaitable[Answer]]) -> Answer:
    """Call a local activity again where the SDK has cancelled it although nobody asked for that.

    That happens where a workflow task times out while the activity runs: the next task then finds it cancelled. It can
    be repeated, since our activities on rows are idempotent.
    """
    while True:
        try:
            return await activity()
        except ActivityError as failure:
            current = asyncio.current_task()
            if not is_cancelled_exception(failure) or (current and current.cancelling()):
                raise


def _timed_out(cause: TimeoutError) -> RunError:
    if cause.type is TimeoutType.HEARTBEAT:
        return RunError(type="worker_lost", message="the worker that ran it stopped answering")
    return RunError(type="agent_timed_out", message="it did not answer in time")
