"""The stack of `podium dev`: its programs, settings and addresses.

Ports and the data directory are checked before anything starts.
"""

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

import runtime
from models.errors import Conflict, Invalid, TemporalUnavailable
from runtime.database import EMBEDDED_DATABASE
from runtime.processes.child import Program
from runtime.processes.console import say, wants_colour
from runtime.processes.embedded.postgres import EmbeddedPostgres, prepare_postgres
from runtime.processes.embedded.spawning import bind_problem
from runtime.processes.embedded.temporal import temporal_command
from runtime.processes.home import prepare_home
from runtime.processes.probes import answers_200, postgres_responds, temporal_responds
from runtime.processes.supervisor import supervise
from runtime.processes.watchdog import VARIABLE, Reports, listening
from runtime.security.signin import admin_key, admin_key_origin, sign_in_link
from runtime.settings import Settings
from runtime.temporal.connection import connect, ensure_search_attributes, external_address, namespace

# -P: files in the current directory must not be imported in place of our modules.
PODIUM = (sys.executable, "-P", "-m", "cli")


def run_stack(settings: Settings, podium: Sequence[str] = PODIUM) -> int:
    """Run the stack until a signal; return the exit code.

    Args:
        settings: The operator's settings.
        podium: The command line before the subcommands migrate, worker and api.

    Raises:
        Conflict: the data directory is in use.
        Invalid: a port is not available.
    """
    settings = settings.model_copy(update={"home": prepare_home(settings.home)})
    with _only_one_in(settings.home):
        _check_ports(settings)
        postgres = None if settings.database_url else prepare_postgres(settings.home / "postgres")
        if postgres:
            settings = settings.model_copy(update={"database_url": postgres.url(EMBEDDED_DATABASE)})
        with listening() as reports:
            programs = _programs(settings, postgres, podium, reports)
            return asyncio.run(supervise(programs, say=say, announce=lambda: _announce(settings, postgres)))


def _programs(
    settings: Settings, postgres: EmbeddedPostgres | None, podium: Sequence[str], reports: Reports
) -> list[Program]:
    env = _environment(settings)
    programs = []
    if postgres:
        # The embedded database is this data directory's own. In another one the API keeps the key that is there.
        env["PODIUM_ADMIN_KEY"] = admin_key(settings)
        programs.append(_postgres_program(postgres))
    if external_address() is None:
        programs.append(_temporal_program(settings))
    return [
        *programs,
        Program("migrate", (*podium, "migrate"), env, once=True),
        # Longer than the grace that the worker gives its activities.
        Program(
            "worker",
            (*podium, "worker"),
            {**env, VARIABLE: reports.address},
            responds=reports.arrived,
            grace_seconds=20.0,
        ),
        Program(
            "api",
            (*podium, "api"),
            env,
            # The API's readiness covers database, Temporal and worker; that it responds is about itself alone.
            ready=lambda: answers_200(f"{_local_url(settings)}/readyz"),
            responds=lambda: answers_200(f"{_local_url(settings)}/healthz"),
        ),
    ]


def _postgres_program(postgres: EmbeddedPostgres) -> Program:
    return Program(
        "postgres",
        postgres.command(),
        os.environ,
        ready=lambda: asyncio.to_thread(_has_database, postgres),
        responds=lambda: postgres_responds(postgres.port),
        stop_signal=signal.SIGINT,  # PostgreSQL's fast shutdown: it does not wait for clients to disconnect
        abort_signal=signal.SIGQUIT,  # its immediate shutdown, which also kills server processes that are stopped
        orphan_signal=signal.SIGINT,
        grace_seconds=20.0,
    )


def _temporal_program(settings: Settings) -> Program:
    command = temporal_command(
        port=settings.temporal_port,
        ui_port=settings.temporal_ui_port,
        database=settings.home / "temporal.db",
        namespace=namespace(),
    )

    async def ready() -> bool:
        try:
            await ensure_search_attributes(await connect(settings))
        except TemporalUnavailable:
            return False
        return True

    return Program(
        "temporal",
        command,
        os.environ,
        ready=ready,
        responds=temporal_responds(settings),
    )


def _environment(settings: Settings) -> dict[str, str]:
    code = str(Path(runtime.__path__[0]).parent)
    path = os.pathsep.join(filter(None, [code, os.environ.get("PYTHONPATH")]))
    ours = {
        "PODIUM_HOME": str(settings.home),
        "PODIUM_DATABASE_URL": settings.database_url or "",
        "PYTHONPATH": path,
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **ours, **({"FORCE_COLOR": "1"} if wants_colour() else {})}


@contextmanager
def _only_one_in(home: Path) -> Iterator[None]:
    """Hold the data directory's lock, which the kernel releases however the process ends."""
    with open(home / "lock", "a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise Conflict(
                f"The data directory {home} is in use by another Podium (process {holder})",
                hint="Stop it, or use another directory with PODIUM_HOME.",
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _check_ports(settings: Settings) -> None:
    wanted = [("PODIUM_PORT", settings.port, settings.host)]
    if external_address() is None:
        wanted.append(("PODIUM_TEMPORAL_PORT", settings.temporal_port, "127.0.0.1"))
        wanted.append(("PODIUM_TEMPORAL_UI_PORT", settings.temporal_ui_port, "127.0.0.1"))
    seen: dict[int, str] = {}
    for variable, port, host in wanted:
        if port in seen:
            raise Invalid(f"{seen[port]} and {variable} are both {port}", field=variable, hint="Change one of them.")
        seen[port] = variable
        if problem := bind_problem(port, host):
            raise Invalid(
                f"Port {port} of {host} {problem}",
                field=variable,
                hint=f"Stop the process that uses it, or set another port with {variable}.",
            )


def _has_database(postgres: EmbeddedPostgres) -> bool:
    url = postgres.url().replace("+psycopg", "")
    try:
        with psycopg.connect(url, connect_timeout=2, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {EMBEDDED_DATABASE}")
    except psycopg.errors.DuplicateDatabase:
        return True
    except psycopg.OperationalError:
        return False
    return True


def _local_url(settings: Settings) -> str:
    return settings.model_copy(update={"public_url": None}).base_url


def _announce(settings: Settings, postgres: EmbeddedPostgres | None) -> None:
    embedded_temporal = external_address() is None
    database = make_url(settings.database_url or "").set(drivername="postgresql")
    lines = {
        "Page and API": settings.base_url,
        "API documents": f"{settings.base_url}/docs",
        "Temporal UI": settings.temporal_ui_base_url if embedded_temporal or settings.temporal_ui_url else "",
        "Temporal": f"127.0.0.1:{settings.temporal_port}" if embedded_temporal else external_address(),
        "PostgreSQL": database.render_as_string(hide_password=postgres is None),
        "Administrator": f"the API key is {admin_key_origin(settings)}",
        "Sign in": sign_in_link(settings),
    }
    say("podium", "Podium is up; Ctrl-C stops it")
    for name, value in lines.items():
        if value:
            say("podium", f"  {name:<14} {value}")
    if nothing_declared(settings):
        say("podium", "Nothing is declared yet. `podium demo` (or `make demo`) adds an example platform.")


def nothing_declared(settings: Settings) -> bool:
    """Return whether there are no primitives; False where the database cannot tell."""
    url = make_url(settings.database_url or "").set(drivername="postgresql").render_as_string(hide_password=False)
    with contextlib.suppress(psycopg.Error), psycopg.connect(url, connect_timeout=2) as connection:
        found = connection.execute("SELECT NOT EXISTS (SELECT FROM primitives)").fetchone()
        return bool(found and found[0])
    return False
