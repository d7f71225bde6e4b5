"""Accounting of due times: every due time of an active schedule that has no run gets a `missed` row with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations import Overlap
from models.rules.schedule import Schedule, stored_schedule
from models.states import OPEN_STATUSES, RunStatus, Source
from models.store.runs.closing import finish
from models.store.runs.locks import lock_run
from models.store.runs.new_rows import queued_run
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run

GRACE = timedelta(seconds=60)
BUFFERING = frozenset({Overlap.BUFFER_ONE, Overlap.BUFFER_ALL})


@dataclass(frozen=True, slots=True)
class UnaccountedWindow:
    """A schedule and the window, `since` excluded and `until` included, whose due times are not accounted for."""

    automation_id: UUID
    schedule: Schedule
    since: datetime
    until: datetime


async def unaccounted_windows(session: AsyncSession, now: datetime, limit: int) -> Sequence[UnaccountedWindow]:
    """Return active schedules with due times that can no longer start, the longest unaccounted first.

    Buffering schedules are left out while a run of theirs is open: buffered due times may still start.
    """
    reach = func.make_interval(0, 0, 0, 0, 0, 0, Automation.catchup_seconds + Automation.jitter_seconds)
    until = now - GRACE - reach
    held = select(Run.id).where(Run.automation_id == Automation.id, Run.status.in_(OPEN_STATUSES)).exists()
    query = (
        select(
            Automation.id,
            Automation.cron_expr,
            Automation.timezone,
            func.coalesce(Automation.accounted_until, Automation.created_at),
            until,
            Automation.slowdown,
            Automation.slowdown_anchor,
        )
        .where(
            Automation.source == Source.SCHEDULE,
            Automation.is_active,
            Automation.archived_at.is_(None),
            func.coalesce(Automation.accounted_until, Automation.created_at) < until,
            or_(Automation.overlap.not_in(BUFFERING), ~held),
        )
        .order_by(func.coalesce(Automation.accounted_until, Automation.created_at))
        .limit(limit)
    )
    return [
        UnaccountedWindow(automation_id, schedule, since, until)
        for automation_id, cron_expr, timezone, since, until, slowdown, anchor in await session.execute(query)
        # One that can no longer be read has no due times: its sync reports that on its row.
        if (schedule := stored_schedule(Source.SCHEDULE, cron_expr, timezone, slowdown, anchor))
    ]


async def due_times_with_runs(session: AsyncSession, window: UnaccountedWindow) -> set[datetime]:
    """Return the due times in a window that have a run of any status."""
    query = select(Run.due_at).where(
        Run.automation_id == window.automation_id, Run.due_at > window.since, Run.due_at <= window.until
    )
    return {due_at for due_at in await session.scalars(query) if due_at}


async def was_overlapped(session: AsyncSession, automation_id: UUID, due_at: datetime) -> bool:
    """Return whether a run of the automation was in progress at this due time."""
    query = select(Run.id).where(
        Run.automation_id == automation_id,
        Run.started_at <= due_at,
        or_(Run.finished_at.is_(None), Run.finished_at > due_at),
    )
    return await session.scalar(query.limit(1)) is not None


async def record_missed(
    session: AsyncSession, automation_id: UUID, due_at: datetime, *, reason: str, occurrences: int, now: datetime
) -> bool:
    """Record a `missed` run for a due time, or for `occurrences` of them from it on.

    Returns False if the due time has a run by now.
    """
    automation = await session.get_one(Automation, automation_id)
    primitive = await session.get_one(Primitive, automation.primitive_id)
    taken = select(Run.id).where(Run.automation_id == automation_id, Run.due_at == due_at)
    if await session.scalar(taken):
        return False
    row = queued_run(primitive, due_at, automation_id=automation_id, due_at=due_at, occurrences=occurrences)
    await session.execute(insert(Run).values(row))
    await finish(session, await lock_run(session, row["id"]), RunStatus.MISSED, at=now, reason=reason)
    return True


async def save_accounted_until(session: AsyncSession, accounted: dict[UUID, tuple[datetime, datetime]]) -> None:
    """Store how far each schedule is accounted for, unless an edit has changed that meanwhile."""
    for automation_id, (since, until) in accounted.items():
        await session.execute(
            update(Automation)
            .where(
                Automation.id == automation_id,
                func.coalesce(Automation.accounted_until, Automation.created_at) == since,
            )
            .values(accounted_until=until)
        )
