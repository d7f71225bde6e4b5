"""Tells Temporal what flow control has decided; every call is idempotent, and the sweep repeats what is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import islice
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.service import RPCError, RPCStatusCode

from models import names
from models.contracts.workflows.signals import BY_FLOW_CONTROL, CancelRequest
from models.errors import TemporalUnavailable
from models.store.admission.to_tell import Admissions, take_admissions
from models.store.budgets.waiting import any_waits, let_in_waiting
from runtime.database import Sessions, transaction
from runtime.temporal.backfills import advance_backfills
from runtime.temporal.connection import temporal_errors
from runtime.temporal.deadlines import CONTROL, START
from runtime.temporal.followers import fire_follower
from runtime.temporal.starting import start_run

log = structlog.get_logger(__name__)

AT_ONCE = 32
MOST_LOOKS = 100
"""Transactions in which runs that wait for budgets are let in, one after the other; the sweep goes on from there."""
MOST_FOLLOWERS = 50
"""Who closes a run fires no more, one after another; the sweep fires the rest."""
REPLACED = CancelRequest(reason="a newer delivery of the same key runs instead", by=BY_FLOW_CONTROL)


@asynccontextmanager
async def admitting(sessions: Sessions, client: Client) -> AsyncIterator[AsyncSession]:
    """Open a session in a transaction that may admit runs; Temporal is told of them after the commit."""
    async with transaction(sessions) as session:
        yield session
    decided = take_admissions(session)
    await tell_admissions(client, decided)
    if decided.frees_budget:
        try:
            await look_at_budgets(sessions, client)
        except Exception:
            log.exception("runs that wait for a budget are not looked at; the sweep tries again")
    for delivery_id in decided.followers[:MOST_FOLLOWERS]:
        try:
            await fire_and_tell(sessions, client, delivery_id)
        except Exception:
            log.exception("an automation that follows another is not fired; the sweep tries again", id=str(delivery_id))
    if decided.backfills:
        await advance_and_tell(sessions, client, decided.backfills)


async def look_at_budgets(sessions: Sessions, client: Client) -> None:
    """Let the runs in that wait for a budget and fit now; each is told to open again.

    It comes after the commit of what freed the room, so that a run that began to wait meanwhile is not overlooked.
    """
    async with transaction(sessions) as session:
        if not await any_waits(session):
            return
    for _ in range(MOST_LOOKS):
        async with transaction(sessions) as session:
            decided = await let_in_waiting(session, datetime.now(UTC))
        await tell_admissions(client, take_admissions(session))
        if not decided:
            return


async def fire_and_tell(sessions: Sessions, client: Client, delivery_id: UUID) -> None:
    """Fire an automation that follows a run which has ended, by its pending delivery."""
    await tell_admissions(client, await fire_follower(sessions, delivery_id))


async def advance_and_tell(sessions: Sessions, client: Client, backfills: Iterable[UUID]) -> None:
    """Let the next runs of backfills start."""
    async for decided in advance_backfills(sessions, backfills):
        await tell_admissions(client, decided)


async def tell_admissions(client: Client, decided: Admissions) -> None:
    """Start, wake and cancel what a committed transaction has decided; what fails is logged, and left to the sweep."""
    calls: Iterator[Coroutine[None, None, None]] = (start_run(client, run) for run in decided.to_start)
    while group := [*islice(calls, AT_ONCE)]:
        await _all(group)
    await _all(admission_calls(client, decided))


def admission_calls(client: Client, decided: Admissions) -> list[Coroutine[None, None, None]]:
    """Return the calls to Temporal, all but the starts of runs."""
    calls = [wake_run(client, waiting) for waiting in decided.to_wake]
    calls += [cancel_replaced(client, replaced) for replaced in decided.to_cancel]
    if decided.waits_for_time:
        calls.append(start_admission(client))
    return calls


async def wake_run(client: Client, temporal_workflow_id: str) -> None:
    """Signal a workflow that waits for its run's admission; one that has ended needs none.

    Raises:
        TemporalUnavailable: Temporal did not answer in time.
    """
    with temporal_errors():
        try:
            await client.get_workflow_handle(temporal_workflow_id).signal(names.ADMITTED_SIGNAL, rpc_timeout=START)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise


async def start_admission(client: Client) -> None:
    """Start the workflow that admits runs as time passes, or tell it to look again.

    Raises:
        TemporalUnavailable: Temporal did not answer in time.
    """
    with temporal_errors():
        await client.start_workflow(
            names.ADMISSION_TEMPORAL_TYPE,
            id=names.ADMISSION_WORKFLOW_ID,
            task_queue=names.CONTROL_QUEUE,
            start_signal="look_again",
            static_summary="Admit runs that wait for time: throttles, debounces, batches",
            rpc_timeout=START,
        )


async def cancel_replaced(client: Client, temporal_workflow_id: str) -> None:
    """Ask a run to end because a newer one replaces it; one that has not started yet is asked by the sweep.

    Raises:
        TemporalUnavailable: Temporal did not answer in time.
    """
    handle = client.get_workflow_handle(temporal_workflow_id)
    with temporal_errors():
        try:
            await handle.execute_update("cancel", REPLACED, rpc_timeout=CONTROL)
        except WorkflowUpdateFailedError as refused:
            log.info(
                "a replaced run is not cancelled", temporal_workflow_id=temporal_workflow_id, reason=str(refused.cause)
            )
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise


async def _all(calls: list[Coroutine[None, None, None]]) -> None:
    waiting: list[Awaitable[None]] = [*calls]
    for failure in await asyncio.gather(*waiting, return_exceptions=True):
        if isinstance(failure, TemporalUnavailable):
            log.warning("Temporal is not told of an admission; the sweep repeats it", reason=failure.detail)
        elif isinstance(failure, Exception):
            log.error("Temporal refused to be told of an admission", exc_info=failure)
