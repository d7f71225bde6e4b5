"""Closes a run exactly once: outcome, roll-up, stats, health policy, audit and the next admissions in one transaction.

Database triggers write to `changes`, which notifies listeners when the transaction commits.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import case, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.views import RunError, Tokens
from models.contracts.workflows.lifecycle import RunOutcome, RunResult
from models.kinds import KINDS
from models.states import OPEN_STATUSES, RunStatus, Source, StepStatus
from models.store.admission.admit import admit, is_held
from models.store.admission.capacity import let_next_in, lock_capacity, waits_for_capacity
from models.store.admission.to_tell import admissions
from models.store.budgets.reserving import waits_for_budget
from models.store.budgets.spending import Spent, add_spent, spent_by
from models.store.deliveries.following import note_following
from models.store.health.policy import apply_policy, is_probe
from models.store.runs.agent_results import NewAnswer, answer_locked
from models.store.runs.description import describe_run
from models.store.runs.fingerprints import note_error
from models.store.runs.locks import lock_automation, lock_run
from models.store.stats.folding import fold_closed, fold_late_cost
from models.store.tables.runs import Run, RunStep

ERROR_LENGTH = 8000
_UNFINISHED = (StepStatus.PENDING, StepStatus.RUNNING, StepStatus.WAITING)


@dataclass(frozen=True, slots=True)
class ClosedRun:
    """A closed run; `already` if it was closed before, `sync` is an automation whose Temporal schedule to sync."""

    status: RunStatus
    already: bool
    sync: UUID | None = None


async def close_run(session: AsyncSession, outcome: RunOutcome, *, counted: bool = True) -> ClosedRun:
    """Close a run; idempotent, because Temporal may deliver this call more than once.

    1. Lock the run; return if it is already closed.
    2. Write its outcome, and add its cost to its parents.
    3. Fold it into the automation's stats and its hour.
    4. Apply the health policy.
    5. Admit the runs that waited for its end.
    6. Add its cost to the budgets that count it.

    With `counted` False only the run itself is closed: `podium stats verify --repair` counts it later.

    Raises:
        NotFound: No run has this id.
    """
    run = await lock_run(session, outcome.run_id)
    if run.status not in OPEN_STATUSES:
        return ClosedRun(run.status, already=True)
    if outcome.output is not None and run.answered_at is None:
        run.output = outcome.output
    if outcome.facts is not None:
        run.facts = outcome.facts.wire()
    sync = await finish(
        session,
        run,
        outcome.status,
        at=outcome.finished_at,
        reason=outcome.reason,
        error=outcome.error,
        counted=counted,
        by_its_workflow=True,
        interventions=outcome.interventions,
        gates=outcome.gates,
    )
    return ClosedRun(run.status, already=False, sync=sync)


async def close_answered(
    session: AsyncSession,
    run_id: UUID,
    answer: NewAnswer | None,
    *,
    at: datetime,
    counted: bool = True,
) -> tuple[ClosedRun, RunResult]:
    """Record an agent's answer and close its run; idempotent.

    Without an answer the one that was recorded before is used. A run that has ended meanwhile is not changed.

    Raises:
        NotFound: No run has this id.
    """
    run = await lock_run(session, run_id)
    already, sync = run.status not in OPEN_STATUSES, None
    if not already:
        if answer:
            await answer_locked(session, run, answer, at)
        sync = await finish(session, run, RunStatus.COMPLETED, at=at, counted=counted)
    return ClosedRun(run.status, already=already, sync=sync), result_of(run)


def result_of(run: Run) -> RunResult:
    """Return the result of a closed run."""
    return RunResult(run_id=run.id, status=run.status, output=run.output, reason=run.reason)


async def finish(
    session: AsyncSession,
    run: Run,
    status: RunStatus,
    *,
    at: datetime,
    reason: str | None = None,
    error: RunError | None = None,
    counted: bool = True,
    by_its_workflow: bool = False,
    interventions: int = 0,
    gates: int = 0,
) -> UUID | None:
    """Finish a locked, open run; return the automation whose Temporal schedule must be synced, if any.

    A workflow that waits for the run's admission is told, unless it is that which finishes the run.
    """
    if status is RunStatus.FAILED and run.answered_at is not None and KINDS[run.kind].calls_agent:
        # The answer was recorded; the worker was lost, or a time-out fired, before Temporal heard of it.
        status, reason, error = RunStatus.COMPLETED, None, None
    held_a_slot = run.held_by is None and (run.admitted_at or run.started_at) is not None
    waits = waits_for_capacity(run) or waits_for_budget(run) or (is_held(run) and run.due_at is not None)
    if waits and run.temporal_workflow_id is not None and not by_its_workflow:
        admissions(session).to_wake.append(run.temporal_workflow_id)
    if run.takes_budget or waits_for_budget(run):
        admissions(session).frees_budget = True
    if run.backfill_id is not None:
        admissions(session).backfills.add(run.backfill_id)
    _write_outcome(run, status, at, reason, error)
    run.interventions += interventions
    run.gates += gates
    await describe_run(session, run)
    await _close_steps(session, run)
    if not counted:
        return None
    # The run is written once, with the number that counting gives it.
    with session.no_autoflush:
        await note_error(session, run)
    # The trigger `count_run` adds it to the sums by hour, at the commit.
    run.is_counted = True
    late = await _roll_up(session, run)
    sync = await _account(session, run, run.automation_id, at, held_a_slot) if run.automation_id else None
    if run.takes_capacity:
        await let_next_in(session, run.primitive_id)
    await add_spent(session, [spent_by(run), *late], at)
    return sync


async def _account(
    session: AsyncSession, run: Run, automation_id: UUID, at: datetime, held_a_slot: bool
) -> UUID | None:
    with session.no_autoflush:
        automation = await lock_automation(session, automation_id)
        if run.takes_capacity:
            # Before the stats, as when a run is opened.
            await lock_capacity(session, run.primitive_id)
        probe = is_probe(automation, run)
        stats = await fold_closed(session, run, automation_id, in_window=not probe)
    changed = not run.outside_health and await apply_policy(session, automation, stats, run, at)
    if automation.fires_dependents:
        await note_following(session, run, automation, at)
    if held_a_slot and (automation.is_controlled or automation.admit_at is not None):
        await admit(session, automation)
    return automation.id if changed and automation.source is Source.SCHEDULE else None


def _write_outcome(run: Run, status: RunStatus, at: datetime, reason: str | None, error: RunError | None) -> None:
    run.status = status
    run.reason = reason
    run.paused = run.stuck = None
    run.finished_at = max(at, run.started_at or at)
    if error:
        run.error_type = error.type
        run.error_message = error.message[:ERROR_LENGTH]
    if run.started_at is None:
        return
    run.duration_ms = int((run.finished_at - run.started_at).total_seconds() * 1000)
    if KINDS[run.kind].calls_agent:
        run.agent_runs += 1
        run.own_cost_usd = run.cost_usd
        if run.cost_usd is None:
            run.unknown_costs = max(run.unknown_costs, 1)
    elif not run.unknown_costs:
        # No unknown cost below it, so the known cost is complete; a run without calls costs 0.
        run.cost_usd = run.cost_usd or Decimal(0)


async def _close_steps(session: AsyncSession, run: Run) -> None:
    if KINDS[run.kind].calls_agent:
        return
    becomes = case((RunStep.status == StepStatus.PENDING, StepStatus.SKIPPED.value), else_=StepStatus.CANCELLED.value)
    await session.execute(
        update(RunStep)
        .where(RunStep.run_id == run.id, RunStep.status.in_(_UNFINISHED))
        .values(status=becomes, finished_at=run.finished_at)
    )


async def _roll_up(session: AsyncSession, run: Run) -> list[Spent]:
    """Add a run's totals to its parent, and further up while the parent has closed already.

    Returns what is added to the costs of parents that have closed before.
    """
    late: list[Spent] = []
    cost, unknown, calls, tokens = run.cost_usd, run.unknown_costs, run.agent_runs, run.tokens
    parent_id = run.parent_run_id
    while parent_id is not None and (cost is not None or unknown or calls):
        parent = await lock_run(session, parent_id)
        before = None if parent.unknown_costs else parent.cost_usd
        if cost is not None:
            parent.cost_usd = (parent.cost_usd or Decimal(0)) + cost
        parent.unknown_costs += unknown
        parent.agent_runs += calls
        parent.tokens = add_tokens(parent.tokens, tokens)
        await session.flush()
        if parent.status in OPEN_STATUSES:
            break
        late.append(Spent(parent, cost or Decimal(0), is_late=True))
        if parent.parent_run_id is None:
            await fold_late_cost(session, parent, before, cost, calls)
        parent_id = parent.parent_run_id
    return late


def add_tokens(one: dict[str, int] | None, other: dict[str, int] | None) -> dict[str, int] | None:
    """Add stored token counts; None means that none were counted."""
    if not one or not other:
        return one or other
    return Tokens.model_validate(one).plus(Tokens.model_validate(other)).wire()
