"""Transactions and errors of the database, and outages of PostgreSQL."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from models.errors import DatabaseUnavailable
from runtime.database import (
    CONNECT_ARGS,
    CONNECT_SECONDS,
    Sessions,
    create_engine,
    database_url,
    long_statements,
    session_factory,
    transaction,
)
from runtime.processes.embedded.postgres import EmbeddedPostgres, kept_postgres, prepare_postgres
from runtime.processes.embedded.spawning import free_port
from runtime.settings import Settings
from tests.support.eventually import assert_eventually
from tests.support.servers import accepts, hanging, running, running_postgres


async def one(sessions: Sessions) -> int:
    async with transaction(sessions) as session:
        return int((await session.execute(text("SELECT 1"))).scalar_one())


async def test_a_transaction_commits_at_its_end_and_rolls_back_on_an_error(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        await session.execute(text("CREATE TABLE things (id int PRIMARY KEY)"))
        await session.execute(text("INSERT INTO things VALUES (1)"))

    async def fail_after_writing() -> None:
        async with transaction(sessions) as session:
            await session.execute(text("INSERT INTO things VALUES (2)"))
            raise LookupError

    with pytest.raises(LookupError):
        await fail_after_writing()
    async with transaction(sessions) as session:
        assert (await session.execute(text("SELECT array_agg(id) FROM things"))).scalar_one() == [1]


async def test_other_database_errors_keep_their_class(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        await session.execute(text("CREATE TABLE things (id int PRIMARY KEY)"))
    with pytest.raises(IntegrityError):
        async with transaction(sessions) as session:
            await session.execute(text("INSERT INTO things VALUES (1), (1)"))


async def test_times_come_back_aware_and_in_utc(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        now = (await session.execute(text("SELECT now()"))).scalar_one()
    assert now.utcoffset().total_seconds() == 0


async def test_an_unreachable_server_is_database_unavailable_at_once() -> None:
    engine = create_engine(Settings(database_url=f"postgresql://nobody:secret-word@127.0.0.1:{free_port()}/none"))
    began = time.monotonic()
    with pytest.raises(DatabaseUnavailable) as caught:
        await one(session_factory(engine))
    assert time.monotonic() - began < 10
    assert "secret-word" not in caught.value.detail


async def test_a_missing_database_url_is_explained(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        create_engine(Settings(home=tmp_path))
    assert "PODIUM_DATABASE_URL" in str(caught.value.hint)


async def test_a_killed_server_loses_no_commit_and_the_engine_reconnects(tmp_path: Path) -> None:
    server: EmbeddedPostgres = prepare_postgres(tmp_path / "postgres")
    async with engine_of(server.url()) as sessions:
        with running(server.command(), lambda: accepts(server), log=tmp_path / "log", stop=signal.SIGINT) as process:
            async with transaction(sessions) as session:
                await session.execute(text("CREATE TABLE kept AS SELECT 7 AS number"))
            process.send_signal(signal.SIGKILL)
            process.wait()

            async def away() -> None:
                # The postmaster was killed; the server processes end a moment later.
                assert not accepts(server)

            await assert_eventually(away)

            async def fails() -> None:
                with pytest.raises(DatabaseUnavailable):
                    await one(sessions)

            await assert_eventually(fails)
        with running_postgres(tmp_path / "postgres", durable=True) as again:
            assert again.url() == server.url()
            async with transaction(sessions) as session:
                assert (await session.execute(text("SELECT number FROM kept"))).scalar_one() == 7


async def test_a_server_that_hangs_is_given_up_within_the_limit_and_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Tests connect with more patience.
    monkeypatch.setitem(CONNECT_ARGS, "connect_timeout", CONNECT_SECONDS)
    server = prepare_postgres(tmp_path / "postgres", durable=False)
    engine = create_engine(Settings(database_url=server.url()), statement_seconds=1.0)
    sessions = session_factory(engine)

    async def fails_within(seconds: float, work: Callable[[Sessions], Awaitable[int]]) -> None:
        began = time.monotonic()
        with pytest.raises(DatabaseUnavailable):
            await work(sessions)
        assert time.monotonic() - began < seconds

    async def sleeps(sessions: Sessions) -> int:
        async with transaction(sessions) as session:
            await session.execute(text("SELECT 1"))
            asked.set()
            return int((await session.execute(text("SELECT 1 FROM pg_sleep(0.5)"))).scalar_one())

    asked = asyncio.Event()
    with running(server.command(), lambda: accepts(server), log=tmp_path / "log", stop=signal.SIGINT) as process:
        assert [await one(sessions) for _ in range(3)] == [1, 1, 1]
        under_way = asyncio.create_task(fails_within(6, sleeps))
        await asked.wait()
        with hanging(process):
            # One in the middle of a statement, one that takes its connection from the pool, one that connects.
            await asyncio.gather(under_way, *(fails_within(8, one) for _ in range(3)))
        assert await one(sessions) == 1
    await engine.dispose()


async def test_a_statement_that_takes_too_long_is_ended_and_a_long_one_may_take_its_time(database: str) -> None:
    engine = create_engine(Settings(database_url=database), statement_seconds=0.3)
    sessions = session_factory(engine)
    sleep = text("SELECT 1 FROM pg_sleep(0.8)")
    with pytest.raises(DatabaseUnavailable, match="took too long"):
        async with transaction(sessions) as session:
            await session.execute(sleep)
    with long_statements():
        async with transaction(sessions) as session:
            assert (await session.execute(sleep)).scalar_one() == 1
    with pytest.raises(DatabaseUnavailable, match="took too long"):
        async with transaction(sessions) as session:
            await session.execute(sleep)
    await engine.dispose()


async def test_a_busy_event_loop_gives_up_no_connection(database: str) -> None:
    engine = create_engine(Settings(database_url=database), statement_seconds=0.1)
    sessions = session_factory(engine)
    async with transaction(sessions) as session:
        await session.execute(text("SELECT 1"))
        answer = asyncio.create_task(session.execute(text("SELECT 1")))
        await asyncio.sleep(0)
        time.sleep(3)  # noqa: ASYNC251
        assert (await answer).scalar_one() == 1
    await engine.dispose()


async def test_a_pool_without_a_free_connection_is_database_unavailable(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.database.POOL_SECONDS", 0.5)
    engine = create_engine(Settings(database_url=database, database_pool_size=1))
    sessions = session_factory(engine)
    async with transaction(sessions) as first, transaction(sessions) as second:
        await first.execute(text("SELECT 1"))
        await second.execute(text("SELECT 1"))
        with pytest.raises(DatabaseUnavailable, match="every database connection is busy"):
            await one(sessions)
    assert await one(sessions) == 1
    await engine.dispose()


@asynccontextmanager
async def engine_of(url: str) -> AsyncIterator[Sessions]:
    """Open an engine and close it at the end of the block."""
    engine = create_engine(Settings(database_url=url))
    try:
        yield session_factory(engine)
    finally:
        await engine.dispose()


async def test_a_running_server_of_a_data_directory_is_recognised(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert kept_postgres(tmp_path / "postgres") is None
    made = prepare_postgres(tmp_path / "postgres", durable=False)
    assert database_url(settings) == made.url("podium")
    assert database_url(settings.model_copy(update={"database_url": "postgresql+psycopg://x/y"})).endswith("x/y")
