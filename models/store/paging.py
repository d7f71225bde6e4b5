"""Keyset pagination: a cursor is the sort key of the last row, so that a deep page costs no more than the first."""

import base64
import binascii
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models.errors import Invalid

After: TypeAlias = tuple[datetime, uuid.UUID] | None
"""The sort key of the last row of the page before; None for the first page."""


class PageRequest(NamedTuple):
    """The size of a page, and the cursor of the page before; None for the first."""

    limit: int
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """Slim rows, newest first, the cursor of those that follow, and how far an incomplete search has gone."""

    rows: Sequence[Any]
    next_cursor: str | None = None
    searched_to: datetime | None = None


def bounds(
    at: ColumnElement[datetime],
    key: ColumnElement[uuid.UUID],
    *,
    since: datetime | None = None,
    before: datetime | None = None,
    until: datetime | None = None,
    after: After = None,
) -> list[ColumnElement[bool]]:
    """Return the conditions of a span of time, and of what follows a row, newest first.

    Args:
        at: The time of a row.
        key: Its id.
        since: The first instant.
        before: The exclusive end.
        until: The inclusive end.
        after: The row that comes before.
    """
    found: list[ColumnElement[bool]] = []
    if since is not None:
        found.append(at >= since)
    if before is not None:
        found.append(at < before)
    if until is not None:
        found.append(at <= until)
    if after is not None:
        found.append(tuple_(at, key) < tuple_(literal(after[0]), literal(after[1])))
    return found


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
    return tuple_(at, key) < tuple_(*read_cursor(cursor))


def read_cursor(cursor: str) -> tuple[datetime, uuid.UUID]:
    """Return the time and the id in a cursor.

    Raises:
        Invalid: It holds something else.
    """
    when, which = decode_cursor(cursor, 2)
    try:
        return datetime.fromisoformat(when), uuid.UUID(which)
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
