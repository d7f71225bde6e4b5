"""How an automation has done day by day, on the wire; amounts in US dollars, null where nothing is known."""

import datetime
import uuid

from models.contracts.base import Contract, Exact, Instant
from models.states import Severity


class TrendFigures(Contract):
    """What the runs came to that started, or were to start, within a time."""

    started: int
    completed: int
    failed: int
    cancelled: int
    skipped: int
    missed: int
    success_rate: float | None
    """Of the finished runs, in percent; null without any."""
    severity: Severity
    """The band of that rate; healthy where nothing has finished."""
    avg_duration_ms: int | None
    spent: Exact
    """All that is known to be spent, also of runs that cost something unknown besides."""
    avg_cost_per_run: Exact | None
    """Of the runs whose whole cost is known."""
    unknown_costs: int
    """How many runs that have ended cost something unknown."""


class TrendDay(TrendFigures):
    """One calendar day of the asked zone; 23 or 25 hours long where its clocks change."""

    day: datetime.date
    start: Instant
    end: Instant
    """The first instant of the next day."""


class Trend(Contract):
    """An automation's newest days, oldest first, today last; every day is there, whether anything ran or not."""

    automation_id: uuid.UUID
    timezone: str
    days: tuple[TrendDay, ...]
    total: TrendFigures
