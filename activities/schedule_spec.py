"""What our compiler made of a cron, as the SDK's schedule spec. Nothing is decided here.

The SDK's spec cannot carry the zone's rules, though Temporal's can; without them the server would use its own
zone database, and a zone whose law has changed since would fire at other hours than we say. A spec read back
from the server has lost them: always write a fresh one.
"""

from dataclasses import dataclass
from datetime import timedelta

from temporalio.api.schedule.v1 import ScheduleSpec as ScheduleSpecMessage
from temporalio.client import ScheduleCalendarSpec, ScheduleRange, ScheduleSpec

from models.rules.temporal_schedule.compiler import Calendar, CompiledSchedule
from models.rules.temporal_schedule.ranges import Span


@dataclass
class PinnedZoneSpec(ScheduleSpec):
    """A schedule spec that brings its own time-zone rules (a TZif file)."""

    time_zone_data: bytes = b""

    def _to_proto(self) -> ScheduleSpecMessage:
        message = super()._to_proto()
        message.timezone_data = self.time_zone_data
        return message


def to_schedule_spec(compiled: CompiledSchedule, *, jitter: timedelta | None = None) -> ScheduleSpec:
    """Return the spec of a Temporal Schedule that fires at the compiled instants."""
    return PinnedZoneSpec(
        calendars=[_calendar(calendar) for calendar in compiled.calendars],
        time_zone_name=compiled.time_zone_name,
        time_zone_data=compiled.time_zone_data,
        jitter=jitter,
    )


def _calendar(calendar: Calendar) -> ScheduleCalendarSpec:
    return ScheduleCalendarSpec(
        second=_ranges(calendar.second),
        minute=_ranges(calendar.minute),
        hour=_ranges(calendar.hour),
        day_of_month=_ranges(calendar.day_of_month),
        month=_ranges(calendar.month),
        year=_ranges(calendar.year),
        day_of_week=_ranges(calendar.day_of_week),
        comment=calendar.comment,
    )


def _ranges(spans: tuple[Span, ...]) -> list[ScheduleRange]:
    return [ScheduleRange(span.start, span.end, span.step) for span in spans]
