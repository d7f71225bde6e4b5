"""When each automation fires next and what it will cost in the coming month, for all of them in one pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import ceil, floor

import numpy as np

from models.contracts.automations import Overlap
from models.rules.cost import coming_month, cost_of
from models.rules.cron import parse
from models.rules.instants import Instants, fire_instants
from models.rules.overlap import Fires, holds_back, shortest_interval, what_fires
from models.rules.projection import next_runs, starts_in_window
from models.rules.projection_plan import Plan, Row, make_plan
from models.rules.slowdown import keep_every
from models.rules.zone_clock import clock


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


IDLE = Row("0 0 * * *", "UTC", active=False)


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
    return {
        place: _played(one, one.row, ceil(start.timestamp()), ceil(end.timestamp()))
        for place, one in enumerate(standings)
        if one.active and one.row and one.mean_run_ms and is_held_back(one.row, one.overlap, one.mean_run_ms)
    }


def is_held_back(row: Row, overlap: Overlap, run_ms: int) -> bool:
    """Whether runs of that length take the place of later due times."""
    if not holds_back(overlap) or run_ms <= 60_000:
        return False
    every = row.slowdown.every if row.slowdown else 1
    return run_ms > shortest_interval(parse(row.cron)) * every * 1000


def _fires(one: Standing, count: int) -> int:
    return count if one.row else one.trailing_starts * one.active


def _played(one: Standing, row: Row, start: int, end: int) -> Fires:
    run_ms = one.mean_run_ms or 0
    busy_until_ms = int(one.busy_since.timestamp() * 1000) + run_ms if one.busy_since else 0
    return what_fires(due_instants(row, start, end), one.overlap, run_ms, busy_until_ms)


def due_instants(row: Row, start: int, end: int) -> Instants:
    """Return the due times of a schedule in [start, end), as its slowdown leaves them."""
    if row.slowdown is None:
        return fire_instants(parse(row.cron), clock(row.timezone), start, end)
    first = min(start, floor(row.slowdown.anchor.timestamp()))
    kept = keep_every(fire_instants(parse(row.cron), clock(row.timezone), first, end), row.slowdown)
    return kept[np.searchsorted(kept, start) :]
