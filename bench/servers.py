"""Starts Podium, as `podium dev` does, and its peers on the same servers."""

import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from bench.drivers import RAW_ENDED, Driver
from bench.peers.writing import TABLE
from runtime.processes.embedded.postgres import kept_postgres
from runtime.processes.embedded.spawning import bind_problem, free_port
from tests.support.real_stack import ROOT, RealStack
from tests.support.servers import libpq_url, running

PEERS = ROOT / ".tools" / "peers" / "bin"
SECONDS_TO_START = 120


@dataclass(frozen=True)
class Servers:
    """A running stack and the database of its peers on the same PostgreSQL."""

    stack: RealStack
    directory: Path
    podium_database: str
    raw_database: str


@dataclass(frozen=True)
class Peer:
    """A running peer: its URL and the process whose descendants are its own."""

    url: str
    roots: Mapping[str, int]

    def driver(self, name: str, path: str, database: str) -> Driver:
        return Driver(name, f"{self.url}/{path}", dict, RAW_ENDED.format(way=path), database, {}, self.roots)


@contextmanager
def servers() -> Iterator[Servers]:
    """Run Podium's stack, and a database `raw` beside its own, until the block ends."""
    with TemporaryDirectory(prefix="podium-bench-") as directory:
        stack = RealStack(Path(directory) / "home", PODIUM_SWEEP_SECONDS="30")
        try:
            postgres = kept_postgres(stack.home / "postgres")
            assert postgres is not None
            raw = libpq_url(postgres.url("raw"))
            with psycopg.connect(libpq_url(postgres.url()), autocommit=True) as connection:
                connection.execute("CREATE DATABASE raw")
                connection.execute("CREATE DATABASE raw_dbos")
            with psycopg.connect(raw, autocommit=True) as connection:
                connection.execute(TABLE)
            yield Servers(stack, Path(directory), libpq_url(postgres.url("podium")), raw)
        finally:
            stack.stop()


@contextmanager
def raw_temporal(beside: Servers) -> Iterator[Peer]:
    """Run Temporal's own peer on the Temporal server of the stack."""
    command = (sys.executable, "-m", "bench.peers.raw_temporal")
    with _listening(command, (beside.stack.temporal_address, beside.raw_database), beside.directory) as (url, pid):
        yield Peer(url, {"raw": pid})


@contextmanager
def dbos(beside: Servers) -> Iterator[Peer]:
    """Run DBOS on the PostgreSQL of the stack."""
    command = (str(PEERS / "python"), "-m", "bench.peers.dbos_app")
    with _listening(command, (beside.raw_database,), beside.directory) as (url, pid):
        yield Peer(url, {"dbos": pid})


@contextmanager
def prefect(beside: Servers) -> Iterator[Peer]:
    """Run a Prefect server with its own database, and a process that serves the flow."""
    port = free_port()
    environment = {
        "PREFECT_HOME": str(beside.directory / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_RUNNER_POLL_FREQUENCY": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_LEVEL": "WARNING",
    }
    server = (str(PEERS / "prefect"), "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui")
    ready = lambda: bind_problem(port) is not None  # noqa: E731
    log = beside.directory / "prefect-server.log"
    with running(
        server, ready, log=log, environment={**os.environ, **environment}, seconds=SECONDS_TO_START
    ) as process:
        command = (str(PEERS / "python"), "-m", "bench.peers.prefect_app")
        with _listening(command, (beside.raw_database,), beside.directory, environment) as (url, pid):
            yield Peer(url, {"prefect server": process.pid, "prefect": pid})


@contextmanager
def _listening(
    command: tuple[str, ...], arguments: tuple[str, ...], directory: Path, environment: Mapping[str, str] | None = None
) -> Iterator[tuple[str, int]]:
    port = free_port()
    ready = lambda: bind_problem(port) is not None  # noqa: E731
    with running(
        (*command, str(port), *arguments),
        ready,
        log=directory / f"{command[-1]}.log",
        stop=signal.SIGINT,
        environment={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        seconds=SECONDS_TO_START,
    ) as process:
        time.sleep(0.2)
        yield f"http://127.0.0.1:{port}", process.pid
