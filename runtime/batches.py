"""Work for many concurrent callers at once: what arrives while a batch is being worked on is the next batch.

A transaction for each of a thousand requests costs a database far more than one transaction for all of them, and a
single request waits no longer than it would alone.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Generic, TypeVar

from models.errors import DatabaseBusy, Unavailable

Item = TypeVar("Item")
Answer = TypeVar("Answer")

MOST = 100
AT_ONCE = 2


class Batches(Generic[Item, Answer]):
    """Collects items and works on up to `MOST` of them together, in up to `AT_ONCE` batches side by side."""

    def __init__(self, work: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]]) -> None:
        """Keep the work: it returns an answer for each item, in their order."""
        self._work = work
        self._waiting: deque[tuple[Item, asyncio.Future[Answer]]] = deque()
        self._working: set[asyncio.Task[None]] = set()
        self._alone: set[asyncio.Task[None]] = set()
        """One that hangs must not keep the next batch from its turn."""
        self._asking = 0

    @property
    def asking(self) -> int:
        """How many callers wait for an answer."""
        return self._asking

    async def do(self, item: Item) -> Answer:
        """Return the answer for an item; raises what its work raises.

        Where a batch fails, each of its items is worked on alone, so that none fails or holds up the others.
        """
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, answer))
        if len(self._working) < AT_ONCE:
            self._begin(self._run(), self._working)
        self._asking += 1
        try:
            return await answer
        finally:
            self._asking -= 1

    def _begin(self, work: Coroutine[None, None, None], tasks: set[asyncio.Task[None]]) -> None:
        # Without the caller's context: its log lines and trace are not those of the others.
        task = asyncio.create_task(work, context=contextvars.Context())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def _run(self) -> None:
        # One round of the event loop, in which whoever is about to ask can do so.
        await asyncio.sleep(0)
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            await self._answer(batch)

    async def _answer(self, batch: Sequence[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._work([item for item, _ in batch])
        except Exception as error:
            if len(batch) > 1 and (isinstance(error, DatabaseBusy) or not isinstance(error, Unavailable)):
                for one in batch:
                    self._begin(self._answer([one]), self._alone)
                return
            for _, waiting in batch:
                if not waiting.done():
                    waiting.set_exception(error)
        else:
            for (_, waiting), answer in zip(batch, answers, strict=True):
                if not waiting.done():
                    waiting.set_result(answer)
