"""Access to PostgreSQL: one engine per process, one transaction per unit of work.

Every error that means PostgreSQL is away is raised as `DatabaseUnavailable`, and a refusal of the values themselves as
`NotStorable`, which no retry can mend. After a restart of the server, the next call connects again.

No statement waits for ever: PostgreSQL ends one at its `statement_timeout`, and where it does not (it hangs itself),
the connection is given up shortly afterwards (`runtime/bounded_connection.py`).
"""

import math
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import cast

import structlog
from psycopg.errors import (
    CheckViolation,
    DataError,
    DeadlockDetected,
    LockNotAvailable,
    NotNullViolation,
    ProgramLimitExceeded,
    QueryCanceled,
    StatementTooComplex,
)
from pydantic import JsonValue
from sqlalchemy import Engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from models.errors import DatabaseBusy, DatabaseUnavailable, NotStorable
from models.rules.json.storable import with_replacements
from models.store.health.brake import PERCENT
from models.store.tables.registry import configure_tables
from runtime.bounded_connection import BoundedConnection, connecting
from runtime.processes.embedded.postgres import kept_postgres
from runtime.settings import Settings

log = structlog.get_logger(__name__)

EMBEDDED_DATABASE = "podium"
Sessions = async_sessionmaker[AsyncSession]

STATEMENT_SECONDS = 15.0
"""A statement of a worker: below the time that a local activity has."""
REQUEST_STATEMENT_SECONDS = 8.0
"""A statement of the API: with the time that it takes to give up a connection, a request is answered in about 10 s."""
LONG_STATEMENT_SECONDS = 240.0
"""A statement inside `long_statements`: recounts, the sweep, imports."""
PING_AFTER_SECONDS = 1.0
"""A connection of the pool that was idle for longer is checked before it is used: the server may have restarted."""
POOL_SECONDS = 5.0
"""How long a transaction waits for a free connection of the pool."""

CONNECT_SECONDS = 3
CONNECT_ARGS = {
    "connect_timeout": CONNECT_SECONDS,
    "application_name": "podium",
    # A peer that is gone without closing is noticed in seconds, not after the kernel's fifteen minutes.
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}
_REFUSED = (DataError, CheckViolation, NotNullViolation, ProgramLimitExceeded, StatementTooComplex)
_OPTIONS = "-c TimeZone=UTC -c idle_in_transaction_session_timeout=60s"
_SET_LOCAL = text("SELECT set_config(:name, :value, true)")
_statement_seconds: ContextVar[float | None] = ContextVar("statement_seconds", default=None)


def database_url(settings: Settings) -> str:
    """Return the configured database's URL, or else that of the embedded server in the data directory.

    Raises:
        DatabaseUnavailable: there is neither.
    """
    if settings.database_url is not None:
        return settings.database_url
    if embedded := kept_postgres(settings.home.absolute() / "postgres"):
        return embedded.url(EMBEDDED_DATABASE)
    raise DatabaseUnavailable(
        "No database is configured",
        field="PODIUM_DATABASE_URL",
        hint="Set PODIUM_DATABASE_URL, or start the embedded stack with `podium dev`.",
    )


def create_engine(
    settings: Settings,
    *,
    read_json: Callable[[str | bytes], JsonValue] | None = None,
    statement_seconds: float = STATEMENT_SECONDS,
) -> AsyncEngine:
    """Return the process's engine, which connects at first use.

    Args:
        settings: Which database, and the size of the pool.
        read_json: Replaces the parser of stored JSON.
        statement_seconds: The longest that a statement may take outside of `long_statements`.
    """
    configure_tables()
    limit = f" -c statement_timeout={round(statement_seconds * 1000)}"
    engine = create_async_engine(
        database_url(settings),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_size,
        pool_timeout=POOL_SECONDS,
        hide_parameters=True,
        json_deserializer=read_json,
        connect_args={
            **CONNECT_ARGS,
            "options": _OPTIONS + limit,
            "async_creator_fn": connecting(lambda: _statement_seconds.get() or statement_seconds),
        },
    )
    _ping_after_idling(engine.sync_engine)
    return engine


def _ping_after_idling(engine: Engine) -> None:
    """Check a connection that comes from the pool, unless it was in use a moment ago; a broken one is replaced."""

    @event.listens_for(engine, "checkin")
    def note(_: object, record: ConnectionPoolEntry) -> None:
        record.info["left_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ping(connection: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
        driver = cast("BoundedConnection", record.driver_connection)
        idle_seconds = time.monotonic() - record.info.get("left_at", math.inf)
        if idle_seconds < PING_AFTER_SECONDS and not driver.seems_lost():
            return
        driver.is_pinged = True
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error
        finally:
            driver.is_pinged = False


def listener_url(engine: AsyncEngine) -> str:
    """Return the engine's database as a URL for psycopg, for the connection that listens to notifications."""
    known = {name: str(value) for name, value in CONNECT_ARGS.items()}
    url = engine.url.set(drivername="postgresql").update_query_dict({**known, "application_name": "podium-stream"})
    return url.render_as_string(hide_password=False)


def session_factory(engine: AsyncEngine, settings: Settings | None = None) -> Sessions:
    """Return the factory of sessions; rows stay readable after the commit.

    Sessions carry the settings that decide about rows; without `settings`, their defaults.
    """
    decisive = {} if settings is None else {PERCENT: settings.health_brake_percent}
    return async_sessionmaker(engine, expire_on_commit=False, info=decisive)


def autocommitting(engine: AsyncEngine) -> Sessions:
    """Return a factory of sessions on the same pool whose statements are each a transaction: for single reads."""
    return session_factory(engine.execution_options(isolation_level="AUTOCOMMIT"))


@contextmanager
def long_statements(seconds: float = LONG_STATEMENT_SECONDS) -> Iterator[None]:
    """Allow the statements of the transactions in the block to take longer."""
    before = _statement_seconds.set(seconds)
    try:
        yield
    finally:
        _statement_seconds.reset(before)


async def limit_lock_waits(session: AsyncSession, seconds: float) -> None:
    """Set the longest wait for a lock in this transaction; a statement that waits longer raises `DatabaseBusy`."""
    await session.execute(_SET_LOCAL, {"name": "lock_timeout", "value": f"{round(seconds * 1000)}ms"})


@asynccontextmanager
async def transaction(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """Open a session in a transaction: commit at the end, roll back on any error.

    What commits before it waits for something else goes on in another transaction.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached, dropped the connection, has no connection left, or takes too
            long. A connection lost during the commit leaves the outcome unknown: what retries must be idempotent.
        NotStorable: PostgreSQL, or its driver, refuses a value.
    """
    with database_errors():
        async with sessions() as session:
            if seconds := _statement_seconds.get():
                await session.execute(_SET_LOCAL, {"name": "statement_timeout", "value": f"{round(seconds * 1000)}ms"})
            yield session
            await session.commit()


@contextmanager
def database_errors() -> Iterator[None]:
    """Convert the driver's errors: PostgreSQL is away (`DatabaseUnavailable`), or refuses a value (`NotStorable`)."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise NotStorable("a text holds half a surrogate pair, which cannot be stored") from error
    except PoolTimeout as error:
        raise DatabaseUnavailable("every database connection is busy", hint="Try again shortly.") from error
    except DBAPIError as error:
        if isinstance(error.orig, _REFUSED):
            reason, _ = with_replacements(str(error.orig).partition("\n")[0])
            raise NotStorable(f"a value cannot be stored: {reason}") from error
        if not isinstance(error, OperationalError | InterfaceError):
            raise
        if isinstance(error.orig, QueryCanceled | LockNotAvailable | DeadlockDetected):
            raise DatabaseBusy("the database took too long", hint="Try again shortly.") from error
        # The driver's message contains addresses, so it only goes to the log.
        log.warning("the database cannot be used", reason=str(error.orig).partition("\n")[0])
        hint = "Try again shortly; the reason is in Podium's log."
        raise DatabaseUnavailable("Podium cannot use its database at the moment", hint=hint) from error
