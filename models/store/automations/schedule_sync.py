"""The database side of schedule sync: which Temporal schedules are out of date, and what each should look like."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, extract, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from models.states import Source
from models.store.governance import audit
from models.store.ids import among
from models.store.tables.automations import Automation

ACTOR = "schedule sync"


@dataclass(frozen=True, slots=True)
class ExpectedSchedule:
    """The entry of an automation in a listing of Temporal schedules, as it should be."""

    automation_id: UUID
    exists: bool
    active: bool
    note: str | None
    settled: bool
    """False while a change is being synced: a difference is not drift then."""


async def automation_with_primitive(session: AsyncSession, automation_id: UUID) -> Automation | None:
    return await session.get(Automation, automation_id, options=[joinedload(Automation.primitive)])


async def unsynced(session: AsyncSession, now: datetime, limit: int, after: UUID | None = None) -> Sequence[UUID]:
    """Return schedules whose Temporal schedule is behind their row, or whose compiled calendars end soon, by id."""
    left = extract("epoch", Automation.synced_until - literal(now))
    whole = extract("epoch", Automation.synced_until - Automation.synced_from)
    ends_soon = and_(left * 5 < whole, Automation.archived_at.is_(None))
    query = select(Automation.id).where(
        Automation.source == Source.SCHEDULE,
        or_(Automation.synced_revision < Automation.revision, ends_soon),
    )
    if after:
        query = query.where(Automation.id > after)
    return (await session.scalars(query.order_by(Automation.id).limit(limit))).all()


async def longest_unverified(session: AsyncSession, verified_before: datetime, limit: int) -> Sequence[UUID]:
    """Return the schedules that were verified longest ago, of those last verified before a time."""
    due = or_(Automation.synced_at.is_(None), Automation.synced_at < verified_before)
    query = select(Automation.id).where(Automation.source == Source.SCHEDULE, Automation.archived_at.is_(None), due)
    return (await session.scalars(query.order_by(Automation.synced_at.nulls_first()).limit(limit))).all()


async def expected_schedules(session: AsyncSession) -> dict[UUID, ExpectedSchedule]:
    """Return what Temporal should hold for every schedule, archived ones included."""
    query = select(
        Automation.id,
        Automation.archived_at,
        or_(Automation.is_active, Automation.paused_until.is_not(None)),
        Automation.synced_note,
        Automation.revision == Automation.synced_revision,
    ).where(Automation.source == Source.SCHEDULE)
    return {
        row[0]: ExpectedSchedule(row[0], exists=row[1] is None, active=row[2], note=row[3], settled=row[4])
        for row in await session.execute(query)
    }


async def note_synced(
    session: AsyncSession,
    automation_id: UUID,
    *,
    revision: int,
    note: str | None,
    covers: tuple[datetime, datetime] | None,
    at: datetime,
) -> None:
    """Record that Temporal has this revision; a newer revision stays unsynced.

    `covers` is the window of the compiled calendars; None if Temporal has no schedule.
    """
    await session.execute(
        update(Automation)
        .where(Automation.id == automation_id, Automation.synced_revision <= revision)
        .values(
            synced_revision=revision,
            synced_note=note,
            synced_from=covers[0] if covers else None,
            synced_until=covers[1] if covers else None,
            synced_at=at,
            sync_error=None,
        )
    )


async def note_sync_error(session: AsyncSession, automation_id: UUID, error: str) -> None:
    """Record why the Temporal schedule could not be synced."""
    await session.execute(update(Automation).where(Automation.id == automation_id).values(sync_error=error[:2000]))


async def note_sync_errors(session: AsyncSession, errors: Mapping[UUID, str]) -> None:
    """Record on many rows why their Temporal schedule differs; rows that say so already are not written again."""
    by_text: dict[str, list[UUID]] = {}
    for automation_id, error in errors.items():
        by_text.setdefault(error[:2000], []).append(automation_id)
    for text, ids in by_text.items():
        await session.execute(
            update(Automation)
            .where(among(Automation.id, ids), Automation.sync_error.is_distinct_from(text))
            .values(sync_error=text)
            .execution_options(synchronize_session=False)
        )


async def note_drift(session: AsyncSession, automation_id: UUID, what: str) -> None:
    """Record in the audit log that somebody else changed the Temporal schedule."""
    await audit.record(
        session,
        actor=ACTOR,
        action="schedule.drift",
        subject_type="automation",
        subject_id=automation_id,
        reason=what,
    )
