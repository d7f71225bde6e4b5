"""Reads replays as the API shows them."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.base import Page
from models.contracts.runs.replays import (
    DeliverySelection,
    ReplayItemsQuery,
    ReplayItemView,
    ReplaysQuery,
    ReplayView,
)
from models.contracts.runs.views import AutomationRef
from models.errors import NotFound
from models.states import OPEN_REPLAYS, DeliveryOutcome, ReplayResult, ReplayStatus, RunStatus
from models.store.automations.dependencies import ref
from models.store.ids import among
from models.store.paging import PageRequest, bad_cursor, decode_cursor, encode_cursor, fetch_page
from models.store.tables.automations import Automation
from models.store.tables.deliveries import Delivery
from models.store.tables.replays import Replay, ReplayItem
from models.store.tables.runs import Run

Outcomes = Mapping[DeliveryOutcome | ReplayResult | None, int]


async def page(session: AsyncSession, query: ReplaysQuery, now: datetime) -> Page[ReplayView]:
    """List replays, newest first."""
    asked = select(Replay)
    if query.status:
        asked = asked.where(Replay.status.in_(query.status))
    rows, cursor = await fetch_page(
        session, asked, PageRequest(query.limit, query.cursor), Replay.created_at, Replay.id
    )
    return Page(items=await _views(session, rows, now), next_cursor=cursor)


async def by_id(session: AsyncSession, replay_id: uuid.UUID, now: datetime) -> ReplayView:
    """Return a replay with the status of its runs.

    Raises:
        NotFound: No replay has this id.
    """
    row = await session.get(Replay, replay_id, populate_existing=True)
    if row is None:
        raise NotFound("there is no replay with this id")
    (view,) = await _views(session, [row], now)
    return view.model_copy(update={"runs": await _runs(session, replay_id)})


async def items(session: AsyncSession, replay_id: uuid.UUID, query: ReplayItemsQuery) -> Page[ReplayItemView]:
    """List the deliveries of a replay in their order.

    Raises:
        NotFound: No replay has this id.
    """
    if await session.get(Replay, replay_id) is None:
        raise NotFound("there is no replay with this id")
    conditions: list[ColumnElement[bool]] = [ReplayItem.replay_id == replay_id]
    if query.outcome:
        conditions.append(ReplayItem.outcome.in_([one.value for one in query.outcome]))
    if query.pending is not None:
        conditions.append(ReplayItem.outcome.is_(None) if query.pending else ReplayItem.outcome.is_not(None))
    if query.cursor is not None:
        conditions.append(ReplayItem.position > _position(query.cursor))
    asked = select(ReplayItem, Delivery.endpoint, Delivery.received_at)
    asked = asked.outerjoin(Delivery, Delivery.id == ReplayItem.delivery_id).where(*conditions)
    rows = (await session.execute(asked.order_by(ReplayItem.position).limit(query.limit + 1))).all()
    shown = rows[: query.limit]
    return Page(
        items=tuple(
            ReplayItemView(
                position=item.position,
                delivery_id=item.delivery_id,
                endpoint=endpoint,
                received_at=received_at,
                outcome=_outcome(item.outcome),
                replayed_as=item.replayed_as,
                reason=item.reason,
                done_at=item.done_at,
            )
            for item, endpoint, received_at in shown
        ),
        next_cursor=encode_cursor(shown[-1][0].position) if len(rows) > len(shown) else None,
    )


async def has_running(session: AsyncSession) -> bool:
    """Return whether a replay is running."""
    return await session.scalar(select(Replay.id).where(Replay.status == ReplayStatus.RUNNING).limit(1)) is not None


async def pending_deliveries(session: AsyncSession) -> int:
    """Count the deliveries of open replays whose turn has not come."""
    open_ones = select(Replay.id).where(Replay.status.in_(OPEN_REPLAYS))
    query = select(func.count()).select_from(ReplayItem).where(ReplayItem.outcome.is_(None))
    return (await session.execute(query.where(ReplayItem.replay_id.in_(open_ones)))).scalar_one()


async def _views(session: AsyncSession, rows: Sequence[Replay], now: datetime) -> tuple[ReplayView, ...]:
    outcomes = await _outcomes(session, [row.id for row in rows])
    ids = {row.only_automation_id for row in rows if row.only_automation_id}
    named = {one.id: ref(one) for one in await session.scalars(select(Automation).where(among(Automation.id, ids)))}
    return tuple(_view(row, outcomes[row.id], named, now) for row in rows)


def _view(row: Replay, outcomes: Outcomes, named: Mapping[uuid.UUID, AutomationRef], now: datetime) -> ReplayView:
    pending = outcomes.get(None, 0)
    turns = timedelta(minutes=1) / row.rate_per_minute
    ends_at = max(now, row.next_at) + turns * max(0, pending - 1)
    return ReplayView(
        id=row.id,
        status=row.status,
        filter=DeliverySelection.model_validate(row.selection),
        only=named.get(row.only_automation_id) if row.only_automation_id else None,
        again=row.again,
        rate_per_minute=row.rate_per_minute,
        total=row.total,
        pending=pending,
        outcomes={outcome: count for outcome, count in outcomes.items() if outcome is not None},
        runs=None,
        ends_at=ends_at if row.status is ReplayStatus.RUNNING and pending else None,
        created_at=row.created_at,
        created_by=row.created_by,
        reason=row.reason,
        paused_at=row.paused_at,
        paused_by=row.paused_by,
        paused_reason=row.paused_reason,
        cancelled_at=row.cancelled_at,
        cancelled_by=row.cancelled_by,
        finished_at=row.finished_at,
    )


async def _outcomes(session: AsyncSession, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Outcomes]:
    query = select(ReplayItem.replay_id, ReplayItem.outcome, func.count()).where(among(ReplayItem.replay_id, ids))
    found: dict[uuid.UUID, dict[DeliveryOutcome | ReplayResult | None, int]] = defaultdict(dict)
    for replay_id, outcome, count in await session.execute(query.group_by(ReplayItem.replay_id, ReplayItem.outcome)):
        found[replay_id][_outcome(outcome)] = count
    return found


async def _runs(session: AsyncSession, replay_id: uuid.UUID) -> dict[RunStatus, int]:
    replayed = select(ReplayItem.replayed_as).where(
        ReplayItem.replay_id == replay_id, ReplayItem.replayed_as.is_not(None)
    )
    query = select(Run.status, func.count()).where(Run.delivery_id.in_(replayed)).group_by(Run.status)
    return {row[0]: row[1] for row in await session.execute(query)}


def _outcome(stored: Any) -> DeliveryOutcome | ReplayResult | None:
    if stored is None:
        return None
    return ReplayResult(stored) if stored in set(ReplayResult) else DeliveryOutcome(stored)


def _position(cursor: str) -> int:
    (text,) = decode_cursor(cursor, 1)
    if not text.isdecimal():
        raise bad_cursor()
    return int(text)
