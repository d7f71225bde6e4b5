"""The effect of zone transitions on a schedule, in words."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from models.rules.cron.days import matching_days
from models.rules.cron.expression import Cron
from models.rules.cron.instants import as_datetimes, fire_instants
from models.rules.cron.zone_transitions import EPOCH, TransitionDay, transition_days, zone_transitions

AS_EVER = "It fires as on any other day."
NOT_DUE = "It does not fire on this day."


@dataclass(frozen=True, slots=True)
class TransitionEffect:
    """A day with a transition, the instants at which the schedule fires on it, and how it differs from other days."""

    change: TransitionDay
    fires: tuple[datetime, ...]
    text: str

    @property
    def differs(self) -> bool:
        return self.text not in (AS_EVER, NOT_DUE)


def transition_effects(cron: Cron, tz: ZoneInfo, start: datetime, end: datetime) -> list[TransitionEffect]:
    """Return what the cron does on the day of each zone transition in (start, end]."""
    return [_effect(cron, tz, change) for change in transition_days(tz, start, end)]


def _effect(cron: Cron, tz: ZoneInfo, change: TransitionDay) -> TransitionEffect:
    begin, end = (datetime.combine(change.day + timedelta(days=days), time(), tz) for days in (0, 1))
    window = ceil(begin.timestamp()), ceil(end.timestamp())
    fires = tuple(as_datetimes(fire_instants(cron, zone_transitions(tz.key), *window)))
    expected = _wall_times(cron, change.day)
    shown = [_minute(fire.astimezone(tz)) for fire in fires]
    return TransitionEffect(change, fires, _text(cron, tz, change, expected, shown))


def _wall_times(cron: Cron, day: date) -> list[int]:
    """Return the minutes of the day at which it would fire without a transition."""
    day_number = (day - EPOCH.date()).days
    if not matching_days(cron.days, day_number, day_number + 1)[0]:
        return []
    return [int(seconds) // 60 for seconds in cron.times_of_day]


def _text(cron: Cron, tz: ZoneInfo, change: TransitionDay, expected: list[int], shown: list[int]) -> str:
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


def _is_repeated(tz: ZoneInfo, change: TransitionDay, minute: int) -> bool:
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
