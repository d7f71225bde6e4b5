"""One child process: start, output, exit status, stop.

A child that does not stop within its grace is killed, with everything that it has started.
"""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from runtime.processes.embedded.spawning import guarded

_LONGEST_LINE = 256 * 1024


async def always_ready() -> bool:
    """Readiness of a program that is ready once its process exists."""
    return True


@dataclass(frozen=True, slots=True)
class Program:
    """A command and how to supervise it.

    Attributes:
        name: The prefix of each of its log lines.
        ready: Returns whether it is ready; called until it is.
        responds: Returns whether it still works; called at intervals once it is ready. None: only its exit is noticed.
        once: It runs to its end, and is ready when it has exited with 0.
        stop_signal: The signal that asks it to stop.
        abort_signal: The signal that ends it at once, with all that it has started, when it does not respond.
        orphan_signal: The signal that the kernel sends it when this process has died.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str]
    ready: Callable[[], Awaitable[bool]] = always_ready
    responds: Callable[[], Awaitable[bool]] | None = None
    once: bool = False
    stop_signal: signal.Signals = signal.SIGTERM
    abort_signal: signal.Signals = signal.SIGKILL
    orphan_signal: signal.Signals = signal.SIGKILL
    grace_seconds: float = 10.0


class Child:
    """A running program."""

    def __init__(
        self, program: Program, process: Process, output: asyncio.StreamReader, say: Callable[[str, str], None]
    ) -> None:
        """Pass each line of the process's output to `say(name, line)`."""
        self.program = program
        self._process = process
        self._output = output
        self._say = say
        self._stopping = False
        self.on_exit: Callable[[], None] = lambda: None
        self._pump = asyncio.create_task(self._pass_lines_on())

    async def wait(self) -> str:
        """Wait for the exit and return it as a phrase (`exited with code 1`); empty for code 0."""
        code = await self._process.wait()
        # A grandchild may keep the pipe open after the child has exited.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._pump, timeout=1)
        self.on_exit()
        return _exit_phrase(code)

    async def stop(self) -> None:
        """Ask it to stop, and kill its process group after the grace."""
        self._stopping = True
        self._signal(self.program.stop_signal)
        try:
            await asyncio.wait_for(self._process.wait(), self.program.grace_seconds)
        except TimeoutError:
            self._say("podium", f"{self.program.name} did not stop in {self.program.grace_seconds:g} s; killing it")
        self.kill()
        await self.wait()

    async def abort(self) -> None:
        """End a program that does not respond, even one that was stopped by SIGSTOP."""
        self._signal(self.program.abort_signal)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), self.program.grace_seconds)
        self.kill()

    def kill(self) -> None:
        """Kill its process group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        # A process that SIGSTOP has stopped handles the signal only after SIGCONT.
        for one in (number, signal.SIGCONT):
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(one)

    async def _pass_lines_on(self) -> None:
        while True:
            try:
                line = await self._output.readline()
            except ValueError:  # longer than the buffer; the rest arrives as further lines
                continue
            if not line:
                return
            # Servers log connection errors about each other while all of them stop.
            text = line.decode(errors="replace").rstrip()
            if text and not self._stopping:
                self._say(self.program.name, text)


async def start(program: Program, say: Callable[[str, str], None]) -> Child:
    """Start a program in its own session, so that Ctrl-C in the terminal reaches only this process."""
    # A pipe of our own: with asyncio's, waiting for the exit would also wait for grandchildren that hold the pipe open.
    reading, writing = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *guarded(program.command, orphan_signal=program.orphan_signal),
            stdin=DEVNULL,
            stdout=writing,
            stderr=STDOUT,
            env=dict(program.env),
            start_new_session=True,
        )
    finally:
        os.close(writing)
    output = asyncio.StreamReader(limit=_LONGEST_LINE)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(output), os.fdopen(reading, "rb", buffering=0)
    )
    child = Child(program, process, output, say)
    child.on_exit = transport.close
    return child


def _exit_phrase(code: int) -> str:
    if code == 0:
        return ""
    if code > 0:
        return f"exited with code {code}"
    with contextlib.suppress(ValueError):
        return f"was killed by {signal.Signals(-code).name}"
    return f"was killed by signal {-code}"
