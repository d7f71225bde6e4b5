"""One way from a request to a recorded run: sent to, waited for and counted alike for Podium and its peers."""

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx2
import psycopg

from bench.processes import cpu_ms

AT_ONCE = 64
SECONDS_TO_END = 600
ENDED = "SELECT count(*), max(finished_at) FROM runs WHERE status = 'completed'"
RAW_ENDED = "SELECT count(*), max(finished_at) FROM raw_runs WHERE way = '{way}' AND finished_at IS NOT NULL"
# Not "postgres" alone: a peer has a URL among its arguments.
PARTS = {
    "start-dev": "temporal",
    "bin/postgres": "postgres",
    "postgres: ": "postgres",
    "cli worker": "worker",
    "cli api": "api",
    "raw_temporal": "raw",
}


@dataclass(frozen=True)
class Driver:
    """One way from a request to a recorded run."""

    name: str
    url: str
    body: Callable[[], dict[str, object]]
    ended: str
    """Query for the number of recorded runs and the last end."""
    database: str
    headers: Mapping[str, str]
    roots: Mapping[str, int]
    """Processes whose CPU counts, beside that of the stack."""

    async def send(self, count: int) -> None:
        """Send `count` requests over `AT_ONCE` connections."""
        left = iter(range(count))
        limits = httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        async with httpx2.AsyncClient(headers=dict(self.headers), timeout=120, limits=limits) as client:

            async def one() -> None:
                for _ in left:
                    (await client.post(self.url, json=self.body())).raise_for_status()

            await asyncio.gather(*(one() for _ in range(min(count, AT_ONCE))))

    async def count(self) -> int:
        """Return how many runs are recorded."""
        async with await psycopg.AsyncConnection.connect(self.database, autocommit=True) as connection:
            found = await (await connection.execute(self.ended)).fetchone()
        assert found is not None
        return int(found[0])

    async def wait(self, count: int) -> float:
        """Wait until so many runs are recorded; return the last end as a Unix time."""
        deadline = time.monotonic() + SECONDS_TO_END
        async with await psycopg.AsyncConnection.connect(self.database, autocommit=True) as connection:
            while True:
                found = await (await connection.execute(self.ended)).fetchone()
                assert found is not None
                if found[0] >= count:
                    return float(found[1].timestamp())
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{self.name}: {found[0]} of {count} runs are recorded")
                await asyncio.sleep(0.01)

    def cpu_ms(self, stack: int) -> dict[str, float]:
        """Return the CPU milliseconds used so far by the stack and by the processes of this driver."""
        return cpu_ms({"other": stack, **self.roots}, PARTS)


def podium_driver(
    name: str, client: httpx2.AsyncClient, event: str, ended: str, database: str, roots: Mapping[str, int]
) -> Driver:
    """Return Podium's driver: events of one name, each with another payload, sent with the client's key."""
    return Driver(
        name,
        str(client.base_url.join("/api/triggers/event")),
        lambda: {"eventName": event, "payload": {"number": str(uuid.uuid4())}},
        ended,
        database,
        dict(client.headers),
        roots,
    )


def per_run(before: Mapping[str, float], after: Mapping[str, float], runs: int) -> dict[str, float]:
    """Return CPU milliseconds a run by process, without those that used next to nothing."""
    taken = {name: (value - before.get(name, 0)) / runs for name, value in after.items()}
    return {name: value for name, value in taken.items() if value >= 0.1}
