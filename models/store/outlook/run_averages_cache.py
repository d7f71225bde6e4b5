"""What a process remembers of stats and hours, kept up by what `changes` says has changed since.

The rule kept here: a figure is read again as soon as its automation's stats have changed, whoever changed them; hours
change in the same transactions as stats do.
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
# Above this many it is quicker to read everything again.
MOST_AGAIN = 2_000


@dataclass(slots=True)
class Sums(Generic[Figure]):
    """A figure by automation, summed from the hours since `since`.

    Attributes:
        stale: What has changed since it was read; None for everything.
    """

    since: datetime | None = None
    by_id: dict[UUID, Figure] = field(default_factory=dict)
    stale: set[UUID] | None = None

    async def read(
        self, since: datetime, read: Callable[[Collection[UUID] | None], Awaitable[dict[UUID, Figure]]]
    ) -> dict[UUID, Figure]:
        """Give the figure by automation; `read` sums it anew, of these automations or (None) of all."""
        if self.since != since or self.stale is None or len(self.stale) > MOST_AGAIN:
            # While it is read, and if that fails, nothing of it is known to be fresh.
            self.stale = None
            self.by_id, self.since, self.stale = await read(None), since, set()
        elif self.stale:
            stale, self.stale = self.stale, None
            fresh = await read(stale)
            kept = {key: figure for key, figure in self.by_id.items() if key not in stale}
            self.by_id, self.stale = kept | fresh, set()
        return self.by_id


@dataclass(slots=True)
class Learned:
    """What is remembered, up to the snapshot `seen`, for one portfolio."""

    seen: str | None = None
    portfolio: Portfolio | None = None
    known: RunAverages | None = None
    spent_usd: Sums[Decimal] = field(default_factory=Sums)
    trailing: Sums[int] = field(default_factory=Sums)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def news(self, session: AsyncSession) -> frozenset[UUID] | None:
        """Give what has changed since this was last asked, None for everything; the sums are told as well."""
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
