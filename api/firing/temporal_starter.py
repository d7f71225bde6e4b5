"""Tells Temporal what was committed, and never lets a caller wait long for an absent one.

The rule kept here: what is told is in PostgreSQL already, so a failure is logged and left to the sweep; after one
failure nobody waits again for two seconds.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable
from functools import partial

import structlog
from temporalio.client import Client

from models.errors import TemporalUnavailable
from runtime.deadlines import START
from runtime.starting import RunToStart, request_sync, start_run

log = structlog.get_logger(__name__)

Call = Callable[[], Awaitable[None]]

AWAY_SECONDS = 2.0
AT_ONCE = 32
PATIENCE_SECONDS = START.total_seconds() + 0.5


class Starter:
    """The starts under way of this process, and when Temporal was last found away."""

    def __init__(self, client: Client) -> None:
        """Begin with a Temporal that is taken to be there."""
        self._client = client
        self._away_until = 0.0
        self._under_way: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(AT_ONCE)

    async def start(self, runs: Iterable[RunToStart], *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        """Start queued runs side by side; what takes longer than the caller's patience goes on behind."""
        await self._tell([partial(start_run, self._client, run) for run in runs], patience_seconds)

    async def sync(self, automation_ids: Iterable[uuid.UUID]) -> None:
        """Ask for the Temporal Schedules of these automations to be made equal to their rows.

        Of a few it is awaited; the clocks of thousands follow, and nobody waits for them.
        """
        calls: list[Call] = [partial(request_sync, self._client, key) for key in automation_ids]
        await self._tell(calls, PATIENCE_SECONDS if len(calls) <= AT_ONCE else 0)

    async def close(self) -> None:
        """Leave what is under way to the sweep."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _tell(self, calls: list[Call], patience_seconds: float) -> None:
        tasks = [asyncio.create_task(self._one(call)) for call in calls]
        for task in tasks:
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        if tasks:
            await asyncio.wait(tasks, timeout=patience_seconds)

    async def _one(self, call: Call) -> None:
        async with self._places:
            if time.monotonic() < self._away_until:
                return
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await call()
            except (TemporalUnavailable, TimeoutError) as error:
                self._away_until = time.monotonic() + AWAY_SECONDS
                log.warning("temporal is away; the sweep will start what is queued", reason=str(error))
            except Exception:
                log.exception("temporal refused what is committed; the sweep will try again")
