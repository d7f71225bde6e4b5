"""Peak concurrency: the most runs that are going at once within each slot.

A run goes on from its start until its mean duration is over. One of unknown duration goes on at the instant of its
start only, so that runs that start together are counted together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from models.kinds import Kind
from models.rules.arrays import Instants
from models.rules.projection.starts import Starts

MINUTE_MS = 60_000
# Above this many starts concurrency is counted by the minute, which needs no sorting and no memory for starts.
MOST_EXACT = 3_000_000


@dataclass(frozen=True, slots=True)
class RunSpans:
    """When runs start and end, in milliseconds since 1970."""

    starts_ms: Instants
    ends_ms: Instants


def run_spans(parts: Iterable[Starts], run_ms: Instants) -> RunSpans:
    """Return the spans of runs from their starts and each row's mean duration (0 if unknown)."""
    listed = list(parts)
    rows = np.concatenate([part.rows for part in listed]) if listed else np.empty(0, dtype=np.int64)
    starts = np.concatenate([part.at_ms for part in listed]) if listed else np.empty(0, dtype=np.int64)
    return RunSpans(starts, starts + np.maximum(run_ms[rows], 1))


def peak_concurrency(runs: RunSpans, edges_ms: Instants) -> list[int]:
    """Return, for each slot [edges[i], edges[i + 1]), the most runs that are going at one instant of it.

    A run covers [start, end): one that ends when another starts does not overlap it.
    """
    starts, ends = np.sort(runs.starts_ms), np.sort(runs.ends_ms)
    at_edges = _going(starts, ends, edges_ms[:-1])
    at_starts = np.arange(1, starts.size + 1) - np.searchsorted(ends, starts, side="right")
    first = np.searchsorted(starts, edges_ms)
    return [
        max(int(now), int(at_starts[low:high].max(initial=0)))
        for now, low, high in zip(at_edges.tolist(), first[:-1].tolist(), first[1:].tolist(), strict=True)
    ]


def _going(starts: Instants, ends: Instants, at: Instants) -> Instants:
    return np.searchsorted(starts, at, side="right") - np.searchsorted(ends, at, side="right")


def peak_by_minute(parts: Iterable[Starts], run_ms: Instants, edges_ms: Instants) -> list[int]:
    """Return the peak concurrency rounded up to whole minutes, without keeping the starts in memory."""
    origin = int(edges_ms[0]) // MINUTE_MS
    minutes = -(-int(edges_ms[-1]) // MINUTE_MS) - origin
    change = np.zeros(minutes + 1, dtype=np.int64)
    for part in parts:
        first = np.clip(part.at_ms // MINUTE_MS - origin, 0, minutes)
        last = np.clip(-(-(part.at_ms + np.maximum(run_ms[part.rows], 1)) // MINUTE_MS) - origin, 0, minutes)
        change += np.bincount(first, minlength=minutes + 1) - np.bincount(last, minlength=minutes + 1)
    going = change.cumsum()
    low = (edges_ms[:-1] // MINUTE_MS - origin).tolist()
    high = (-(-edges_ms[1:] // MINUTE_MS) - origin).tolist()
    return [int(going[first:last].max(initial=0)) for first, last in zip(low, high, strict=True)]


def peak_slot(starts: Sequence[int]) -> int | None:
    """Return the first slot with the most starts, or None if nothing starts."""
    return starts.index(max(starts)) if any(starts) else None


def peak_text(start: datetime, by_kind: Mapping[Kind, int]) -> str:
    """Return a peak in words: "12 at 22:00 (8 agents, 2 campaigns, 1 pulse, 1 workflow)"."""
    return f"{sum(by_kind.values()):,} at {start:%H:%M} ({kinds_text(by_kind)})"


def kinds_text(by_kind: Mapping[Kind, int]) -> str:
    """Return counts in words, "8 agents, 1 campaign": the most frequent kind first, kinds with none left out."""
    there = sorted((kind for kind in by_kind if by_kind[kind]), key=lambda kind: (-by_kind[kind], kind.value))
    return ", ".join(f"{by_kind[kind]:,} {kind.value}{'' if by_kind[kind] == 1 else 's'}" for kind in there)


BANDS = ((8, "high"), (4, "medium"), (1, "low"))


def concurrency_band(concurrency: int) -> str:
    """Return the band of a number of concurrent runs: none for 0, low from 1, medium from 4, high from 8."""
    return next((band for least, band in BANDS if concurrency >= least), "none")
