"""Simulates both sides of a question over the same time, as far as their arrivals allow."""

from dataclasses import dataclass

import numpy as np

from models.errors import LimitExceeded
from models.rules.simulation.sparing import free_ones, simulate_sparingly
from models.rules.simulation.tally import Outcome
from models.rules.simulation.world import HOUR, SECOND
from models.rules.what_if.cases import Question, Side, arrivals_of, expected_by_hour, world_of

MOST_ARRIVALS = 100_000
"""Arrivals at queues that are simulated on one side."""
MOST_LISTED = 1_000_000
"""Arrivals in all, those of automations without limits included, which are only counted."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a question is simulated, in seconds since 1970, and how many arrivals that is on the larger side."""

    end: int
    arrivals: int


def extent_of(question: Question) -> Extent:
    """Return how far both sides can be simulated: to the end of the last hour before there are too many arrivals.

    Raises:
        LimitExceeded: There are too many in the first hour already.
    """
    listed = min(_listed_until(question, side) for side in Side)
    ends = [_extent(question, side, listed) for side in Side] if listed > question.start else []
    end = min((extent.end for extent in ends), default=question.start)
    if end <= question.start:
        raise LimitExceeded(
            f"more than {MOST_ARRIVALS:,} runs would arrive in the first hour at the queues that the edits act on",
            hint="Change fewer automations, or assume fewer deliveries.",
        )
    return Extent(end, max(extent.arrivals for extent in ends))


def simulate_side(question: Question, side: Side, end: int) -> Outcome:
    """Simulate one side up to `end` (seconds since 1970)."""
    return simulate_sparingly(world_of(question, side, end), arrivals_of(question, side, end))


def _listed_until(question: Question, side: Side) -> int:
    """Return the end of the last hour up to which so many arrivals can be listed at all."""
    hours = len(question.slots)
    for limited, most in ((False, MOST_LISTED), (True, MOST_ARRIVALS)):
        expected = np.cumsum(expected_by_hour(question, side, limited=limited))
        hours = min(hours, int(np.searchsorted(expected, most, side="right")))
    return question.end if hours == len(question.slots) else question.slots[hours]


def _extent(question: Question, side: Side, end: int) -> Extent:
    arrivals = arrivals_of(question, side, end)
    busy = ~free_ones(world_of(question, side, end), arrivals)
    times = np.sort(arrivals.at[busy[arrivals.automation]])
    if times.size <= MOST_ARRIVALS:
        return Extent(end, int(times.size))
    first = question.slots[0]
    hours = (int(times[MOST_ARRIVALS]) - first * SECOND) // HOUR
    return Extent(first + hours * (HOUR // SECOND), MOST_ARRIVALS)
