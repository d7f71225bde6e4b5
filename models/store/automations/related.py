"""Related data needed to render automations: stats, dependencies, this month's spending, the forecast."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs import AutomationRef
from models.rules.cost import TRAILING, mean_cost, this_month
from models.rules.durations import mean_ms
from models.rules.projection.forecast import Forecast, Standing, projected
from models.rules.schedules import schedule_of
from models.states import Source
from models.store.automations import dependencies
from models.store.ids import among
from models.store.stats.folding import hour_of
from models.store.stats.hour_sums import spent_usd_since, starts_since
from models.store.tables.automations import Automation
from models.store.tables.stats import AutomationStats

Refs = Mapping[uuid.UUID, tuple[AutomationRef, ...]]


@dataclass(frozen=True, slots=True)
class Related:
    """Related data by automation id; a missing key means no runs, no dependencies, nothing spent."""

    stats: Mapping[uuid.UUID, AutomationStats]
    depends_on: Refs
    triggers: Refs
    spent_usd: Mapping[uuid.UUID, Decimal]
    forecasts: Mapping[uuid.UUID, Forecast]


async def read_related(session: AsyncSession, rows: Sequence[Automation], now: datetime) -> Related:
    ids = [row.id for row in rows]
    query = select(AutomationStats).where(among(AutomationStats.automation_id, ids))
    found = await session.scalars(query, execution_options={"populate_existing": True})
    stats = {row.automation_id: row for row in found}
    depends_on, triggers = await dependencies.direct_dependencies(session, ids)
    triggers_only = [row.id for row in rows if row.source is not Source.SCHEDULE]
    starts = await starts_since(session, hour_of(now - TRAILING), triggers_only)
    standings = [_standing(row, stats.get(row.id), starts.get(row.id, 0)) for row in rows]
    return Related(
        stats=stats,
        depends_on=depends_on,
        triggers=triggers,
        spent_usd=await spent_usd_since(
            session, this_month(now)[0], [row.id for row in rows if row.budget_usd_month is not None]
        ),
        forecasts=dict(zip(ids, projected(standings, now), strict=True)),
    )


def can_fire(row: Automation) -> bool:
    """Return whether neither the automation nor its primitive is paused or archived."""
    return row.is_active and row.archived_at is None and row.primitive.can_run


def _standing(row: Automation, stats: AutomationStats | None, trailing_starts: int) -> Standing:
    schedule = schedule_of(row.source, row.cron_expr, row.timezone, row.slowdown, row.slowdown_anchor)
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
        mean_run_ms=mean_ms(stats.duration_ms_sum, stats.duration_count),
        busy_since=stats.last_run_started_at if stats.running_now else None,
    )
