"""Worker processes report their slots; the API sums them up."""

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.store.tables.processes import WorkerProcess

SILENT_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class SlotSums:
    """The activity slots of each task queue over all worker processes, and how many are in use."""

    slots: Counter[str]
    used: Counter[str]


async def report_slots(
    session: AsyncSession, process_id: uuid.UUID, slots: Mapping[str, int], used: Mapping[str, int], now: datetime
) -> None:
    """Store what a worker process has in use, and forget those that have been silent."""
    row = {"id": process_id, "seen_at": now, "slots": dict(slots), "used": dict(used)}
    statement = insert(WorkerProcess).values(**row, started_at=now)
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=row))
    await session.execute(delete(WorkerProcess).where(WorkerProcess.seen_at < now - SILENT_AFTER))


async def slot_sums(session: AsyncSession, now: datetime) -> SlotSums:
    """Add up the slots of the processes that have reported lately."""
    sums = SlotSums(Counter(), Counter())
    for row in await session.scalars(select(WorkerProcess).where(WorkerProcess.seen_at >= now - SILENT_AFTER)):
        sums.slots.update(row.slots)
        sums.used.update(row.used)
    return sums
