"""Pages of the live list with the summary of everything that matches, assembled from encoded entries.

A page and its summary come from one state of the board. A cursor is valid only for the list that it was made for.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import islice
from json import dumps

from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import Invalid
from models.rules.listing.filters import Entry, LiveFilters
from models.rules.listing.sorting import SORTINGS, After
from models.states import Order, SortBy
from models.store.live_list.board import Board, refresh_board
from models.store.live_list.entries import render
from models.store.paging import PageRequest, bad_cursor, decode_cursor, encode_cursor


@dataclass(frozen=True, slots=True)
class Listing:
    """The filters and the order of a list."""

    filters: LiveFilters
    sort: SortBy
    order: Order
    by_relevance: bool = False
    """The best matches of the search first; `sort` and `order` decide among equal ones."""

    @property
    def fingerprint(self) -> str:
        """A digest that tells this list from others; cursors carry it."""
        filters = self.filters
        sets = (filters.primitives, filters.types, filters.severities, filters.states, filters.agents)
        starting = filters.starting
        asked = [
            *(sorted(str(one) for one in some) for some in sets),
            # The matching automations may change between pages, the requested span does not.
            [starting.since.timestamp(), starting.until.timestamp()] if starting else None,
            sorted(filters.archived),
            filters.search,
            filters.window,
            self.sort,
            self.order,
            self.by_relevance,
        ]
        return blake2b(dumps(asked).encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class EncodedPage:
    """An encoded `LivePage` and its ETag, which is the same in every process."""

    body: bytes
    etag: str


async def live_page(
    session: AsyncSession, board: Board, request: PageRequest, listing: Listing, now: datetime, *, skip: int = 0
) -> EncodedPage:
    """Refresh the board and return a page, `skip` rows after the cursor."""
    await refresh_board(session, board, now)
    return await encode_page(board, request, listing, skip)


async def matching(session: AsyncSession, board: Board, filters: LiveFilters, now: datetime) -> set[uuid.UUID]:
    """Return the ids of all automations that match these filters now."""
    await refresh_board(session, board, now)
    return {one.id for one in board.entries.values() if filters.shows(one)}


async def encode_page(board: Board, request: PageRequest, listing: Listing, skip: int = 0) -> EncodedPage:
    """Assemble a page from a current board; it is of one state, though others have their turn while it is encoded.

    Raises:
        Invalid: The cursor belongs to another list.
    """
    window = listing.filters.window
    rows = _rows(board, listing, request.cursor)
    found = list(islice(rows, skip, skip + request.limit + 1))
    shown = found[: request.limit]
    cursor = _cursor(board, shown[-1], listing) if len(found) > request.limit else None
    tail = b'],"summary":%b,"nextCursor":%b}' % (
        board.tally(listing.filters).summary().model_dump_json(by_alias=True).encode(),
        dumps(cursor).encode(),
    )
    await render(shown)
    body = b"".join((b'{"automations":[', b",".join([one.rendering.encoded(window) for one in shown]), tail))
    return EncodedPage(body, _etag([one.rendering.digest(window) for one in shown], tail))


def _etag(digests: Sequence[bytes], tail: bytes) -> str:
    return f'"{blake2b(b"".join((*digests, tail)), digest_size=16).hexdigest()}"'


def _rows(board: Board, listing: Listing, cursor: str | None) -> Iterator[Entry]:
    after = None if cursor is None else _after(cursor, listing)
    filters, sort, order = listing.filters, listing.sort, listing.order
    if listing.by_relevance:
        return board.read_by_relevance(filters, sort, order, after)
    return board.read(filters, sort, order, after and after[1])


def _cursor(board: Board, last: Entry, listing: Listing) -> str:
    key, number = board.ordered(listing.sort, listing.filters.window).position(last)
    rank = listing.filters.relevance(last) if listing.by_relevance else 0
    return encode_cursor(listing.fingerprint, rank, dumps(key), number)


def _after(cursor: str, listing: Listing) -> tuple[int, After]:
    fingerprint, rank, key, number = decode_cursor(cursor, 4)
    if fingerprint != listing.fingerprint:
        raise Invalid(
            "this cursor belongs to a list with other filters or another order",
            field="cursor",
            hint="Repeat the parameters of the previous page.",
        )
    try:
        return int(rank), (SORTINGS[listing.sort].read(key), int(number))
    except ValueError:
        raise bad_cursor() from None
