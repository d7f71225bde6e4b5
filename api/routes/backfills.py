"""`/api/backfills`, and where they are started: past due times of a schedule, and reruns of many runs."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from api.actions import backfill as starting
from api.deps import Operator, Reader, Session, StateDep
from api.http.bodies import JsonRoute
from api.http.errors import responses
from api.state import State
from models.contracts.automations.backfills import (
    BackfillPatch,
    BackfillPlan,
    BackfillRequest,
    BackfillsQuery,
    BackfillView,
    RerunRequest,
)
from models.contracts.automations.drafts import ReasonRequest
from models.contracts.base import Page
from models.store.backfills import ending
from models.store.backfills import queries as backfills
from models.store.tables.backfills import Backfill
from runtime.temporal.admissions import admitting

router = APIRouter(tags=["backfills"], route_class=JsonRoute)


@router.post("/api/automations/{name}/backfill", responses=responses(404, 409))
async def backfill(
    name: str, wanted: BackfillRequest, session: Session, state: StateDep, actor: Operator
) -> BackfillPlan:
    """Run the past due times of a schedule between two instants, both included, behind all live runs.

    First send `dryRun: true`: the answer lists every due time, with what it will cost. Then send its `token`.
    """
    return await starting.backfill_due_times(session, state, name, wanted, actor)


@router.post("/api/runs/rerun", responses=responses(404, 409))
async def rerun(wanted: RerunRequest, session: Session, state: StateDep, actor: Operator) -> BackfillPlan:
    """Run again many runs that have ended, at most 1000, each with its input, behind all live runs.

    First send `dryRun: true`: the answer lists them, frozen. Then send its `token`.
    """
    return await starting.rerun_selected(session, state, wanted, actor)


@router.get("/api/backfills", responses=responses(404))
async def list_all(session: Session, _: Reader, query: Annotated[BackfillsQuery, Query()]) -> Page[BackfillView]:
    """List backfills, reruns of many runs and catch-ups, newest first. `GET /api/runs?backfill=` lists their runs."""
    return await backfills.page(session, query, datetime.now(UTC))


@router.get("/api/backfills/{backfill_id}", responses=responses(404))
async def read(backfill_id: uuid.UUID, session: Session, _: Reader) -> BackfillView:
    """Read one backfill and how far it is."""
    return await backfills.by_id(session, backfill_id, datetime.now(UTC))


@router.patch("/api/backfills/{backfill_id}", responses=responses(404, 409))
async def change(
    backfill_id: uuid.UUID, patch: BackfillPatch, session: Session, state: StateDep, actor: Operator
) -> BackfillView:
    """Change how many of its runs are under way at once. What is under way goes on."""

    async def apply(some: AsyncSession, row: Backfill, _: datetime) -> None:
        await ending.change_limit(some, row, patch.limit, actor.name)

    return await _changed(session, state, backfill_id, apply)


@router.post("/api/backfills/{backfill_id}/pause", responses=responses(404, 409))
async def pause(
    backfill_id: uuid.UUID, session: Session, state: StateDep, actor: Operator, why: ReasonRequest | None = None
) -> BackfillView:
    """Start no more of its runs. What is under way goes on."""

    async def apply(some: AsyncSession, row: Backfill, now: datetime) -> None:
        await ending.pause(some, row, actor.name, why.reason if why else "", now)

    return await _changed(session, state, backfill_id, apply)


@router.post("/api/backfills/{backfill_id}/resume", responses=responses(404, 409))
async def resume(
    backfill_id: uuid.UUID, session: Session, state: StateDep, actor: Operator, why: ReasonRequest | None = None
) -> BackfillView:
    """Go on with a paused backfill."""

    async def apply(some: AsyncSession, row: Backfill, _: datetime) -> None:
        await ending.resume(some, row, actor.name, why.reason if why else "")

    return await _changed(session, state, backfill_id, apply)


@router.post("/api/backfills/{backfill_id}/cancel", responses=responses(404, 409))
async def cancel(
    backfill_id: uuid.UUID, session: Session, state: StateDep, actor: Operator, why: ReasonRequest | None = None
) -> BackfillView:
    """Take back what has not started: a missed due time is missed again, all else is skipped as `cleared`.

    What is under way goes on.
    """

    async def apply(some: AsyncSession, row: Backfill, now: datetime) -> None:
        await ending.cancel(some, row, actor.name, why.reason if why else "", now)

    return await _changed(session, state, backfill_id, apply)


async def _changed(
    session: AsyncSession,
    state: State,
    backfill_id: uuid.UUID,
    apply: Callable[[AsyncSession, Backfill, datetime], Awaitable[None]],
) -> BackfillView:
    """Change an open backfill in a transaction of its own, and let it advance after the commit."""
    async with admitting(state.sessions, state.temporal) as some:
        row = await ending.lock_backfill(some, backfill_id)
        ending.refuse_ended(row)
        await apply(some, row, datetime.now(UTC))
    return await backfills.by_id(session, backfill_id, datetime.now(UTC))
