"""Pauses, resumes, cancels and ends replays. The replay is locked; a delivery under way is carried out all the same."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import AlreadyFinished, NotFound
from models.rules.replay_notices import notice_of_end, notice_of_pause
from models.states import OPEN_REPLAYS, ReplayResult, ReplayStatus
from models.store.governance import audit
from models.store.governance.notices import add_notice
from models.store.tables.replays import Replay, ReplayItem

ACTOR = "podium"


async def lock_replay(session: AsyncSession, replay_id: uuid.UUID) -> Replay:
    """Return a replay as it is now, locked until the transaction ends.

    Raises:
        NotFound: No replay has this id.
    """
    query = select(Replay).where(Replay.id == replay_id).with_for_update(key_share=True)
    found: Replay | None = await session.scalar(query, execution_options={"populate_existing": True})
    if found is None:
        raise NotFound("there is no replay with this id")
    return found


def refuse_ended(replay: Replay) -> None:
    """Raise `AlreadyFinished` for a replay that is completed or cancelled."""
    if replay.status not in OPEN_REPLAYS:
        raise AlreadyFinished(f"the replay is already {replay.status.value}")


async def record(
    session: AsyncSession,
    replay: Replay,
    verb: str,
    by: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Write what was done with a replay into the audit log."""
    await audit.record(
        session,
        actor=by,
        action=f"replay.{verb}",
        subject_type="replay",
        subject_id=replay.id,
        before={**before} if before else None,
        after={"deliveries": replay.total, **(after or {})},
        reason=reason or None,
    )


async def pause(session: AsyncSession, replay: Replay, by: str, reason: str, at: datetime) -> None:
    """Pause a locked, open replay: no further delivery has its turn."""
    if replay.status is ReplayStatus.PAUSED:
        return
    replay.status = ReplayStatus.PAUSED
    replay.paused_at, replay.paused_by, replay.paused_reason = at, by, reason or None
    await record(session, replay, "paused", by, reason=reason)
    if by == ACTOR:
        await add_notice(session, "replay.paused", notice_of_pause(replay.total, reason), at)


async def resume(session: AsyncSession, replay: Replay, by: str, reason: str, at: datetime) -> None:
    """Let a locked, paused replay go on."""
    if replay.status is ReplayStatus.RUNNING:
        return
    replay.status, replay.next_at = ReplayStatus.RUNNING, at
    replay.paused_at = replay.paused_by = replay.paused_reason = None
    await record(session, replay, "resumed", by, reason=reason)


async def cancel(session: AsyncSession, replay: Replay, by: str, reason: str, at: datetime) -> None:
    """Cancel a locked, open replay: the deliveries that have not had their turn never have it."""
    pending = update(ReplayItem).where(ReplayItem.replay_id == replay.id, ReplayItem.outcome.is_(None))
    left = pending.values(outcome=ReplayResult.CANCELLED.value, done_at=at)
    await session.execute(left.execution_options(synchronize_session=False))
    replay.status, replay.cancelled_at, replay.cancelled_by = ReplayStatus.CANCELLED, at, by
    replay.finished_at = at
    replay.paused_at = replay.paused_by = replay.paused_reason = None
    await record(session, replay, "cancelled", by, after=await outcomes_of(session, replay.id), reason=reason)


async def change_rate(session: AsyncSession, replay: Replay, rate_per_minute: int, by: str, at: datetime) -> None:
    """Change how fast a locked, open replay goes on."""
    before, replay.rate_per_minute = replay.rate_per_minute, rate_per_minute
    replay.next_at = min(replay.next_at, at) if rate_per_minute > before else replay.next_at
    if before != rate_per_minute:
        rates = {"ratePerMinute": before}, {"ratePerMinute": rate_per_minute}
        await record(session, replay, "changed", by, before=rates[0], after=rates[1])


async def settle(session: AsyncSession, replay_id: uuid.UUID, at: datetime) -> bool:
    """End a running replay that has no delivery left; return whether it has ended now."""
    replay = await lock_replay(session, replay_id)
    pending = select(ReplayItem.position).where(ReplayItem.replay_id == replay_id, ReplayItem.outcome.is_(None))
    if replay.status is not ReplayStatus.RUNNING or await session.scalar(pending.limit(1)) is not None:
        return False
    replay.status, replay.finished_at = ReplayStatus.COMPLETED, at
    outcomes = await outcomes_of(session, replay_id)
    await record(session, replay, "ended", ACTOR, after=outcomes)
    await add_notice(session, "replay.ended", notice_of_end(replay.total, outcomes), at)
    return True


async def outcomes_of(session: AsyncSession, replay_id: uuid.UUID) -> dict[str, int]:
    """Count the deliveries of a replay that have had their turn, by what became of them."""
    query = select(ReplayItem.outcome, func.count()).where(
        ReplayItem.replay_id == replay_id, ReplayItem.outcome.is_not(None)
    )
    return {str(row[0]): row[1] for row in await session.execute(query.group_by(ReplayItem.outcome))}
