"""Deliveries and closings side by side: no limit is exceeded, and no run is forgotten."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import pytest
from sqlalchemy import select

from models.states import RunStatus
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from tests.store.admission.queues import Queue, queue


class Race:
    """Closes the admitted runs of a queue side by side, and notes how many were open at once."""

    def __init__(self, one: Queue) -> None:
        self.one, self.most = one, Counter[str]()
        self._admitted: asyncio.Queue[UUID] = asyncio.Queue()

    async def send(self, key: str) -> None:
        run_id = await self.one.send(concurrency=key)
        if await self.one.state(run_id) == "admitted":
            self._admitted.put_nowait(run_id)

    async def work(self) -> None:
        while True:
            run_id = await self._admitted.get()
            now = Counter(key or "" for _, key, held_by in await self.queued() if held_by is None)
            self.most |= now | Counter({"in all": sum(now.values())})
            for following in await self.one.close(run_id):
                self._admitted.put_nowait(following)

    async def queued(self) -> Sequence[tuple[UUID, str | None, str | None]]:
        async with transaction(self.one.sessions) as session:
            query = select(Run.id, Run.admission_key, Run.held_by)
            found = await session.execute(
                query.where(Run.automation_id == self.one.automation.id, Run.status == RunStatus.QUEUED)
            )
            return [(row.id, row.admission_key, row.held_by) for row in found]

    async def all_closed(self) -> None:
        async with asyncio.timeout(60):
            while queued := await self.queued():
                # A run that was admitted before its own delivery has looked is closed by nobody else.
                for run_id, _, held_by in queued:
                    if held_by is None:
                        self._admitted.put_nowait(run_id)
                await asyncio.sleep(0.2)


@pytest.mark.parametrize("keys", [("",), ("a", "b", "c")])
async def test_side_by_side_no_limit_is_exceeded_and_nobody_is_forgotten(
    sessions: Sessions, keys: tuple[str, ...]
) -> None:
    race = Race(await queue(sessions, concurrency={"limit": 4, "key": "payload.k", "perKey": 2}))
    workers = [asyncio.create_task(race.work()) for _ in range(6)]
    await asyncio.gather(*(race.send(keys[number % len(keys)]) for number in range(60)))
    await race.all_closed()
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    assert race.most.pop("in all") <= 4
    assert max(race.most.values()) <= 2
