"""Deletes old rows in small steps: runs, deliveries, the audit log.

Rules that are kept:

- Nothing open is touched: a tree of runs is deleted as a whole, and only when all of it is closed.
- The newest `OUTCOMES_KEPT` runs of an automation are kept whatever their age, because its health is judged by them.
- Statistics do not change. An automation's runs are deleted by whole hours, whose sums in `automation_hours` remain.
- Due times that are not accounted for yet keep their runs.
- The key of a delivery outlives its content, so that a repetition is still recognised while its runs are kept.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, case, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.rules.health import OUTCOMES_KEPT
from models.states import OPEN_STATUSES, RunStatus, Source
from models.store.ids import among
from models.store.runs.locks import lock_automation
from models.store.tables.automations import Automation
from models.store.tables.deliveries import Delivery
from models.store.tables.delivery_matches import DeliveryMatch
from models.store.tables.governance import AuditEntry, BrowserSession, RejectedDelivery, UsedToken
from models.store.tables.notices import Notice
from models.store.tables.replays import Replay
from models.store.tables.retention import RunRetention
from models.store.tables.runs import Run, RunAttempt, RunStep
from models.store.tables.sweep import AccountingSpan

CHECKED_EVERY = timedelta(hours=6)
ROOTS_AT_ONCE = 200
RUNS_AT_ONCE = 5000
"""Rows of runs in one transaction, unless a single tree is larger."""
ROWS_AT_ONCE = 1000
JUDGED = (RunStatus.COMPLETED, RunStatus.FAILED)
TOKEN_KEPT = timedelta(days=1)
"""A sign-in token is valid for minutes; afterwards it need not be remembered as used."""
NOTICES_KEPT = timedelta(days=90)

_STARTS_AT = func.coalesce(Run.started_at, Run.due_at, Run.queued_at)
_CHILD = aliased(Run)
_TREE_IS_CLOSED = ~exists().where(
    _CHILD.root_run_id == Run.id, _CHILD.parent_run_id.is_not(None), _CHILD.status.in_(OPEN_STATUSES)
)


@dataclass(frozen=True, slots=True)
class Deletable:
    """An automation with the instant, a full hour, before which its runs may be deleted."""

    automation_id: uuid.UUID
    before: datetime


async def automations_to_check(
    session: AsyncSession, cutoff: datetime, now: datetime, limit: int
) -> tuple[int, Sequence[Deletable]]:
    """Mark the automations that were looked at longest ago as checked.

    Returns how many, and those of them that have runs from before the cutoff.
    """
    query = (
        select(Automation.id)
        .outerjoin(RunRetention, RunRetention.automation_id == Automation.id)
        .where(or_(RunRetention.checked_at.is_(None), RunRetention.checked_at < now - CHECKED_EVERY))
        .order_by(RunRetention.checked_at.nulls_first(), Automation.id)
        .limit(limit)
    )
    ids = (await session.scalars(query)).all()
    if not ids:
        return 0, ()
    checked = insert(RunRetention).values([{"automation_id": one, "checked_at": now} for one in ids])
    await session.execute(
        checked.on_conflict_do_update(
            index_elements=["automation_id"], set_={"checked_at": checked.excluded.checked_at}
        )
    )
    has_old = exists().where(Run.automation_id == Automation.id, Run.queued_at < cutoff)
    rows = await session.execute(
        select(Automation.id, _horizon(cutoff)).where(among(Automation.id, ids), has_old).order_by(Automation.id)
    )
    return len(ids), [Deletable(*row) for row in rows]


def _horizon(cutoff: datetime) -> ColumnElement[datetime]:
    judged_from = func.least(_oldest_of_newest(), _oldest_of_newest(Run.status.in_(JUDGED)))
    spans_from = select(func.min(AccountingSpan.since)).where(AccountingSpan.automation_id == Automation.id)
    is_accounted = (Automation.source == Source.SCHEDULE) & Automation.is_active & Automation.archived_at.is_(None)
    unaccounted_from = case((is_accounted, func.coalesce(Automation.accounted_until, Automation.created_at)))
    earliest = func.least(literal(cutoff), judged_from, unaccounted_from, spans_from.scalar_subquery())
    return func.date_trunc("hour", earliest, "UTC")


def _oldest_of_newest(*where: ColumnElement[bool]) -> ScalarSelect[datetime | None]:
    """Return the earliest start of the newest `OUTCOMES_KEPT` closed runs of an automation."""
    newest = (
        select(Run.started_at)
        .where(Run.automation_id == Automation.id, Run.started_at.is_not(None), Run.finished_at.is_not(None))
        .where(Run.parent_run_id.is_(None), *where)
        .order_by(Run.finished_at.desc())
        .limit(OUTCOMES_KEPT)
        .correlate(Automation)
        .lateral()
    )
    return select(func.min(newest.c.started_at)).scalar_subquery()


async def delete_runs_of(session: AsyncSession, given: Deletable, deliveries_before: datetime | None) -> int:
    """Delete one batch of an automation's closed root runs, with everything below them; return the number of rows."""
    roots = await _lock_roots(
        session,
        [Run.automation_id == given.automation_id, Run.queued_at < given.before, given.before > _STARTS_AT],
        Run.queued_at,
    )
    if not roots:
        return 0
    # A recount holds this lock too: it sees either the runs, or the instant from which on it may count.
    await lock_automation(session, given.automation_id)
    await session.execute(
        update(RunRetention)
        .where(RunRetention.automation_id == given.automation_id)
        .values(kept_from=func.greatest(RunRetention.kept_from, given.before))
    )
    return await _delete_trees(session, roots, deliveries_before)


async def delete_direct_runs(session: AsyncSession, cutoff: datetime, deliveries_before: datetime | None) -> int:
    """Delete one batch of closed root runs that no automation fired; return the number of rows."""
    roots = await _lock_roots(session, [Run.automation_id.is_(None), Run.finished_at < cutoff], Run.finished_at)
    return await _delete_trees(session, roots, deliveries_before) if roots else 0


async def empty_deliveries(session: AsyncSession, cutoff: datetime, now: datetime) -> int:
    """Delete a batch of old deliveries without runs, and the content of those whose runs are kept; return how many."""
    query = (
        select(Delivery.id)
        .where(Delivery.content_deleted_at.is_(None), Delivery.received_at < cutoff)
        .order_by(Delivery.received_at)
        .limit(ROWS_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    ids = (await session.scalars(query)).all()
    if not ids:
        return 0
    await session.execute(delete(DeliveryMatch).where(among(DeliveryMatch.delivery_id, ids)))
    await _delete_without_runs(session, ids)
    await session.execute(
        update(Delivery)
        .where(among(Delivery.id, ids))
        # What cannot be replayed any more is no dead letter.
        .values(body=b"", payload=None, headers={}, content_deleted_at=now, dead_reason=None)
        .execution_options(synchronize_session=False)
    )
    return len(ids)


async def delete_audit_entries(session: AsyncSession, cutoff: datetime) -> int:
    """Delete a batch of old entries of the audit log; return how many."""
    oldest = select(AuditEntry.id).where(AuditEntry.at < cutoff).order_by(AuditEntry.at).limit(ROWS_AT_ONCE)
    gone = await session.execute(delete(AuditEntry).where(AuditEntry.id.in_(oldest)).returning(AuditEntry.id))
    return len(gone.all())


async def delete_expired(session: AsyncSession, now: datetime, deliveries_before: datetime | None) -> None:
    """Delete sessions and used tokens that are no longer valid, old notices, replays and counts of refused requests."""
    await session.execute(delete(BrowserSession).where(BrowserSession.expires_at <= now))
    await session.execute(delete(UsedToken).where(UsedToken.used_at < now - TOKEN_KEPT))
    await session.execute(delete(Notice).where(Notice.at < now - NOTICES_KEPT))
    if deliveries_before is not None:
        await session.execute(delete(RejectedDelivery).where(RejectedDelivery.last_at < deliveries_before))
        await session.execute(delete(Replay).where(Replay.finished_at < deliveries_before))


async def _lock_roots(session: AsyncSession, where: Sequence[ColumnElement[bool]], order: Any) -> Sequence[uuid.UUID]:
    """Lock the oldest closed roots whose trees are closed; those that somebody else has locked are left for later."""
    query = (
        select(Run.id)
        .where(Run.parent_run_id.is_(None), Run.status.not_in(OPEN_STATUSES), _TREE_IS_CLOSED, *where)
        .order_by(order)
        .limit(ROOTS_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return (await session.scalars(query)).all()


async def _delete_trees(session: AsyncSession, roots: Sequence[uuid.UUID], deliveries_before: datetime | None) -> int:
    ids: list[uuid.UUID] = []
    children = select(Run.root_run_id, func.array_agg(Run.id)).where(
        Run.parent_run_id.is_not(None), among(Run.root_run_id, roots)
    )
    below = {row[0]: row[1] for row in await session.execute(children.group_by(Run.root_run_id))}
    for root in roots:
        tree = [root, *below.get(root, ())]
        if ids and len(ids) + len(tree) > RUNS_AT_ONCE:
            break
        ids += tree
    await session.execute(delete(RunStep).where(among(RunStep.run_id, ids)))
    await session.execute(delete(RunAttempt).where(among(RunAttempt.run_id, ids)))
    gone = await session.scalars(delete(Run).where(among(Run.id, ids)).returning(Run.delivery_id))
    fired = {one for one in gone if one is not None}
    if fired and deliveries_before is not None:
        await _delete_without_runs(session, list(fired), Delivery.received_at < deliveries_before)
    return len(ids)


async def _delete_without_runs(session: AsyncSession, ids: Sequence[uuid.UUID], *where: ColumnElement[bool]) -> None:
    has_run = exists().where(Run.delivery_id == Delivery.id)
    await session.execute(delete(Delivery).where(among(Delivery.id, ids), ~has_run, *where))


async def check_again(session: AsyncSession, ids: Sequence[uuid.UUID]) -> None:
    """Make automations whose old runs are not all deleted yet the first of the next pass."""
    await session.execute(
        update(RunRetention)
        .where(among(RunRetention.automation_id, ids))
        .values(checked_at=func.to_timestamp(0))
        .execution_options(synchronize_session=False)
    )
