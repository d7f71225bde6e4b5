"""What-ifs over ten thousand automations: how long an answer takes, and how long a request beside it has to wait.

Measured at the server: the whole request through the application, without a network. Run by `make bench`.
"""

import asyncio
import logging
import sys
import time
from typing import Any

import httpx2
import psycopg
import structlog
from pydantic import SecretStr

from api.app import create_app
from bench.seeding import add_runs, database, fill
from runtime.settings import Settings
from tests.support.servers import libpq_url

AUTOMATIONS, RUNS = 10_000, 300_000
KEY = "podium_the-key-of-the-benchmark"
ASK, BESIDE = "/api/load/what-if", "/healthz"
AIM_SECONDS = 5.0
LIMIT = {"concurrency": {"limit": 1}}

QUESTIONS: dict[str, dict[str, Any]] = {
    "another cron of one": {"changes": [{"automation": "automation-7", "schedule": {"cronExpr": "*/5 * * * *"}}]},
    "a limit of one": {"changes": [{"automation": "automation-7", "flowControl": LIMIT}]},
    "a limit of a thousand": {
        "changes": [{"automation": f"automation-{number}", "flowControl": LIMIT} for number in range(1_000)]
    },
    "the capacity of an agent that half of all call": {"capacities": [{"agent": "agent-0", "capacity": 20}]},
}


def main() -> None:
    """Measure and print."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with database() as url:
        fill(url, AUTOMATIONS)
        add_runs(url, RUNS, AUTOMATIONS)
        _share_agents(url)
        asyncio.run(_measure(url))


def _share_agents(url: str) -> None:
    """Give a capacity to agents that are run by themselves, and have every other kind's primitives call one of them."""
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute("UPDATE primitives SET capacity = 3 WHERE kind = 'agent' AND slug LIKE 'agent-1__'")
        connection.execute(
            """
            INSERT INTO primitive_members (primitive_id, role, agent_id)
            SELECT p.id, 'member', agent.id FROM primitives p
              JOIN primitives agent ON agent.kind = 'agent' AND agent.slug = 'agent-0' WHERE p.kind <> 'agent'
            """
        )
        connection.execute("VACUUM ANALYZE primitive_members")


async def _measure(url: str) -> None:
    app = create_app(Settings(database_url=url, admin_key=SecretStr(KEY)))
    sys.stdout.write(f"\nWhat-if: {AUTOMATIONS:,} automations, {RUNS:,} runs (aim {AIM_SECONDS:g} s)\n")
    transport = httpx2.ASGITransport(app=app)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers, timeout=120) as client,
    ):
        for name, question in QUESTIONS.items():
            for hours in (24, 168):
                await _ask(client, name, {**question, "hours": hours})


async def _ask(client: httpx2.AsyncClient, name: str, question: dict[str, Any]) -> None:
    await client.post(ASK, json=question)
    waits, done = [0.0], asyncio.Event()
    beside = asyncio.create_task(_beside(client, waits, done))
    begun = time.perf_counter()
    answer = await client.post(ASK, json=question)
    seconds = time.perf_counter() - begun
    done.set()
    await beside
    found = answer.raise_for_status().json()
    flow, basis = found["after"]["flow"], found["basis"]
    label = f"{name}, {question['hours']} h"
    cut = "" if not basis["notes"] else f"; up to {basis['simulatedTo'][:16]}"
    sys.stdout.write(
        f"  {label:58} {seconds:6.2f} s, beside it {max(waits) * 1000:5.0f} ms; "
        f"{basis['simulated']:,} automations, {flow['arrivals']:,} arrivals{cut}\n"
    )
    sys.stdout.flush()


async def _beside(client: httpx2.AsyncClient, waits: list[float], done: asyncio.Event) -> None:
    """Ask for something small all the time, as long as the question is answered."""
    while not done.is_set():
        begun = time.perf_counter()
        await client.get(BESIDE)
        waits.append(time.perf_counter() - begun)
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    main()
