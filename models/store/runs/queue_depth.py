"""The number of open runs, read from their partial index."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.states import OPEN_STATUSES, RunStatus
from models.store.tables.runs import Run


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """Open runs by status, and how long the oldest queued run has waited."""

    by_status: dict[RunStatus, int]
    oldest_queued_seconds: float


async def queue_depth(session: AsyncSession) -> QueueDepth:
    query = (
        select(
            Run.status, func.count().label("found"), func.min(Run.queued_at).label("oldest"), func.now().label("now")
        )
        .where(Run.status.in_(OPEN_STATUSES))
        .group_by(Run.status)
    )
    rows = {row.status: row for row in await session.execute(query)}
    queued = rows.get(RunStatus.QUEUED)
    return QueueDepth(
        by_status={status: rows[status].found if status in rows else 0 for status in sorted(OPEN_STATUSES)},
        oldest_queued_seconds=(queued.now - queued.oldest).total_seconds() if queued else 0.0,
    )
