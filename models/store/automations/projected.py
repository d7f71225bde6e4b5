"""Builds what the projection knows of an automation from its row."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from models.rules.projection.portfolio import ProjectedAutomation
from models.states import Source
from models.store.automations.schedule_columns import stored_schedule
from models.store.tables.automations import Automation


def projected_automation(
    row: Automation | Row[Any], *, primitive_slug: str, will_fire: bool, members: int, snoozed_until: datetime | None
) -> ProjectedAutomation:
    """Build it from a row that has the automation's columns; a schedule that cannot be read does not fire."""
    schedule = stored_schedule(row, snoozed_until=snoozed_until)
    unreadable = row.source is Source.SCHEDULE and schedule is None
    return ProjectedAutomation(
        id=row.id,
        slug=row.slug,
        name=row.name,
        kind=row.kind,
        source=row.source,
        primitive_id=row.primitive_id,
        primitive_slug=primitive_slug,
        schedule=schedule,
        overlap=row.overlap,
        active=will_fire and not unreadable,
        members=members,
        snoozed_until=snoozed_until,
    )
