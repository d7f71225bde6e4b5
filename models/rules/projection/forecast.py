"""When each automation fires next, how often in the coming month, and what that costs; all of them in one pass."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from models.rules.cost import coming_month, cost_of, open_share
from models.rules.projection.next_fire import next_fires
from models.rules.projection.portfolio import Portfolio, ProjectedAutomation, RunAverages, fires_until
from models.states import Source


@dataclass(frozen=True, slots=True)
class Forecast:
    """One automation's coming month; `month_usd` is None if its cost is unknown."""

    next_due_at: datetime | None
    month_fires: int
    month_usd: Decimal | None


def forecasts(
    portfolio: Portfolio, averages: RunAverages, trailing: Mapping[UUID, int], now: datetime
) -> list[Forecast]:
    """Forecast every automation; `trailing` is how often each trigger ran within the last 30 days."""
    due_counts = fires_until(portfolio, averages, now, [coming_month(now)[1]])[:, 0].tolist()
    next_due = next_fires(portfolio.plan, now)
    return [
        Forecast(due, fires := month_fires(one, count, trailing, now), cost_of(fires, mean_usd, active=one.active))
        for one, count, mean_usd, due in zip(
            portfolio.automations, due_counts, averages.mean_usd, next_due, strict=True
        )
    ]


def month_fires(one: ProjectedAutomation, due_count: int, trailing: Mapping[UUID, int], now: datetime) -> int:
    """Return how often it fires in the coming month: a trigger at the rate of its trailing 30 days."""
    if not one.active or one.source is Source.SCHEDULE:
        return due_count
    return round(trailing.get(one.id, 0) * open_share(one.snoozed_until, *coming_month(now)))
