"""How long a run waited before it started, and the histogram that waits are counted in."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from math import ceil

from models.states import RunSource

WAIT_EDGES_MS: tuple[int, ...] = tuple(16 << power for power in range(15))
"""Where the buckets of the histogram end, in milliseconds: 16 ms, 32 ms, ..., 4.4 minutes. One more has the rest."""
WAIT_BUCKETS = len(WAIT_EDGES_MS) + 1


def wait_ms(source: RunSource, *, due_at: datetime | None, queued_at: datetime, started_at: datetime) -> int:
    """Return how long a run waited for its start.

    A schedule's run waits from its due time on, all others from their arrival: the due time of a backfill is long past.
    """
    since = due_at if source is RunSource.SCHEDULE and due_at is not None else queued_at
    # Due times are exact, but the clocks of Temporal and the worker differ.
    return max(0, round((started_at - since).total_seconds() * 1000))


def bucket_of(wait: int) -> int:
    """Return the bucket of the histogram that a wait in milliseconds is counted in."""
    return bisect_right(WAIT_EDGES_MS, wait)


def wait_percentile(histogram: Sequence[int], percent: float) -> int | None:
    """Return a bound in milliseconds below which so many percent of the waits are; None without any wait.

    Of waits in the last bucket, which has no end, only its beginning is known.
    """
    total = sum(histogram)
    if not total:
        return None
    place = bisect_left([*accumulate(histogram)], ceil(total * percent / 100))
    return WAIT_EDGES_MS[min(place, len(WAIT_EDGES_MS) - 1)]
