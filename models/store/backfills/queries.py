"""Lists and shows backfills."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.backfills import BackfillsQuery, BackfillView, RerunFilter
from models.contracts.base import Page
from models.errors import NotFound
from models.states import OPEN_BACKFILLS, BackfillKind, BackfillStatus
from models.store.automations import queries as automations
from models.store.automations.dependencies import ref
from models.store.automations.pausing import is_paused
from models.store.backfills.progress import Progress, progress_of
from models.store.ids import among
from models.store.paging import PageRequest, fetch_page
from models.store.tables.automations import Automation
from models.store.tables.backfills import Backfill


async def page(session: AsyncSession, query: BackfillsQuery, now: datetime) -> Page[BackfillView]:
    """List backfills, newest first.

    Raises:
        NotFound: No automation has this name.
    """
    asked = select(Backfill)
    if query.status:
        asked = asked.where(Backfill.status.in_(query.status))
    if query.kind:
        asked = asked.where(Backfill.kind.in_(query.kind))
    if query.automation:
        row = await automations.by_name(session, query.automation)
        asked = asked.where(Backfill.automation_id == row.id)
    request = PageRequest(query.limit, query.cursor)
    rows, cursor = await fetch_page(session, asked, request, Backfill.created_at, Backfill.id)
    return Page(items=await views(session, rows, now), next_cursor=cursor)


async def by_id(session: AsyncSession, backfill_id: uuid.UUID, now: datetime) -> BackfillView:
    """Return one backfill.

    Raises:
        NotFound: No backfill has this id.
    """
    row = await session.get(Backfill, backfill_id, populate_existing=True)
    if row is None:
        raise NotFound("there is no backfill with this id")
    return (await views(session, [row], now))[0]


async def open_ids(session: AsyncSession) -> Sequence[uuid.UUID]:
    """Return the backfills that have not ended, oldest first."""
    return (
        await session.scalars(select(Backfill.id).where(Backfill.finished_at.is_(None)).order_by(Backfill.id))
    ).all()


async def views(session: AsyncSession, rows: Sequence[Backfill], now: datetime) -> tuple[BackfillView, ...]:
    """Return backfills as the API shows them."""
    progress = await progress_of(session, rows)
    ids = {row.automation_id for row in rows if row.automation_id}
    found = await session.scalars(select(Automation).where(among(Automation.id, ids)))
    known = {one.id: one for one in found}
    return tuple(
        BackfillView(
            id=row.id,
            kind=row.kind,
            status=row.status,
            automation=ref(automation) if automation else None,
            start=row.since,
            end=row.until,
            again=row.again,
            filter=RerunFilter.model_validate(row.selection) if row.selection else None,
            order=row.run_order,
            limit=row.run_limit,
            force=row.forced,
            fire_dependents=row.fires_dependents,
            total=row.total,
            pending=done.pending,
            under_way=done.under_way,
            completed=done.completed,
            failed=done.failed,
            cancelled=done.cancelled,
            skipped=done.skipped,
            spent_usd=done.spent_usd,
            est_cost_usd=row.est_cost_usd,
            waits_for=_waits_for(row, done, automation, now),
            ends_at=_ends_at(row, done, now),
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
        for row in rows
        for done in [progress[row.id]]
        for automation in [known.get(row.automation_id) if row.automation_id else None]
    )


def _waits_for(row: Backfill, done: Progress, automation: Automation | None, now: datetime) -> str | None:
    if row.status is not BackfillStatus.RUNNING or not done.pending or row.forced or automation is None:
        return None
    return f"{automation.name} is paused" if is_paused(automation, now) else None


def _ends_at(row: Backfill, done: Progress, now: datetime) -> datetime | None:
    ended = done.ran + done.skipped
    if row.status is not BackfillStatus.RUNNING or not ended or not done.open:
        return None
    return now + (now - row.created_at) * done.open / ended


async def count_open(session: AsyncSession) -> Mapping[tuple[BackfillKind, BackfillStatus], int]:
    """Return the number of backfills that have not ended, by kind and status."""
    query = select(Backfill.kind, Backfill.status, func.count()).where(Backfill.finished_at.is_(None))
    found = await session.execute(query.group_by(Backfill.kind, Backfill.status))
    return {(kind, status): count for kind, status, count in found}


async def open_of(session: AsyncSession, automation_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Return the open backfills of an automation's due times."""
    query = select(Backfill.id).where(Backfill.automation_id == automation_id, Backfill.status.in_(OPEN_BACKFILLS))
    return (await session.scalars(query)).all()
