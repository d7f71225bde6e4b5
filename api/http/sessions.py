"""The browser's session: a signed cookie that names an API key, so that revoking the key ends the session."""

import uuid

from fastapi import Request, Response
from itsdangerous import BadData

from runtime.settings import Settings
from runtime.signing import session_tokens

COOKIE = "podium_session"
LIFETIME_SECONDS = 7 * 24 * 3600


def open_session(response: Response, settings: Settings, key_id: uuid.UUID) -> None:
    """Give the browser a session that stands for a key."""
    response.set_cookie(
        COOKIE,
        session_tokens(settings).dumps(str(key_id)),
        max_age=LIFETIME_SECONDS,
        httponly=True,
        samesite="lax",
        secure=settings.base_url.startswith("https://"),
    )


def close_session(response: Response) -> None:
    """Take the session away from the browser."""
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")


def session_key_id(request: Request, settings: Settings) -> uuid.UUID | None:
    """Read which key the browser's session stands for; None where there is no session, or a false or old one."""
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return None
    try:
        return uuid.UUID(session_tokens(settings).loads(cookie, max_age=LIFETIME_SECONDS))
    except (BadData, ValueError, TypeError):
        return None
