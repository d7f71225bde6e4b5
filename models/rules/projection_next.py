"""When each row of a plan fires next, found for all rows at once.

Within a stretch of even wall time the next match is in this hour, else in a later hour of this day, else at
the first time of the next matching day. What is left (rare days, odd changes, slowed rows) is asked singly.
"""

import numpy as np

from models.rules.cron import Cron
from models.rules.instants import Instants, fire_instants
from models.rules.odd_changes import odd_spans
from models.rules.projection_counts import DayMatrix, day_matrix, gap_fires
from models.rules.projection_plan import Group, Plan
from models.rules.slowdown import Slowdown, keep_every
from models.rules.zone_clock import DAY, Piece, ZoneClock

NEVER = -1
NEAR = 40 * DAY
FARTHEST = 50 * 366 * DAY


def next_instants(plan: Plan, after: int) -> Instants:
    """Return each row's first fire after the instant `after`, and NEVER for paused rows."""
    found = np.full(plan.size, NEVER, dtype=np.int64)
    for group in plan.groups:
        found[group.rows] = _group_next(group, after + 1)
    for row, cron, zone_clock, slowdown in plan.slowdowns:
        found[row] = next_instant(cron, zone_clock, after + 1, slowdown)
    return found


def next_instant(cron: Cron, zone_clock: ZoneClock, start: int, slowdown: Slowdown | None = None) -> int:
    """Return one cron's first fire from the instant `start` on, or NEVER if none comes in fifty years."""
    span = 2 * DAY
    while span < FARTHEST:
        if slowdown is None:
            fires = fire_instants(cron, zone_clock, start, start + span)
        else:
            first = min(start, int(slowdown.anchor.timestamp()))
            fires = keep_every(fire_instants(cron, zone_clock, first, start + span), slowdown)
            fires = fires[fires >= start]
        if fires.size:
            return int(fires[0])
        span *= 8
    return NEVER


def _group_next(group: Group, start: int) -> Instants:
    end = start + NEAR
    days = day_matrix(group, start, end)
    found = np.full(len(group.rows), NEVER, dtype=np.int64)
    for piece in group.clock.pieces(start, end, once=group.once):
        instants = _first_in_piece(group, days, piece)
        found = np.where(found == NEVER, instants, found)
    if group.once:
        for change in group.clock.between(start - 60, end):
            if change.is_gap:
                instant, late = gap_fires(group, days, change)
                earlier = late & ((found == NEVER) | (found > instant)) & (instant >= start)
                found[earlier] = instant
    for index in _asked_singly(group, start, found):
        found[index] = next_instant(group.crons[index], group.clock, start)
    return found


def _asked_singly(group: Group, start: int, found: Instants) -> list[int]:
    rare = np.flatnonzero(found == NEVER).tolist()
    if group.once or not group.clock.between(start - 10 * DAY, start + NEAR + 10 * DAY):
        return [int(index) for index in rare]
    odd = [
        index
        for index, (cron, fire) in enumerate(zip(group.crons, found.tolist(), strict=True))
        if odd_spans(cron, group.clock, start, max(fire, start) + 1)
    ]
    return sorted({*rare, *odd})


def _first_in_piece(group: Group, days: DayMatrix, piece: Piece) -> Instants:
    """Return each row's first match within a piece of even wall time, or NEVER."""
    tables = group.tables
    wall_minute = -(-(piece.start + piece.offset) // 60)
    day, hour, minute = wall_minute // 1440 - days.first, wall_minute % 1440 // 60, wall_minute % 60
    first_hour, first_minute = tables.next_hour[:, 0], tables.next_minute[:, 0]

    matches = days.matches[:, day + 1 :]
    ahead = np.where(matches.any(axis=1), matches.argmax(axis=1) + 1, -1)[group.day_rule]
    today = days.matches[:, day][group.day_rule]
    this_hour = today & (tables.next_hour[:, hour] == hour) & (tables.next_minute[:, minute] < 60)
    later_hour = today & ~this_hour & (tables.next_hour[:, hour + 1] < 24)

    hours = np.where(this_hour, hour, np.where(later_hour, tables.next_hour[:, hour + 1], first_hour))
    minutes = np.where(this_hour, tables.next_minute[:, minute], first_minute)
    ahead = np.where(this_hour | later_hour, 0, ahead)
    walls = (days.first + day + ahead) * DAY + hours.astype(np.int64) * 3600 + minutes * 60
    instants = walls - piece.offset
    return np.where((ahead >= 0) & (instants < piece.end), instants, NEVER)
