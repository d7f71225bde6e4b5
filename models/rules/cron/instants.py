"""The instants at which a cron fires in a zone, as whole seconds since 1970.

A fixed-time cron fires exactly once for each wall time that matches: the first time if the wall time occurs twice,
and at the end of the gap if a transition skips it. Any other cron follows elapsed time: it fires whenever the wall
time matches, so twice in a repeated hour and never in a skipped one.
"""

from datetime import UTC, datetime

import numpy as np

from models.rules.arrays import Instants
from models.rules.cron.days import matching_days
from models.rules.cron.dst_quirks import odd_spans, simulated
from models.rules.cron.expression import Cron
from models.rules.cron.zone_transitions import DAY, EARLIEST, LATEST, Transition, ZoneTransitions

# Wall time may be more than a day away from UTC.
MARGIN = 2 * DAY
LAST_INSTANT = datetime.fromtimestamp(LATEST - MARGIN - 1, UTC)


def fire_instants(cron: Cron, transitions: ZoneTransitions, start: int, end: int) -> Instants:
    """Return every instant in [start, end) at which the cron fires, ascending.

    Raises:
        ValueError: The window is not within 1850 to 2149.
    """
    if start < EARLIEST + MARGIN or end > LATEST - MARGIN:
        raise ValueError("Crons can be expanded from 1850 to 2149 only.")
    if start >= end:
        return np.empty(0, dtype=np.int64)
    if cron.is_fixed_time:
        return _once_each(cron, transitions, start, end)
    return _by_elapsed_time(cron, transitions, start, end)


def _once_each(cron: Cron, transitions: ZoneTransitions, start: int, end: int) -> Instants:
    parts = [
        wall_matches(cron, piece.start + piece.offset, piece.end + piece.offset) - piece.offset
        for piece in transitions.pieces(start, end, once=True)
    ]
    late = [
        instant
        for change in transitions.between(start - 60, end)
        if (instant := fire_after_gap(cron, change)) is not None and start <= instant < end
    ]
    return np.unique(np.concatenate([*parts, np.array(late, dtype=np.int64)]))


def fire_after_gap(cron: Cron, change: Transition) -> int | None:
    """Return the instant at the end of a gap at which a fixed-time cron fires for times that the gap skipped."""
    if not change.is_gap:
        return None
    if not wall_matches(cron, change.at + change.before, change.at + change.after).size:
        return None
    return -(-(change.at + change.after) // 60) * 60 - change.after


def _by_elapsed_time(cron: Cron, transitions: ZoneTransitions, start: int, end: int) -> Instants:
    parts: list[Instants] = []
    cursor = start
    for span_start, span_end in odd_spans(cron, transitions, start, end):
        listed, known_until = simulated(cron, transitions.name, span_start, span_end)
        parts.append(elapsed_instants(cron, transitions, cursor, span_start))
        parts.append(listed[np.searchsorted(listed, start) : np.searchsorted(listed, end)])
        cursor = max(known_until, start)
    parts.append(elapsed_instants(cron, transitions, cursor, end))
    return np.concatenate(parts)


def elapsed_instants(cron: Cron, transitions: ZoneTransitions, start: int, end: int) -> Instants:
    """Return the instants in [start, end) whose wall time matches, whatever CronSim says of odd changes."""
    parts = [
        wall_matches(cron, piece.start + piece.offset, piece.end + piece.offset) - piece.offset
        for piece in transitions.pieces(start, end, once=False)
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def wall_matches(cron: Cron, start: int, end: int) -> Instants:
    """Return the wall seconds in [start, end) that match, ascending, without regard to transitions."""
    first_day = start // DAY
    days = np.flatnonzero(matching_days(cron.days, first_day, -(-end // DAY))) + first_day
    if not days.size:
        return np.empty(0, dtype=np.int64)
    times: Instants = (days[:, None] * DAY + cron.times_of_day[None, :]).ravel()
    return times[np.searchsorted(times, start) : np.searchsorted(times, end)]


def as_datetimes(instants: Instants) -> list[datetime]:
    """Return seconds since 1970 as aware UTC datetimes."""
    return [datetime.fromtimestamp(instant, UTC) for instant in instants.tolist()]
