"""The due times of one schedule: as its slowdown leaves them, and as its own runs hold them back."""

from math import floor

import numpy as np

from models.contracts.automations import Overlap
from models.rules.cron.expression import parse
from models.rules.cron.instants import Instants, fire_instants
from models.rules.cron.slowdown import keep_every
from models.rules.cron.zone_transitions import clock
from models.rules.projection.overlap import Fires, holds_back, shortest_interval, what_fires
from models.rules.projection.plan import Row

IDLE = Row("0 0 * * *", "UTC", active=False)
"""Holds the place of a trigger, or of a paused schedule, in a plan."""
NEVER_HELD = np.iinfo(np.int64).max


def due_instants(row: Row, start: int, end: int) -> Instants:
    """Return the due times of a schedule in [start, end), as its slowdown leaves them."""
    if row.slowdown is None:
        return fire_instants(parse(row.cron), clock(row.timezone), start, end)
    first = min(start, floor(row.slowdown.anchor.timestamp()))
    kept = keep_every(fire_instants(parse(row.cron), clock(row.timezone), first, end), row.slowdown)
    return kept[np.searchsorted(kept, start) :]


def holds_from_ms(row: Row | None, overlap: Overlap) -> int:
    """Return how long a run may take before it holds back later due times of its schedule."""
    if row is None or not holds_back(overlap):
        return NEVER_HELD
    every = row.slowdown.every if row.slowdown else 1
    return shortest_interval(parse(row.cron)) * every * 1000


def played(row: Row, overlap: Overlap, run_ms: int, busy_until_ms: int, start: int, end: int) -> Fires:
    """Return what fires in [start, end) of a schedule whose runs outlast its intervals."""
    return what_fires(due_instants(row, start, end), overlap, run_ms, busy_until_ms)
