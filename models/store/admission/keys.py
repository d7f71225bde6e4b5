"""Reads and writes what is remembered by key; always under the automation's lock."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.admission.gcra import Rate
from models.store.tables.admission import AdmissionKey, KeyPurpose


def is_key(automation_id: uuid.UUID, purpose: KeyPurpose, key: str) -> ColumnElement[bool]:
    """Return the condition for one key."""
    return and_(AdmissionKey.automation_id == automation_id, AdmissionKey.purpose == purpose, AdmissionKey.key == key)


async def used_until(
    session: AsyncSession, automation_id: uuid.UUID, purpose: KeyPurpose, keys: set[str]
) -> dict[str, datetime]:
    """Return until when the rates of these keys have been used; those never used are left out."""
    query = select(AdmissionKey.key, AdmissionKey.used_until).where(
        AdmissionKey.automation_id == automation_id, AdmissionKey.purpose == purpose, AdmissionKey.key.in_(keys)
    )
    return {key: at for key, at in await session.execute(query) if at is not None}


async def store_used(
    session: AsyncSession, automation_id: uuid.UUID, purpose: KeyPurpose, key: str, rate: Rate, until: datetime
) -> None:
    """Store until when a rate has been used; it means nothing any more once all tokens are back."""
    values = {"used_until": until, "expires_at": until + (rate.burst + 1) * rate.interval}
    await store_key(session, automation_id, purpose, key, values)


async def store_key(
    session: AsyncSession, automation_id: uuid.UUID, purpose: KeyPurpose, key: str, values: dict[str, Any]
) -> None:
    """Insert a key, or replace these columns of it."""
    statement = insert(AdmissionKey).values(automation_id=automation_id, purpose=purpose, key=key, **values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["automation_id", "purpose", "key"], set_=values)
    )
