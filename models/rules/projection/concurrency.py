"""How crowded time gets: the most runs under way at once within each slot.

A run is under way from its start until its mean duration is over. One whose duration is unknown is under way at
the instant of its start, so that what starts together is counted together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from models.kinds import Kind
from models.rules.cron.instants import Instants
from models.rules.projection.starts import Starts

MINUTE_MS = 60_000
# Above this many starts the sweep goes by the minute; it then costs no sorting and no memory.
MOST_EXACT = 3_000_000


@dataclass(frozen=True, slots=True)
class Crowd:
    """Runs as they start and end, in milliseconds since 1970."""

    starts_ms: Instants
    ends_ms: Instants


def crowd_of(parts: Iterable[Starts], run_ms: Instants) -> Crowd:
    """Gather starts and the mean duration of each row's runs; 0 where it is unknown."""
    listed = list(parts)
    rows = np.concatenate([part.rows for part in listed]) if listed else np.empty(0, dtype=np.int64)
    starts = np.concatenate([part.at_ms for part in listed]) if listed else np.empty(0, dtype=np.int64)
    return Crowd(starts, starts + np.maximum(run_ms[rows], 1))


def peak_concurrency(crowd: Crowd, edges_ms: Instants) -> list[int]:
    """Return, for each slot [edges[i], edges[i + 1]), the most runs that are under way at one instant of it.

    A run is under way in [start, end): one that ends when another starts does not overlap it.
    """
    starts, ends = np.sort(crowd.starts_ms), np.sort(crowd.ends_ms)
    at_edges = _under_way(starts, ends, edges_ms[:-1])
    at_starts = np.arange(1, starts.size + 1) - np.searchsorted(ends, starts, side="right")
    first = np.searchsorted(starts, edges_ms)
    return [
        max(int(now), int(at_starts[low:high].max(initial=0)))
        for now, low, high in zip(at_edges.tolist(), first[:-1].tolist(), first[1:].tolist(), strict=True)
    ]


def _under_way(starts: Instants, ends: Instants, at: Instants) -> Instants:
    return np.searchsorted(starts, at, side="right") - np.searchsorted(ends, at, side="right")


def peak_by_minute(parts: Iterable[Starts], run_ms: Instants, edges_ms: Instants) -> list[int]:
    """Return the same to the minute, never less than it is, without keeping the starts."""
    origin = int(edges_ms[0]) // MINUTE_MS
    minutes = -(-int(edges_ms[-1]) // MINUTE_MS) - origin
    change = np.zeros(minutes + 1, dtype=np.int64)
    for part in parts:
        first = np.clip(part.at_ms // MINUTE_MS - origin, 0, minutes)
        last = np.clip(-(-(part.at_ms + np.maximum(run_ms[part.rows], 1)) // MINUTE_MS) - origin, 0, minutes)
        change += np.bincount(first, minlength=minutes + 1) - np.bincount(last, minlength=minutes + 1)
    under_way = change.cumsum()
    low = (edges_ms[:-1] // MINUTE_MS - origin).tolist()
    high = (-(-edges_ms[1:] // MINUTE_MS) - origin).tolist()
    return [int(under_way[first:last].max(initial=0)) for first, last in zip(low, high, strict=True)]


def peak_slot(starts: Sequence[int]) -> int | None:
    """Return the first slot with the most starts; None where nothing starts."""
    return starts.index(max(starts)) if any(starts) else None


def peak_text(start: datetime, by_kind: Mapping[Kind, int]) -> str:
    """Return a peak in words: "12 at 22:00 (8 agents, 2 campaigns, 1 pulse, 1 workflow)"."""
    there = sorted((kind for kind in by_kind if by_kind[kind]), key=lambda kind: (-by_kind[kind], kind.value))
    parts = ", ".join(f"{by_kind[kind]} {kind.value}{'' if by_kind[kind] == 1 else 's'}" for kind in there)
    return f"{sum(by_kind.values())} at {start:%H:%M} ({parts})"


BANDS = ((8, "high"), (4, "medium"), (1, "low"))


def concurrency_band(concurrency: int) -> str:
    """Give the band of how much comes together: 1 to 3 low, 4 to 7 medium, 8 and more high; none of nothing."""
    return next((band for least, band in BANDS if concurrency >= least), "none")
