"""The combined log of several processes, with the name of the process in front of each line."""

import os
import sys
from typing import TextIO

_COLOURS = {"podium": 35, "postgres": 34, "temporal": 36, "migrate": 33, "worker": 32, "api": 93}
_WIDTH = max(map(len, _COLOURS))


def wants_colour(stream: TextIO = sys.stdout) -> bool:
    """Return whether the stream is a terminal; NO_COLOR and FORCE_COLOR override."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def say(name: str, line: str) -> None:
    """Write one line of a process."""
    prefix = f"{name:<{_WIDTH}} |"
    if wants_colour():
        prefix = f"\x1b[{_COLOURS.get(name, 37)}m{prefix}\x1b[0m"
    try:
        sys.stdout.write(f"{prefix} {line}\n")
        sys.stdout.flush()
    except OSError:
        # The terminal or pipe is closed; the processes must still be stopped in order.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
