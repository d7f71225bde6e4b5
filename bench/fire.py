"""From a request to a recorded run, beside Temporal itself on the same servers, in turn.

Run by `make bench`. Podium is the whole of `podium dev`; the peers are in `bench/raw_temporal.py`. A burst is 300
requests at 64 connections; the rate is runs by the seconds between the first request and the last recorded end. Medians
of `BENCH_ROUNDS` rounds (5). CPU is of all processes but the one that sends.
"""

import asyncio
import os
import signal
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx2
import psycopg

from bench.processes import cpu_ms
from runtime.processes.embedded.postgres import kept_postgres
from runtime.processes.embedded.spawning import bind_problem, free_port
from tests.support.real_stack import ROOT, RealStack
from tests.support.servers import libpq_url, running

BURST = 300
AT_ONCE = 64
ALONE = 20
ACCEPTED = 2000
EVENT = "bench.fired"
# Not "postgres" alone: the peer has a URL among its arguments.
PARTS = {
    "start-dev": "temporal",
    "bin/postgres": "postgres",
    "postgres: ": "postgres",
    "cli worker": "worker",
    "cli api": "api",
    "raw_temporal": "raw",
}
_ENDED = "SELECT count(*), max(finished_at) FROM runs WHERE status = 'completed'"
_RAW_ENDED = "SELECT count(*), max(finished_at) FROM raw_runs WHERE way = '{way}' AND finished_at IS NOT NULL"


@dataclass(frozen=True)
class Way:
    """One way from a request to a recorded run."""

    name: str
    url: str
    body: Callable[[], dict[str, object]]
    ended: str
    """Query for the number of recorded runs and the last end."""
    database: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Burst:
    """The result of one burst."""

    runs_per_second: float
    accepted_per_second: float
    cpu_ms_per_run: dict[str, float]


def main() -> None:
    """Measure and print."""
    rounds = int(os.environ.get("BENCH_ROUNDS", "5"))
    with TemporaryDirectory(prefix="podium-bench-") as directory:
        stack = RealStack(Path(directory) / "home", PODIUM_SWEEP_SECONDS="30")
        try:
            with _raw(stack, Path(directory)) as raw:
                asyncio.run(_measure(stack, raw, rounds))
        finally:
            stack.stop()


@contextmanager
def _raw(stack: RealStack, directory: Path) -> Iterator[tuple[str, int, str]]:
    postgres = kept_postgres(stack.home / "postgres")
    assert postgres is not None
    with psycopg.connect(libpq_url(postgres.url()), autocommit=True) as connection:
        connection.execute("CREATE DATABASE raw")
    database = libpq_url(postgres.url("raw"))
    port = free_port()
    command = (sys.executable, "-m", "bench.raw_temporal", str(port), stack.temporal_address, database)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ready = lambda: bind_problem(port) is not None  # noqa: E731
    with running(command, ready, log=directory / "raw.log", stop=signal.SIGINT, environment=environment) as process:
        yield f"http://127.0.0.1:{port}", process.pid, database


async def _measure(stack: RealStack, raw: tuple[str, int, str], rounds: int) -> None:
    raw_url, raw_pid, raw_database = raw
    await _prepare(stack)
    roots = {"other": stack.process.pid, "raw": raw_pid}
    postgres = kept_postgres(stack.home / "postgres")
    assert postgres is not None
    podium = Way(
        "Podium",
        f"{stack.url}/api/triggers/event",
        lambda: {"eventName": EVENT, "payload": {"number": str(uuid.uuid4())}},
        _ENDED,
        libpq_url(postgres.url("podium")),
        dict(stack.client().headers),
    )
    ways = [
        *(
            Way(name, f"{raw_url}/{way}", dict, _RAW_ENDED.format(way=way), raw_database, {})
            for name, way in (("raw, ordinary activity", "ordinary"), ("raw, local activity, eager", "local"))
        ),
        podium,
    ]
    insert = Way("FastAPI and one INSERT", f"{raw_url}/insert", dict, "", raw_database, {})
    bursts: dict[str, list[Burst]] = {}
    alone: dict[str, list[float]] = {}
    accepted: dict[str, list[float]] = {}
    for number in range(rounds + 1):
        for way in ways:
            burst = await _burst(way, roots)
            seconds = await _alone(way)
            # The first round warms up.
            if number:
                bursts.setdefault(way.name, []).append(burst)
                alone.setdefault(way.name, []).append(seconds)
    for _ in range(rounds):
        accepted.setdefault(insert.name, []).append(await _accept(insert, ACCEPTED))
        accepted.setdefault(podium.name, []).append(await _accept(podium, BURST))
        await _drained(podium)
    _show(bursts, alone, accepted)


async def _prepare(stack: RealStack) -> None:
    async with stack.client() as client:
        agent = {"kind": "agent", "slug": "bench", "name": "Bench", "spec": {"runner": _RUNNER, "capacity": 1000}}
        (await client.post("/api/primitives", json=agent)).raise_for_status()
        fires = {"primitive": {"kind": "agent", "slug": "bench"}, "source": "event", "event": {"name": EVENT}}
        answer = await client.post("/api/automations", json={"slug": "bench", "name": "Bench", **fires})
        assert answer.is_success, answer.text


_RUNNER = {"type": "simulated", "durationMs": 0}


async def _burst(way: Way, roots: dict[str, int]) -> Burst:
    before, used = await _count(way), cpu_ms(roots, PARTS)
    begun = time.time()
    await _send(way, BURST)
    accepted = time.time()
    last = await _wait(way, before + BURST)
    taken = {name: value - used.get(name, 0) for name, value in cpu_ms(roots, PARTS).items()}
    per_run = {name: value / BURST for name, value in taken.items() if value / BURST >= 0.1}
    return Burst(BURST / (last - begun), BURST / (accepted - begun), per_run)


async def _alone(way: Way) -> float:
    """Return the median of seconds from a request to the recorded end, one run after another."""
    taken = []
    async with httpx2.AsyncClient(headers=way.headers, timeout=60) as client:
        for _ in range(ALONE):
            before, begun = await _count(way), time.time()
            (await client.post(way.url, json=way.body())).raise_for_status()
            taken.append(await _wait(way, before + 1) - begun)
    return median(taken)


async def _accept(way: Way, count: int) -> float:
    begun = time.time()
    await _send(way, count)
    return count / (time.time() - begun)


async def _drained(way: Way) -> None:
    query = "SELECT count(*), now() FROM runs WHERE status IN ('queued', 'running', 'waiting')"
    for _ in range(3000):
        if not (await _ask(way.database, query))[0]:
            return
        await asyncio.sleep(0.2)
    raise TimeoutError("runs are left over")


async def _send(way: Way, count: int) -> None:
    left = iter(range(count))
    limits = httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)

    async with httpx2.AsyncClient(headers=way.headers, timeout=120, limits=limits) as client:

        async def one() -> None:
            for _ in left:
                (await client.post(way.url, json=way.body())).raise_for_status()

        await asyncio.gather(*(one() for _ in range(AT_ONCE)))


async def _count(way: Way) -> int:
    return int((await _ask(way.database, way.ended))[0])


async def _wait(way: Way, count: int) -> float:
    """Wait until so many runs are recorded; return the last end as a Unix time."""
    deadline = time.monotonic() + 300
    async with await psycopg.AsyncConnection.connect(way.database, autocommit=True) as connection:
        while True:
            found = await (await connection.execute(way.ended)).fetchone()
            assert found is not None
            if found[0] >= count:
                return float(found[1].timestamp())
            if time.monotonic() > deadline:
                raise TimeoutError(f"{way.name}: {found[0]} of {count} runs are recorded")
            await asyncio.sleep(0.01)


async def _ask(database: str, query: str) -> tuple[int, object]:
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        found = await (await connection.execute(query)).fetchone()
    assert found is not None
    return int(found[0]), found[1]


def _show(bursts: dict[str, list[Burst]], alone: dict[str, list[float]], accepted: dict[str, list[float]]) -> None:
    write: Callable[[str], object] = sys.stdout.write
    write(f"\nFire: bursts of {BURST} at {AT_ONCE} connections; {ALONE} runs one after another\n")
    baseline = bursts["raw, ordinary activity"]
    rate = median(one.runs_per_second for one in baseline)
    cpu = median(sum(one.cpu_ms_per_run.values()) for one in baseline)
    latency = median(alone["raw, ordinary activity"])
    for name, found in bursts.items():
        runs = median(one.runs_per_second for one in found)
        used = median(sum(one.cpu_ms_per_run.values()) for one in found)
        parts = {part: median(one.cpu_ms_per_run.get(part, 0) for one in found) for part in found[-1].cpu_ms_per_run}
        shown = ", ".join(f"{part} {value:.1f}" for part, value in sorted(parts.items(), key=lambda part: -part[1]))
        seconds = median(alone[name])
        write(
            f"  {name:28} {runs:7.1f} runs/s ({runs / rate:4.2f})  alone {seconds * 1000:6.1f} ms"
            f" ({seconds / latency:4.2f})  CPU {used:6.1f} ms a run ({used / cpu:4.2f}): {shown}\n"
        )
    floor = median(accepted["FastAPI and one INSERT"])
    for name, rates in accepted.items():
        write(f"  {name:28} {median(rates):7.0f} accepted/s ({median(rates) / floor:4.2f})\n")


if __name__ == "__main__":
    main()
