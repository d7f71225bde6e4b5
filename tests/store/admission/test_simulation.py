"""The simulation of a queue and the real admission, with the same workload and clock: same order, same counts."""

import random
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from itertools import count
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import select

from models.contracts.automations.flow_control import FlowControl
from models.rules.admission.keys import AdmissionKeys
from models.rules.simulation.engine import simulate
from models.rules.simulation.world import SECOND, Arrivals, KeySource, SimulatedAutomation, World
from models.states import RunSource, RunStatus, SkipReason
from models.store.admission import admit as admitting
from models.store.admission import dropping
from models.store.admission.entering import enter
from models.store.admission.to_tell import take_admissions
from models.store.runs.closing import finish
from models.store.runs.locks import lock_automation, lock_run
from models.store.runs.queued_rows import queued_run
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from tests.store.admission.queues import Queue, queue

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
RUNS, BAD = 30, 5
Step = tuple[int, int, str]

CONTROLS: dict[str, dict[str, Any]] = {
    "concurrency, priority, queue and patience": {
        "concurrency": {"limit": 2, "key": "payload.k", "perKey": 1},
        "priority": "payload.p",
        "maxQueue": 6,
        "maxWaitSeconds": 40,
    },
    "throttle per key, within a total": {
        "concurrency": {"limit": 3},
        "throttle": {"limit": 2, "periodSeconds": 25, "burst": 1, "key": "payload.t"},
    },
    "rate limit and idempotency": {
        "rateLimit": {"limit": 3, "periodSeconds": 60, "key": "payload.t"},
        "idempotency": {"expression": "payload.id", "ttlSeconds": 50},
    },
    "debounce last": {"debounce": {"periodSeconds": 8, "maxSeconds": 20, "key": "payload.k"}},
    "debounce all, behind a limit": {
        "debounce": {"periodSeconds": 6, "key": "payload.k", "keep": "all"},
        "concurrency": {"limit": 1},
    },
    "batch": {"batch": {"maxSize": 3, "timeoutSeconds": 12, "key": "payload.k"}, "concurrency": {"limit": 1}},
    "singleton skip": {"singleton": {"mode": "skip", "key": "payload.k"}},
    "singleton cancel": {"singleton": {"mode": "cancel", "key": "payload.k"}},
    "singleton latest, throttled": {
        "singleton": {"mode": "queueLatest", "key": "payload.k"},
        "throttle": {"limit": 1, "periodSeconds": 9},
    },
}


class Clock:
    """The clock of the real admission, instead of PostgreSQL's."""

    def __init__(self) -> None:
        self.now = 0

    async def __call__(self, _: Any) -> datetime:
        return self.at(self.now)

    @staticmethod
    def at(micros: int) -> datetime:
        return START + timedelta(microseconds=micros)


class Replay:
    """The real admission of one automation, event by event, as the simulation orders them."""

    def __init__(self, one: Queue, clock: Clock, lasts: list[int]) -> None:
        self.one, self.clock, self.lasts = one, clock, lasts
        self.numbers: dict[UUID, int] = {}
        self.steps: list[Step] = []
        self.events: list[tuple[int, int, int, Callable[[], Coroutine[Any, Any, None]]]] = []
        self.order = count()
        self.look_at: int | None = None

    async def run(self, arrivals: list[tuple[int, AdmissionKeys]], end: int) -> None:
        for number, (at, keys) in enumerate(arrivals):
            self.at(at, 2, partial(self.send, number, keys))
        while self.events and self.events[0][0] < end:
            self.clock.now, _, _, event = heappop(self.events)
            await event()

    def at(self, when: int, rank: int, event: Callable[[], Coroutine[Any, Any, None]]) -> None:
        heappush(self.events, (when, rank, next(self.order), event))

    async def send(self, number: int, keys: AdmissionKeys) -> None:
        async with transaction(self.one.sessions) as session:
            automation = await lock_automation(session, self.one.automation.id)
            now = self.clock.at(self.clock.now)
            row = queued_run(
                self.one.automation.primitive, now, RunSource.EVENT, automation_id=automation.id, input=None
            )
            self.numbers[row["id"]] = number
            await enter(session, automation, row, keys, now)
            await admitting.admit(session, automation)
        await self.settle(session)

    async def end(self, run_id: UUID, status: RunStatus) -> None:
        async with transaction(self.one.sessions) as session:
            run = await lock_run(session, run_id)
            if run.status is RunStatus.QUEUED:
                await finish(session, run, status, at=self.clock.at(self.clock.now))
        await self.settle(session)

    async def look(self) -> None:
        self.look_at = None
        async with transaction(self.one.sessions) as session:
            await dropping.advance(session, await lock_automation(session, self.one.automation.id))
        await self.settle(session)

    async def settle(self, session: Any) -> None:
        told = take_admissions(session)
        for started in told.to_start:
            number = self.numbers[started.run_id]
            self.steps.append((self.clock.now, number, "admitted"))
            ends = partial(self.end, started.run_id, RunStatus.COMPLETED)
            self.at(self.clock.now + self.lasts[number], 0, ends)
        for workflow in told.to_cancel:
            await self.end(UUID(workflow.removeprefix("run-")[-36:]), RunStatus.CANCELLED)
        admit_at = await self.one.admit_at()
        if admit_at is not None and (when := (admit_at - START) // timedelta(microseconds=1)) != self.look_at:
            self.look_at = when
            self.at(when, 1, self.look)

    async def ends(self) -> Counter[str]:
        async with transaction(self.one.sessions) as session:
            query = select(Run.status, Run.reason, Run.held_by).where(Run.automation_id == self.one.automation.id)
            return Counter(_end(*row) for row in await session.execute(query))


def _end(status: RunStatus, reason: str | None, held_by: str | None) -> str:
    if status is RunStatus.QUEUED:
        return "held" if held_by else "open"
    return reason or status.value


def workload(seed: int) -> tuple[list[tuple[int, AdmissionKeys]], list[int]]:
    """Return arrivals with bursts, and how long each run takes; whole and half seconds, so that instants coincide."""
    rng = random.Random(seed)
    arrivals, now = [], 0
    for number in range(RUNS):
        now += rng.choice([0, 0, 1, 1, 2, 3, 9]) * SECOND // 2
        key = rng.choice("aabc")
        keys = AdmissionKeys(
            concurrency=key,
            throttle=rng.choice("xy"),
            rate_limit=rng.choice("xy"),
            fold=key,
            idempotency=rng.choice("123456"),
            priority_seconds=rng.choice([0.0, 0.0, 30.0]),
            error="bad" if number == BAD else None,
        )
        arrivals.append((now, keys))
    return arrivals, [rng.choice([1, 2, 4, 9]) * SECOND for _ in range(RUNS)]


@pytest.mark.parametrize("name", CONTROLS)
async def test_the_simulation_does_what_the_real_admission_does(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    clock = Clock()
    for module in (admitting, dropping):
        monkeypatch.setattr(module, "database_now", clock)
    arrivals, lasts = workload(7)
    end = arrivals[-1][0] + 45 * SECOND
    replay = Replay(await queue(sessions, **CONTROLS[name]), clock, lasts)
    await replay.run(arrivals, end)

    # A draw of arrival n is the n-th of RUNS equal parts, so that it takes the n-th duration.
    bits = ((np.arange(RUNS) + 0.5) / RUNS * 2.0**64).astype(np.uint64)
    simulated = SimulatedAutomation(
        control=FlowControl.model_validate(CONTROLS[name]),
        durations=tuple(lasts),
        keys=KeySource(tuple(keys for _, keys in arrivals), varies=True),
    )
    at = np.array([at for at, _ in arrivals], dtype=np.int64)
    found = simulate(World(0, end, [simulated]), Arrivals(at, np.zeros(RUNS, dtype=np.int64), bits), logs=True)
    (tally,) = found.automations
    assert [step for step in found.log if step[2] == "admitted"] == replay.steps
    ended = Counter(what for _, _, what in found.log)
    simulated_ends = Counter(
        {reason.value: number for reason, number in tally.skipped.items()}
        | {"held": tally.held, "completed": ended["ends"], "cancelled": tally.cancelled}
        | {"open": tally.started - ended["ends"] - tally.cancelled}
    )
    assert +simulated_ends == await replay.ends()
    assert tally.started + tally.dropped + tally.folded + tally.held == RUNS
    assert tally.skipped[SkipReason.BAD_EXPRESSION] == 1
