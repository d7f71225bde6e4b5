"""Runs of children: a campaign, a network and a pipeline beside a raw workflow with as many child workflows.

Run by `make bench`, on the servers of `bench/fire.py`. Seconds are those from the request to the parent's recorded end;
CPU is of all processes but the one that sends, a child.
"""

import asyncio
import os
import sys
import time
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import httpx2

from bench.drivers import Driver, per_run, podium_driver
from bench.platform import add_agent, add_listener, add_primitive
from bench.servers import Peer, Servers, raw_temporal, servers

TASKS, TASKS_AT_ONCE = 200, 100
HOPS = 10
STEPS = 50


@dataclass(frozen=True)
class Shape:
    """A run with children, of Podium and of its peer."""

    name: str
    kind: str
    spec: dict[str, Any]
    children: int
    at_once: int


SHAPES = (
    Shape(
        f"a campaign of {TASKS} tasks, {TASKS_AT_ONCE} at once",
        "campaign",
        {
            "objective": "Measure.",
            "concurrency": TASKS_AT_ONCE,
            "missions": [
                {"name": "All", "tasks": [{"name": f"t{number}", "agent": "bench-0"} for number in range(TASKS)]}
            ],
        },
        TASKS,
        TASKS_AT_ONCE,
    ),
    Shape(
        f"a network of {HOPS} hops",
        "network",
        {"members": [f"bench-{number}" for number in range(HOPS)], "maxHops": HOPS},
        HOPS,
        1,
    ),
    Shape(
        f"a pipeline of {STEPS} steps",
        "workflow",
        {
            "steps": [
                {"key": f"s{number}", "agent": "bench-0", "needs": [f"s{number - 1}"] if number else []}
                for number in range(STEPS)
            ]
        },
        STEPS,
        1,
    ),
)


def main() -> None:
    """Measure and print."""
    rounds = int(os.environ.get("BENCH_ROUNDS", "5"))
    with servers() as beside, raw_temporal(beside) as raw:
        asyncio.run(_measure(beside, raw, rounds))


async def _measure(beside: Servers, raw: Peer, rounds: int) -> None:
    async with beside.stack.client() as client:
        await _prepare(client)
    sys.stdout.write(f"\nChildren: medians of {rounds} rounds\n")
    for shape in SHAPES:
        plain = raw.driver(shape.name, "parent", beside.raw_database)
        plain = replace(plain, url=f"{plain.url}?children={shape.children}&at_once={shape.at_once}")
        ours = podium_driver(
            shape.name,
            beside.stack.client(),
            f"bench.{shape.kind}",
            f"SELECT count(*), max(finished_at) FROM runs WHERE status = 'completed' AND kind = '{shape.kind}'",
            beside.podium_database,
            raw.roots,
        )
        found: dict[str, list[tuple[float, float]]] = {"Temporal": [], "Podium": []}
        for number in range(rounds + 1):
            for name, driver in (("Temporal", plain), ("Podium", ours)):
                one = await _once(driver, beside.stack.process.pid, shape.children)
                # The first round warms up.
                if number:
                    found[name].append(one)
        _show(shape, found)


async def _prepare(client: httpx2.AsyncClient) -> None:
    for number in range(HOPS):
        await add_agent(client, f"bench-{number}")
    for shape in SHAPES:
        await add_primitive(client, shape.kind, "bench", shape.spec)
        await add_listener(client, f"bench.{shape.kind}", shape.kind)


async def _once(driver: Driver, stack: int, children: int) -> tuple[float, float]:
    """Return the seconds of one run and its CPU milliseconds a child."""
    before, used = await driver.count(), driver.cpu_ms(stack)
    begun = time.time()
    await driver.send(1)
    ended = await driver.wait(before + 1)
    return ended - begun, sum(per_run(used, driver.cpu_ms(stack), children).values())


def _show(shape: Shape, found: dict[str, list[tuple[float, float]]]) -> None:
    sys.stdout.write(f"  {shape.name}\n")
    base = [median(values) for values in zip(*found["Temporal"], strict=True)]
    for name, rounds in found.items():
        seconds, cpu = (median(values) for values in zip(*rounds, strict=True))
        sys.stdout.write(
            f"    {name:10} {shape.children / seconds:7.1f} children/s ({base[0] / seconds:4.2f})"
            f"  CPU {cpu:6.1f} ms a child ({cpu / base[1]:4.2f})\n"
        )


if __name__ == "__main__":
    main()
