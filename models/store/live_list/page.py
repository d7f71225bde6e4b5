"""A page of the live list with the summary of all that match: bytes that are ready on the board, put together.

The rule kept here: a page and its summary come from one state of the board, and a cursor reads on only in the list that
it was given for.
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
from models.store.live_list.board import Board, bring_up_to_date
from models.store.paging import Ask, bad_cursor, decode_cursor, encode_cursor


@dataclass(frozen=True, slots=True)
class Listing:
    """Which list is asked for: who is in it and in which order."""

    filters: LiveFilters
    sort: SortBy
    order: Order
    by_relevance: bool = False
    """The best matches of the search first; `sort` and `order` decide among equal ones."""

    @property
    def mark(self) -> str:
        """Give a word that tells this list from others: a cursor carries it."""
        filters = self.filters
        sets = (filters.primitives, filters.types, filters.severities, filters.states, filters.agents)
        starting = filters.starting
        asked = [
            *(sorted(str(one) for one in some) for some in sets),
            # What starts in it may change from page to page; the span that was asked for does not.
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
class Page:
    """An encoded `LivePage`, and a tag that any process gives to the same bytes and to no others."""

    body: bytes
    etag: str


async def live_page(
    session: AsyncSession, board: Board, ask: Ask, listing: Listing, now: datetime, *, skip: int = 0
) -> Page:
    """Read a page of the list, so many rows behind where it is asked for, and the summary of all of it, as of now."""
    await bring_up_to_date(session, board, now)
    return page_of(board, ask, listing, skip)


async def matching(session: AsyncSession, board: Board, filters: LiveFilters, now: datetime) -> set[uuid.UUID]:
    """Give the ids of all automations that the list with these filters shows now."""
    await bring_up_to_date(session, board, now)
    return {one.id for one in board.entries.values() if filters.shows(one)}


def page_of(board: Board, ask: Ask, listing: Listing, skip: int = 0) -> Page:
    """Put a page together from a board that is up to date; raise `Invalid` for a cursor of another list."""
    window = listing.filters.window
    rows = _rows(board, listing, ask.cursor)
    found = list(islice(rows, skip, skip + ask.limit + 1))
    shown = found[: ask.limit]
    cursor = _cursor(board, shown[-1], listing) if len(found) > ask.limit else None
    tail = b'],"summary":%b,"nextCursor":%b}' % (
        board.tally(listing.filters).summary().model_dump_json(by_alias=True).encode(),
        dumps(cursor).encode(),
    )
    body = b"".join((b'{"automations":[', b",".join([one.encoded[window] for one in shown]), tail))
    return Page(body, _etag([one.digest[window] for one in shown], tail))


def _etag(digests: Sequence[bytes], tail: bytes) -> str:
    return f'"{blake2b(b"".join((*digests, tail)), digest_size=16).hexdigest()}"'


def _rows(board: Board, listing: Listing, cursor: str | None) -> Iterator[Entry]:
    after = None if cursor is None else _after(cursor, listing)
    filters, sort, order = listing.filters, listing.sort, listing.order
    if listing.by_relevance:
        return board.read_by_relevance(filters, sort, order, after)
    return board.read(filters, sort, order, after and after[1])


def _cursor(board: Board, last: Entry, listing: Listing) -> str:
    key, number = board.ordered(listing.sort, listing.filters.window).place(last)
    rank = listing.filters.relevance(last) if listing.by_relevance else 0
    return encode_cursor(listing.mark, rank, dumps(key), number)


def _after(cursor: str, listing: Listing) -> tuple[int, After]:
    mark, rank, key, number = decode_cursor(cursor, 4)
    if mark != listing.mark:
        raise Invalid(
            "this cursor belongs to a list with other filters or another order",
            field="cursor",
            hint="Use it with the parameters of the page before.",
        )
    try:
        return int(rank), (SORTINGS[listing.sort].read(key), int(number))
    except ValueError:
        raise bad_cursor() from None
