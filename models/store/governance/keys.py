"""API keys and spent sign-in tokens: only digests are kept, a key is shown once."""

import hashlib
import secrets
import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.base import Page
from models.contracts.keys import KeyDraft, KeyView, NewKey
from models.errors import NotFound, SignInLinkUsed, Unauthenticated
from models.states import Scope
from models.store.ids import fresh_id
from models.store.paging import PageRequest, fetch_page
from models.store.tables.governance import ApiKey, UsedToken

PREFIX = "podium_"
SEEDED_BY = "podium"
TOUCH_EVERY = timedelta(minutes=1)


def digest(text: str) -> str:
    """Give what is stored of a key; 32 random bytes need no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()


def shown_part(secret: str) -> str:
    """Give what is kept in clear to tell keys apart: six characters, never more than a quarter."""
    return secret[: min(6, len(secret) // 4)]


async def make_key(session: AsyncSession, draft: KeyDraft, by: str) -> NewKey:
    """Make a key; what this returns is the only place where it stands."""
    secret = secrets.token_urlsafe(32)
    key = PREFIX + secret
    row = ApiKey(
        id=fresh_id(),
        name=draft.name,
        prefix=PREFIX + shown_part(secret),
        digest=digest(key),
        scope=draft.scope,
        created_at=datetime.now(UTC),
        created_by=by,
    )
    session.add(row)
    await session.flush()
    return NewKey(**view(row).model_dump(), key=key)


async def ensure_admin_key(session: AsyncSession, key: str) -> None:
    """Let the administrator's key in, and no earlier one that was seeded; safe to repeat and to race."""
    found = digest(key)
    await session.execute(
        insert(ApiKey)
        .values(
            id=fresh_id(),
            name="administrator",
            prefix=shown_part(key),
            digest=found,
            scope=Scope.ADMIN,
            created_by=SEEDED_BY,
        )
        .on_conflict_do_nothing()
    )
    await session.execute(
        update(ApiKey)
        .where(ApiKey.created_by == SEEDED_BY, ApiKey.digest != found, ApiKey.revoked_at.is_(None))
        .values(revoked_at=datetime.now(UTC))
    )


async def by_digest(session: AsyncSession, found: str) -> ApiKey | None:
    """Find a live key by the digest of what was sent."""
    return await session.scalar(select(ApiKey).where(ApiKey.digest == found, ApiKey.revoked_at.is_(None)))


async def by_id(session: AsyncSession, key_id: uuid.UUID) -> ApiKey | None:
    """Find a live key by its id, as a browser's session names it."""
    return await session.scalar(select(ApiKey).where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None)))


async def administrator(session: AsyncSession) -> ApiKey:
    """Find the seeded administrator's key, which a sign-in link stands for."""
    key = await session.scalar(
        select(ApiKey)
        .where(ApiKey.created_by == SEEDED_BY, ApiKey.revoked_at.is_(None))
        .order_by(ApiKey.created_at.desc())
        .limit(1)
    )
    if key is None:
        raise Unauthenticated("the administrator's key has been revoked", hint="Set another PODIUM_ADMIN_KEY.")
    return key


async def touch(session: AsyncSession, key: ApiKey, now: datetime) -> None:
    """Note that a key was used, once a minute at most and without waiting for others that do the same."""
    if key.last_used_at is not None and now - key.last_used_at < TOUCH_EVERY:
        return
    stale = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < now - TOUCH_EVERY)
    free = select(ApiKey.id).where(ApiKey.id == key.id, stale).with_for_update(skip_locked=True).scalar_subquery()
    await session.execute(
        update(ApiKey).where(ApiKey.id == free).values(last_used_at=now).execution_options(synchronize_session=False)
    )


async def spend_token(session: AsyncSession, nonce: str) -> None:
    """Use a one-time token; raise `SignInLinkUsed` the second time."""
    spent = await session.scalar(
        insert(UsedToken).values(digest=digest(nonce)).on_conflict_do_nothing().returning(UsedToken.digest)
    )
    if spent is None:
        raise SignInLinkUsed("this sign-in link has been used", hint="Make a new one: podium sign-in")


async def page(session: AsyncSession, request: PageRequest) -> Page[KeyView]:
    """List keys, revoked ones too, newest first."""
    rows, cursor = await fetch_page(session, select(ApiKey), request, ApiKey.created_at, ApiKey.id)
    return Page(items=tuple(view(row) for row in rows), next_cursor=cursor)


async def revoke(session: AsyncSession, key_id: uuid.UUID) -> ApiKey:
    """End a key's life; a revoked one stays listed."""
    key = await by_id(session, key_id)
    if key is None:
        raise NotFound("no live key has this id")
    key.revoked_at = datetime.now(UTC)
    return key


def view(row: ApiKey) -> KeyView:
    """Give a key as it is listed."""
    return KeyView(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        scope=row.scope,
        created_at=row.created_at,
        created_by=row.created_by,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
