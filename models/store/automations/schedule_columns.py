"""Reads the schedule of an automation, or of an accounting span, from its columns."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from models.errors import Invalid
from models.rules.schedule import Schedule
from models.states import Source
from models.store.tables.automations import Automation
from models.store.tables.sweep import AccountingSpan


def read_schedule(row: Automation | AccountingSpan | Row[Any]) -> Schedule | None:
    """Read the schedule; None for a trigger.

    Args:
        row: Has `source`, `cron_expr`, `timezone`, `slowdown` and `slowdown_anchor`. A span needs no source: only
            schedules have spans.

    Raises:
        Invalid: it can no longer be read, because a newer IANA database dropped its zone.
    """
    is_schedule = isinstance(row, AccountingSpan) or row.source is Source.SCHEDULE
    if not is_schedule or row.cron_expr is None:
        return None
    return Schedule.parse(row.cron_expr, row.timezone, row.slowdown, row.slowdown_anchor)


def stored_schedule(
    row: Automation | AccountingSpan | Row[Any], *, snoozed_until: datetime | None = None
) -> Schedule | None:
    """Read the schedule; None for a trigger, and for a schedule that can no longer be read.

    The sync reports the latter on the row; one such row must not break lists and projections.

    A snoozed schedule fires from the end of its snooze on, at full speed: resuming clears the slowdown.
    """
    try:
        schedule = read_schedule(row)
    except Invalid:
        return None
    if schedule is None or snoozed_until is None:
        return schedule
    return replace(schedule, slowdown=None, not_before=snoozed_until)
