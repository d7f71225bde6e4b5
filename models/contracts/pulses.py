"""What a pulse evaluation collects about its members, and what it decides."""

import uuid
from decimal import Decimal
from typing import Literal

from models.contracts.base import Instant, Stored


class MemberRecord(Stored):
    """What one member has done since the last evaluation."""

    agent: str
    weight: float
    capacity: int
    completed: int
    failed: int
    cost_usd: Decimal | None = None
    """None where a run's cost is unknown."""
    mean_duration_ms: float | None = None

    @property
    def finished(self) -> int:
        """How many runs have an outcome that counts."""
        return self.completed + self.failed


class MemberRecords(Stored):
    """All members since an instant; `open_runs` are still under way."""

    since: Instant | None
    until: Instant
    members: tuple[MemberRecord, ...]
    open_runs: int


class Ranking(Stored):
    """A member's place: score is its success rate in percent times its weight; None when it has too few runs."""

    place: int
    agent: str
    score: float | None
    success_rate: float | None
    finished: int
    action: Literal["promote", "demote", "keep", "wait"]


class CapacityChange(Stored):
    """One member's capacity, before and after."""

    agent: str
    before: int
    after: int
    reason: str


class CapacityChanges(Stored):
    """What an evaluation changes; `run_id` makes it happen once."""

    run_id: uuid.UUID
    changes: tuple[CapacityChange, ...]
