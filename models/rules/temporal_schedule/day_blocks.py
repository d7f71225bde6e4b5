"""A cron's day rule as blocks of plain day lists, which Temporal's structured calendars can express.

Temporal requires every field of a calendar to match and knows neither "last" nor "third Friday". A block is one such
conjunction; a day matches the rule when any block matches it.
"""

from dataclasses import dataclass
from enum import Enum

from models.rules.cron.days import EVERY_DAY, EVERY_MONTH, EVERY_WEEKDAY, DayRule


class Years(Enum):
    """Which years a block covers: years differ only in the length of February."""

    ALL = "all"
    LEAP = "leap"
    COMMON = "common"


@dataclass(frozen=True, slots=True)
class DayBlock:
    """Days of the month, months, days of the week (Sunday 0) and years, all of which must match."""

    days: frozenset[int] = EVERY_DAY
    months: frozenset[int] = EVERY_MONTH
    weekdays: frozenset[int] = EVERY_WEEKDAY
    years: Years = Years.ALL

    def meet(self, other: "DayBlock") -> "DayBlock | None":
        """Return the block of the days in both, or None if there are none."""
        if Years.ALL not in (self.years, other.years) and self.years is not other.years:
            return None
        days, months = self.days & other.days, self.months & other.months
        weekdays = self.weekdays & other.weekdays
        if not (days and months and weekdays):
            return None
        return DayBlock(days, months, weekdays, other.years if self.years is Years.ALL else self.years)


# Months by their length: (length, months, years).
LENGTHS = (
    (31, frozenset({1, 3, 5, 7, 8, 10, 12}), Years.ALL),
    (30, frozenset({4, 6, 9, 11}), Years.ALL),
    (29, frozenset({2}), Years.LEAP),
    (28, frozenset({2}), Years.COMMON),
)
WORKDAYS = frozenset(range(1, 6))
FRIDAY = 5


def day_blocks(rule: DayRule) -> list[DayBlock]:
    """Return blocks that together match exactly the rule's days, in any year."""
    by_date, by_weekday = _by_date(rule), _by_weekday(rule)
    months = DayBlock(months=rule.months)
    blocks = [left.meet(right) for left in by_date for right in by_weekday] if rule.both else by_date + by_weekday
    met = [block.meet(months) for block in blocks if block is not None]
    return list(dict.fromkeys(block for block in met if block is not None))


def _by_date(rule: DayRule) -> list[DayBlock]:
    blocks = [DayBlock(days=rule.days)] if rule.days else []
    for length, months, years in LENGTHS:
        if rule.last_day:
            blocks.append(DayBlock(frozenset({length}), months, years=years))
        if rule.last_weekday:
            before = frozenset({length - 1, length - 2})
            blocks.append(DayBlock(frozenset({length}), months, WORKDAYS, years))
            blocks.append(DayBlock(before, months, frozenset({FRIDAY}), years))
    return blocks


def _by_weekday(rule: DayRule) -> list[DayBlock]:
    blocks = [DayBlock(weekdays=rule.weekdays)] if rule.weekdays else []
    for weekday, nth in sorted(rule.nth):
        days = frozenset(range(7 * nth - 6, min(7 * nth, 31) + 1))
        blocks.append(DayBlock(days, weekdays=frozenset({weekday})))
    if rule.last:
        blocks += [
            DayBlock(frozenset(range(length - 6, length + 1)), months, rule.last, years)
            for length, months, years in LENGTHS
        ]
    return blocks
