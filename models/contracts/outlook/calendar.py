"""The calendar: past runs and coming fires."""

import datetime
import uuid
from collections.abc import Mapping

from models.contracts.base import Contract, Instant
from models.kinds import Kind
from models.states import RunStatus, Severity


class CalendarEntry(Contract):
    """One fire, or all fires of an automation on one day."""

    automation_id: uuid.UUID
    at: Instant
    """Time of the fire in the requested time zone; for a whole day, its first."""
    name: str
    scheduled: bool
    """Whether it is fired by a schedule."""
    primitive_type: Kind
    agent: str | None
    """Slug of the agent, if an agent runs."""
    severity: Severity
    count: int
    cadence: str | None
    """For a whole day: how often it fires, such as "Every 30 min, 48 a day"."""
    run_id: uuid.UUID | None
    status: RunStatus | None
    """Status of a past run. null: a coming fire, or a whole day."""
    failed: int | None
    """For a whole day: number of runs that failed so far."""


class HourLoad(Contract):
    """Load of one hour."""

    start: Instant
    fires: int
    """Number of fires, past and coming."""
    failed: int
    by_primitive: Mapping[Kind, int]
    concurrency: int | None
    """Maximum of runs open at the same time. null: unknown, for a past hour with too many runs."""
    band: str | None
    """`none`, `low` (1 to 3 at once), `medium` (4 to 7) or `high` (8 or more)."""


class ClockChangeDay(Contract):
    """A day on which the offset of the time zone changes (daylight saving)."""

    day: datetime.date
    at: Instant
    shift_minutes: int
    """Minutes by which local time jumps forward; negative: back."""


class Calendar(Contract):
    """Some days of the calendar."""

    window_start: Instant
    window_end: Instant
    timezone: str
    entries: tuple[CalendarEntry, ...]
    entries_left_out: int
    """0: all entries are listed. Otherwise at least this many exist, and only `hours` shows the load."""
    hours: tuple[HourLoad, ...]
    clock_changes: tuple[ClockChangeDay, ...]
