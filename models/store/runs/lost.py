"""Rows that the sweep looks at: what should have started, and what may have been lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.kinds import Kind
from models.states import OPEN_STATUSES, RunStatus
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.runs import OPEN_CONDITION, Run


@dataclass(frozen=True, slots=True)
class QueuedRun:
    """A run that waits for its Temporal workflow to be started."""

    run_id: UUID
    kind: Kind
    primitive_slug: str
    primitive_name: str
    automation_id: UUID | None
    automation_name: str | None


@dataclass(frozen=True, slots=True)
class OpenRow:
    """An open run and the Temporal workflow that should be alive for it."""

    run_id: UUID
    status: RunStatus
    temporal_workflow_id: str | None
    temporal_run_id: str | None
    queued_at: datetime


async def queued_runs(session: AsyncSession, before: datetime, limit: int) -> Sequence[QueuedRun]:
    """Give runs that have been queued since before an instant, oldest first."""
    query = (
        select(Run.id, Run.kind, Primitive.slug, Primitive.name, Run.automation_id, Automation.name)
        .join(Primitive, Primitive.id == Run.primitive_id)
        .outerjoin(Automation, Automation.id == Run.automation_id)
        .where(Run.status == RunStatus.QUEUED, OPEN_CONDITION, Run.queued_at < before, Run.due_at.is_(None))
        .where(Run.parent_run_id.is_(None))
        .order_by(Run.queued_at, Run.id)
        .limit(limit)
    )
    return [QueuedRun(*row) for row in await session.execute(query)]


async def open_rows(session: AsyncSession, before: datetime, after: UUID | None, limit: int) -> Sequence[OpenRow]:
    """Give a page of runs that have been open since before an instant, by id."""
    query = (
        select(Run.id, Run.status, Run.temporal_workflow_id, Run.temporal_run_id, Run.queued_at)
        .where(Run.status.in_(OPEN_STATUSES), OPEN_CONDITION, Run.queued_at < before)
        .order_by(Run.id)
        .limit(limit)
    )
    if after:
        query = query.where(Run.id > after)
    return [OpenRow(*row) for row in await session.execute(query)]
