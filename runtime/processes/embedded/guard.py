"""Runs a command that is stopped when its parent dies: `python guard.py SIGNAL PARENT COMMAND...`.

A separate program between fork and exec, so that the parent does not run Python code in a fork of a threaded process.
Imports only the standard library.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(orphan_signal: int, parent: int, command: list[str]) -> None:
    """Ask the kernel for `orphan_signal` when the parent dies, then execute the command."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, orphan_signal)
        if os.getppid() != parent:  # it died before the call
            sys.exit(1)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
