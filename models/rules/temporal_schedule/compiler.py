"""Compiles a schedule so that a Temporal Schedule fires at exactly its due times.

Temporal never gets the cron expression: it reads crons differently and is wrong around zone transitions. It gets
structured calendars, in the first of three forms that is exact within the horizon:

1. ZONE, in the schedule's own zone and readable: the zone has no transitions, or no fire is near one;
2. UTC: the cron restricts neither hours nor days, so its fires follow elapsed time;
3. LISTED, instant by instant in UTC, merged where they repeat.

Beyond the horizon the calendars are not exact (a listed schedule ends there): the sweep compiles again before that.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from models.errors import BadCron
from models.rules.cron.days import EVERY_WEEKDAY
from models.rules.cron.dst_quirks import odd_spans, skips_midnight
from models.rules.cron.expression import Cron
from models.rules.cron.instants import elapsed_instants, fire_instants, wall_matches
from models.rules.cron.zone_transitions import ZoneTransitions
from models.rules.cron.zones import TZDATA_VERSION, zone_bytes
from models.rules.schedule import Schedule
from models.rules.temporal_schedule.day_blocks import DayBlock, day_blocks
from models.rules.temporal_schedule.listed_calendars import ListedTimes, list_calendars
from models.rules.temporal_schedule.ranges import YEARS, Span, spans

# Raised when the compiler's output changes for the same schedule, so that the sweep renews every one.
COMPILER_VERSION = 2
PAST = timedelta(days=35)
HORIZON = timedelta(days=5 * 366)
SHORTEST_HORIZON = timedelta(days=60)
# A thousand calendars are about 100 kB in the Temporal Schedule; Temporal evaluates them in 0.1 s.
MOST_CALENDARS = 1000
SAFE_DISTANCE = 3 * 3600
LONGEST_COMMENT = 200


class Form(StrEnum):
    """How a schedule is expressed in Temporal's calendars."""

    ZONE = "zone"
    UTC = "utc"
    LISTED = "listed"


@dataclass(frozen=True, slots=True)
class TemporalCalendar:
    """One of Temporal's structured calendars: all fields must match; no year means any year."""

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
    """The spec of a Temporal Schedule.

    Attributes:
        calendars: It fires when any of them matches.
        time_zone_name: The zone of the calendars.
        time_zone_data: That zone's TZif file from the pinned wheel, so that the server does not use its own rules,
            which may be older; empty for UTC.
        form: The form of the calendars.
        covers_from: The first instant for which they are exact.
        horizon_end: The last one; compile again when `is_due_for_renewal`.
        spec_hash: See `spec_hash`.
    """

    calendars: tuple[TemporalCalendar, ...]
    time_zone_name: str
    time_zone_data: bytes
    form: Form
    covers_from: datetime
    horizon_end: datetime
    spec_hash: str


def spec_hash(schedule: Schedule) -> str:
    """Return a hash of the schedule and of the versions of zone rules and compiler; independent of the horizon."""
    cron, slowdown = schedule.cron, schedule.slowdown
    slow = [slowdown.every, slowdown.anchor.astimezone(UTC).isoformat()] if slowdown else None
    rule = [COMPILER_VERSION, TZDATA_VERSION, cron.text, cron.fields, schedule.timezone, slow]
    return sha256(json.dumps(rule).encode()).hexdigest()[:32]


def is_due_for_renewal(covers_from: datetime, horizon_end: datetime, now: datetime) -> bool:
    """Return whether less than a fifth of the horizon is left."""
    return horizon_end - now < (horizon_end - covers_from) / 5


def compile_schedule(schedule: Schedule, now: datetime) -> CompiledSchedule:
    """Compile for five years from now, and for a month back for what Temporal catches up.

    A schedule that needs too many calendars gets a shorter horizon.

    Raises:
        BadCron: Even two months need too many calendars.
    """
    begin = now.astimezone(UTC).replace(microsecond=0) - PAST
    span = HORIZON
    while span >= SHORTEST_HORIZON:
        end = begin + PAST + span
        form, calendars = _calendars(schedule, begin, end)
        if len(calendars) <= MOST_CALENDARS:
            name = schedule.timezone if form is Form.ZONE else "UTC"
            data = zone_bytes(name) if form is Form.ZONE else b""
            return CompiledSchedule(calendars, name, data, form, begin, end, spec_hash(schedule))
        span /= 2
    raise BadCron(
        f"{schedule.cron.text!r} in {schedule.timezone} is too irregular for a Temporal schedule.",
        field="cronExpr",
        hint="Use a step that divides the hour or the day, or split it into several automations.",
    )


def _calendars(schedule: Schedule, begin: datetime, end: datetime) -> tuple[Form, tuple[TemporalCalendar, ...]]:
    cron, transitions, comment = schedule.cron, schedule.transitions, _comment(schedule)
    start, stop = int(begin.timestamp()), int(end.timestamp()) + 1
    if schedule.slowdown is None and _is_steady(cron, transitions, start, stop):
        blocks = day_blocks(cron.days)
        if _keeps_clear(cron, transitions, start, stop) and not _misjudged(blocks, transitions, start, stop):
            return Form.ZONE, tuple(_block_calendar(cron.hours, cron.minutes, b, comment) for b in blocks)
        if _follows_minutes_only(cron, transitions, start, stop):
            return Form.UTC, (_every_hour(cron, transitions.offset_at(start), comment),)
    instants = schedule.due_instants(start, stop)
    return Form.LISTED, tuple(_listed_calendar(listed, comment) for listed in list_calendars(instants))


def _is_steady(cron: Cron, transitions: ZoneTransitions, start: int, stop: int) -> bool:
    """Return whether no odd zone transition makes a difference to this cron."""
    return all(
        fire_instants(cron, transitions, low, high).tolist() == elapsed_instants(cron, transitions, low, high).tolist()
        for low, high in odd_spans(cron, transitions, start, stop)
    )


def _keeps_clear(cron: Cron, transitions: ZoneTransitions, start: int, stop: int) -> bool:
    """Return whether no matching wall time is within three hours of a zone transition."""
    return not any(
        wall_matches(
            cron,
            change.at + min(change.before - SAFE_DISTANCE, change.after),
            change.at + max(change.before, change.after + SAFE_DISTANCE),
        ).size
        for change in transitions.between(start - SAFE_DISTANCE, stop + SAFE_DISTANCE)
    )


def _misjudged(blocks: Sequence[DayBlock], transitions: ZoneTransitions, start: int, stop: int) -> bool:
    """Return whether Temporal mistakes some day for the day before it.

    It takes the weekday from the day's midnight. If a transition skips that midnight (Santiago, Havana, the Azores), it
    gets the evening before, for every hour of that day.
    """
    by_weekday = any(block.weekdays != EVERY_WEEKDAY for block in blocks)
    return by_weekday and any(skips_midnight(change) for change in transitions.between(start, stop))


def _follows_minutes_only(cron: Cron, transitions: ZoneTransitions, start: int, stop: int) -> bool:
    if cron.is_fixed_time or len(cron.hours) < 24 or not cron.days.is_every_day:
        return False
    offset = transitions.offset_at(start)
    return all((change.after - offset) % 3600 == 0 for change in transitions.between(start, stop))


def _every_hour(cron: Cron, offset: int, comment: str) -> TemporalCalendar:
    minutes = tuple(sorted((minute - offset // 60) % 60 for minute in cron.minutes))
    return _block_calendar(tuple(range(24)), minutes, DayBlock(), comment)


def _block_calendar(
    hours: tuple[int, ...], minutes: tuple[int, ...], block: DayBlock, comment: str
) -> TemporalCalendar:
    return TemporalCalendar(
        minute=spans(minutes),
        hour=spans(hours),
        day_of_month=spans(block.days),
        month=spans(block.months),
        day_of_week=spans(block.weekdays),
        year=YEARS[block.years],
        comment=comment,
    )


def _listed_calendar(listed: ListedTimes, comment: str) -> TemporalCalendar:
    return TemporalCalendar(
        minute=spans(listed.minutes),
        hour=spans(listed.hours),
        day_of_month=spans(listed.days),
        month=spans(listed.months),
        day_of_week=spans(listed.weekdays),
        year=spans(listed.years),
        comment=comment,
    )


def _comment(schedule: Schedule) -> str:
    slowdown, name = schedule.slowdown, schedule.timezone
    slow = f", 1 of {slowdown.every} from {slowdown.anchor.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if slowdown else ""
    return f"{schedule.cron.text[: LONGEST_COMMENT - len(name) - len(slow) - 1]} {name}{slow}"
