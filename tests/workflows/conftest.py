"""One running system for all tests of Temporal workflows: a database, Temporal, and a worker in this process."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from temporalio.client import Client

from runtime.database import create_engine, session_factory
from runtime.processes.embedded.postgres import EmbeddedPostgres
from runtime.settings import Settings
from runtime.temporal.connection import connect_patiently, ensure_search_attributes
from runtime.temporal.payload_store import storing_large_values
from tests.support.backend import Backend
from tests.support.databases import Databases
from tests.support.servers import running_temporal
from worker import build_worker, sandbox


@pytest.fixture(scope="session")
def temporal_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Return the port of a Temporal of these tests' own.

    The worker of `backend` serves all task queues until the session ends. On the Temporal of other tests, whose workers
    have other databases, each would take the other's tasks; and the SDK refuses two workers of one queue in a process.
    """
    with running_temporal(tmp_path_factory.mktemp("temporal-of-workflows")) as port:
        yield port


@pytest.fixture(scope="session")
async def temporal_client(temporal_port: int) -> Client:
    client = await connect_patiently(Settings(temporal_port=temporal_port), patience_seconds=20)
    await ensure_search_attributes(client)
    return client


@pytest.fixture(scope="session")
async def backend(
    postgres: EmbeddedPostgres,
    databases: Databases,
    temporal_client: Client,
    temporal_port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Backend]:
    """Run a worker for the session; each test creates its own rows and ignores those of others."""
    name = databases.new()
    home: Path = tmp_path_factory.mktemp("home")
    settings = Settings(home=home, database_url=postgres.url(name), temporal_port=temporal_port)
    engine = create_engine(settings)
    async with AsyncExitStack() as resources:
        worker = await build_worker(temporal_client, settings, resources, runner=sandbox())
        async with worker:
            sessions = session_factory(engine)
            yield Backend(settings, sessions, storing_large_values(temporal_client, sessions))
    await engine.dispose()
