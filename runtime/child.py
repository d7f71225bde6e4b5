"""One child process: started, heard line by line, told how it ended, stopped.

The rule kept here: a child that does not stop in its time is killed with everything that it started.
"""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from runtime.embedded.spawning import guarded


async def at_once() -> bool:
    """Be ready as soon as the process is there."""
    return True


@dataclass(frozen=True, slots=True)
class Program:
    """What to run and how to treat it.

    Attributes:
        name: What people read in front of each of its lines.
        ready: Tells whether it does its work yet; asked again until it says so.
        once: It ends by itself, and is ready when it has ended well.
        stop_signal: Asks it to stop.
        orphan_signal: What the kernel sends it when we are gone.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str]
    ready: Callable[[], Awaitable[bool]] = at_once
    once: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGKILL
    grace_seconds: float = 10.0


class Child:
    """A running program."""

    def __init__(self, program: Program, process: Process, say: Callable[[str, str], None]) -> None:
        """Pass every line of the process on to `say(name, line)`."""
        self.program = program
        self._process = process
        self._say = say
        self._stopping = False
        self._pump = asyncio.create_task(self._pass_lines_on())

    async def wait(self) -> str:
        """Wait for the end and return how it was, as a phrase; empty if it ended well."""
        code = await self._process.wait()
        # A grandchild may hold the pipe open for longer than the child lived.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._pump, timeout=1)
        return _manner(code)

    async def stop(self) -> None:
        """Ask it to stop, and kill it with its whole group when its time is over."""
        self._stopping = True
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(self.program.stop_signal)
        try:
            await asyncio.wait_for(self._process.wait(), self.program.grace_seconds)
        except TimeoutError:
            self._say("podium", f"{self.program.name} did not stop in {self.program.grace_seconds:g} s; killing it")
        self.kill()
        await self.wait()

    def kill(self) -> None:
        """Kill what is left of it and of what it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _pass_lines_on(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while True:
            try:
                line = await stream.readline()
            except ValueError:  # longer than the buffer; its rest follows as lines of their own
                continue
            if not line:
                return
            # Servers complain about each other while all of them go down; nobody needs to read that.
            text = line.decode(errors="replace").rstrip()
            if text and not self._stopping:
                self._say(self.program.name, text)


async def start(program: Program, say: Callable[[str, str], None]) -> Child:
    """Start a program in a session of its own, so that a Ctrl-C at the terminal reaches only us."""
    process = await asyncio.create_subprocess_exec(
        *guarded(program.command, orphan_signal=program.orphan_signal),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        env=dict(program.env),
        limit=256 * 1024,
        start_new_session=True,
    )
    return Child(program, process, say)


def _manner(code: int) -> str:
    if code == 0:
        return ""
    if code > 0:
        return f"exited with code {code}"
    with contextlib.suppress(ValueError):
        return f"was killed by {signal.Signals(-code).name}"
    return f"was killed by signal {-code}"
