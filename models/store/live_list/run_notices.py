"""Run notices of the event stream: status and times, without inputs or outputs."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.live import RunNotice
from models.store.tables.runs import Run


async def run_notices(session: AsyncSession, ids: Sequence[UUID]) -> list[RunNotice]:
    """Return the notices of these runs, oldest first; runs that no longer exist are left out."""
    if not ids:
        return []
    columns = (
        Run.id.label("run_id"),
        Run.kind,
        Run.status,
        Run.reason,
        Run.automation_id,
        Run.parent_run_id,
        Run.started_at,
        Run.finished_at,
    )
    rows = await session.execute(select(*columns).where(Run.id.in_(ids)).order_by(Run.id))
    return [RunNotice(**row._mapping) for row in rows]
