"""One-time sign-in links: signed, valid for 15 minutes, with a nonce that the API accepts once."""

import secrets
from pathlib import Path

import structlog
from itsdangerous import BadData, SignatureExpired
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import BadSignInLink, SignInLinkExpired
from models.store.governance import keys
from runtime.processes.home import keep_secret
from runtime.security.signing import sign_in_tokens
from runtime.settings import Settings

log = structlog.get_logger(__name__)

LIFETIME_SECONDS = 15 * 60


def sign_in_token(settings: Settings) -> str:
    """Return a token that signs its bearer in as the first administrator, once."""
    return sign_in_tokens(settings).dumps(secrets.token_urlsafe(16))


def sign_in_link(settings: Settings) -> str:
    """Return the URL that signs a browser in."""
    return f"{settings.base_url}/sign-in?token={sign_in_token(settings)}"


def read_sign_in_token(settings: Settings, token: str) -> str:
    """Return the token's nonce, which the caller must mark as used; raise `BadSignInLink` if invalid or expired."""
    try:
        return str(sign_in_tokens(settings).loads(token, max_age=LIFETIME_SECONDS))
    except SignatureExpired:
        raise SignInLinkExpired("the sign-in link has expired", hint="Create a new one: podium sign-in") from None
    except BadData:
        raise BadSignInLink("the sign-in link is not valid", hint="Create a new one: podium sign-in") from None


def admin_key(settings: Settings) -> str:
    """Return the first administrator's API key: `PODIUM_ADMIN_KEY`, or else the generated one."""
    if settings.admin_key is not None:
        return settings.admin_key.get_secret_value()
    return keep_secret(_admin_key_path(settings), prefix="podium_")


def kept_admin_key(settings: Settings) -> str | None:
    """Return the first administrator's API key, or None; generates none."""
    if settings.admin_key is not None:
        return settings.admin_key.get_secret_value()
    path = _admin_key_path(settings)
    return admin_key(settings) if path.exists() else None


async def seed_admin_key(session: AsyncSession, settings: Settings) -> None:
    """Make a configured key the administrator's; generate one only for an installation that has none.

    Otherwise a process with another data directory would replace the key that everybody uses.
    """
    await keys.lock_administrator(session)
    current = None if settings.admin_key else await keys.found_administrator(session)
    if current is None:
        await keys.ensure_admin_key(session, admin_key(settings))
    elif current.digest != keys.digest(kept_admin_key(settings) or ""):
        log.warning(
            "the installation has an administrator's key that this process does not know; it stays valid",
            begins_with=current.prefix,
            hint="Look at PODIUM_ADMIN_KEY, or in PODIUM_HOME/admin-key, of the process that started first. "
            "To replace the key, set PODIUM_ADMIN_KEY.",
        )


def admin_key_origin(settings: Settings) -> str:
    """Return where the administrator's API key can be found, phrased to end a sentence."""
    if settings.admin_key:
        return "the value of PODIUM_ADMIN_KEY"
    path = _admin_key_path(settings)
    return f"in {path}" if path.exists() else "that of the process that first started with this database"


def _admin_key_path(settings: Settings) -> Path:
    return settings.home / "admin-key"
