"""One evaluator process, as seen by the process that uses it."""

import contextlib
import os
import select
import signal
import struct
import subprocess
import sys
import time
from typing import IO

from runtime.expressions.limits import START_SECONDS, WALL_SECONDS

_LENGTH = struct.Struct("!I")
_KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG")


class EvaluatorLost(Exception):
    """The process has ended or was ended; `exit_code` is negative for a signal, None where it took too long."""

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(f"the evaluator ended with {exit_code}")
        self.exit_code = exit_code

    @property
    def out_of_time(self) -> bool:
        """Whether it used up its time."""
        return self.exit_code is None or self.exit_code == -signal.SIGPROF

    @property
    def stopped_from_outside(self) -> bool:
        """Whether somebody else ended it, so that the same evaluation may succeed in another process."""
        return self.exit_code in (-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP, -signal.SIGKILL)


class Evaluator:
    """Starts the process and exchanges messages with it; raises `EvaluatorLost` where that fails."""

    def __init__(self) -> None:
        """Start the process and wait until it is ready. It sees none of our secrets in its environment."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "runtime.expressions.evaluator"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
            # Ctrl-C is for the parent: the evaluator ends when its standard input does.
            start_new_session=True,
        )
        self._receive_within(START_SECONDS)

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def send(self, body: bytes) -> None:
        """Send a request; the process reads all of it before it evaluates anything."""
        stream = _open(self._process.stdin)
        try:
            stream.write(_LENGTH.pack(len(body)) + body)
            stream.flush()
        except OSError:
            raise self._lost() from None

    def receive(self) -> bytes:
        """Return the next answer."""
        return self._receive_within(WALL_SECONDS)

    def close(self) -> int | None:
        """End the process and return its exit code."""
        if self._process.poll() is None:
            self._process.kill()
        for stream in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                _open(stream).close()
        return self._process.wait()

    def _receive_within(self, seconds: float) -> bytes:
        deadline = time.monotonic() + seconds
        head = self._exactly(_LENGTH.size, deadline)
        return self._exactly(_LENGTH.unpack(head)[0], deadline)

    def _exactly(self, count: int, deadline: float) -> bytes:
        descriptor = _open(self._process.stdout).fileno()
        readable = select.poll()
        readable.register(descriptor, select.POLLIN)
        parts: list[bytes] = []
        while count:
            left_ms = max(0, int((deadline - time.monotonic()) * 1000))
            if not readable.poll(left_ms):
                self.close()
                raise EvaluatorLost(None)
            part = os.read(descriptor, count)
            if not part:
                raise self._lost()
            parts.append(part)
            count -= len(part)
        return b"".join(parts)

    def _lost(self) -> EvaluatorLost:
        # Its pipes are closed, so its exit is a matter of moments.
        try:
            code: int | None = self._process.wait(1)
        except subprocess.TimeoutExpired:
            code = None
        self.close()
        return EvaluatorLost(code)


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise ValueError("the evaluator has no pipes")
    return stream
