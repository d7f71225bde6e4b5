"""Which automations have no budget left for their next run."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.budgets.decision import fits_ever
from models.rules.cost import NOTHING, expected_cost
from models.states import BudgetAction, BudgetScope
from models.store.budgets.applying import RootRunOf, budgets_covering, covers, month_at
from models.store.ids import among
from models.store.stats.folding import known_costs
from models.store.tables.automations import Automation
from models.store.tables.budgets import Budget, BudgetMonth
from models.store.tables.stats import AutomationStats


async def exhausted_until(
    session: AsyncSession, rows: Sequence[Automation], stats: Mapping[UUID, AutomationStats], now: datetime
) -> dict[UUID, datetime]:
    """Return, for automations whose next run would be skipped, when the month of that budget ends."""
    budgets = await budgets_covering(session, [RootRunOf(row) for row in rows])
    stopping = [one for one in budgets if one.action is BudgetAction.STOP]
    if not stopping:
        return {}
    spent = await _spent(session, stopping, now)
    # There may be one for each of thousands of automations, and of primitives.
    narrow = {target: one for one in stopping if (target := one.automation_id or one.primitive_id) is not None}
    wide = [one for one in stopping if one.scope in (BudgetScope.ALL, BudgetScope.KIND)]
    found = {}
    for row in rows:
        known = stats.get(row.id)
        expected = expected_cost(known_costs(known.recent_costs)) if known else None
        covering = [one for one in wide if covers(one, RootRunOf(row))]
        covering += [narrow[target] for target in (row.id, row.primitive_id) if target in narrow]
        ends = [
            month_at(one, now).ends_at
            for one in covering
            if not fits_ever(one.limit_usd, spent.get(one.id, NOTHING), expected)
        ]
        if ends:
            found[row.id] = max(ends)
    return found


async def _spent(session: AsyncSession, budgets: Sequence[Budget], now: datetime) -> dict[UUID, Decimal]:
    query = select(BudgetMonth.budget_id, BudgetMonth.spent_usd).where(
        among(BudgetMonth.budget_id, (one.id for one in budgets)),
        BudgetMonth.starts_at <= now,
        BudgetMonth.ends_at > now,
    )
    return {row.budget_id: row.spent_usd for row in await session.execute(query)}
