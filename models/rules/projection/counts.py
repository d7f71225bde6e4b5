"""How often each row of a plan fires in each slot, counted in closed form instead of listed.

A slot begins with its start and ends before its end: a fire at 22:00 belongs to the hour of 22:00. Between two zone
transitions wall time is linear, so the matches before a wall time are: matching days before x fires a day + matching
hours before x minutes an hour + matching minutes before. A slot's count is the difference of two such numbers. What
odd transitions add or remove is corrected afterwards, only for the rows concerned.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from models.rules.arrays import Counts, Instants, Mask
from models.rules.cron.days import day_indices
from models.rules.cron.dst_quirks import may_be_odd, odd_spans
from models.rules.cron.expression import Cron
from models.rules.cron.instants import elapsed_instants, fire_instants
from models.rules.cron.zone_transitions import DAY, Transition, zone_transitions
from models.rules.projection.plan import Group, ProjectionPlan

# Wall time may be more than a day away from UTC, and a gap may last a day.
MARGIN_DAYS = 2


@dataclass(frozen=True, slots=True)
class DayMatrix:
    """For each day rule of a plan and each day from `first` on: whether it matches, and how many days did before."""

    first: int
    matches: Mask
    before: Counts


def day_matrix(plan: ProjectionPlan, start: int, end: int) -> DayMatrix:
    """Return the days of the instants [start, end), with a margin."""
    first, last = start // DAY - MARGIN_DAYS, end // DAY + MARGIN_DAYS + 1
    if not plan.groups:
        return DayMatrix(first, np.zeros((0, 0), dtype=np.bool_), np.zeros((0, 0), dtype=np.int32))
    matches = plan.day_tables[:, day_indices(first, last)]
    before = np.zeros((len(matches), last - first + 1), dtype=np.int32)
    np.cumsum(matches, axis=1, out=before[:, 1:])
    return DayMatrix(first, matches, before)


def slot_counts(plan: ProjectionPlan, edges: Instants) -> Counts:
    """Return the fires of each row in each slot [edges[i], edges[i + 1]), rows x slots."""
    counts = np.zeros((plan.size, len(edges) - 1), dtype=np.int32)
    days = day_matrix(plan, int(edges[0]), int(edges[-1]))
    for group in plan.groups:
        counts[group.rows] = _group_counts(group, days, edges)
    for row, schedule in plan.irregular:
        counts[row] = _histogram(schedule.due_instants(int(edges[0]), int(edges[-1])), edges)
    return counts


def _group_counts(group: Group, days: DayMatrix, edges: Instants) -> Counts:
    start, end = int(edges[0]), int(edges[-1])
    counts: Counts | None = None
    for piece in group.transitions.pieces(start, end, once=group.once):
        if (piece.start, piece.end) == (start, end):
            counts = np.diff(matches_before(group, days, edges + piece.offset), axis=1)
            break
        counts = np.zeros((len(group.rows), len(edges) - 1), dtype=np.int32) if counts is None else counts
        first = int(np.searchsorted(edges, piece.start, side="right")) - 1
        last = int(np.searchsorted(edges, piece.end, side="left"))
        within = np.clip(edges[first : last + 1], piece.start, piece.end)
        counts[:, first:last] += np.diff(matches_before(group, days, within + piece.offset), axis=1)
    if counts is None:
        counts = np.zeros((len(group.rows), len(edges) - 1), dtype=np.int32)
    if group.once:
        _add_fires_after_gaps(group, days, edges, counts)
    else:
        _correct_odd_changes(group, edges, counts)
    return counts


def matches_before(group: Group, days: DayMatrix, walls: Instants) -> Counts:
    """Return how many wall times of the matrix match before each of `walls`, rows x walls."""
    tables = group.tables
    minutes = -(-walls // 60)
    day, hour, minute = minutes // 1440 - days.first, minutes % 1440 // 60, minutes % 60
    per_hour = tables.minutes_before[:, -1:]
    today = tables.hours_before[:, hour] * per_hour
    if minute.any():
        in_hour = tables.hours_before[:, hour + 1] - tables.hours_before[:, hour]
        today += in_hour * tables.minutes_before[:, minute]
    today *= days.matches[group.day_rule[:, None], day]
    per_day = (tables.hours_before[:, -1:] * per_hour).astype(np.int32)
    total: Counts = days.before[group.day_rule[:, None], day]
    total *= per_day
    total += today
    return total


def gap_fires(group: Group, days: DayMatrix, change: Transition) -> tuple[int, npt.NDArray[np.bool_]]:
    """Return the instant at a gap's end, and which rows fire there only because of the gap."""
    wall = -(-(change.at + change.after) // 60) * 60
    walls = np.array([change.at + change.before, change.at + change.after, wall, wall + 60], dtype=np.int64)
    before = matches_before(group, days, walls)
    return wall - change.after, (before[:, 1] > before[:, 0]) & (before[:, 3] == before[:, 2])


def _add_fires_after_gaps(group: Group, days: DayMatrix, edges: Instants, counts: Counts) -> None:
    for change in group.transitions.between(int(edges[0]) - 60, int(edges[-1])):
        if change.is_gap:
            instant, late = gap_fires(group, days, change)
            slot = int(np.searchsorted(edges, instant, side="right")) - 1
            if 0 <= slot < counts.shape[1]:
                counts[late, slot] += 1


def _correct_odd_changes(group: Group, edges: Instants, counts: Counts) -> None:
    start, end = int(edges[0]), int(edges[-1])
    if not may_be_odd(group.transitions, start, end):
        return
    for index, cron in enumerate(group.crons):
        for low, high in odd_spans(cron, group.transitions, start, end):
            added, removed = odd_difference(cron, group.transitions.name, low, high)
            counts[index] += _histogram(added, edges) - _histogram(removed, edges)


@lru_cache(maxsize=16_384)
def odd_difference(cron: Cron, zone_name: str, start: int, end: int) -> tuple[Instants, Instants]:
    """Return the instants of an odd span that fire without a match, and those that match without firing."""
    fires = fire_instants(cron, zone_transitions(zone_name), start, end)
    matching = elapsed_instants(cron, zone_transitions(zone_name), start, end)
    return np.setdiff1d(fires, matching), np.setdiff1d(matching, fires)


def _histogram(instants: Instants, edges: Instants) -> Counts:
    return np.diff(np.searchsorted(instants, edges)).astype(np.int32)
