"""The calendar on the wire: what has run beside what will."""

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
    """In the asked zone; of a whole day, its first fire."""
    name: str
    scheduled: bool
    """Whether a clock fires it, and no trigger."""
    primitive_type: Kind
    agent: str | None
    """The agent's slug, where an agent is what runs; with `primitiveType` and `severity` a key to colour by."""
    severity: Severity
    count: int
    cadence: str | None
    """How often, of an entry that stands for a whole day: "Every 30 min, 48 a day"."""
    run_id: uuid.UUID | None
    status: RunStatus | None
    """Of what has run; null for what is to come, and for a whole day."""
    failed: int | None
    """How many of a whole day's runs have failed so far."""


class HourLoad(Contract):
    """How much fires within an hour, and how many runs are under way at once."""

    start: Instant
    fires: int
    """What fired, run or not, and what is still to come."""
    failed: int
    by_primitive: Mapping[Kind, int]
    concurrency: int | None
    """Null for a past hour of a window with too many runs to look at each."""
    band: str | None
    """none, low (1 to 3), medium (4 to 7) or high (8 and more)."""


class ClockChangeDay(Contract):
    """A day on which the zone's clocks change."""

    day: datetime.date
    at: Instant
    shift_minutes: int
    """By how much they go forward; below zero, back."""


class Calendar(Contract):
    """A window of days."""

    window_start: Instant
    window_end: Instant
    timezone: str
    entries: tuple[CalendarEntry, ...]
    entries_left_out: int
    """0 where all are listed. Else how many there are at least: more than asked for, so that only the hours tell."""
    hours: tuple[HourLoad, ...]
    clock_changes: tuple[ClockChangeDay, ...]
