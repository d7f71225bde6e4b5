"""The instants at which a cron fires in a zone, as whole seconds since 1970.

A fixed-time cron fires exactly once for each wall time that matches: the first time where the clocks repeat
it, and at the end of the gap where they leave it out. Any other follows elapsed time: it fires whenever the
clocks show a time that matches, and so twice in a repeated hour and never in a missing one.
"""

import numpy as np
import numpy.typing as npt

from models.rules.cron.days import matching_days
from models.rules.cron.dst_quirks import odd_spans, simulated
from models.rules.cron.expression import Cron
from models.rules.cron.zone_transitions import DAY, EARLIEST, LATEST, Change, ZoneClock

Instants = npt.NDArray[np.int64]

# Wall time may be a day and a bit away from UTC.
MARGIN = 2 * DAY


def fire_instants(cron: Cron, zone_clock: ZoneClock, start: int, end: int) -> Instants:
    """Return every instant in [start, end) at which the cron fires, ascending."""
    if start < EARLIEST + MARGIN or end > LATEST - MARGIN:
        raise ValueError("Crons can be expanded from 1850 to 2149 only.")
    if start >= end:
        return np.empty(0, dtype=np.int64)
    if cron.is_fixed_time:
        return _once_each(cron, zone_clock, start, end)
    return _by_elapsed_time(cron, zone_clock, start, end)


def _once_each(cron: Cron, zone_clock: ZoneClock, start: int, end: int) -> Instants:
    parts = [
        wall_matches(cron, piece.start + piece.offset, piece.end + piece.offset) - piece.offset
        for piece in zone_clock.pieces(start, end, once=True)
    ]
    late = [
        instant
        for change in zone_clock.between(start - 60, end)
        if (instant := fire_after_gap(cron, change)) is not None and start <= instant < end
    ]
    return np.unique(np.concatenate([*parts, np.array(late, dtype=np.int64)]))


def fire_after_gap(cron: Cron, change: Change) -> int | None:
    """Return the instant, at the end of a gap, at which a fixed-time cron makes up for what the gap took."""
    if not change.is_gap:
        return None
    if not wall_matches(cron, change.at + change.before, change.at + change.after).size:
        return None
    return -(-(change.at + change.after) // 60) * 60 - change.after


def _by_elapsed_time(cron: Cron, zone_clock: ZoneClock, start: int, end: int) -> Instants:
    parts: list[Instants] = []
    cursor = start
    for span_start, span_end in odd_spans(cron, zone_clock, start, end):
        listed, known_until = simulated(cron, zone_clock.name, span_start, span_end)
        parts.append(elapsed_instants(cron, zone_clock, cursor, span_start))
        parts.append(listed[np.searchsorted(listed, start) : np.searchsorted(listed, end)])
        cursor = max(known_until, start)
    parts.append(elapsed_instants(cron, zone_clock, cursor, end))
    return np.concatenate(parts)


def elapsed_instants(cron: Cron, zone_clock: ZoneClock, start: int, end: int) -> Instants:
    """Return the instants in [start, end) whose wall time matches, whatever CronSim says of odd changes."""
    parts = [
        wall_matches(cron, piece.start + piece.offset, piece.end + piece.offset) - piece.offset
        for piece in zone_clock.pieces(start, end, once=False)
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def wall_matches(cron: Cron, start: int, end: int) -> Instants:
    """Return the wall seconds in [start, end) that match, ascending, as if clocks never changed."""
    first_day = start // DAY
    days = np.flatnonzero(matching_days(cron.days, first_day, -(-end // DAY))) + first_day
    if not days.size:
        return np.empty(0, dtype=np.int64)
    times: Instants = (days[:, None] * DAY + cron.times_of_day[None, :]).ravel()
    return times[np.searchsorted(times, start) : np.searchsorted(times, end)]
