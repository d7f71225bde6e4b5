"""The names of budgets, for messages."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.budgets.words import budget_name, waits_text
from models.states import RunStatus
from models.store.ids import among
from models.store.tables.automations import Automation
from models.store.tables.budgets import Budget
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run


async def name_of(session: AsyncSession, budget: Budget) -> str:
    return (await names_of(session, [budget]))[budget.id]


async def names_of(session: AsyncSession, budgets: Iterable[Budget]) -> dict[UUID, str]:
    """Return the name of each budget, such as "the budget of all agents", by its id."""
    budgets = list(budgets)
    targets: dict[UUID, str] = {}
    for table, ids in (
        (Automation, [one.automation_id for one in budgets if one.automation_id]),
        (Primitive, [one.primitive_id for one in budgets if one.primitive_id]),
    ):
        if ids:
            found = await session.execute(select(table.id, table.name).where(among(table.id, ids)))
            targets |= {row.id: row.name for row in found}
    return {
        one.id: budget_name(one.scope, one.kind, targets.get(one.automation_id or one.primitive_id or one.id))
        for one in budgets
    }


async def waits_for(session: AsyncSession, runs: Iterable[Run]) -> dict[UUID, str]:
    """Return, for the runs that wait for a budget, what they wait for, as the object of "waits for"."""
    waiting = [run for run in runs if run.status is RunStatus.QUEUED and run.budget_held_at is not None]
    if not waiting:
        return {}
    ids = {run.budget_id for run in waiting if run.budget_id is not None}
    names = await names_of(session, await session.scalars(select(Budget).where(among(Budget.id, ids))))
    return {run.id: waits_text(names[run.budget_id], run.reserved_usd) for run in waiting if run.budget_id in names}
