"""The sweep counts a new budget again, once all that was under way knows of it."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import update
from temporalio.testing import ActivityEnvironment

from activities.sweep.budgets import count_again
from models.states import BudgetScope
from models.store.budgets.recount import RECOUNTED_AFTER
from models.store.tables.budgets import Budget, BudgetMonth, PrimitiveCosts
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from tests.store.budgets.platform import platform


async def test_what_escaped_a_new_budget_is_counted_and_reserved_for_a_minute_later(sessions: Sessions) -> None:
    one = await platform(sessions)
    budget = await one.budget(BudgetScope.KIND, "10", kind=one.scout.kind)
    closed, running = await one.start(one.scouting), await one.start(one.launching)
    child, _ = await one.call(running)
    async with transaction(sessions) as session:
        # As if both had been opened by transactions that could not see the budget yet.
        await session.execute(update(Run).values(takes_budget=False, reserved_usd=None))
    await one.close(closed, "0.40")
    assert (await one.standing(budget)).spent_usd == 0
    await ActivityEnvironment().run(count_again, sessions, one.now + RECOUNTED_AFTER - timedelta(seconds=1))
    assert (await one.standing(budget)).spent_usd == 0
    await ActivityEnvironment().run(count_again, sessions, one.now + RECOUNTED_AFTER)
    standing = await one.standing(budget)
    # The campaign counts through its call, at what the agent's run has cost.
    assert (standing.spent_usd, standing.reserved_usd, standing.runs_under_way) == (Decimal("0.4"), Decimal("0.4"), 1)
    await one.close(child, "0.10")
    await one.close(running)
    assert (await one.standing(budget)).spent_usd == Decimal("0.5")
    async with transaction(sessions) as session:
        assert (await session.get_one(Budget, budget.id)).recount_at is None
        known = await session.get_one(PrimitiveCosts, one.scout.id)
        assert [Decimal(cost) for cost in known.recent_costs] == [Decimal("0.4"), Decimal("0.1")]


async def test_counting_again_repairs_a_month_and_changes_nothing_that_is_right(sessions: Sessions) -> None:
    one = await platform(sessions)
    budget = await one.budget(BudgetScope.ALL, "10")
    for cost in ("0.10", "0.20"):
        await one.close(await one.start(one.scouting), cost)
    await one.close(await one.start(), "0.30")
    await one.close(await one.start(one.scouting))

    async def counted(spent: str) -> None:
        async with transaction(sessions) as session:
            await session.execute(update(Budget).values(recount_at=one.now))
            await session.execute(update(BudgetMonth).values(spent_usd=Decimal(spent), unknown_runs=7))
        await ActivityEnvironment().run(count_again, sessions, one.now)
        month = await one.month(budget)
        assert (month.spent_usd, month.unknown_runs) == (Decimal("0.60"), 1)

    await counted("0.60")
    await counted("99")
