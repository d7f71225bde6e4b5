"""What the coming month costs without and with the edits, and when budgets are spent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import numpy as np

from models.contracts.outlook.what_if import BudgetDate
from models.rules.cost import NOTHING, SMALLEST, TRAILING, p90_cost
from models.rules.projection.month_costs import cost_lines, total_usd, unknown_count
from models.rules.projection.portfolio import (
    Portfolio,
    ProjectedAutomation,
    RunAverages,
    fires_until,
    narrowed,
)
from models.rules.simulation.draws import Floats
from models.rules.what_if.budget_dates import HOUR, Months, ends_at
from models.rules.what_if.cases import Case, Side
from models.states import Source

TRAILING_HOURS = TRAILING // HOUR


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """What the coming month costs: all automations, and each case by its number."""

    total_usd: Decimal
    unknown: int
    runs: Mapping[int, int]
    usd: Mapping[int, Decimal | None]


def trailing_with(trailing: Mapping[UUID, int], cases: Sequence[Case], side: Side) -> dict[UUID, int]:
    """Return how often triggers have run within 30 days, or would have at the rates that the question assumes."""
    found = dict(trailing)
    for case in cases:
        setting, per_hour = case.setting(side), case.assume.arrivals_per_hour
        if setting is not None and setting.projected.source is not Source.SCHEDULE and per_hour is not None:
            found[setting.projected.id] = round(per_hour * TRAILING_HOURS)
    return found


def month_figures(
    portfolio: Portfolio,
    averages: RunAverages,
    trailing: Mapping[UUID, int],
    cases: Sequence[Case],
    now: datetime,
) -> MonthFigures:
    """Return the costs without the edits.

    Args:
        portfolio: The automations.
        averages: Their runs.
        trailing: How often triggers have run within 30 days.
        cases: The automations that are simulated.
        now: Where the coming month begins.
    """
    everyone = np.ones(len(portfolio.automations), dtype=np.bool_)
    lines = cost_lines(portfolio, averages, trailing, {}, everyone, now)
    by_id = {line.automation.id: line for line in lines}
    mine = {case.number: by_id[case.before.projected.id] for case in cases if case.before is not None}
    return MonthFigures(
        total_usd(lines),
        unknown_count(lines),
        {number: line.occurrences for number, line in mine.items()},
        {number: line.month_usd for number, line in mine.items()},
    )


def with_edits(
    before: MonthFigures,
    portfolio: Portfolio,
    averages: RunAverages,
    trailing: Mapping[UUID, int],
    cases: Sequence[Case],
    shares: Mapping[int, float],
    now: datetime,
) -> MonthFigures:
    """Return the costs with the edits; only what is simulated can differ.

    Args:
        before: The costs without them.
        portfolio: The automations with the edits.
        averages: Their runs.
        trailing: How often triggers run within 30 days.
        cases: The automations that are simulated.
        shares: By case, which share of the runs that start without the edits starts with them; 1 where left out.
        now: Where the coming month begins.
    """
    chosen = np.zeros(len(portfolio.automations), dtype=np.bool_)
    chosen[[portfolio.indices[case.after.projected.id] for case in cases]] = True
    lines = cost_lines(portfolio, averages, trailing, {}, chosen, now)
    by_id = {line.automation.id: line for line in lines}
    runs, usd = dict[int, int](), dict[int, Decimal | None]()
    for case in cases:
        line, share = by_id[case.after.projected.id], Decimal(repr(shares.get(case.number, 1.0)))
        runs[case.number] = round(line.occurrences * share)
        usd[case.number] = None if line.month_usd is None else (line.month_usd * share).quantize(SMALLEST)
    total = before.total_usd - _known(before.usd) + _known(usd)
    return MonthFigures(total, before.unknown - _unknown(before.usd) + _unknown(usd), runs, usd)


def _known(usd: Mapping[int, Decimal | None]) -> Decimal:
    return sum((one for one in usd.values() if one is not None), NOTHING)


def _unknown(usd: Mapping[int, Decimal | None]) -> int:
    return sum(one is None for one in usd.values())


def budget_dates(
    portfolio: Portfolio,
    averages: RunAverages,
    trailing: Mapping[UUID, int],
    cases: Sequence[Case],
    side: Side,
    shares: Mapping[int, float],
    now: datetime,
) -> dict[int, BudgetDate]:
    """Return when the budget of each of these cases is spent, by its number; arguments as for `with_edits`."""
    months = Months.ahead(now)
    found = {}
    for case in cases:
        setting = case.setting(side)
        if setting is None or setting.budget_usd is None:
            continue
        limit, spent, cost = float(setting.budget_usd), float(case.spent_usd), setting.costs
        until = _runs_until(portfolio, averages, trailing, setting.projected, months) * shares.get(case.number, 1.0)
        p90 = p90_cost(cost.known) if cost.mean_usd is not None else None
        found[case.number] = BudgetDate(
            limit_usd=setting.budget_usd,
            spent_usd=case.spent_usd,
            ends_at=None if cost.mean_usd is None else ends_at(limit, spent, float(cost.mean_usd), months, until),
            p90_ends_at=None if p90 is None else ends_at(limit, spent, float(p90), months, until),
        )
    return found


def _runs_until(
    portfolio: Portfolio,
    averages: RunAverages,
    trailing: Mapping[UUID, int],
    one: ProjectedAutomation,
    months: Months,
) -> Floats:
    """Return how often an automation fires from now to the end of each hour."""
    if one.source is Source.SCHEDULE:
        mine = np.zeros(len(portfolio.automations), dtype=np.bool_)
        mine[portfolio.indices[one.id]] = True
        fires: Floats = fires_until(*narrowed(portfolio, averages, mine), months.now, months.hours)[0].astype(
            np.float64
        )
        return fires
    per_hour = trailing.get(one.id, 0) / TRAILING_HOURS if one.active else 0.0
    begin = max(months.now, one.snoozed_until or months.now)
    hours = np.array([(at - begin) / HOUR for at in months.hours])
    arrived: Floats = np.maximum(hours, 0.0) * per_hour
    return arrived
