"""In-process cache of run averages and sums, invalidated through `changes`.

A figure is read again once its automation's stats have changed in any process; hours change in the same transactions.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.projection.portfolio import Portfolio, RunAverages
from models.store.live_list import changes

Figure = TypeVar("Figure")
# Above this many, reading everything is faster.
MOST_AGAIN = 2_000


@dataclass(slots=True)
class Sums(Generic[Figure]):
    """A figure by automation, summed from the hours since `since`.

    Attributes:
        stale: The automations that have changed since; None for all.
    """

    since: datetime | None = None
    by_id: dict[UUID, Figure] = field(default_factory=dict)
    stale: set[UUID] | None = None

    async def read(
        self, since: datetime, read: Callable[[Collection[UUID] | None], Awaitable[dict[UUID, Figure]]]
    ) -> dict[UUID, Figure]:
        """Return the figure by automation; `read` sums it for these automations or (None) for all."""
        if self.since != since or self.stale is None or len(self.stale) > MOST_AGAIN:
            # If reading fails, everything stays stale.
            self.stale = None
            self.by_id, self.since, self.stale = await read(None), since, set()
        elif self.stale:
            stale, self.stale = self.stale, None
            fresh = await read(stale)
            kept = {key: figure for key, figure in self.by_id.items() if key not in stale}
            self.by_id, self.stale = kept | fresh, set()
        return self.by_id


@dataclass(slots=True)
class AveragesCache:
    """The cached figures of one portfolio, current with the snapshot `seen`."""

    seen: str | None = None
    portfolio: Portfolio | None = None
    known: RunAverages | None = None
    spent_usd: Sums[Decimal] = field(default_factory=Sums)
    trailing: Sums[int] = field(default_factory=Sums)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def take_changes(self, session: AsyncSession) -> frozenset[UUID] | None:
        """Return the automations changed since the last call (None: all), and mark them stale in the sums."""
        found = await changes.since(session, self.seen) if self.seen else None
        if found is None or not found.whole:
            self.seen = await changes.snapshot(session)
            self.spent_usd.stale = self.trailing.stale = None
            return None
        self.seen = found.snapshot
        for sums in (self.spent_usd, self.trailing):
            if sums.stale is not None:
                sums.stale |= found.automations
        return found.automations
