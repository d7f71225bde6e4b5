"""The figures of a simulation as they are answered: waits, and what became of what arrived."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import ceil

import numpy as np

from models.contracts.outlook.what_if import FlowFigures, WaitFigures
from models.rules.simulation.tally import FOLDED, Tally
from models.states import SkipReason

MICROS_IN_MS = 1_000


def wait_figures(waits: Iterable[Sequence[int]], still_waiting: int) -> WaitFigures:
    """Return the figures of waits in microseconds; percentiles by nearest rank."""
    parts = [np.asarray(part, dtype=np.int64) for part in waits]
    ordered = np.sort(np.concatenate(parts)) if parts else np.empty(0, dtype=np.int64)
    return WaitFigures(
        runs=int(ordered.size),
        waited=int(ordered.size - np.searchsorted(ordered, 0, side="right")),
        p50_ms=_percentile(ordered, 50),
        p95_ms=_percentile(ordered, 95),
        longest_ms=_percentile(ordered, 100),
        still_waiting=still_waiting,
    )


def waits_of(tallies: Sequence[Tally]) -> WaitFigures:
    return wait_figures([one.waits for one in tallies], sum(map(still_waiting, tallies)))


def still_waiting(tally: Tally) -> int:
    return tally.held + tally.buffered + tally.waiting_calls


def flow_of(tallies: Sequence[Tally]) -> FlowFigures:
    reasons: Counter[SkipReason] = sum((one.skipped for one in tallies), Counter())
    return FlowFigures(
        arrivals=sum(one.arrivals for one in tallies),
        waiting_at_start=sum(one.waiting_at_start + one.calls_at_start for one in tallies),
        started=sum(one.started for one in tallies),
        missed=sum(one.missed for one in tallies),
        skipped={reason: count for reason, count in sorted(reasons.items()) if reason not in FOLDED},
        folded={reason: count for reason, count in sorted(reasons.items()) if reason in FOLDED},
        still_waiting=sum(map(still_waiting, tallies)),
        cancelled=sum(one.cancelled_unstarted for one in tallies),
    )


def longest_wait(tally: Tally) -> int:
    """Return the longest wait of an automation's runs, in microseconds."""
    return max(tally.waits, default=0)


def started_share(tally: Tally) -> float | None:
    """Return which share of what flow control decided on starts, sooner or later; None if nothing came.

    What a budget stops is left out: how much that is depends on the day of the month.
    """
    stopped = tally.skipped[SkipReason.OVER_BUDGET]
    decided = tally.arrivals + tally.waiting_at_start - tally.missed - stopped
    return (tally.started + still_waiting(tally) - tally.calls_at_start) / decided if decided > 0 else None


def _percentile(ordered: "np.ndarray[tuple[int], np.dtype[np.int64]]", percent: int) -> int | None:
    if not ordered.size:
        return None
    return round(int(ordered[ceil(ordered.size * percent / 100) - 1]) / MICROS_IN_MS)
