"""The event stream on a real server: no event is lost or repeated, and a slow viewer delays nobody else."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import text, update

from api.lists import event_stream as feed
from models.states import RunStatus
from models.store.live_list import changes
from models.store.runs.closing import finish
from models.store.runs.locks import lock_run
from models.store.tables.automations import Automation
from runtime.database import Sessions, transaction
from runtime.processes.embedded.postgres import EmbeddedPostgres
from runtime.settings import Settings
from tests.api.stream_client import HEADERS, STREAM, Served, serving, watching
from tests.factories import make_agent, make_automation, queue_run
from tests.support.databases import Databases
from tests.support.eventually import assert_eventually


# One server for all tests: it takes seconds to start. Each test has automations of its own.
@pytest.fixture(scope="module")
def database(postgres: EmbeddedPostgres, databases: Databases) -> Iterator[str]:
    name = databases.take()
    yield postgres.url(name)
    databases.give_back(name)


@pytest.fixture(scope="module")
def api_settings(database: str, temporal_port: int, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("stream") / "home"
    return Settings(home=home, database_url=database, temporal_port=temporal_port)


@pytest.fixture(scope="module")
def served(api_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(api_settings, tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.fixture
async def remote(served: Served) -> AsyncIterator[httpx2.AsyncClient]:
    limits = httpx2.Limits(max_connections=200)
    async with httpx2.AsyncClient(base_url=served.url, headers=HEADERS, limits=limits, timeout=20) as client:
        yield client


@pytest.fixture
async def automations(sessions: Sessions) -> list[Automation]:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        return [await make_automation(session, agent) for _ in range(3)]


async def rename(sessions: Sessions, automation: Automation, name: str) -> None:
    async with transaction(sessions) as session:
        await session.execute(update(Automation).where(Automation.id == automation.id).values(name=name))


async def test_changes_arrive_complete_and_in_order(
    remote: httpx2.AsyncClient, sessions: Sessions, automations: list[Automation]
) -> None:
    async with watching(remote) as watch:
        await watch.until("ready")
        for number, automation in enumerate(automations):
            await rename(sessions, automation, f"name {number}")
            await watch.until(*["automation"] * (number + 1))
        named = [event.data["name"] for event in watch.events if event.name == "automation"]
        assert named == ["name 0", "name 1", "name 2"]
        listed = (await remote.get("/api/live/automations", params={"search": "name 2"})).json()["automations"]
        assert watch.events[-1].data == listed[0]


async def test_an_idle_stream_sends_beats_without_ids_and_nothing_without_viewers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed, "BEAT_SECONDS", 0.02)
    viewer, listened = feed.Viewer(), asyncio.Event()
    stream = viewer.events(listened)
    coming = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.1)
    assert not coming.done()
    listened.set()
    beat = await coming
    assert (beat.event, beat.id, beat.raw_data) == ("beat", None, "{}")
    assert (await anext(stream)).event == "beat"
    viewer.lose()
    assert (await anext(stream)).event == "resync"
    viewer.announce(listened=False)
    away = await anext(stream)
    assert (away.event, away.id) == ("away", None)
    viewer.announce(listened=True)
    assert (await anext(stream)).event == "beat"
    viewer.end()
    with pytest.raises(StopAsyncIteration):
        await anext(stream)


async def test_a_run_is_sent_when_it_is_queued_and_when_it_closes(
    remote: httpx2.AsyncClient, sessions: Sessions, automations: list[Automation]
) -> None:
    async with watching(remote) as watch:
        await watch.until("ready")
        async with transaction(sessions) as session:
            primitive = await make_agent(session)
            run = await queue_run(session, primitive, automations[0])
        await watch.until("run")
        async with transaction(sessions) as session:
            await finish(session, await lock_run(session, run.id), RunStatus.SKIPPED, at=datetime.now(UTC))
        await watch.until("run", "run", "automation")
        told = [(event.data["runId"], event.data["status"]) for event in watch.events if event.name == "run"]
        assert told == [(str(run.id), "queued"), (str(run.id), "skipped")]
        assert watch.events[-1].data["stats"]["skippedRuns"] == 1


async def test_a_burst_of_changes_is_one_event_per_automation(
    remote: httpx2.AsyncClient, sessions: Sessions, automations: list[Automation]
) -> None:
    async with watching(remote) as watch:
        await watch.until("ready")
        async with transaction(sessions) as session:
            for number in range(200):
                mine = Automation.id.in_([one.id for one in automations])
                await session.execute(update(Automation).where(mine).values(name=f"burst {number}"))
        await rename(sessions, automations[0], "last")
        await watch.until("automation", "automation", "automation")
        await asyncio.sleep(0.5)
        told = [event.data["name"] for event in watch.events if event.name == "automation"]
        assert len(told) <= 4
        assert {"last", "burst 199"} == set(told[-3:])


async def test_a_reconnecting_viewer_gets_exactly_what_it_missed(
    remote: httpx2.AsyncClient, sessions: Sessions, automations: list[Automation]
) -> None:
    one, other, third = automations
    async with watching(remote) as watch:
        await watch.until("ready")
        await rename(sessions, one, "seen")
        await watch.until("automation")
    await rename(sessions, other, "missed")
    async with watching(remote, watch.last_id) as again:
        await again.until("ready", "automation")
        await rename(sessions, third, "new")
        await again.until("ready", "automation", "automation")
    assert [event.data["name"] for event in again.events if event.name == "automation"] == ["missed", "new"]


async def test_a_viewer_can_reconnect_to_another_process(
    remote: httpx2.AsyncClient,
    sessions: Sessions,
    automations: list[Automation],
    api_settings: Settings,
    tmp_path: Path,
) -> None:
    async with watching(remote) as watch:
        await watch.until("ready")
    await rename(sessions, automations[1], "missed")
    with serving(api_settings, tmp_path) as other:
        async with (
            httpx2.AsyncClient(base_url=other.url, headers=HEADERS) as client,
            watching(client, watch.last_id) as again,
        ):
            await again.until("ready", "automation")
            assert again.events[-1].data["name"] == "missed"


@pytest.mark.parametrize("last_id", ["nonsense", "999999999:999999999:"])
async def test_a_reconnect_with_an_invalid_id_gets_resync(remote: httpx2.AsyncClient, last_id: str) -> None:
    async with watching(remote, last_id) as watch:
        await watch.until("resync")
        assert changes.is_snapshot(watch.last_id or "")


async def test_a_reconnect_that_is_too_late_gets_resync(
    remote: httpx2.AsyncClient, sessions: Sessions, automations: list[Automation]
) -> None:
    async with watching(remote) as watch:
        await watch.until("ready")
    for name in "ab":
        await rename(sessions, automations[0], name)
    async with transaction(sessions) as session:
        await changes.prune(session, timedelta(0))
    async with watching(remote, watch.last_id) as again:
        await again.until("resync")


async def test_no_event_is_lost_when_the_database_connection_breaks(
    remote: httpx2.AsyncClient, sessions: Sessions, automations: list[Automation]
) -> None:
    listeners = "FROM pg_stat_activity WHERE application_name = 'podium-stream' AND datname = current_database()"
    async with watching(remote) as watch:
        await watch.until("ready")
        async with transaction(sessions) as session:
            ended = await session.execute(text(f"SELECT pg_terminate_backend(pid) {listeners}"))
            assert len(ended.all()) == 1
        await rename(sessions, automations[0], "while it was away")
        await watch.until("automation")
        await rename(sessions, automations[1], "afterwards")
        await watch.until("automation", "automation")


async def test_fifty_viewers_share_one_database_connection(
    remote: httpx2.AsyncClient, sessions: Sessions, automations: list[Automation]
) -> None:
    async with AsyncExitStack() as stack:
        watches = [await stack.enter_async_context(watching(remote)) for _ in range(50)]
        await asyncio.gather(*(watch.until("ready") for watch in watches))
        await rename(sessions, automations[0], "for all")
        await asyncio.gather(*(watch.until("automation") for watch in watches))

        async def are_idle() -> list[str]:
            async with transaction(sessions) as session:
                rows = await session.execute(
                    text(
                        "SELECT application_name, state FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
                found = [tuple(row) for row in rows]
            assert not [state for _, state in found if state != "idle"]
            return [name for name, _ in found]

        assert (await assert_eventually(are_idle)).count("podium-stream") == 1


async def test_a_server_with_open_streams_stops_at_once_without_errors(api_settings: Settings, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        served = stack.enter_context(serving(api_settings, tmp_path))
        remote = await stack.enter_async_context(httpx2.AsyncClient(base_url=served.url, headers=HEADERS))
        watches = [await stack.enter_async_context(watching(remote)) for _ in range(5)]
        await asyncio.gather(*(watch.until("ready") for watch in watches))
        began = time.monotonic()
        served.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(served.process.wait, 10)
        assert time.monotonic() - began < 6
    assert "Traceback" not in served.log.read_text()
    assert "Cancel" not in served.log.read_text()


async def test_a_stream_needs_a_key(served: Served) -> None:
    async with httpx2.AsyncClient(base_url=served.url) as client:
        answer = await client.get(STREAM)
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("application/problem+json")
