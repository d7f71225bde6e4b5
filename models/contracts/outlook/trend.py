"""Trend: an automation's past, day by day. Amounts are US dollars; null is unknown."""

import datetime
import uuid

from models.contracts.base import Contract, Exact, Instant
from models.states import Severity


class TrendFigures(Contract):
    """Totals of the runs that started, or should have started, within a period."""

    started: int
    completed: int
    failed: int
    cancelled: int
    skipped: int
    missed: int
    success_rate: float | None
    """Success rate of finished runs in percent. null: none finished."""
    severity: Severity
    """Severity of that rate; healthy if none finished."""
    avg_duration_ms: int | None
    spent: Exact
    """Known cost, also of runs with unknown parts."""
    avg_cost_per_run: Exact | None
    """Mean cost of the runs whose cost is known."""
    unknown_costs: int
    """Number of ended runs with unknown cost."""


class TrendDay(TrendFigures):
    """One calendar day of the requested time zone; 23 or 25 hours long on a daylight-saving change."""

    day: datetime.date
    start: Instant
    end: Instant
    """Start of the next day."""


class Trend(Contract):
    """The latest days of an automation, today last, days without runs included."""

    automation_id: uuid.UUID
    timezone: str
    days: tuple[TrendDay, ...]
    total: TrendFigures
