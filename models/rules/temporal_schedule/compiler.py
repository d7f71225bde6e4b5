"""A cron, compiled so that a Temporal Schedule fires exactly its instants.

Temporal never gets the text: it reads crons otherwise and is wrong around changes of clocks. It
gets structured calendars, in the first of three forms that is right within the horizon:

1. in the schedule's own zone, readable: the zone's clocks do not change, or no fire is near a change;
2. in UTC: the cron does not look at hours or days, so its fires follow elapsed time;
3. listed in UTC, one by one, put together where they repeat.

Beyond the horizon nothing is promised (a listed schedule ends there): the sweep compiles again in time.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from zoneinfo import ZoneInfo

from models.errors import BadCron
from models.rules.cron.days import EVERY_WEEKDAY
from models.rules.cron.dst_quirks import odd_spans, swallows_midnight
from models.rules.cron.expression import Cron
from models.rules.cron.instants import Instants, elapsed_instants, fire_instants, wall_matches
from models.rules.cron.slowdown import Slowdown, keep_every
from models.rules.cron.zone_transitions import ZoneClock, clock
from models.rules.cron.zones import TZDATA_VERSION, zone_bytes
from models.rules.temporal_schedule.day_blocks import DayBlock, day_blocks
from models.rules.temporal_schedule.listed_calendars import Listed, list_calendars
from models.rules.temporal_schedule.ranges import YEARS, Span, spans

# Raised when the compiler's output changes for the same rule, so that the sweep renews every schedule.
COMPILER_VERSION = 2
PAST = timedelta(days=35)
HORIZON = timedelta(days=5 * 366)
SHORTEST_HORIZON = timedelta(days=60)
# A thousand calendars are about 100 kB that the schedule carries along; Temporal answers them in 0.1 s.
MOST_CALENDARS = 1000
SAFE_DISTANCE = 3 * 3600
LONGEST_COMMENT = 200


class Form(StrEnum):
    """How a schedule is said to Temporal."""

    ZONE = "zone"
    UTC = "utc"
    LISTED = "listed"


@dataclass(frozen=True, slots=True)
class Calendar:
    """One of Temporal's structured calendars: all fields must match; an empty year means any."""

    minute: tuple[Span, ...]
    hour: tuple[Span, ...]
    day_of_month: tuple[Span, ...]
    month: tuple[Span, ...]
    day_of_week: tuple[Span, ...]
    year: tuple[Span, ...]
    comment: str
    second: tuple[Span, ...] = (Span(0, 0),)


@dataclass(frozen=True, slots=True)
class CompiledSchedule:
    """What a Temporal Schedule is made of.

    Attributes:
        calendars: It fires when any of them matches.
        time_zone_name: The zone in which they are meant.
        time_zone_data: That zone's TZif file from our wheel, so that the server does not take its own rules,
            which may be of another year; empty for UTC.
        form: Which of the three forms was right.
        covers_from: The first instant for which it is right.
        horizon_end: The last one; compile again when `is_due_for_renewal`.
        spec_hash: The hash of the rule, see `spec_hash`.
    """

    calendars: tuple[Calendar, ...]
    time_zone_name: str
    time_zone_data: bytes
    form: Form
    covers_from: datetime
    horizon_end: datetime
    spec_hash: str


def spec_hash(cron: Cron, tz: ZoneInfo, slowdown: Slowdown | None = None) -> str:
    """Return a hash of the rule and the zone rules' version; it does not change with the horizon."""
    slow = [slowdown.every, slowdown.anchor.astimezone(UTC).isoformat()] if slowdown else None
    rule = [COMPILER_VERSION, TZDATA_VERSION, cron.text, cron.fields, tz.key, slow]
    return sha256(json.dumps(rule).encode()).hexdigest()[:32]


def is_due_for_renewal(covers_from: datetime, horizon_end: datetime, now: datetime) -> bool:
    """Return whether less than a fifth of the horizon is left."""
    return horizon_end - now < (horizon_end - covers_from) / 5


def compile_schedule(cron: Cron, tz: ZoneInfo, now: datetime, *, slowdown: Slowdown | None = None) -> CompiledSchedule:
    """Compile a cron in a zone for five years from now, and for a month back for what is being caught up.

    A schedule that needs too many calendars gets a shorter horizon; raise BadCron if two months are too many.
    """
    begin = now.astimezone(UTC).replace(microsecond=0) - PAST
    span = HORIZON
    while span >= SHORTEST_HORIZON:
        end = begin + PAST + span
        form, calendars = _calendars(cron, tz, begin, end, slowdown)
        if len(calendars) <= MOST_CALENDARS:
            name, data = (tz.key, zone_bytes(tz.key)) if form is Form.ZONE else ("UTC", b"")
            return CompiledSchedule(calendars, name, data, form, begin, end, spec_hash(cron, tz, slowdown))
        span /= 2
    raise BadCron(
        f"{cron.text!r} in {tz.key} is too irregular for a Temporal schedule.",
        field="cronExpr",
        hint="Use a step that divides the hour or the day, or split it into several automations.",
    )


def _calendars(
    cron: Cron, tz: ZoneInfo, begin: datetime, end: datetime, slowdown: Slowdown | None
) -> tuple[Form, tuple[Calendar, ...]]:
    zone_clock, comment = clock(tz.key), _comment(cron, tz, slowdown)
    start, stop = int(begin.timestamp()), int(end.timestamp()) + 1
    if slowdown is None and _is_steady(cron, zone_clock, start, stop):
        blocks = day_blocks(cron.days)
        if _keeps_clear(cron, zone_clock, start, stop) and not _misjudged(blocks, zone_clock, start, stop):
            return Form.ZONE, tuple(_block_calendar(cron.hours, cron.minutes, b, comment) for b in blocks)
        if _follows_minutes_only(cron, zone_clock, start, stop):
            return Form.UTC, (_every_hour(cron, zone_clock.offset_at(start), comment),)
    instants = _due(cron, zone_clock, start, stop, slowdown)
    return Form.LISTED, tuple(_listed_calendar(listed, comment) for listed in list_calendars(instants))


def _due(cron: Cron, zone_clock: ZoneClock, start: int, stop: int, slowdown: Slowdown | None) -> Instants:
    if slowdown is None:
        return fire_instants(cron, zone_clock, start, stop)
    first = min(start, int(slowdown.anchor.timestamp()))
    due = keep_every(fire_instants(cron, zone_clock, first, stop), slowdown)
    return due[due >= start]


def _is_steady(cron: Cron, zone_clock: ZoneClock, start: int, stop: int) -> bool:
    """Return whether no odd change of clocks makes a difference to this cron."""
    return all(
        fire_instants(cron, zone_clock, low, high).tolist() == elapsed_instants(cron, zone_clock, low, high).tolist()
        for low, high in odd_spans(cron, zone_clock, start, stop)
    )


def _keeps_clear(cron: Cron, zone_clock: ZoneClock, start: int, stop: int) -> bool:
    """Return whether no wall time that matches is within three hours of a change of clocks."""
    return not any(
        wall_matches(
            cron,
            change.at + min(change.before - SAFE_DISTANCE, change.after),
            change.at + max(change.before, change.after + SAFE_DISTANCE),
        ).size
        for change in zone_clock.between(start - SAFE_DISTANCE, stop + SAFE_DISTANCE)
    )


def _misjudged(blocks: Sequence[DayBlock], zone_clock: ZoneClock, start: int, stop: int) -> bool:
    """Return whether Temporal takes some day for the day before it.

    It reads the weekday off the midnight of the day. Where the clocks leap over that midnight (Santiago, Havana, the
    Azores), it finds the evening before, at whatever hour of the day it then fires.
    """
    by_weekday = any(block.weekdays != EVERY_WEEKDAY for block in blocks)
    return by_weekday and any(swallows_midnight(change) for change in zone_clock.between(start, stop))


def _follows_minutes_only(cron: Cron, zone_clock: ZoneClock, start: int, stop: int) -> bool:
    if cron.is_fixed_time or len(cron.hours) < 24 or not cron.days.is_every_day:
        return False
    offset = zone_clock.offset_at(start)
    return all((change.after - offset) % 3600 == 0 for change in zone_clock.between(start, stop))


def _every_hour(cron: Cron, offset: int, comment: str) -> Calendar:
    minutes = tuple(sorted((minute - offset // 60) % 60 for minute in cron.minutes))
    return _block_calendar(tuple(range(24)), minutes, DayBlock(), comment)


def _block_calendar(hours: tuple[int, ...], minutes: tuple[int, ...], block: DayBlock, comment: str) -> Calendar:
    return Calendar(
        minute=spans(minutes),
        hour=spans(hours),
        day_of_month=spans(block.days),
        month=spans(block.months),
        day_of_week=spans(block.weekdays),
        year=YEARS[block.years],
        comment=comment,
    )


def _listed_calendar(listed: Listed, comment: str) -> Calendar:
    return Calendar(
        minute=spans(listed.minutes),
        hour=spans(listed.hours),
        day_of_month=spans(listed.days),
        month=spans(listed.months),
        day_of_week=spans(listed.weekdays),
        year=spans(listed.years),
        comment=comment,
    )


def _comment(cron: Cron, tz: ZoneInfo, slowdown: Slowdown | None) -> str:
    slow = f", 1 of {slowdown.every} from {slowdown.anchor.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if slowdown else ""
    return f"{cron.text[: LONGEST_COMMENT - len(tz.key) - len(slow) - 1]} {tz.key}{slow}"
