"""Parses cron expressions: Debian cron's meaning, CronSim's grammar."""

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from models.errors import BadCron
from models.rules.cron.days import DayRule, ever_matches
from models.rules.cron.fields import (
    DAY_OF_MONTH,
    FIELDS,
    LAST,
    FieldValues,
    parse_field,
)

MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
LONGEST_TEXT = 1000


@dataclass(frozen=True)
class Cron:
    """A parsed cron expression. Two expressions with the same meaning are equal.

    Attributes:
        text: The expression as given, without surrounding blanks.
        fields: Its five fields in upper case, a macro resolved.
        minutes: Minutes of the hour, ascending.
        hours: Hours of the day, ascending.
        days: The rule for days.
        is_fixed_time: Neither minute nor hour starts with `*`: at a zone transition such a cron fires exactly once,
            while others follow elapsed time.
    """

    text: str = field(compare=False)
    fields: tuple[str, ...] = field(compare=False)
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: DayRule
    is_fixed_time: bool

    @cached_property
    def times_of_day(self) -> npt.NDArray[np.int64]:
        """The seconds since midnight at which it fires on a matching day, ascending."""
        hours = np.array(self.hours, dtype=np.int64)[:, None] * 3600
        return (hours + np.array(self.minutes, dtype=np.int64)[None, :] * 60).ravel()

    @property
    def fires_per_day(self) -> int:
        """How often it fires on a matching day that has no zone transition."""
        return len(self.minutes) * len(self.hours)

    def __hash__(self) -> int:
        """Hash by meaning, once."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.minutes, self.hours, self.days, self.is_fixed_time))


@lru_cache(maxsize=32_768)
def parse(text: str) -> Cron:
    """Parse an expression, or raise BadCron naming the field at fault."""
    fields = _split(text)
    minute, hour, day, month, weekday = (parse_field(rule, part) for rule, part in zip(FIELDS, fields, strict=True))
    days = _day_rule(fields, day, month, weekday)
    if not ever_matches(days):
        DAY_OF_MONTH.refuse(
            f"no day of any year matches {' '.join(fields[2:])}, so it would never fire.",
            "Choose days that exist in the months chosen.",
        )
    return Cron(
        text=text.strip(),
        fields=fields,
        minutes=tuple(sorted(minute.plain)),
        hours=tuple(sorted(hour.plain)),
        days=days,
        is_fixed_time=not fields[0].startswith("*") and not fields[1].startswith("*"),
    )


def _split(text: str) -> tuple[str, ...]:
    if len(text) > LONGEST_TEXT:
        raise BadCron(f"a cron expression must have at most {LONGEST_TEXT} characters.", field="cronExpr")
    if text.strip().startswith("@"):
        macro = MACROS.get(text.strip().lower())
        if macro is None:
            known = ", ".join(MACROS)
            raise BadCron(f"{text.strip()[:40]!r} is not known.", field="cronExpr", hint=f"Known are {known}.")
        return tuple(macro.split())
    fields = tuple(text.upper().split())
    if len(fields) != len(FIELDS):
        names = ", ".join(rule.label for rule in FIELDS)
        raise BadCron(
            f"a cron expression must have exactly five fields ({names}); this one has {len(fields)}.",
            field="cronExpr",
            hint="Seconds and years are not supported." if len(fields) > 5 else "For example: 0 22 * * *",
        )
    return fields


def _day_rule(fields: tuple[str, ...], day: FieldValues, month: FieldValues, weekday: FieldValues) -> DayRule:
    return DayRule(
        days=frozenset(day.plain),
        last_day=day.last_day,
        last_weekday=day.last_weekday,
        months=frozenset(month.plain),
        weekdays=frozenset(value % 7 for value in weekday.plain),
        nth=frozenset(pair for pair in weekday.nth if pair[1] != LAST),
        last=frozenset(pair[0] for pair in weekday.nth if pair[1] == LAST),
        both=fields[2].startswith("*") or fields[4].startswith("*"),
    )
