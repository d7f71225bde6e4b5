"""Limits how many messages a channel gets within an hour: further notices wait, and are sent together in one."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.store.governance.notices import CLAIMED_FOR, TOO_OLD
from models.store.ids import among
from models.store.tables.notices import Notice

HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Room:
    """How many more messages a channel may get, and when it may get the next one if that is none."""

    left: int
    frees_at: datetime


async def room_of(session: AsyncSession, key: str, limit: int, now: datetime) -> Room:
    """Return the room of a channel: at most `limit` messages within any hour."""
    sent_at = Notice.deliveries[key]["sent_at"].astext
    # One message may stand for many notices.
    query = select(sent_at).where(Notice.at > now - TOO_OLD - HOUR, sent_at.is_not(None)).distinct()
    times = sorted(at for text in await session.scalars(query) if (at := datetime.fromisoformat(text)) > now - HOUR)
    return Room(limit - len(times), times[-limit] + HOUR if len(times) >= limit else now)


async def claim_waiting(
    session: AsyncSession, key: str, claimed: Iterable[uuid.UUID], now: datetime, limit: int
) -> Sequence[Notice]:
    """Return the notices that wait for room in a channel, oldest first, and claim them as `claim_due` does.

    What has failed before is among them if it is due, or `claimed` already.
    """
    mine = Notice.deliveries[key]
    query = (
        select(Notice)
        .where(Notice.send_at.is_not(None), mine["waits"].as_boolean())
        .where(or_(Notice.send_at <= now, mine["attempts"].as_integer() == 0, among(Notice.id, claimed)))
        .order_by(Notice.at, Notice.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    rows = (await session.scalars(query)).all()
    for row in rows:
        row.send_at = now + CLAIMED_FOR
    return rows
