"""Authentication by API key or browser session, and scopes.

A session can only make changes if the browser confirms that the request comes from our own page (CSRF protection).
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Self
from urllib.parse import urlsplit

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.http.hosts import is_trusted
from api.http.limits import WrongKeys
from api.http.sessions import session_cookie
from models.errors import Forbidden, Unauthenticated
from models.states import Scope
from models.store.governance import keys
from models.store.governance.sessions import live_session
from models.store.tables.governance import ApiKey
from runtime.database import Sessions, transaction
from runtime.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FindKey = Callable[[str], Awaitable[ApiKey | None]]
HINT = "Send `Authorization: Bearer <key>` or sign in."


@dataclass(frozen=True, slots=True)
class Actor:
    """The authenticated key of a request."""

    name: str
    scope: Scope
    key_id: uuid.UUID
    session_id: uuid.UUID | None = None
    """The browser session; None for a request with an API key."""

    @classmethod
    def of(cls, key: ApiKey, session_id: uuid.UUID | None = None) -> Self:
        return cls(name=key.name, scope=key.scope, key_id=key.id, session_id=session_id)


async def authenticate(request: Request, session: AsyncSession, settings: Settings, wrong_keys: WrongKeys) -> Actor:
    """Authenticate a request.

    Raises:
        TooManyRequests: an unknown key from an address that has sent many of them.
        Unauthenticated: no key or session, or an invalid one.
        Forbidden: a session makes a change from another site.
    """
    sent = sent_key(request)
    session_id = None
    if sent:
        key = await key_of(partial(keys.by_digest, session), sent, wrong_keys, address_of(request))
    else:
        key, session_id = await _by_session(request, session, settings)
    await keys.touch(session, key, datetime.now(UTC))
    return Actor.of(key, session_id)


async def authenticate_sender(
    request: Request, sessions: Sessions, find: FindKey, settings: Settings, wrong_keys: WrongKeys
) -> Actor:
    """Authenticate a request that has no transaction of its own; raises what `authenticate` raises.

    `find` reads a key by its digest, and records that it was used.
    """
    sent = sent_key(request)
    if not sent:
        async with transaction(sessions) as session:
            return await authenticate(request, session, settings, wrong_keys)
    key = await key_of(find, sent, wrong_keys, address_of(request))
    return Actor.of(key)


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def sent_key(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return request.headers.get("x-api-key", "").strip() or None


def check_scope(actor: Actor, needed: Scope) -> Actor:
    if not actor.scope.covers(needed):
        raise Forbidden(
            f"this needs scope {needed.value}, and the key {actor.name!r} has {actor.scope.value}",
            hint="Ask an administrator for a key with that scope.",
        )
    return actor


async def key_of(find: FindKey, sent: str, wrong_keys: WrongKeys, address: str) -> ApiKey:
    """Return the live key that was sent; `find` reads it by its digest.

    Raises:
        TooManyRequests: the address has sent too many wrong keys.
        Unauthenticated: the key is unknown or revoked.
    """
    digest = keys.digest(sent)
    wrong_keys.check(address, digest)
    key = await find(digest)
    if key is None:
        wrong_keys.failed(address)
        raise Unauthenticated("this API key is unknown or has been revoked", hint=HINT)
    wrong_keys.succeeded(digest)
    return key


async def _by_session(request: Request, session: AsyncSession, settings: Settings) -> tuple[ApiKey, uuid.UUID]:
    cookie = session_cookie(request)
    if cookie is None:
        raise Unauthenticated("this needs an API key or a session", hint=HINT)
    if request.method not in SAFE_METHODS and not same_origin(request, settings):
        raise Forbidden("a session can only make changes from Podium's own page", hint="Use an API key instead.")
    found = await live_session(session, cookie, datetime.now(UTC))
    if found is None:
        raise Unauthenticated("the session has ended", hint=HINT)
    return found[1], found[0].id


def same_origin(request: Request, settings: Settings) -> bool:
    """Whether the browser reports that the request comes from our own page."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin", "")
    host = urlsplit(origin).netloc
    own = host == request.headers.get("host") and is_trusted(settings, host)
    return bool(origin) and (origin == settings.base_url or own)
