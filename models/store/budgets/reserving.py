"""Lets a run start within the budgets that apply to it: the decision where a run opens, under the budgets' locks.

Nothing is counted beside the runs: an open run that `takes_budget` is what is reserved, and closing it frees that in
the same statement in which its cost is added. A run is decided on before its agent's capacity: what waits for capacity
may hold money back, never the reverse, so that no two can wait for each other.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import exists, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.budgets.decision import Standing, Verdict, decide
from models.rules.budgets.words import refused_text
from models.states import RunStatus, SkipReason
from models.store.admission.capacity import let_next_in
from models.store.admission.to_tell import admissions
from models.store.budgets.applying import ApplyingBudgets, budgets_of, lock_budgets, month_at
from models.store.budgets.estimates import expected_usd
from models.store.budgets.names import name_of
from models.store.budgets.standings import BudgetStanding, Place, begin_months, standings
from models.store.runs.locks import lock_automation
from models.store.tables.budgets import Budget
from models.store.tables.runs import BUDGET_HELD_CONDITION, RESERVED_CONDITION, Run


def waits_for_budget(run: Run) -> bool:
    """Return whether a run waits for a budget."""
    return run.status is RunStatus.QUEUED and run.budget_held_at is not None


async def take_budget(session: AsyncSession, run: Run, applying: ApplyingBudgets, at: datetime) -> Verdict:
    """Reserve what a locked run is expected to cost, or let it wait, or refuse it.

    1. Lock its automation and the budgets that may stop it.
    2. Read what they have spent and hold back, and what the run is expected to cost.
    3. Decide, and write the decision on the run.
    """
    if not applying:
        return Verdict.START
    if run.takes_budget:
        # It was let in before; a month may have begun since.
        counting = await budgets_of(session, [*applying.stop, *applying.warn])
        await begin_months(session, {one.id: month_at(one, at) for one in counting})
        return Verdict.START
    if run.automation_id is not None:
        # Closing a refused run takes it after the budgets; so nobody may hold it and wait for them.
        await lock_automation(session, run.automation_id)
    budgets = await lock_budgets(session, applying.stop)
    counting = [*budgets, *(await budgets_of(session, applying.warn) if applying.warn else ())]
    expected = await expected_usd(session, run.primitive_id, run.automation_id, counting)
    found = await standings(session, budgets, at, Place(run.id, run.budget_held_at))
    decision = decide(
        [replace(as_rule(one, found[one.id]), others_wait=found[one.id].others_wait) for one in budgets],
        expected,
        another_is_unknown=expected is None and bool(budgets) and await _another_is_unknown(session, run),
    )
    run.reserved_usd = expected
    if decision.budget is None:
        run.takes_budget, run.budget_id, run.budget_held_at = True, None, None
        known = {key for key, one in found.items() if not one.is_new}
        await begin_months(session, {one.id: month_at(one, at) for one in counting if one.id not in known})
        return decision.verdict
    budget = budgets[decision.budget]
    run.budget_id = budget.id
    if decision.verdict is Verdict.WAIT:
        await _hold(session, run, budget, found[budget.id], at)
    else:
        await _refuse(session, run, budget, found[budget.id], expected)
    return decision.verdict


def as_rule(budget: Budget, found: BudgetStanding) -> Standing:
    """Return what the rule needs to know of a budget."""
    return Standing(budget.limit_usd, found.spent_usd, found.reserved_usd)


async def _hold(session: AsyncSession, run: Run, budget: Budget, found: BudgetStanding, at: datetime) -> None:
    if run.budget_held_at is None:
        run.budget_held_at = at
        # Whoever closed before this commit could not see that it waits.
        admissions(session).frees_budget = True
    if budget.look_at is None or budget.look_at > found.month.ends_at:
        budget.look_at = found.month.ends_at
        admissions(session).waits_for_time = True
    if run.takes_capacity:
        # It has waited for capacity since before there was a budget.
        run.takes_capacity = False
        await session.flush()
        await let_next_in(session, run.primitive_id)


async def _refuse(
    session: AsyncSession, run: Run, budget: Budget, found: BudgetStanding, expected: Decimal | None
) -> None:
    run.budget_held_at = None
    run.error_type = SkipReason.OVER_BUDGET.value
    run.error_message = refused_text(await name_of(session, budget), budget.limit_usd, found.spent_usd, expected)


async def _another_is_unknown(session: AsyncSession, run: Run) -> bool:
    """Return whether another run of its automation (or, without one, its primitive) goes first."""
    same = (Run.primitive_id == run.primitive_id, Run.automation_id.is_not_distinct_from(run.automation_id))
    others = (*same, Run.reserved_usd.is_(None), Run.id != run.id)
    under_way = exists().where(RESERVED_CONDITION, *others)
    waiting = exists().where(BUDGET_HELD_CONDITION, *others)
    if run.budget_held_at is not None:
        waiting = waiting.where(tuple_(Run.budget_held_at, Run.id) < tuple_(run.budget_held_at, run.id))
    return bool(await session.scalar(select(under_way | waiting)))
