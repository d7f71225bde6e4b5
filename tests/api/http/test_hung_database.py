"""PostgreSQL hangs (SIGSTOP), or has no connection left: requests are answered with 503 in about ten seconds."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, closing, suppress
from pathlib import Path
from subprocess import Popen

import httpx2
import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from api.app import create_app
from models.store.migrate import migrate
from runtime.database import REQUEST_STATEMENT_SECONDS, Sessions, transaction
from runtime.processes.embedded.postgres import EmbeddedPostgres, prepare_postgres
from runtime.settings import Settings
from tests.api.conftest import ADMIN_KEY
from tests.support.eventually import assert_eventually
from tests.support.servers import accepts, hanging, libpq_url, running

STATEMENT_SECONDS = 2.0
"""In place of the API's own limit, so that the tests wait less; what it takes to give up a connection is as it is."""
POOL_SECONDS = 1.0
ANSWERED_WITHIN_SECONDS = 12.0 - (REQUEST_STATEMENT_SECONDS - STATEMENT_SECONDS)
CONNECTIONS = 12


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[EmbeddedPostgres, "Popen[bytes]"]]:
    """A PostgreSQL of the test's own, which it may stop."""
    postgres = prepare_postgres(tmp_path / "postgres", durable=False)
    with running(
        (*postgres.command(), f"--max_connections={CONNECTIONS}"),
        lambda: accepts(postgres),
        log=tmp_path / "log",
        stop=signal.SIGINT,  # does not wait for connections that were given up
    ) as process:
        migrate(postgres.url())
        yield postgres, process


@pytest.fixture
async def api(
    server: tuple[EmbeddedPostgres, "Popen[bytes]"],
    tmp_path: Path,
    temporal_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[tuple[httpx2.AsyncClient, Sessions]]:
    """The API with a pool of four connections."""
    monkeypatch.setattr("api.app.REQUEST_STATEMENT_SECONDS", STATEMENT_SECONDS)
    monkeypatch.setattr("runtime.database.POOL_SECONDS", POOL_SECONDS)
    app = create_app(
        Settings(
            home=tmp_path / "home",
            database_url=server[0].url(),
            database_pool_size=2,
            temporal_port=temporal_port,
            admin_key=SecretStr(ADMIN_KEY),
        )
    )
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://localhost", headers=headers, timeout=60) as client,
    ):
        yield client, app.state.podium.sessions


async def answer_in_time(client: httpx2.AsyncClient, path: str) -> None:
    began = time.monotonic()
    answer = await client.get(path)
    assert answer.status_code == 503, answer.text
    assert answer.headers["retry-after"]
    assert answer.json()["code"] == "database_unavailable"
    assert time.monotonic() - began < ANSWERED_WITHIN_SECONDS


@pytest.mark.long
async def test_requests_to_a_hung_database_are_503_in_about_ten_seconds(
    api: tuple[httpx2.AsyncClient, Sessions], server: tuple[EmbeddedPostgres, "Popen[bytes]"]
) -> None:
    client, _ = api
    paths = ["/api/runs", "/api/primitives", "/api/deliveries", "/api/audit", "/api/live/automations"]
    for path in paths:
        assert (await client.get(path)).status_code == 200
    with hanging(server[1]):
        for _ in range(2):
            await asyncio.gather(*(answer_in_time(client, path) for path in paths * 3))
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503

    async def back() -> None:
        assert {(await client.get(path)).status_code for path in paths} == {200}

    await assert_eventually(back, timeout=15, interval=0.2)


async def test_a_pool_without_a_free_connection_is_503(api: tuple[httpx2.AsyncClient, Sessions]) -> None:
    client, sessions = api
    async with AsyncExitStack() as held:
        for _ in range(4):
            session = await held.enter_async_context(transaction(sessions))
            await session.execute(text("SELECT 1"))
        await asyncio.gather(*(answer_in_time(client, path) for path in ["/api/runs", "/api/primitives"] * 5))
    assert (await client.get("/api/runs")).status_code == 200


async def test_a_server_without_a_free_connection_is_503(
    api: tuple[httpx2.AsyncClient, Sessions], server: tuple[EmbeddedPostgres, "Popen[bytes]"]
) -> None:
    client, _ = api
    assert (await client.get("/api/runs")).status_code == 200
    url = libpq_url(server[0].url())
    with ExitStack() as taken:
        with suppress(psycopg.OperationalError):
            for _ in range(CONNECTIONS):
                taken.enter_context(closing(psycopg.connect(url)))
        answers = await asyncio.gather(*(client.get("/api/runs") for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200, 503}
