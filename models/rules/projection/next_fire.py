"""When each row of a plan fires next, found for all rows at once.

Within a stretch of even wall time the next match is in this hour, else in a later hour of this day, else at
the first time of the next matching day. What is left (rare days, odd changes, slowed rows) is asked singly.
"""

import numpy as np

from models.rules.cron.dst_quirks import may_be_odd, odd_spans
from models.rules.cron.expression import Cron
from models.rules.cron.instants import MARGIN, Instants, fire_instants
from models.rules.cron.slowdown import Slowdown, keep_every
from models.rules.cron.zone_transitions import DAY, LATEST, Piece, ZoneClock
from models.rules.projection.counts import DayMatrix, day_matrix, gap_fires
from models.rules.projection.plan import Group, Plan

NEVER = -1
NEAR = 400 * DAY
FARTHEST = 50 * 366 * DAY


def next_instants(plan: Plan, after: int) -> Instants:
    """Return each row's first fire after the instant `after`, and NEVER for paused rows."""
    found = np.full(plan.size, NEVER, dtype=np.int64)
    days = day_matrix(plan, after + 1, after + 1 + NEAR)
    next_day = _next_matching_day(days)
    for group in plan.groups:
        found[group.rows] = _group_next(group, days, next_day, after + 1)
    for row, cron, zone_clock, slowdown in plan.slowdowns:
        found[row] = next_instant(cron, zone_clock, after + 1, slowdown)
    return found


def next_instant(cron: Cron, zone_clock: ZoneClock, start: int, slowdown: Slowdown | None = None) -> int:
    """Return one cron's first fire from the instant `start` on, or NEVER if none comes in fifty years."""
    first = start if slowdown is None else min(start, int(slowdown.anchor.timestamp()))
    farthest = min(start + FARTHEST, LATEST - MARGIN)
    span, end = 2 * DAY, start
    while end < farthest:
        end = min(start + span, farthest)
        fires = fire_instants(cron, zone_clock, first, end)
        if slowdown is not None:
            fires = keep_every(fires, slowdown)
            fires = fires[fires >= start]
        if fires.size:
            return int(fires[0])
        span *= 8
    return NEVER


def _group_next(group: Group, days: DayMatrix, next_day: Instants, start: int) -> Instants:
    end = start + NEAR
    found = np.full(len(group.rows), NEVER, dtype=np.int64)
    for piece in group.clock.pieces(start, end, once=group.once):
        missing = np.flatnonzero(found == NEVER)
        if not missing.size:
            break
        found[missing] = _first_in_piece(group, missing, days, next_day, piece)
    if group.once:
        _consider_gaps(group, days, start, found)
    for index in _asked_singly(group, start, found):
        found[index] = next_instant(group.crons[index], group.clock, start)
    return found


def _first_in_piece(group: Group, rows: Instants, days: DayMatrix, next_day: Instants, piece: Piece) -> Instants:
    """Return the first match of these rows of a group within a piece of even wall time, or NEVER."""
    next_hour, next_minute = group.tables.next_hour[rows], group.tables.next_minute[rows]
    rule = group.day_rule[rows]
    wall_minute = -(-(piece.start + piece.offset) // 60)
    day, hour, minute = wall_minute // 1440 - days.first, wall_minute % 1440 // 60, wall_minute % 60

    today = days.matches[rule, day]
    this_hour = today & (next_hour[:, hour] == hour) & (next_minute[:, minute] < 60)
    later_hour = today & ~this_hour & (next_hour[:, hour + 1] < 24)
    hours = np.where(this_hour, hour, np.where(later_hour, next_hour[:, hour + 1], next_hour[:, 0]))
    minutes = np.where(this_hour, next_minute[:, minute], next_minute[:, 0])
    on = np.where(this_hour | later_hour, day, next_day[rule, day + 1])

    instants = (days.first + on) * DAY + hours.astype(np.int64) * 3600 + minutes * 60 - piece.offset
    return np.where(instants < piece.end, instants, NEVER)


def _consider_gaps(group: Group, days: DayMatrix, start: int, found: Instants) -> None:
    for change in group.clock.between(start - 60, start + NEAR):
        if change.is_gap:
            instant, late = gap_fires(group, days, change)
            earlier = late & ((found == NEVER) | (found > instant)) & (instant >= start)
            found[earlier] = instant


def _asked_singly(group: Group, start: int, found: Instants) -> list[int]:
    """Return the rows whose answer is not in `found` yet, or may be wrong for an odd change of clocks."""
    rare = np.flatnonzero(found == NEVER).tolist()
    if group.once or not may_be_odd(group.clock, start, start + NEAR):
        return [int(index) for index in rare]
    return rare + [
        index
        for index, (cron, fire) in enumerate(zip(group.crons, found.tolist(), strict=True))
        if fire != NEVER and odd_spans(cron, group.clock, start, fire + 1)
    ]


def _next_matching_day(days: DayMatrix) -> Instants:
    """Return, for each rule and day, the first matching day from it on; a day far away if there is none."""
    size = days.matches.shape[1]
    candidates = np.where(days.matches, np.arange(size), 10 * size)
    return np.minimum.accumulate(candidates[:, ::-1], axis=1)[:, ::-1]
