"""Columns of a run that follow from its others: what started it, and how long it waited."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.runs.sources import source_of_run
from models.rules.runs.waits import wait_ms
from models.states import RunSource
from models.store.ids import among
from models.store.tables.deliveries import Delivery
from models.store.tables.runs import Run


async def describe_run(session: AsyncSession, run: Run) -> None:
    """Set the source of a run that an older version has stored, and its wait once it has started."""
    if run.source is None:
        run.source = await _source(session, run)
    if run.wait_ms is None and run.started_at is not None:
        run.wait_ms = wait_ms(run.source, due_at=run.due_at, queued_at=run.queued_at, started_at=run.started_at)


async def note_rescued(session: AsyncSession, run_ids: Collection[UUID]) -> None:
    """Mark runs that somebody runs again."""
    if not run_ids:
        return
    marked = update(Run).where(among(Run.id, run_ids), ~Run.rescued).values(rescued=True)
    await session.execute(marked.execution_options(synchronize_session=False))


async def _source(session: AsyncSession, run: Run) -> RunSource:
    found = None
    if run.delivery_id is not None:
        query = select(Delivery.source, Delivery.endpoint).where(Delivery.id == run.delivery_id)
        found = (await session.execute(query)).one_or_none()
    return source_of_run(is_child=run.parent_run_id is not None, delivery=found, has_due_time=run.due_at is not None)
