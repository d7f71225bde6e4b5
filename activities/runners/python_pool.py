"""The processes in which Python agents run: one call at a time each, kept for the next call, killed when one hangs."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic_core import to_json

from activities.runners.python_process import LENGTH
from models.errors import RunnerFailed
from runtime.processes.embedded.spawning import guarded

_ROOT = str(Path(__file__).parents[2])
_MODULE = "activities.runners.python_process"
_MAX_IDLE = 10


class PythonPool:
    """Processes for Python agents; the slots of their task queue limit how many there are."""

    def __init__(self) -> None:
        self._idle: list[Process] = []
        self._closed = False

    async def call(self, message: dict[str, Any]) -> dict[str, Any]:
        """Run a call in a pooled process.

        A process whose call is cancelled or times out is killed, with all that it has started.

        Raises:
            RunnerFailed: the process ended without an answer.
        """
        process = await self._process()
        try:
            _send(process, to_json(message))
            answer = await _receive(process)
        except BaseException as error:
            await _kill(process)
            if isinstance(error, asyncio.IncompleteReadError | ConnectionError):
                raise RunnerFailed(f"the function's process ended ({_exit(process)}) without an answer") from error
            raise
        if self._closed or len(self._idle) >= _MAX_IDLE:
            await _kill(process)
        else:
            self._idle.append(process)
        return answer

    async def close(self) -> None:
        """Stop the processes that wait for a call, and those that finish one later."""
        self._closed = True
        idle, self._idle = self._idle, []
        await asyncio.gather(*(_kill(process) for process in idle))

    async def _process(self) -> Process:
        while self._idle:
            process = self._idle.pop()
            if process.returncode is None:
                return process
        process = await asyncio.create_subprocess_exec(
            *guarded((sys.executable, "-P", "-m", _MODULE)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=None if sys.stderr.isatty() else DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [_ROOT, os.environ.get("PYTHONPATH")]))},
            start_new_session=True,
        )
        _send(process, to_json({"path": sys.path}))
        return process


def _send(process: Process, message: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(LENGTH.pack(len(message)) + message)


async def _receive(process: Process) -> dict[str, Any]:
    assert process.stdout is not None
    (length,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
    answer: dict[str, Any] = json.loads(await process.stdout.readexactly(length))
    return answer


async def _kill(process: Process) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    if process.stdin is not None:
        process.stdin.close()
    # SIGKILL cannot be ignored, so this ends even where the caller has been cancelled.
    await asyncio.shield(process.wait())


def _exit(process: Process) -> str:
    code = process.returncode
    if code is not None and code < 0:
        with suppress(ValueError):
            return signal.Signals(-code).name
    return f"code {code}"
