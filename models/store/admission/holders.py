"""Reads what holds waiting runs now (`models/rules/admission/holding.py`). Only what people see is worked out here."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.admission.choice import Limits
from models.rules.admission.gcra import throttle_rate
from models.rules.admission.holding import Holding
from models.states import OPEN_STATUSES, HeldBy
from models.store.admission.admit import control_of, database_now, is_held, limits_of
from models.store.admission.capacity import waits_for_capacity
from models.store.budgets.own import own_room
from models.store.budgets.reserving import waits_for_budget
from models.store.ids import among
from models.store.tables.admission import AdmissionKey, KeyPurpose
from models.store.tables.automations import Automation
from models.store.tables.runs import Run


async def holdings(session: AsyncSession, automation_ids: Collection[UUID]) -> Mapping[UUID, Holding]:
    """Return how far the limits of automations are used up."""
    if not automation_ids:
        return {}
    rows = (await session.scalars(select(Automation).where(among(Automation.id, automation_ids)))).all()
    now = await database_now(session)
    key = func.coalesce(Run.admission_key, "")
    counted = (
        select(Run.automation_id, key, func.count())
        .where(among(Run.automation_id, automation_ids), Run.status.in_(OPEN_STATUSES), Run.held_by.is_(None))
        .group_by(Run.automation_id, key)
    )
    open_runs: dict[UUID, dict[str, int]] = {}
    for automation_id, value, count in await session.execute(counted):
        if automation_id is not None:
            open_runs.setdefault(automation_id, {})[value] = count
    used: dict[UUID, dict[str, datetime]] = {}
    throttled = [row.id for row in rows if throttle_rate(control_of(row)) is not None]
    if throttled:
        query = select(AdmissionKey.automation_id, AdmissionKey.key, AdmissionKey.used_until).where(
            among(AdmissionKey.automation_id, throttled), AdmissionKey.purpose == KeyPurpose.THROTTLE
        )
        for automation_id, value, until in await session.execute(query):
            if until is not None:
                used.setdefault(automation_id, {})[value] = until
    found = {}
    for row in rows:
        control = control_of(row)
        limits = limits_of(control, await own_room(session, row, now))
        found[row.id] = Holding(
            now,
            limits,
            by_budget=limits.total < Limits.of(control).total,
            open_runs=open_runs.get(row.id, {}),
            rate=throttle_rate(control),
            used_until=used.get(row.id, {}),
        )
    return found


def holder(run: Run) -> HeldBy | None:
    """Return what a run waited for when it arrived; None if it does not wait."""
    if waits_for_capacity(run):
        return HeldBy.CAPACITY
    if waits_for_budget(run):
        return HeldBy.BUDGET
    return HeldBy(run.held_by) if is_held(run) and run.held_by else None


async def holders(session: AsyncSession, runs: Sequence[Run]) -> dict[UUID, HeldBy]:
    """Return what holds each of these runs that waits, by id."""
    queued = [run for run in runs if in_queue(run)]
    found = await holdings(session, {run.automation_id for run in queued if run.automation_id})
    result: dict[UUID, HeldBy] = {}
    for run in runs:
        stored = holder(run)
        if stored is None:
            continue
        holding = found.get(run.automation_id) if run.automation_id and in_queue(run) else None
        key, throttle_key = run.admission_key or "", run.throttle_key or ""
        result[run.id] = holding.of(stored, key, throttle_key, run.not_before) if holding else stored
    return result


def in_queue(run: Run) -> bool:
    """Return whether a run waits in its automation's queue: not for a backfill, a budget or its agent."""
    return is_held(run) and run.held_by != HeldBy.BACKFILL
