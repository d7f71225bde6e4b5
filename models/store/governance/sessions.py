"""Browser sessions. Only the digest of a session's cookie is stored."""

import secrets
import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.store.governance.keys import digest
from models.store.ids import among, fresh_id
from models.store.tables.governance import ApiKey, BrowserSession

LIFETIME = timedelta(days=7)


async def open_session(session: AsyncSession, key_id: uuid.UUID, now: datetime) -> str:
    """Store a session of a key and return its cookie's value; expired sessions are deleted."""
    await session.execute(delete(BrowserSession).where(BrowserSession.expires_at <= now))
    cookie = secrets.token_urlsafe(32)
    session.add(
        BrowserSession(id=fresh_id(), digest=digest(cookie), key_id=key_id, created_at=now, expires_at=now + LIFETIME)
    )
    await session.flush()
    return cookie


async def live_session(session: AsyncSession, cookie: str, now: datetime) -> tuple[BrowserSession, ApiKey] | None:
    """Return a session and its key; None if it was ended, has expired, or its key was revoked."""
    query = (
        select(BrowserSession, ApiKey)
        .join(ApiKey, ApiKey.id == BrowserSession.key_id)
        .where(BrowserSession.digest == digest(cookie), BrowserSession.expires_at > now, ApiKey.revoked_at.is_(None))
    )
    found = (await session.execute(query)).one_or_none()
    return (found[0], found[1]) if found else None


async def end_session(session: AsyncSession, session_id: uuid.UUID) -> None:
    await session.execute(delete(BrowserSession).where(BrowserSession.id == session_id))


async def live_among(session: AsyncSession, ids: Collection[uuid.UUID], now: datetime) -> set[uuid.UUID]:
    """Return the ids of those API keys and sessions that are still valid."""
    keys = select(ApiKey.id).where(among(ApiKey.id, ids), ApiKey.revoked_at.is_(None))
    sessions = select(BrowserSession.id).where(among(BrowserSession.id, ids), BrowserSession.expires_at > now)
    return {*(await session.scalars(keys)), *(await session.scalars(sessions))}
