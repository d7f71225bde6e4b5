"""The coming month's cost of every automation that is asked for, and what this calendar month will have come to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np

from models.kinds import Kind
from models.rules.cost import NOTHING, coming_month, cost_of, this_month, trailing_fires
from models.rules.projection.portfolio import Experience, Listed, Mask, Roster, fires_until
from models.states import Source

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class CostLine:
    """One automation's; amounts are None where its cost is unknown."""

    automation: Listed
    mean_usd: Decimal | None
    sample: int
    occurrences: int
    month_usd: Decimal | None
    spent_usd: Decimal
    month_end_usd: Decimal | None


def cost_lines(
    roster: Roster,
    known: Experience,
    trailing: Mapping[UUID, int],
    spent_usd: Mapping[UUID, Decimal],
    chosen: Mask,
    now: datetime,
) -> list[CostLine]:
    """Give a line for each chosen automation, the dearest first, the unknown last.

    Args:
        roster: The automations.
        known: What their runs told so far.
        trailing: How often each trigger has run within the last 30 days.
        spent_usd: What each has cost since this calendar month began.
        chosen: Which are asked for.
        now: The coming month begins here.
    """
    month_end, window_end = this_month(now)[1], coming_month(now)[1]
    counts = fires_until(roster, known, now, [month_end, window_end]).tolist()
    lines = []
    for place in np.flatnonzero(chosen).tolist():
        one, mean = roster.automations[place], known.mean_usd[place]
        rest: Decimal | int
        rest, month = counts[place]
        if one.source is not Source.SCHEDULE and one.active:
            month = trailing.get(one.id, 0)
            rest = trailing_fires(month, (month_end - now) // SECOND * SECOND)
        spent, to_come = spent_usd.get(one.id, NOTHING), cost_of(rest, mean, active=one.active)
        lines.append(
            CostLine(
                automation=one,
                mean_usd=mean,
                sample=known.samples[place],
                occurrences=month,
                month_usd=cost_of(month, mean, active=one.active),
                spent_usd=spent,
                month_end_usd=None if to_come is None else spent + to_come,
            )
        )
    return sorted(lines, key=lambda line: (line.month_usd is None, -(line.month_usd or NOTHING)))


def total_usd(lines: Sequence[CostLine]) -> Decimal:
    """Sum what is known of the coming month."""
    return sum((line.month_usd for line in lines if line.month_usd is not None), NOTHING)


def unknown_count(lines: Sequence[CostLine]) -> int:
    """Count the automations of which no cost is known, paused ones not: they cost nothing."""
    return sum(line.month_usd is None for line in lines)


def by_kind_usd(lines: Sequence[CostLine]) -> dict[Kind, Decimal]:
    """Sum what is known of the coming month, by kind."""
    return {kind: total_usd([line for line in lines if line.automation.kind is kind]) for kind in Kind}
