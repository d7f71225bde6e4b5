"""Adds the cost of closed runs to the months of their budgets, and tells people when a level is reached.

The month's row is the last lock of a transaction, in the order of the budgets' ids: nobody who holds one waits for
anything else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Numeric, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.budgets.levels import SPENT, level_reached
from models.rules.budgets.words import BudgetFacts, level_notice, refused_notice
from models.rules.cost import NOTHING
from models.states import BudgetAction
from models.store.budgets.applying import COVERS_SQL, month_at
from models.store.budgets.estimates import keep_cost
from models.store.budgets.names import name_of
from models.store.governance.notices import add_notice
from models.store.tables.budgets import Budget, BudgetMonth
from models.store.tables.runs import Run

LEVEL, REFUSED = "budget.level", "budget.refused"

_LOCK = text(
    f"""
    SELECT m.budget_id, m.starts_at FROM runs r JOIN budgets b ON {COVERS_SQL}
      JOIN budget_months m ON m.budget_id = b.id AND m.starts_at <= r.started_at AND m.ends_at > r.started_at
     WHERE r.id = :run_id ORDER BY m.budget_id, m.starts_at FOR NO KEY UPDATE OF m
    """
).bindparams(bindparam("run_id", type_=Uuid()))

# After the lock, so that the limit is the one that whoever held it before has left.
_ADD = text(
    """
    UPDATE budget_months m SET spent_usd = m.spent_usd + :usd, unknown_runs = m.unknown_runs + :unknown
      FROM budgets b WHERE b.id = m.budget_id AND m.budget_id = :budget_id AND m.starts_at = :starts_at
    RETURNING m.spent_usd, m.told_percent, m.stopped_at, b.limit_usd, b.warn_at_percent, b.action
    """
).bindparams(
    bindparam("budget_id", type_=Uuid()),
    bindparam("starts_at", type_=DateTime(timezone=True)),
    bindparam("usd", type_=Numeric()),
)


@dataclass(frozen=True, slots=True)
class Spent:
    """A cost that counts for the budgets of a run: its own, or of a child that has closed after it."""

    run: Run
    usd: Decimal
    unknown: int = 0
    is_late: bool = False
    """Whether the run had closed before: then only this is added."""


def spent_by(run: Run) -> Spent:
    """Return what a run has cost that closes now."""
    return Spent(run, run.cost_usd or NOTHING, int(run.unknown_costs > 0))


async def add_spent(session: AsyncSession, given: Iterable[Spent], at: datetime) -> None:
    """Add costs to the months in which their runs have started; the last thing that a transaction does.

    Raises nothing where a budget or its month is gone.
    """
    counted = [one for one in given if one.run.takes_budget and one.run.started_at and (one.usd or one.unknown)]
    if not counted:
        return
    await session.flush()
    for one in counted:
        if not one.is_late:
            await keep_cost(session, one.run)
    months: dict[tuple[UUID, datetime], list[Spent]] = {}
    for one in counted:
        for budget_id, starts_at in await session.execute(_LOCK, {"run_id": one.run.id}):
            months.setdefault((budget_id, starts_at), []).append(one)
    for (budget_id, starts_at), parts in sorted(months.items(), key=lambda item: item[0]):
        sums: dict[str, Any] = {
            "usd": sum((one.usd for one in parts), NOTHING),
            "unknown": sum(one.unknown for one in parts),
        }
        row = (await session.execute(_ADD, {"budget_id": budget_id, "starts_at": starts_at, **sums})).one_or_none()
        if row is not None and _has_news(row.spent_usd, row):
            await tell_levels(session, budget_id, starts_at, at)


def _has_news(spent_usd: Decimal, row: Any) -> bool:
    level = level_reached(spent_usd, row.limit_usd, row.warn_at_percent)
    stops = level >= SPENT and row.action == BudgetAction.STOP.value and row.stopped_at is None
    return level > row.told_percent or stops


async def tell_levels(session: AsyncSession, budget_id: UUID, starts_at: datetime, at: datetime) -> None:
    """Write the notice of the highest level that a locked month has reached, unless it was told before.

    A limit that was raised takes levels back: they are told again when they are reached again.
    """
    budget = await session.get_one(Budget, budget_id, populate_existing=True)
    month = await session.get_one(BudgetMonth, (budget_id, starts_at), populate_existing=True)
    level = level_reached(month.spent_usd, budget.limit_usd, budget.warn_at_percent)
    if level > month.told_percent:
        notice = level_notice(await _facts(session, budget, month), level)
        await add_notice(session, LEVEL, notice, at, automation_id=budget.automation_id)
    month.told_percent = level
    if budget.action is BudgetAction.WARN or month.spent_usd < budget.limit_usd:
        # Whether a run fits is seen when one asks.
        month.stopped_at = None
    elif month.stopped_at is None:
        month.stopped_at = at
    await session.flush()


async def note_refused(session: AsyncSession, run: Run, at: datetime) -> None:
    """Count a run that its budget has refused; the first one of a month is told. The last thing in its transaction."""
    budget = await session.get(Budget, run.budget_id)
    if budget is None:
        return
    month = month_at(budget, at)
    row = {"budget_id": budget.id, "starts_at": month.starts_at, "ends_at": month.ends_at}
    await session.execute(insert(BudgetMonth).values(row).on_conflict_do_nothing())
    query = select(BudgetMonth).where(BudgetMonth.budget_id == budget.id, BudgetMonth.starts_at == month.starts_at)
    found = (
        await session.scalars(query.with_for_update(key_share=True), execution_options={"populate_existing": True})
    ).one()
    found.refused_runs += 1
    await session.flush()
    if found.spent_usd >= budget.limit_usd:
        await tell_levels(session, budget.id, month.starts_at, at)
    elif found.stopped_at is None:
        found.stopped_at = at
        notice = refused_notice(await _facts(session, budget, found), run.error_message or "")
        await add_notice(session, REFUSED, notice, at, automation_id=budget.automation_id)


async def _facts(session: AsyncSession, budget: Budget, month: BudgetMonth) -> BudgetFacts:
    return BudgetFacts(
        name=await name_of(session, budget),
        limit_usd=budget.limit_usd,
        spent_usd=month.spent_usd,
        action=budget.action,
        month_ends_at=month.ends_at,
        timezone=budget.timezone,
    )
