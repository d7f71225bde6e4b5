"""Which due times fire when runs take longer than the time between them, as Temporal's overlap policies decide.

The rule kept here: what is dropped because an earlier run still holds the place is not shown as something that
will fire. Only automations whose mean run is longer than their shortest interval are asked at all.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from models.contracts.automations import Overlap
from models.rules.cron.expression import Cron
from models.rules.cron.instants import Instants
from models.rules.cron.zone_transitions import DAY


@dataclass(frozen=True, slots=True)
class Fires:
    """Due times that fire (seconds since 1970) and when each begins to run (milliseconds since 1970)."""

    due: Instants
    starts_ms: Instants


@lru_cache(maxsize=32_768)
def shortest_interval(cron: Cron) -> int:
    """Give the least number of seconds between two fires, changes of clocks left aside."""
    times = cron.times_of_day
    overnight = DAY - int(times[-1]) + int(times[0])
    return min(int(np.diff(times).min()), overnight) if times.size > 1 else overnight


def holds_back(overlap: Overlap) -> bool:
    """Whether the policy drops or delays due times while a run is under way."""
    return overlap in _POLICIES


def what_fires(due: Instants, overlap: Overlap, run_ms: int, busy_until_ms: int = 0) -> Fires:
    """Play the policy through.

    Args:
        due: Every due time, ascending.
        overlap: What a due time does while a run is under way.
        run_ms: How long a run takes.
        busy_until_ms: When the run that is under way at the first due time ends.
    """
    play = _POLICIES.get(overlap)
    return play(due, run_ms, busy_until_ms) if play else Fires(due, due * 1000)


def _skip(due: Instants, run_ms: int, busy_until_ms: int) -> Fires:
    due_ms, kept = due * 1000, list[int]()
    free_again = np.maximum(np.searchsorted(due_ms, due_ms + run_ms), np.arange(1, due.size + 1)).tolist()
    place = int(np.searchsorted(due_ms, busy_until_ms))
    while place < due.size:
        kept.append(place)
        place = free_again[place]
    return Fires(due[kept], due_ms[kept])


def _buffer_one(due: Instants, run_ms: int, busy_until_ms: int) -> Fires:
    """Keep, of the due times within a run, the first: it begins when the run ends."""
    due_ms: list[int] = (due * 1000).tolist()
    kept, starts = list[int](), list[int]()
    place, free_ms = 0, busy_until_ms
    while place < len(due_ms):
        start = max(due_ms[place], free_ms)
        kept.append(place)
        starts.append(start)
        free_ms = start + run_ms
        # Until this one begins it fills the buffer, and what falls due meanwhile is dropped.
        place = bisect_left(due_ms, start, lo=place + 1)
    return Fires(due[kept], np.array(starts, dtype=np.int64))


def _buffer_all(due: Instants, run_ms: int, busy_until_ms: int) -> Fires:
    """Keep them all, one after another: each begins when it is due and all before it have run."""
    turns = np.arange(due.size, dtype=np.int64) * run_ms
    free = np.maximum.accumulate(np.maximum(due * 1000, busy_until_ms) - turns)
    return Fires(due, free + turns)


_POLICIES: Mapping[Overlap, Callable[[Instants, int, int], Fires]] = {
    Overlap.SKIP: _skip,
    Overlap.BUFFER_ONE: _buffer_one,
    Overlap.BUFFER_ALL: _buffer_all,
}
