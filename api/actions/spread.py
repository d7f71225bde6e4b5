"""Plans, applies and undoes the spreading of schedules.

Planning reads in one transaction and stores in another: in between no connection is held. Applying and undoing are all
or nothing, and take the very plan that was shown.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import AfterCommit
from api.http.auth import Actor
from api.lists.live_filters import matching_ids, read_zone
from api.state import State
from models.contracts.outlook.spread import Changeover, SpreadLimit, SpreadPlanView, SpreadRequest
from models.contracts.runs.views import AutomationRef
from models.errors import PlanOutdated
from models.rules.projection.hours import hour_edges
from models.rules.spread import preparation
from models.rules.spread.changeover import due_around
from models.rules.spread.moves import Step, fixed_ones, immovable_percent, peaks_of, planned_moves
from models.rules.spread.shifts import ClosedWindow
from models.rules.spread.week import UNIT
from models.store.automations import queries as automations
from models.store.automations.dependencies import ref
from models.store.governance import audit
from models.store.governance.audit import AuditChange
from models.store.outlook.portfolio import current_portfolio
from models.store.outlook.run_averages import run_averages
from models.store.outlook.selection import selection_mask
from models.store.process_locks import held
from models.store.spread.plans import keep_plan, plan_by_id, steps_of, view_of
from models.store.spread.schedules import NewCron, dependency_pairs, schedule_rows, write_crons
from models.store.tables.automations import Automation
from models.store.tables.spread import StoredSpread
from runtime.spreading import plan_apart

MOST_TOLD = 10
"""How many changed schedules a refusal names."""


async def plan(session: AsyncSession, state: State, wanted: SpreadRequest, actor: Actor) -> SpreadPlanView:
    """Make a plan and store it.

    Raises:
        NotFound: a name does not exist.
        UnknownTimezone: `tz` is not known.
    """
    tz, now = read_zone(wanted.tz), datetime.now(UTC)
    if wanted.slack_minutes is None:
        wanted = wanted.model_copy(update={"slack_minutes": state.settings.spread_minutes})
    async with held(state.planning, session):
        # The rows first: if one changes before the portfolio is read, its older revision refuses the plan.
        rows, pairs = await schedule_rows(session), await dependency_pairs(session)
        portfolio = await current_portfolio(session, state.portfolios)
        averages = await run_averages(session, state.portfolios, portfolio)
        matching = None if wanted.filter is None else await matching_ids(session, state, wanted.filter)
        if wanted.automations is not None:
            matching = await automations.ids_of(session, wanted.automations)
        await session.commit()
        start = int(hour_edges(now, tz, 0)[0])
        prepared = await asyncio.to_thread(
            preparation.prepare,
            portfolio,
            averages,
            rows,
            pairs,
            selection_mask(portfolio, matching),
            start,
            slack=wanted.slack_minutes or 0,
            closed=[ClosedWindow(_minute(one.start), _minute(one.end)) for one in wanted.forbidden_windows],
        )
        made = await plan_apart(prepared.week.loads, _units(wanted.target_hour), _units(wanted.target_minute))
    moves = list(planned_moves(made, prepared, portfolio, rows))
    view = SpreadPlanView(
        plan_id=preparation.plan_id(prepared, portfolio, rows, wanted.model_dump_json()),
        created_at=now,
        created_by=actor.name,
        timezone=tz.key,
        start=datetime.fromtimestamp(start, tz),
        before=peaks_of(made.before, start, tz),
        after=peaks_of(made.after, start, tz),
        lower_bound=SpreadLimit(hour=round(made.bounds.hour / UNIT, 2), minute=round(made.bounds.minute / UNIT, 2)),
        target=SpreadLimit(hour=round(made.targets.hour / UNIT, 2), minute=round(made.targets.minute / UNIT, 2)),
        reached=made.reached,
        immovable_percent=immovable_percent(made, prepared.week.loads),
        total_shift_minutes=sum(move.minutes_from_wanted for move, _ in moves),
        moves=tuple(move for move, _ in moves),
        unmovable=fixed_ones(prepared, portfolio),
    )
    await keep_plan(session, view, [step for _, step in moves])
    return view


async def read(session: AsyncSession, plan_id: UUID) -> SpreadPlanView:
    return view_of(await plan_by_id(session, plan_id))


async def apply(session: AsyncSession, plan_id: UUID, actor: Actor, after: AfterCommit) -> SpreadPlanView:
    """Move every schedule of a plan, or none.

    Raises:
        NotFound: there is no such plan.
        PlanOutdated: it was applied before, or a schedule has changed since it was made; the message names them.
    """
    stored = await plan_by_id(session, plan_id, lock=True)
    if stored.applied_at is not None:
        raise PlanOutdated("the plan was applied before", hint="Make a new plan.")
    changes = [
        _Change(step, NewCron(step.automation_id, step.cron_to, step.spread_from_after), step.shift_minutes)
        for step in steps_of(stored)
    ]
    rows = await _locked(session, changes, lambda row, step: row.revision == step.revision)
    now = datetime.now(UTC)
    stored.applied_at, stored.applied_by = now, actor.name
    around = await _write(session, stored, "spread.applied", changes, rows, actor, after, now)
    return view_of(stored, changeover=around)


async def undo(session: AsyncSession, plan_id: UUID, actor: Actor, after: AfterCommit) -> SpreadPlanView:
    """Move every schedule of an applied plan back to where it was, or none.

    Raises:
        NotFound: there is no such plan.
        PlanOutdated: it is not applied, or one of its schedules has been edited since; the message names them.
    """
    stored = await plan_by_id(session, plan_id, lock=True)
    if stored.applied_at is None or stored.undone_at is not None:
        done = "undone before" if stored.undone_at else "not applied"
        raise PlanOutdated(f"the plan was {done}, so there is nothing to undo")
    changes = [
        _Change(step, NewCron(step.automation_id, step.cron_from, step.spread_from_before), -step.shift_minutes)
        for step in steps_of(stored)
    ]
    # A pause or another edit does not matter here: what was written is the cron.
    rows = await _locked(
        session, changes, lambda row, step: (row.cron_expr, row.timezone) == (step.cron_to, step.timezone)
    )
    now = datetime.now(UTC)
    stored.undone_at, stored.undone_by = now, actor.name
    around = await _write(session, stored, "spread.undone", changes, rows, actor, after, now)
    return view_of(stored, changeover=around)


@dataclass(frozen=True, slots=True)
class _Change:
    step: Step
    new: NewCron
    shift_minutes: int


async def _locked(
    session: AsyncSession, changes: Sequence[_Change], fits: Callable[[Automation, Step], bool]
) -> Sequence[Automation]:
    rows = await automations.by_ids(session, [change.step.automation_id for change in changes], lock=True)
    by_id = {row.id: row for row in rows}
    outdated = []
    for change in changes:
        row = by_id.get(change.step.automation_id)
        if row is None or row.archived_at is not None or not fits(row, change.step):
            outdated.append(row.slug if row else str(change.step.automation_id))
    refuse_outdated(outdated)
    return rows


def refuse_outdated(names: Sequence[str]) -> None:
    """Raise `PlanOutdated` if schedules have changed since the plan was made."""
    if names:
        more = f" and {len(names) - MOST_TOLD} more" if len(names) > MOST_TOLD else ""
        raise PlanOutdated(
            f"changed since the plan was made: {', '.join(sorted(names)[:MOST_TOLD])}{more}", hint="Make a new plan."
        )


async def _write(
    session: AsyncSession,
    stored: StoredSpread,
    action: str,
    changes: Sequence[_Change],
    rows: Sequence[Automation],
    actor: Actor,
    after: AfterCommit,
    now: datetime,
) -> Changeover:
    """Write the crons and the audit log, and request the schedule syncs."""
    before = {row.id: row for row in rows}
    await write_crons(session, [change.new for change in changes], now)
    told = [_audited(change.new, before[change.new.automation_id]) for change in changes]
    reason = f"plan {stored.id}"
    facts = {"schedules": len(changes), "totalShiftMinutes": stored.answer["totalShiftMinutes"]}
    await audit.record(
        session, actor=actor.name, action=action, subject_type="spread", subject_id=stored.id, after=facts
    )
    await audit.record_all(
        session, told, actor=actor.name, action="automation.spread", subject_type="automation", reason=reason
    )
    after.syncs += [row.id for row in rows]
    running = [change for change in changes if before[change.new.automation_id].is_active]
    around = due_around(
        (
            (
                change.new.automation_id,
                before[change.new.automation_id].cron_expr or "",
                change.step.timezone,
                change.shift_minutes,
            )
            for change in running
        ),
        int(now.timestamp()),
    )
    return Changeover(
        runs_twice=_refs(before[key] for key in around.twice),
        skips_once=_refs(before[key] for key in around.skipped),
    )


def _refs(rows: Iterable[Automation]) -> tuple[AutomationRef, ...]:
    return tuple(ref(row) for row in rows)


def _audited(new: NewCron, row: Automation) -> AuditChange:
    before = {"cronExpr": row.cron_expr, "spreadFrom": row.spread_from}
    return AuditChange(row.id, before, {"cronExpr": new.cron_expr, "spreadFrom": new.spread_from})


def _minute(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


def _units(amount: float | None) -> float | None:
    return None if amount is None else amount * UNIT
