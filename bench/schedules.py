"""Starts by clock: a thousand schedules due in the same second, beside a thousand of Temporal's own; and one alone.

Run by `make bench`, on the servers of `bench/fire.py`. The peer's schedules start its workflow with one ordinary
activity. Lags are from the due time to the start that the agent's worker recorded.
"""

import asyncio
import os
import sys
import uuid
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import psycopg
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleCalendarSpec,
    ScheduleRange,
    ScheduleSpec,
)

from bench.fire import ORDINARY
from bench.platform import add, add_agent
from bench.servers import Peer, Servers, raw_temporal, servers

SCHEDULES = int(os.environ.get("BENCH_SCHEDULES", "1000"))
MINUTES_ALONE = 5
AT_ONCE = 16
# Creating takes a while, and a schedule must exist before it is due.
AHEAD = timedelta(seconds=20)
SECONDS_TO_SYNC = 600


def main() -> None:
    """Measure and print."""
    with servers() as beside, raw_temporal(beside) as raw:
        asyncio.run(_measure(beside, raw))


async def _measure(beside: Servers, raw: Peer) -> None:
    ours = await _podium(beside)
    theirs = await _temporal(beside)
    started = await _burst(beside, raw)
    alone = await _alone(beside)
    sys.stdout.write(f"\nClock: {SCHEDULES} schedules due in the same second, seconds from it until they had started\n")
    for name, lags in (
        ("Temporal's own schedules", theirs),
        (f"{ORDINARY}, {SCHEDULES} requests", started),
        ("Podium", ours),
    ):
        ratio = max(lags) / max(theirs)
        sys.stdout.write(f"  {name:44} half {median(lags):6.2f}  all {max(lags):6.2f} ({ratio:4.2f})\n")
    sys.stdout.write(f"  Podium, one alone, {len(alone)} times: half {median(alone):5.2f} s, all {max(alone):5.2f} s\n")


async def _podium(beside: Servers) -> list[float]:
    async with beside.stack.client() as client:
        await add_agent(client)
        due = _minute(datetime.now(UTC) + timedelta(seconds=60 + SCHEDULES * 0.15))
        numbers = iter(range(SCHEDULES))

        async def create() -> None:
            for number in numbers:
                body = _automation(f"clock-{number}", f"{due.minute} {due.hour} * * *")
                await add(client, "/api/automations", body)

        await asyncio.gather(*(create() for _ in range(AT_ONCE)))
        query = "SELECT count(*) FROM automations WHERE synced_revision = revision"
        await _until(beside.podium_database, query, SCHEDULES, SECONDS_TO_SYNC)
        assert datetime.now(UTC) < due, "the schedules were not ready before they were due"
    await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
    query = "SELECT count(*) FROM runs WHERE started_at IS NOT NULL AND due_at = %s"
    await _until(beside.podium_database, query, SCHEDULES, SECONDS_TO_SYNC, due)
    lags = "SELECT extract(epoch FROM started_at - due_at)::float FROM runs WHERE due_at = %s"
    found = await _lags(beside.podium_database, lags, due)
    await _until(beside.podium_database, "SELECT count(*) FROM runs WHERE finished_at IS NOT NULL", SCHEDULES, 600)
    async with beside.stack.client() as client:
        await client.post("/api/automations/bulk", json={"action": "archive", "filter": {"search": "clock"}})
    return found


async def _temporal(beside: Servers) -> list[float]:
    client = await Client.connect(beside.stack.temporal_address)
    due = _minute(datetime.now(UTC) + AHEAD + timedelta(seconds=SCHEDULES * 0.05))
    numbers = iter(range(SCHEDULES))
    ids = []

    async def create() -> None:
        for _ in numbers:
            run_id = str(uuid.uuid4())
            action = ScheduleActionStartWorkflow("ordinary", run_id, id=f"raw-clock:{run_id}", task_queue="raw")
            at = ScheduleCalendarSpec(hour=[ScheduleRange(due.hour)], minute=[ScheduleRange(due.minute)])
            schedule = Schedule(action=action, spec=ScheduleSpec(calendars=[at]))
            await client.create_schedule(f"raw-clock:{run_id}", schedule)
            ids.append(run_id)

    await asyncio.gather(*(create() for _ in range(AT_ONCE)))
    assert datetime.now(UTC) < due, "the schedules were not ready before they were due"
    await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
    query = "SELECT count(*) FROM raw_runs WHERE finished_at IS NOT NULL AND started_at >= %s"
    await _until(beside.raw_database, query, SCHEDULES, SECONDS_TO_SYNC, due)
    for run_id in ids:
        await client.get_schedule_handle(f"raw-clock:{run_id}").delete()
    lags = "SELECT extract(epoch FROM started_at - %s)::float FROM raw_runs WHERE started_at >= %s"
    return await _lags(beside.raw_database, lags, due, due)


async def _burst(beside: Servers, raw: Peer) -> list[float]:
    driver = raw.driver(ORDINARY, "ordinary", beside.raw_database)
    before, begun = await driver.count(), datetime.now(UTC)
    await driver.send(SCHEDULES)
    await driver.wait(before + SCHEDULES)
    lags = "SELECT extract(epoch FROM started_at - %s)::float FROM raw_runs WHERE started_at >= %s"
    return await _lags(beside.raw_database, lags, begun, begun)


async def _alone(beside: Servers) -> list[float]:
    async with beside.stack.client() as client:
        automation = await add(client, "/api/automations", _automation("alone", "* * * * *"))
    query = "SELECT count(*) FROM runs WHERE automation_id = %s AND finished_at IS NOT NULL"
    await _until(beside.podium_database, query, MINUTES_ALONE, 60 * (MINUTES_ALONE + 2), automation)
    lags = "SELECT extract(epoch FROM started_at - due_at)::float FROM runs WHERE automation_id = %s"
    return await _lags(beside.podium_database, lags, automation)


def _automation(slug: str, cron: str) -> dict[str, Any]:
    schedule = {"cronExpr": cron, "timezone": "UTC"}
    primitive = {"kind": "agent", "slug": "bench"}
    return {"slug": slug, "name": slug, "source": "schedule", "primitive": primitive, "schedule": schedule}


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0) + timedelta(minutes=1)


async def _until(database: str, query: str, count: int, seconds: float, *given: object) -> None:
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection, asyncio.timeout(seconds):
        while True:
            found = await (await connection.execute(query, given)).fetchone()
            assert found is not None
            if found[0] >= count:
                return
            await asyncio.sleep(0.1)


async def _lags(database: str, query: str, *given: object) -> list[float]:
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        return [float(row[0]) async for row in await connection.execute(query, given)]


if __name__ == "__main__":
    main()
