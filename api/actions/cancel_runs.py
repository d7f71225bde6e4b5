"""Cancels one run, or many, a few at a time."""

import asyncio
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.actions import run_control
from api.http.auth import Actor
from api.state import State
from models.contracts.runs.cancelling import CancelledRuns, CancelRunsRequest, NotCancelled
from models.contracts.runs.queries import RunSelection
from models.contracts.workflows.signals import CancelRequest
from models.errors import PodiumError
from models.states import OPEN_STATUSES, StatusGroup
from models.store.governance import audit
from models.store.ids import among
from models.store.runs import queries as runs
from models.store.runs.listing.frozen import selected_ids
from models.store.tables.runs import Run
from runtime.database import transaction
from runtime.temporal.admissions import admitting

AT_ONCE = 8
SECONDS = 45.0
"""Runs that are not reached within this time are listed in the answer, since the caller still waits."""
DEFAULT_REASON = "cancelled by an operator"


async def cancel_run(state: State, run_id: uuid.UUID, actor: Actor, reason: str) -> None:
    """Cancel a run and its descendants, in transactions of its own; a running one ends shortly afterwards.

    Raises:
        NotFound: the run does not exist.
        AlreadyFinished: it has ended, or is being cancelled.
        TemporalUnavailable: Temporal cannot be reached.
    """
    request = CancelRequest(reason=reason or DEFAULT_REASON, by=actor.name)
    async with admitting(state.sessions, state.temporal) as session:
        if await run_control.cancel_queued(session, run_id, request.reason):
            await _record(session, actor, run_id, request.reason)
            return
        row = await runs.by_id(session, run_id)
    # Neither lock nor connection is held while Temporal is asked: the run itself must be able to close.
    terminated = await run_control.cancel_running(state.temporal, row, request)
    async with admitting(state.sessions, state.temporal) as session:
        await _record(session, actor, run_id, request.reason)
        if terminated:
            await run_control.close_terminated(session, run_id, request.reason)


async def cancel_runs(state: State, wanted: CancelRunsRequest, actor: Actor) -> CancelledRuns:
    """Count the open runs that a filter selects, or cancel those that are named.

    Raises:
        NotFound: a name in the filter does not exist.
        LimitExceeded: too many runs match.
    """
    async with transaction(state.sessions) as session:
        found = await _open_roots(session, await _selected(session, wanted.filter))
    if wanted.dry_run:
        counts = Counter(row.status for row in found)
        return CancelledRuns(
            run_ids=tuple(row.id for row in found), by_status=dict(counts), not_cancelled=(), not_reached=()
        )
    return await _cancel_all(state, [row.id for row in found], actor, wanted.reason)


async def _selected(session: AsyncSession, wanted: RunSelection) -> Sequence[uuid.UUID]:
    """Return the runs that the filter selects among the open ones."""
    if wanted.run_ids is not None:
        return wanted.run_ids
    asked = wanted.status or (StatusGroup.OPEN,)
    statuses = tuple(one for one in asked if one is StatusGroup.OPEN or one in OPEN_STATUSES)
    if not statuses:
        return ()
    return await selected_ids(session, wanted.model_copy(update={"status": statuses}), datetime.now(UTC))


async def _cancel_all(state: State, ids: Sequence[uuid.UUID], actor: Actor, reason: str) -> CancelledRuns:
    places = asyncio.Semaphore(AT_ONCE)
    deadline = asyncio.get_running_loop().time() + SECONDS
    done: list[uuid.UUID] = []
    refused: list[NotCancelled] = []
    left: list[uuid.UUID] = []

    async def one(run_id: uuid.UUID) -> None:
        async with places:
            if asyncio.get_running_loop().time() > deadline:
                left.append(run_id)
                return
            try:
                await cancel_run(state, run_id, actor, reason)
                done.append(run_id)
            except PodiumError as error:
                refused.append(NotCancelled(run_id=run_id, code=error.code, detail=error.detail))

    await asyncio.gather(*(one(run_id) for run_id in ids))
    return CancelledRuns(run_ids=tuple(done), by_status={}, not_cancelled=tuple(refused), not_reached=tuple(left))


async def _open_roots(session: AsyncSession, ids: Sequence[uuid.UUID]) -> Sequence[Run]:
    """Return the open ones among these runs, without those below another of them."""
    rows = (await session.scalars(select(Run).where(among(Run.id, ids), Run.status.in_(OPEN_STATUSES)))).all()
    chosen = {row.id for row in rows}
    order = {run_id: place for place, run_id in enumerate(ids)}
    tops = (row for row in rows if not ({row.parent_run_id, row.root_run_id} - {row.id}) & chosen)
    return sorted(tops, key=lambda row: order[row.id])


async def _record(session: AsyncSession, actor: Actor, run_id: uuid.UUID, reason: str) -> None:
    await audit.record(
        session, actor=actor.name, action="run.cancel", subject_type="run", subject_id=run_id, reason=reason
    )
