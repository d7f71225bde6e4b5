"""Starts, weighted starts and peak concurrency of each hour, for chosen automations."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from math import floor

import numpy as np
import numpy.typing as npt

from models.rules.arrays import Counts, Instants, Mask
from models.rules.cron.zone_transitions import DAY, HOUR
from models.rules.projection.concurrency import MOST_EXACT, peak_by_minute, peak_concurrency, run_spans
from models.rules.projection.counts import slot_counts
from models.rules.projection.overlap import Fires
from models.rules.projection.portfolio import Portfolio, RunAverages, held_back
from models.rules.projection.starts import Starts, list_starts

# A run that started earlier than this before the first slot is not counted.
FARTHEST_BACK = 7 * DAY


@dataclass(frozen=True, slots=True)
class Slots:
    """The starts of each slot.

    Attributes:
        starts: How often each automation starts in each slot.
        weighted: The starts of each slot, each multiplied by its automation's cascade weight.
        concurrency: The most runs that are going at one instant of each slot.
    """

    starts: Counts
    weighted: npt.NDArray[np.float64]
    concurrency: list[int]


def hour_edges(now: datetime, tz: tzinfo, hours: int) -> Instants:
    """Return the starts of the current and the following local hours, and the end of the last.

    Each slot lasts 3600 seconds, also across a zone transition.
    """
    offset = now.astimezone(tz).utcoffset()
    shift = int(offset.total_seconds()) if offset else 0
    first = (floor(now.timestamp()) + shift) // HOUR * HOUR - shift
    return first + np.arange(hours + 1, dtype=np.int64) * HOUR


def fill_slots(portfolio: Portfolio, averages: RunAverages, chosen: Mask, edges: Instants) -> Slots:
    """Project what starts between the edges (seconds since 1970)."""
    start, end = int(edges[0]), int(edges[-1])
    early = _early(portfolio, averages, chosen, start)
    held = held_back(portfolio, averages, early, end)
    starts = start_counts(portfolio, held, edges)
    starts[~chosen] = 0
    return Slots(
        starts, averages.weights @ starts, _concurrency(portfolio, averages, chosen, edges, early, held, starts)
    )


def starts_between(portfolio: Portfolio, averages: RunAverages, now: datetime, since: int, until: int) -> Mask:
    """Return which automations start within [since, until) (seconds since 1970), as in slots from `now` on."""
    everything = np.ones(len(portfolio.automations), dtype=np.bool_)
    start = min(int(hour_edges(now, UTC, 0)[0]), since)
    held = held_back(portfolio, averages, _early(portfolio, averages, everything, start), until)
    found: Mask = start_counts(portfolio, held, np.array([since, until], dtype=np.int64))[:, 0] > 0
    return found


def _early(portfolio: Portfolio, averages: RunAverages, chosen: Mask, start: int) -> int:
    longest_ms = int(averages.run_ms[chosen & portfolio.active].max(initial=0))
    return start - min(-(-longest_ms // 1000), FARTHEST_BACK)


def start_counts(portfolio: Portfolio, held: Mapping[int, Fires], edges: Instants) -> Counts:
    """Return rows x slots: how often each schedule starts; rows in `held` as simulated."""
    starts = slot_counts(portfolio.plan, edges)
    for index, fires in held.items():
        starts[index] = np.diff(np.searchsorted(fires.starts_ms, edges * 1000))
    return starts


def _concurrency(
    portfolio: Portfolio,
    averages: RunAverages,
    chosen: Mask,
    edges: Instants,
    early: int,
    held: Mapping[int, Fires],
    starts: Counts,
) -> list[int]:
    start, end = int(edges[0]), int(edges[-1])
    parts = _only(list_starts(portfolio.timetable, early, end, held), chosen)
    expected = int(starts.sum()) * (end - early) / (end - start)
    if expected > MOST_EXACT:
        return peak_by_minute(parts, averages.run_ms, edges * 1000)
    return peak_concurrency(run_spans(parts, averages.run_ms), edges * 1000)


def _only(parts: Iterator[Starts], chosen: Mask) -> Iterator[Starts]:
    if chosen.all():
        return parts
    return (Starts(part.rows[kept], part.at_ms[kept]) for part in parts for kept in [chosen[part.rows]])
