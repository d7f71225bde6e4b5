"""Helpers for child processes: stop them when this process dies, and find ports."""

import errno
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

_GUARD = Path(__file__).with_name("guard.py")


def guarded(command: Sequence[str], *, orphan_signal: signal.Signals = signal.SIGKILL) -> tuple[str, ...]:
    """Return a command that the kernel sends `orphan_signal` when this process dies, even by SIGKILL.

    The kernel watches the thread that started it: start it from the main thread.
    """
    return (sys.executable, "-I", "-S", str(_GUARD), str(int(orphan_signal)), str(os.getpid()), *command)


def bind_problem(port: int, host: str = "127.0.0.1") -> str | None:
    """Return why a server cannot listen on the port, as the end of a sentence; None if it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            return "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
    return None


def free_port() -> int:
    """Return a free port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
