"""Ids: made for rows outside Temporal, from the clock and the machine's own random source; read; compared with."""

import secrets
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TypeAlias

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, literal
from sqlalchemy.orm import InstrumentedAttribute

from models.names import new_id

IdColumn: TypeAlias = InstrumentedAttribute[uuid.UUID] | InstrumentedAttribute[uuid.UUID | None]


def fresh_id() -> uuid.UUID:
    """Make a UUIDv7."""
    return new_id(datetime.now(UTC), secrets.randbits(74))


def among(column: IdColumn, ids: Iterable[uuid.UUID]) -> ColumnElement[bool]:
    """Compare a column with ids, however many: they are one parameter, and the statement stays the same."""
    return column == any_(literal(list(ids), ARRAY(Uuid())))


def as_id(text: str) -> uuid.UUID | None:
    """Read an id; None where the text is none, and so may be a slug."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
