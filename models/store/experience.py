"""Reads what runs told so far of each automation: how long, how dear, how many agent runs; from the stats alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.cascade import cascade_weight
from models.rules.cost import TRAILING, mean_cost
from models.rules.roster import Experience, Roster
from models.store.tables.stats import AutomationHour, AutomationStats

HOUR = timedelta(hours=1)


async def experience(session: AsyncSession, roster: Roster) -> Experience:
    """Read the means of every automation of a roster."""
    size = len(roster.automations)
    run_ms, busy_until_ms = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    weights = np.array([cascade_weight(0, 0, one.members) for one in roster.automations], dtype=np.float64)
    mean_usd: list[Decimal | None] = [None] * size
    samples = [0] * size
    stats = AutomationStats
    query = select(
        stats.automation_id,
        func.round(stats.duration_ms_sum / func.nullif(stats.duration_count, 0)),
        stats.agent_runs_sum,
        stats.completed + stats.failed + stats.cancelled,
        stats.cost_usd_sum,
        stats.cost_count,
        stats.running_now,
        stats.last_run_started_at,
    ).where(stats.started > 0)
    places = roster.places
    for key, mean_ms, agent_runs, closed, cost, known, running, last in await session.execute(query):
        place = places.get(key)
        if place is None:
            continue
        run_ms[place] = mean_ms or 0
        if closed:
            weights[place] = cascade_weight(agent_runs, closed, 0)
        mean_usd[place], samples[place] = mean_cost(cost, known), known
        if running and last is not None:
            busy_until_ms[place] = int(last.timestamp() * 1000) + int(run_ms[place])
    return Experience(run_ms, weights, busy_until_ms, mean_usd, samples)


async def trailing_starts(session: AsyncSession, triggers: Sequence[UUID], now: datetime) -> dict[UUID, int]:
    """Give how often each trigger has run within the last 30 days."""
    if not triggers:
        return {}
    query = (
        select(AutomationHour.automation_id, func.sum(AutomationHour.started))
        .where(AutomationHour.automation_id.in_(triggers), AutomationHour.hour > now - TRAILING - HOUR)
        .group_by(AutomationHour.automation_id)
    )
    return {key: int(count) for key, count in await session.execute(query)}
