"""Writes who did what, in the transaction that does it."""

import uuid
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.store.ids import fresh_id
from models.store.tables.governance import AuditEntry


async def record(
    session: AsyncSession,
    *,
    actor: str,
    action: str,
    subject_type: str,
    subject_id: uuid.UUID | None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Add one audit row; `action` is `noun.verb`, and an automation's own id is kept apart for filtering."""
    await session.execute(
        insert(AuditEntry).values(
            id=fresh_id(),
            actor=actor,
            action=action,
            subject_type=subject_type,
            subject_id=subject_id,
            automation_id=subject_id if subject_type == "automation" else None,
            before=before,
            after=after,
            reason=reason,
        )
    )
