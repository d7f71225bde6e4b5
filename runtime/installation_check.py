"""Checks at start that a process belongs to the installation whose database it uses."""

import asyncio

import structlog

from models.errors import DatabaseUnavailable
from models.store.installation import Identity, check_identity, check_schema
from runtime.database import Sessions, create_engine, session_factory, transaction
from runtime.security.secrets import secrets_keyring
from runtime.settings import Settings
from runtime.temporal.connection import namespace
from runtime.temporal.payload_codec import payload_key_fingerprints

log = structlog.get_logger(__name__)

_AGAIN_SECONDS = 1.0


async def check_installation(settings: Settings, sessions: Sessions) -> None:
    """Compare schema, keys and Temporal namespace with the database.

    Raises:
        DoesNotBelong: the process must not start.
        DatabaseUnavailable: it cannot be told now.
    """
    async with transaction(sessions) as session:
        await check_schema(session)
    async with transaction(sessions) as session:
        payload_key = settings.payload_key.get_secret_value() if settings.payload_key else None
        mine = Identity(secrets_keyring(settings).fingerprints, namespace(), payload_key_fingerprints(payload_key))
        await check_identity(session, mine)


async def check_at_start(settings: Settings, *, wait: bool) -> None:
    """Check before a process serves; without a database it waits, or leaves the check to `check_installation` later."""
    engine = create_engine(settings)
    try:
        while True:
            try:
                return await check_installation(settings, session_factory(engine))
            except DatabaseUnavailable as error:
                log.warning("cannot check that this process belongs to the database", reason=error.detail)
                if not wait:
                    return
            await asyncio.sleep(_AGAIN_SECONDS)
    finally:
        await engine.dispose()
