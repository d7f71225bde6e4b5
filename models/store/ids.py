"""Ids for rows that are made outside Temporal, from the clock and the machine's own random source."""

import secrets
import uuid
from datetime import UTC, datetime

from models.names import new_id


def fresh_id() -> uuid.UUID:
    """Make a UUIDv7."""
    return new_id(datetime.now(UTC), secrets.randbits(74))


def as_id(text: str) -> uuid.UUID | None:
    """Read an id; None where the text is none, and so may be a slug."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
