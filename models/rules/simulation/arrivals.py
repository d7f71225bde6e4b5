"""What arrives at the queues: the due times of schedules, and deliveries at measured hourly rates."""

from collections.abc import Sequence

import numpy as np

from models.rules.arrays import Instants
from models.rules.projection.portfolio import Portfolio
from models.rules.projection.starts import list_starts
from models.rules.simulation.draws import Bits, Floats, mixed_many, poisson_counts, uniforms
from models.rules.simulation.world import HOUR, SECOND, Arrivals

_JITTER, _COUNT, _PLACE = 1, 2, 3


def due_times(
    portfolio: Portfolio, start: int, end: int, seeds: Bits, jitter_seconds: Instants | None = None
) -> Arrivals:
    """Return every due time in [start, end) (seconds since 1970), late by each schedule's jitter.

    What an overlap policy drops is among them: the simulation decides that.
    """
    parts = list(list_starts(portfolio.timetable, start, end, {}))
    if not parts:
        return Arrivals.none()
    rows = np.concatenate([part.rows for part in parts])
    seconds = np.concatenate([part.at_ms for part in parts]) // 1000
    bits = mixed_many(seeds[rows], seconds)
    at = seconds * SECOND
    if jitter_seconds is not None and jitter_seconds.any():
        late = uniforms(mixed_many(bits, np.full(bits.size, _JITTER))) * jitter_seconds[rows]
        at = at + (late * SECOND).astype(np.int64)
    return Arrivals.ordered(at, rows, bits)


def deliveries(rates: Floats, slots: Instants, seeds: Bits) -> Arrivals:
    """Return deliveries that come by chance (a Poisson process) at hourly rates, the same ones for the same hour.

    Args:
        rates: Automations x slots: how many are expected in each hour.
        slots: The start of each hour, in seconds since 1970.
        seeds: Each automation's bits.
    """
    rows, columns = np.nonzero(rates)
    if not rows.size:
        return Arrivals.none()
    bits = mixed_many(seeds[rows], slots[columns])
    counts = poisson_counts(rates[rows, columns], mixed_many(bits, np.full(bits.size, _COUNT)))
    of = np.repeat(np.arange(rows.size), counts)
    first = np.cumsum(counts) - counts
    own = mixed_many(bits[of], np.arange(of.size) - first[of])
    into = uniforms(mixed_many(own, np.full(own.size, _PLACE))) * HOUR
    return Arrivals.ordered(slots[columns][of] * SECOND + into.astype(np.int64), rows[of], own)


def together(parts: Sequence[Arrivals]) -> Arrivals:
    """Return several as one."""
    return Arrivals.ordered(
        np.concatenate([part.at for part in parts]),
        np.concatenate([part.automation for part in parts]),
        np.concatenate([part.bits for part in parts]),
    )
