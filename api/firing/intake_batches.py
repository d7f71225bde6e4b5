"""Looks up keys and listeners, and stores deliveries, for all requests of a burst at once.

Each request answers after the commit of the transaction that holds its delivery, as it would alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self, TypeVar

from models.contracts.runs.views import Fired
from models.store.admission.to_tell import Admissions, take_admissions
from models.store.automations import queries as automations
from models.store.deliveries.new_deliveries import NewDelivery, store_deliveries
from models.store.governance import keys
from models.store.tables.automations import Automation
from models.store.tables.governance import ApiKey
from runtime.batches import Batches
from runtime.database import Sessions, limit_lock_waits, transaction

Row = TypeVar("Row", ApiKey, Automation)

LOCK_SECONDS = 1.0
"""A batch whose statement waits longer for a row is undone, and its deliveries are stored each on its own."""

BURST = 8


@dataclass(frozen=True, slots=True)
class IntakeBatches:
    """The batches of one process."""

    sessions: Sessions
    keys: Batches[str, ApiKey | None]
    events: Batches[str, Sequence[Automation]]
    webhooks: Batches[str, Automation | None]
    deliveries: Batches[NewDelivery, Fired]

    @classmethod
    def on(cls, sessions: Sessions, reading: Sessions) -> Self:
        """Return batches that store with `sessions`; `reading` commits each statement."""

        async def find_keys(digests: Sequence[str]) -> list[ApiKey | None]:
            async with transaction(reading) as session:
                found = await keys.by_digests(session, digests)
                for key in found.values():
                    await keys.touch(session, key, datetime.now(UTC))
                return _in_order(digests, found)

        async def find_listeners(names: Sequence[str]) -> list[Sequence[Automation]]:
            async with transaction(reading) as session:
                found = await automations.by_events(session, names)
                return [found.get(name, ()) for name in names]

        async def find_webhooks(paths: Sequence[str]) -> list[Automation | None]:
            async with transaction(reading) as session:
                return _in_order(paths, await automations.by_webhook_paths(session, paths))

        async def store(given: Sequence[NewDelivery]) -> list[Fired]:
            async with transaction(sessions) as session:
                if len(given) > 1:
                    await limit_lock_waits(session, LOCK_SECONDS)
                return await store_deliveries(session, given)

        return cls(sessions, Batches(find_keys), Batches(find_listeners), Batches(find_webhooks), Batches(store))

    def is_in_a_burst(self) -> bool:
        """Whether many requests are waiting."""
        return self.keys.asking + self.webhooks.asking + self.events.asking + self.deliveries.asking >= BURST

    async def store(self, new: NewDelivery) -> tuple[Fired, Admissions]:
        """Store a delivery; returns after the commit, with what Temporal must be told of."""
        if new.takes_locks:
            async with transaction(self.sessions) as session:
                (fired,) = await store_deliveries(session, [new])
            return fired, take_admissions(session)
        return await self.deliveries.do(new), Admissions()


def _in_order(names: Sequence[str], found: Mapping[str, Row]) -> list[Row | None]:
    return [found.get(name) for name in names]
