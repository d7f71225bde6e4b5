"""Inputs of the latest deliveries, on which the expressions of flow control are evaluated."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.store.tables.runs import Run

MOST_INPUTS = 100
MOST_BYTES = 65_536
"""Larger inputs are left out: they would fill the memory, and take long to evaluate."""


async def latest_inputs(session: AsyncSession, automation_id: UUID) -> Sequence[JsonValue]:
    """Return the inputs of the latest delivered runs of an automation, whatever became of them, oldest first."""
    latest = (
        select(Run.queued_at, Run.id, Run.input)
        .where(Run.automation_id == automation_id, Run.delivery_id.is_not(None))
        # A run that gathers others has their inputs, which the expressions are not about.
        .where(Run.rerun_of.is_(None), Run.gathers.is_(False))
        .order_by(Run.queued_at.desc(), Run.id.desc())
        .limit(MOST_INPUTS)
        .subquery()
    )
    size = func.coalesce(func.pg_column_size(latest.c.input), 0)
    query = select(latest.c.input).where(size <= MOST_BYTES).order_by(latest.c.queued_at, latest.c.id)
    return (await session.scalars(query)).all()
