"""Accounting of due times: every due time of an active schedule that has no run gets a row with a reason.

What an edit, a pause or an archiving left unaccounted is in `accounting_spans`, with the schedule as it was then.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.drafts import Overlap
from models.contracts.runs.views import RunError
from models.rules.schedule import Schedule
from models.states import RunSource, RunStatus, Source
from models.store.automations.schedule_columns import stored_schedule
from models.store.ids import among, rows_of
from models.store.runs.closing import finish
from models.store.runs.locks import lock_run
from models.store.runs.queued_rows import queued_run
from models.store.stats.folding import fold_opened
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.runs import HELD_CONDITION, Run
from models.store.tables.sweep import AccountingSpan

GRACE = timedelta(seconds=60)
DROPPING = frozenset({Overlap.SKIP, Overlap.BUFFER_ONE})
"""Policies by which a due time can be dropped because an earlier run is still open."""
BUFFERING = frozenset({Overlap.BUFFER_ONE, Overlap.BUFFER_ALL})
RETRY_AFTER = timedelta(seconds=30)
MAX_RETRY_AFTER = timedelta(hours=1)
MESSAGE_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class UnaccountedWindow:
    """A schedule and the window, `since` excluded and `until` included, whose due times are not accounted for.

    Up to `until` no due time can start any more; from there to `drops_until` only overlap drops are certain.
    `span_id` is set where the schedule is one that was edited, paused or archived since.
    """

    automation_id: UUID
    schedule: Schedule
    since: datetime
    until: datetime
    overlap: Overlap = Overlap.SKIP
    drops_until: datetime | None = None
    span_id: int | None = None

    @property
    def end(self) -> datetime:
        """The last instant whose due times are looked at."""
        return max(self.until, self.drops_until or self.until)


@dataclass(frozen=True, slots=True)
class Unrun:
    """The row of a due time that never reached a worker, or whose row was lost."""

    due_at: datetime
    status: RunStatus
    reason: str | None
    occurrences: int = 1
    error: RunError | None = None
    run_id: UUID | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)


async def unaccounted_windows(session: AsyncSession, now: datetime, limit: int) -> Sequence[UnaccountedWindow]:
    """Return active schedules with due times to account for, the longest unaccounted first."""
    jitter = func.make_interval(0, 0, 0, 0, 0, 0, Automation.jitter_seconds)
    drops = (now - GRACE - jitter).label("drops")
    until = drops - func.make_interval(0, 0, 0, 0, 0, 0, Automation.catchup_seconds)
    since: ColumnElement[datetime] = func.coalesce(Automation.accounted_until, Automation.created_at)
    query = (
        select(
            Automation.id,
            Automation.source,
            Automation.cron_expr,
            Automation.timezone,
            Automation.slowdown,
            Automation.slowdown_anchor,
            Automation.overlap,
            since.label("since"),
            until.label("until"),
            drops,
        )
        .where(
            Automation.source == Source.SCHEDULE,
            Automation.is_active,
            Automation.archived_at.is_(None),
            or_(Automation.account_next_at.is_(None), Automation.account_next_at <= now),
            or_(since < until, and_(since < drops, Automation.overlap.in_(DROPPING))),
        )
        .order_by(since, Automation.id)
        .limit(limit)
    )
    found: list[UnaccountedWindow] = []
    unreadable: list[UUID] = []
    for row in await session.execute(query):
        schedule = stored_schedule(row)
        if schedule is None:
            unreadable.append(row.id)
            continue
        drops_until = row.drops if row.overlap in DROPPING else None
        found.append(UnaccountedWindow(row.id, schedule, row.since, row.until, row.overlap, drops_until))
    # One that can no longer be read has no due times: its sync reports that on its row. It must not fill the page.
    await session.execute(
        update(Automation)
        .where(among(Automation.id, unreadable))
        .values(account_next_at=now + MAX_RETRY_AFTER)
        .execution_options(synchronize_session=False)
    )
    return found


async def unaccounted_spans(session: AsyncSession, now: datetime, limit: int) -> Sequence[UnaccountedWindow]:
    """Return what edits and pauses left unaccounted, oldest first; a span that cannot be read any more is dropped."""
    query = (
        select(AccountingSpan)
        .where(AccountingSpan.until < now - GRACE)
        .where(or_(AccountingSpan.next_at.is_(None), AccountingSpan.next_at <= now))
        .order_by(AccountingSpan.until, AccountingSpan.id)
        .limit(limit)
    )
    found: list[UnaccountedWindow] = []
    for row in await session.scalars(query):
        schedule = stored_schedule(row)
        if schedule is None:
            await session.delete(row)
        else:
            found.append(
                UnaccountedWindow(row.automation_id, schedule, row.since, row.until, row.overlap, None, row.id)
            )
    return found


async def due_times_with_runs(session: AsyncSession, windows: Iterable[UnaccountedWindow]) -> dict[UUID, set[datetime]]:
    """Return the due times in the windows that have a run of any status, by automation; one index scan a window."""
    windows = list(windows)
    asked = rows_of(
        [window.automation_id for window in windows],
        since=[window.since for window in windows],
        until=[window.end for window in windows],
    )
    query = select(Run.automation_id, Run.due_at).join(
        asked,
        and_(Run.automation_id == asked.c.id, Run.due_at > asked.c.since, Run.due_at <= asked.c.until),
    )
    found: dict[UUID, set[datetime]] = {}
    for automation_id, due_at in await session.execute(query):
        if automation_id and due_at:
            found.setdefault(automation_id, set()).add(due_at)
    return found


async def overlapped(session: AsyncSession, automation_id: UUID, due_times: Sequence[datetime]) -> set[datetime]:
    """Return the due times, given in order, at which a run of the automation was in progress."""
    if not due_times:
        return set()
    # A run that waits for its admission is in progress for Temporal, whose workflow waits with it. Temporal knows
    # nothing of backfills.
    waited = and_(Run.due_at.is_not(None), or_(HELD_CONDITION, Run.admitted_at.is_not(None)))
    query = select(case((waited, Run.queued_at), else_=Run.started_at), Run.finished_at).where(
        *(Run.automation_id == automation_id, Run.backfill_id.is_(None)),
        or_(Run.started_at <= due_times[-1], and_(waited, Run.queued_at <= due_times[-1])),
        or_(Run.finished_at.is_(None), Run.finished_at > due_times[0]),
    )
    never = due_times[-1] + timedelta(days=1)
    runs = sorted((start, end or never) for start, end in await session.execute(query) if start)
    starts = [start for start, _ in runs]
    ends = list(accumulate((end for _, end in runs), max))
    return {at for at in due_times if (index := bisect_right(starts, at)) and ends[index - 1] > at}


async def last_started(session: AsyncSession, automation_id: UUID) -> datetime | None:
    """Return when the newest run of a due time of this automation started."""
    query = select(Run.started_at).where(
        *(Run.automation_id == automation_id, Run.backfill_id.is_(None)),
        *(Run.due_at.is_not(None), Run.started_at.is_not(None)),
    )
    return await session.scalar(query.order_by(Run.due_at.desc()).limit(1))


async def record_missed(
    session: AsyncSession, automation_id: UUID, due_at: datetime, *, reason: str, occurrences: int, now: datetime
) -> bool:
    """Record a `missed` run for a due time, or for `occurrences` of them from it on.

    Returns False if the due time has a run by now.
    """
    return await record_unrun(
        session, automation_id, Unrun(due_at, RunStatus.MISSED, reason, occurrences=occurrences), now=now
    )


async def record_unrun(session: AsyncSession, automation_id: UUID, unrun: Unrun, *, now: datetime) -> bool:
    """Insert the closed run of a due time; returns False if the due time has a run by now."""
    automation = await session.get_one(Automation, automation_id)
    primitive = await session.get_one(Primitive, automation.primitive_id)
    taken = select(Run.id).where(Run.automation_id == automation_id, Run.due_at == unrun.due_at)
    if await session.scalar(taken):
        return False
    ids = {"id": unrun.run_id, "root_run_id": unrun.run_id} if unrun.run_id else {}
    row = queued_run(
        primitive,
        unrun.due_at,
        RunSource.SCHEDULE,
        automation_id=automation_id,
        due_at=unrun.due_at,
        occurrences=unrun.occurrences,
        **ids,
        **unrun.columns,
    )
    finished_at = row.pop("finished_at", now)
    await session.execute(insert(Run).values(row))
    run = await lock_run(session, row["id"])
    if run.started_at:
        await fold_opened(session, run)
    await finish(session, run, unrun.status, at=finished_at, reason=unrun.reason, error=unrun.error)
    return True


async def save_accounted_until(
    session: AsyncSession,
    accounted: Mapping[UUID, tuple[datetime, datetime]],
    next_at: Mapping[UUID, datetime] | None = None,
) -> None:
    """Store how far each schedule is accounted for, unless an edit has changed that meanwhile.

    `next_at` is when there is something to account for again.
    """
    if not accounted:
        return
    ids = list(accounted)
    done = rows_of(
        ids,
        since=[accounted[one][0] for one in ids],
        until=[accounted[one][1] for one in ids],
        next_at=[(next_at or {}).get(one) for one in ids],
    )
    await session.execute(
        update(Automation)
        .where(
            Automation.id == done.c.id,
            func.coalesce(Automation.accounted_until, Automation.created_at) == done.c.since,
        )
        .values(
            accounted_until=done.c.until,
            account_next_at=done.c.next_at,
            accounting_error=None,
            accounting_failures=0,
        )
        .execution_options(synchronize_session=False)
    )


async def save_span(session: AsyncSession, span_id: int, until: datetime, next_at: datetime) -> None:
    """Store how far a span is accounted for; one that is accounted for wholly is deleted."""
    await session.execute(delete(AccountingSpan).where(AccountingSpan.id == span_id, AccountingSpan.until <= until))
    await session.execute(
        update(AccountingSpan).where(AccountingSpan.id == span_id).values(since=until, next_at=next_at, failures=0)
    )


async def postpone(session: AsyncSession, window: UnaccountedWindow, error: str | None, now: datetime) -> None:
    """Push a schedule that could not be accounted for ahead, longer after each failure, and store why.

    Without an `error` it is only tried again soon.
    """
    table, key, failures, due = (
        (AccountingSpan, AccountingSpan.id == window.span_id, AccountingSpan.failures, "next_at")
        if window.span_id
        else (Automation, Automation.id == window.automation_id, Automation.accounting_failures, "account_next_at")
    )
    wait = RETRY_AFTER * func.power(2, func.least(failures, 10)) if error else RETRY_AFTER
    values: dict[str, Any] = {due: now + func.least(wait, MAX_RETRY_AFTER)}
    if error:
        values[failures.key] = failures + 1
    await session.execute(update(table).where(key).values(values).execution_options(synchronize_session=False))
    if error:
        await session.execute(
            update(Automation)
            .where(Automation.id == window.automation_id)
            .values(accounting_error=error[:MESSAGE_LENGTH].replace("\0", "�"))
            .execution_options(synchronize_session=False)
        )
