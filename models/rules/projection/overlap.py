"""Which due times fire when runs take longer than the time between them, by Temporal's overlap policies.

A due time that is dropped because an earlier run is still going is not shown as a future fire. Only schedules whose
mean run is longer than their shortest interval are simulated at all.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from models.contracts.automations.drafts import Overlap
from models.rules.arrays import Instants
from models.rules.schedule import Schedule

NEVER_HELD_MS = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Fires:
    """Due times that fire (seconds since 1970) and when each run starts (milliseconds since 1970)."""

    due: Instants
    starts_ms: Instants


def holds_back_from_ms(schedule: Schedule | None, overlap: Overlap) -> int:
    """Return the run duration above which later due times of the schedule are dropped or delayed."""
    if schedule is None or overlap not in _POLICIES:
        return NEVER_HELD_MS
    return schedule.shortest_interval_seconds * 1000


def simulate_overlap(due: Instants, overlap: Overlap, run_ms: int, busy_until_ms: int = 0) -> Fires:
    """Simulate an overlap policy over the due times.

    Args:
        due: Every due time, ascending.
        overlap: What a due time does while a run is going.
        run_ms: How long a run takes.
        busy_until_ms: When the run that is going at the first due time ends.
    """
    policy = _POLICIES.get(overlap)
    return policy(due, run_ms, busy_until_ms) if policy else Fires(due, due * 1000)


def _skip(due: Instants, run_ms: int, busy_until_ms: int) -> Fires:
    due_ms, kept = due * 1000, list[int]()
    free_again = np.maximum(np.searchsorted(due_ms, due_ms + run_ms), np.arange(1, due.size + 1)).tolist()
    index = int(np.searchsorted(due_ms, busy_until_ms))
    while index < due.size:
        kept.append(index)
        index = free_again[index]
    return Fires(due[kept], due_ms[kept])


def _buffer_one(due: Instants, run_ms: int, busy_until_ms: int) -> Fires:
    """Keep the first of the due times within a run: it starts when the run ends."""
    due_ms: list[int] = (due * 1000).tolist()
    kept, starts = list[int](), list[int]()
    index, free_ms = 0, busy_until_ms
    while index < len(due_ms):
        start = max(due_ms[index], free_ms)
        kept.append(index)
        starts.append(start)
        free_ms = start + run_ms
        # Until this one starts it fills the buffer, so later due times are dropped.
        index = bisect_left(due_ms, start, lo=index + 1)
    return Fires(due[kept], np.array(starts, dtype=np.int64))


def _buffer_all(due: Instants, run_ms: int, busy_until_ms: int) -> Fires:
    """Keep all due times: each starts when it is due and all before it have run."""
    turns = np.arange(due.size, dtype=np.int64) * run_ms
    free = np.maximum.accumulate(np.maximum(due * 1000, busy_until_ms) - turns)
    return Fires(due, free + turns)


_POLICIES: Mapping[Overlap, Callable[[Instants, int, int], Fires]] = {
    Overlap.SKIP: _skip,
    Overlap.BUFFER_ONE: _buffer_one,
    Overlap.BUFFER_ALL: _buffer_all,
}
