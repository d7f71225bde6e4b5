"""CPU time of the processes below another, from /proc."""

import os
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from tests.support.real_stack import children_of, command_line

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_ms(roots: Mapping[str, int], parts: Mapping[str, str]) -> dict[str, float]:
    """Return CPU milliseconds used so far.

    Args:
        roots: Processes by their name; all of their descendants count for the same name.
        parts: What the command line of a descendant contains, and the name that it counts for instead.
    """
    used: dict[str, float] = defaultdict(float)
    for name, root in roots.items():
        left = [(root, name)]
        while left:
            pid, owner = left.pop()
            command = command_line(pid)
            owner = next((part for text, part in parts.items() if text in command), owner)
            used[owner] += _ticks(pid) * 1000 / TICKS_PER_SECOND
            left += [(child, owner) for child in children_of(pid)]
    return dict(used)


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(fields[11]) + int(fields[12])
