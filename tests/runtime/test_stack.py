"""`podium dev`: start order, output, failing children, and clean shutdown."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest

from runtime.processes.embedded.spawning import free_port, guarded

ROOT = Path(__file__).parents[2]
PROBE_SECONDS = 0.4
"""Between two checks in `shared`. A child that hangs is restarted after twelve."""


class Stack:
    """A running `dev` with stand-in processes, in its own data directory and on its own ports."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.log = home.with_suffix(".log")
        self._seen = 0
        ports = {name: str(free_port()) for name in ("PODIUM_PORT", "PODIUM_TEMPORAL_PORT", "PODIUM_TEMPORAL_UI_PORT")}
        self.env = {**os.environ, **ports, "PODIUM_HOME": str(home), **settings}
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                guarded((sys.executable, "-m", "tests.support.stand_in", "dev"), orphan_signal=signal.SIGTERM),
                cwd=ROOT,
                env=self.env,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_for(self, pattern: str, seconds: float = 60) -> re.Match[str]:
        """Wait until the log, or what was added to it since `settle`, matches the pattern."""
        deadline = time.monotonic() + seconds
        while not (found := re.search(pattern, self.log.read_text()[self._seen :])):
            assert time.monotonic() < deadline, f"{pattern!r} is not in:\n{self.log.read_text()}"
            time.sleep(0.02)
        return found

    def settle(self) -> None:
        """Wait until every child runs and has responded to a check, and read the log from here on."""
        self._seen = 0
        deadline = time.monotonic() + 60
        while not self._is_whole():
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
        time.sleep(3 * PROBE_SECONDS)
        self._seen = len(self.log.read_text())

    def _is_whole(self) -> bool:
        worker = self.pid_of("worker")
        if f"worker has process id {worker}\n" not in self.log.read_text():
            return False
        with suppress(psycopg.Error), psycopg.connect(self.postgres_url, connect_timeout=2):
            return all(responds(self.env[port]) for port in ("PODIUM_PORT", "PODIUM_TEMPORAL_UI_PORT"))
        return False

    @property
    def postgres_url(self) -> str:
        found = re.search(r"postgresql://\S+/podium", self.log.read_text())
        assert found
        return found.group()

    def pid_of(self, name: str) -> int | None:
        """Return the process id of a direct child, None while it is away."""
        word = {"temporal": b"start-dev"}.get(name, name.encode())
        return next((pid for pid in self.pids() if word in command_of(pid)), None)

    def pids(self) -> set[int]:
        """Return the process ids of the direct children."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return {int(pid) for pid in children.split()}

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(timeout=30)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Stack]]:
    stacks: list[Stack] = []

    def start(home: str = "home", **settings: str) -> Stack:
        stacks.append(Stack(tmp_path / home, **settings))
        return stacks[-1]

    yield start
    for stack in stacks:
        if stack.process.poll() is None:
            stack.stop()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    settings = {"STAND_IN_PROBE_SECONDS": str(PROBE_SECONDS), "STAND_IN_RESTART_READY_SECONDS": "2"}
    stack = Stack(tmp_path_factory.mktemp("shared") / "home", **settings)
    stack.wait_for("Sign in .*/sign-in")
    yield stack
    stack.stop()


@pytest.fixture
def shared(running: Stack) -> Stack:
    """Return a stack that other tests use too: it goes on when the test has ended."""
    running.settle()
    return running


def command_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def responds(port: str) -> bool:
    with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/", timeout=2) as page:
        return bool(page.status == 200)
    return False


def pid_of(stack: Stack, name: str) -> int:
    pid = stack.pid_of(name)
    assert pid is not None
    return pid


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def all_gone(pids: set[int], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while any(map(alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(alive, pids))


def test_it_starts_in_order_prints_every_address_and_keeps_its_state(start: Callable[..., Stack]) -> None:
    stack = start()
    stack.wait_for("Sign in .*/sign-in")
    log = stack.log.read_text()
    assert log.index("accept connections") < log.index("migrate has") < log.index("api has") < log.index("Podium is up")
    for variable in ("PODIUM_PORT", "PODIUM_TEMPORAL_PORT", "PODIUM_TEMPORAL_UI_PORT"):
        assert f"127.0.0.1:{stack.env[variable]}" in log
    with urlopen(f"http://127.0.0.1:{stack.env['PODIUM_TEMPORAL_UI_PORT']}/", timeout=5) as page:
        assert page.status == 200
    url = stack.wait_for(r"postgresql://\S+/podium").group()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    key = (Path(stack.env["PODIUM_HOME"]) / "admin-key").read_text()
    pids = stack.pids()
    assert len(pids) == 4
    assert stack.stop() == 0
    assert all_gone(pids, seconds=0)

    again = start()
    again.wait_for("Podium is up")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    assert (Path(again.env["PODIUM_HOME"]) / "admin-key").read_text() == key
    again.process.send_signal(signal.SIGINT)
    assert again.process.wait(timeout=30) == 0


def test_a_child_that_dies_is_reported_and_restarted(shared: Stack) -> None:
    first = pid_of(shared, "worker")
    os.kill(first, signal.SIGKILL)
    shared.wait_for("worker was killed by SIGKILL; restarting it in 0.2 s")
    shared.wait_for(rf"worker has process id (?!{first}\b)\d+")
    os.kill(pid_of(shared, "postgres"), signal.SIGKILL)
    shared.wait_for("postgres was killed by SIGKILL; restarting it")
    shared.wait_for("database system is ready to accept connections", 20)
    assert shared.process.poll() is None


# The API and Temporal hang as PostgreSQL does: a check over the network is not answered.
@pytest.mark.parametrize(
    "name",
    [
        "worker",
        pytest.param("postgres", marks=pytest.mark.long),
        pytest.param("api", marks=pytest.mark.long),
        pytest.param("temporal", marks=pytest.mark.long),
    ],
)
def test_a_child_that_hangs_is_told_and_restarted_and_the_rest_goes_on(shared: Stack, name: str) -> None:
    hung = pid_of(shared, name)
    servers = [hung, *children(hung)]
    for pid in servers:
        with suppress(ProcessLookupError):  # a PostgreSQL child may already have exited
            os.kill(pid, signal.SIGSTOP)
    shared.wait_for(rf"{name} has not responded for 0.8 s; it is restarted in 4 s unless it does", 30)
    shared.wait_for(rf"{name} has not responded for 4.8 s; restarting it in 0.\d s", 60)
    assert all_gone(set(servers), seconds=15)

    deadline = time.monotonic() + 15
    while shared.pid_of(name) is None:
        assert time.monotonic() < deadline, shared.log.read_text()
        time.sleep(0.1)
    assert shared.process.poll() is None


def test_a_child_that_hangs_for_a_moment_is_told_and_left(shared: Stack) -> None:
    temporal = pid_of(shared, "temporal")
    os.kill(temporal, signal.SIGSTOP)
    shared.wait_for("temporal has not responded for 0.8 s", 20)
    os.kill(temporal, signal.SIGCONT)
    shared.wait_for(r"temporal responds again, after [\d.]+ s", 20)
    assert temporal in shared.pids()


@pytest.mark.long
def test_a_restart_has_no_deadline_while_another_child_hangs(shared: Stack) -> None:
    unready = Path(shared.env["PODIUM_HOME"]) / "unready"
    temporal = pid_of(shared, "temporal")
    try:
        unready.touch()
        os.kill(temporal, signal.SIGSTOP)
        first = pid_of(shared, "api")
        os.kill(first, signal.SIGKILL)
        shared.wait_for(r"api was killed by SIGKILL; restarting it in 0.\d s")
        shared.wait_for(rf"api has process id (?!{first}\b)\d+")
        with pytest.raises(subprocess.TimeoutExpired):
            shared.process.wait(timeout=4)
        with urlopen(f"http://127.0.0.1:{shared.env['PODIUM_PORT']}/healthz", timeout=5) as page:
            assert page.status == 200
    finally:
        unready.unlink()
        with suppress(ProcessLookupError):
            os.kill(temporal, signal.SIGCONT)


def test_a_data_directory_in_use_is_reported_with_the_process(shared: Stack, start: Callable[..., Stack]) -> None:
    second = start("second", PODIUM_HOME=shared.env["PODIUM_HOME"])
    assert second.process.wait(timeout=30) == 1
    second.wait_for(rf"is in use by another Podium \(process {shared.process.pid}\).*PODIUM_HOME")


@pytest.mark.long
def test_a_child_that_keeps_dying_stops_the_stack_with_a_reason(start: Callable[..., Stack]) -> None:
    stack = start(STAND_IN_FAILS="api")
    assert stack.process.wait(timeout=60) == 1
    stack.wait_for("api exited with code 3, for the 5th time in 60 s; giving up")


def test_a_failed_migration_stops_the_stack_with_a_reason(start: Callable[..., Stack]) -> None:
    stack = start(STAND_IN_FAILS="migrate")
    assert stack.process.wait(timeout=60) == 1
    stack.wait_for("migrate exited with code 3; see its log lines above")


@pytest.mark.long
def test_children_die_with_a_supervisor_that_is_killed_and_the_next_one_starts(start: Callable[..., Stack]) -> None:
    stack = start()
    stack.wait_for("Podium is up")
    pids = stack.pids()
    stack.process.kill()
    stack.process.wait()
    again = start()
    assert all_gone(pids)
    again.wait_for("Podium is up")


def test_a_second_signal_kills_a_child_that_does_not_stop(start: Callable[..., Stack]) -> None:
    stack = start(STAND_IN_STUBBORN="worker")
    stack.wait_for("Podium is up")
    pids = stack.pids()
    stack.process.terminate()
    stack.wait_for(r"podium +\| stopping")
    began = time.monotonic()
    time.sleep(0.5)
    stack.process.terminate()
    assert stack.process.wait(timeout=30) == 0
    assert time.monotonic() - began < 5
    assert all_gone(pids, seconds=0)


def test_a_port_in_use_is_reported_with_its_setting(start: Callable[..., Stack]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        stack = start(PODIUM_TEMPORAL_UI_PORT=port)
        assert stack.process.wait(timeout=30) == 1
    stack.wait_for(f"Port {port} of 127.0.0.1 is in use.*PODIUM_TEMPORAL_UI_PORT")
    assert "has process id" not in stack.log.read_text().replace("dev has process id", "")


def test_one_port_for_two_servers_is_refused(start: Callable[..., Stack]) -> None:
    port = str(free_port())
    stack = start(PODIUM_PORT=port, PODIUM_TEMPORAL_PORT=port)
    assert stack.process.wait(timeout=30) == 1
    stack.wait_for(f"PODIUM_PORT and PODIUM_TEMPORAL_PORT are both {port}")
