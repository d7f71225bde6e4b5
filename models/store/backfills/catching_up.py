"""Catches up with due times that were missed in an outage or a pause, if their schedule's policy says so.

Whoever finds that due times were missed notes from when to when, on the automation. The sweep makes the backfill, once
all of that time is accounted for: a long outage is accounted for piece by piece.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import Conflict
from models.rules.backfills.tokens import frozen, token_of
from models.states import Again, BackfillKind, BackfillOrder, BackfillStatus, Catchup, Source
from models.store.admission.to_tell import admissions
from models.store.automations.queries import with_primitive
from models.store.backfills.changes import record
from models.store.backfills.estimates import estimate_for
from models.store.backfills.planning import PlannedDueTimes, plan_catchup
from models.store.backfills.starting import begin_start, store_due_times
from models.store.ids import fresh_id
from models.store.tables.automations import Automation
from models.store.tables.backfills import Backfill
from models.store.tables.sweep import AccountingSpan

ACTOR = "podium"
_REASONS = {
    Catchup.ALL: "all missed due times are caught up with",
    Catchup.LAST: "the last missed due time is caught up with",
}
MOST = 1000
"""More due times are not caught up with: the newest of them run, the others stay missed."""


async def note_missed(session: AsyncSession, automation_id: UUID, since: datetime, until: datetime) -> None:
    """Note that due times between two instants were missed and are to be caught up with."""
    statement = (
        update(Automation)
        .where(Automation.id == automation_id, Automation.catchup != Catchup.NONE)
        .values(
            # LEAST and GREATEST leave NULL aside.
            catchup_from=func.least(Automation.catchup_from, since),
            catchup_to=func.greatest(Automation.catchup_to, until),
        )
    )
    await session.execute(statement.execution_options(synchronize_session=False))


async def to_catch_up(session: AsyncSession, now: datetime, limit: int) -> Sequence[UUID]:
    """Return running schedules with something to catch up with that is accounted for."""
    open_span = exists().where(
        AccountingSpan.automation_id == Automation.id, AccountingSpan.since < Automation.catchup_to
    )
    settled = and_(
        func.coalesce(Automation.accounted_until, Automation.created_at) >= Automation.catchup_to,
        # Otherwise the accounting of a long outage goes on.
        or_(Automation.account_next_at.is_(None), Automation.account_next_at > now),
        ~open_span,
    )
    query = (
        select(Automation.id)
        .where(Automation.catchup_to <= now, Automation.is_active, Automation.archived_at.is_(None), settled)
        .order_by(Automation.catchup_to, Automation.id)
        .limit(limit)
    )
    return (await session.scalars(query)).all()


async def catch_up(session: AsyncSession, automation_id: UUID, now: datetime) -> int:
    """Make the backfill of what an automation has missed, by its policy; return the number of its runs.

    Raises:
        PlanOutdated: a due time is about to change; the next pass tries again.
    """
    await begin_start(session, "")
    query = with_primitive().where(Automation.id == automation_id).with_for_update(of=Automation, key_share=True)
    row = await session.scalar(query, execution_options={"populate_existing": True})
    if row is None or row.catchup_from is None or row.catchup_to is None:
        return 0
    since, until, how = row.catchup_from, row.catchup_to, Catchup(row.catchup_as or row.catchup)
    row.catchup_from = row.catchup_to = row.catchup_as = None
    if how is Catchup.NONE or row.source is not Source.SCHEDULE or row.archived_at is not None:
        return 0
    try:
        found = await plan_catchup(session, row, since, until, MOST)
    except Conflict:
        return 0
    wanted = [one for one in found.planned if one.action is not None]
    if how is Catchup.LAST:
        wanted = wanted[-1:]
    if not wanted:
        return 0
    costs = await estimate_for(session, row, len(wanted), 1, now)
    backfill = Backfill(
        id=fresh_id(),
        kind=BackfillKind.CATCH_UP,
        status=BackfillStatus.RUNNING,
        token=token_of(frozen(now), f"catch-up {row.id}", wanted),
        automation_id=row.id,
        since=wanted[0].at,
        until=wanted[-1].at,
        again=Again.NONE,
        run_order=BackfillOrder.OLDEST,
        run_limit=1,
        forced=False,
        # Downstream automations have missed as much.
        fires_dependents=True,
        total=len(wanted),
        est_cost_usd=costs.estimate.mean_usd,
        created_at=now,
        created_by=ACTOR,
        reason=_REASONS[how],
    )
    await store_due_times(session, backfill, row, PlannedDueTimes(wanted, found.spans), judged=True)
    admissions(session).backfills.add(backfill.id)
    facts = {"runs": backfill.total, "kind": backfill.kind.value, "limit": backfill.run_limit}
    await record(session, backfill, "started", ACTOR, after=facts, reason=backfill.reason)
    return backfill.total
