"""Runs that the sweep checks: queued ones that should have started, and open ones that Temporal may have lost."""

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
    """A queued run whose Temporal workflow must be started."""

    run_id: UUID
    kind: Kind
    primitive_slug: str
    primitive_name: str
    automation_id: UUID | None
    automation_name: str | None


@dataclass(frozen=True, slots=True)
class OpenRow:
    """An open run and the Temporal workflow that should be running for it."""

    run_id: UUID
    status: RunStatus
    temporal_workflow_id: str | None
    temporal_run_id: str | None
    queued_at: datetime


async def queued_runs(session: AsyncSession, before: datetime, limit: int) -> Sequence[QueuedRun]:
    """Return root runs queued before an instant, oldest first; runs of due times are started by Temporal."""
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
    """Return runs queued before an instant and still open, by id; `after` is the last id of the previous page."""
    query = (
        select(Run.id, Run.status, Run.temporal_workflow_id, Run.temporal_run_id, Run.queued_at)
        .where(Run.status.in_(OPEN_STATUSES), OPEN_CONDITION, Run.queued_at < before)
        .order_by(Run.id)
        .limit(limit)
    )
    if after:
        query = query.where(Run.id > after)
    return [OpenRow(*row) for row in await session.execute(query)]
