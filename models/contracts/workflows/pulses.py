"""Records and decisions of a pulse evaluation."""

import uuid
from decimal import Decimal
from typing import Literal

from models.contracts.base import Instant, Stored


class MemberRecord(Stored):
    """Runs of one member since the last evaluation."""

    agent: str
    weight: float
    capacity: int
    completed: int
    failed: int
    cost_usd: Decimal | None = None
    """None: the cost of a run is unknown."""
    mean_duration_ms: float | None = None

    @property
    def finished(self) -> int:
        """Number of completed and failed runs."""
        return self.completed + self.failed


class Standing(Stored):
    """The rank of a member in an earlier evaluation."""

    agent: str
    """The member's slug."""
    place: int
    """Its place, from 1."""
    score: float | None
    """Its score. null: it had too few runs."""


class MemberRecords(Stored):
    """Runs of all members since `since`; `open_runs` have not ended."""

    since: Instant | None
    until: Instant
    members: tuple[MemberRecord, ...]
    open_runs: int
    before: tuple[Standing, ...] | None = None
    """The ranking of the evaluation before. None: there is none."""


class Ranking(Stored):
    """Rank of a member. `score` is the success rate in percent times the weight; None: too few runs."""

    place: int
    agent: str
    score: float | None
    success_rate: float | None
    finished: int
    action: Literal["promote", "demote", "keep", "wait"]


class CapacityChange(Stored):
    """New capacity of a member."""

    agent: str
    before: int
    after: int
    reason: str


class CapacityChanges(Stored):
    """The changes of an evaluation; `run_id` makes applying them idempotent."""

    run_id: uuid.UUID
    changes: tuple[CapacityChange, ...]
