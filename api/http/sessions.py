"""The browser's session: a signed cookie that names an API key, so that revoking the key ends the session."""

import uuid

from fastapi import Request, Response
from itsdangerous import BadData, URLSafeTimedSerializer

from runtime.keyring import secret_key
from runtime.settings import Settings

COOKIE = "podium_session"
LIFETIME_SECONDS = 7 * 24 * 3600


def open_session(response: Response, settings: Settings, key_id: uuid.UUID) -> None:
    """Give the browser a session that stands for a key."""
    response.set_cookie(
        COOKIE,
        _signer(settings).dumps(str(key_id)),
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
        return uuid.UUID(_signer(settings).loads(cookie, max_age=LIFETIME_SECONDS))
    except (BadData, ValueError, TypeError):
        return None


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    # itsdangerous signs with the last key; our settings put the newest first.
    keys = [key.strip() for key in secret_key(settings).split(",") if key.strip()]
    return URLSafeTimedSerializer(keys[::-1], salt="podium session")
