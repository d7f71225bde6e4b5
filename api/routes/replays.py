"""`/api/replays`: replays of many deliveries, which are started with `POST /api/deliveries/replay`."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.ext.asyncio import AsyncSession

from api.actions.replay import replay_many
from api.deps import Operator, Reader, Session, StateDep
from api.http.bodies import JsonRoute
from api.http.errors import responses
from api.state import State
from models.contracts.automations.drafts import ReasonRequest
from models.contracts.base import Page
from models.contracts.runs.replays import (
    ReplayItemsQuery,
    ReplayItemView,
    ReplayPatch,
    ReplayPlan,
    ReplayRequest,
    ReplaysQuery,
    ReplayView,
)
from models.store.replays import changes
from models.store.replays import queries as replays
from models.store.tables.replays import Replay
from runtime.database import transaction
from runtime.temporal.starting import start_replays_patiently

router = APIRouter(tags=["replays"], route_class=JsonRoute)


@router.post("/api/deliveries/replay", responses=responses(404, 409))
async def start(wanted: ReplayRequest, session: Session, state: StateDep, actor: Operator) -> ReplayPlan:
    """Replay many deliveries, at most 10,000, oldest first and at a rate, with the automations that listen now.

    First send `dryRun: true`: the answer counts them, frozen. Then send its `token`.
    """
    return await replay_many(session, state, wanted, actor)


@router.get("/api/replays")
async def list_all(session: Session, _: Reader, query: Annotated[ReplaysQuery, Query()]) -> Page[ReplayView]:
    """List replays of many deliveries, newest first."""
    return await replays.page(session, query, datetime.now(UTC))


@router.get("/api/replays/{replay_id}", responses=responses(404))
async def read(replay_id: uuid.UUID, session: Session, _: Reader) -> ReplayView:
    """Read one replay: how far it is, and the status of the runs that it started."""
    return await replays.by_id(session, replay_id, datetime.now(UTC))


@router.get("/api/replays/{replay_id}/items", responses=responses(404))
async def list_items(
    replay_id: uuid.UUID, session: Session, _: Reader, query: Annotated[ReplayItemsQuery, Query()]
) -> Page[ReplayItemView]:
    """List the deliveries of a replay in their order, with what became of each."""
    return await replays.items(session, replay_id, query)


@router.patch("/api/replays/{replay_id}", responses=responses(404, 409))
async def change(
    replay_id: uuid.UUID, patch: ReplayPatch, session: Session, state: StateDep, actor: Operator
) -> ReplayView:
    """Change how fast a replay goes on."""

    async def apply(some: AsyncSession, row: Replay, now: datetime) -> None:
        await changes.change_rate(some, row, patch.rate_per_minute, actor.name, now)

    return await _changed(session, state, replay_id, apply)


@router.post("/api/replays/{replay_id}/pause", responses=responses(404, 409))
async def pause(
    replay_id: uuid.UUID, session: Session, state: StateDep, actor: Operator, why: ReasonRequest | None = None
) -> ReplayView:
    """Replay no further delivery until it is resumed. What it has started goes on."""

    async def apply(some: AsyncSession, row: Replay, now: datetime) -> None:
        await changes.pause(some, row, actor.name, why.reason if why else "", now)

    return await _changed(session, state, replay_id, apply)


@router.post("/api/replays/{replay_id}/resume", responses=responses(404, 409))
async def resume(
    replay_id: uuid.UUID, session: Session, state: StateDep, actor: Operator, why: ReasonRequest | None = None
) -> ReplayView:
    """Go on with a paused replay."""

    async def apply(some: AsyncSession, row: Replay, now: datetime) -> None:
        await changes.resume(some, row, actor.name, why.reason if why else "", now)

    return await _changed(session, state, replay_id, apply)


@router.post("/api/replays/{replay_id}/cancel", responses=responses(404, 409))
async def cancel(
    replay_id: uuid.UUID, session: Session, state: StateDep, actor: Operator, why: ReasonRequest | None = None
) -> ReplayView:
    """Replay no further delivery, ever. What it has started goes on."""

    async def apply(some: AsyncSession, row: Replay, now: datetime) -> None:
        await changes.cancel(some, row, actor.name, why.reason if why else "", now)

    return await _changed(session, state, replay_id, apply)


async def _changed(
    session: AsyncSession,
    state: State,
    replay_id: uuid.UUID,
    apply: Callable[[AsyncSession, Replay, datetime], Awaitable[None]],
) -> ReplayView:
    """Change an open replay in a transaction of its own; after the commit whoever carries it out is told."""
    now = datetime.now(UTC)
    async with transaction(state.sessions) as some:
        row = await changes.lock_replay(some, replay_id)
        changes.refuse_ended(row)
        await apply(some, row, now)
    await start_replays_patiently(state.temporal)
    return await replays.by_id(session, replay_id, now)
