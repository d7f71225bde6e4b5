"""API keys and used sign-in tokens. Only digests are stored; a key is shown once, when it is created."""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.base import Page
from models.contracts.governance.keys import KeyDraft, KeyView, NewKey
from models.errors import NotFound, SignInLinkUsed, Unauthenticated
from models.states import Scope
from models.store.ids import fresh_id
from models.store.paging import PageRequest, fetch_page
from models.store.tables.governance import ApiKey, BrowserSession, UsedToken

PREFIX = "podium_"
MAKER = "podium"
"""Who made the administrator's key, as it is shown; processes of older versions know the key by it."""
TOUCH_EVERY = timedelta(minutes=1)
ADMINISTRATOR_LOCK = 7_305_316_004


def digest(text: str) -> str:
    """Return the SHA-256 of a key; 32 random bytes need no slow hash."""
    return hashlib.sha256(text.encode()).hexdigest()


def shown_part(secret: str) -> str:
    """Return the part that is stored in clear to tell keys apart: six characters, at most a quarter of the key."""
    return secret[: min(6, len(secret) // 4)]


async def make_key(session: AsyncSession, draft: KeyDraft, by: str) -> NewKey:
    """Create a key. The returned value is the only copy of it."""
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
    """Make this the administrator's key in place of earlier ones; idempotent, and safe to run concurrently.

    One that was replaced before is valid again; one that somebody revoked stays revoked.
    """
    found, now = digest(key), datetime.now(UTC)
    await lock_administrator(session)
    values = insert(ApiKey).values(
        id=fresh_id(),
        name="administrator",
        prefix=shown_part(key),
        digest=found,
        scope=Scope.ADMIN,
        is_administrator=True,
        created_by=MAKER,
    )
    back = {"revoked_at": None, "replaced_at": None}
    await session.execute(
        values.on_conflict_do_update(index_elements=["digest"], set_=back, where=ApiKey.replaced_at.is_not(None))
    )
    replaced = await session.scalars(
        update(ApiKey)
        .where(ApiKey.is_administrator, ApiKey.digest != found, ApiKey.revoked_at.is_(None))
        .values(revoked_at=now, replaced_at=now)
        .returning(ApiKey.id)
    )
    await session.execute(delete(BrowserSession).where(BrowserSession.key_id.in_(replaced.all())))


async def lock_administrator(session: AsyncSession) -> None:
    """Lock the administrator's key against other processes until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(ADMINISTRATOR_LOCK)))


async def by_digest(session: AsyncSession, found: str) -> ApiKey | None:
    """Return the live key with this digest."""
    return (await by_digests(session, [found])).get(found)


async def by_digests(session: AsyncSession, digests: Sequence[str]) -> dict[str, ApiKey]:
    """Return the live keys with these digests, by digest."""
    found = await session.scalars(select(ApiKey).where(ApiKey.digest.in_(digests), ApiKey.revoked_at.is_(None)))
    return {key.digest: key for key in found}


async def by_id(session: AsyncSession, key_id: uuid.UUID) -> ApiKey | None:
    """Return the live key with this id."""
    return await session.scalar(select(ApiKey).where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None)))


async def administrator(session: AsyncSession) -> ApiKey:
    """Return the administrator's key, which sign-in links stand for.

    Raises:
        Unauthenticated: It has been revoked.
    """
    key = await found_administrator(session)
    if key is None:
        raise Unauthenticated("the administrator's key has been revoked", hint="Set another PODIUM_ADMIN_KEY.")
    return key


async def found_administrator(session: AsyncSession) -> ApiKey | None:
    """Return the administrator's key, or None before the first start and after it was revoked."""
    return await session.scalar(
        select(ApiKey)
        .where(ApiKey.is_administrator, ApiKey.revoked_at.is_(None))
        .order_by(ApiKey.created_at.desc())
        .limit(1)
    )


async def touch(session: AsyncSession, key: ApiKey, now: datetime) -> None:
    """Record that a key was used, at most once a minute and without waiting for a lock."""
    if key.last_used_at is not None and now - key.last_used_at < TOUCH_EVERY:
        return
    stale = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < now - TOUCH_EVERY)
    query = select(ApiKey.id).where(ApiKey.id == key.id, stale).with_for_update(skip_locked=True, key_share=True)
    free = query.scalar_subquery()
    await session.execute(
        update(ApiKey).where(ApiKey.id == free).values(last_used_at=now).execution_options(synchronize_session=False)
    )


async def spend_token(session: AsyncSession, nonce: str) -> None:
    """Use up a one-time token.

    Raises:
        SignInLinkUsed: It was used before.
    """
    spent = await session.scalar(
        insert(UsedToken).values(digest=digest(nonce)).on_conflict_do_nothing().returning(UsedToken.digest)
    )
    if spent is None:
        raise SignInLinkUsed("this sign-in link has been used", hint="Make a new one: podium sign-in")


async def page(session: AsyncSession, request: PageRequest) -> Page[KeyView]:
    """List keys, revoked ones included, newest first."""
    rows, cursor = await fetch_page(session, select(ApiKey), request, ApiKey.created_at, ApiKey.id)
    return Page(items=tuple(view(row) for row in rows), next_cursor=cursor)


async def revoke(session: AsyncSession, key_id: uuid.UUID) -> ApiKey:
    """Revoke a key, which ends its sessions; it stays in the list.

    Raises:
        NotFound: No active API key has this id.
    """
    key = await by_id(session, key_id)
    if key is None:
        raise NotFound("there is no active API key with this id")
    key.revoked_at = datetime.now(UTC)
    await session.execute(delete(BrowserSession).where(BrowserSession.key_id == key.id))
    return key


def view(row: ApiKey) -> KeyView:
    return KeyView(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        scope=row.scope,
        is_administrator=row.is_administrator,
        created_at=row.created_at,
        created_by=row.created_by,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
