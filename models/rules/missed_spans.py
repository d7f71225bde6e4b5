"""Groups missed due times into rows: a few get a row each, a long outage gets one row with a count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

SINGLE = 3
"""Up to this many consecutive missed due times get a row each."""


@dataclass(frozen=True, slots=True)
class MissedSpan:
    """Consecutive missed due times from `due_at` on."""

    due_at: datetime
    reason: str
    occurrences: int


def missed_spans(due: Sequence[datetime], missing: Sequence[datetime], reasons: Sequence[str]) -> list[MissedSpan]:
    """Group consecutive missed due times of one reason; `missing` is a subset of `due`, in the same order."""
    index_of = {due_at: index for index, due_at in enumerate(due)}
    groups: list[list[tuple[datetime, str]]] = []
    for due_at, reason in zip(missing, reasons, strict=True):
        last = groups[-1][-1] if groups else None
        if last and last[1] == reason and index_of[due_at] == index_of[last[0]] + 1:
            groups[-1].append((due_at, reason))
        else:
            groups.append([(due_at, reason)])
    spans: list[MissedSpan] = []
    for group in groups:
        if len(group) > SINGLE:
            spans.append(MissedSpan(group[0][0], group[0][1], len(group)))
        else:
            spans.extend(MissedSpan(due_at, reason, 1) for due_at, reason in group)
    return spans
