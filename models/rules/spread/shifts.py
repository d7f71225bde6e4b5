"""By how many minutes a cron can be moved so that its minute and hour fields alone say so.

The day fields and the zone stay, and no fire crosses midnight: it would move to another day.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from models.rules.arrays import Instants, Mask
from models.rules.cron.days import DayRule, matching_days
from models.rules.cron.expression import MACROS, Cron
from models.rules.cron.zone_transitions import DAY, zone_transitions

MINUTES_A_DAY = 1440
YEARS_AHEAD = 5 * 366 * DAY


@dataclass(frozen=True, slots=True)
class ClosedWindow:
    """Minutes of the local day [start, end) into which nothing may be moved; one that ends before its start wraps."""

    start: int
    end: int


def possible_shifts(
    cron: Cron, timezone: str, slack: int, now: int, closed: Sequence[ClosedWindow] = ()
) -> Sequence[int]:
    """Return the shifts in minutes of at most `slack` either way, ascending; 0 is always one of them.

    A shift is possible if all minutes carry alike into the hours, all hours stay within the day, and no fire comes into
    a closed window or into a time that a change of clocks skips or repeats, where it would mean something else.

    Args:
        cron: The schedule as it is.
        timezone: Its zone.
        slack: The most minutes, either way.
        now: Changes of clocks are considered from this instant on.
        closed: Times of day that are refused.
    """
    minutes, hours = np.array(cron.minutes), np.array(cron.hours)
    shifts = np.arange(-slack, slack + 1)
    carried = (minutes[:, None] + shifts) // 60
    carry = carried[0]
    fits = (carried == carry).all(axis=0) & (hours[0] + carry >= 0) & (hours[-1] + carry <= 23)
    shifts = shifts[fits]
    times = cron.times_of_day // 60
    skipped, repeated = _changing_minutes(cron.days, timezone, now // DAY)
    for refused in (_minutes_within(closed), skipped, repeated):
        if refused.any():
            entered = refused[times[:, None] + shifts] & ~refused[times][:, None]
            shifts = shifts[~entered.any(axis=0)]
    changing = skipped | repeated
    if changing.any():
        # A cron that begins to name its times, or no longer does, means something else when clocks change.
        alters = np.array([_is_fixed_time(cron, shift) is not cron.is_fixed_time for shift in shifts.tolist()])
        touches = changing[times].any() | changing[times[:, None] + shifts].any(axis=0)
        shifts = shifts[~(alters & touches)]
    return tuple(shifts.tolist())


def shifted(cron: Cron, shift: int) -> str:
    """Return the text of the cron moved by a possible shift; what does not change is kept as it was written."""
    minute, hour, *days = _written(cron)
    carry, rest = divmod(cron.minutes[0] + shift, 60)
    by = rest - cron.minutes[0]
    if by:
        minute = _minute_text([value + by for value in cron.minutes], starred=hour.startswith("*") and not carry)
    if carry:
        hour = _text([value + carry for value in cron.hours], 24)
    return " ".join((minute, hour, *days))


def _written(cron: Cron) -> Sequence[str]:
    return cron.fields if cron.text.lower() in MACROS else cron.text.split()


def _is_fixed_time(cron: Cron, shift: int) -> bool:
    """Return whether the shifted cron is one of fixed times; `shifted` never adds a star that changes this."""
    minute, hour, *_ = cron.fields
    keeps_minute, keeps_hour = shift % 60 == 0, 0 <= cron.minutes[0] + shift < 60
    return not (minute.startswith("*") and keeps_minute) and not (hour.startswith("*") and keeps_hour)


def _minute_text(values: Sequence[int], *, starred: bool) -> str:
    step = values[1] - values[0] if len(values) > 1 else 0
    if starred and step and values == list(range(0, 60, step)):
        return f"*/{step}"
    return _text(values, 60)


def _text(values: Sequence[int], size: int) -> str:
    """Write the values of a field as a range with a step if they are one, else as a list."""
    gaps = {later - earlier for earlier, later in pairwise(values)}
    if len(values) > 2 and len(gaps) == 1:
        step = gaps.pop()
        last = size - 1 if values[-1] + step > size - 1 else values[-1]
        return f"{values[0]}-{values[-1]}" if step == 1 else f"{values[0]}-{last}/{step}"
    return ",".join(map(str, values))


def _minutes_within(windows: Iterable[ClosedWindow]) -> Mask:
    minutes: Instants = np.arange(MINUTES_A_DAY)
    within = np.zeros(MINUTES_A_DAY, dtype=np.bool_)
    for window in windows:
        after, before = minutes >= window.start, minutes < window.end
        within |= after & before if window.start < window.end else after | before
    return within


@lru_cache(maxsize=4096)
def _changing_minutes(days: DayRule, timezone: str, today: int) -> tuple[Mask, Mask]:
    """Return which minutes of a matching day a change of clocks skips, and which repeats, within the coming years."""
    skipped, repeated = np.zeros(MINUTES_A_DAY, dtype=np.bool_), np.zeros(MINUTES_A_DAY, dtype=np.bool_)
    for change in zone_transitions(timezone).between(today * DAY, today * DAY + YEARS_AHEAD):
        low, high = sorted((change.at + change.before, change.at + change.after))
        walls = np.arange(low // 60, -(-high // 60))
        first, last = int(walls[0]) // MINUTES_A_DAY, int(walls[-1]) // MINUTES_A_DAY
        fires = matching_days(days, first, last + 1)
        within = skipped if change.is_gap else repeated
        within[walls[fires[walls // MINUTES_A_DAY - first]] % MINUTES_A_DAY] = True
    return skipped, repeated
