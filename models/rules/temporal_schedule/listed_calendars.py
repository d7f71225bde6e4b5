"""Instants as calendars in UTC, as few as their regularity allows.

Days with the same times of day are merged by month, then equal months, then equal years.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

import numpy as np

from models.rules.arrays import Instants
from models.rules.cron.days import EVERY_DAY, EVERY_WEEKDAY
from models.rules.cron.zone_transitions import DAY

Numbers = frozenset[int]


class ListedTimes(NamedTuple):
    """All combinations of these numbers, in UTC; Sunday is 0."""

    minutes: Numbers
    hours: Numbers
    days: Numbers
    weekdays: Numbers
    months: Numbers
    years: Numbers


class _Times(NamedTuple):
    hours: Numbers
    minutes: Numbers


class _Days(NamedTuple):
    days: Numbers
    weekdays: Numbers


def list_calendars(instants: Instants) -> list[ListedTimes]:
    """Return calendars whose times are exactly these instants (whole minutes, ascending)."""
    by_month: dict[tuple[int, int, _Times], set[int]] = defaultdict(set)
    for day, times in _times_by_day(instants):
        for block in times:
            by_month[day.year, day.month, block].add(day.day)
    months: dict[tuple[int, _Times, _Days], set[int]] = defaultdict(set)
    for (year, month, times_), days in by_month.items():
        months[year, times_, _simplest(year, month, frozenset(days))].add(month)
    years: dict[tuple[_Times, _Days, Numbers], set[int]] = defaultdict(set)
    for (year, times_, days_), in_months in months.items():
        years[times_, days_, frozenset(in_months)].add(year)
    return [
        ListedTimes(times_.minutes, times_.hours, days_.days, days_.weekdays, in_months, frozenset(in_years))
        for (times_, days_, in_months), in_years in years.items()
    ]


def _times_by_day(instants: Instants) -> Iterator[tuple[date, tuple[_Times, ...]]]:
    days, firsts = np.unique(instants // DAY, return_index=True)
    known: dict[bytes, tuple[_Times, ...]] = {}
    for day, times in zip(days.tolist(), np.split(instants % DAY, firsts[1:]), strict=False):
        pattern = times.tobytes()
        if pattern not in known:
            known[pattern] = _rectangles(times)
        yield date.fromordinal(day + date(1970, 1, 1).toordinal()), known[pattern]


def _rectangles(times: Instants) -> tuple[_Times, ...]:
    """Merge the hours that have the same minutes."""
    minutes_of: dict[int, set[int]] = defaultdict(set)
    for time in times.tolist():
        minutes_of[time // 3600].add(time % 3600 // 60)
    hours_with: dict[Numbers, set[int]] = defaultdict(set)
    for hour, minutes in minutes_of.items():
        hours_with[frozenset(minutes)].add(hour)
    return tuple(_Times(frozenset(hours), minutes) for minutes, hours in hours_with.items())


def _simplest(year: int, month: int, days: Numbers) -> _Days:
    """Express days of a month by weekdays if that is equivalent, so that more months become equal."""
    first, length = monthrange(year, month)
    weekday = {day: (first + day) % 7 for day in range(1, length + 1)}
    weekdays = frozenset(weekday[day] for day in days)
    if all(day in days for day in weekday if weekday[day] in weekdays):
        return _Days(EVERY_DAY, weekdays)
    return _Days(days, EVERY_WEEKDAY)
