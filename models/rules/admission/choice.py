"""Chooses which waiting runs are admitted: within the limits, in order, and fairly among keys."""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.contracts.automations.flow_control import FlowControl

UNLIMITED = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one automation as numbers; `UNLIMITED` where there is none."""

    total: int
    per_key: int

    @classmethod
    def of(cls, control: FlowControl | None) -> "Limits":
        """Return the limits of a flow control. A singleton is one run for each key."""
        if control is None:
            return cls(UNLIMITED, UNLIMITED)
        if control.singleton:
            return cls(UNLIMITED, 1)
        found = control.concurrency
        return cls((found and found.limit) or UNLIMITED, (found and found.per_key) or UNLIMITED)

    @property
    def is_limited(self) -> bool:
        return self.total < UNLIMITED or self.per_key < UNLIMITED


@dataclass(frozen=True, slots=True)
class Waiting:
    """A waiting run, with the keys of its limits."""

    run_id: UUID
    key: str
    throttle_key: str
    ordered_at: datetime
    is_backfill: bool = False


def choose(
    waiting: Sequence[Waiting],
    limits: Limits,
    open_runs: Mapping[str, int],
    tokens: Mapping[str, int] | None,
    most: int,
) -> list[Waiting]:
    """Choose the runs to admit, in this order: the key with the fewest open runs first, then the oldest.

    Runs of backfills come after all others, whatever their key.

    Args:
        waiting: For each pair of keys its oldest runs, in order, at least as many as could be admitted.
        limits: The limits of the automation.
        open_runs: Number of open runs by key; where nothing limits them it may be empty.
        tokens: Tokens of the throttle by its key; None without a throttle.
        most: The most to choose.
    """
    lines: dict[tuple[str, str], list[Waiting]] = {}
    for one in waiting:
        lines.setdefault((one.key, one.throttle_key), []).append(one)
    open_now, left = dict(open_runs), dict(tokens or {})
    room = min(most, limits.total - sum(open_now.values()))
    fairly = limits.per_key < UNLIMITED
    heads = [_rank(line, 0, open_now, fairly) for line in lines.values()]
    heapq.heapify(heads)
    chosen: list[Waiting] = []
    while heads and len(chosen) < room:
        _, slots, *_, index, key, throttle_key = heapq.heappop(heads)
        line = lines[key, throttle_key]
        if open_now.get(key, 0) >= limits.per_key or (tokens is not None and left.get(throttle_key, 0) < 1):
            continue
        if fairly and slots != open_now.get(key, 0):
            # Another line of the same key was served meanwhile.
            heapq.heappush(heads, _rank(line, index, open_now, fairly))
            continue
        chosen.append(line[index])
        open_now[key] = open_now.get(key, 0) + 1
        left[throttle_key] = left.get(throttle_key, 0) - 1
        if index + 1 < len(line):
            heapq.heappush(heads, _rank(line, index + 1, open_now, fairly))
    return chosen


def _rank(
    line: Sequence[Waiting], index: int, open_now: Mapping[str, int], fairly: bool
) -> tuple[bool, int, datetime, UUID, int, str, str]:
    one = line[index]
    slots = open_now.get(one.key, 0) if fairly else 0
    return one.is_backfill, slots, one.ordered_at, one.run_id, index, one.key, one.throttle_key
