"""Runs that the sweep checks: queued ones that should have started, and open ones that Temporal may have lost."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, case, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from models.states import OPEN_STATUSES, RunStatus, WorkClass
from models.store.ids import among, rows_of
from models.store.runs.to_start import RunToStart
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.runs import OPEN_CONDITION, Run


@dataclass(frozen=True, slots=True)
class QueuedRun:
    """A queued run whose Temporal workflow must be started."""

    run: RunToStart
    queued_at: datetime


@dataclass(frozen=True, slots=True)
class ClosedRow:
    """A run that is closed."""

    run_id: UUID
    status: RunStatus
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class OpenRow:
    """An open run and the Temporal workflow that should be running for it."""

    run_id: UUID
    status: RunStatus
    temporal_workflow_id: str | None
    temporal_run_id: str | None
    queued_at: datetime
    started_at: datetime | None = None


async def queued_runs(
    session: AsyncSession, before: datetime, limit: int, after: QueuedRun | None = None
) -> Sequence[QueuedRun]:
    """Return admitted root runs queued before an instant, oldest first; `after` is the last one of the previous page.

    Runs of due times are left out, because Temporal starts them, but for probes and backfills.
    """
    work = case(
        (Run.backfill_id.is_not(None), WorkClass.BACKFILL.value),
        (Run.probe, WorkClass.SCHEDULE.value),
        else_=WorkClass.INTERACTIVE.value,
    )
    query = (
        select(
            *(Run.id, Run.kind, Primitive.slug, Primitive.name, Run.automation_id, Automation.name.label("automation")),
            *(Primitive.runner, work.label("work"), Run.queued_at),
        )
        .join(Primitive, Primitive.id == Run.primitive_id)
        .outerjoin(Automation, Automation.id == Run.automation_id)
        .where(Run.status == RunStatus.QUEUED, OPEN_CONDITION, Run.queued_at < before)
        .where(or_(Run.due_at.is_(None), Run.probe, Run.backfill_id.is_not(None)))
        .where(Run.parent_run_id.is_(None), Run.started_at.is_(None), Run.held_by.is_(None))
        .order_by(Run.queued_at, Run.id)
        .limit(limit)
    )
    if after:
        query = query.where(tuple_(Run.queued_at, Run.id) > tuple_(literal(after.queued_at), literal(after.run.run_id)))
    rows = (await session.execute(query)).all()
    return [
        QueuedRun(
            RunToStart(
                row.id,
                row.kind,
                row.slug,
                row.name,
                row.automation_id,
                row.automation,
                row.runner,
                WorkClass(row.work),
            ),
            row.queued_at,
        )
        for row in rows
    ]


async def rows_of_workflows(
    session: AsyncSession, run_ids: Collection[UUID], due: Collection[tuple[UUID, datetime]]
) -> tuple[dict[UUID | tuple[UUID, datetime], ClosedRow], set[UUID | tuple[UUID, datetime]]]:
    """Look up runs by id, or by automation and due time; return the closed ones, and the keys that have a row."""
    columns = select(Run.id, Run.automation_id, Run.due_at, Run.status, Run.finished_at)
    by_due = rows_of([one[0] for one in due], due_at=[one[1] for one in due])
    queries = (
        columns.where(among(Run.id, run_ids)),
        columns.join(by_due, and_(Run.automation_id == by_due.c.id, Run.due_at == by_due.c.due_at)),
    )
    closed: dict[UUID | tuple[UUID, datetime], ClosedRow] = {}
    known: set[UUID | tuple[UUID, datetime]] = set()
    for query, is_due in zip(queries, (False, True), strict=True):
        for run_id, automation_id, due_at, status, finished_at in await session.execute(query):
            key = (automation_id, due_at) if is_due and automation_id and due_at else run_id
            known.add(key)
            if status not in OPEN_STATUSES and finished_at:
                closed[key] = ClosedRow(run_id, status, finished_at)
    return closed, known


async def open_rows(session: AsyncSession, before: datetime, after: UUID | None, limit: int) -> Sequence[OpenRow]:
    """Return runs queued before an instant and still open, by id; `after` is the last id of the previous page."""
    query = (
        select(Run.id, Run.status, Run.temporal_workflow_id, Run.temporal_run_id, Run.queued_at, Run.started_at)
        .where(Run.status.in_(OPEN_STATUSES), OPEN_CONDITION, Run.queued_at < before)
        # A waiting run has no workflow yet, unless its schedule has started one.
        .where(or_(Run.held_by.is_(None), and_(Run.due_at.is_not(None), Run.temporal_workflow_id.is_not(None))))
        .order_by(Run.id)
        .limit(limit)
    )
    if after:
        query = query.where(Run.id > after)
    return [OpenRow(*row) for row in await session.execute(query)]
