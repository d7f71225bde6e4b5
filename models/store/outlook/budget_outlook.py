"""Projects budgets from the schedules, what their runs cost on average, and what the month has cost so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import numpy as np
import numpy.typing as npt
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from models.contracts.governance.budgets import BudgetOutlook
from models.rules.arrays import Mask
from models.rules.budgets.outlook import BudgetSoFar, PlannedCosts, day_edges, outlook
from models.rules.cost import NOTHING, SMALLEST, TRAILING, p90_cost
from models.rules.projection.portfolio import Portfolio, RunAverages, fires_until
from models.states import BudgetScope, Source
from models.store.budgets.applying import RootRunOf, covers
from models.store.budgets.standings import BudgetStanding
from models.store.ids import among
from models.store.outlook.costs import recent_costs
from models.store.outlook.portfolio import PortfolioCache, current_portfolio
from models.store.outlook.run_averages import run_averages, trailing_starts
from models.store.stats.hour_sums import spent_usd_since
from models.store.tables.automations import Automation
from models.store.tables.budgets import Budget

MOST_P90 = 200
"""Of so many automations, the most expensive ones, the 90th percentile is read; others count at the mean."""
Amounts = npt.NDArray[np.float64]


async def outlooks(
    session: AsyncSession,
    cache: PortfolioCache,
    budgets: Sequence[Budget],
    known: Mapping[UUID, BudgetStanding],
    now: datetime,
) -> dict[UUID, BudgetOutlook]:
    """Return the outlook of each budget, by its id."""
    if not budgets:
        return {}
    portfolio = await current_portfolio(session, cache)
    averages = await run_averages(session, cache, portfolio)
    trailing = await trailing_starts(session, cache, portfolio, now)
    fires: dict[tuple[str, datetime], tuple[list[datetime], Amounts]] = {}
    spent: dict[datetime, list[_Spent]] = {}
    found = {}
    p90 = await _p90(session, portfolio, averages, trailing)
    for one in budgets:
        standing = known[one.id]
        key = (one.timezone, standing.month.ends_at)
        if key not in fires:
            edges = day_edges(now, standing.month, one.timezone)
            fires[key] = edges, _fires(portfolio, averages, trailing, now, edges)
        since = standing.month.starts_at
        if since not in spent:
            spent[since] = await _spent_since(session, since)
        mine = _mask(portfolio, one)
        found[one.id] = outlook(
            now,
            BudgetSoFar(
                limit_usd=one.limit_usd,
                timezone=one.timezone,
                month=standing.month,
                spent_usd=standing.spent_usd,
                reserved_usd=standing.reserved_usd,
                unplanned_usd=max(standing.spent_usd - _spent_by(one, spent[since]), NOTHING),
            ),
            _planned(portfolio, averages, p90, mine, *fires[key]),
        )
    return found


def _fires(
    portfolio: Portfolio,
    averages: RunAverages,
    trailing: Mapping[UUID, int],
    now: datetime,
    edges: Sequence[datetime],
) -> Amounts:
    """Return rows x edges: how often each automation fires until then; a trigger at the rate of its last 30 days."""
    counts = fires_until(portfolio, averages, now, edges).astype(np.float64)
    for index, one in enumerate(portfolio.automations):
        if one.source is not Source.SCHEDULE and one.active and (rate := trailing.get(one.id, 0)):
            begin = max(now, one.snoozed_until or now)
            counts[index] = [rate * max((edge - begin) / TRAILING, 0.0) for edge in edges]
    return counts


async def _p90(
    session: AsyncSession, portfolio: Portfolio, averages: RunAverages, trailing: Mapping[UUID, int]
) -> dict[int, Decimal]:
    """Return the 90th percentile of the automations with the highest mean cost, by index."""
    costly = sorted(
        (index for index, usd in enumerate(averages.mean_usd) if usd and portfolio.automations[index].active),
        key=lambda index: averages.mean_usd[index] or NOTHING,
        reverse=True,
    )[:MOST_P90]
    recent = await recent_costs(session, [portfolio.automations[index].id for index in costly])
    found = {index: p90_cost(recent.get(portfolio.automations[index].id, ())) for index in costly}
    return {index: usd for index, usd in found.items() if usd is not None}


def _planned(
    portfolio: Portfolio,
    averages: RunAverages,
    p90: Mapping[int, Decimal],
    mine: Mask,
    edges: Sequence[datetime],
    fires: Amounts,
) -> PlannedCosts:
    chosen = np.flatnonzero(mine & portfolio.active)
    means = np.array([float(averages.mean_usd[index] or 0) for index in chosen.tolist()])
    highs = np.array([float(p90.get(index, averages.mean_usd[index] or 0)) for index in chosen.tolist()])
    wanted = fires[chosen]
    fires_at_all = wanted[:, -1] > 0
    unknown = [averages.mean_usd[index] is None for index in chosen.tolist()]
    return PlannedCosts(
        edges=edges,
        mean_usd=_sums(means, wanted),
        p90_usd=_sums(highs, wanted),
        unknown_automations=int((fires_at_all & np.array(unknown, dtype=np.bool_)).sum()),
    )


def _sums(per_run: Amounts, fires: Amounts) -> list[Decimal]:
    return [Decimal(float(usd)).quantize(SMALLEST) for usd in per_run @ fires]


@dataclass(frozen=True, slots=True)
class _Spent:
    """What an automation, archived or not, has spent since the start of a month."""

    run: RootRunOf
    usd: Decimal


async def _spent_since(session: AsyncSession, since: datetime) -> list[_Spent]:
    spent = await spent_usd_since(session, since, None)
    columns = load_only(Automation.id, Automation.kind, Automation.primitive_id)
    rows = await session.scalars(select(Automation).where(among(Automation.id, spent)).options(columns))
    return [_Spent(RootRunOf(row), spent[row.id]) for row in rows]


def _spent_by(budget: Budget, spent: Sequence[_Spent]) -> Decimal:
    return sum((one.usd for one in spent if covers(budget, one.run)), NOTHING)


def _mask(portfolio: Portfolio, budget: Budget) -> Mask:
    """Return which automations' root runs the budget counts."""
    match budget.scope:
        case BudgetScope.ALL:
            return np.ones(len(portfolio.automations), dtype=np.bool_)
        case BudgetScope.KIND:
            return np.array([one.kind is budget.kind for one in portfolio.automations], dtype=np.bool_)
        case BudgetScope.PRIMITIVE:
            wanted = budget.primitive_id
            return np.array([one.primitive_id == wanted for one in portfolio.automations], dtype=np.bool_)
        case BudgetScope.AUTOMATION:
            return np.array([one.id == budget.automation_id for one in portfolio.automations], dtype=np.bool_)
