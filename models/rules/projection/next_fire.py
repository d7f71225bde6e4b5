"""When each row of a plan fires next, found for all rows at once.

Between two zone transitions the next match is in this hour, else in a later hour of this day, else at the first time
of the next matching day. The rest (rare days, odd transitions, slowed and snoozed rows) is computed row by row.
"""

from datetime import datetime
from math import floor

import numpy as np

from models.rules.arrays import Instants
from models.rules.cron.dst_quirks import may_be_odd, odd_spans
from models.rules.cron.instants import as_datetimes
from models.rules.cron.zone_transitions import DAY, Piece
from models.rules.projection.counts import DayMatrix, day_matrix, gap_fires
from models.rules.projection.plan import Group, ProjectionPlan
from models.rules.schedule import NEVER, Schedule

NEAR = 400 * DAY


def next_fires(plan: ProjectionPlan, after: datetime) -> list[datetime | None]:
    """Return each row's first fire after `after` in UTC; None for triggers and paused rows."""
    instants = next_instants(plan, floor(after.timestamp()))
    return [
        moment if instant != NEVER else None
        for instant, moment in zip(instants.tolist(), as_datetimes(instants), strict=True)
    ]


def next_instants(plan: ProjectionPlan, after: int) -> Instants:
    """Return each row's first fire after the instant `after`; NEVER for triggers and paused rows."""
    found = np.full(plan.size, NEVER, dtype=np.int64)
    days = day_matrix(plan, after + 1, after + 1 + NEAR)
    next_day = _next_matching_day(days)
    for group in plan.groups:
        found[group.rows] = _group_next(group, days, next_day, after + 1)
    for row, schedule in plan.irregular:
        found[row] = schedule.next_instant(after + 1)
    return found


def _group_next(group: Group, days: DayMatrix, next_day: Instants, start: int) -> Instants:
    end = start + NEAR
    found = np.full(len(group.rows), NEVER, dtype=np.int64)
    for piece in group.transitions.pieces(start, end, once=group.once):
        missing = np.flatnonzero(found == NEVER)
        if not missing.size:
            break
        found[missing] = _first_in_piece(group, missing, days, next_day, piece)
    if group.once:
        _consider_gaps(group, days, start, found)
    for index in _unresolved(group, start, found):
        found[index] = Schedule(group.crons[index], group.transitions.name).next_instant(start)
    return found


def _first_in_piece(group: Group, rows: Instants, days: DayMatrix, next_day: Instants, piece: Piece) -> Instants:
    """Return the first match of these rows of a group within a piece of linear wall time, or NEVER."""
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
    for change in group.transitions.between(start - 60, start + NEAR):
        if change.is_gap:
            instant, late = gap_fires(group, days, change)
            earlier = late & ((found == NEVER) | (found > instant)) & (instant >= start)
            found[earlier] = instant


def _unresolved(group: Group, start: int, found: Instants) -> list[int]:
    """Return the rows that `found` has no fire for, or one that may be wrong because of an odd transition."""
    rare = np.flatnonzero(found == NEVER).tolist()
    if group.once or not may_be_odd(group.transitions, start, start + NEAR):
        return [int(index) for index in rare]
    return rare + [
        index
        for index, (cron, fire) in enumerate(zip(group.crons, found.tolist(), strict=True))
        if fire != NEVER and odd_spans(cron, group.transitions, start, fire + 1)
    ]


def _next_matching_day(days: DayMatrix) -> Instants:
    """Return, for each rule and day, the first matching day from it on; an index out of range if there is none."""
    size = days.matches.shape[1]
    candidates = np.where(days.matches, np.arange(size), 10 * size)
    return np.minimum.accumulate(candidates[:, ::-1], axis=1)[:, ::-1]
