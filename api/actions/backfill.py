"""Previews and starts backfills. A preview and a start make the same plan; the token says whether it still is the same.

A start stores all runs in one transaction; after the commit the first of them have their turn.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.http.auth import Actor
from api.state import State
from models.contracts.automations.backfills import (
    BackfillEstimate,
    BackfillItem,
    BackfillPlan,
    BackfillRequest,
    BackfillStart,
    RerunRequest,
)
from models.errors import Conflict, Invalid
from models.rules.backfills.due_times import Planned
from models.rules.backfills.tokens import frozen, frozen_at, token_of
from models.states import Again, BackfillKind, BackfillOrder, BackfillStatus
from models.store.admission.to_tell import admissions, take_admissions
from models.store.automations import queries as automations
from models.store.backfills import queries as backfills
from models.store.backfills.changes import record
from models.store.backfills.estimates import estimate, estimate_for, warnings
from models.store.backfills.planning import PlannedDueTimes, PlannedReruns, left_out, plan_due_times, plan_reruns
from models.store.backfills.starting import begin_start, refuse_if_changed, store_due_times, store_reruns
from models.store.ids import fresh_id
from models.store.tables.automations import Automation
from models.store.tables.backfills import Backfill
from runtime.database import transaction


@dataclass(frozen=True, slots=True)
class _Plan:
    """A plan in the order in which its runs start."""

    token: str
    planned: Sequence[Planned]
    estimate: BackfillEstimate
    warnings: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return sum(one.action is not None for one in self.planned)


async def backfill_due_times(
    session: AsyncSession, state: State, name: str, wanted: BackfillRequest, actor: Actor
) -> BackfillPlan:
    """Preview a backfill of an automation's due times, or start it.

    Raises:
        NotFound: there is no such automation.
        Conflict: it is archived, has no schedule, or nothing would run.
        Invalid: the span is reversed, reaches into the future, or has too many due times; the token is none.
        PlanOutdated: what would run has changed since the preview.
    """
    now = datetime.now(UTC)
    if wanted.token is None:
        row = await automations.by_name(session, name)
        plan, _ = await _due_times(session, row, wanted, frozen(now))
        return _preview(plan, [_due_time(one) for one in plan.planned])
    async with transaction(state.sessions) as starting:
        row = await automations.by_name(starting, name)
        if (backfill := await begin_start(starting, wanted.token)) is None:
            plan, found = await _due_times(starting, row, wanted, frozen_at(wanted.token, now))
            backfill = _backfill(plan, wanted, actor, now)
            backfill.kind, backfill.automation_id, backfill.again = BackfillKind.BACKFILL, row.id, wanted.again
            backfill.forced = wanted.force
            backfill.since, backfill.until = wanted.start, wanted.end or frozen_at(wanted.token, now)
            await store_due_times(starting, backfill, row, found, judged=wanted.count_in_health)
            await _note_start(starting, backfill, actor)
        backfill_id = backfill.id
    # Of thousands of runs even the first take a while to start.
    state.starter.tell(take_admissions(starting))
    return await _started(session, backfill_id, wanted.token, now)


async def rerun_selected(session: AsyncSession, state: State, wanted: RerunRequest, actor: Actor) -> BackfillPlan:
    """Preview a rerun of the runs that a filter selects, or start it.

    Raises:
        NotFound: a name does not exist.
        Conflict: nothing would run.
        Invalid: too many runs match, or the token is none.
        PlanOutdated: what would run has changed since the preview.
    """
    now = datetime.now(UTC)
    if wanted.token is None:
        plan, found = await _reruns(session, wanted, frozen(now))
        return _preview(plan, [_selected(one, found) for one in plan.planned])
    async with transaction(state.sessions) as starting:
        if (backfill := await begin_start(starting, wanted.token)) is None:
            plan, found = await _reruns(starting, wanted, frozen_at(wanted.token, now))
            backfill = _backfill(plan, wanted, actor, now)
            backfill.kind, backfill.selection = BackfillKind.RERUN, wanted.filter.wire()
            await store_reruns(starting, backfill, plan.planned, found.runs, judged=wanted.count_in_health)
            await _note_start(starting, backfill, actor)
        backfill_id = backfill.id
    # Of thousands of runs even the first take a while to start.
    state.starter.tell(take_admissions(starting))
    return await _started(session, backfill_id, wanted.token, now)


async def _due_times(
    session: AsyncSession, row: Automation, wanted: BackfillRequest, at: datetime
) -> tuple[_Plan, PlannedDueTimes]:
    if row.archived_at is not None:
        raise Conflict(f"{row.slug} is archived", hint="Restore it first.")
    until = wanted.end or at
    if until > at:
        raise Invalid("to must not be in the future", field="to")
    if wanted.start > until:
        raise Invalid("from must not be after to", field="from")
    found = await plan_due_times(session, row, wanted.start, until, wanted.again)
    subject = f"{row.id} {wanted.start.isoformat()} {until.isoformat()}"
    planned = _ordered(found.planned, wanted.order)
    count = sum(one.action is not None for one in planned)
    costs = await estimate_for(session, row, count, wanted.limit, at)
    told = (*warnings(row, count, wanted.limit, at, force=wanted.force), *costs.warnings)
    plan = _Plan(token_of(at, subject, found.planned), planned, costs.estimate, told)
    _refuse_change(plan, wanted)
    return plan, PlannedDueTimes(planned, found.spans)


async def _reruns(session: AsyncSession, wanted: RerunRequest, at: datetime) -> tuple[_Plan, PlannedReruns]:
    found = await plan_reruns(session, wanted.filter, at)
    chosen = [found.runs[one.run_id] for one in found.planned if one.action and one.run_id]
    # One of each automation and primitive stands for the others.
    alike = {(run.automation_id, run.primitive_id): run for run in chosen}
    counts = Counter((run.automation_id, run.primitive_id) for run in chosen)
    costs = await estimate(session, [(run, counts[key]) for key, run in alike.items()], wanted.limit, at)
    planned = _ordered(found.planned, wanted.order)
    plan = _Plan(token_of(at, wanted.filter.model_dump_json(), found.planned), planned, costs.estimate, costs.warnings)
    _refuse_change(plan, wanted)
    return plan, found


def _refuse_change(plan: _Plan, wanted: BackfillStart) -> None:
    if wanted.token is None:
        return
    refuse_if_changed(plan.token, wanted.token)
    if not plan.count:
        raise Conflict("nothing would run", hint="See leftOut of the preview for the reasons.")


def _ordered(planned: Sequence[Planned], order: BackfillOrder) -> Sequence[Planned]:
    return [*reversed(planned)] if order is BackfillOrder.NEWEST else planned


def _backfill(plan: _Plan, wanted: BackfillStart, actor: Actor, now: datetime) -> Backfill:
    return Backfill(
        id=fresh_id(),
        status=BackfillStatus.RUNNING,
        token=plan.token,
        again=Again.NONE,
        run_order=wanted.order,
        run_limit=wanted.limit,
        forced=False,
        fires_dependents=wanted.fire_dependents,
        total=plan.count,
        est_cost_usd=plan.estimate.mean_usd,
        created_at=now,
        created_by=actor.name,
        reason=wanted.reason or None,
    )


async def _note_start(session: AsyncSession, backfill: Backfill, actor: Actor) -> None:
    admissions(session).backfills.add(backfill.id)
    facts = {"runs": backfill.total, "kind": backfill.kind.value, "limit": backfill.run_limit}
    await record(session, backfill, "started", actor.name, after=facts, reason=backfill.reason)


def _preview(plan: _Plan, items: Sequence[BackfillItem]) -> BackfillPlan:
    times = [item.due_at or item.queued_at for item in items if item.left_out is None]
    known = [at for at in times if at is not None]
    return BackfillPlan(
        token=plan.token,
        count=plan.count,
        left_out=left_out(plan.planned),
        first=min(known, default=None),
        last=max(known, default=None),
        estimate=plan.estimate,
        warnings=plan.warnings,
        items=tuple(items),
        backfill=None,
    )


def _due_time(one: Planned) -> BackfillItem:
    return BackfillItem(due_at=one.at, run_id=one.run_id, status=one.status, reason=one.reason, left_out=one.left_out)


def _selected(one: Planned, found: PlannedReruns) -> BackfillItem:
    run = found.runs[one.run_id] if one.run_id else None
    return _due_time(one).model_copy(
        update={"name": run.name if run else None, "queued_at": run.queued_at if run else None}
    )


async def _started(session: AsyncSession, backfill_id: UUID, token: str, now: datetime) -> BackfillPlan:
    view = await backfills.by_id(session, backfill_id, now)
    spent: Decimal | None = view.est_cost_usd
    return BackfillPlan(
        token=token,
        count=view.total,
        left_out={},
        first=view.start,
        last=view.end,
        estimate=BackfillEstimate(mean_usd=spent, p90_usd=None, unknown_runs=0, seconds=None, budget_left_usd=None),
        warnings=(),
        items=(),
        backfill=view,
    )
