"""The cost of automations: the mean of the known costs, times how often they will fire.

An unknown cost stays unknown (None) and never counts as 0; only what will not fire costs 0.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil

from models.contracts.automations.live import CostEstimate

TRAILING = timedelta(days=30)
NOTHING = Decimal(0)
SMALLEST = Decimal("0.00000001")
"""The unit of every amount, as in the database: amounts in whole units add up and subtract exactly."""
LEAST_WEIGHT = 1.0
LEAST_FOR_P90 = 5
SECOND = timedelta(seconds=1)


def mean_ms(duration_ms_sum: int, count: int) -> int | None:
    """Return the mean duration in whole milliseconds, or None before the first run that ended."""
    return round(duration_ms_sum / count) if count else None


def cascade_weight(agent_runs: int, closed_runs: int, members: int) -> float:
    """Return the mean number of agent runs that one fire causes, at least 1.

    Args:
        agent_runs: Agent runs caused by the closed root runs.
        closed_runs: Root runs that have run and closed.
        members: Roles in which the primitive's runs call agents: the estimate until a run has closed.
    """
    expected = agent_runs / closed_runs if closed_runs else members
    return max(float(expected), LEAST_WEIGHT)


def mean_cost(cost_usd_sum: Decimal, known: int) -> Decimal | None:
    """Return the mean cost of root runs with a known cost, which includes their children; None if there are none."""
    return cost_usd_sum / known if known else None


def p90_cost(recent_usd: Sequence[Decimal | str]) -> Decimal | None:
    """Return the 90th percentile of known costs by nearest rank; None if there are none."""
    ordered = sorted(Decimal(cost) for cost in recent_usd)
    return ordered[ceil(len(ordered) * 0.9) - 1] if ordered else None


def expected_cost(recent_usd: Sequence[Decimal]) -> Decimal | None:
    """Return what the next run is expected to cost, carefully: the 90th percentile from five known costs on, else the
    mean; None while none is known.
    """
    if len(recent_usd) >= LEAST_FOR_P90:
        return p90_cost(recent_usd)
    return mean_cost(sum(recent_usd, NOTHING), len(recent_usd))


def cost_of(fires: Decimal | int, per_run_usd: Decimal | None, *, active: bool) -> Decimal | None:
    """Return what that many fires cost, in whole units; 0 if paused, None if the cost of a run is unknown."""
    if not active:
        return NOTHING
    return None if per_run_usd is None else (fires * per_run_usd).quantize(SMALLEST)


def month_estimate(
    fires: int, mean_usd: Decimal | None, p90_usd: Decimal | None, sample: int, *, active: bool
) -> CostEstimate:
    """Return what a month's fires cost: at the mean cost, and if every run cost as much as the 90th percentile."""
    return CostEstimate(
        mean=cost_of(fires, mean_usd, active=active), p90=cost_of(fires, p90_usd, active=active), sample=sample
    )


def coming_month(now: datetime) -> tuple[datetime, datetime]:
    """Return the month that begins now: up to the same day and time of the next month, or its last day."""
    return now, _months_later(now, 1)


def this_month(now: datetime) -> tuple[datetime, datetime]:
    """Return the start of the calendar month (UTC) of `now`, and of the next month."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first, _months_later(first, 1)


def trailing_fires(fires: int, span: timedelta) -> Decimal:
    """Return how often a trigger fires within `span` at the rate of its trailing 30 days."""
    return fires * Decimal(span // timedelta(seconds=1)) / Decimal(TRAILING // timedelta(seconds=1))


def open_share(snoozed_until: datetime | None, start: datetime, end: datetime) -> Decimal:
    """Return which part of a span is left after a snooze: 1 without one, 0 if it outlasts the span."""
    if snoozed_until is None or snoozed_until <= start:
        return Decimal(1)
    return Decimal(max(end - snoozed_until, timedelta(0)) // SECOND) / Decimal((end - start) // SECOND)


def _months_later(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return moment.replace(year=year, month=month + 1)
