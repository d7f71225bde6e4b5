"""Which days a cron's day-of-month, month and day-of-week fields match.

There are only fourteen kinds of year (leap or not, and the weekday of 1 January), so a rule becomes one table of
14 x 366 booleans, and any range of days is an index into it. Days count from 1 January 1970.
"""

from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from models.rules.arrays import Mask
from models.rules.cron.zone_transitions import FIRST_YEAR, LAST_YEAR

YEAR_KINDS, YEAR_LENGTH = 14, 366
EVERY_DAY = frozenset(range(1, 32))
EVERY_MONTH = frozenset(range(1, 13))
EVERY_WEEKDAY = frozenset(range(7))


@dataclass(frozen=True)
class DayRule:
    """The three day fields of a cron.

    Attributes:
        days: Days of the month.
        last_day: `L`, the month's last day.
        last_weekday: `LW`, the month's last Monday to Friday.
        months: Months, 1 to 12.
        weekdays: Days of the week, Sunday 0 to Saturday 6.
        nth: (weekday, k): the k-th such weekday of the month.
        last: Weekdays of which the month's last one is meant.
        both: Whether day of month and day of week must both match (one of them starts with `*`), or either.
    """

    days: frozenset[int]
    last_day: bool
    last_weekday: bool
    months: frozenset[int]
    weekdays: frozenset[int]
    nth: frozenset[tuple[int, int]]
    last: frozenset[int]
    both: bool

    @property
    def is_every_day(self) -> bool:
        """Whether every day of every year matches."""
        return bool(rule_table(self)[_real_days()].all())

    def __hash__(self) -> int:
        """Hash by value, once: these are keys of every cache."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        ordered = (
            self.days,
            self.last_day,
            self.last_weekday,
            self.months,
            self.weekdays,
            self.nth,
            self.last,
        )
        return hash((*ordered, self.both))


def matching_days(rule: DayRule, first: int, end: int) -> Mask:
    """Return whether each day in [first, end) matches; raise ValueError outside 1850 to 2149."""
    return rule_table(rule)[day_indices(first, end)]


def day_indices(first: int, end: int) -> npt.NDArray[np.int16]:
    """Return the index of each day in [first, end) in a rule's table."""
    lowest, places = _year_table()
    if first < lowest or end > lowest + len(places):
        raise ValueError(f"Days are known from {FIRST_YEAR} to {LAST_YEAR} only.")
    return places[first - lowest : end - lowest]


def ever_matches(rule: DayRule) -> bool:
    return bool(rule_table(rule)[_real_days()].any())


@lru_cache(maxsize=16_384)
def rule_table(rule: DayRule) -> Mask:
    """Return whether the rule matches each day of each kind of year, as a flat array of 14 x 366."""
    facts = _day_facts()
    by_date = _among(rule.days, facts.day)
    if rule.last_day:
        by_date = by_date | (facts.left == 0)
    if rule.last_weekday:
        by_date = by_date | facts.last_weekday
    by_weekday = _among(rule.weekdays, facts.weekday)
    for weekday, nth in rule.nth:
        by_weekday = by_weekday | ((facts.weekday == weekday) & ((facts.day + 6) // 7 == nth))
    for weekday in rule.last:
        by_weekday = by_weekday | ((facts.weekday == weekday) & (facts.left < 7))
    days = by_date & by_weekday if rule.both else by_date | by_weekday
    table: Mask = days & _among(rule.months, facts.month)
    return table


def _among(values: frozenset[int], where: npt.NDArray[np.int64]) -> Mask:
    truths = np.zeros(32, dtype=np.bool_)
    truths[list(values)] = True
    return truths[where]


@dataclass(frozen=True, slots=True)
class _DayFacts:
    """Facts about each day of each kind of year, as flat arrays of 14 x 366."""

    month: npt.NDArray[np.int64]
    day: npt.NDArray[np.int64]
    weekday: npt.NDArray[np.int64]
    left: npt.NDArray[np.int64]
    last_weekday: Mask


@cache
def _day_facts() -> _DayFacts:
    year_kind, day_of_year = np.divmod(np.arange(YEAR_KINDS * YEAR_LENGTH), YEAR_LENGTH)
    leap, first_weekday = np.divmod(year_kind, 7)
    lengths = np.array([[31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]] * 2)
    lengths[1, 1] = 29
    ends = lengths.cumsum(axis=1)[leap]
    # The 366th day of a common year does not exist; it is kept as December so that the table is a rectangle.
    month = np.minimum((day_of_year[:, None] >= ends).sum(axis=1), 11)
    length = lengths[leap, month]
    day = day_of_year - (ends[np.arange(len(month)), month] - length) + 1
    weekday = (first_weekday + day_of_year) % 7
    left = length - day
    workday = (weekday >= 1) & (weekday <= 5)
    last_weekday = (workday & (left == 0)) | ((weekday == 5) & (left <= 2))
    return _DayFacts(month + 1, np.minimum(day, 31), weekday, left, last_weekday & (left >= 0))


@cache
def _real_days() -> Mask:
    return _day_facts().left >= 0


@cache
def _year_table() -> tuple[int, npt.NDArray[np.int16]]:
    """Return the first day known and, for it and each later day, its index in the flat tables."""
    years = np.arange(FIRST_YEAR - 1970, LAST_YEAR - 1970 + 2).astype("datetime64[Y]")
    first_days = years.astype("datetime64[D]").astype(np.int64)
    lengths, first_days = np.diff(first_days), first_days[:-1]
    kinds = (lengths == 366) * 7 + (first_days + 4) % 7
    indices = [kind * YEAR_LENGTH + np.arange(length) for kind, length in zip(kinds, lengths, strict=True)]
    return int(first_days[0]), np.concatenate(indices).astype(np.int16)
