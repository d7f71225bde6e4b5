"""Costs of automations, read from stats and hours and projected over the coming month."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.outlook.costs import AutomationCost, Costs
from models.rules.arrays import Mask
from models.rules.cost import NOTHING, coming_month, month_estimate, p90_cost, this_month
from models.rules.projection.month_costs import CostLine, by_kind_usd, cost_lines, total_usd, unknown_count
from models.rules.projection.portfolio import Portfolio, RunAverages
from models.store.ids import among
from models.store.outlook.portfolio import PortfolioCache, current_portfolio, with_archived
from models.store.outlook.run_averages import run_averages, run_averages_of, spent_since, trailing_starts
from models.store.outlook.selection import selection_mask
from models.store.stats.folding import known_costs
from models.store.tables.stats import AutomationStats


async def costs(
    session: AsyncSession, cache: PortfolioCache, wanted: Set[UUID] | None, *, limit: int, now: datetime
) -> Costs:
    """Return the costs of the selected automations; totals cover all of them, `limit` are listed."""
    live = await current_portfolio(session, cache)
    portfolio = await with_archived(session, live, wanted)
    chosen = selection_mask(portfolio, wanted)
    known = await run_averages_of(session, await run_averages(session, cache, live), live, portfolio)
    spent = await spent_since(session, cache, this_month(now)[0])
    lines = await lines_of(session, cache, portfolio, known, chosen, spent, now)
    named = lines[:limit]
    recent = await recent_costs(session, [line.automation.id for line in named])
    # Asked for everything, what archived automations cost this month has been spent all the same.
    paid = spent.values() if wanted is None else [spent[key] for key in wanted if key in spent]
    so_far = sum(paid, NOTHING)
    start, end = coming_month(now)
    to_come = sum((line.month_end_usd - line.spent_usd for line in lines if line.month_end_usd is not None), NOTHING)
    return Costs(
        window_start=start,
        window_end=end,
        automations=tuple(_view(line, p90_cost(recent.get(line.automation.id, ()))) for line in named),
        automations_left_out=len(lines) - len(named),
        by_primitive=by_kind_usd(lines),
        total=total_usd(lines),
        unknown=unknown_count(lines),
        spent_this_month=so_far,
        month_end=so_far + to_come,
    )


async def lines_of(
    session: AsyncSession,
    cache: PortfolioCache,
    portfolio: Portfolio,
    known: RunAverages,
    chosen: Mask,
    spent: Mapping[UUID, Decimal],
    now: datetime,
) -> list[CostLine]:
    """Return the cost lines of the selected automations."""
    trailing = await trailing_starts(session, cache, portfolio, now)
    return cost_lines(portfolio, known, trailing, spent, chosen, now)


async def recent_costs(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[Decimal]]:
    """Return the known costs of the newest runs, oldest first, by automation; those that never ran are left out."""
    query = select(AutomationStats.automation_id, AutomationStats.recent_costs)
    query = query.where(among(AutomationStats.automation_id, ids))
    return {key: known_costs(recent) for key, recent in await session.execute(query)}


def _view(line: CostLine, p90: Decimal | None) -> AutomationCost:
    one = line.automation
    return AutomationCost(
        id=one.id,
        slug=one.slug,
        name=one.name,
        primitive_type=one.kind,
        type=one.source,
        is_active=one.active and one.snoozed_until is None,
        mean=line.mean_usd,
        p90=p90,
        sample=line.sample,
        occurrences=line.occurrences,
        est_monthly_cost=month_estimate(line.occurrences, line.mean_usd, p90, line.sample, active=one.active),
        spent_this_month=line.spent_usd,
        month_end=line.month_end_usd,
    )
