"""What a child process of ours is given at birth.

The rule kept here: no child outlives its parent, even one that is killed without a chance to clean up, and a
Ctrl-C at the terminal reaches the parent alone, which then stops its children in order.
"""

import ctypes
import errno
import os
import signal
import socket
from collections.abc import Callable
from typing import TypedDict

_PR_SET_PDEATHSIG = 1


class ChildOptions(TypedDict):
    """Arguments for `subprocess.Popen` and `asyncio.create_subprocess_exec` alike."""

    start_new_session: bool
    preexec_fn: Callable[[], None]


def child_options(*, orphan_signal: signal.Signals = signal.SIGKILL) -> ChildOptions:
    """Return the options of a child that gets `orphan_signal` from the kernel when its parent dies.

    The kernel watches the thread that spawned: spawn from the main thread.
    """
    parent = os.getpid()
    # Looked up before the fork, where importing and loading is still safe.
    prctl = ctypes.CDLL(None).prctl

    def prepare() -> None:
        prctl(_PR_SET_PDEATHSIG, int(orphan_signal))
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)

    return {"start_new_session": True, "preexec_fn": prepare}


def bind_problem(port: int, host: str = "127.0.0.1") -> str | None:
    """Return why no server can listen on the port now, as the end of a sentence; None when one can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            return "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
    return None


def free_port() -> int:
    """Return a free port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
