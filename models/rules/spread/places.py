"""Lays the automations of a portfolio out in a week, each with the shifts that it may take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.contracts.automations.drafts import Overlap
from models.errors import BadCron
from models.rules.arrays import Instants
from models.rules.cron.expression import Cron, parse
from models.rules.cron.zone_transitions import DAY, WEEK
from models.rules.projection.next_fire import next_instants
from models.rules.projection.portfolio import Portfolio, ProjectedAutomation, RunAverages
from models.rules.projection.starts import list_starts
from models.rules.schedule import NEVER, Schedule
from models.rules.spread.shifts import ClosedWindow, possible_shifts, shifted
from models.rules.spread.week import MINUTES, UNIT, WeekLoad

MINUTE_MS = 60_000
LONGEST = 1440
"""A run counts for a day at most."""
_STAYS = np.zeros(1, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Leeway:
    """How far a schedule may move, and the cron that people wanted, which it may have been moved from."""

    wanted: str
    slack: int


@dataclass(frozen=True, slots=True)
class Week:
    """The loads of a week that begins at an instant; `places` are their indices in the portfolio."""

    start: int
    places: Sequence[int]
    loads: list[WeekLoad]


def lay_out(
    portfolio: Portfolio,
    averages: RunAverages,
    start: int,
    leeways: Mapping[int, Leeway],
    closed: Sequence[ClosedWindow] = (),
) -> Week:
    """Return the week from `start` on (seconds since 1970): every schedule that fires, in the order of slugs.

    Args:
        portfolio: The automations.
        averages: How long their runs last and how many agent runs a fire causes.
        start: The first second of the week, a whole minute.
        leeways: By index, what may move; all others stay.
        closed: Times of day, in each schedule's zone, into which nothing may be moved.
    """
    fires = _fires(portfolio, start)
    places = sorted(fires, key=lambda place: portfolio.automations[place].slug)
    loads = []
    for place in places:
        one = portfolio.automations[place]
        wanted, shifts = _shifts(one, leeways[place], start, closed) if place in leeways else (0, _STAYS)
        weight = float(round(float(averages.weights[place]) * UNIT))
        loads.append(WeekLoad(fires[place], weight, _lasts(one, int(averages.run_ms[place])), shifts, wanted))
    return Week(start, places, loads)


def wanted_shift(present: Cron, wanted: Cron) -> int | None:
    """Return the shift that brings a cron back to the one that was wanted; None if no shift alone does."""
    if len(present.times_of_day) != len(wanted.times_of_day):
        return None
    ahead = int(present.times_of_day[0] - wanted.times_of_day[0]) // 60
    try:
        moved = parse(shifted(wanted, ahead))
    except BadCron:
        return None
    return -ahead if moved == present else None


def _shifts(
    one: ProjectedAutomation, leeway: Leeway, start: int, closed: Sequence[ClosedWindow]
) -> tuple[int, Instants]:
    """Return the shift to where it is wanted, and all possible ones, both from where it is."""
    if one.schedule is None:
        return 0, _STAYS
    back = wanted_shift(one.schedule.cron, parse(leeway.wanted))
    base = one.schedule.cron if back is None else parse(leeway.wanted)
    found = possible_shifts(base, one.schedule.timezone, leeway.slack, start, closed)
    return back or 0, np.union1d(np.array(found, dtype=np.int64) + (back or 0), _STAYS)


def _fires(portfolio: Portfolio, start: int) -> dict[int, Instants]:
    """Return the minutes of the week in which each schedule fires.

    One that fires less than weekly is put where its next day lies in its own week.
    """
    parts = list(list_starts(portfolio.timetable, start, start + WEEK, {}))
    rows = np.concatenate([part.rows for part in parts]) if parts else np.empty(0, dtype=np.int64)
    minutes = np.concatenate([part.at_ms for part in parts]) if parts else np.empty(0, dtype=np.int64)
    minutes = minutes // MINUTE_MS - start // 60
    order = np.lexsort((minutes, rows))
    rows, minutes = rows[order], minutes[order]
    indices, begins = np.unique(rows, return_index=True)
    found = dict(zip(indices.tolist(), np.split(minutes, begins[1:]), strict=True)) if indices.size else {}
    for place, instant in enumerate(next_instants(portfolio.plan, start - 1).tolist()):
        schedule = portfolio.automations[place].schedule
        if place not in found and instant != NEVER and schedule is not None:
            found[place] = _of_a_day(schedule, instant, start)
    return found


def _of_a_day(schedule: Schedule, instant: int, start: int) -> Instants:
    return np.sort((schedule.due_instants(instant, instant + DAY) - start) // 60 % MINUTES)


def _lasts(one: ProjectedAutomation, run_ms: int) -> int:
    """Return for how many minutes a run counts: no longer than to the next one, unless both may run."""
    lasts = max(1, -(-run_ms // MINUTE_MS))
    if one.schedule is not None and one.overlap is not Overlap.ALLOW_ALL:
        lasts = min(lasts, one.schedule.shortest_interval_seconds // 60)
    return min(lasts, LONGEST)
