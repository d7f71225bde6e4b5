"""Finds and locks rows in one order (run, parent, automation, stats), so that transactions never wait in a circle.

The locks leave keys free (`FOR NO KEY UPDATE`): inserting a child run or a run of the automation does not wait.
"""

import uuid

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import NotFound
from models.store.tables.automations import Automation
from models.store.tables.runs import Run


async def lock_run(session: AsyncSession, run_id: uuid.UUID) -> Run:
    """Give the run, locked until the transaction ends.

    Raises:
        NotFound: there is no such run.
    """
    query = select(Run).where(Run.id == run_id).with_for_update(key_share=True)
    run = await session.scalar(query, execution_options={"populate_existing": True})
    if run is None:
        raise NotFound(f"there is no run {run_id}", field="runId")
    return run


async def lock_automation(session: AsyncSession, automation_id: uuid.UUID) -> Automation:
    """Give the automation, locked until the transaction ends.

    Raises:
        NotFound: there is no such automation.
    """
    query = select(Automation).where(Automation.id == automation_id).with_for_update(key_share=True)
    automation = await session.scalar(query, execution_options={"populate_existing": True})
    if automation is None:
        raise NotFound(f"there is no automation {automation_id}", field="automationId")
    return automation
