"""Related data needed to render automations: stats, dependencies, spent budgets, the forecast."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.cost import TRAILING, mean_cost, mean_ms
from models.rules.projection.forecast import Forecast, forecasts
from models.rules.projection.portfolio import Portfolio, ProjectedAutomation, RunAverages, expected_end_ms
from models.states import Source
from models.store.admission.queue import can_hold, count_waiting
from models.store.automations.dependencies import DirectDependencies, direct_dependencies, only
from models.store.automations.pausing import is_snoozed, will_fire
from models.store.automations.projected import projected_automation
from models.store.budgets.exhausted import exhausted_until
from models.store.ids import among
from models.store.stats.counting import hour_of
from models.store.stats.hour_sums import starts_since
from models.store.tables.automations import Automation
from models.store.tables.stats import AutomationStats


@dataclass(frozen=True, slots=True)
class Related:
    """Related data by automation id; a missing key means no runs, no dependencies, budget left."""

    stats: Mapping[uuid.UUID, AutomationStats]
    dependencies: DirectDependencies
    exhausted_until: Mapping[uuid.UUID, datetime]
    """Automations whose budget has no room for a run, and until when."""
    forecasts: Mapping[uuid.UUID, Forecast]
    waiting: Mapping[uuid.UUID, int]

    def of(self, automation_id: uuid.UUID) -> "Related":
        """Return what belongs to one automation, so that whoever keeps it does not keep the rest."""
        parts = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "dependencies"}
        own = {name: only(part, automation_id) for name, part in parts.items()}
        return Related(dependencies=self.dependencies.of(automation_id), **own)


async def read_stats(session: AsyncSession, rows: Sequence[Automation]) -> dict[uuid.UUID, AutomationStats]:
    """Return the statistics of these automations as they are now."""
    query = select(AutomationStats).where(among(AutomationStats.automation_id, [row.id for row in rows]))
    found = await session.scalars(query, execution_options={"populate_existing": True})
    return {row.automation_id: row for row in found}


async def read_related(
    session: AsyncSession, rows: Sequence[Automation], stats: Mapping[uuid.UUID, AutomationStats], now: datetime
) -> Related:
    ids = [row.id for row in rows]
    triggers_only = [row.id for row in rows if row.source is not Source.SCHEDULE]
    starts = await starts_since(session, hour_of(now - TRAILING), triggers_only)
    portfolio = Portfolio(tuple(_projected(row) for row in rows))
    averages = _run_averages([stats.get(row.id) for row in rows])
    return Related(
        stats=stats,
        dependencies=await direct_dependencies(session, ids),
        exhausted_until=await exhausted_until(session, rows, stats, now),
        forecasts=dict(zip(ids, forecasts(portfolio, averages, starts, now), strict=True)),
        waiting=await count_waiting(session, [row.id for row in rows if can_hold(row)]),
    )


def _projected(row: Automation) -> ProjectedAutomation:
    return projected_automation(
        row,
        primitive_slug=row.primitive.slug,
        will_fire=will_fire(row),
        members=0,
        snoozed_until=row.paused_until if is_snoozed(row) else None,
    )


def _run_averages(stats: Sequence[AutomationStats | None]) -> RunAverages:
    run_ms = [(one and mean_ms(one.duration_ms_sum, one.duration_count)) or 0 for one in stats]
    return RunAverages(
        run_ms=np.array(run_ms, dtype=np.int64),
        weights=np.ones(len(stats)),
        busy_until_ms=np.array(
            [
                expected_end_ms(one.running_now, one.last_run_started_at, ms) if one else 0
                for one, ms in zip(stats, run_ms, strict=True)
            ],
            dtype=np.int64,
        ),
        mean_usd=[mean_cost(one.cost_usd_sum, one.cost_count) if one else None for one in stats],
        samples=[one.cost_count if one else 0 for one in stats],
    )
