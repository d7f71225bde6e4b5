"""What automations cost: the mean of what is known, times how often they will fire.

The rule kept here: what is unknown stays unknown (None), it never counts as nothing; only what will not fire costs 0.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil

TRAILING = timedelta(days=30)
NOTHING = Decimal(0)
SMALLEST = Decimal("0.00000001")
"""The unit of every amount, as the database has it: what is in whole units adds up and subtracts exactly."""
LEAST_WEIGHT = 1.0


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
    """Give the mean cost of the root runs whose cost is known; children are inside their root."""
    return cost_usd_sum / known if known else None


def p90_cost(recent_usd: Sequence[Decimal | str]) -> Decimal | None:
    """Give the 90th percentile of known costs by nearest rank: the smallest that nine in ten do not exceed."""
    ordered = sorted(Decimal(cost) for cost in recent_usd)
    return ordered[ceil(len(ordered) * 0.9) - 1] if ordered else None


def cost_of(fires: Decimal | int, per_run_usd: Decimal | None, *, active: bool) -> Decimal | None:
    """Give what that many fires cost, in whole units; a paused automation costs nothing, whatever is known of it."""
    if not active:
        return NOTHING
    return None if per_run_usd is None else (fires * per_run_usd).quantize(SMALLEST)


def coming_month(now: datetime) -> tuple[datetime, datetime]:
    """Give the calendar month that begins now: up to the same day and time of the next month, or its last day."""
    return now, _months_later(now, 1)


def this_month(now: datetime) -> tuple[datetime, datetime]:
    """Give the calendar month (UTC) in which `now` lies: its first instant and the next month's."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first, _months_later(first, 1)


def trailing_fires(fires: int, span: timedelta) -> Decimal:
    """Give how often a trigger will fire within `span` if it goes on as in its trailing 30 days."""
    return fires * Decimal(span // timedelta(seconds=1)) / Decimal(TRAILING // timedelta(seconds=1))


def _months_later(moment: datetime, months: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    for day in range(moment.day, 27, -1):
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return moment.replace(year=year, month=month + 1)
