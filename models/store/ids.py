"""Ids of rows: creating them (outside Temporal workflows only), parsing them, and comparing columns with many."""

import re
import secrets
import uuid
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import ARRAY, ColumnElement, DateTime, TableValuedAlias, Uuid, any_, cast, column, func, literal
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine

from models.names import new_id

IdColumn: TypeAlias = InstrumentedAttribute[uuid.UUID] | InstrumentedAttribute[uuid.UUID | None]

_BEGINNING = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{1,4})*-?", re.IGNORECASE)
_DIGITS = 32


def fresh_id() -> uuid.UUID:
    """Return a new UUIDv7."""
    return new_id(datetime.now(UTC), secrets.randbits(74))


def among(column: IdColumn, ids: Iterable[uuid.UUID]) -> ColumnElement[bool]:
    """Return `column = ANY(ids)`: one parameter however many ids, so the statement stays cacheable."""
    return column == any_(literal(list(ids), ARRAY(Uuid())))


def rows_of(ids: Sequence[uuid.UUID], **times: Sequence[datetime | None]) -> TableValuedAlias:
    """Return rows of `id` and the named instants, to join with: one parameter a column however many rows."""
    types: dict[str, TypeEngine[Any]] = {"id": Uuid(), **dict.fromkeys(times, DateTime(timezone=True))}
    columns: dict[str, Sequence[Any]] = {"id": ids, **times}
    arrays = [cast(literal(list(columns[name]), ARRAY(type_)), ARRAY(type_)) for name, type_ in types.items()]
    return func.unnest(*arrays).table_valued(*(column(*one) for one in types.items())).render_derived()


def as_id(text: str) -> uuid.UUID | None:
    """Parse an id; None if the text is not a UUID and so may be a slug."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def id_range(text: str) -> tuple[uuid.UUID, uuid.UUID] | None:
    """Return the first and the last id that begins with a text of 8 or more digits; None if it is no such beginning."""
    digits = text.replace("-", "")
    if not _BEGINNING.fullmatch(text) or len(digits) > _DIGITS:
        return None
    return uuid.UUID(digits.ljust(_DIGITS, "0")), uuid.UUID(digits.ljust(_DIGITS, "f"))
