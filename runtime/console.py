"""The one log of a group of processes: a coloured name in front of each line."""

import os
import sys
from typing import TextIO

_COLOURS = {"podium": 35, "postgres": 34, "temporal": 36, "migrate": 33, "worker": 32, "api": 93}
_WIDTH = max(map(len, _COLOURS))


def wants_colour(stream: TextIO = sys.stdout) -> bool:
    """Tell whether people read the stream on a terminal; NO_COLOR and FORCE_COLOR overrule."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def say(name: str, line: str) -> None:
    """Write one line of one process."""
    prefix = f"{name:<{_WIDTH}} |"
    if wants_colour():
        prefix = f"\x1b[{_COLOURS.get(name, 37)}m{prefix}\x1b[0m"
    try:
        sys.stdout.write(f"{prefix} {line}\n")
        sys.stdout.flush()
    except OSError:
        # Whoever read along has gone (a closed terminal or pipe); the processes are stopped in order all the same.
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
