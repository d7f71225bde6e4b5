"""Which budgets apply to a run: those of everything, of its kind, of its primitive and of its automation.

A run that another one calls counts for its primitive and its kind; for everything and for the automation the run at the
root counts, with all that it calls. So each budget counts each dollar once.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.kinds import Kind
from models.rules.budgets.months import Month, month_of
from models.states import BudgetAction, BudgetScope
from models.store.ids import among
from models.store.tables.automations import Automation
from models.store.tables.budgets import Budget
from models.store.tables.runs import Run

_WIDEST_FIRST = tuple(BudgetScope)

COVERS: ColumnElement[bool] = or_(
    Budget.kind == Run.kind,
    Budget.primitive_id == Run.primitive_id,
    Budget.automation_id == Run.automation_id,
    and_(Budget.scope == BudgetScope.ALL, Run.parent_run_id.is_(None)),
)
"""Whether a budget counts a run, as a condition on their rows."""
COVERS_SQL = (
    "(b.kind = r.kind OR b.primitive_id = r.primitive_id OR b.automation_id = r.automation_id"
    " OR (b.scope = 'all' AND r.parent_run_id IS NULL))"
)
"""The same, for the aliases `b` and `r`."""


@dataclass(frozen=True, slots=True)
class ApplyingBudgets:
    """The ids of the budgets that apply to a run: those that may stop it, and those that only count it."""

    stop: Sequence[UUID] = ()
    warn: Sequence[UUID] = ()

    def __bool__(self) -> bool:
        """Return whether any applies."""
        return bool(self.stop or self.warn)


class Spender(Protocol):
    """What decides which budgets apply to a run."""

    @property
    def kind(self) -> Kind: ...
    @property
    def primitive_id(self) -> UUID: ...
    @property
    def automation_id(self) -> UUID | None: ...
    @property
    def parent_run_id(self) -> UUID | None: ...


@dataclass(frozen=True, slots=True)
class RootRunOf:
    """A run that an automation fires."""

    automation: Automation

    @property
    def kind(self) -> Kind:
        return self.automation.kind

    @property
    def primitive_id(self) -> UUID:
        return self.automation.primitive_id

    @property
    def automation_id(self) -> UUID | None:
        return self.automation.id

    @property
    def parent_run_id(self) -> UUID | None:
        return None


def covers(budget: Budget, run: Spender) -> bool:
    """Return whether a budget counts a run."""
    match budget.scope:
        case BudgetScope.ALL:
            return run.parent_run_id is None
        case BudgetScope.KIND:
            return budget.kind is run.kind
        case BudgetScope.PRIMITIVE:
            return budget.primitive_id == run.primitive_id
        case BudgetScope.AUTOMATION:
            return budget.automation_id == run.automation_id


async def lock_budgets(session: AsyncSession, ids: Collection[UUID]) -> list[Budget]:
    """Lock those of these budgets that stop runs, in the order of their ids; return them, the widest first."""
    query = (
        select(Budget)
        .where(among(Budget.id, ids), Budget.action == BudgetAction.STOP)
        .order_by(Budget.id)
        .with_for_update(key_share=True)
    )
    return widest_first(await session.scalars(query, execution_options={"populate_existing": True}))


async def budgets_of(session: AsyncSession, ids: Collection[UUID]) -> Sequence[Budget]:
    """Return these budgets as they are now."""
    query = select(Budget).where(among(Budget.id, ids))
    return (await session.scalars(query, execution_options={"populate_existing": True})).all()


async def budgets_covering(session: AsyncSession, runs: Collection[Spender]) -> Sequence[Budget]:
    """Return the budgets that count any of these runs."""
    automations = {run.automation_id for run in runs if run.automation_id is not None}
    query = select(Budget).where(
        or_(
            Budget.scope == BudgetScope.ALL,
            Budget.kind.in_({run.kind for run in runs}),
            among(Budget.primitive_id, {run.primitive_id for run in runs}),
            among(Budget.automation_id, automations),
        )
    )
    return (await session.scalars(query)).all()


def widest_first(budgets: Iterable[Budget]) -> list[Budget]:
    return sorted(budgets, key=lambda one: (_WIDEST_FIRST.index(one.scope), one.id))


def month_at(budget: Budget, at: datetime) -> Month:
    return month_of(at, budget.timezone)
