"""Notices: writes them, and reads them for the page."""

import uuid
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.health_notices import NoticeText
from models.store.ids import fresh_id
from models.store.tables.notices import Notice


async def add_notice(
    session: AsyncSession, kind: str, given: NoticeText, at: datetime, *, automation_id: uuid.UUID | None = None
) -> None:
    """Write a notice, which is sent after the commit."""
    session.add(
        Notice(
            id=fresh_id(),
            at=at,
            kind=kind,
            severity=given.severity,
            automation_id=automation_id,
            title=given.title,
            text=given.text,
            send_at=at,
        )
    )
    await session.flush()
