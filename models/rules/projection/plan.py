"""All schedules as arrays, so that one numpy pass answers for every row.

A plan depends on the schedules only, not on a window. Rows are grouped by how they treat zone transitions: rows of one
zone, fixed-time crons apart from those that follow elapsed time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from models.rules.arrays import Mask
from models.rules.cron.days import DayRule, rule_table
from models.rules.cron.expression import Cron
from models.rules.cron.zone_transitions import ZoneTransitions, zone_transitions
from models.rules.schedule import Schedule

Small = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class CronTables:
    """The minutes and hours of crons, one line per cron, as running counts and as the next value that matches.

    Attributes:
        minutes_before: How many matching minutes are below each of 0 to 60.
        hours_before: How many matching hours are below each of 0 to 24.
        next_minute: The first matching minute from each of 0 to 60 on; 60 if none.
        next_hour: The first matching hour from each of 0 to 24 on; 24 if none.
    """

    minutes_before: Small
    hours_before: Small
    next_minute: Small
    next_hour: Small


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that share a zone and a way to treat its transitions.

    Attributes:
        transitions: The zone.
        once: Whether these rows are fixed-time crons.
        rows: Their indices in the plan.
        crons: Their crons, in the same order.
        day_rule: For each row, the line of its day rule in the plan's `day_tables`.
        tables: The rows' tables, one line per row.
    """

    transitions: ZoneTransitions
    once: bool
    rows: npt.NDArray[np.int64]
    crons: tuple[Cron, ...]
    day_rule: npt.NDArray[np.int64]
    tables: CronTables


@dataclass(frozen=True, slots=True)
class ProjectionPlan:
    """Every schedule, prepared to be projected into any window.

    Attributes:
        size: How many rows there are, including those that never fire.
        day_tables: The tables of all different day rules, see `rule_table`.
        groups: The rows that fire.
        irregular: (index, schedule) of the slowed and snoozed rows, which are also in their group as if they were not.
    """

    size: int
    day_tables: Mask
    groups: tuple[Group, ...]
    irregular: tuple[tuple[int, Schedule], ...]


def make_plan(schedules: Sequence[Schedule | None]) -> ProjectionPlan:
    """Prepare schedules. None stands for a trigger or a paused schedule: it keeps its row and never fires."""
    members: dict[tuple[str, bool], list[tuple[int, Cron]]] = defaultdict(list)
    irregular = []
    for index, schedule in enumerate(schedules):
        if schedule is None:
            continue
        members[schedule.timezone, schedule.cron.is_fixed_time].append((index, schedule.cron))
        if schedule.slowdown is not None or schedule.not_before is not None:
            irregular.append((index, schedule))
    crons = (cron for listed in members.values() for _, cron in listed)
    rules = {rule: line for line, rule in enumerate(dict.fromkeys(cron.days for cron in crons))}
    tables = [rule_table(rule) for rule in rules]
    groups = [_group(zone_transitions(name), once, listed, rules) for (name, once), listed in members.items()]
    return ProjectionPlan(
        size=len(schedules),
        day_tables=np.stack(tables) if tables else np.zeros((0, 0), dtype=np.bool_),
        groups=tuple(groups),
        irregular=tuple(irregular),
    )


def _group(
    transitions: ZoneTransitions, once: bool, members: Sequence[tuple[int, Cron]], rules: Mapping[DayRule, int]
) -> Group:
    crons = tuple(cron for _, cron in members)
    tables = [_cron_tables(cron) for cron in crons]
    return Group(
        transitions=transitions,
        once=once,
        rows=np.array([index for index, _ in members], dtype=np.int64),
        crons=crons,
        day_rule=np.array([rules[cron.days] for cron in crons], dtype=np.int64),
        tables=CronTables(
            minutes_before=np.stack([table.minutes_before for table in tables]),
            hours_before=np.stack([table.hours_before for table in tables]),
            next_minute=np.stack([table.next_minute for table in tables]),
            next_hour=np.stack([table.next_hour for table in tables]),
        ),
    )


@lru_cache(maxsize=32_768)
def _cron_tables(cron: Cron) -> CronTables:
    minutes_before, next_minute = _running(cron.minutes, 60)
    hours_before, next_hour = _running(cron.hours, 24)
    return CronTables(minutes_before, hours_before, next_minute, next_hour)


def _running(values: Iterable[int], size: int) -> tuple[Small, Small]:
    ordered = np.array([*values], dtype=np.int16)
    before = np.searchsorted(ordered, np.arange(size + 1)).astype(np.int16)
    return before, np.append(ordered, np.int16(size))[before]
