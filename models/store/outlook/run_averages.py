"""Reads the averages of past runs (duration, cost, agent runs) from stats and hours."""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.cost import TRAILING, cascade_weight, mean_cost, mean_ms
from models.rules.projection.portfolio import Portfolio, RunAverages, expected_end_ms, joined
from models.store.ids import among
from models.store.outlook.portfolio import PortfolioCache
from models.store.outlook.run_averages_cache import MOST_AGAIN
from models.store.process_locks import held
from models.store.stats.counting import hour_of
from models.store.stats.hour_sums import spent_usd_since, starts_since
from models.store.tables.stats import AutomationStats

HOUR = timedelta(hours=1)


async def run_averages(session: AsyncSession, cache: PortfolioCache, portfolio: Portfolio) -> RunAverages:
    """Return the averages of a portfolio; only what has changed since the last call is read."""
    cached = cache.averages
    async with held(cached.lock, session):
        before, cached.known = cached.known, None  # Stays None if reading fails.
        changed = await cached.take_changes(session)
        if changed is None or before is None or cached.portfolio is not portfolio or len(changed) > MOST_AGAIN:
            known = _updated(portfolio, (await session.execute(_means(None))).all(), _nothing_known(portfolio))
        elif changed:
            known = _updated(portfolio, (await session.execute(_means(changed))).all(), before)
        else:
            known = before
        cached.known, cached.portfolio = known, portfolio
        return known


async def run_averages_of(
    session: AsyncSession, known: RunAverages, portfolio: Portfolio, wider: Portfolio
) -> RunAverages:
    """Extend a portfolio's averages by those that `wider` appends to it."""
    if wider is portfolio:
        return known
    more = Portfolio(wider.automations[len(portfolio.automations) :])
    rows = await session.execute(_means([one.id for one in more.automations]))
    told = _updated(more, rows.all(), _nothing_known(more))
    return joined(portfolio, known, more, told)[1]


async def trailing_starts(
    session: AsyncSession, cache: PortfolioCache, portfolio: Portfolio, now: datetime
) -> dict[UUID, int]:
    """Return how often each trigger has run within the last 30 days, to the hour."""
    triggers = set(portfolio.triggers)

    async def read(ids: Collection[UUID] | None) -> dict[UUID, int]:
        return await starts_since(session, since, triggers if ids is None else triggers & set(ids))

    since = hour_of(now - TRAILING)
    async with held(cache.averages.lock, session):
        return await cache.averages.trailing.read(since, read)


async def spent_since(session: AsyncSession, cache: PortfolioCache, since: datetime) -> dict[UUID, Decimal]:
    """Return the known cost of each automation, archived ones included, since the start of an hour."""

    async def read(ids: Collection[UUID] | None) -> dict[UUID, Decimal]:
        return await spent_usd_since(session, since, ids)

    async with held(cache.averages.lock, session):
        return await cache.averages.spent_usd.read(since, read)


def _means(ids: Collection[UUID] | None) -> Select[*tuple[Any, ...]]:
    stats = AutomationStats
    query: Select[*tuple[Any, ...]] = select(
        stats.automation_id,
        stats.duration_ms_sum,
        stats.duration_count,
        stats.agent_runs_sum,
        stats.completed + stats.failed + stats.cancelled,
        stats.cost_usd_sum,
        stats.cost_count,
        stats.running_now,
        stats.last_run_started_at,
    )
    return query.where(stats.started > 0) if ids is None else query.where(among(stats.automation_id, ids))


def _nothing_known(portfolio: Portfolio) -> RunAverages:
    size = len(portfolio.automations)
    weights = [cascade_weight(0, 0, one.members) for one in portfolio.automations]
    return RunAverages(
        run_ms=np.zeros(size, dtype=np.int64),
        weights=np.array(weights, dtype=np.float64),
        busy_until_ms=np.zeros(size, dtype=np.int64),
        mean_usd=[None] * size,
        samples=[0] * size,
    )


def _updated(portfolio: Portfolio, rows: Collection[Row[*tuple[Any, ...]]], before: RunAverages) -> RunAverages:
    """Return a copy of `before`, updated with these rows."""
    run_ms, weights, busy_until_ms = before.run_ms.copy(), before.weights.copy(), before.busy_until_ms.copy()
    mean_usd, samples = [*before.mean_usd], [*before.samples]
    indices = portfolio.indices
    for key, duration_ms, ended, agent_runs, closed, cost, known, running, last in rows:
        place = indices.get(key)
        if place is None:
            continue
        run_ms[place] = mean_ms(duration_ms, ended) or 0
        weights[place] = cascade_weight(agent_runs, closed, portfolio.automations[place].members)
        mean_usd[place], samples[place] = mean_cost(cost, known), known
        busy_until_ms[place] = expected_end_ms(running, last, int(run_ms[place]))
    return RunAverages(run_ms, weights, busy_until_ms, mean_usd, samples)
