"""Run a command that dies with its parent: `python guard.py SIGNAL PARENT COMMAND...`.

Run as a file of its own, between fork and exec, so that the parent never forks Python code while it has threads.
Imports nothing of ours.
"""

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def main(orphan_signal: int, parent: int, command: list[str]) -> None:
    """Ask the kernel to send us `orphan_signal` when the parent dies, then become the command."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, orphan_signal)
        if os.getppid() != parent:  # it died before we could ask
            sys.exit(1)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
