"""What is shown beside automations and lies in other tables: stats, neighbours, this month's spending, the forecast."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations import Source
from models.contracts.runs import AutomationRef
from models.errors import Invalid
from models.rules.cost import TRAILING, mean_cost
from models.rules.cron import parse
from models.rules.forecast import Forecast, Standing, projected
from models.rules.projection_plan import Row
from models.rules.slowdown import Slowdown
from models.rules.zone_clock import clock
from models.store import dependencies
from models.store.tables.automations import Automation
from models.store.tables.stats import AutomationHour, AutomationStats

Refs = Mapping[uuid.UUID, tuple[AutomationRef, ...]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """By automation; what is not there is nothing: no runs, no neighbours, nothing spent."""

    stats: Mapping[uuid.UUID, AutomationStats]
    needs: Refs
    triggers: Refs
    spent_usd: Mapping[uuid.UUID, Decimal]
    forecasts: Mapping[uuid.UUID, Forecast]


async def surroundings(session: AsyncSession, rows: Sequence[Automation], now: datetime) -> Surroundings:
    """Read what stands around these automations."""
    ids = [row.id for row in rows]
    query = select(AutomationStats).where(AutomationStats.automation_id.in_(ids))
    found = await session.scalars(query, execution_options={"populate_existing": True})
    stats = {row.automation_id: row for row in found}
    needs, triggers = await dependencies.around(session, ids)
    starts = await _trailing_starts(session, [row.id for row in rows if row.source is not Source.SCHEDULE], now)
    standings = [_standing(row, stats.get(row.id), starts.get(row.id, 0)) for row in rows]
    return Surroundings(
        stats=stats,
        needs=needs,
        triggers=triggers,
        spent_usd=await _spent(session, [row.id for row in rows if row.budget_usd_month is not None], now),
        forecasts=dict(zip(ids, projected(standings, now), strict=True)),
    )


def schedule_of(row: Automation) -> Row | None:
    """Give the schedule; None for a trigger, and where a newer zone database no longer knows its zone."""
    if row.source is not Source.SCHEDULE or row.cron_expr is None:
        return None
    try:
        parse(row.cron_expr)
        clock(row.timezone)
    except Invalid:
        # Its sync says so on the row; it must not take everybody else's list away.
        return None
    slowdown = Slowdown(row.slowdown, row.slowdown_anchor) if row.slowdown and row.slowdown_anchor else None
    return Row(row.cron_expr, row.timezone, slowdown=slowdown)


def can_fire(row: Automation) -> bool:
    """Tell whether its fires run, as far as switches go: neither it nor its primitive is paused or archived."""
    return row.is_active and row.archived_at is None and row.primitive.can_run


def _standing(row: Automation, stats: AutomationStats | None, trailing_starts: int) -> Standing:
    schedule = schedule_of(row)
    unreadable = row.source is Source.SCHEDULE and schedule is None
    active = can_fire(row) and not unreadable
    if stats is None:
        return Standing(schedule, active, row.overlap, trailing_starts=trailing_starts)
    return Standing(
        schedule,
        active,
        row.overlap,
        mean_cost_usd=mean_cost(stats.cost_usd_sum, stats.cost_count),
        trailing_starts=trailing_starts,
        mean_run_ms=round(stats.duration_ms_sum / stats.duration_count) if stats.duration_count else None,
        busy_since=stats.last_run_started_at if stats.running_now else None,
    )


async def _trailing_starts(session: AsyncSession, ids: Sequence[uuid.UUID], now: datetime) -> Mapping[uuid.UUID, int]:
    """Count how often each trigger has run within the last 30 days."""
    if not ids:
        return {}
    query = (
        select(AutomationHour.automation_id, func.sum(AutomationHour.started))
        .where(AutomationHour.automation_id.in_(ids), AutomationHour.hour > now - TRAILING - timedelta(hours=1))
        .group_by(AutomationHour.automation_id)
    )
    return {key: int(count) for key, count in await session.execute(query)}


async def _spent(session: AsyncSession, ids: Sequence[uuid.UUID], now: datetime) -> Mapping[uuid.UUID, Decimal]:
    """Sum the month's hours of those that have a budget, as `opening.spent_this_month` does for one."""
    if not ids:
        return {}
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    query = (
        select(AutomationHour.automation_id, func.sum(AutomationHour.known_usd_sum))
        .where(AutomationHour.automation_id.in_(ids), AutomationHour.hour >= month)
        .group_by(AutomationHour.automation_id)
    )
    return {key: spent or Decimal(0) for key, spent in await session.execute(query)}
