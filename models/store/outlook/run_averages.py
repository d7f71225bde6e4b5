"""Reads what runs told so far of each automation: how long, how dear, how many agent runs; from stats and hours."""

from collections.abc import Collection
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.cost import TRAILING, cascade_weight, mean_cost
from models.rules.projection.portfolio import Experience, Roster
from models.store.ids import among
from models.store.outlook.portfolio import RosterCache
from models.store.outlook.run_averages_cache import MOST_AGAIN
from models.store.stats.folding import hour_of
from models.store.stats.hour_sums import spent_usd_since, starts_since
from models.store.tables.stats import AutomationStats

HOUR = timedelta(hours=1)


async def experience(session: AsyncSession, cache: RosterCache, roster: Roster) -> Experience:
    """Give the means of every automation of a roster; only what has changed since is read."""
    learned = cache.learned
    async with learned.lock:
        before, learned.known = learned.known, None  # Until it is read, nothing is known to be fresh.
        news = await learned.news(session)
        if news is None or before is None or learned.roster is not roster or len(news) > MOST_AGAIN:
            known = _told(roster, (await session.execute(_means(None))).all(), _nothing_known(roster))
        elif news:
            known = _told(roster, (await session.execute(_means(news))).all(), before)
        else:
            known = before
        learned.known, learned.roster = known, roster
        return known


async def experience_of(session: AsyncSession, known: Experience, roster: Roster, wider: Roster) -> Experience:
    """Give what is known of a roster, and of those that `wider` has behind it."""
    if wider is roster:
        return known
    more = Roster(wider.automations[len(roster.automations) :])
    rows = await session.execute(_means([one.id for one in more.automations]))
    told = _told(more, rows.all(), _nothing_known(more))
    return Experience(
        np.append(known.run_ms, told.run_ms),
        np.append(known.weights, told.weights),
        np.append(known.busy_until_ms, told.busy_until_ms),
        [*known.mean_usd, *told.mean_usd],
        [*known.samples, *told.samples],
    )


async def trailing_starts(session: AsyncSession, cache: RosterCache, roster: Roster, now: datetime) -> dict[UUID, int]:
    """Give how often each trigger has run within the last 30 days, to the hour."""
    triggers = set(roster.triggers)

    async def read(ids: Collection[UUID] | None) -> dict[UUID, int]:
        return await starts_since(session, since, triggers if ids is None else triggers & set(ids))

    since = hour_of(now - TRAILING)
    async with cache.learned.lock:
        return await cache.learned.trailing.read(since, read)


async def spent_since(session: AsyncSession, cache: RosterCache, since: datetime) -> dict[UUID, Decimal]:
    """Give what each automation, archived ones too, has cost since an hour began, as far as it is known."""

    async def read(ids: Collection[UUID] | None) -> dict[UUID, Decimal]:
        return await spent_usd_since(session, since, ids)

    async with cache.learned.lock:
        return await cache.learned.spent_usd.read(since, read)


def _means(ids: Collection[UUID] | None) -> Select[*tuple[Any, ...]]:
    stats = AutomationStats
    query: Select[*tuple[Any, ...]] = select(
        stats.automation_id,
        func.round(stats.duration_ms_sum / func.nullif(stats.duration_count, 0)),
        stats.agent_runs_sum,
        stats.completed + stats.failed + stats.cancelled,
        stats.cost_usd_sum,
        stats.cost_count,
        stats.running_now,
        stats.last_run_started_at,
    )
    return query.where(stats.started > 0) if ids is None else query.where(among(stats.automation_id, ids))


def _nothing_known(roster: Roster) -> Experience:
    size = len(roster.automations)
    weights = [cascade_weight(0, 0, one.members) for one in roster.automations]
    return Experience(
        run_ms=np.zeros(size, dtype=np.int64),
        weights=np.array(weights, dtype=np.float64),
        busy_until_ms=np.zeros(size, dtype=np.int64),
        mean_usd=[None] * size,
        samples=[0] * size,
    )


def _told(roster: Roster, rows: Collection[Row[*tuple[Any, ...]]], before: Experience) -> Experience:
    """Give a new experience: as before, but for these automations; who holds the old one keeps it."""
    run_ms, weights, busy_until_ms = before.run_ms.copy(), before.weights.copy(), before.busy_until_ms.copy()
    mean_usd, samples = [*before.mean_usd], [*before.samples]
    places = roster.places
    for key, mean_ms, agent_runs, closed, cost, known, running, last in rows:
        place = places.get(key)
        if place is None:
            continue
        run_ms[place] = mean_ms or 0
        weights[place] = cascade_weight(agent_runs, closed, roster.automations[place].members)
        mean_usd[place], samples[place] = mean_cost(cost, known), known
        busy_until_ms[place] = int(last.timestamp() * 1000) + int(run_ms[place]) if running and last else 0
    return Experience(run_ms, weights, busy_until_ms, mean_usd, samples)
