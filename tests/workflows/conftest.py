"""One running system for all tests of Temporal workflows: a database, Temporal, and a worker in this process."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from temporalio.client import Client

from runtime.database import create_engine, session_factory
from runtime.processes.embedded.postgres import EmbeddedPostgres
from runtime.settings import Settings
from runtime.temporal.payload_store import storing_large_values
from tests.support.backend import Backend
from tests.support.databases import Databases
from worker import build_worker, sandbox


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
