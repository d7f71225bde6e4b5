"""Fixtures for every test: a real PostgreSQL, a real Temporal server, and a migrated database per test.

Servers start once per session (once per xdist worker); data is never shared between tests.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from temporalio.client import Client

from runtime.database import CONNECT_ARGS, Sessions, create_engine, session_factory
from runtime.processes.embedded.postgres import EmbeddedPostgres
from runtime.settings import Settings
from runtime.temporal.connection import connect_patiently, ensure_search_attributes
from tests.support.databases import Databases
from tests.support.distribution import ByFileAndStack, longest_first
from tests.support.servers import running_postgres, running_temporal


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that rewrite the recorded fingerprints and histories of workflows."""
    group = parser.getgroup("podium")
    group.addoption("--record-histories", action="store_true", help="record the histories that replay tests use")
    group.addoption("--accept-fingerprints", action="store_true", help="accept the workflows' commands as they are")


def pytest_configure() -> None:
    """Remove the caller's Podium settings from the environment, log exceptions without their locals, and be patient.

    structlog's default renders every local of every frame, which takes up to half a minute for one exception. A busy
    machine may hold a process up for longer than connecting may take.
    """
    CONNECT_ARGS["connect_timeout"] = 30
    for name in list(os.environ):
        if name.startswith(("PODIUM_", "TEMPORAL_", "OTEL_")):
            del os.environ[name]
    *others, _ = structlog.get_config()["processors"]
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*others, plain])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the longest tests first in each of several processes."""
    if hasattr(config, "workerinput"):
        longest_first(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFileAndStack:
    """Say which tests share a process."""
    return ByFileAndStack(config, log)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """Return a PostgreSQL server for the session; fast, not durable."""
    with running_postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def databases(postgres: EmbeddedPostgres) -> Databases:
    """Return the session's databases."""
    databases = Databases(postgres)
    databases.prepare()
    return databases


@pytest.fixture
def database(postgres: EmbeddedPostgres, databases: Databases) -> Iterator[str]:
    """Return the URL of the test's own migrated, empty database."""
    name = databases.take()
    yield postgres.url(name)
    databases.give_back(name)


@pytest.fixture
def settings(database: str, temporal_port: int, tmp_path: Path) -> Settings:
    """Return settings with the test's database, the session's Temporal and a temporary home directory."""
    return Settings(home=tmp_path / "home", database_url=database, temporal_port=temporal_port)


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    """Return an engine that waits longer for its connections than a process does: the machine may be busy."""
    with pytest.MonkeyPatch.context() as patient:
        patient.setattr("runtime.database.POOL_SECONDS", 60.0)
        engine = create_engine(Settings(database_url=database))
    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(engine: AsyncEngine) -> Sessions:
    return session_factory(engine)


@pytest.fixture
async def session(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """Return a session on the test's database; uncommitted changes are rolled back."""
    async with sessions() as session:
        yield session


@pytest.fixture(scope="session")
def temporal_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Return the port of the session's Temporal server; in memory, with our search attributes."""
    with running_temporal(tmp_path_factory.mktemp("temporal")) as port:
        yield port


@pytest.fixture(scope="session")
async def temporal_client(temporal_port: int) -> Client:
    client = await connect_patiently(Settings(temporal_port=temporal_port), patience_seconds=20)
    await ensure_search_attributes(client)
    return client
