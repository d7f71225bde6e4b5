"""What flow control makes of a run that arrives: dropped, folded into another, or put into the queue.

Called under the automation's lock and before the row is inserted, so that ids, the order of locks and the order of
admission agree.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.flow_control import FlowControl, SingletonMode
from models.names import run_temporal_workflow_id
from models.rules.admission.gcra import accepted_rate
from models.rules.admission.keys import AdmissionKeys
from models.states import OPEN_STATUSES, HeldBy, SkipReason
from models.store.admission.admit import control_of
from models.store.admission.keys import is_key, store_key, store_used, used_until
from models.store.admission.windows import add_to_batch, debounce
from models.store.tables.admission import AdmissionKey, KeyPurpose
from models.store.tables.automations import Automation
from models.store.tables.runs import HELD_CONDITION, Run


@dataclass(frozen=True, slots=True)
class Arrived:
    """What becomes of an arriving run, and of those before it."""

    skipped: SkipReason | None = None
    folded_into: uuid.UUID | None = None
    """The run that stands for it."""
    error: str | None = None
    """The error of an expression."""
    replaces: tuple[uuid.UUID, ...] = ()
    """Waiting runs that it replaces."""
    replaced_as: SkipReason = SkipReason.SUPERSEDED
    cancels: tuple[str, ...] = ()
    """Temporal workflows of running runs that it replaces."""

    @property
    def counts(self) -> bool:
        """Whether the delivery was accepted, be it as a part of another run."""
        return self.skipped in (None, SkipReason.DEBOUNCED, SkipReason.BATCHED)


async def arrive(
    session: AsyncSession,
    automation: Automation,
    row: dict[str, Any],
    keys: AdmissionKeys,
    now: datetime,
    *,
    is_new: bool,
) -> Arrived:
    """Decide on a run of a locked automation, and set the columns with which it is inserted.

    1. Skip it: an expression failed, or it is a duplicate, above the rate, or not alone.
    2. Fold it into the open window of its debounce or batch, or open one.
    3. Skip it if the queue is full; else put it into the queue, from which `admit` takes it.

    Args:
        session: The transaction that inserts the run.
        automation: The locked automation.
        row: The columns of the run; changed.
        keys: What the expressions of its flow control yield.
        now: PostgreSQL's clock.
        is_new: False for reruns, which a person asks for: they wait their turn, but are neither dropped nor folded.
    """
    control = control_of(automation) or FlowControl()
    row.update(admission_key=keys.concurrency, throttle_key=keys.throttle)
    if keys.error:
        return Arrived(SkipReason.BAD_EXPRESSION, error=keys.error)
    arrived = Arrived()
    if is_new:
        arrived = await _refused_or_alone(session, automation.id, row["id"], control, keys, now)
        if arrived.skipped is None:
            arrived = await _folded(session, automation.id, control, row, keys, now) or arrived
    if arrived.skipped is None:
        if await _is_full(session, automation.id, control, len(arrived.replaces)):
            return Arrived(SkipReason.QUEUE_FULL)
        _queue(row, control, keys, now)
    if is_new and arrived.counts:
        await _remember(session, automation.id, control, arrived.folded_into or row["id"], keys, now)
    return arrived


def _queue(row: dict[str, Any], control: FlowControl, keys: AdmissionKeys, now: datetime) -> None:
    row["ordered_at"] = now - timedelta(seconds=keys.priority_seconds)
    row.setdefault("held_by", first_hold(control).value)
    if control.max_wait_seconds:
        row["start_by"] = max(now, row.get("not_before") or now) + timedelta(seconds=control.max_wait_seconds)


def first_hold(control: FlowControl) -> HeldBy:
    """Return what a run waits for that no window holds."""
    if control.concurrency or control.singleton:
        return HeldBy.CONCURRENCY
    return HeldBy.THROTTLE if control.throttle else HeldBy.BUDGET


async def _refused_or_alone(
    session: AsyncSession,
    automation_id: uuid.UUID,
    run_id: uuid.UUID,
    control: FlowControl,
    keys: AdmissionKeys,
    now: datetime,
) -> Arrived:
    if control.idempotency:
        query = select(AdmissionKey.run_id).where(
            is_key(automation_id, KeyPurpose.IDEMPOTENCY, keys.idempotency), AdmissionKey.expires_at > now
        )
        if (first := await session.scalar(query)) is not None:
            return Arrived(SkipReason.DUPLICATE, folded_into=first)
    if (rate := accepted_rate(control)) and not rate.tokens(await _rate_used(session, automation_id, keys), now):
        return Arrived(SkipReason.RATE_LIMITED)
    if control.singleton:
        return await _alone(session, automation_id, run_id, control.singleton.mode, keys.concurrency)
    return Arrived()


async def _alone(
    session: AsyncSession, automation_id: uuid.UUID, run_id: uuid.UUID, mode: SingletonMode, key: str
) -> Arrived:
    query = (
        select(Run.id, Run.held_by, Run.temporal_workflow_id)
        .where(Run.automation_id == automation_id, Run.status.in_(OPEN_STATUSES))
        .where(func.coalesce(Run.admission_key, "") == key)
        # Runs of backfills that wait are behind: they neither hold up a delivery nor are replaced by one.
        .where(or_(Run.held_by.is_(None), Run.backfill_id.is_(None)), Run.id != run_id)
        .order_by(Run.id)
    )
    open_runs = (await session.execute(query)).all()
    waiting = tuple(run.id for run in open_runs if run.held_by is not None)
    running = [run for run in open_runs if run.held_by is None]
    match mode:
        case SingletonMode.SKIP if open_runs:
            return Arrived(SkipReason.SINGLETON, folded_into=running[0].id if running else waiting[0])
        case SingletonMode.CANCEL:
            workflows = (run.temporal_workflow_id or run_temporal_workflow_id(run.id) for run in running)
            return Arrived(replaces=waiting, cancels=tuple(workflows))
        case _:
            return Arrived(replaces=waiting)


async def _folded(
    session: AsyncSession,
    automation_id: uuid.UUID,
    control: FlowControl,
    row: dict[str, Any],
    keys: AdmissionKeys,
    now: datetime,
) -> Arrived | None:
    if control.batch:
        folded = await add_to_batch(session, automation_id, control.batch, keys.fold, row, now)
        reason = SkipReason.BATCHED
    elif control.debounce:
        folded = await debounce(session, automation_id, control.debounce, keys.fold, row, now)
        reason = SkipReason.DEBOUNCED
    else:
        return None
    if folded.into:
        return Arrived(reason, folded_into=folded.into)
    return Arrived(replaces=(folded.replaces,) if folded.replaces else (), replaced_as=reason)


async def _is_full(session: AsyncSession, automation_id: uuid.UUID, control: FlowControl, leaving: int) -> bool:
    waiting = select(Run.id).where(Run.automation_id == automation_id, HELD_CONDITION)
    count = select(func.count()).select_from(waiting.limit(control.max_queue + leaving).subquery())
    return (await session.execute(count)).scalar_one() - leaving >= control.max_queue


async def _remember(
    session: AsyncSession,
    automation_id: uuid.UUID,
    control: FlowControl,
    run_id: uuid.UUID,
    keys: AdmissionKeys,
    now: datetime,
) -> None:
    """Remember an accepted delivery for the limits that skip later ones."""
    if control.idempotency:
        expires_at = now + timedelta(seconds=control.idempotency.ttl_seconds)
        values = {"run_id": run_id, "expires_at": expires_at}
        await store_key(session, automation_id, KeyPurpose.IDEMPOTENCY, keys.idempotency, values)
    if rate := accepted_rate(control):
        used = rate.after_taking(await _rate_used(session, automation_id, keys), now, 1)
        await store_used(session, automation_id, KeyPurpose.RATE_LIMIT, keys.rate_limit, rate, used)


async def _rate_used(session: AsyncSession, automation_id: uuid.UUID, keys: AdmissionKeys) -> datetime | None:
    found = await used_until(session, automation_id, KeyPurpose.RATE_LIMIT, {keys.rate_limit})
    return found.get(keys.rate_limit)
