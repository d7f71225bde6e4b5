"""The cookie of a browser session; the session itself is a row (`models/store/governance/sessions.py`)."""

from fastapi import Request, Response

from models.store.governance.sessions import LIFETIME
from runtime.settings import Settings

COOKIE = "podium_session"


def set_session_cookie(response: Response, settings: Settings, value: str) -> None:
    response.set_cookie(
        COOKIE,
        value,
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=settings.base_url.startswith("https://"),
    )


def delete_session_cookie(response: Response) -> None:
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")


def session_cookie(request: Request) -> str | None:
    return request.cookies.get(COOKIE) or None
