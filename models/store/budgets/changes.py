"""Makes, changes and removes budgets; what waits for one is looked at after the commit.

A budget of an automation is made and changed under the automation's lock, and its limit is copied to the automation's
`budget_usd_month`, which is what flow control and lists read.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import Conflict
from models.states import BudgetScope
from models.store.admission.to_tell import admissions
from models.store.budgets.applying import month_at
from models.store.budgets.estimates import learn_costs
from models.store.budgets.recount import RECOUNTED_AFTER, count_month, learn_estimates, reserve_for_open_runs
from models.store.budgets.spending import tell_levels
from models.store.budgets.standings import begin_months
from models.store.ids import fresh_id
from models.store.tables.automations import Automation
from models.store.tables.budgets import Budget, BudgetMonth

_NARROW = (BudgetScope.PRIMITIVE, BudgetScope.AUTOMATION)


async def make(session: AsyncSession, budget: Budget, now: datetime) -> None:
    """Insert a budget with what its month has cost so far, and reserve for the runs under way.

    Raises:
        Conflict: there is one for the same target.
    """
    budget.recount_at = now + RECOUNTED_AFTER
    try:
        async with session.begin_nested():
            session.add(budget)
    except IntegrityError:
        raise Conflict("there is a budget for this already", field="target", hint="Change that one.") from None
    await reserve_for_open_runs(session, budget, waits=False)
    if budget.scope in _NARROW:
        # Of the others, the sweep does it.
        await learn_estimates(session, budget, 1)
    await count_month(session, budget, now)


async def make_for_new(session: AsyncSession, rows: Sequence[Automation], by: str | None, now: datetime) -> None:
    """Insert the budgets of automations that are being inserted: nobody else knows them, so they have no runs."""
    limited = [(row, row.budget_usd_month) for row in rows if row.budget_usd_month is not None]
    made = [new_budget(BudgetScope.AUTOMATION, limit, now, by, automation_id=row.id) for row, limit in limited]
    session.add_all(made)
    await session.flush()
    for primitive_id in sorted({row.primitive_id for row, _ in limited}):
        await learn_costs(session, primitive_id)
    await begin_months(session, {budget.id: month_at(budget, now) for budget in made})


async def change(session: AsyncSession, budget: Budget, values: dict[str, Any], now: datetime) -> None:
    """Change columns of a locked budget; its levels are told again from the limit that it has now."""
    zone = budget.timezone
    for name, value in values.items():
        setattr(budget, name, value)
    budget.revision, budget.updated_at = budget.revision + 1, now
    await session.flush()
    if budget.timezone != zone:
        overlapping = (BudgetMonth.budget_id == budget.id, BudgetMonth.ends_at > month_at(budget, now).starts_at)
        await session.execute(delete(BudgetMonth).where(*overlapping))
        await count_month(session, budget, now)
    else:
        await _tell_levels(session, budget, now)
    admissions(session).frees_budget = True


async def remove(session: AsyncSession, budget: Budget) -> None:
    """Delete a locked budget with its months; the runs that wait for it go on."""
    await session.delete(budget)
    await session.flush()
    admissions(session).frees_budget = True


async def own_budget(session: AsyncSession, automation: Automation) -> Budget | None:
    """Return the budget of a locked automation, locked."""
    query = select(Budget).where(Budget.automation_id == automation.id).with_for_update(key_share=True)
    found: Budget | None = await session.scalar(query, execution_options={"populate_existing": True})
    return found


async def follow_automation(session: AsyncSession, automation: Automation, by: str | None, now: datetime) -> None:
    """Make the budget of a locked automation equal to its `budget_usd_month`: make, change or remove it."""
    limit, budget = automation.budget_usd_month, await own_budget(session, automation)
    if limit is None:
        if budget is not None:
            await remove(session, budget)
    elif budget is None:
        await make(session, new_budget(BudgetScope.AUTOMATION, limit, now, by, automation_id=automation.id), now)
    elif budget.limit_usd != limit:
        await change(session, budget, {"limit_usd": limit}, now)


def new_budget(scope: BudgetScope, limit: Decimal, now: datetime, by: str | None, **columns: Any) -> Budget:
    """Return a budget with these columns, the others at their defaults."""
    given = {"timezone": "UTC", "warn_at_percent": [80], **columns}
    return Budget(
        id=fresh_id(), scope=scope, limit_usd=limit, created_at=now, updated_at=now, created_by=by, revision=1, **given
    )


async def _tell_levels(session: AsyncSession, budget: Budget, now: datetime) -> None:
    starts_at = month_at(budget, now).starts_at
    query = select(BudgetMonth).where(BudgetMonth.budget_id == budget.id, BudgetMonth.starts_at == starts_at)
    if await session.scalar(query.with_for_update(key_share=True)) is not None:
        await tell_levels(session, budget.id, starts_at, now)
