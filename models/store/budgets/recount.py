"""Counts what a budget has spent from the statistics: when it is made, and once more when all has committed.

A run that was opened while its budget was being made may not know of it. So the sweep reserves for what is under way,
and counts the month again, a minute later.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.kinds import KINDS
from models.rules.cost import NOTHING
from models.states import OPEN_STATUSES, BudgetScope
from models.store.budgets.applying import COVERS, month_at
from models.store.budgets.estimates import expected_usd, learn_costs
from models.store.budgets.spending import tell_levels
from models.store.budgets.standings import begin_months
from models.store.tables.automations import Automation
from models.store.tables.budgets import Budget, BudgetMonth
from models.store.tables.primitives import Primitive
from models.store.tables.runs import OPEN_CONDITION, Run
from models.store.tables.stats import AutomationHour

RECOUNTED_AFTER = timedelta(minutes=1)
"""No transaction that opens a run takes that long."""
LONGEST_WAIT = timedelta(days=31)
"""A child run that has waited longer for its start is not found."""
_CLOSED = (Run.status.not_in(OPEN_STATUSES), Run.started_at.is_not(None))


@dataclass(frozen=True, slots=True)
class Counted:
    """What closed runs have cost."""

    usd: Decimal = NOTHING
    unknown_runs: int = 0

    def plus(self, other: "Counted") -> "Counted":
        return Counted(self.usd + other.usd, self.unknown_runs + other.unknown_runs)


async def reserve_for_open_runs(session: AsyncSession, budget: Budget, *, waits: bool) -> int:
    """Reserve for the runs under way that the budget counts and nothing is reserved for; return how many.

    Whoever `waits` for runs that are locked must hold no other lock; they are taken as closing does, children before
    their parents.
    """
    query = (
        select(Run)
        .join(Budget, COVERS)
        .where(Budget.id == budget.id, OPEN_CONDITION, Run.started_at.is_not(None), ~Run.takes_budget)
        .order_by(Run.parent_run_id.is_(None), Run.id)
    )
    locked = query.with_for_update(of=Run, key_share=True, skip_locked=not waits)
    rows = (await session.scalars(locked, execution_options={"populate_existing": True})).all()
    known: dict[tuple[UUID | None, UUID], Decimal | None] = {}
    for row in rows:
        group = (row.automation_id, row.primitive_id)
        if group not in known:
            known[group] = await expected_usd(session, row.primitive_id, row.automation_id, [budget])
        row.takes_budget, row.reserved_usd = True, known[group]
    await session.flush()
    return len(rows)


async def count_month(session: AsyncSession, budget: Budget, at: datetime) -> None:
    """Set what the budget's month has cost to what the statistics say, and tell the levels that are reached."""
    month = month_at(budget, at)
    await begin_months(session, {budget.id: month})
    key = (BudgetMonth.budget_id == budget.id, BudgetMonth.starts_at == month.starts_at)
    row = (await session.scalars(select(BudgetMonth).where(*key).with_for_update(key_share=True))).one()
    # After the lock: what has been added so far is counted, what is not yet counted is added to it.
    counted = await counted_since(session, budget, month.starts_at)
    row.spent_usd, row.unknown_runs = counted.usd, counted.unknown_runs
    await session.flush()
    await tell_levels(session, budget.id, month.starts_at, at)


async def counted_since(session: AsyncSession, budget: Budget, since: datetime) -> Counted:
    """Return what the closed runs that started since the start of an hour have cost.

    Automations are counted by their hours, which outlive their runs; what no automation has fired, by its runs.
    """
    counted = await _of_automations(session, budget, since)
    if budget.scope is not BudgetScope.AUTOMATION:
        counted = counted.plus(await _of_runs(session, _direct(budget, since)))
    if _counts_children(budget):
        counted = counted.plus(await _of_runs(session, _children(budget, since)))
    return counted


async def _of_automations(session: AsyncSession, budget: Budget, since: datetime) -> Counted:
    hour = AutomationHour
    query = select(func.sum(hour.known_usd_sum), func.sum(hour.duration_count - hour.cost_count)).where(
        hour.hour >= since
    )
    if budget.scope is BudgetScope.AUTOMATION:
        query = query.where(hour.automation_id == budget.automation_id)
    elif budget.scope is not BudgetScope.ALL:
        query = query.join(Automation, Automation.id == hour.automation_id).where(_is_target(budget, Automation))
    usd, unknown = (await session.execute(query)).one()
    return Counted(usd or NOTHING, int(unknown or 0))


def _direct(budget: Budget, since: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of closed root runs that no automation has fired."""
    return (
        *(Run.automation_id.is_(None), Run.parent_run_id.is_(None), Run.finished_at >= since, Run.started_at >= since),
        *(_is_target(budget, Run), *_CLOSED),
    )


def _children(budget: Budget, since: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        *(Run.parent_run_id.is_not(None), Run.queued_at >= since - LONGEST_WAIT, Run.started_at >= since),
        *(_is_target(budget, Run), *_CLOSED),
    )


async def _of_runs(session: AsyncSession, conditions: tuple[ColumnElement[bool], ...]) -> Counted:
    query = select(func.sum(Run.cost_usd), func.count().filter(Run.unknown_costs > 0)).where(*conditions)
    usd, unknown = (await session.execute(query)).one()
    return Counted(usd or NOTHING, unknown)


def _is_target(budget: Budget, table: type[Automation] | type[Run]) -> ColumnElement[bool]:
    match budget.scope:
        case BudgetScope.KIND:
            return table.kind == budget.kind
        case BudgetScope.PRIMITIVE:
            return table.primitive_id == budget.primitive_id
        case _:
            return true()


def _counts_children(budget: Budget) -> bool:
    """Return whether runs that others call count by themselves; only agents are called."""
    if budget.kind is not None:
        return KINDS[budget.kind].calls_agent
    return budget.scope is BudgetScope.PRIMITIVE


async def learn_estimates(session: AsyncSession, budget: Budget, limit: int) -> None:
    """Remember the known costs of the budget's primitives, so that a month of skipped runs does not hide them."""
    for primitive_id in await session.scalars(_primitives(budget).limit(limit)):
        await learn_costs(session, primitive_id)


def _primitives(budget: Budget) -> Select[UUID]:
    query = select(Primitive.id).where(Primitive.archived_at.is_(None)).order_by(Primitive.id)
    match budget.scope:
        case BudgetScope.KIND:
            return query.where(Primitive.kind == budget.kind)
        case BudgetScope.PRIMITIVE:
            return query.where(Primitive.id == budget.primitive_id)
        case BudgetScope.AUTOMATION:
            mine = select(Automation.primitive_id).where(Automation.id == budget.automation_id)
            return query.where(Primitive.id.in_(mine))
        case _:
            return query


async def due_for_recount(session: AsyncSession, now: datetime) -> list[UUID]:
    """Return the budgets that are to be counted again."""
    return list(await session.scalars(select(Budget.id).where(Budget.recount_at <= now).order_by(Budget.id)))


async def note_recounted(session: AsyncSession, budget_id: UUID) -> None:
    await session.execute(update(Budget).where(Budget.id == budget_id).values(recount_at=None))


async def recount_soon(session: AsyncSession, now: datetime) -> None:
    """Have the sweep count every budget again: statistics have changed in another way than by runs that closed."""
    await session.execute(update(Budget).values(recount_at=now))
