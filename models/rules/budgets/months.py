"""The calendar months of a budget, in its time zone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from models.rules.cron.zones import zone

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month: [starts_at, ends_at), in UTC."""

    starts_at: datetime
    ends_at: datetime


def month_of(at: datetime, timezone: str) -> Month:
    """Return the month of an instant in a time zone.

    It begins at midnight of its first day, or at the next whole hour of UTC where that midnight is not one (zones such
    as Asia/Kolkata): what automations cost is known by the hour.

    Raises:
        UnknownTimezone: there is no such zone.
    """
    tz = zone(timezone)
    local = at.astimezone(tz)
    month = _month(local.year, local.month, tz)
    # In the minutes before the next whole hour, the month before goes on.
    return month if at >= month.starts_at else _month(*_before(local.year, local.month), tz)


@lru_cache(maxsize=256)
def _month(year: int, month: int, tz: tzinfo) -> Month:
    following = (year, month + 1) if month < 12 else (year + 1, 1)
    return Month(_start(year, month, tz), _start(*following, tz))


def _start(year: int, month: int, tz: tzinfo) -> datetime:
    midnight = datetime(year, month, 1, tzinfo=tz).astimezone(UTC)
    whole = midnight.replace(minute=0, second=0, microsecond=0)
    return whole if whole == midnight else whole + HOUR


def _before(year: int, month: int) -> tuple[int, int]:
    return (year, month - 1) if month > 1 else (year - 1, 12)
