"""What a budget's month is expected to come to, and the day on which it will be spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from models.contracts.governance.budgets import BudgetOutlook
from models.rules.budgets.months import Month
from models.rules.cost import NOTHING, SMALLEST
from models.rules.cron.zones import zone

DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class BudgetSoFar:
    """A budget at a moment of its month.

    Attributes:
        reserved_usd: What is held back for the runs under way, which will be spent.
        unplanned_usd: The part of `spent_usd` that no automation's plan accounts for: runs by hand, and calls by runs
            that count for other budgets.
    """

    limit_usd: Decimal
    timezone: str
    month: Month
    spent_usd: Decimal
    reserved_usd: Decimal
    unplanned_usd: Decimal


@dataclass(frozen=True, slots=True)
class PlannedCosts:
    """What the fires to come cost from now up to each edge, at the mean and at the 90th percentile."""

    edges: Sequence[datetime]
    mean_usd: Sequence[Decimal]
    p90_usd: Sequence[Decimal]
    unknown_automations: int


def day_edges(now: datetime, month: Month, timezone: str) -> list[datetime]:
    """Return the ends of the days that are left of a month, in its time zone; the last is the month's end."""
    tz = zone(timezone)
    edges, day = [], now.astimezone(tz).date() + DAY
    while (edge := datetime(day.year, day.month, day.day, tzinfo=tz)) < month.ends_at:
        edges.append(edge)
        day += DAY
    return [*edges, month.ends_at]


def outlook(now: datetime, one: BudgetSoFar, planned: PlannedCosts) -> BudgetOutlook:
    """Project a month: what is spent and reserved, the fires to come, and the rest at the pace of the month so far.

    The pace is that of at least a day: a few minutes after the start of a month say nothing about it.
    """
    elapsed = max(now - one.month.starts_at, DAY)
    sure = one.spent_usd + one.reserved_usd
    rest = [_share(one.unplanned_usd, edge - now, elapsed) for edge in planned.edges]
    mean = [sure + part + more for part, more in zip(planned.mean_usd, rest, strict=True)]
    p90 = [sure + part + more for part, more in zip(planned.p90_usd, rest, strict=True)]
    return BudgetOutlook(
        month_end_usd=mean[-1],
        month_end_p90_usd=p90[-1],
        ends_on=_day(now, one, planned.edges, mean),
        ends_on_p90=_day(now, one, planned.edges, p90),
        ends_on_at_pace=_day_at_pace(now, one, elapsed),
        unknown_automations=planned.unknown_automations,
    )


def _share(usd: Decimal, span: timedelta, elapsed: timedelta) -> Decimal:
    """Return what is spent in a span at the pace at which `usd` were spent."""
    return (usd * Decimal(span / elapsed)).quantize(SMALLEST)


def _day(now: datetime, one: BudgetSoFar, edges: Sequence[datetime], sums: Sequence[Decimal]) -> date | None:
    tz = zone(one.timezone)
    if one.spent_usd >= one.limit_usd:
        return now.astimezone(tz).date()
    for edge, usd in zip(edges, sums, strict=True):
        if usd >= one.limit_usd:
            return (edge - INSTANT).astimezone(tz).date()
    return None


def _day_at_pace(now: datetime, one: BudgetSoFar, elapsed: timedelta) -> date | None:
    tz = zone(one.timezone)
    if one.spent_usd >= one.limit_usd:
        return now.astimezone(tz).date()
    if one.spent_usd <= NOTHING:
        return None
    left = one.month.ends_at - now
    needed = float((one.limit_usd - one.spent_usd) / one.spent_usd) * elapsed.total_seconds()
    if needed >= left.total_seconds():
        return None
    return (now + timedelta(seconds=needed)).astimezone(tz).date()
