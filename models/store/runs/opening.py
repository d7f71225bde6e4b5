"""Opens a run: finds or creates its row, then admits it or records why it is skipped."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.primitives.specs import SPECS
from models.contracts.secrets import redacted
from models.contracts.workflows.lifecycle import ChildOf, OpenedRun, OpenRun
from models.errors import Invalid, NotFound
from models.kinds import KINDS, Kind
from models.rules.admission.keys import AdmissionKeys
from models.rules.budgets.decision import Verdict
from models.states import OPEN_STATUSES, HeldBy, RunSource, RunStatus, SkipReason
from models.store.admission.admit import admit, database_now, is_held
from models.store.admission.capacity import take_capacity, waits_for_capacity
from models.store.admission.entering import enter, enter_late
from models.store.admission.holders import holder
from models.store.automations.pausing import is_paused
from models.store.budgets.reserving import take_budget
from models.store.budgets.spending import note_refused
from models.store.runs.closing import finish
from models.store.runs.description import describe_run
from models.store.runs.locks import LockedRun, lock_automation, lock_run_with_relations
from models.store.runs.queued_rows import queued_run
from models.store.stats.folding import fold_opened
from models.store.sweep.late_fires import leave_span, take_over_late
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive, PrimitiveMember
from models.store.tables.runs import Run

LATE = timedelta(seconds=60)
"""No due time is recorded as missed earlier than that."""


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A locked run, whether it may go on, and what it belongs to."""

    run: Run
    primitive: Primitive
    automation: Automation | None
    admitted: bool
    held_by: HeldBy | None = None
    """What it waits for, so that its workflow waits as well; None for a workflow that is not the run's."""


async def open_run(session: AsyncSession, opening: OpenRun) -> OpenedRun:
    """Open a run; idempotent, because Temporal may deliver this call more than once.

    Raises:
        NotFound: The run, automation or agent does not exist.
    """
    found = await begin(session, opening)
    run, primitive, automation = found.run, found.primitive, found.automation
    members = await _members(session, primitive) if found.admitted and not KINDS[run.kind].calls_agent else []
    return OpenedRun(
        run_id=run.id,
        root_run_id=run.root_run_id,
        kind=run.kind,
        primitive_id=primitive.id,
        primitive_slug=primitive.slug,
        primitive_name=primitive.name,
        automation_id=run.automation_id,
        automation_name=automation.name if automation else None,
        admitted=found.admitted,
        held_by=found.held_by,
        status=run.status,
        reason=run.reason,
        input=run.input if found.admitted else None,
        due_at=run.due_at or run.nominal_at,
        spec=public_spec(primitive) if found.admitted else {},
        capacities={member.slug: member.capacity for member in members},
        runners={member.slug: member.runner for member in members if member.runner},
    )


async def begin(session: AsyncSession, opening: OpenRun) -> FoundRun:
    """Find or create a run, and start it unless it may not run; idempotent.

    1. Find the queued row, or create the row of a due time or of a child run; lock it.
    2. Return it unchanged if it was opened or closed before, or waits for its admission.
    3. Skip it with a reason if its automation or primitive may not run, or a budget has no room for it.
    4. Let it wait for room in its budgets, then for its agent's capacity.
    5. Otherwise mark it running and fold it into the stats.

    Raises:
        NotFound: The run, automation or agent does not exist.
    """
    locked = await lock_run_with_relations(session, await _row(session, opening))
    run, primitive, automation = locked.run, locked.primitive, locked.automation
    if not opening.request.run_id and await take_over_late(session, run, opening):
        await _enter_late(session, run, opening)
    mine = run.temporal_workflow_id in (None, opening.temporal_workflow_id)
    if run.status is RunStatus.STUCK and run.started_at is None:
        # Its first workflow task has failed for a while, and does no longer.
        run.status, run.stuck = RunStatus.QUEUED, None
    if is_held(run) or waits_for_capacity(run):
        if mine:
            run.temporal_workflow_id, run.temporal_run_id = opening.temporal_workflow_id, opening.temporal_run_id
        return FoundRun(run, primitive, automation, admitted=False, held_by=holder(run) if mine else None)
    if run.status is RunStatus.QUEUED and run.started_at is None:
        run.temporal_workflow_id = opening.temporal_workflow_id
        run.temporal_run_id = opening.temporal_run_id
        if not await _decide(session, locked, opening):
            return FoundRun(run, primitive, automation, admitted=False, held_by=holder(run))
    elif mine and run.status in OPEN_STATUSES:
        # After a reset the same workflow id has another Temporal run.
        run.temporal_run_id = opening.temporal_run_id
    return FoundRun(run, primitive, automation, mine and run.status in OPEN_STATUSES and run.started_at is not None)


async def _decide(session: AsyncSession, locked: LockedRun, opening: OpenRun) -> bool:
    """Start a queued run, or close it as skipped; return False if it waits for a budget or its agent's capacity."""
    run, primitive, at = locked.run, locked.primitive, opening.started_at
    reason, verdict = refusal(run, locked.automation, primitive, at), Verdict.START
    if reason is None:
        with session.no_autoflush:
            verdict = await take_budget(session, run, locked.budgets, at)
        reason = SkipReason.OVER_BUDGET if verdict is Verdict.REFUSE else None
    if reason is not None:
        await finish(session, run, RunStatus.SKIPPED, at=at, reason=reason.value)
        if verdict is Verdict.REFUSE:
            await note_refused(session, run, at)
        return True
    if verdict is Verdict.WAIT or not await take_capacity(session, run, primitive, at):
        return False
    # An agent's run stays queued until a worker has a slot for the call (`claim_call`).
    if not (opening.call_is_claimed and KINDS[run.kind].calls_agent):
        run.status = RunStatus.RUNNING
    run.started_at = at
    run.trace_id = opening.trace_id
    await describe_run(session, run)
    # The run is written once, at the end: an agent's call is claimed in the same transaction.
    with session.no_autoflush:
        await fold_opened(session, run)
    return True


def refusal(run: Run, automation: Automation | None, primitive: Primitive, at: datetime) -> SkipReason | None:
    """Return why a run may not start, budgets aside; a forced run ignores that its automation is paused."""
    if not primitive.can_run:
        return SkipReason.PRIMITIVE_INACTIVE
    if automation is None:
        return None
    if automation.archived_at:
        return SkipReason.ARCHIVED
    if not run.forced and is_paused(automation, max(at, run.due_at or at)):
        return SkipReason.PAUSED
    return None


def public_spec(primitive: Primitive) -> dict[str, Any]:
    """Return a primitive's spec with secrets redacted."""
    return redacted(SPECS[primitive.kind].model_validate(primitive.spec)).wire()


async def _row(session: AsyncSession, opening: OpenRun) -> uuid.UUID:
    request = opening.request
    if request.child and request.run_id:
        return await _child_row(session, opening, request.child, request.run_id)
    if request.run_id:
        return request.run_id
    if request.automation_id and opening.due_at:
        return await _due_row(session, opening, request.automation_id, opening.due_at)
    raise Invalid("a run needs a run id, or an automation and its due time", field="request")


async def _child_row(session: AsyncSession, opening: OpenRun, child: ChildOf, run_id: uuid.UUID) -> uuid.UUID:
    agent = await session.scalar(
        select(Primitive)
        .where(Primitive.kind == Kind.AGENT, Primitive.slug == child.agent)
        # An archived agent's slug may be in use again.
        .order_by(Primitive.archived_at.desc().nulls_first())
        .limit(1)
    )
    if agent is None:
        raise NotFound(f"there is no agent {child.agent!r}", field="agent")
    ids = {
        "id": run_id,
        "parent_run_id": child.parent_run_id,
        "root_run_id": child.root_run_id,
        "step_path": child.step,
    }
    row = queued_run(
        agent,
        opening.started_at,
        RunSource.PARENT,
        **ids,
        nominal_at=child.due_at,
        input=opening.request.input,
    )
    await session.execute(insert(Run).values(row).on_conflict_do_nothing())
    return run_id


async def _due_row(session: AsyncSession, opening: OpenRun, automation_id: uuid.UUID, due_at: datetime) -> uuid.UUID:
    automation = await session.get(Automation, automation_id)
    if automation is None:
        raise NotFound(f"there is no automation {automation_id}", field="automationId")
    primitive = await session.get_one(Primitive, automation.primitive_id)
    row = queued_run(
        primitive,
        opening.started_at,
        RunSource.SCHEDULE,
        automation_id=automation_id,
        due_at=due_at,
        input=automation.payload,
    )
    query = select(Run.id, Run.held_by).where(Run.automation_id == automation_id, Run.due_at == due_at)
    inserted: uuid.UUID | None
    if automation.is_controlled or automation.admit_at is not None:
        # Locked before its run, which may be waiting.
        automation = await lock_automation(session, automation_id)
        found: uuid.UUID | None = await session.scalar(query.with_only_columns(Run.id))
        if found is not None:
            return found
        inserted = row["id"]
        row["temporal_workflow_id"] = opening.temporal_workflow_id
        await enter(session, automation, row, _schedule_keys(automation), await database_now(session))
        await admit(session, automation)
    else:
        inserted = await session.scalar(insert(Run).values(row).on_conflict_do_nothing().returning(Run.id))
    if inserted and opening.started_at - due_at > LATE:
        await leave_span(session, automation_id, due_at)
    run_id: uuid.UUID
    run_id, held_by = (await session.execute(query)).one()
    if not inserted and held_by is not None:
        # A run that waits is locked after its automation, also one of a backfill.
        await lock_automation(session, automation_id)
    return run_id


def _schedule_keys(automation: Automation) -> AdmissionKeys:
    return AdmissionKeys(**automation.schedule_keys or {})


async def _enter_late(session: AsyncSession, run: Run, opening: OpenRun) -> None:
    """Put a run that fires late under the flow control of its automation, as one that fires on time."""
    automation = await lock_automation(session, run.automation_id) if run.automation_id else None
    if automation is None or not (automation.is_controlled or automation.admit_at is not None):
        return
    run.temporal_workflow_id, run.temporal_run_id = opening.temporal_workflow_id, opening.temporal_run_id
    await enter_late(session, automation, run, _schedule_keys(automation), await database_now(session))
    await admit(session, automation)
    await session.refresh(run)


@dataclass(frozen=True, slots=True)
class _Member:
    slug: str
    capacity: int
    runner: str | None


async def _members(session: AsyncSession, primitive: Primitive) -> list[_Member]:
    query = (
        select(Primitive.slug, func.coalesce(Primitive.capacity, 1), Primitive.runner)
        .join(PrimitiveMember, PrimitiveMember.agent_id == Primitive.id)
        .where(PrimitiveMember.primitive_id == primitive.id)
        .distinct()
    )
    found = await session.execute(query)
    return [_Member(slug, capacity, runner) for slug, capacity, runner in found]
