"""Future fires, counted by the slots of a calendar: its days, or its hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from models.rules.arrays import Counts, Instants
from models.rules.projection.counts import slot_counts
from models.rules.projection.overlap import Fires
from models.rules.projection.portfolio import Portfolio, RunAverages, held_back


@dataclass(frozen=True, slots=True)
class FutureFires:
    """Future fires.

    Attributes:
        edges: Where slots begin, and the end of the last, cut off at now.
        counts: How often each automation fires in each slot.
        held: The fires, by index, of automations whose runs outlast their intervals.
    """

    edges: Instants
    counts: Counts
    held: Mapping[int, Fires]


def future_fires(portfolio: Portfolio, averages: RunAverages, edges: Instants, now: datetime) -> FutureFires:
    """Count the fires after now in each slot; a slot in the past has none."""
    later = np.maximum(edges, int(now.timestamp()) + 1)
    held = held_back(portfolio, averages, int(min(later[0], now.timestamp())), int(later[-1]))
    counts = slot_counts(portfolio.plan, later)
    # A calendar shows a run at its due time, even if it will start later.
    due = {index: Fires(fires.due, fires.due * 1000) for index, fires in held.items()}
    for index, fires in due.items():
        counts[index] = np.diff(np.searchsorted(fires.due, later))
    return FutureFires(later, counts, due)
