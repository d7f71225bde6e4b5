"""Prepares both sides of a question to be simulated over the same time, as far as their arrivals allow."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from models.errors import LimitExceeded
from models.rules.arrays import Instants
from models.rules.simulation.sparing import free_ones
from models.rules.simulation.world import HOUR, SECOND, Arrivals, World
from models.rules.what_if.cases import Question, Side, world_of
from models.rules.what_if.coming import Coming

MOST_ARRIVALS = 100_000
"""Arrivals at queues that are simulated on one side."""
MOST_LISTED = 1_000_000
"""Arrivals in all, those of automations without limits included, which are only counted."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Both sides, ready to be simulated up to `end` (seconds since 1970).

    `arrivals` is how many of the larger side's have to be simulated one by one.
    """

    end: int
    arrivals: int
    sides: Mapping[Side, tuple[World, Arrivals]]


def prepare(question: Question) -> Prepared:
    """Return both sides as far as they can be simulated: to the end of the last hour before there is too much.

    Raises:
        LimitExceeded: There is too much in the first hour already.
    """
    coming = {side: Coming(question, side) for side in Side}
    end = min(_listed_until(one) for one in coming.values())
    found: dict[Side, Arrivals] = {}
    busiest = 0
    if end > question.start:
        for side in Side:
            arrivals = coming[side].arrivals(end)
            times = _busy(world_of(question, side, end), arrivals)
            found[side], busiest = arrivals, max(busiest, min(times.size, MOST_ARRIVALS))
            end = min(end, _end_within(question, times, end))
    if end <= question.start:
        raise LimitExceeded(
            f"more than {MOST_ARRIVALS:,} runs would arrive in the first hour at the queues that the edits act on",
            hint="Change fewer automations, or assume fewer deliveries.",
        )
    worlds = {side: world_of(question, side, end) for side in Side}
    return Prepared(
        end,
        busiest,
        {side: (world, found[side].within(world.start, world.end)) for side, world in worlds.items()},
    )


def _listed_until(coming: Coming) -> int:
    """Return the end of the last hour up to which so many arrivals can be listed at all."""
    question = coming.question
    hours = len(question.slots)
    for chosen, most in ((np.ones_like(coming.limited), MOST_LISTED), (coming.limited, MOST_ARRIVALS)):
        expected = np.cumsum(coming.expected_by_hour(chosen))
        hours = min(hours, int(np.searchsorted(expected, most, side="right")))
    return question.end if hours == len(question.slots) else question.slots[hours]


def _busy(world: World, arrivals: Arrivals) -> Instants:
    """Return when something arrives that may have to wait, ascending."""
    times: Instants = np.sort(arrivals.at[~free_ones(world, arrivals)[arrivals.automation]])
    return times


def _end_within(question: Question, times: Instants, end: int) -> int:
    if times.size <= MOST_ARRIVALS:
        return end
    first = question.slots[0]
    hours = (int(times[MOST_ARRIVALS]) - first * SECOND) // HOUR
    return first + hours * (HOUR // SECOND)
