"""How many runs of an automation its own budget has room for, so that the others wait as rows and not in Temporal.

Where a run opens, all of its budgets decide; this only keeps a burst from opening more runs than could start.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.budgets.decision import fits_ever
from models.rules.cost import NOTHING
from models.states import OPEN_STATUSES, BudgetAction
from models.store.budgets.applying import month_at
from models.store.budgets.estimates import expected_usd
from models.store.tables.automations import Automation
from models.store.tables.budgets import Budget, BudgetMonth
from models.store.tables.runs import Run


@dataclass(frozen=True, slots=True)
class OwnRoom:
    """Most runs that may be open at once, and until when that holds though nothing closes."""

    runs: int
    until: datetime


async def own_room(session: AsyncSession, automation: Automation, now: datetime) -> OwnRoom | None:
    """Return the room in the budget of a locked automation; None where it limits nothing.

    It limits nothing either once no run fits any more: then each is opened, and skipped with the reason.
    """
    if automation.budget_usd_month is None:
        return None
    budget = await session.scalar(select(Budget).where(Budget.automation_id == automation.id))
    if budget is None or budget.action is BudgetAction.WARN:
        return None
    month = month_at(budget, now)
    query = select(BudgetMonth.spent_usd).where(
        BudgetMonth.budget_id == budget.id, BudgetMonth.starts_at == month.starts_at
    )
    spent = await session.scalar(query) or NOTHING
    expected = await expected_usd(session, automation.primitive_id, automation.id, [budget])
    if not fits_ever(budget.limit_usd, spent, expected) or expected == 0:
        return None
    fitting = 1 if expected is None else int((budget.limit_usd - spent) // expected)
    return OwnRoom(fitting + await _begun_before(session, automation.id, month.starts_at), month.ends_at)


async def _begun_before(session: AsyncSession, automation_id: UUID, at: datetime) -> int:
    """Count the open runs that belong to an earlier month: they take nothing of this one."""
    query = select(func.count()).where(
        Run.automation_id == automation_id,
        Run.status.in_(OPEN_STATUSES),
        Run.held_by.is_(None),
        Run.started_at < at,
    )
    return await session.scalar(query) or 0
