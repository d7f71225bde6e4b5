"""From a request to a recorded run, beside Temporal itself on the same servers, in turn, and then DBOS and Prefect.

Run by `make bench`. A burst is 300 requests at 64 connections; the rate is runs by the seconds between the first
request and the last recorded end. Medians of `BENCH_ROUNDS` rounds (5). CPU is of all processes but the one that sends.
Prefect starts a process for each run, so that it gets fewer.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import median

import httpx2
import psycopg

from bench.drivers import AT_ONCE, ENDED, Driver, per_run, podium_driver
from bench.platform import add_agent, add_listener
from bench.servers import Peer, Servers, dbos, prefect, raw_temporal, servers

BURST = 300
ALONE = 20
ACCEPTED = 2000
FEW, FEW_ALONE = 12, 3
EVENT = "bench.fired"
ORDINARY, LOCAL, PODIUM = "Temporal, ordinary activity", "Temporal, local activity, eager", "Podium"
FLOOR = "FastAPI and one INSERT"


@dataclass(frozen=True)
class Burst:
    """The result of one burst."""

    runs_per_second: float
    cpu_ms_per_run: dict[str, float]


@dataclass(frozen=True)
class Measured:
    """The results of one driver, a value per round."""

    bursts: list[Burst]
    alone: list[float]
    """Medians of the seconds from a request to the recorded end, one run after another."""


def main() -> None:
    """Measure and print."""
    rounds = int(os.environ.get("BENCH_ROUNDS", "5"))
    with servers() as beside:
        with raw_temporal(beside) as raw:
            found, accepted = asyncio.run(_in_turn(beside, raw, rounds))
        peers: tuple[tuple[str, str, Callable[[Servers], AbstractContextManager[Peer]], int, int, int], ...] = (
            ("DBOS, its workflow and one step", "dbos", dbos, rounds, BURST, ALONE),
            ("Prefect, a served flow", "prefect", prefect, 1, FEW, FEW_ALONE),
        )
        for name, path, started, peer_rounds, burst, alone in peers:
            with started(beside) as peer:
                driver = peer.driver(name, path, beside.raw_database)
                found[name] = asyncio.run(_peer(driver, beside.stack.process.pid, peer_rounds, burst, alone))
    _show(found, accepted)


async def _in_turn(beside: Servers, raw: Peer, rounds: int) -> tuple[dict[str, Measured], dict[str, list[float]]]:
    await _prepare(beside)
    podium = podium_driver(PODIUM, beside.stack.client(), EVENT, ENDED, beside.podium_database, raw.roots)
    drivers = [
        raw.driver(ORDINARY, "ordinary", beside.raw_database),
        raw.driver(LOCAL, "local", beside.raw_database),
        podium,
    ]
    insert = raw.driver(FLOOR, "insert", beside.raw_database)
    found = {driver.name: Measured([], []) for driver in drivers}
    for number in range(rounds + 1):
        for driver in drivers:
            burst = await _burst(driver, beside.stack.process.pid, BURST)
            seconds = await _alone(driver, ALONE)
            # The first round warms up.
            if number:
                found[driver.name].bursts.append(burst)
                found[driver.name].alone.append(seconds)
    accepted: dict[str, list[float]] = {FLOOR: [], PODIUM: []}
    for _ in range(rounds):
        accepted[FLOOR].append(await _accept(insert, ACCEPTED))
        accepted[PODIUM].append(await _accept(podium, BURST))
        await _drained(beside.podium_database)
    return found, accepted


async def _peer(driver: Driver, stack: int, rounds: int, burst: int, alone: int) -> Measured:
    await _alone(driver, 1)
    found = Measured([], [])
    for _ in range(rounds):
        found.bursts.append(await _burst(driver, stack, burst))
        found.alone.append(await _alone(driver, alone))
    return found


async def _prepare(beside: Servers) -> None:
    async with beside.stack.client() as client:
        await add_agent(client)
        await add_listener(client, EVENT)


async def _burst(driver: Driver, stack: int, count: int) -> Burst:
    before, used = await driver.count(), driver.cpu_ms(stack)
    begun = time.time()
    await driver.send(count)
    last = await driver.wait(before + count)
    return Burst(count / (last - begun), per_run(used, driver.cpu_ms(stack), count))


async def _alone(driver: Driver, count: int) -> float:
    """Return the median of seconds from a request to the recorded end, one run after another."""
    taken = []
    async with httpx2.AsyncClient(headers=dict(driver.headers), timeout=60) as client:
        for _ in range(count):
            before, begun = await driver.count(), time.time()
            (await client.post(driver.url, json=driver.body())).raise_for_status()
            taken.append(await driver.wait(before + 1) - begun)
    return median(taken)


async def _accept(driver: Driver, count: int) -> float:
    begun = time.time()
    await driver.send(count)
    return count / (time.time() - begun)


async def _drained(database: str) -> None:
    query = "SELECT count(*) FROM runs WHERE status IN ('queued', 'running', 'waiting')"
    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as connection:
        for _ in range(3000):
            left = await (await connection.execute(query)).fetchone()
            if left == (0,):
                return
            await asyncio.sleep(0.2)
    raise TimeoutError("runs are left over")


def _show(found: dict[str, Measured], accepted: dict[str, list[float]]) -> None:
    write: Callable[[str], object] = sys.stdout.write
    write(f"\nFire: bursts of {BURST} at {AT_ONCE} connections; {ALONE} runs one after another\n")

    def rate(one: Measured) -> float:
        return median(burst.runs_per_second for burst in one.bursts)

    def cpu(one: Measured) -> float:
        return median(sum(burst.cpu_ms_per_run.values()) for burst in one.bursts)

    base = found[ORDINARY]
    for name, one in found.items():
        parts = {
            part: median(burst.cpu_ms_per_run.get(part, 0) for burst in one.bursts)
            for part in one.bursts[-1].cpu_ms_per_run
        }
        shown = ", ".join(f"{part} {value:.1f}" for part, value in sorted(parts.items(), key=lambda part: -part[1]))
        seconds = median(one.alone)
        write(
            f"  {name:32} {rate(one):7.1f} runs/s ({rate(one) / rate(base):4.2f})  alone {seconds * 1000:7.1f} ms"
            f" ({seconds / median(base.alone):4.2f})  CPU {cpu(one):6.1f} ms a run ({cpu(one) / cpu(base):4.2f}):"
            f" {shown}\n"
        )
    floor = median(accepted[FLOOR])
    for name, rates in accepted.items():
        write(f"  {name:32} {median(rates):7.0f} accepted/s ({median(rates) / floor:4.2f})\n")


if __name__ == "__main__":
    main()
