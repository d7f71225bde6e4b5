"""Checks that a process belongs to the installation whose database it uses: at start, and while it runs."""

import asyncio
from typing import NoReturn

import structlog
from sqlalchemy.exc import DBAPIError

from models.errors import DatabaseUnavailable
from models.store.installation import Identity, check_identity, check_schema, check_still_belongs
from runtime.database import Sessions, create_engine, session_factory, transaction
from runtime.security.secrets import secrets_keyring
from runtime.settings import Settings
from runtime.temporal.connection import namespace
from runtime.temporal.payload_codec import payload_key_fingerprints

log = structlog.get_logger(__name__)

_AGAIN_SECONDS = 1.0
WATCH_SECONDS = 15.0
"""Between two checks of a running process."""


async def check_installation(settings: Settings, sessions: Sessions) -> None:
    """Compare schema, keys and Temporal namespace with the database.

    Raises:
        DoesNotBelong: the process must not start.
        DatabaseUnavailable: it cannot be told now.
    """
    async with transaction(sessions) as session:
        await check_schema(session)
    async with transaction(sessions) as session:
        await check_identity(session, _identity(settings))


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


async def watch_installation(settings: Settings, sessions: Sessions) -> NoReturn:
    """Keep checking a running process: a key may be rotated that it does not have.

    It could not read what others store from then on, and would fail the runs that need it.

    Raises:
        DoesNotBelong: the process must stop; started again with the installation's keys it belongs to it.
    """
    mine = _identity(settings)
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        try:
            async with transaction(sessions) as session:
                await check_still_belongs(session, mine)
        except (DatabaseUnavailable, DBAPIError) as error:
            reason = str(error).partition("\n")[0]
            log.warning("cannot check that this process still belongs to the database", reason=reason)


def _identity(settings: Settings) -> Identity:
    payload_key = settings.payload_key.get_secret_value() if settings.payload_key else None
    return Identity(secrets_keyring(settings).fingerprints, namespace(), payload_key_fingerprints(payload_key))
