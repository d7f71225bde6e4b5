"""Lets the runs in that wait for a budget: when a run closes, a budget changes or a month begins.

Lock order: the budgets are locked before the runs, which opening locks first. So runs are taken with SKIP LOCKED:
whoever has one locked decides about it, and looks again if it goes on waiting.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ARRAY, Boolean, Numeric, Uuid, bindparam, exists, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.kinds import Kind
from models.rules.budgets.line import Group, LinePlan, WaitingRun, plan_line
from models.states import BudgetAction
from models.store.admission.to_tell import admissions
from models.store.budgets.applying import budgets_covering, covers, lock_budgets, month_at
from models.store.budgets.estimates import expected_usd
from models.store.budgets.reserving import as_rule
from models.store.budgets.standings import begin_months, standings
from models.store.ids import among
from models.store.tables.budgets import Budget
from models.store.tables.runs import BUDGET_HELD_CONDITION, RESERVED_CONDITION, Run

MOST_OF_A_LINE = 100
"""Runs of one budget and automation that are looked at in one transaction."""

_HEADS = text(
    """
    SELECT id, kind, primitive_id, automation_id, parent_run_id, budget_id, reserved_usd FROM (
      SELECT *, row_number() OVER (PARTITION BY budget_id, automation_id, primitive_id
                                   ORDER BY budget_held_at, id) AS place
        FROM runs WHERE status = 'queued' AND budget_held_at IS NOT NULL) waiting
     WHERE place <= :most ORDER BY budget_held_at, id
    """
)

# `ANY` keeps it to the index: a join with the arrays alone may read the whole table.
_LET_GO = text(
    """
    UPDATE runs SET takes_budget = given.starts, reserved_usd = given.usd, budget_held_at = NULL,
                    budget_id = CASE WHEN given.starts THEN NULL ELSE budget_id END, admitted_at = clock_timestamp()
      FROM unnest(:ids, :starts, :usd) AS given (id, starts, usd)
     WHERE runs.id = ANY (:ids) AND runs.id = given.id
    RETURNING runs.temporal_workflow_id
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid())),
    bindparam("starts", type_=ARRAY(Boolean())),
    bindparam("usd", type_=ARRAY(Numeric())),
)


async def let_in_waiting(session: AsyncSession, now: datetime) -> int:
    """Reserve for the waiting runs that fit, in order, and wake those and the ones that never will; return how many.

    1. Lock the budgets that apply to the first runs of each line.
    2. Read again what waits, what is spent and what is reserved.
    3. Decide about one run after the other, and write what is decided.
    """
    first = await _heads(session)
    if not first:
        return 0
    counting = await budgets_covering(session, first)
    budgets = await lock_budgets(session, [one.id for one in counting if one.action is BudgetAction.STOP])
    known = {one.id for one in first}
    heads = await _estimated(session, [one for one in await _heads(session) if one.id in known], counting)
    found = await standings(session, budgets, now)
    plan = plan_line(
        heads,
        lambda run: [one.id for one in budgets if covers(one, run)],
        {one.id: as_rule(one, found[one.id]) for one in budgets},
        await _unknown_under_way(session),
    )
    await begin_months(session, {one.id: month_at(one, now) for one in counting})
    return await _carry_out(session, plan)


async def _heads(session: AsyncSession) -> list[WaitingRun]:
    return [
        WaitingRun(
            id=row.id,
            kind=Kind(row.kind),
            primitive_id=row.primitive_id,
            automation_id=row.automation_id,
            parent_run_id=row.parent_run_id,
            budget_id=row.budget_id,
            expected_usd=row.reserved_usd,
        )
        for row in await session.execute(_HEADS, {"most": MOST_OF_A_LINE})
    ]


async def _estimated(session: AsyncSession, heads: Sequence[WaitingRun], budgets: Sequence[Budget]) -> list[WaitingRun]:
    """Return the runs, those of unknown cost with what has become known since they wait."""
    unknown = {run.group: run for run in reversed(heads) if run.expected_usd is None}
    learned = {
        group: await expected_usd(
            session, run.primitive_id, run.automation_id, [one for one in budgets if covers(one, run)]
        )
        for group, run in unknown.items()
    }
    return [run if run.expected_usd is not None else replace(run, expected_usd=learned[run.group]) for run in heads]


async def _unknown_under_way(session: AsyncSession) -> list[Group]:
    query = select(Run.automation_id, Run.primitive_id).where(RESERVED_CONDITION, Run.reserved_usd.is_(None)).distinct()
    return [(row.automation_id, row.primitive_id) for row in await session.execute(query)]


async def _carry_out(session: AsyncSession, plan: LinePlan) -> int:
    wanted = [*plan.starting, *plan.refused, *plan.moved]
    query = (
        select(Run.id)
        .where(among(Run.id, wanted), BUDGET_HELD_CONDITION)
        .with_for_update(skip_locked=True, key_share=True)
    )
    locked = set((await session.scalars(query)).all()) if wanted else set()
    for budget_id in set(plan.moved.values()):
        ids = [key for key, other in plan.moved.items() if other == budget_id and key in locked]
        await session.execute(
            update(Run)
            .where(among(Run.id, ids))
            .values(budget_id=budget_id)
            .execution_options(synchronize_session=False)
        )
    ids = [key for key in (*plan.starting, *plan.refused) if key in locked]
    if not ids:
        return 0
    given = {
        "ids": ids,
        "starts": [key in plan.starting for key in ids],
        "usd": [plan.starting.get(key) for key in ids],
    }
    told = await session.execute(_LET_GO, given)
    admissions(session).to_wake.extend(found for (found,) in told if found is not None)
    return len(ids)


async def any_waits(session: AsyncSession) -> bool:
    """Return whether any run waits for a budget."""
    return bool(await session.scalar(select(exists(select(Run.id).where(BUDGET_HELD_CONDITION)))))


async def looks_due(session: AsyncSession) -> bool:
    """Return whether a month has begun for a budget that had runs waiting."""
    return bool(await session.scalar(select(exists().where(Budget.look_at <= func.clock_timestamp()))))


async def next_look(session: AsyncSession) -> timedelta | None:
    """Return how long it is until such a month begins, by PostgreSQL's clock; None if nothing waits."""
    query = select(func.min(Budget.look_at), func.clock_timestamp()).where(Budget.look_at.is_not(None))
    at, now = (await session.execute(query)).one()
    return None if at is None else at - now


async def plan_looks(session: AsyncSession, now: datetime) -> None:
    """Plan the next look at each budget: when its month ends if it has runs waiting, else none."""
    waits = exists().where(BUDGET_HELD_CONDITION, Run.budget_id == Budget.id)
    # A budget that is locked is decided on just now; its look comes a little later.
    query = (
        select(Budget, waits)
        .where(Budget.look_at.is_not(None))
        .order_by(Budget.id)
        .with_for_update(of=Budget, skip_locked=True, key_share=True)
    )
    for budget, has_waiting in await session.execute(query, execution_options={"populate_existing": True}):
        budget.look_at = month_at(budget, now).ends_at if has_waiting else None
