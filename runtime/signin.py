"""One-time sign-in links: signed, short-lived, and named by a nonce that the API lets through once."""

import secrets

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

from models.errors import Unauthenticated
from runtime.keyring import secret_key
from runtime.settings import Settings

LIFETIME_SECONDS = 15 * 60


def sign_in_token(settings: Settings) -> str:
    """Make a token; whoever bears it signs in as the first administrator, once."""
    return _signer(settings).dumps(secrets.token_urlsafe(16))


def sign_in_link(settings: Settings) -> str:
    """Return the address that signs a browser in."""
    return f"{settings.base_url}/sign-in?token={sign_in_token(settings)}"


def read_sign_in_token(settings: Settings, token: str) -> str:
    """Return the token's nonce, which the caller must spend; raise `Unauthenticated` if it is false or old."""
    try:
        return str(_signer(settings).loads(token, max_age=LIFETIME_SECONDS))
    except SignatureExpired:
        raise Unauthenticated("The sign-in link is too old", hint="Make a new one: podium sign-in") from None
    except BadData:
        raise Unauthenticated("The sign-in link is not valid", hint="Make a new one: podium sign-in") from None


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    # itsdangerous signs with the last key; our settings put the newest first.
    keys = [key.strip() for key in secret_key(settings).split(",") if key.strip()]
    return URLSafeTimedSerializer(keys[::-1], salt="podium sign-in")
