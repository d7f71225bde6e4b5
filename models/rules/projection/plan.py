"""All automations' crons as arrays, so that one numpy pass answers for every row.

A plan depends on the rows only, not on a window. Rows are put together by how their clocks run: rows of one
zone, fixed-time ones apart from those that follow elapsed time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from models.rules.cron.days import DayRule, Mask, rule_table
from models.rules.cron.expression import Cron, parse
from models.rules.cron.slowdown import Slowdown
from models.rules.cron.zone_transitions import ZoneClock, clock

Counts = npt.NDArray[np.int32]
Small = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Row:
    """What the projection has to know of one schedule."""

    cron: str
    timezone: str
    active: bool = True
    slowdown: Slowdown | None = None


@dataclass(frozen=True, slots=True)
class CronTables:
    """One cron's minutes and hours, as running counts and as the next value that matches.

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
    """Active rows that share a zone and a rule for changes of clocks.

    Attributes:
        clock: The zone.
        once: Whether these rows are fixed-time crons.
        rows: Their places in the plan.
        crons: Their crons, in the same order.
        day_rule: For each row, the line of the plan's `day_tables` that is its own.
        tables: The rows' tables, one line a row.
    """

    clock: ZoneClock
    once: bool
    rows: npt.NDArray[np.int64]
    crons: tuple[Cron, ...]
    day_rule: npt.NDArray[np.int64]
    tables: CronTables


@dataclass(frozen=True, slots=True)
class Plan:
    """Every row, ready to be projected into any window.

    Attributes:
        size: How many rows there are, paused ones included.
        day_tables: The tables of all different day rules, see `rule_table`.
        groups: The active rows.
        slowdowns: (place, cron, zone, slowdown) of the slowed rows, which are also in their group.
    """

    size: int
    day_tables: Mask
    groups: tuple[Group, ...]
    slowdowns: tuple[tuple[int, Cron, ZoneClock, Slowdown], ...]


def make_plan(rows: Sequence[Row]) -> Plan:
    """Prepare rows; raise BadCron or UnknownTimezone. A paused row keeps its place and never fires."""
    members: dict[tuple[str, bool], list[tuple[int, Cron]]] = defaultdict(list)
    slowdowns = []
    for place, row in enumerate(rows):
        if not row.active:
            continue
        cron = parse(row.cron)
        members[row.timezone, cron.is_fixed_time].append((place, cron))
        if row.slowdown is not None:
            slowdowns.append((place, cron, clock(row.timezone), row.slowdown))
    crons = (cron for listed in members.values() for _, cron in listed)
    rules = {rule: line for line, rule in enumerate(dict.fromkeys(cron.days for cron in crons))}
    tables = [rule_table(rule) for rule in rules]
    groups = [_group(clock(name), once, listed, rules) for (name, once), listed in members.items()]
    return Plan(
        size=len(rows),
        day_tables=np.stack(tables) if tables else np.zeros((0, 0), dtype=np.bool_),
        groups=tuple(groups),
        slowdowns=tuple(slowdowns),
    )


def _group(
    zone_clock: ZoneClock, once: bool, members: Sequence[tuple[int, Cron]], rules: Mapping[DayRule, int]
) -> Group:
    crons = tuple(cron for _, cron in members)
    tables = [cron_tables(cron) for cron in crons]
    return Group(
        clock=zone_clock,
        once=once,
        rows=np.array([place for place, _ in members], dtype=np.int64),
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
def cron_tables(cron: Cron) -> CronTables:
    """Return the tables of one cron."""
    minutes_before, next_minute = _running(cron.minutes, 60)
    hours_before, next_hour = _running(cron.hours, 24)
    return CronTables(minutes_before, hours_before, next_minute, next_hour)


def _running(values: Iterable[int], size: int) -> tuple[Small, Small]:
    ordered = np.array([*values], dtype=np.int16)
    before = np.searchsorted(ordered, np.arange(size + 1)).astype(np.int16)
    return before, np.append(ordered, np.int16(size))[before]
