"""A second API and a second worker, and faults at random moments: kills (SIGKILL) and hangs (SIGSTOP)."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from runtime.database import EMBEDDED_DATABASE
from runtime.processes.embedded.postgres import EmbeddedPostgres, kept_postgres
from runtime.processes.embedded.spawning import free_port, guarded
from tests.support.real_stack import ADMIN_KEY, ROOT, RealStack, command_line

BETWEEN_SECONDS = (4.0, 12.0)
HANG_SECONDS = (3.0, 12.0)
REST_SECONDS = 15.0
"""Between two kills of one program: the supervisor gives up on a program that exits five times in a minute."""


class SecondProcess:
    """A `podium api` or `podium worker` of its own on the stack's servers, started again when it has been killed."""

    def __init__(self, stack: RealStack, command: str) -> None:
        self.command, self.port = command, free_port()
        self._log = stack.home.with_name(f"second-{command}.log")
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PODIUM_HOME": str(stack.home),
            "PODIUM_DATABASE_URL": postgres_of(stack).url(EMBEDDED_DATABASE),
            "PODIUM_ADMIN_KEY": ADMIN_KEY,
            "PODIUM_PORT": str(self.port),
            "PODIUM_TEMPORAL_PORT": str(stack.ports["PODIUM_TEMPORAL_PORT"]),
            "PODIUM_SWEEP_SECONDS": "2",
            "PODIUM_ALLOWED_PRIVATE_ADDRESSES": "127.0.0.1",
        }
        self.process = self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as output:
            self.process = subprocess.Popen(
                guarded((sys.executable, "-P", "-m", "cli", self.command), orphan_signal=signal.SIGTERM),
                cwd=ROOT,
                env=self._environment,
                stdout=output,
                stderr=output,
            )
        return self.process

    def keep_running(self) -> None:
        if self.process.poll() is not None:
            self.start()

    def stop(self) -> None:
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=25)
        self.process.kill()


def postgres_of(stack: RealStack) -> EmbeddedPostgres:
    postgres = kept_postgres(stack.home / "postgres")
    assert postgres is not None
    return postgres


class Chaos:
    """Kills and hangs of every part, drawn from a seed."""

    PROGRAMS = {
        "worker": "cli worker",
        "api": "cli api",
        "temporal": "server start-dev",
        "postgres": "pginstall/bin/postgres",
    }

    def __init__(self, stack: RealStack, second: list[SecondProcess], seed: int) -> None:
        self._stack, self._second = stack, second
        self._random = random.Random(seed)
        self._killed: dict[str, float] = {}
        self.done: list[str] = []

    async def run(self, until: float) -> None:
        """Cause faults until a moment of `time.monotonic`; all programs are going on afterwards."""
        targets = [*self.PROGRAMS, *(f"second {one.command}" for one in self._second)]
        while time.monotonic() < until:
            await asyncio.sleep(self._random.uniform(*BETWEEN_SECONDS))
            for one in self._second:
                one.keep_running()
            target = self._random.choice(targets)
            pids = self._pids(target)
            if not pids:
                continue
            rested = time.monotonic() - self._killed.get(target, 0) > REST_SECONDS
            if self._random.random() < 0.6 and rested:
                self._killed[target] = time.monotonic()
                self._note(f"kill {target}")
                _signal(pids, signal.SIGKILL)
            else:
                seconds = self._random.uniform(*HANG_SECONDS)
                self._note(f"hang {target} for {seconds:.1f} s")
                _signal(pids, signal.SIGSTOP)
                await asyncio.sleep(seconds)
                _signal(pids, signal.SIGCONT)
        for one in self._second:
            one.keep_running()

    def _pids(self, target: str) -> list[int]:
        for one in self._second:
            if target == f"second {one.command}":
                return [one.process.pid] if one.process.poll() is None else []
        found = [pid for pid in self._stack.pids() if self.PROGRAMS[target] in command_line(pid)]
        # PostgreSQL is killed and hung with all its backends.
        return [child for pid in found for child in (pid, *(_descendants(pid) if target == "postgres" else ()))]

    def _note(self, what: str) -> None:
        self.done.append(what)
        print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)  # noqa: T201


def _descendants(pid: int) -> list[int]:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [one for child in children for one in (int(child), *_descendants(int(child)))]
    return []


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
