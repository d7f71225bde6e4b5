"""Flow control while processes are killed: everything delivered is accounted for, and no limit is ever exceeded.

Judged by PostgreSQL alone: when each run was admitted and when it ended.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise, repeat
from typing import Any, NamedTuple
from uuid import UUID

import httpx2
import psycopg
import pytest

from runtime.processes.embedded.postgres import kept_postgres
from tests.support.real_stack import RealStack
from tests.support.servers import libpq_url

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]

DELIVERIES = 2000
AT_ONCE = 32
KEYS = 20
KILLED = ("worker", "api", "temporal", "postgres", "worker")
SECONDS_BETWEEN_KILLS = 12.0
FINISH_SECONDS = 900.0
OPEN = {"queued", "running", "waiting", "stuck"}


class Row(NamedTuple):
    """One run of the automation."""

    id: UUID
    status: str
    reason: str | None
    key: str
    admitted_at: datetime | None
    finished_at: datetime | None
    folded_into: UUID | None
    held_by: str | None


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealStack]:
    stack = RealStack(tmp_path_factory.mktemp("stack") / "home", PODIUM_SWEEP_SECONDS="2")
    yield stack
    if stack.process.poll() is None:
        stack.stop()


@pytest.fixture
async def api(stack: RealStack) -> AsyncIterator[httpx2.AsyncClient]:
    async with stack.client() as client:
        yield client


CONTROLS: dict[str, dict[str, Any]] = {
    "concurrency": {"concurrency": {"limit": 10, "key": "payload.key", "perKey": 3}},
    "throttle": {"throttle": {"limit": 20, "periodSeconds": 1, "burst": 4}},
    "batch": {"batch": {"maxSize": 10, "timeoutSeconds": 5, "key": "payload.key"}},
    "debounce": {"debounce": {"periodSeconds": 2, "key": "payload.key"}},
    "singleton": {"singleton": {"mode": "cancel", "key": "payload.key"}},
    "all": {
        "concurrency": {"limit": 6, "key": "payload.key", "perKey": 2},
        "throttle": {"limit": 10, "periodSeconds": 1},
        "rateLimit": {"limit": 500, "periodSeconds": 60, "key": "payload.key"},
        "idempotency": {"expression": "string(payload.key) + string(payload.number % 1500)"},
        "batch": {"maxSize": 4, "timeoutSeconds": 3, "key": "payload.key"},
        "priority": "payload.key == 'key-1' ? 60 : 0",
    },
}


@pytest.mark.parametrize("name", CONTROLS)
async def test_every_delivery_is_accounted_for_and_no_limit_is_exceeded(
    stack: RealStack, api: httpx2.AsyncClient, name: str
) -> None:
    runner = {"type": "simulated", "durationMs": 50, "costUsd": "0.01"}
    await made(api, "/api/primitives", {"kind": "agent", "slug": "a", "name": "A", "spec": {"runner": runner}})
    automation = {
        "slug": "in",
        "name": "In",
        "primitive": {"kind": "agent", "slug": "a"},
        "source": "event",
        "event": {"name": "in"},
        "flowControl": CONTROLS[name],
    }
    await made(api, "/api/automations", automation)
    killing = asyncio.create_task(kill(stack))
    await deliver(api)
    await killing
    rows = await all_ended(stack)
    assert len(rows) == DELIVERIES
    check(name, rows)


async def made(api: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> None:
    answer = await api.post(path, json=body)
    assert answer.status_code == 201, answer.text


async def deliver(api: httpx2.AsyncClient) -> None:
    """Send every delivery until it is accepted; its idempotency key makes a repetition harmless."""
    numbers = iter(range(DELIVERIES))

    async def send() -> None:
        for number in numbers:
            event = {
                "eventName": "in",
                "payload": {"number": number, "key": f"key-{number % KEYS}"},
                "idempotencyKey": f"number-{number}",
            }
            async with asyncio.timeout(300):
                await until_accepted(api, event)

    await asyncio.gather(*(send() for _ in range(AT_ONCE)))


async def until_accepted(api: httpx2.AsyncClient, event: dict[str, Any]) -> None:
    for pause in repeat(0.5):
        if await accepted(api, event):
            return
        await asyncio.sleep(pause)


async def accepted(api: httpx2.AsyncClient, event: dict[str, Any]) -> bool:
    try:
        answer = await api.post("/api/triggers/event", json=event)
    except httpx2.TransportError:
        return False
    assert answer.status_code in (202, 429, 503), answer.text
    return answer.status_code == 202


async def kill(stack: RealStack) -> None:
    for command in KILLED:
        await asyncio.sleep(SECONDS_BETWEEN_KILLS)
        await asyncio.to_thread(stack.kill, command)


async def all_ended(stack: RealStack) -> Sequence[Row]:
    async with asyncio.timeout(FINISH_SECONDS):
        while True:
            rows = await read(stack)
            if rows and not OPEN & {row.status for row in rows}:
                return rows
            await asyncio.sleep(2)


async def read(stack: RealStack) -> Sequence[Row]:
    server = kept_postgres(stack.home / "postgres")
    assert server
    query = (
        "SELECT id, status, reason, coalesce(input->>'key', input->'events'->0->>'key', ''), admitted_at, finished_at,"
        " folded_into, held_by FROM runs ORDER BY id"
    )
    try:
        async with await psycopg.AsyncConnection.connect(libpq_url(server.url("podium"))) as connection:
            return [Row(*row) for row in await (await connection.execute(query)).fetchall()]
    except psycopg.OperationalError:
        return []


def check(name: str, rows: Sequence[Row]) -> None:
    ran = [row for row in rows if row.status in ("completed", "failed", "cancelled")]
    by_id = {row.id: row for row in rows}
    assert all(row.admitted_at and row.finished_at for row in ran)
    assert all(by_id[row.folded_into] for row in rows if row.folded_into)
    assert not [row for row in rows if row.status == "failed"]
    control = CONTROLS[name]
    if limit := control.get("concurrency"):
        assert most_at_once(ran) <= limit["limit"]
        for key in {row.key for row in ran}:
            assert most_at_once([row for row in ran if row.key == key]) <= limit["perKey"]
    if control.get("singleton"):
        for key in {row.key for row in ran}:
            assert most_at_once([row for row in ran if row.key == key]) == 1
    if throttle := control.get("throttle"):
        interval = timedelta(seconds=throttle["periodSeconds"]) / throttle["limit"]
        assert_paced([row.admitted_at for row in ran if row.admitted_at], interval, throttle.get("burst", 0))
    if name == "concurrency":
        # Nothing was dropped, and each key kept its order.
        assert len(ran) == DELIVERIES
        for key in {row.key for row in ran}:
            admitted = [row.admitted_at for row in ran if row.key == key and row.admitted_at]
            assert all(earlier <= later for earlier, later in pairwise(admitted))


def most_at_once(rows: Sequence[Row]) -> int:
    # An end and the admission that it makes possible are stored by the same transaction, the end first.
    changes = sorted(
        (at, change) for row in rows for at, change in ((row.admitted_at, 1), (row.finished_at, -1)) if at is not None
    )
    now = most = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


def assert_paced(admitted: Sequence[datetime], interval: timedelta, burst: int) -> None:
    """Check that no window has more admissions than its share; the clock of a token is read just before the row's."""
    ordered = sorted(admitted)
    slack = timedelta(milliseconds=250)
    for first in range(len(ordered)):
        last = first + burst + 20
        if last < len(ordered):
            assert ordered[last] - ordered[first] + slack >= (last - first - burst) * interval
