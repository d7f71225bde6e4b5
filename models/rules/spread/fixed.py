"""Which automations a plan leaves where they are, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.rules.spread.week import MINUTES, WeekLoad
from models.states import FixedReason

WHY: Mapping[FixedReason, str] = {
    FixedReason.NO_SLACK: "its `spreadMinutes` is 0, so it may not be moved",
    FixedReason.DECLARED: "a declaration owns it; `spreadMinutes` there allows moving it",
    FixedReason.PAUSED: "it is paused",
    FixedReason.SLOWED: "its health policy has slowed it",
    FixedReason.UNREADABLE: "its cron or time zone cannot be read",
    FixedReason.NO_PLACE: "its minute and hour fields allow no other time within its minutes",
}


@dataclass(frozen=True, slots=True)
class SpreadFacts:
    """What decides whether a schedule may be moved, and how far."""

    own_slack: int
    is_active: bool
    is_slowed: bool
    managed_by: str | None


def slack_of(facts: SpreadFacts, asked: int) -> int:
    """Return the minutes by which a schedule may move: its own, else those that the request gives.

    What a declaration owns moves only by what the declaration itself allows.
    """
    return facts.own_slack or (0 if facts.managed_by else asked)


def why_fixed(facts: SpreadFacts, slack: int) -> FixedReason | None:
    """Return why a schedule may not be moved at all, or None."""
    if not facts.is_active:
        return FixedReason.PAUSED
    if facts.is_slowed:
        return FixedReason.SLOWED
    if slack == 0:
        return FixedReason.DECLARED if facts.managed_by else FixedReason.NO_SLACK
    return None


class Edge(NamedTuple):
    """A dependency between two loads, by index: the child needs the parent to have run."""

    parent: int
    child: int


def too_close(loads: list[WeekLoad], edges: list[Edge]) -> list[Edge]:
    """Return the dependencies whose child could come before its parent has finished, if both moved."""
    return [edge for edge in edges if _is_too_close(loads[edge.parent], loads[edge.child])]


def _is_too_close(parent: WeekLoad, child: WeekLoad) -> bool:
    if not parent.fires.size or not child.fires.size:
        return False
    starts = np.sort(parent.fires % MINUTES)
    last = starts[np.searchsorted(starts, child.fires % MINUTES, side="right") - 1]
    gap = int(((child.fires - last) % MINUTES).min())
    nearer = int(parent.shifts[-1]) - int(child.shifts[0])
    return gap - nearer < min(gap, parent.lasts)
