"""The board: an in-memory copy of every automation as the live list shows it, refreshed by each request.

A request asks PostgreSQL what has become visible since the last refresh, reads only those automations again, and then
reads the board. A page therefore costs the same however many runs there are, and every process reads its own and all
others' committed writes.
"""

import asyncio
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heappop, heappush
from itertools import chain

from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.listing.filters import Entry, LiveFilters, Tally
from models.rules.listing.sorting import After, Ordered
from models.states import Order, SortBy, Window
from models.store.live_list import changes
from models.store.live_list.entries import all_ids, entries
from models.store.process_locks import held

READ_AT_ONCE = 500
TALLIES_KEPT = 32


@dataclass(slots=True)
class Board:
    """All automations, with the orders and summaries that lists ask for.

    Attributes:
        seen: The PostgreSQL snapshot that the board is current with; None before the first read.
    """

    seen: str | None = None
    entries: dict[int, Entry] = field(default_factory=dict)
    orders: dict[tuple[SortBy, Window], Ordered] = field(default_factory=dict)
    tallies: dict[LiveFilters, Tally] = field(default_factory=dict)
    expiring: list[tuple[datetime, int]] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def read(self, filters: LiveFilters, sort: SortBy, order: Order, after: After | None = None) -> Iterator[Entry]:
        """Return the matching automations in order, from the start or after a position."""
        known = self.entries
        everything = (known[number] for number in self.ordered(sort, filters.window).read(order, after))
        return filter(filters.shows, everything)

    def read_by_relevance(
        self, filters: LiveFilters, sort: SortBy, order: Order, after: tuple[int, After] | None = None
    ) -> Iterator[Entry]:
        """Go through what a search matches, the best matches first and equal ones in the given order.

        Args:
            filters: Their search is not empty.
            sort: How equal matches are sorted.
            order: In which direction.
            after: The relevance and the position of the last automation that was read before.
        """
        matches = sorted(self.read(filters, sort, order), key=filters.relevance)
        if after is None:
            return iter(matches)
        rank, position = after
        same = (one for one in self.read(filters, sort, order, position) if filters.relevance(one) == rank)
        return chain(same, (one for one in matches if filters.relevance(one) > rank))

    def ordered(self, sort: SortBy, window: Window) -> Ordered:
        """Return all automations in an order; it is built at first use and maintained from then on."""
        found = self.orders.get((sort, window))
        if found is None:
            found = self.orders[sort, window] = Ordered(sort, window, self.entries.values())
        return found

    def tally(self, filters: LiveFilters) -> Tally:
        """Return the tally of these filters; it is built at first use and maintained while recently used."""
        found = self.tallies.pop(filters, None) or Tally(filters, self.entries.values())
        self.tallies[filters] = found
        if len(self.tallies) > TALLIES_KEPT:
            del self.tallies[next(iter(self.tallies))]
        return found

    def put(self, number: int, entry: Entry | None) -> None:
        """Replace the entry of an automation; None removes it."""
        before = self.entries.pop(number, None)
        for ordered in self.orders.values():
            if before is not None:
                ordered.remove(before)
            if entry is not None:
                ordered.add(entry)
        for tally in self.tallies.values():
            if before is not None:
                tally.count(before, -1)
            if entry is not None:
                tally.count(entry, 1)
        if entry is not None:
            self.entries[number] = entry
            heappush(self.expiring, (entry.valid_until, number))
            if len(self.expiring) > 4 * len(self.entries) + 1000:
                # Entries that are replaced often leave their old expiry times in the heap.
                self.expiring = sorted((one.valid_until, number) for number, one in self.entries.items())

    def take_expired(self, now: datetime) -> set[uuid.UUID]:
        """Return the automations whose entries have expired, and forget their expiry."""
        found = set()
        while self.expiring and self.expiring[0][0] <= now:
            until, number = heappop(self.expiring)
            entry = self.entries.get(number)
            if entry is not None and entry.valid_until == until:
                found.add(entry.id)
        return found


async def refresh_board(session: AsyncSession, board: Board, now: datetime) -> None:
    """Bring the board up to date with what is visible now.

    1. Ask which automations have changed since the last refresh; if that is unknown, take all.
    2. Read those again, and the ones whose entries have expired.
    3. Store the new snapshot, after everything it covers is on the board.
    """
    async with held(board.lock, session):
        seen, stale = await _stale(session, board)
        expired = board.take_expired(now)
        try:
            await _read_again(session, board, stale | expired, now)
        except BaseException:
            for entry in (board.entries[one.int] for one in expired if one.int in board.entries):
                heappush(board.expiring, (entry.valid_until, entry.id.int))
            raise
        board.seen = seen


async def _stale(session: AsyncSession, board: Board) -> tuple[str, set[uuid.UUID]]:
    if board.seen is not None:
        found = await changes.since(session, board.seen)
        if found.whole:
            return found.snapshot, set(found.automations)
    seen = await changes.snapshot(session)
    known = {entry.id for entry in board.entries.values()}
    return seen, known | set(await all_ids(session))


async def _read_again(session: AsyncSession, board: Board, ids: Iterable[uuid.UUID], now: datetime) -> None:
    wanted = sorted(ids, key=lambda one: one.int)
    for start in range(0, len(wanted), READ_AT_ONCE):
        some = wanted[start : start + READ_AT_ONCE]
        found = {entry.id: entry for entry in await entries(session, some, now)}
        for automation_id in some:
            board.put(automation_id.int, found.get(automation_id))
        await asyncio.sleep(0)
