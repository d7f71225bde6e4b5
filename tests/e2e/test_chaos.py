"""Two APIs and two workers under load, with kills and hangs at random moments; then a checker reads what is stored.

CHAOS_SECONDS (240) is how long faults last, CHAOS_SEED the seed of a run that is to be repeated.
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from runtime.database import EMBEDDED_DATABASE
from runtime.settings import Settings
from runtime.temporal.connection import connect
from tests.e2e.chaos import checker
from tests.e2e.chaos.checker import Database
from tests.e2e.chaos.faults import Chaos, SecondProcess, postgres_of
from tests.e2e.chaos.load import Agent, Schedule, Senders, platform
from tests.support.eventually import assert_eventually
from tests.support.http_server import serve
from tests.support.real_stack import RealStack
from tests.support.servers import libpq_url

SECONDS = float(os.environ.get("CHAOS_SECONDS", "240"))
SEED = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(1_000_000))
SETTLE_SECONDS = 420

pytestmark = [pytest.mark.long, pytest.mark.timeout(SECONDS + SETTLE_SECONDS + 300)]


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[RealStack]:
    stack = RealStack(tmp_path / "home")
    yield stack
    if stack.process.poll() is None:
        stack.stop()


@pytest.fixture
def second(stack: RealStack) -> Iterator[list[SecondProcess]]:
    processes = [SecondProcess(stack, "api"), SecondProcess(stack, "worker")]
    yield processes
    for one in processes:
        one.stop()


async def test_nothing_is_lost_doubled_or_left_open(stack: RealStack, second: list[SecondProcess]) -> None:
    say(f"seed {SEED}, {SECONDS:g} s of faults")
    agent, chaos = Agent(), Chaos(stack, second, SEED)
    senders = Senders([stack.url, second[0].url], SEED)
    database = Database(libpq_url(postgres_of(stack).url(EMBEDDED_DATABASE)))
    async with serve(agent.answer) as server, stack.client() as api:
        schedules = await platform(api, server.url)
        until = time.monotonic() + SECONDS
        await asyncio.gather(chaos.run(until), senders.run(until))
        await is_ready(api)
        ended = await pause_all(api, schedules)
        await all_ended(database)
        found = await problems(api, stack, database, schedules, ended, senders, agent)
    say(f"{len(chaos.done)} faults, {len(senders.accepted)} deliveries: {checker.summary(database)}")
    assert stack.process.poll() is None, stack.log.read_text()[-4000:]
    assert found == []


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201


async def is_ready(api: httpx2.AsyncClient) -> None:
    async def check() -> None:
        try:
            assert (await api.get("/readyz")).status_code == 200
        except httpx2.TransportError as error:
            raise AssertionError(str(error)) from None

    await assert_eventually(check, timeout=120, interval=0.5)


async def pause_all(api: httpx2.AsyncClient, schedules: list[Schedule]) -> dict[str, datetime]:
    """Pause the schedules; return the moment before which each must account for its due times."""
    ended = {}
    for schedule in schedules:
        ended[schedule.id] = datetime.now(UTC)
        answer = await api.post(f"/api/automations/{schedule.slug}/pause", json={})
        assert answer.status_code == 200, answer.text
    return ended


async def all_ended(database: Database) -> None:
    async def check() -> None:
        left = await asyncio.to_thread(checker.open_runs, database)
        assert not left, f"{len(left)} runs are open, such as {left[:3]}"

    await assert_eventually(check, timeout=SETTLE_SECONDS, interval=2)


async def problems(
    api: httpx2.AsyncClient,
    stack: RealStack,
    database: Database,
    schedules: list[Schedule],
    ended: dict[str, datetime],
    senders: Senders,
    agent: Agent,
) -> list[str]:
    found = list(senders.problems)
    found += await settled_due_times(database, schedules, ended)
    found += checker.deliveries(database, senders.accepted)
    found += checker.calls(database, agent.calls)
    found += checker.outcomes(database)
    client = await connect(Settings(temporal_port=stack.ports["PODIUM_TEMPORAL_PORT"]))

    async def none_is_running() -> None:
        assert await checker.workflows(client) == []

    try:
        await assert_eventually(none_is_running, timeout=60, interval=2)
    except AssertionError:
        found += await checker.workflows(client)
    report = (await api.post("/api/stats/verify", json={})).json()
    found += [f"a statistic differs from the recount: {one}" for one in report["differences"]]
    return found


async def settled_due_times(database: Database, schedules: list[Schedule], ended: dict[str, datetime]) -> list[str]:
    """Return what is wrong with due times once the sweep has had time to account for the last ones."""

    async def check() -> None:
        assert [text for one in schedules for text in checker.due_times(database, one, ended[one.id])] == []

    try:
        await assert_eventually(check, timeout=150, interval=5)
    except AssertionError:
        return [text for one in schedules for text in checker.due_times(database, one, ended[one.id])]
    return []
