"""Cancels and signals runs.

A run that is only queued is decided in its row, under its lock; from then on its Temporal workflow decides.
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from api.http.errors import invalid_fields
from models.contracts.base import Contract
from models.contracts.workflows.signals import (
    ApprovalDecision,
    CancelAccepted,
    CancelRequest,
    NewTask,
    SignalNote,
    SignalRequest,
    TaskRef,
)
from models.errors import AlreadyFinished, Conflict, Invalid, PodiumError, Unavailable
from models.kinds import KINDS
from models.names import run_temporal_workflow_id
from models.states import OPEN_STATUSES, RunStatus
from models.store.runs.closing import finish
from models.store.runs.locks import lock_waiting_run
from models.store.tables.runs import Run
from runtime.security.senders import prove
from runtime.settings import Settings
from runtime.temporal.connection import temporal_errors
from runtime.temporal.deadlines import CONTROL
from runtime.temporal.proved_messages import with_proof
from runtime.temporal.run_workflows import describe_run, terminate_run

log = structlog.get_logger(__name__)

PATIENCE = timedelta(seconds=30)
"""How long a run that is being cancelled may take to end, before another cancellation terminates it."""

ARGUMENTS: Mapping[str, type[Contract]] = {
    "pause": SignalNote,
    "resume": SignalNote,
    "evaluate_now": SignalNote,
    "approve": ApprovalDecision,
    "reject": ApprovalDecision,
    "add_task": NewTask,
    "skip_task": TaskRef,
}
ANSWERED = frozenset({"approve", "reject", "add_task", "skip_task"})
"""Sent as updates, which the workflow answers; the others are signals, which wait for a worker."""
SET_BY_US = frozenset({"by", "authenticated"})


async def cancel_queued(session: AsyncSession, run_id: uuid.UUID, reason: str) -> bool:
    """Close a run that has not started; returns whether it was closed.

    Raises:
        NotFound: the run does not exist.
        AlreadyFinished: the run has ended.
    """
    locked = await lock_waiting_run(session, run_id)
    refuse_finished(locked)
    # An agent's run that was opened, and waits for a slot, has a workflow that closes it.
    if locked.status is not RunStatus.QUEUED or locked.started_at is not None:
        return False
    await finish(session, locked, RunStatus.CANCELLED, at=datetime.now(UTC), reason=reason, interventions=1)
    return True


async def cancel_running(client: Client, run: Run, request: CancelRequest) -> bool:
    """Ask a running run to end; return whether it had to be terminated, so that nothing but us closes its row.

    1. The update `cancel` lets the workflow stop what is below it and close the row.
    2. Where no worker answers, Temporal keeps the request until one does.
    3. A workflow whose task fails again and again cannot answer: it is terminated. Temporal cancels its children.
    4. So is one that has been ending for `PATIENCE`, such as one that waits for a child whose task fails.

    Raises:
        AlreadyFinished: it has just ended, or is being cancelled.
        TemporalUnavailable: Temporal cannot be reached.
    """
    handle = _handle(client, run)
    if run.status is not RunStatus.STUCK:
        try:
            with temporal_errors():
                await handle.execute_update("cancel", request, result_type=CancelAccepted, rpc_timeout=CONTROL)
            return False
        except WorkflowUpdateFailedError as error:
            if not _has_long_been_ending(error):
                raise _refused(error) from None
            log.warning("the run does not end by itself", run_id=str(run.id))
        except WorkflowUpdateRPCTimeoutOrCancelledError:
            found = await describe_run(client, handle.id)
            if found is None or found.failing is None:
                with temporal_errors():
                    await handle.cancel(rpc_timeout=CONTROL)
                return False
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise _gone(error, run) from error
            log.warning("the run cannot answer its cancellation", run_id=str(run.id), reason=error.message)
    await terminate_run(client, handle.id, request.reason)
    return True


async def close_terminated(session: AsyncSession, run_id: uuid.UUID, reason: str) -> None:
    """Close the row of a run whose workflow was terminated, since that can no longer do it."""
    locked = await lock_waiting_run(session, run_id)
    if locked.status in OPEN_STATUSES:
        why = f"{reason} (terminated: its Temporal workflow could not go on)"
        await finish(session, locked, RunStatus.CANCELLED, at=datetime.now(UTC), reason=why, interventions=1)


async def signal(client: Client, settings: Settings, run: Run, request: SignalRequest, by: str) -> dict[str, Any]:
    """Send a signal whose argument fits it, in the name of an authenticated caller, and with the proof of that.

    Returns:
        What was asked and what it was applied to, such as the approval step; for the audit log.

    Raises:
        Invalid: runs of this kind do not take the signal, or its argument names what the run does not have.
        Conflict: the argument does not fit the run's state, such as a step that does not wait for approval.
        AlreadyFinished: the run has ended.
        Unavailable: no worker answered in time, so nobody knows whether it was applied.
        TemporalUnavailable: Temporal cannot be reached.
    """
    refuse_finished(run)
    takes = KINDS[run.kind].signals
    if request.signal not in takes:
        hint = f"It takes {', '.join(sorted(takes))}."
        raise Invalid(f"a run of kind {run.kind.value} does not take {request.signal}", field="signal", hint=hint)
    argument = read_argument(request, by).wire()
    proof = prove(settings, _temporal_workflow_id(run), request.signal, argument)
    handle = _handle(with_proof(client, proof), run)
    answer: dict[str, Any] = {}
    try:
        with temporal_errors():
            if request.signal in ANSWERED:
                answer = await handle.execute_update(request.signal, argument, result_type=dict, rpc_timeout=CONTROL)
            else:
                await handle.signal(request.signal, argument, rpc_timeout=CONTROL)
    except WorkflowUpdateRPCTimeoutOrCancelledError:
        raise Unavailable(
            f"no worker answered {request.signal} within {CONTROL.seconds} s",
            hint="It may still be applied: look at the run before you send it again.",
        ) from None
    except WorkflowUpdateFailedError as error:
        raise _refused(error) from None
    except RPCError as error:
        raise _gone(error, run) from error
    asked = {name: value for name, value in argument.items() if name not in SET_BY_US and value not in (None, "")}
    return asked | answer


def read_argument(request: SignalRequest, by: str) -> Contract:
    """Read a signal's argument by its contract and put the caller's name in."""
    contract, argument = ARGUMENTS[request.signal], dict(request.argument)
    for name in SET_BY_US & argument.keys():
        hint = "Leave it out: it is the name of the API key."
        raise Invalid(f"{name} cannot be set", field=f"argument.{name}", hint=hint)
    if "by" in contract.model_fields:
        argument["by"] = by
    try:
        return contract.model_validate(argument)
    except ValidationError as error:
        raise invalid_fields(error, argument, "argument") from None


def _refused(error: WorkflowUpdateFailedError) -> PodiumError:
    """Convert a workflow's refusal (`workflows/runs/signals.py`) into our error of the same code."""
    cause = error.cause
    if not isinstance(cause, ApplicationError):
        return Conflict(f"the run refused it: {cause}")
    if cause.type == Invalid.code:
        field = f"argument.{cause.details[0]}" if cause.details else "argument"
        return Invalid(cause.message, field=field)
    if cause.type != AlreadyFinished.code:
        return Conflict(cause.message)
    hint = f"If it is still open after {PATIENCE.seconds} s, cancel it again: it is then terminated."
    return AlreadyFinished(cause.message, hint=hint)


def _has_long_been_ending(error: WorkflowUpdateFailedError) -> bool:
    """Return whether the workflow refuses to be cancelled because it has been ending for longer than `PATIENCE`."""
    cause = error.cause
    if not isinstance(cause, ApplicationError) or cause.type != AlreadyFinished.code or not any(cause.details):
        return False
    return datetime.now(UTC) - datetime.fromisoformat(cause.details[0]) >= PATIENCE


def refuse_finished(run: Run) -> None:
    if run.status not in OPEN_STATUSES:
        raise AlreadyFinished(f"the run is already {run.status.value}", hint="Rerun it instead.")


def _handle(client: Client, run: Run) -> WorkflowHandle[object, object]:
    return client.get_workflow_handle(_temporal_workflow_id(run))


def _temporal_workflow_id(run: Run) -> str:
    return run.temporal_workflow_id or run_temporal_workflow_id(run.id)


def _gone(error: RPCError, run: Run) -> Exception:
    if error.status is not RPCStatusCode.NOT_FOUND:
        return error
    if run.status is RunStatus.QUEUED:
        return Conflict("the run has not started yet", hint="Try again once it is running.")
    return AlreadyFinished("the run has ended in Temporal; its status is updated shortly")
