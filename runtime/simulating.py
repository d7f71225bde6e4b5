"""Simulates queues: a few thousand arrivals in a thread, more in processes of their own, one for each side."""

import asyncio
from collections.abc import Mapping

from models.rules.simulation.sparing import simulate_sparingly
from models.rules.simulation.tally import Outcome
from models.rules.simulation.world import Arrivals, World
from models.rules.what_if.cases import Question, Side
from models.rules.what_if.sides import prepare
from runtime.separate_process import calculate, serve

MOST_SECONDS = 60
IN_A_THREAD = 10_000
"""Arrivals that take a fraction of a second; the start of a process would take longer."""


async def simulate_both(question: Question) -> tuple[Mapping[Side, Outcome], int]:
    """Return the simulation of both sides, and its end in seconds since 1970.

    Raises:
        LimitExceeded: There are too many arrivals, or they take too long.
        Unavailable: A process was ended.
    """
    prepared = await asyncio.to_thread(prepare, question)
    simulate = _in_thread if prepared.arrivals <= IN_A_THREAD else _apart
    before, after = await asyncio.gather(*(simulate(*prepared.sides[side]) for side in Side))
    return {Side.BEFORE: before, Side.AFTER: after}, prepared.end


async def _in_thread(world: World, arrivals: Arrivals) -> Outcome:
    return await asyncio.to_thread(simulate_sparingly, world, arrivals)


async def _apart(world: World, arrivals: Arrivals) -> Outcome:
    outcome: Outcome = await calculate(
        "runtime.simulating",
        (world, arrivals),
        what="the simulation",
        most_seconds=MOST_SECONDS,
        hint="Look ahead fewer hours, or change fewer automations.",
    )
    return outcome


if __name__ == "__main__":
    serve(simulate_sparingly)
