"""Starts committed runs and schedule syncs in Temporal, behind the answer to the request.

Everything sent is already in PostgreSQL, and its ids are known, so nobody waits for the start of a run. Failures are
logged and left to the sweep. After a failure, no call waits for Temporal for two seconds.
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Coroutine, Iterable
from itertools import islice

import structlog
from temporalio.client import Client

from models.errors import TemporalUnavailable
from models.store.admission.to_tell import Admissions
from models.store.runs.to_start import RunToStart
from runtime.database import Sessions
from runtime.temporal.admissions import admission_calls, advance_and_tell, look_at_budgets
from runtime.temporal.deadlines import START
from runtime.temporal.starting import request_sync, start_run

log = structlog.get_logger(__name__)

UNREACHABLE_SECONDS = 2.0
AT_ONCE = 32
BURST_PAUSE_SECONDS = 0.1
"""Between two starts while deliveries queue: accepting them comes first, and what is accepted can start later."""
MOST_WAITING = 100_000
PATIENCE_SECONDS = START.total_seconds() + 0.5


class Starter:
    """Starts in progress, and until when Temporal is assumed unreachable."""

    def __init__(self, client: Client, sessions: Sessions, in_a_burst: Callable[[], bool]) -> None:
        self._client, self._sessions = client, sessions
        self._in_a_burst = in_a_burst
        self._unreachable_until = 0.0
        self._in_progress: set[asyncio.Task[None]] = set()
        self._starts, self._syncs = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(AT_ONCE)
        self._next_in_a_burst = 0.0

    def start(self, runs: Iterable[RunToStart]) -> None:
        """Start queued runs in the background, in this order; returns at once.

        With `MOST_WAITING` runs waiting for their start, more are left to the sweep.
        """
        room = max(0, MOST_WAITING - len(self._in_progress))
        # A task each: it carries the trace and the log context of its request.
        self._begin(self._start(run) for run in islice(runs, room))

    def tell(self, decided: Admissions) -> None:
        """Tell Temporal in the background what flow control has decided; returns at once."""
        self.start(decided.to_start)
        self._begin(self._call(call) for call in admission_calls(self._client, decided))
        if decided.frees_budget:
            self._begin([self._call(look_at_budgets(self._sessions, self._client))])
        if decided.backfills:
            self._begin([advance_and_tell(self._sessions, self._client, decided.backfills)])

    async def sync(self, automation_ids: Iterable[uuid.UUID]) -> None:
        """Request a schedule sync for these automations. Waits for a few; returns at once for thousands.

        It does not queue behind the starts of a burst.
        """
        if tasks := self._begin(self._sync(key) for key in automation_ids):
            await asyncio.wait(tasks, timeout=PATIENCE_SECONDS if len(tasks) <= AT_ONCE else 0)

    async def close(self) -> None:
        """Cancel starts in progress; the sweep takes over."""
        for task in self._in_progress:
            task.cancel()
        await asyncio.gather(*self._in_progress, return_exceptions=True)

    async def _start(self, run: RunToStart) -> None:
        async with self._starts:
            await self._turn()
            await self._call(start_run(self._client, run))

    async def _sync(self, automation_id: uuid.UUID) -> None:
        async with self._syncs:
            await self._call(request_sync(self._client, automation_id))

    async def _turn(self) -> None:
        """Return at once unless deliveries queue; then in turn."""
        while self._in_a_burst():
            now = time.monotonic()
            if now >= self._next_in_a_burst:
                self._next_in_a_burst = now + BURST_PAUSE_SECONDS
                return
            await asyncio.sleep(BURST_PAUSE_SECONDS / 2)

    def _begin(self, work: Iterable[Coroutine[None, None, None]]) -> list[asyncio.Task[None]]:
        tasks = [asyncio.create_task(one) for one in work]
        for task in tasks:
            self._in_progress.add(task)
            task.add_done_callback(self._in_progress.discard)
        return tasks

    async def _call(self, call: Coroutine[None, None, None]) -> None:
        if time.monotonic() < self._unreachable_until:
            call.close()
            return
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await call
        except (TemporalUnavailable, TimeoutError) as error:
            now = time.monotonic()
            # Calls that began side by side fail together, and say so once.
            if now >= self._unreachable_until:
                log.warning("Temporal is unreachable; the sweep does what is left undone", reason=str(error))
            self._unreachable_until = now + UNREACHABLE_SECONDS
        except Exception:
            log.exception("Temporal refused a start or sync; the sweep will retry")
