"""How far backfills are: counted from the runs of those that are open, and kept on the row of those that have ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.cost import NOTHING
from models.states import OPEN_STATUSES, RunStatus
from models.store.ids import among
from models.store.tables.backfills import Backfill
from models.store.tables.runs import PENDING_CONDITION, Run

_ENDS = {
    RunStatus.COMPLETED: "completed",
    RunStatus.FAILED: "failed",
    RunStatus.CANCELLED: "cancelled",
    RunStatus.SKIPPED: "skipped",
    # A due time that was taken back.
    RunStatus.MISSED: "skipped",
}


@dataclass(slots=True)
class Progress:
    """How many runs of a backfill are in which state, and what they have cost."""

    pending: int = 0
    under_way: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    skipped: int = 0
    spent_usd: Decimal = NOTHING

    @property
    def open(self) -> int:
        return self.pending + self.under_way

    @property
    def ran(self) -> int:
        """Runs that have ended after their turn had come."""
        return self.completed + self.failed + self.cancelled

    def stored(self) -> dict[str, Any]:
        """Return the counts as they are kept at the end."""
        ends = ("completed", "failed", "cancelled", "skipped")
        return {**{name: getattr(self, name) for name in ends}, "spentUsd": str(self.spent_usd)}

    @classmethod
    def of_stored(cls, counts: Mapping[str, Any]) -> "Progress":
        ends = ("completed", "failed", "cancelled", "skipped")
        return cls(**{name: counts.get(name, 0) for name in ends}, spent_usd=Decimal(counts.get("spentUsd", 0)))


async def progress_of(session: AsyncSession, backfills: Sequence[Backfill]) -> dict[UUID, Progress]:
    """Return the progress of backfills by id."""
    found = {one.id: Progress.of_stored(one.counts) for one in backfills if one.counts is not None}
    counted = [one.id for one in backfills if one.counts is None]
    found |= {backfill_id: Progress() for backfill_id in counted}
    query = (
        select(Run.backfill_id, Run.status, PENDING_CONDITION, func.count(), func.sum(Run.cost_usd))
        .where(among(Run.backfill_id, counted))
        .group_by(Run.backfill_id, Run.status, PENDING_CONDITION)
    )
    for backfill_id, status, pending, count, spent in await session.execute(query) if counted else ():
        if backfill_id is None:
            continue
        one = found[backfill_id]
        name = ("pending" if pending else "under_way") if status in OPEN_STATUSES else _ENDS[status]
        setattr(one, name, getattr(one, name) + count)
        one.spent_usd += spent or NOTHING
    return found
