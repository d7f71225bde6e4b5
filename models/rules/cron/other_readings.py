"""Warnings where croniter, and so other schedulers, read a cron differently. They do not affect what fires."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import takewhile

from croniter import CroniterError, croniter

from models.rules.cron.days import matching_days
from models.rules.cron.expression import Cron

# Two years, one of them a leap year, show every difference in the days.
BEGIN, END = date(2024, 1, 1), date(2026, 1, 1)
EPOCH_DAY = date(1970, 1, 1).toordinal()


def other_readings(cron: Cron) -> tuple[str, ...]:
    """Return a warning for each way in which croniter reads the expression differently."""
    return _other_readings(cron.fields, cron)


@lru_cache(maxsize=1024)
def _other_readings(fields: tuple[str, ...], cron: Cron) -> tuple[str, ...]:
    try:
        expanded = croniter.expand(" ".join(fields))[0]
        warnings = [
            _differs("minutes", _values(expanded[0], 60), cron.minutes),
            _differs("hours", _values(expanded[1], 24), cron.hours),
            _days_differ(fields, cron),
        ]
    except CroniterError:
        return ("Other schedulers (croniter) do not accept this text; Podium fires it as described.",)
    return tuple(warning for warning in warnings if warning)


def _values(expanded: Sequence[int | str], size: int) -> tuple[int, ...]:
    return tuple(range(size)) if "*" in expanded else tuple(sorted(int(value) for value in expanded))


def _differs(what: str, theirs: tuple[int, ...], ours: tuple[int, ...]) -> str:
    if theirs == ours:
        return ""
    odd = sorted(set(theirs) ^ set(ours))
    return f"Other schedulers (croniter) read the {what} differently, for example {odd[0]}."


def _days_differ(fields: tuple[str, ...], cron: Cron) -> str:
    theirs = _croniter_days(fields[2:])
    first = BEGIN.toordinal() - EPOCH_DAY
    mask = matching_days(cron.days, first, END.toordinal() - EPOCH_DAY)
    ours = {date.fromordinal(BEGIN.toordinal() + int(index)) for index in mask.nonzero()[0]}
    if ours == theirs:
        return ""
    day = min(ours ^ theirs)
    who = "Podium fires and they do not" if day in ours else "they fire and Podium does not"
    return f"Other schedulers (croniter) read the days differently: on {day:%A, %d %B %Y} {who}."


@lru_cache(maxsize=1024)
def _croniter_days(fields: tuple[str, ...]) -> set[date]:
    # One second before, because croniter's start is exclusive.
    start = datetime(BEGIN.year - 1, 12, 31, 23, 59, 59, tzinfo=UTC)
    fires = croniter(f"0 0 {' '.join(fields)}", start, max_years_between_matches=30).all_next(datetime)
    return {moment.date() for moment in takewhile(lambda moment: moment.date() < END, fires)}
