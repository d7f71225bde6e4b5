"""Documents that take long to make are kept in memory for a moment, however many people read them.

None is ever older than its bound: where it cannot be renewed in time, the request makes it, and fails if that fails.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from time import monotonic

import structlog

from models.contracts.base import Contract

MOST_KEPT = 16
"""Each time zone that somebody looks from has a document of its own."""
LOOKED_AT = timedelta(seconds=30)
"""A document is renewed ahead of requests while somebody has asked for it within this time."""
LEAST_REST = 2
"""Renewing rests at least so many times as long as it takes."""

Make = Callable[[], Awaitable[Contract]]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON document with its ETag."""

    body: bytes
    etag: str
    made_at: float

    @classmethod
    def of(cls, found: Contract, made_at: float) -> "Document":
        # What has not changed but for the time it was read at has not changed.
        digest = blake2b(found.model_dump_json(exclude={"as_of"}).encode(), digest_size=16).hexdigest()
        return cls(found.model_dump_json(by_alias=True).encode(), f'"{digest}"', made_at)


@dataclass(slots=True)
class _Kept:
    asked_at: float
    document: Document | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    renewing: asyncio.Task[None] | None = None

    def young(self, bound: timedelta) -> Document | None:
        """Return the document if it is not older than this."""
        found = self.document
        return found if found and monotonic() - found.made_at <= bound.total_seconds() else None

    async def renew(self, make: Make) -> Document:
        """Make it anew; until then, requests get the one before while it is young enough."""
        # As old as the first thing that it has read.
        begun = monotonic()
        self.document = found = Document.of(await make(), begun)
        return found


class KeptDocuments:
    """Documents by what they are of."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, _Kept] = {}

    async def get(
        self, key: Hashable, make: Make, *, bound: timedelta, renew_every: timedelta | None = None, anew: bool = False
    ) -> Document:
        """Return a document that is at most `bound` old, or just made if `anew`.

        With `renew_every` it is made again at that interval while people ask for it, so that they do not wait.
        """
        kept = self._asked(key)
        found = None if anew else kept.young(bound)
        if found is None:
            async with kept.lock:
                found = (None if anew else kept.young(bound)) or await kept.renew(make)
        if renew_every and (kept.renewing is None or kept.renewing.done()):
            kept.renewing = asyncio.create_task(_renew(kept, make, renew_every))
        return found

    async def close(self) -> None:
        """Stop renewing."""
        tasks = [one.renewing for one in self._kept.values() if one.renewing]
        self._kept.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _asked(self, key: Hashable) -> _Kept:
        kept = self._kept.pop(key, None) or _Kept(monotonic())
        kept.asked_at = monotonic()
        # The one that nobody has asked for longest is first.
        self._kept[key] = kept
        if len(self._kept) > MOST_KEPT:
            left = self._kept.pop(next(iter(self._kept)))
            if left.renewing:
                left.renewing.cancel()
        return kept


async def _renew(kept: _Kept, make: Make, every: timedelta) -> None:
    rest = every.total_seconds()
    while True:
        await asyncio.sleep(rest)
        if monotonic() - kept.asked_at > LOOKED_AT.total_seconds():
            return
        begun = monotonic()
        try:
            async with kept.lock:
                await kept.renew(make)
        except Exception as error:
            # The next request that finds it too old fails by itself, and says why.
            log.info("a document could not be renewed", reason=str(error).partition("\n")[0])
        rest = max(every.total_seconds(), LEAST_REST * (monotonic() - begun))
