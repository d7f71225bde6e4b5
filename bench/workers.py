"""More workers: the rate of one and of two on servers of their own, which share nothing but PostgreSQL and Temporal.

Run by `make bench`. The agent takes a second and each worker has few slots, so that the slots are the limit and not the
two cores that all of it shares.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from bench.drivers import ENDED, Driver, podium_driver
from bench.platform import add_agent, add_listener
from runtime.processes.embedded.spawning import bind_problem, free_port
from tests.support.real_stack import ADMIN_KEY, ROOT
from tests.support.servers import libpq_url, running, running_postgres, running_temporal

SLOTS = 4
RUNS = 60
EVENT = "bench.fired"


def main() -> None:
    """Measure and print."""
    sys.stdout.write(f"\nWorkers: {RUNS} runs of an agent that takes a second, {SLOTS} slots a worker\n")
    with TemporaryDirectory(prefix="podium-bench-") as directory, _api(Path(directory)) as (driver, environment):
        for count in (1, 2):
            with ExitStack() as workers:
                for number in range(count):
                    workers.enter_context(_worker(Path(directory) / f"worker-{count}-{number}.log", environment))
                rate = asyncio.run(_rate(driver))
            sys.stdout.write(
                f"  {count} worker{'s' * (count > 1)} {rate:6.1f} runs/s ({rate / SLOTS / count:4.2f} of its slots)\n"
            )


@contextmanager
def _api(directory: Path) -> Iterator[tuple[Driver, dict[str, str]]]:
    port = free_port()
    (directory / "postgres").mkdir()
    with running_postgres(directory / "postgres", durable=True) as postgres, running_temporal(directory) as temporal:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PODIUM_HOME": str(directory / "home"),
            "PODIUM_PORT": str(port),
            "PODIUM_DATABASE_URL": postgres.url(),
            "TEMPORAL_ADDRESS": f"127.0.0.1:{temporal}",
            "PODIUM_ADMIN_KEY": ADMIN_KEY,
            "PODIUM_SECRET_KEY": "a" * 43 + "=",
            "PODIUM_SLOTS_SIMULATED": str(SLOTS),
        }
        subprocess.run((sys.executable, "-P", "-m", "cli", "migrate"), env=environment, check=True, timeout=60)
        command = (sys.executable, "-P", "-m", "cli", "api")
        ready = lambda: bind_problem(port) is not None  # noqa: E731
        with running(command, ready, log=directory / "api.log", environment=environment):
            url = f"http://127.0.0.1:{port}"
            client = httpx2.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {ADMIN_KEY}"}, timeout=30)
            asyncio.run(_prepare(client))
            driver = podium_driver("Podium", client, EVENT, ENDED, libpq_url(postgres.url()), {})
            yield driver, environment


@contextmanager
def _worker(log: Path, environment: dict[str, str]) -> Iterator[None]:
    command = (sys.executable, "-P", "-m", "cli", "worker")
    with running(command, lambda: "worker ready" in log.read_text(), log=log, environment=environment):
        yield


async def _prepare(client: httpx2.AsyncClient) -> None:
    async with client:
        await add_agent(client, duration_ms=1000)
        await add_listener(client, EVENT)


async def _rate(driver: Driver) -> float:
    """Return the runs a second of a burst, once the workers have started a first run."""
    before = await driver.count()
    await driver.send(1)
    await driver.wait(before + 1)
    begun = time.time()
    await driver.send(RUNS)
    return RUNS / (await driver.wait(before + 1 + RUNS) - begun)


if __name__ == "__main__":
    main()
