"""Simulates queues: a few thousand arrivals in a thread, more in processes of their own, one for each side."""

import asyncio
from collections.abc import Mapping

from models.rules.simulation.tally import Outcome
from models.rules.what_if.cases import Question, Side
from models.rules.what_if.sides import Extent, extent_of, simulate_side
from runtime.separate_process import calculate, serve

MOST_SECONDS = 60
IN_A_THREAD = 5_000
"""Arrivals that take a fraction of a second; the start of a process would take longer."""


async def simulate_both(question: Question) -> tuple[Mapping[Side, Outcome], Extent]:
    """Return the simulation of both sides, and how far it goes.

    Raises:
        LimitExceeded: There are too many arrivals, or they take too long.
        Unavailable: A process was ended.
    """
    extent = await asyncio.to_thread(extent_of, question)
    simulate = _in_thread if extent.arrivals <= IN_A_THREAD else _apart
    before, after = await asyncio.gather(*(simulate(question, side, extent.end) for side in Side))
    return {Side.BEFORE: before, Side.AFTER: after}, extent


async def _in_thread(question: Question, side: Side, end: int) -> Outcome:
    return await asyncio.to_thread(simulate_side, question, side, end)


async def _apart(question: Question, side: Side, end: int) -> Outcome:
    outcome: Outcome = await calculate(
        "runtime.simulating",
        (question, side, end),
        what="the simulation",
        most_seconds=MOST_SECONDS,
        hint="Look ahead fewer hours, or change fewer automations.",
    )
    return outcome


if __name__ == "__main__":
    serve(simulate_side)
