"""What our compiler made of a cron, as the SDK's schedule spec. Nothing is decided here."""

from datetime import timedelta

from temporalio.client import ScheduleCalendarSpec, ScheduleRange, ScheduleSpec

from models.rules.calendar_spans import Span
from models.rules.temporal_calendars import Calendar, CompiledSchedule


def to_schedule_spec(compiled: CompiledSchedule, *, jitter: timedelta | None = None) -> ScheduleSpec:
    """Return the spec of a Temporal Schedule that fires at the compiled instants."""
    return ScheduleSpec(
        calendars=[_calendar(calendar) for calendar in compiled.calendars],
        time_zone_name=compiled.time_zone_name,
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
