"""Finds the change after which something became unusual."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.store.anomalies.hours import Subject
from models.store.tables.automations import Automation
from models.store.tables.governance import AuditEntry

BEFORE = timedelta(hours=3)
"""A change so long before the first unusual hour may have caused it."""
CHANGES = {
    "primitive.changed": "changed",
    "automation.created": "created",
    "automation.changed": "changed",
    "automation.resumed": "resumed",
    "automation.paused": "paused",
    "automation.spread": "moved",
    "backfill.started": "started a backfill of",
}


async def explanation(session: AsyncSession, subject: Subject, hour: datetime) -> str | None:
    """Return the last change of a primitive, or of an automation of it, in words; None for kinds and without one."""
    if subject.primitive_id is None:
        return None
    own = select(Automation.id).where(Automation.primitive_id == subject.primitive_id)
    query = (
        select(AuditEntry)
        .where(
            AuditEntry.action.in_(CHANGES),
            AuditEntry.at >= hour - BEFORE,
            AuditEntry.at < hour + timedelta(hours=1),
            or_(AuditEntry.subject_id == subject.primitive_id, AuditEntry.automation_id.in_(own)),
        )
        .order_by(AuditEntry.at.desc())
        .limit(1)
    )
    entry = await session.scalar(query)
    if entry is None:
        return None
    named = {**(entry.before or {}), **(entry.after or {})}.get("name")
    if not isinstance(named, str):
        named = await session.scalar(select(Automation.name).where(Automation.id == entry.automation_id)) or "it"
    return f"{entry.actor} {CHANGES[entry.action]} {named} at {entry.at.astimezone(UTC):%H:%M} UTC"
