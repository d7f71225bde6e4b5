"""Ids of rows: creating them (outside Temporal workflows only), parsing them, and comparing columns with many."""

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
    """Return a new UUIDv7."""
    return new_id(datetime.now(UTC), secrets.randbits(74))


def among(column: IdColumn, ids: Iterable[uuid.UUID]) -> ColumnElement[bool]:
    """Return `column = ANY(ids)`: one parameter however many ids, so the statement stays cacheable."""
    return column == any_(literal(list(ids), ARRAY(Uuid())))


def as_id(text: str) -> uuid.UUID | None:
    """Parse an id; None if the text is not a UUID and so may be a slug."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
