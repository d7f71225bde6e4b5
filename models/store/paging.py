"""Keyset pagination: a cursor is the sort key of the last row, so that a deep page costs no more than the first."""

import base64
import binascii
import json
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models.errors import Invalid


class PageRequest(NamedTuple):
    """The size of a page, and the cursor of the page before; None for the first."""

    limit: int
    cursor: str | None


def encode_cursor(*key: object) -> str:
    """Return a sort key as an opaque cursor."""
    text = json.dumps([part.isoformat() if isinstance(part, datetime) else str(part) for part in key])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, parts: int) -> list[str]:
    """Return the sort key of a cursor, which has so many `parts`.

    Raises:
        Invalid: The cursor was not made by `encode_cursor`.
    """
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        key = None
    if not isinstance(key, list) or len(key) != parts or not all(isinstance(part, str) for part in key):
        raise bad_cursor()
    return key


def bad_cursor() -> Invalid:
    return Invalid("invalid cursor", field="cursor", hint="Use nextCursor from the previous page.")


def newest_first(
    query: Select[*tuple[Any, ...]],
    request: PageRequest,
    at: InstrumentedAttribute[datetime],
    key: InstrumentedAttribute[uuid.UUID],
) -> Select[*tuple[Any, ...]]:
    """Order by time and id, newest first, limited to the page and one more row (is there a next page?)."""
    query = query.order_by(at.desc(), key.desc()).limit(request.limit + 1)
    if request.cursor is None:
        return query
    return query.where(_older(request.cursor, at, key))


def _older(
    cursor: str, at: InstrumentedAttribute[datetime], key: InstrumentedAttribute[uuid.UUID]
) -> ColumnElement[bool]:
    when, which = decode_cursor(cursor, 2)
    try:
        return tuple_(at, key) < tuple_(datetime.fromisoformat(when), uuid.UUID(which))
    except ValueError:
        raise bad_cursor() from None


async def fetch_page(
    session: AsyncSession,
    query: Select[*tuple[Any, ...]],
    request: PageRequest,
    at: InstrumentedAttribute[datetime],
    key: InstrumentedAttribute[uuid.UUID],
) -> tuple[Sequence[Any], str | None]:
    """Return a page of entities, newest first, and the cursor of the next page."""
    rows = (await session.scalars(newest_first(query, request, at, key))).all()
    if len(rows) <= request.limit:
        return rows, None
    last = rows[request.limit - 1]
    return rows[: request.limit], encode_cursor(getattr(last, at.key), getattr(last, key.key))
