"""Locks rows in one order (run, parent, automation, stats), so that transactions cannot deadlock.

The locks leave keys free (`FOR NO KEY UPDATE`): inserting a child run or a run of the automation does not wait.
"""

import uuid
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import NotFound
from models.store.tables.automations import Automation
from models.store.tables.runs import Run

Locked = TypeVar("Locked", Run, Automation)


async def lock_run(session: AsyncSession, run_id: uuid.UUID) -> Run:
    """Return the run as it is now, locked until the transaction ends.

    Raises:
        NotFound: No run has this id.
    """
    return await _lock(session, Run, run_id, "run")


async def lock_automation(session: AsyncSession, automation_id: uuid.UUID) -> Automation:
    """Return the automation as it is now, locked until the transaction ends.

    Raises:
        NotFound: No automation has this id.
    """
    return await _lock(session, Automation, automation_id, "automation")


async def _lock(session: AsyncSession, table: type[Locked], key: uuid.UUID, noun: str) -> Locked:
    query = select(table).where(table.id == key).with_for_update(key_share=True)
    # What the session read before the lock was granted may be stale.
    row = await session.scalar(query, execution_options={"populate_existing": True})
    if row is None:
        raise NotFound(f"there is no {noun} {key}", field=f"{noun}Id")
    return row
