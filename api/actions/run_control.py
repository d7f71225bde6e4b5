"""Acts on runs that live in Temporal: cancelling and signalling them.

The rule kept here: a run that is only queued is decided in its row, under its lock; from then on Temporal decides.
"""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

import structlog
from pydantic import JsonValue, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import (
    Client,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError, RPCStatusCode

from api.http.errors import invalid_fields
from models.contracts.base import Stored
from models.contracts.signals import (
    ApprovalDecision,
    CancelAccepted,
    CancelRequest,
    NewTask,
    SignalNote,
    SignalRequest,
    TaskRef,
)
from models.errors import AlreadyFinished, Conflict, Invalid
from models.kinds import KINDS
from models.names import run_temporal_workflow_id
from models.states import OPEN_STATUSES, RunStatus
from models.store.runs.closing import finish
from models.store.runs.locks import lock_run
from models.store.tables.runs import Run
from runtime.deadlines import CONTROL
from runtime.temporal import temporal_errors

log = structlog.get_logger(__name__)


ARGUMENTS: Mapping[str, type[Stored]] = {
    "pause": SignalNote,
    "resume": SignalNote,
    "evaluate_now": SignalNote,
    "approve": ApprovalDecision,
    "reject": ApprovalDecision,
    "add_task": NewTask,
    "skip_task": TaskRef,
}


async def cancel_queued(session: AsyncSession, run_id: uuid.UUID, reason: str) -> bool:
    """Close a run that has not opened; tell whether there was nothing more to cancel.

    Raises:
        NotFound: there is no such run.
        AlreadyFinished: the run has ended.
    """
    locked = await lock_run(session, run_id)
    refuse_finished(locked)
    if locked.status is not RunStatus.QUEUED:
        return False
    await finish(session, locked, RunStatus.CANCELLED, at=datetime.now(UTC), reason=reason)
    return True


async def cancel_running(client: Client, run: Run, request: CancelRequest) -> None:
    """Ask a running run to end; where no worker answers, Temporal keeps the wish until one does.

    Raises:
        AlreadyFinished: it has ended meanwhile.
        TemporalUnavailable: Temporal cannot be reached.
    """
    handle = _handle(client, run)
    try:
        with temporal_errors():
            await handle.execute_update("cancel", request, result_type=CancelAccepted, rpc_timeout=CONTROL)
    except WorkflowUpdateRPCTimeoutOrCancelledError:
        with temporal_errors():
            await handle.cancel(rpc_timeout=CONTROL)
    except WorkflowUpdateFailedError as error:
        raise Conflict(f"the run refuses: {error.cause}") from error
    except RPCError as error:
        raise _gone(error, run) from error


async def signal(client: Client, run: Run, request: SignalRequest, by: str) -> None:
    """Send a signal whose argument fits it.

    Raises:
        Invalid: runs of this kind do not listen to the signal, or the argument does not fit it.
        AlreadyFinished: the run has ended.
        TemporalUnavailable: Temporal cannot be reached.
    """
    refuse_finished(run)
    listens_to = KINDS[run.kind].signals
    if request.signal not in listens_to:
        hint = f"It listens to {', '.join(sorted(listens_to))}."
        raise Invalid(f"a run of kind {run.kind.value} does not listen to {request.signal}", field="signal", hint=hint)
    argument = read_argument(request, by)
    try:
        with temporal_errors():
            await _handle(client, run).signal(request.signal, argument, rpc_timeout=CONTROL)
    except RPCError as error:
        raise _gone(error, run) from error


def read_argument(request: SignalRequest, by: str) -> Stored:
    """Read a signal's argument by its contract; who sends it is filled in where the contract asks."""
    contract = ARGUMENTS[request.signal]
    given: dict[str, JsonValue] = dict(request.argument)
    if "by" in contract.model_fields:
        given.setdefault("by", by)
    try:
        return contract.model_validate(given)
    except ValidationError as error:
        raise invalid_fields(error, given, "argument") from None


def refuse_finished(run: Run) -> None:
    """Raise `AlreadyFinished` for a run that has ended."""
    if run.status not in OPEN_STATUSES:
        raise AlreadyFinished(f"the run is {run.status.value} already", hint="Rerun it instead.")


def _handle(client: Client, run: Run) -> WorkflowHandle[object, object]:
    return client.get_workflow_handle(run.temporal_workflow_id or run_temporal_workflow_id(run.id))


def _gone(error: RPCError, run: Run) -> Exception:
    if error.status is not RPCStatusCode.NOT_FOUND:
        return error
    if run.status is RunStatus.QUEUED:
        return Conflict("the run has not started yet", hint="Try again when it runs.")
    return AlreadyFinished("the run has ended in Temporal; its row will follow")
