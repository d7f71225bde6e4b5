"""When an automation is due: its cron in its time zone, thinned out by a slowdown, read once.

Everything that asks "when" (the Temporal compiler, the projection, the sweep, previews) asks this value, so that
what is shown, what fires and what is accounted for agree.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from math import ceil, floor
from zoneinfo import ZoneInfo

import numpy as np

from models.rules.arrays import Instants
from models.rules.cron.expression import Cron, parse
from models.rules.cron.instants import MARGIN, as_datetimes, fire_instants
from models.rules.cron.words import cadence, describe
from models.rules.cron.zone_transitions import DAY, LATEST, ZoneTransitions, zone_transitions
from models.rules.cron.zones import zone, zone_rules
from models.rules.number_format import ordinal

NEVER = -1
# CronSim gives up after 50 years; no cron that fires at all waits longer than 40.
SEARCH_DAYS = 50 * 366


@dataclass(frozen=True, slots=True)
class Slowdown:
    """Of the due times after the anchor only each `every`-th fires; those up to the anchor all do."""

    every: int
    anchor: datetime


@dataclass(frozen=True, slots=True)
class Schedule:
    """A cron in a time zone, with the slowdown that a health policy may have set.

    Instants are whole seconds since 1970, in windows [start, end). Datetimes are aware; their windows are
    (start, end], as in Temporal's `ListScheduleMatchingTimes`: consecutive windows share and lose nothing.
    """

    cron: Cron
    timezone: str
    slowdown: Slowdown | None = None
    not_before: datetime | None = None
    """End of a snooze: due times before it do not fire."""

    @classmethod
    def parse(
        cls, cron_expr: str, timezone: str, slowdown: int | None = None, anchor: datetime | None = None
    ) -> "Schedule":
        """Read a schedule.

        Raises:
            BadCron: The expression is not valid, or no day ever matches it.
            UnknownTimezone: The pinned IANA database does not know the zone.
        """
        cron = parse(cron_expr)
        zone_transitions(timezone)
        return cls(cron, timezone, Slowdown(slowdown, anchor) if slowdown and anchor else None)

    @property
    def tz(self) -> ZoneInfo:
        """The time zone."""
        return zone(self.timezone)

    @property
    def transitions(self) -> ZoneTransitions:
        """The zone's transitions."""
        return zone_transitions(self.timezone)

    @property
    def every(self) -> int:
        """Which of its due times fire: 1 for all, 2 for every second one."""
        return self.slowdown.every if self.slowdown else 1

    def due_instants(self, start: int, end: int) -> Instants:
        """Return the due times in [start, end), ascending."""
        if self.not_before is not None:
            start = min(max(start, ceil(self.not_before.timestamp())), end)
        due = fire_instants(self.cron, self.transitions, start, end)
        if self.slowdown is None:
            return due
        anchor = floor(self.slowdown.anchor.timestamp())
        first = int(np.searchsorted(due, anchor, side="right"))
        earlier = _count(self.cron, self.timezone, anchor + 1, start) if anchor < start else 0
        # Due times are numbered from 1 after the anchor; those whose number `every` divides are kept.
        skipped = (self.every - 1 - earlier) % self.every
        return np.concatenate([due[:first], due[first + skipped :: self.every]])

    def next_instant(self, start: int) -> int:
        """Return the first due time from `start` on, or NEVER if none comes within fifty years."""
        farthest = min(start + SEARCH_DAYS * DAY, LATEST - MARGIN)
        span, end = 2 * DAY, start
        while end < farthest:
            begin, end = end, min(start + span, farthest)
            if (due := self.due_instants(begin, end)).size:
                return int(due[0])
            span *= 8
        return NEVER

    def due_between(self, start: datetime, end: datetime, *, limit: int | None = None) -> list[datetime]:
        """Return the due times in (start, end] in UTC, at most the first `limit` of them."""
        low, high = floor(start.timestamp()) + 1, floor(end.timestamp()) + 1
        if limit is None:
            return as_datetimes(self.due_instants(low, high))
        found: list[datetime] = []
        days = 2
        while low < high and len(found) < limit:
            middle = min(low + days * DAY, high)
            found += as_datetimes(self.due_instants(low, middle)[: limit - len(found)])
            low, days = middle, days * 8
        return found

    def upcoming(self, after: datetime, limit: int) -> list[datetime]:
        """Return the next `limit` due times after an instant, in UTC; fewer if they are over fifty years away."""
        farthest = min(floor(after.timestamp()) + SEARCH_DAYS * DAY, LATEST - MARGIN - 1)
        return self.due_between(after, as_datetimes(np.array([farthest]))[0], limit=limit)

    def next_due(self, after: datetime) -> datetime | None:
        """Return the first due time after an instant, in UTC, or None if none comes within fifty years."""
        return next(iter(self.upcoming(after, 1)), None)

    @property
    def fires_per_day(self) -> int:
        """How often it fires on a day on which its cron matches and the zone has no transition."""
        return self.cron.fires_per_day // self.every

    @property
    def shortest_interval_seconds(self) -> int:
        """The least time between two fires, zone transitions left aside."""
        return shortest_interval(self.cron) * self.every

    @property
    def text(self) -> str:
        """The cron in words: "At 22:00, Monday through Friday"."""
        return describe(self.cron)

    @property
    def cadence(self) -> str:
        """How often it fires on a day: "Every 30 min, each 2nd of them, 24 a day"."""
        slowed = f", each {ordinal(self.every)} of them" if self.slowdown else ""
        return f"{cadence(self.cron).text}{slowed}, {self.fires_per_day} a day"

    def has_same_due_times(self, other: "Schedule") -> bool:
        """Return whether the crons mean the same and the zones follow the same rules; slowdowns are not compared."""
        return self.cron == other.cron and zone_rules(self.timezone) == zone_rules(other.timezone)


@lru_cache(maxsize=32_768)
def shortest_interval(cron: Cron) -> int:
    """Return the least number of seconds between two times of day at which a cron fires, midnight included."""
    times = cron.times_of_day
    overnight = DAY - int(times[-1]) + int(times[0])
    return min(int(np.diff(times).min()), overnight) if times.size > 1 else overnight


@lru_cache(maxsize=4096)
def _count(cron: Cron, timezone: str, start: int, end: int) -> int:
    return int(fire_instants(cron, zone_transitions(timezone), start, end).size)
