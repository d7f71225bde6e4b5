"""Starts, weighted starts and concurrency of each hour, for the automations that are asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from math import floor

import numpy as np
import numpy.typing as npt

from models.rules.cron.instants import Instants
from models.rules.projection.concurrency import MOST_EXACT, crowd_of, peak_by_minute, peak_concurrency
from models.rules.projection.counts import slot_counts
from models.rules.projection.overlap import Fires
from models.rules.projection.plan import Counts
from models.rules.projection.portfolio import Experience, Mask, Roster, held_back
from models.rules.projection.starts import Starts, list_starts

HOUR = 3600
# A run that has been under way for longer than this when the first slot begins is not looked for.
FARTHEST_BACK = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Slots:
    """What each slot holds.

    Attributes:
        starts: How often each automation starts in each slot.
        weighted: The starts of each slot, each times its automation's cascade.
        concurrency: The most runs under way at one instant of each slot.
    """

    starts: Counts
    weighted: npt.NDArray[np.float64]
    concurrency: list[int]


def hour_edges(now: datetime, tz: tzinfo, hours: int) -> Instants:
    """Return the instants at which hours begin in a zone, from the one under way on, and the end of the last.

    Hours are instants apart, not readings of a clock: 24 of them take a day, whatever the clocks do meanwhile.
    """
    offset = now.astimezone(tz).utcoffset()
    shift = int(offset.total_seconds()) if offset else 0
    first = (floor(now.timestamp()) + shift) // HOUR * HOUR - shift
    return first + np.arange(hours + 1, dtype=np.int64) * HOUR


def fill_slots(roster: Roster, known: Experience, chosen: Mask, edges: Instants) -> Slots:
    """Project what starts between the edges (seconds since 1970)."""
    start, end = int(edges[0]), int(edges[-1])
    early = _early(roster, known, chosen, start)
    held = held_back(roster, known, early, end)
    starts = start_counts(roster, held, edges)
    starts[~chosen] = 0
    return Slots(starts, known.weights @ starts, _concurrency(roster, known, chosen, edges, early, held, starts))


def starts_between(roster: Roster, known: Experience, now: datetime, since: int, until: int) -> Mask:
    """Tell which automations start within [since, until), seconds since 1970, as the slots that begin at `now` do."""
    everything = np.ones(len(roster.automations), dtype=np.bool_)
    start = min(int(hour_edges(now, UTC, 0)[0]), since)
    held = held_back(roster, known, _early(roster, known, everything, start), until)
    found: Mask = start_counts(roster, held, np.array([since, until], dtype=np.int64))[:, 0] > 0
    return found


def _early(roster: Roster, known: Experience, chosen: Mask, start: int) -> int:
    longest_ms = int(known.run_ms[chosen & roster.active].max(initial=0))
    return start - min(-(-longest_ms // 1000), FARTHEST_BACK)


def start_counts(roster: Roster, held: Mapping[int, Fires], edges: Instants) -> Counts:
    """Return rows x slots: how often each schedule starts, what is held back as it will."""
    starts = slot_counts(roster.plan, edges)
    for place, fires in held.items():
        starts[place] = np.diff(np.searchsorted(fires.starts_ms, edges * 1000))
    return starts


def _concurrency(
    roster: Roster,
    known: Experience,
    chosen: Mask,
    edges: Instants,
    early: int,
    held: Mapping[int, Fires],
    starts: Counts,
) -> list[int]:
    start, end = int(edges[0]), int(edges[-1])
    parts = _only(list_starts(roster.timetable, early, end, held), chosen)
    expected = int(starts.sum()) * (end - early) / (end - start)
    if expected > MOST_EXACT:
        return peak_by_minute(parts, known.run_ms, edges * 1000)
    return peak_concurrency(crowd_of(parts, known.run_ms), edges * 1000)


def _only(parts: Iterator[Starts], chosen: Mask) -> Iterator[Starts]:
    if chosen.all():
        return parts
    return (Starts(part.rows[there], part.at_ms[there]) for part in parts for there in [chosen[part.rows]])
