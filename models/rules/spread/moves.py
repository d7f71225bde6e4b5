"""What a plan does to each schedule, and what its week looks like, as people read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from uuid import UUID

import numpy as np

from models.contracts.outlook.spread import SpreadFixed, SpreadMove, SpreadPeaks
from models.rules.cron.expression import parse
from models.rules.cron.words import describe
from models.rules.projection.portfolio import Portfolio
from models.rules.spread.places import wanted_shift
from models.rules.spread.planner import SpreadPlan, WeekSums
from models.rules.spread.preparation import Prepared, ScheduleRow
from models.rules.spread.shifts import shifted
from models.rules.spread.week import HOURS, MINUTES, UNIT, WeekLoad
from models.states import SpreadBecause


@dataclass(frozen=True, slots=True)
class Step:
    """The change of one row, and the revision that it is made for; `spread_from` before and after."""

    automation_id: UUID
    revision: int
    timezone: str
    cron_from: str
    cron_to: str
    spread_from_before: str | None
    spread_from_after: str | None
    shift_minutes: int


def planned_moves(
    plan: SpreadPlan, prepared: Prepared, portfolio: Portfolio, rows: Mapping[UUID, ScheduleRow]
) -> Iterator[tuple[SpreadMove, Step]]:
    """Yield each move in words, and as the change of a row."""
    for index in np.flatnonzero(plan.shifts).tolist():
        load, shift = prepared.week.loads[index], int(plan.shifts[index])
        one = portfolio.automations[prepared.week.places[index]]
        row = rows[one.id]
        cron_to, spread_from = _moved(row, shift)
        timezone = one.schedule.timezone if one.schedule else "UTC"
        step = Step(one.id, row.revision, timezone, row.cron_expr, cron_to, row.spread_from, spread_from, shift)
        yield (
            SpreadMove(
                automation_id=one.id,
                slug=one.slug,
                name=one.name,
                timezone=timezone,
                cron_from=row.cron_expr,
                cron_to=cron_to,
                text_from=describe(parse(row.cron_expr)),
                text_to=describe(parse(cron_to)),
                shift_minutes=shift,
                wanted=row.wanted,
                minutes_from_wanted=abs(shift - load.wanted),
                because=_because(plan, load, shift),
            ),
            step,
        )


def _moved(row: ScheduleRow, shift: int) -> tuple[str, str | None]:
    """Return the cron moved by a shift, and where it was moved from; what is back at its time gets its own text."""
    present, wanted = parse(row.cron_expr), parse(row.wanted)
    back = wanted_shift(present, wanted)
    if back is None:
        return shifted(present, shift), row.cron_expr
    if shift == back:
        return row.wanted, None
    return shifted(wanted, shift - back), row.wanted


def _because(plan: SpreadPlan, load: WeekLoad, shift: int) -> SpreadBecause:
    if abs(shift - load.wanted) < abs(load.wanted):
        return SpreadBecause.BACK
    if (plan.before.hours[load.fires // 60] > plan.targets.hour).any():
        return SpreadBecause.HOUR
    going = (load.fires[:, None] + np.arange(load.lasts)) % MINUTES
    if (plan.before.minutes[going] > plan.targets.minute).any():
        return SpreadBecause.MINUTE
    return SpreadBecause.ROOM


def fixed_ones(prepared: Prepared, portfolio: Portfolio) -> tuple[SpreadFixed, ...]:
    return tuple(
        SpreadFixed(automation_id=one.id, slug=one.slug, name=one.name, reason=stays.reason, text=stays.text)
        for stays in prepared.fixed
        for one in [portfolio.automations[stays.place]]
    )


def peaks_of(sums: WeekSums, start: int, tz: tzinfo) -> SpreadPeaks:
    """Return a week's load in agent runs, the first of equal peaks."""

    def at(minutes: int) -> datetime | None:
        moment = datetime.fromtimestamp(start, UTC) + timedelta(minutes=minutes)
        return moment.astimezone(tz) if sums.hours.any() else None

    hour, minute = int(sums.hours.argmax()), int(sums.minutes.argmax())
    return SpreadPeaks(
        peak_hour=float(sums.hours[hour]) / UNIT,
        peak_hour_at=at(hour * 60),
        peak_minute=float(sums.minutes[minute]) / UNIT,
        peak_minute_at=at(minute),
        hours=tuple((sums.hours / UNIT).tolist()),
        minutes=tuple((sums.minutes.reshape(HOURS, 60).max(axis=1) / UNIT).tolist()),
    )


def immovable_percent(plan: SpreadPlan, loads: list[WeekLoad]) -> float:
    """Return how much of the busiest hour's load stays in that hour wherever its fires may go."""
    hour = int(plan.before.hours.argmax())
    total = float(plan.before.hours[hour])
    stays = 0.0
    for load in loads:
        here = load.fires[load.fires // 60 == hour]
        kept = (here + load.shifts[0]) // 60 == (here + load.shifts[-1]) // 60
        stays += load.weight * int(kept.sum())
    return round(100 * stays / total, 1) if total else 0.0
