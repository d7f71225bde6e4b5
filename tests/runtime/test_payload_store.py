"""Large payloads in PostgreSQL: stored once, read back, encrypted, deleted once nothing refers to them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import func, make_url, select, update
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.converter import StorageDriverRetrieveContext, StorageDriverStoreContext
from temporalio.testing import ActivityEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.sweep.payload_pruning import prune_stored_payloads
from models.errors import DatabaseUnavailable, NotFound
from models.limits import STORED_FROM_BYTES
from models.store.payloads import put_payloads
from models.store.tables.payloads import TemporalPayload
from runtime.database import Sessions, create_engine, session_factory, transaction
from runtime.processes.embedded.spawning import free_port
from runtime.settings import Settings
from runtime.temporal import payload_store
from runtime.temporal.connection import connect
from runtime.temporal.payload_store import PayloadStore, RecentBytes, storing_large_values
from tests import factories
from tests.support.eventually import assert_eventually

STORING, READING = StorageDriverStoreContext(), StorageDriverRetrieveContext()
LARGE = "large value " * 1000


def payload(text: str) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=text.encode())


async def rows(sessions: Sessions) -> list[TemporalPayload]:
    async with sessions() as session:
        return list(await session.scalars(select(TemporalPayload)))


async def test_another_process_can_read_a_stored_payload(sessions: Sessions) -> None:
    stored = [payload(LARGE), payload("other"), payload(LARGE)]
    claims = await PayloadStore(sessions).store(STORING, stored)
    assert await PayloadStore(sessions).retrieve(READING, claims) == stored
    assert len(await rows(sessions)) == 2
    assert claims[0].claim_data["size"] == str(len(stored[0].SerializeToString()))


async def test_a_payload_just_stored_is_served_from_memory(sessions: Sessions) -> None:
    store = PayloadStore(sessions)
    claims = await store.store(STORING, [payload(LARGE)])
    async with transaction(sessions) as session:
        await session.delete((await session.scalars(select(TemporalPayload))).one())
    assert await store.retrieve(READING, claims) == [payload(LARGE)]
    with pytest.raises(NotFound, match="there is no stored value"):
        await PayloadStore(sessions).retrieve(READING, claims)


async def test_storing_again_keeps_one_row_and_renews_its_age(sessions: Sessions) -> None:
    store = PayloadStore(sessions)
    await store.store(STORING, [payload(LARGE)])
    await aged(sessions, timedelta(days=100))
    await store.store(STORING, [payload(LARGE)])
    (row,) = await rows(sessions)
    assert datetime.now(UTC) - row.stored_at < timedelta(minutes=5)


def test_the_memory_cache_stays_within_its_size() -> None:
    recent = RecentBytes(10)
    for number in range(5):
        recent.add(bytes([number]), b"1234")
    assert [number for number in range(5) if recent.get(bytes([number]))] == [3, 4]
    recent.add(b"big", b"x" * 11)
    assert recent.get(b"big") is None


async def test_an_unreachable_database_is_a_retryable_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payload_store, "_PATIENCE_SECONDS", (0.01,))
    engine = create_engine(Settings(database_url=f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none"))
    with pytest.raises(DatabaseUnavailable):
        await PayloadStore(session_factory(engine)).store(STORING, [payload(LARGE)])
    await engine.dispose()


async def test_values_are_encrypted_before_they_are_stored(
    sessions: Sessions, settings: Settings, temporal_client: Client
) -> None:
    encrypting = settings.model_copy(
        update={"payload_key": Settings(payload_key="a-key-of-sixteen-or-more").payload_key}
    )
    client = storing_large_values(await connect(encrypting), sessions)
    (reference,) = await client.data_converter.encode([LARGE])
    assert reference.ByteSize() < 400
    (row,) = await rows(sessions)
    assert b"large value" not in row.data
    assert await client.data_converter.decode([reference], [str]) == [LARGE]


async def test_small_values_stay_in_temporal(sessions: Sessions, temporal_client: Client) -> None:
    client = storing_large_values(temporal_client, sessions)
    (small,) = await client.data_converter.encode(["x" * (STORED_FROM_BYTES // 2)])
    assert small.metadata["encoding"] == b"json/plain"
    assert await rows(sessions) == []


async def test_only_unreferenced_payloads_are_pruned(sessions: Sessions, temporal_client: Client) -> None:
    now = datetime.now(UTC)
    async with transaction(sessions) as session:
        await put_payloads(session, {number.to_bytes(32): b"x" for number in range(450)})
        run = await factories.queue_run(session, await factories.make_agent(session))
        run.queued_at = now - timedelta(days=300)
    await aged(sessions, timedelta(days=200))
    async with transaction(sessions) as session:
        await put_payloads(session, {b"fresh" * 6 + b"12": b"x"})
    prune = ActivityEnvironment().run
    assert await prune(prune_stored_payloads, sessions, temporal_client, now) == 0, "a run that is older is still open"
    async with transaction(sessions) as session:
        run = await session.get_one(type(run), run.id)
        run.queued_at = now
    assert await prune(prune_stored_payloads, sessions, temporal_client, now) == 450
    assert len(await rows(sessions)) == 1


async def aged(sessions: Sessions, age: timedelta) -> None:
    async with transaction(sessions) as session:
        await session.execute(update(TemporalPayload).values(stored_at=func.now() - age))


@workflow.defn(name="echo")
class Echo:
    @workflow.run
    async def run(self, value: str) -> str:
        return value


async def test_a_workflow_continues_once_the_database_is_back(
    sessions: Sessions,
    engine: AsyncEngine,
    database: str,
    temporal_client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(payload_store, "_PATIENCE_SECONDS", (0.01,))
    starting, working = (storing_large_values(temporal_client, sessions) for _ in range(2))
    name = f"echo-{uuid.uuid4().hex}"
    handle = await starting.start_workflow("echo", LARGE, id=name, task_queue=name, result_type=str)

    async def fails_to_decode() -> None:
        assert "workflowTaskFailedEventAttributes" in (await handle.fetch_history()).to_json()

    await engine.dispose()
    async with Worker(working, task_queue=name, workflows=[Echo], workflow_runner=UnsandboxedWorkflowRunner()):
        with refusing_connections(database):
            await assert_eventually(fails_to_decode, timeout=30)
        assert await handle.result() == LARGE


@contextmanager
def refusing_connections(database: str) -> Iterator[None]:
    """End all connections to the database and refuse new ones until the block ends."""
    url = make_url(database).set(drivername="postgresql")
    server = url.set(database="postgres").render_as_string(hide_password=False)
    named = Identifier(str(url.database))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(named))
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [url.database])
        try:
            yield
        finally:
            connection.execute(SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(named))
