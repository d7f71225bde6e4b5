"""Pulses: what the members have achieved, and changes of their capacity."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.workflows.pulses import CapacityChanges, MemberRecord, MemberRecords, Standing
from models.errors import NotFound
from models.kinds import Kind
from models.states import OPEN_STATUSES, RunStatus
from models.store.admission.capacity import let_next_in
from models.store.governance import audit
from models.store.primitives.queries import lock_live
from models.store.tables.governance import AuditEntry
from models.store.tables.primitives import Primitive, PrimitiveMember
from models.store.tables.runs import Run


async def member_records(session: AsyncSession, run_id: UUID, now: datetime) -> MemberRecords:
    """Count the members' runs that finished since the pulse's previous evaluation, so that each counts once.

    Raises:
        NotFound: No run has this id.
    """
    run = await session.get(Run, run_id)
    if run is None:
        raise NotFound(f"there is no run {run_id}", field="runId")
    last = (
        await session.execute(
            select(
                cast(Run.output["until"].astext, DateTime(timezone=True)).label("until"),
                Run.output["rankings"].label("rankings"),
            )
            .where(Run.primitive_id == run.primitive_id, Run.status == RunStatus.COMPLETED, Run.id != run.id)
            .order_by(Run.finished_at.desc())
            .limit(1)
        )
    ).one_or_none()
    since = last.until if last else None
    members = (
        await session.execute(
            select(Primitive, PrimitiveMember.weight)
            .join(PrimitiveMember, PrimitiveMember.agent_id == Primitive.id)
            .where(PrimitiveMember.primitive_id == run.primitive_id)
            .order_by(PrimitiveMember.position)
        )
    ).all()
    records = [await _record(session, agent, weight, since, now) for agent, weight in members]
    open_runs = await session.scalar(
        select(func.count())
        .select_from(Run)
        .where(Run.primitive_id.in_([agent.id for agent, _ in members]), Run.status.in_(OPEN_STATUSES))
    )
    before = tuple(map(Standing.model_validate, last.rankings)) if last and last.rankings else None
    return MemberRecords(since=since, until=now, members=tuple(records), open_runs=open_runs or 0, before=before)


async def change_capacities(session: AsyncSession, changes: CapacityChanges) -> None:
    """Set the members' capacities with an audit entry each; idempotent per pulse run."""
    for change in changes.changes:
        agent = await lock_live(session, Kind.AGENT, change.agent)
        done = select(AuditEntry.id).where(
            AuditEntry.subject_id == (agent.id if agent else None), AuditEntry.actor == f"pulse run {changes.run_id}"
        )
        if agent is None or await session.scalar(done):
            continue
        agent.capacity = change.after
        await let_next_in(session, agent.id)
        await audit.record(
            session,
            actor=f"pulse run {changes.run_id}",
            action="agent.capacity",
            subject_type="primitive",
            subject_id=agent.id,
            before={"capacity": change.before},
            after={"capacity": change.after},
            reason=change.reason,
        )


async def _record(
    session: AsyncSession, agent: Primitive, weight: float, since: datetime | None, now: datetime
) -> MemberRecord:
    finished = Run.status.in_((RunStatus.COMPLETED, RunStatus.FAILED))
    window = [Run.primitive_id == agent.id, finished, Run.finished_at <= now]
    if since:
        window.append(Run.finished_at > since)
    row = (
        await session.execute(
            select(
                func.count(case((Run.status == RunStatus.COMPLETED, 1))).label("completed"),
                func.count(case((Run.status == RunStatus.FAILED, 1))).label("failed"),
                func.sum(Run.cost_usd).label("cost"),
                func.coalesce(func.sum(Run.unknown_costs), 0).label("unknown"),
                func.avg(Run.duration_ms).label("duration"),
            ).where(*window)
        )
    ).one()
    return MemberRecord(
        agent=agent.slug,
        weight=weight,
        capacity=agent.capacity or 1,
        completed=row.completed,
        failed=row.failed,
        cost_usd=None if row.unknown else row.cost,
        mean_duration_ms=None if row.duration is None else float(row.duration),
    )
