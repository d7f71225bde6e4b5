"""The whole stack as `make dev` starts it, for tests that kill parts of it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2

from runtime.processes.embedded.spawning import free_port, guarded

ROOT = Path(__file__).parents[2]
ADMIN_KEY = "pk_admin_of_the_end_to_end_tests"


class RealStack:
    """A running `podium dev` in its own data directory and on its own ports."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        self.log = home.with_suffix(".log")
        self.ports = {name: free_port() for name in ("PODIUM_PORT", "PODIUM_TEMPORAL_PORT", "PODIUM_TEMPORAL_UI_PORT")}
        settings = {name: str(port) for name, port in self.ports.items()}
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                # Dies with this process, so that a killed test run leaves no stack behind.
                guarded((sys.executable, "-P", "-m", "cli", "dev"), orphan_signal=signal.SIGTERM),
                cwd=ROOT,
                env={
                    **os.environ,
                    **settings,
                    "PYTHONPATH": str(ROOT),
                    "PODIUM_HOME": str(home),
                    "PODIUM_ADMIN_KEY": ADMIN_KEY,
                    "PODIUM_SWEEP_SECONDS": "2",
                    "PODIUM_ALLOWED_PRIVATE_ADDRESSES": "127.0.0.1",
                    **environment,
                },
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.wait_for("Podium is up", 180)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['PODIUM_PORT']}"

    @property
    def temporal_address(self) -> str:
        return f"127.0.0.1:{self.ports['PODIUM_TEMPORAL_PORT']}"

    def client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self.url, headers={"Authorization": f"Bearer {ADMIN_KEY}"}, timeout=20)

    def wait_for(self, pattern: str, seconds: float = 30, count: int = 1) -> None:
        """Wait until the log contains this many matches of the pattern."""
        deadline = time.monotonic() + seconds
        while len(re.findall(pattern, self.log.read_text())) < count:
            assert time.monotonic() < deadline, f"{pattern!r} is not in:\n{self.log.read_text()[-6000:]}"
            assert self.process.poll() is None, self.log.read_text()[-6000:]
            time.sleep(0.05)

    def kill(self, command: str) -> None:
        """Kill every process of the stack whose command line contains the text."""
        killed = [pid for pid in self.pids() if command in command_line(pid)]
        assert killed, f"no process with {command!r}"
        for pid in killed:
            os.kill(pid, signal.SIGKILL)

    @contextmanager
    def hanging(self, command: str) -> Iterator[None]:
        """Stop every process of the stack whose command line has the text, until the block ends."""
        stopped = [pid for pid in self.pids() if command in command_line(pid)]
        assert stopped, f"no process with {command!r}"
        try:
            for pid in stopped:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in reversed(stopped):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def pids(self) -> list[int]:
        """Return the ids of all descendants of the supervisor."""
        found: list[int] = []
        left = [self.process.pid]
        while left:
            children = children_of(left.pop())
            found += children
            left += children
        return found

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
