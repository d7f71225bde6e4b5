"""Whose turn it is: the next delivery of a running replay, at the replay's rate."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.states import DeliveryOutcome, ReplayResult, ReplayStatus
from models.store.admission.admit import database_now
from models.store.tables.replays import Replay, ReplayItem

CATCHES_UP = timedelta(seconds=2)
"""How far a replay may run behind its rate and still make up for it."""
FAILURES_IN_A_ROW = 20
"""After so many deliveries that could not be replayed, a replay pauses itself."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A replay whose next delivery has its turn; None: it has none left."""

    replay_id: uuid.UUID
    position: int | None


async def take_turn(session: AsyncSession) -> Turn | None:
    """Take the turn of the replay that is due for the longest, and set its next one; None if none is due."""
    now = await database_now(session)
    due = select(Replay).where(Replay.status == ReplayStatus.RUNNING, Replay.next_at <= now)
    replay = await session.scalar(
        due.order_by(Replay.next_at, Replay.id).limit(1).with_for_update(skip_locked=True, key_share=True)
    )
    if replay is None:
        return None
    replay.next_at = max(replay.next_at, now - CATCHES_UP) + timedelta(minutes=1) / replay.rate_per_minute
    pending = select(ReplayItem.position).where(ReplayItem.replay_id == replay.id, ReplayItem.outcome.is_(None))
    return Turn(replay.id, await session.scalar(pending.order_by(ReplayItem.position).limit(1)))


async def seconds_to_next(session: AsyncSession) -> float | None:
    """Return in how many seconds a replay has its next turn; None if none is running."""
    left = select(func.min(Replay.next_at) - func.clock_timestamp()).where(Replay.status == ReplayStatus.RUNNING)
    found: timedelta | None = await session.scalar(left)
    return None if found is None else max(0.0, found.total_seconds())


async def lock_item(session: AsyncSession, turn: Turn) -> tuple[Replay, ReplayItem] | None:
    """Lock a delivery that has its turn; None if it has had it, or its replay does not run any more."""
    item = await session.scalar(
        select(ReplayItem)
        .where(ReplayItem.replay_id == turn.replay_id, ReplayItem.position == turn.position)
        .where(ReplayItem.outcome.is_(None))
        .with_for_update(skip_locked=True, key_share=True)
    )
    if item is None:
        return None
    # Not locked: who pauses it need not wait for a delivery under way.
    replay = await session.get_one(Replay, turn.replay_id, populate_existing=True)
    return (replay, item) if replay.status is ReplayStatus.RUNNING else None


def mark(
    item: ReplayItem,
    outcome: DeliveryOutcome | ReplayResult,
    at: datetime,
    *,
    replayed_as: uuid.UUID | None = None,
    reason: str | None = None,
) -> None:
    """Write down what became of a locked delivery."""
    item.outcome, item.replayed_as, item.reason, item.done_at = outcome.value, replayed_as, reason, at


async def only_fails(session: AsyncSession, item: ReplayItem) -> bool:
    """Return whether this and the deliveries before it could not be replayed, `FAILURES_IN_A_ROW` of them."""
    await session.flush()
    before = (
        select(ReplayItem.outcome)
        .where(ReplayItem.replay_id == item.replay_id, ReplayItem.position <= item.position)
        .order_by(ReplayItem.position.desc())
        .limit(FAILURES_IN_A_ROW)
    )
    outcomes = (await session.scalars(before)).all()
    return len(outcomes) == FAILURES_IN_A_ROW and set(outcomes) == {ReplayResult.FAILED.value}
