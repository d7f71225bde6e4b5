"""New ids for rows: UUIDv7, so that a primary key grows with time."""

import secrets
import uuid
from datetime import UTC, datetime

from models.names import new_id


def fresh_id() -> uuid.UUID:
    """Make an id from this machine's clock and random source."""
    return new_id(datetime.now(UTC), secrets.randbits(74))


def as_id(text: str) -> uuid.UUID | None:
    """Read an id; None where the text is none, and so may be a slug."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
