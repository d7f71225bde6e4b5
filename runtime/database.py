"""Access to PostgreSQL: one engine per process, one transaction per unit of work.

Every error that means PostgreSQL is away is raised as `DatabaseUnavailable`. After a restart of the server, the next
call connects again.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
from pydantic import JsonValue
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from models.errors import DatabaseUnavailable
from models.store.tables.registry import configure_tables
from runtime.processes.embedded.postgres import kept_postgres
from runtime.settings import Settings

log = structlog.get_logger(__name__)

EMBEDDED_DATABASE = "podium"
Sessions = async_sessionmaker[AsyncSession]

_CONNECT_ARGS = {
    "connect_timeout": 3,
    "application_name": "podium",
    # A peer that is gone without closing is noticed in seconds, not after the kernel's fifteen minutes.
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "options": "-c TimeZone=UTC -c idle_in_transaction_session_timeout=60s",
}


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


def create_engine(settings: Settings, *, read_json: Callable[[str | bytes], JsonValue] | None = None) -> AsyncEngine:
    """Return the process's engine, which connects at first use; `read_json` replaces the parser of stored JSON."""
    configure_tables()
    return create_async_engine(
        database_url(settings),
        pool_size=settings.database_pool_size,
        max_overflow=settings.database_pool_size,
        pool_timeout=5,
        pool_pre_ping=True,
        hide_parameters=True,
        json_deserializer=read_json,
        connect_args=_CONNECT_ARGS,
    )


def listener_url(engine: AsyncEngine) -> str:
    """Return the engine's database as a URL for psycopg, for the connection that listens to notifications."""
    known = {name: str(value) for name, value in _CONNECT_ARGS.items() if name != "options"}
    url = engine.url.set(drivername="postgresql").update_query_dict({**known, "application_name": "podium-stream"})
    return url.render_as_string(hide_password=False)


def session_factory(engine: AsyncEngine) -> Sessions:
    """Return the factory of sessions; rows stay readable after the commit."""
    return async_sessionmaker(engine, expire_on_commit=False)


@asynccontextmanager
async def transaction(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """Open a session in a transaction: commit at the end, roll back on any error.

    What commits before it waits for something else goes on in another transaction.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached, dropped the connection, or has no connection left. A
            connection lost during the commit leaves the outcome unknown: what retries must be idempotent.
    """
    with database_errors():
        async with sessions() as session:
            yield session
            await session.commit()


@contextmanager
def database_errors() -> Iterator[None]:
    """Convert the driver's errors about an absent PostgreSQL into `DatabaseUnavailable`."""
    try:
        yield
    except PoolTimeout as error:
        raise DatabaseUnavailable("Every database connection is busy", hint="Try again shortly.") from error
    except (OperationalError, InterfaceError) as error:
        # The driver's message contains addresses, so it only goes to the log.
        log.warning("the database cannot be used", reason=str(error.orig).partition("\n")[0])
        hint = "Try again shortly; the reason is in Podium's log."
        raise DatabaseUnavailable("Podium cannot use its database at the moment", hint=hint) from error
