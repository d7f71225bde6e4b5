"""The cache of statistics equals the database, whoever changed it and after any failure."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models.rules.cost import this_month
from models.states import Source
from models.store.outlook.portfolio import PortfolioCache, current_portfolio
from models.store.outlook.run_averages import run_averages, spent_since, trailing_starts
from models.store.stats.counting import hour_of
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.stats import AutomationHour, AutomationStats
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation
from tests.support.eventually import assert_eventually

NOW = datetime.now(UTC)
MONTH = this_month(NOW)[0]


async def hook(sessions: Sessions) -> Automation:
    async with transaction(sessions) as session:
        return await make_automation(session, await make_agent(session), Source.WEBHOOK)


async def fold(sessions: Sessions, automation: Automation, runs: int) -> None:
    """Set the statistics and the current hour to this number of runs of one dollar and one second."""
    sums: dict[str, Any] = {"started": runs, "completed": runs, "cost_count": runs}
    sums |= dict.fromkeys(("cost_usd_sum", "known_usd_sum"), Decimal(runs))
    lasted = {"duration_ms_sum": 1000 * runs, "duration_count": runs, "agent_runs_sum": 2 * runs}
    async with transaction(sessions) as session:
        await session.merge(AutomationStats(automation_id=automation.id, **sums, **lasted))
        await session.merge(AutomationHour(automation_id=automation.id, hour=hour_of(NOW), **sums))


async def told(sessions: Sessions, cache: PortfolioCache) -> list[tuple[int, float, int, Decimal, int]]:
    """Return by automation: run time, cascade, sample, spent, trailing starts."""
    async with transaction(sessions) as session:
        portfolio = await current_portfolio(session, cache)
        known = await run_averages(session, cache, portfolio)
        spent = await spent_since(session, cache, MONTH)
        trailing = await trailing_starts(session, cache, portfolio, NOW)
    return [
        (
            int(known.run_ms[place]),
            float(known.weights[place]),
            known.samples[place],
            spent.get(one.id, Decimal(0)),
            trailing.get(one.id, 0),
        )
        for place, one in enumerate(portfolio.automations)
    ]


NOTHING = (0, 1.0, 0, Decimal(0), 0)


async def test_only_changed_entries_are_read_again(sessions: Sessions) -> None:
    cache, one = PortfolioCache(), await hook(sessions)
    assert await told(sessions, cache) == [NOTHING]
    await fold(sessions, one, 3)
    assert await told(sessions, cache) == [(1000, 2.0, 3, Decimal(3), 3)]
    assert await told(sessions, cache) == [(1000, 2.0, 3, Decimal(3), 3)]
    two = await hook(sessions)
    await fold(sessions, two, 1)
    await fold(sessions, one, 4)
    assert sorted(await told(sessions, cache)) == [(1000, 2.0, 1, Decimal(1), 1), (1000, 2.0, 4, Decimal(4), 4)]
    assert sorted(await told(sessions, PortfolioCache())) == sorted(await told(sessions, cache))


async def impatient(sessions: Sessions, cache: PortfolioCache) -> None:
    async with sessions() as session:
        await session.execute(text("SET LOCAL lock_timeout = '50ms'"))
        await run_averages(session, cache, cache.portfolio)


async def test_a_failed_refresh_leaves_nothing_stale(sessions: Sessions) -> None:
    cache, one = PortfolioCache(), await hook(sessions)
    await told(sessions, cache)
    await fold(sessions, one, 3)
    async with sessions() as session:
        await session.execute(text("LOCK TABLE automation_stats"))
        with pytest.raises(DBAPIError):
            await impatient(sessions, cache)
    assert await told(sessions, cache) == [(1000, 2.0, 3, Decimal(3), 3)]


async def test_a_primitive_that_commits_late_is_noticed(sessions: Sessions) -> None:
    cache = PortfolioCache()
    await hook(sessions)
    async with transaction(sessions) as late:
        agent = await make_agent(late, "late")
        await make_automation(late, agent, Source.WEBHOOK)
        agent_id = agent.id
    async with transaction(sessions) as late:
        changed = await late.get_one(Primitive, agent_id)
        changed.slug, changed.revision = "renamed", changed.revision + 1
        changed.updated_at = datetime.now(UTC)
        await late.flush()
        async with transaction(sessions) as session:
            await make_agent(session, "newer")
        async with transaction(sessions) as session:
            await current_portfolio(session, cache)
    async with transaction(sessions) as session:
        portfolio = await current_portfolio(session, cache)
    assert "renamed" in {one.primitive_slug for one in portfolio.automations}


async def test_who_waits_for_the_cache_holds_no_connection(sessions: Sessions) -> None:
    cache = PortfolioCache()
    engine = sessions.kw["bind"]

    async def ask() -> int:
        async with transaction(sessions) as session:
            await session.execute(text("SELECT 1"))
            return len((await current_portfolio(session, cache)).automations)

    async with cache.lock:
        waiting = [asyncio.create_task(ask()) for _ in range(5)]

        async def all_wait() -> None:
            assert len(cache.lock._waiters or ()) == 5

        await assert_eventually(all_wait)
        assert engine.pool.checkedout() == 0
    assert await asyncio.gather(*waiting) == [0] * 5
