"""What a schedule does on the days on which the clocks of its zone change, in words."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from models.rules.cron.days import matching_days
from models.rules.cron.expression import Cron
from models.rules.cron.occurrences import occurrences
from models.rules.cron.zone_transitions import EPOCH, ClockChange, clock_change_days

TICK = timedelta(microseconds=1)
AS_EVER = "It fires as on any other day."
NOT_DUE = "It does not fire on this day."


@dataclass(frozen=True, slots=True)
class ClockEffect:
    """One such day: the change, the instants at which the schedule fires, and what is special about them."""

    change: ClockChange
    fires: tuple[datetime, ...]
    text: str

    @property
    def differs(self) -> bool:
        """Tell whether the change of clocks makes a difference to this schedule."""
        return self.text not in (AS_EVER, NOT_DUE)


def clock_effects(cron: Cron, tz: ZoneInfo, start: datetime, end: datetime) -> list[ClockEffect]:
    """Tell of each change of clocks in (start, end]."""
    return [_effect(cron, tz, change) for change in clock_change_days(tz, start, end)]


def _effect(cron: Cron, tz: ZoneInfo, change: ClockChange) -> ClockEffect:
    begin = datetime.combine(change.day, time(), tz).astimezone(UTC)
    end = datetime.combine(change.day + timedelta(days=1), time(), tz).astimezone(UTC)
    fires = tuple(occurrences(cron, tz, begin - TICK, end - TICK))
    expected = _wall_times(cron, change.day)
    shown = [_minute(fire.astimezone(tz)) for fire in fires]
    return ClockEffect(change, fires, _text(cron, tz, change, expected, shown))


def _wall_times(cron: Cron, day: date) -> list[int]:
    """Give the minutes of the day at which it would fire if the clocks did not change."""
    place = (day - EPOCH.date()).days
    if not matching_days(cron.days, place, place + 1)[0]:
        return []
    return [int(seconds) // 60 for seconds in cron.times_of_day]


def _text(cron: Cron, tz: ZoneInfo, change: ClockChange, expected: list[int], shown: list[int]) -> str:
    if not expected and not shown:
        return NOT_DUE
    if not cron.is_fixed_time:
        if len(shown) == len(expected):
            return AS_EVER
        return f"It fires {_times(len(shown))} instead of {len(expected)}."
    gone = sorted(set(expected) - set(shown))
    if gone:
        instead = sorted(set(shown) - set(expected))
        where = f"at {_clocks(instead)} instead" if instead else "once with what is due then"
        return f"{_clocks(gone)} {_do(gone)} not exist on this day; it fires {where}."
    repeated = [minute for minute in expected if _is_repeated(tz, change, minute)]
    if repeated:
        come = "comes" if len(repeated) == 1 else "come"
        return f"{_clocks(repeated)} {come} twice on this day; it fires the first time only."
    return AS_EVER


def _is_repeated(tz: ZoneInfo, change: ClockChange, minute: int) -> bool:
    if change.shift_minutes > 0:
        return False
    wall = datetime.combine(change.day, time(minute // 60, minute % 60), tz)
    return wall.replace(fold=1).utcoffset() != wall.utcoffset()


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _clocks(minutes: list[int]) -> str:
    return ", ".join(f"{minute // 60:02}:{minute % 60:02}" for minute in minutes)


def _do(what: list[int]) -> str:
    return "does" if len(what) == 1 else "do"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
