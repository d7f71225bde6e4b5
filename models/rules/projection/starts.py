"""Every start of every row of a plan within a window, listed for all rows at once.

Counting needs no list; concurrency does. A group's times of day are laid out once, and a day of the window selects the
rows whose day matches.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.rules.arrays import Instants
from models.rules.cron.dst_quirks import may_be_odd, odd_spans
from models.rules.cron.instants import fire_instants
from models.rules.cron.zone_transitions import DAY, Piece
from models.rules.projection.counts import DayMatrix, day_matrix, gap_fires, odd_difference
from models.rules.projection.overlap import Fires
from models.rules.projection.plan import Group, ProjectionPlan


@dataclass(frozen=True, slots=True)
class Starts:
    """Starts in no particular order: the row of the plan, and the start in milliseconds since 1970."""

    rows: Instants
    at_ms: Instants


@dataclass(frozen=True, slots=True)
class DayTable:
    """A group's times of day as flat arrays: the row within the group, and the seconds since midnight."""

    group: Group
    members: npt.NDArray[np.int64]
    times: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Timetable:
    """A plan with its groups' times of day; like a plan it depends on the schedules only."""

    plan: ProjectionPlan
    tables: tuple[DayTable, ...]


def make_timetable(plan: ProjectionPlan) -> Timetable:
    return Timetable(plan, tuple(_day_table(group) for group in plan.groups))


def _day_table(group: Group) -> DayTable:
    hours = np.diff(group.tables.hours_before, axis=1).astype(np.bool_)
    minutes = np.diff(group.tables.minutes_before, axis=1).astype(np.bool_)
    members, hour, minute = np.nonzero(hours[:, :, None] & minutes[:, None, :])
    return DayTable(group, members, hour * 3600 + minute * 60)


def list_starts(timetable: Timetable, start: int, end: int, instead: Mapping[int, Fires]) -> Iterator[Starts]:
    """Yield the starts within [start, end) in parts.

    Args:
        timetable: The rows.
        start: The first second of the window.
        end: The second after the window.
        instead: Simulated starts of the rows whose runs outlast their interval, see `portfolio.held_back`.
    """
    plan = timetable.plan
    days = day_matrix(plan, start, end)
    apart = np.zeros(plan.size, dtype=np.bool_)
    apart[[*instead, *(row for row, _ in plan.irregular)]] = True
    for table in timetable.tables:
        for rows, instants in _group_starts(table, days, start, end):
            kept = ~apart[rows]
            yield Starts(rows[kept], instants[kept] * 1000)
    for row, schedule in plan.irregular:
        if row not in instead:
            yield _of_row(row, schedule.due_instants(start, end) * 1000)
    for row, fires in instead.items():
        within = (fires.starts_ms >= start * 1000) & (fires.starts_ms < end * 1000)
        yield _of_row(row, fires.starts_ms[within])


def _of_row(row: int, at_ms: Instants) -> Starts:
    return Starts(np.full(at_ms.size, row, dtype=np.int64), at_ms)


def _group_starts(table: DayTable, days: DayMatrix, start: int, end: int) -> Iterator[tuple[Instants, Instants]]:
    group = table.group
    odd = [] if group.once or not may_be_odd(group.transitions, start, end) else list(_odd_members(group, start, end))
    for piece in group.transitions.pieces(start, end, once=group.once):
        yield from _piece_starts(table, days, piece, odd)
    for member in odd:
        instants = fire_instants(group.crons[member], group.transitions, start, end)
        yield np.full(instants.size, group.rows[member]), instants
    if group.once:
        yield from _late_starts(group, days, start, end)


def _piece_starts(
    table: DayTable, days: DayMatrix, piece: Piece, left_out: list[int]
) -> Iterator[tuple[Instants, Instants]]:
    first, last = piece.start + piece.offset, piece.end + piece.offset
    here = np.ones(len(table.group.rows), dtype=np.bool_)
    here[left_out] = False
    for day in range(first // DAY, -(-last // DAY)):
        on = (here & days.matches[table.group.day_rule, day - days.first])[table.members]
        if first > day * DAY:
            on &= table.times >= first - day * DAY
        if last < (day + 1) * DAY:
            on &= table.times < last - day * DAY
        yield table.group.rows[table.members[on]], table.times[on] + (day * DAY - piece.offset)


def _odd_members(group: Group, start: int, end: int) -> Iterator[int]:
    """Yield the members of a group that do not simply follow wall time near an odd transition."""
    for member, cron in enumerate(group.crons):
        spans = odd_spans(cron, group.transitions, start, end)
        if any(part.size for span in spans for part in odd_difference(cron, group.transitions.name, *span)):
            yield member


def _late_starts(group: Group, days: DayMatrix, start: int, end: int) -> Iterator[tuple[Instants, Instants]]:
    for change in group.transitions.between(start - 60, end):
        if change.is_gap:
            instant, late = gap_fires(group, days, change)
            if start <= instant < end:
                yield group.rows[late], np.full(int(late.sum()), instant)
