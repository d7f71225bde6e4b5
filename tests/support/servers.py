"""Real servers on loopback, stopped at the end of the tests."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from runtime.processes.embedded.postgres import EmbeddedPostgres, prepare_postgres
from runtime.processes.embedded.spawning import bind_problem, free_port, guarded
from runtime.processes.embedded.temporal import temporal_command


@contextmanager
def running_postgres(directory: Path, *, durable: bool = False) -> Iterator[EmbeddedPostgres]:
    """Run PostgreSQL on a data directory until the block ends."""
    postgres = prepare_postgres(directory, durable=durable)
    with running(postgres.command(), lambda: accepts(postgres), log=directory / "log", stop=signal.SIGINT):
        yield postgres


@contextmanager
def running_temporal(directory: Path) -> Iterator[int]:
    """Run an in-memory Temporal server until the block ends; yields its port."""
    port = free_port()
    command = temporal_command(port=port, ui_port=None, database=None)
    with running(command, lambda: bind_problem(port) is not None, log=directory / "temporal.log"):
        yield port


@contextmanager
def running(
    command: Sequence[str],
    ready: Callable[[], bool],
    *,
    log: Path,
    stop: signal.Signals = signal.SIGTERM,
    environment: Mapping[str, str] | None = None,
    seconds: float = 120,
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a command until the block ends; fail with its log if it ends, or does not become ready on a busy machine."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            guarded(command), stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=environment
        )
    try:
        deadline = time.monotonic() + seconds
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not come up:\n{log.read_text()[-4000:]}")
            time.sleep(0.02)
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def hanging(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Stop a server and all its processes, as a machine that swaps does, until the block ends."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    pids = [process.pid, *map(int, children)]
    try:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        yield
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)


def accepts(postgres: EmbeddedPostgres) -> bool:
    """Whether PostgreSQL accepts connections."""
    try:
        psycopg.connect(libpq_url(postgres.url()), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def libpq_url(url: str) -> str:
    """Convert SQLAlchemy's URL into the form that psycopg reads."""
    return url.replace("postgresql+psycopg://", "postgresql://")
