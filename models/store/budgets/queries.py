"""Finds budgets, and shows them with their month so far."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.governance.budgets import (
    BudgetMonthView,
    BudgetOutlook,
    BudgetState,
    BudgetView,
    BudgetWaiting,
)
from models.contracts.runs.views import AutomationRef
from models.errors import NotFound
from models.kinds import KINDS
from models.rules.budgets.levels import level_reached
from models.rules.budgets.words import left_usd
from models.states import BudgetScope, HeldBy
from models.store.automations.dependencies import ref
from models.store.budgets.standings import BudgetStanding, standings
from models.store.ids import among
from models.store.paging import PageRequest, fetch_page
from models.store.tables.automations import Automation
from models.store.tables.budgets import Budget
from models.store.tables.primitives import Primitive
from models.store.tables.runs import BUDGET_HELD_CONDITION, HELD_CONDITION, Run

MOST_NAMED = 20
MOST_MEASURED = 500
"""Budgets with metrics of their own; each is several time series."""


@dataclass(frozen=True, slots=True)
class BudgetFilters:
    """Which budgets are listed; `covering` is an automation whose runs they count."""

    scopes: Sequence[BudgetScope] = ()
    covering: Automation | None = None
    managed_by: str | None = None


async def page(
    session: AsyncSession, request: PageRequest, filters: BudgetFilters
) -> tuple[Sequence[Budget], str | None]:
    """List budgets, newest first."""
    query = select(Budget)
    if filters.scopes:
        query = query.where(Budget.scope.in_(filters.scopes))
    if filters.managed_by is not None:
        query = query.where(Budget.managed_by == filters.managed_by)
    if (one := filters.covering) is not None:
        query = query.where(
            or_(
                *(Budget.scope == BudgetScope.ALL, Budget.kind == one.kind),
                *(Budget.primitive_id == one.primitive_id, Budget.automation_id == one.id),
            )
        )
    return await fetch_page(session, query, request, Budget.created_at, Budget.id)


async def by_id(session: AsyncSession, budget_id: UUID, *, lock: bool = False) -> Budget:
    """Return a budget.

    Raises:
        NotFound: there is none.
    """
    query = select(Budget).where(Budget.id == budget_id)
    query = query.with_for_update(key_share=True) if lock else query
    found = await session.scalar(query, execution_options={"populate_existing": True})
    if found is None:
        raise NotFound(f"there is no budget {budget_id}")
    return found


async def by_target(session: AsyncSession, columns: Mapping[str, Any]) -> Budget | None:
    """Return the budget whose target is named by these columns; by none, that of everything."""
    query = select(Budget).where(*(getattr(Budget, name) == value for name, value in columns.items()))
    found: Budget | None = await session.scalar(query if columns else query.where(Budget.scope == BudgetScope.ALL))
    return found


async def of_live_targets(session: AsyncSession, automation_ids: Collection[UUID]) -> Sequence[Budget]:
    """Return the budgets of everything, of kinds, of live primitives, and of these automations."""
    query = (
        select(Budget)
        .outerjoin(Primitive, Primitive.id == Budget.primitive_id)
        .where(
            or_(
                Budget.scope.in_((BudgetScope.ALL, BudgetScope.KIND)),
                and_(Budget.scope == BudgetScope.PRIMITIVE, Primitive.archived_at.is_(None)),
                among(Budget.automation_id, automation_ids),
            )
        )
    )
    return (await session.scalars(query)).all()


async def managed_by(session: AsyncSession, project: str) -> Sequence[Budget]:
    """Return the budgets that a project owns."""
    return (await session.scalars(select(Budget).where(Budget.managed_by == project).order_by(Budget.id))).all()


@dataclass(frozen=True, slots=True)
class Target:
    """What a budget is for: as a draft names it, and its name."""

    text: str | None
    name: str


async def targets(session: AsyncSession, rows: Sequence[Budget]) -> dict[UUID, Target]:
    """Return the target of each budget, by its id."""
    automations = await session.execute(
        select(Automation.id, Automation.slug, Automation.name).where(
            among(Automation.id, (row.automation_id for row in rows if row.automation_id))
        )
    )
    primitives = await session.execute(
        select(Primitive.id, Primitive.kind, Primitive.slug, Primitive.name).where(
            among(Primitive.id, (row.primitive_id for row in rows if row.primitive_id))
        )
    )
    named = {one.id: Target(one.slug, one.name) for one in automations}
    named |= {one.id: Target(f"{one.kind.value}/{one.slug}", one.name) for one in primitives}
    return {row.id: named.get(row.automation_id or row.primitive_id or row.id) or _of_many(row) for row in rows}


def _of_many(row: Budget) -> Target:
    return Target(row.kind.value, f"All {KINDS[row.kind].plural}") if row.kind else Target(None, "All runs")


@dataclass(frozen=True, slots=True)
class BudgetFigures:
    """A budget's month in numbers; `target` is empty for everything."""

    scope: BudgetScope
    target: str
    limit_usd: Decimal
    spent_usd: Decimal
    reserved_usd: Decimal
    refused_runs: int


async def budget_figures(session: AsyncSession, now: datetime) -> list[BudgetFigures]:
    """Return the figures of the first `MOST_MEASURED` budgets, the oldest first."""
    rows = (await session.scalars(select(Budget).order_by(Budget.id).limit(MOST_MEASURED))).all()
    if not rows:
        return []
    known, named = await standings(session, rows, now), await targets(session, rows)
    return [
        BudgetFigures(
            scope=row.scope,
            target=named[row.id].text or "",
            limit_usd=row.limit_usd,
            spent_usd=known[row.id].spent_usd,
            reserved_usd=known[row.id].reserved_usd,
            refused_runs=known[row.id].refused_runs,
        )
        for row in rows
    ]


async def waiting(session: AsyncSession, rows: Sequence[Budget]) -> dict[UUID, BudgetWaiting]:
    """Return who waits for each budget, by its id; those for which nobody waits are left out."""
    counts = Counter[tuple[UUID, UUID | None]]()
    opened = select(Run.budget_id, Run.automation_id, func.count()).where(
        BUDGET_HELD_CONDITION, among(Run.budget_id, [row.id for row in rows])
    )
    for budget_id, automation_id, count in await session.execute(opened.group_by(Run.budget_id, Run.automation_id)):
        if budget_id is not None:
            counts[budget_id, automation_id] += count
    own = {row.automation_id: row.id for row in rows if row.automation_id}
    # An automation's own budget holds runs before they are opened, too.
    held = select(Run.automation_id, func.count()).where(
        HELD_CONDITION, Run.held_by == HeldBy.BUDGET.value, among(Run.automation_id, own)
    )
    for automation_id, count in await session.execute(held.group_by(Run.automation_id)):
        if automation_id is not None:
            counts[own[automation_id], automation_id] += count
    ids = {key for _, key in counts if key is not None}
    named = {row.id: ref(row) for row in await session.scalars(select(Automation).where(among(Automation.id, ids)))}
    totals, who = Counter[UUID](), dict[UUID, list[AutomationRef]]()
    for (budget_id, automation_id), count in counts.most_common():
        totals[budget_id] += count
        if automation_id in named:
            who.setdefault(budget_id, []).append(named[automation_id])
    return {
        key: BudgetWaiting(runs=count, automations=tuple(who.get(key, ())[:MOST_NAMED]))
        for key, count in totals.items()
    }


def view(
    row: Budget,
    target: Target,
    standing: BudgetStanding,
    outlook: BudgetOutlook,
    waits: Mapping[UUID, BudgetWaiting],
) -> BudgetView:
    """Return a budget as the API shows it."""
    return BudgetView(
        id=row.id,
        scope=row.scope,
        target=target.text,
        target_id=row.automation_id or row.primitive_id,
        name=target.name,
        limit_usd_month=row.limit_usd,
        timezone=row.timezone,
        warn_at_percent=tuple(row.warn_at_percent),
        action=row.action,
        estimate_usd=row.estimate_usd,
        state=state_of(row, standing),
        month=BudgetMonthView(
            starts_at=standing.month.starts_at,
            ends_at=standing.month.ends_at,
            spent_usd=standing.spent_usd,
            reserved_usd=standing.reserved_usd,
            left_usd=left_usd(row.limit_usd, standing.spent_usd + standing.reserved_usd),
            runs_under_way=standing.runs_under_way,
            unknown_runs=standing.unknown_runs,
            refused_runs=standing.refused_runs,
            stopped_at=standing.stopped_at,
        ),
        outlook=outlook,
        waiting=waits.get(row.id) or BudgetWaiting(runs=0, automations=()),
        managed_by=row.managed_by,
        revision=row.revision,
        created_at=row.created_at,
        created_by=row.created_by,
        updated_at=row.updated_at,
    )


def state_of(row: Budget, standing: BudgetStanding) -> BudgetState:
    """Judge how much of a budget is spent."""
    level = level_reached(standing.spent_usd, row.limit_usd, row.warn_at_percent)
    if standing.stopped_at is not None or standing.spent_usd >= row.limit_usd:
        return BudgetState.SPENT
    return BudgetState.WARNING if level else BudgetState.OK
