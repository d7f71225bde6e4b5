"""The few changes of clocks around which CronSim itself says when a wildcard cron fires.

"Follows elapsed time" means: it fires at each instant whose wall time matches. CronSim, whose instants are
ours, walks hour by hour and from midnight to midnight. Where a change is not of whole hours on the hour (Lord
Howe, Chatham), or a gap swallows a midnight (Cairo, Santiago), its walk steps over times or lands on the end
of the gap. So for three days after such a change we take its list. It is asked with a run-up, which makes its
answer independent of where a window begins.
"""

from datetime import UTC, datetime
from functools import lru_cache
from itertools import takewhile

import numpy as np
import numpy.typing as npt
from cronsim import CronSim

from models.rules.cron import Cron
from models.rules.days import matching_days
from models.rules.zone_clock import DAY, Change, ZoneClock, clock
from models.rules.zones import zone

HOUR = 3600
BEFORE, AFTER = DAY, 3 * DAY
RUN_UP = 2 * DAY

Instants = npt.NDArray[np.int64]


def may_be_odd(zone_clock: ZoneClock, start: int, end: int) -> bool:
    """Return whether any cron at all could have odd spans there: the cheap question before `odd_spans`."""
    return any(
        _is_off_the_hour(change) or _swallows_midnight(change)
        for change in zone_clock.between(start - 2 * AFTER, end + 2 * AFTER)
    )


def odd_spans(cron: Cron, zone_clock: ZoneClock, start: int, end: int) -> list[tuple[int, int]]:
    """Return the spans [from, to) that touch [start, end) and in which CronSim has to be asked."""
    if cron.is_fixed_time:
        return []
    spans: list[tuple[int, int]] = []
    # A change before the window may belong to a chain of spans that reaches into it.
    for change in zone_clock.between(start - 2 * AFTER, end + 2 * AFTER):
        if not _is_odd(cron, change):
            continue
        span = (change.at - BEFORE, change.at + AFTER)
        if spans and span[0] - RUN_UP < spans[-1][1]:
            span = (spans.pop()[0], span[1])
        spans.append(span)
    return [span for span in spans if span[0] < end and span[1] > start]


@lru_cache(maxsize=16_384)
def simulated(cron: Cron, zone_name: str, start: int, end: int) -> Instants | None:
    """Return CronSim's instants in [start, end), or None where it would walk in a circle for ever."""
    changes = clock(zone_name).between(start - RUN_UP, end + DAY)
    if any(leads_in_a_circle(change) for change in changes):
        return None
    if not matching_days(cron.days, start // DAY - 1, end // DAY + 2).any():
        return np.empty(0, dtype=np.int64)
    begin = datetime.fromtimestamp(start - RUN_UP, UTC).astimezone(zone(zone_name))
    walk = (int(moment.timestamp()) for moment in CronSim(" ".join(cron.fields), begin))
    found = [instant for instant in takewhile(lambda instant: instant < end, walk) if instant >= start]
    return np.array(found, dtype=np.int64)


def _is_odd(cron: Cron, change: Change) -> bool:
    return _is_off_the_hour(change) or (_swallows_midnight(change) and not cron.days.is_every_day)


def _swallows_midnight(change: Change) -> bool:
    return -(-(change.at + change.before) // DAY) * DAY < change.at + change.after


def _is_off_the_hour(change: Change) -> bool:
    return bool((change.at + change.before) % HOUR or (change.at + change.after) % HOUR)


def leads_in_a_circle(change: Change) -> bool:
    """Tell whether the clocks return to before a midnight that CronSim jumps to (St. John's until 2011)."""
    low, high = change.at + change.after, change.at + change.before
    to_yesterday = low // DAY < (high - 1) // DAY
    return low < high and (to_yesterday or (low % DAY < HOUR and _is_off_the_hour(change)))
