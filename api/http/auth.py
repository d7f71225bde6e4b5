"""Authentication by API key or browser session, and scopes.

A session can only make changes if the browser confirms that the request comes from our own page (CSRF protection).
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.http.sessions import session_key_id
from models.errors import Forbidden, Unauthenticated
from models.states import Scope
from models.store.governance import keys
from models.store.tables.governance import ApiKey
from runtime.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HINT = "Send `Authorization: Bearer <key>` or sign in."


@dataclass(frozen=True, slots=True)
class Actor:
    """The authenticated key of a request."""

    name: str
    scope: Scope
    key_id: uuid.UUID


async def authenticate(request: Request, session: AsyncSession, settings: Settings) -> Actor:
    """Authenticate a request.

    Raises:
        Unauthenticated: no key or session, or an invalid one.
        Forbidden: a session makes a change from another site.
    """
    sent = sent_key(request)
    key = await (_by_sent_key(session, sent) if sent else _by_session(request, session, settings))
    await keys.touch(session, key, datetime.now(UTC))
    return Actor(name=key.name, scope=key.scope, key_id=key.id)


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


async def _by_sent_key(session: AsyncSession, sent: str) -> ApiKey:
    key = await keys.by_digest(session, keys.digest(sent))
    if key is None:
        raise Unauthenticated("this API key is unknown or has been revoked", hint=HINT)
    return key


async def _by_session(request: Request, session: AsyncSession, settings: Settings) -> ApiKey:
    key_id = session_key_id(request, settings)
    if key_id is None:
        raise Unauthenticated("this needs an API key or a session", hint=HINT)
    if request.method not in SAFE_METHODS and not same_origin(request, settings):
        raise Forbidden("a session can only make changes from Podium's own page", hint="Use an API key instead.")
    key = await keys.by_id(session, key_id)
    if key is None:
        raise Unauthenticated("the session's key has been revoked", hint=HINT)
    return key


def same_origin(request: Request, settings: Settings) -> bool:
    """Whether the browser reports that the request comes from our own page."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin", "")
    return bool(origin) and (origin == settings.base_url or urlsplit(origin).netloc == request.headers.get("host"))
