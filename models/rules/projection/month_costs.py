"""The cost of the coming month for each chosen automation, and what this calendar month is expected to cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np

from models.kinds import Kind
from models.rules.arrays import Mask
from models.rules.cost import NOTHING, SECOND, coming_month, cost_of, this_month, trailing_fires
from models.rules.projection.forecast import month_fires
from models.rules.projection.portfolio import Portfolio, ProjectedAutomation, RunAverages, fires_until
from models.states import Source


@dataclass(frozen=True, slots=True)
class CostLine:
    """One automation's costs; amounts are None if the cost of its runs is unknown.

    Attributes:
        sample: How many runs' costs the mean is taken over.
        occurrences: How often it fires in the coming month.
        month_usd: The cost of the coming month.
        spent_usd: The cost of the current calendar month so far.
        month_end_usd: The cost of the current calendar month at its end.
    """

    automation: ProjectedAutomation
    mean_usd: Decimal | None
    sample: int
    occurrences: int
    month_usd: Decimal | None
    spent_usd: Decimal
    month_end_usd: Decimal | None


def cost_lines(
    portfolio: Portfolio,
    averages: RunAverages,
    trailing: Mapping[UUID, int],
    spent_usd: Mapping[UUID, Decimal],
    chosen: Mask,
    now: datetime,
) -> list[CostLine]:
    """Return a line for each chosen automation, the most expensive first, the unknown last.

    Args:
        portfolio: The automations.
        averages: The averages of their runs.
        trailing: How often each trigger has run within the last 30 days.
        spent_usd: What each has cost since this calendar month began.
        chosen: Which automations get a line.
        now: Where the coming month begins.
    """
    calendar_month_end = this_month(now)[1]
    counts = fires_until(portfolio, averages, now, [calendar_month_end, coming_month(now)[1]]).tolist()
    lines = []
    for index in np.flatnonzero(chosen).tolist():
        one, mean = portfolio.automations[index], averages.mean_usd[index]
        month = month_fires(one, counts[index][1], trailing, now)
        remaining: Decimal | int = counts[index][0]
        if one.source is not Source.SCHEDULE:
            begin = max(now, one.snoozed_until or now)
            left = max(calendar_month_end - begin, timedelta(0)) // SECOND * SECOND
            remaining = trailing_fires(trailing.get(one.id, 0) if one.active else 0, left)
        spent, to_come = spent_usd.get(one.id, NOTHING), cost_of(remaining, mean, active=one.active)
        lines.append(
            CostLine(
                automation=one,
                mean_usd=mean,
                sample=averages.samples[index],
                occurrences=month,
                month_usd=cost_of(month, mean, active=one.active),
                spent_usd=spent,
                month_end_usd=None if to_come is None else spent + to_come,
            )
        )
    return sorted(lines, key=lambda line: (line.month_usd is None, -(line.month_usd or NOTHING)))


def total_usd(lines: Sequence[CostLine]) -> Decimal:
    """Sum the known costs of the coming month."""
    return sum((line.month_usd for line in lines if line.month_usd is not None), NOTHING)


def unknown_count(lines: Sequence[CostLine]) -> int:
    """Count the automations whose cost is unknown; a paused one costs nothing, so it is not counted."""
    return sum(line.month_usd is None for line in lines)


def by_kind_usd(lines: Sequence[CostLine]) -> dict[Kind, Decimal]:
    """Sum the known costs of the coming month by kind."""
    return {kind: total_usd([line for line in lines if line.automation.kind is kind]) for kind in Kind}
