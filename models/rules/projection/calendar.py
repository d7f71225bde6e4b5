"""What fires from now on, counted by the slots of a calendar: its days, or its hours."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from models.rules.cron.instants import Instants
from models.rules.projection.counts import slot_counts
from models.rules.projection.overlap import Fires
from models.rules.projection.plan import Counts
from models.rules.projection.portfolio import Experience, Roster, held_back


@dataclass(frozen=True, slots=True)
class Coming:
    """What fires from now on: how often in each slot, what is held back, and where slots begin."""

    edges: Instants
    counts: Counts
    held: Mapping[int, Fires]


def fires_to_come(roster: Roster, known: Experience, edges: Instants, now: datetime) -> Coming:
    """Count what is still to come of each slot; of one that is over nothing."""
    later = np.maximum(edges, int(now.timestamp()) + 1)
    held = held_back(roster, known, int(min(later[0], now.timestamp())), int(later[-1]))
    counts = slot_counts(roster.plan, later)
    due = {place: Fires(fires.due, fires.due * 1000) for place, fires in held.items()}
    for place, fires in due.items():
        counts[place] = np.diff(np.searchsorted(fires.due, later))
    return Coming(later, counts, due)
