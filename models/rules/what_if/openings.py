"""When runs that are open now will end: as measured runs did that had lasted as long."""

from bisect import bisect_right
from collections.abc import Sequence

from models.rules.simulation.draws import uniform
from models.rules.what_if.samples import MILLISECOND


def remaining(elapsed: int, durations_ms: Sequence[int], bits: int) -> int:
    """Return how long a run goes on, in microseconds.

    Args:
        elapsed: How long it has run, in microseconds.
        durations_ms: Measured durations, ascending; not empty.
        bits: What is drawn from. One that has outlasted every measured run is taken to last for another median.
    """
    first = bisect_right(durations_ms, elapsed // MILLISECOND)
    longer = durations_ms[first:]
    if not longer:
        return durations_ms[len(durations_ms) // 2] * MILLISECOND
    return longer[int(uniform(bits) * len(longer))] * MILLISECOND - elapsed
