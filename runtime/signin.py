"""One-time sign-in links: signed, short-lived, and named by a nonce that the API lets through once."""

import secrets
from pathlib import Path

from itsdangerous import BadData, SignatureExpired

from models.errors import BadSignInLink, SignInLinkExpired
from runtime.home import keep_secret
from runtime.settings import Settings
from runtime.signing import sign_in_tokens

LIFETIME_SECONDS = 15 * 60


def sign_in_token(settings: Settings) -> str:
    """Make a token; whoever bears it signs in as the first administrator, once."""
    return sign_in_tokens(settings).dumps(secrets.token_urlsafe(16))


def sign_in_link(settings: Settings) -> str:
    """Return the address that signs a browser in."""
    return f"{settings.base_url}/sign-in?token={sign_in_token(settings)}"


def read_sign_in_token(settings: Settings, token: str) -> str:
    """Return the token's nonce, which the caller must spend; raise `BadSignInLink` if false or old."""
    try:
        return str(sign_in_tokens(settings).loads(token, max_age=LIFETIME_SECONDS))
    except SignatureExpired:
        raise SignInLinkExpired("The sign-in link is too old", hint="Make a new one: podium sign-in") from None
    except BadData:
        raise BadSignInLink("The sign-in link is not valid", hint="Make a new one: podium sign-in") from None


def admin_key(settings: Settings) -> str:
    """Return the first administrator's API key: the one that is set, else the one that is kept."""
    if settings.admin_key is not None:
        return settings.admin_key.get_secret_value()
    return keep_secret(_admin_key_path(settings), prefix="podium_")


def kept_admin_key(settings: Settings) -> str | None:
    """Return the first administrator's key where there is one, and make none."""
    if settings.admin_key is not None:
        return settings.admin_key.get_secret_value()
    path = _admin_key_path(settings)
    return admin_key(settings) if path.exists() else None


def admin_key_origin(settings: Settings) -> str:
    """Return where somebody finds that key, as the end of a sentence."""
    return "that of PODIUM_ADMIN_KEY" if settings.admin_key else f"in {_admin_key_path(settings)}"


def _admin_key_path(settings: Settings) -> Path:
    return settings.home / "admin-key"
