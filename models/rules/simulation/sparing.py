"""Simulates only what may wait: the runs of an automation without limits start when they arrive, and need no queue."""

from array import array

import numpy as np
import numpy.typing as npt

from models.contracts.automations.drafts import Overlap
from models.rules.arrays import Mask
from models.rules.projection.overlap import NEVER_HELD_MS
from models.rules.simulation.engine import simulate
from models.rules.simulation.tally import Outcome
from models.rules.simulation.world import Arrivals, SimulatedAutomation, World


def simulate_sparingly(world: World, arrivals: Arrivals) -> Outcome:
    """Return what `simulate` returns, but for the log."""
    free = free_ones(world, arrivals)
    spared = free[arrivals.automation] if arrivals.at.size else np.zeros(0, dtype=np.bool_)
    outcome = simulate(world, arrivals.only(~spared))
    counts = np.bincount(arrivals.automation[spared], minlength=len(world.automations))
    for number in np.flatnonzero(counts).tolist():
        tally, count = outcome.automations[number], int(counts[number])
        tally.arrivals += count
        tally.started += count
        tally.waits.extend(array("q", bytes(8 * count)))
    return outcome


def free_ones(world: World, arrivals: Arrivals) -> Mask:
    """Return the automations no run of which can wait, be dropped, or make another one wait."""
    gaps = _shortest_gaps(arrivals, len(world.automations))
    followed = {follower.automation for one in world.automations for follower in one.followers}
    there = {one.automation for one in world.open_runs}
    there |= {one.automation for one in world.waiting_runs} | {one.automation for one in world.waiting_calls}
    return np.array(
        [
            number not in followed and number not in there and _is_free(one, int(gaps[number]), world.start)
            for number, one in enumerate(world.automations)
        ],
        dtype=np.bool_,
    )


def _is_free(one: SimulatedAutomation, gap: int, start: int) -> bool:
    limited = one.control is not None or one.budget is not None or one.agent is not None or one.followers
    if limited or one.active_from is None or one.active_from > start or one.works:
        return False
    return one.overlap in (None, Overlap.ALLOW_ALL) or max(one.durations) <= gap


def _shortest_gaps(arrivals: Arrivals, automations: int) -> npt.NDArray[np.int64]:
    """Return the least time between two arrivals of each automation."""
    found = np.full(automations, NEVER_HELD_MS, dtype=np.int64)
    order = np.lexsort((arrivals.at, arrivals.automation))
    at, whose = arrivals.at[order], arrivals.automation[order]
    same = whose[1:] == whose[:-1]
    np.minimum.at(found, whose[1:][same], np.diff(at)[same])
    return found
