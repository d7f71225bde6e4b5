"""Notices: writes them, reads them for the page, and keeps track of where they were sent.

A notice is written in the transaction of what it is about, and sent after the commit: the table is an outbox.
"""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.governance.notices import NoticeDelivery, NoticePage, NoticeView
from models.contracts.runs.views import AutomationRef
from models.errors import NotFound
from models.rules.health_notices import NoticeText
from models.store.automations.dependencies import ref
from models.store.ids import among, fresh_id
from models.store.paging import PageRequest, fetch_page
from models.store.tables.automations import Automation
from models.store.tables.notices import Notice

RETRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
CLAIMED_FOR = timedelta(minutes=10)
"""A worker that has claimed a notice and says nothing for this long has died."""
TOO_OLD = timedelta(days=1)
"""What could not be sent for so long is not sent any more: it would only surprise people."""
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Sent:
    """The result of sending a notice to a channel; `sent_at` None: it was not taken."""

    key: str
    channel: str
    attempts: int
    sent_at: datetime | None
    error: str | None
    given_up: bool = False
    waits_until: datetime | None = None
    """When it is sent, because the channel has got many messages. None: it was tried."""

    @property
    def is_over(self) -> bool:
        """Whether the channel is not tried again."""
        failed = self.waits_until is None and self.attempts > len(RETRIES)
        return self.sent_at is not None or self.given_up or failed


async def add_notice(
    session: AsyncSession, kind: str, given: NoticeText, at: datetime, *, automation_id: uuid.UUID | None = None
) -> None:
    """Write a notice, which is sent after the commit."""
    session.add(
        Notice(
            id=fresh_id(),
            at=at,
            kind=kind,
            severity=given.severity,
            automation_id=automation_id,
            title=given.title,
            text=given.text,
            send_at=at,
        )
    )
    await session.flush()


async def page(
    session: AsyncSession, request: PageRequest, *, unseen: bool, automation_id: uuid.UUID | None
) -> NoticePage:
    """List notices, newest first, and count those that nobody has seen."""
    query = select(Notice)
    if unseen:
        query = query.where(Notice.seen_at.is_(None))
    if automation_id is not None:
        query = query.where(Notice.automation_id == automation_id)
    rows, cursor = await fetch_page(session, query, request, Notice.at, Notice.id)
    left = select(Notice.id).where(Notice.seen_at.is_(None)).limit(MOST_COUNTED).subquery()
    return NoticePage(
        items=await _views(session, rows),
        next_cursor=cursor,
        unseen=await session.scalar(select(func.count()).select_from(left)) or 0,
    )


async def see(session: AsyncSession, notice_id: uuid.UUID, by: str, now: datetime) -> None:
    """Mark a notice as seen; whoever saw it first stays.

    Raises:
        NotFound: No notice has this id.
    """
    seen = await _see(session, [notice_id], by, now)
    if not seen and await session.get(Notice, notice_id) is None:
        raise NotFound("there is no notice with this id")


async def see_until(session: AsyncSession, until: datetime, by: str, now: datetime) -> int:
    """Mark all notices up to an instant as seen; return how many were not."""
    query = select(Notice.id).where(Notice.seen_at.is_(None), Notice.at <= until)
    return await _see(session, (await session.scalars(query)).all(), by, now)


async def some_are_due(session: AsyncSession, now: datetime) -> bool:
    """Return whether there is something to send."""
    return bool(await session.scalar(select(exists().where(Notice.send_at <= now))))


async def claim_due(session: AsyncSession, now: datetime, limit: int) -> Sequence[tuple[Notice, Automation | None]]:
    """Return notices to send now, oldest first, and put off their next attempt, so that nobody else sends them."""
    await session.execute(
        update(Notice).where(Notice.send_at.is_not(None), Notice.at < now - TOO_OLD).values(send_at=None)
    )
    query = (
        select(Notice)
        .where(Notice.send_at <= now)
        .order_by(Notice.send_at, Notice.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    rows = (await session.scalars(query)).all()
    for row in rows:
        row.send_at = now + CLAIMED_FOR
    named = await _automations(session, rows)
    return [(row, named.get(row.automation_id) if row.automation_id else None) for row in rows]


async def note_sent(
    session: AsyncSession, notice_id: uuid.UUID, sent: Sequence[Sent], channels: Collection[str], now: datetime
) -> None:
    """Store the results of an attempt, and when the channels that are left are tried again."""
    row = await session.get_one(Notice, notice_id, with_for_update={"key_share": True}, populate_existing=True)
    known: dict[str, Any] = {**row.deliveries}
    for one in sent:
        at = one.sent_at.isoformat() if one.sent_at else None
        known[one.key] = {
            "channel": one.channel,
            "sent_at": at,
            "attempts": one.attempts,
            "error": one.error,
            "over": one.is_over,
            # A failed attempt to send it together with others is repeated together with them.
            "waits": one.waits_until is not None or (known.get(one.key, {}).get("waits", False) and not one.is_over),
        }
    row.deliveries = known
    waits = {one.key: one.waits_until for one in sent}
    left = [key for key in channels if key in known and not known[key]["over"]]
    row.send_at = min(
        (waits.get(key) or now + RETRIES[max(known[key]["attempts"], 1) - 1] for key in left), default=None
    )


async def drop_due(session: AsyncSession, now: datetime) -> None:
    """Send nothing of what is due: there is no channel. What a channel that is added later would send is no news."""
    await session.execute(update(Notice).where(Notice.send_at <= now).values(send_at=None))


async def _see(session: AsyncSession, ids: Sequence[uuid.UUID], by: str, now: datetime) -> int:
    statement = (
        update(Notice)
        .where(among(Notice.id, ids), Notice.seen_at.is_(None))
        .values(seen_at=now, seen_by=by)
        .returning(Notice.id)
    )
    return len((await session.scalars(statement)).all())


async def _automations(session: AsyncSession, rows: Sequence[Notice]) -> dict[uuid.UUID, Automation]:
    ids = {row.automation_id for row in rows if row.automation_id}
    found = await session.scalars(select(Automation).where(among(Automation.id, ids)))
    return {row.id: row for row in found}


async def _views(session: AsyncSession, rows: Sequence[Notice]) -> tuple[NoticeView, ...]:
    named = await _automations(session, rows)

    def about(row: Notice) -> AutomationRef | None:
        one = named.get(row.automation_id) if row.automation_id else None
        return ref(one) if one else None

    return tuple(
        NoticeView(
            id=row.id,
            at=row.at,
            kind=row.kind,
            severity=row.severity,
            automation=about(row),
            title=row.title,
            text=row.text,
            repeats=row.repeats,
            seen_at=row.seen_at,
            seen_by=row.seen_by,
            deliveries=tuple(
                NoticeDelivery(
                    channel=one["channel"], sent_at=one["sent_at"], attempts=one["attempts"], error=one["error"]
                )
                for one in row.deliveries.values()
            ),
        )
        for row in rows
    )
