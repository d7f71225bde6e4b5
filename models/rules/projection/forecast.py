"""When each automation fires next and what it will cost in the coming month, for all of them in one pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import ceil

from models.contracts.automations import Overlap
from models.rules.cost import coming_month, cost_of
from models.rules.projection.overlap import Fires
from models.rules.projection.plan import Plan, Row, make_plan
from models.rules.projection.totals import next_runs, starts_in_window
from models.rules.schedule_due import IDLE, holds_from_ms, played


@dataclass(frozen=True, slots=True)
class Standing:
    """What the projection has to know of one automation.

    Attributes:
        row: Its schedule; None for a trigger.
        active: Neither paused nor archived.
        overlap: What a due time does while a run is under way.
        mean_cost_usd: The mean cost of its runs; None while none is known.
        trailing_starts: Of a trigger, how often it ran within the last 30 days.
        mean_run_ms: How long its runs take; None while unknown.
        busy_since: When the run began that is under way; None if none is.
    """

    row: Row | None
    active: bool = True
    overlap: Overlap = Overlap.SKIP
    mean_cost_usd: Decimal | None = None
    trailing_starts: int = 0
    mean_run_ms: int | None = None
    busy_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """One automation's future; `month_usd` is None where its cost is unknown."""

    next_due_at: datetime | None
    month_fires: int
    month_usd: Decimal | None


def plan_of(standings: Sequence[Standing]) -> Plan:
    """Prepare a plan with a place for each automation; triggers and paused ones never fire in it."""
    return make_plan([one.row if one.row and one.active else IDLE for one in standings])


def projected(standings: Sequence[Standing], now: datetime, plan: Plan | None = None) -> list[Forecast]:
    """Project every automation; `plan` saves its making when one of these standings is at hand."""
    plan = plan or plan_of(standings)
    start, end = coming_month(now)
    counts = starts_in_window(plan, start, end)
    for place, held in held_back(standings, start, end).items():
        counts[place] = held.due.size
    return [
        Forecast(due, fires := _fires(one, count), cost_of(fires, one.mean_cost_usd, active=one.active))
        for one, due, count in zip(standings, next_runs(plan, now), counts.tolist(), strict=True)
    ]


def held_back(standings: Sequence[Standing], start: datetime, end: datetime) -> Mapping[int, Fires]:
    """Return, by place, what fires in [start, end) of automations whose runs outlast their intervals."""
    low, high = ceil(start.timestamp()), ceil(end.timestamp())
    return {
        place: played(one.row, one.overlap, one.mean_run_ms, _busy_until_ms(one), low, high)
        for place, one in enumerate(standings)
        if one.active and one.row and one.mean_run_ms and one.mean_run_ms > holds_from_ms(one.row, one.overlap)
    }


def _busy_until_ms(one: Standing) -> int:
    return int(one.busy_since.timestamp() * 1000) + (one.mean_run_ms or 0) if one.busy_since else 0


def _fires(one: Standing, count: int) -> int:
    return count if one.row else one.trailing_starts * one.active
