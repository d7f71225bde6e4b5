"""Probes: the trial runs of an automation that its health policy has disabled.

The rule kept here: at most one probe of an automation is under way. `health_probe_run_id` names it, and is only changed
under the automation's row lock. `health_probe_at` is set exactly while it is to be probed.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.drafts import Overlap
from models.contracts.automations.health_policies import HealthAction
from models.names import run_temporal_workflow_id
from models.rules.damping import is_flapping
from models.rules.probing import ProbePolicy, ProbeTime, probe_delay, probe_time, verdict
from models.states import OPEN_STATUSES, RunSource, Source
from models.store.automations.schedule_columns import stored_schedule
from models.store.runs.locks import lock_automation
from models.store.runs.queued_rows import queued_run
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run

WAITING = frozenset({Overlap.SKIP, Overlap.BUFFER_ONE, Overlap.BUFFER_ALL})
"""Policies by which a run does not start beside an earlier one."""


@dataclass(frozen=True, slots=True)
class QueuedProbe:
    """A probe that was queued, with the facts that its Temporal workflow is started with."""

    run: Run
    primitive: Primitive
    automation: Automation


def probe_policy(row: Automation) -> ProbePolicy | None:
    """Return how the automation is probed; None: a person has to resume it."""
    if not row.health_enabled or row.health_action is not HealthAction.DISABLE or row.health_probe_minutes is None:
        return None
    return ProbePolicy(
        timedelta(minutes=row.health_probe_minutes),
        timedelta(minutes=row.health_probe_max_minutes),
        row.health_probe_successes,
    )


def plan_probe(row: Automation, since: datetime) -> None:
    """Set when the next probe may start, counted from the last trip."""
    policy = probe_policy(row)
    # Trying again what goes back and forth would only disturb people: one of them has to look.
    probed = policy and not is_flapping(row.health_tripped_at, row.health_triggered_at or since)
    row.health_probe_at = since + probe_delay(policy, row.health_trips, row.id) if policy and probed else None


def settle_probe(row: Automation, run: Run | None, at: datetime) -> bool | None:
    """Take the verdict of a closed probe into account; return it. None: nothing is decided, and it is probed again.

    The caller enables the automation again when enough probes have passed in a row: `is_proven`.
    """
    row.health_probe_run_id = None
    passed = verdict(run.status) if run else None
    if row.is_active or row.health_probe_at is None:
        return None
    if passed is None:
        # Without a due time there would be no pause before the next one, which is skipped for the same reason.
        by_hand = row.source is Source.SCHEDULE and (run is None or run.due_at is None)
        (plan_probe if by_hand else _probe_from)(row, at)
    elif passed:
        row.health_probes_passed += 1
        _probe_from(row, at)
    else:
        row.health_probes_passed = 0
        row.health_trips += 1
        plan_probe(row, at)
    return passed


def is_proven(row: Automation) -> bool:
    """Return whether enough probes in a row have passed."""
    policy = probe_policy(row)
    return policy is not None and row.health_probes_passed >= policy.successes


def _probe_from(row: Automation, at: datetime) -> None:
    """Let the next fire from this moment on be a probe."""
    row.health_probe_at = max(row.health_probe_at or at, at)


def replan_probe(row: Automation, now: datetime) -> None:
    """Apply an edit of the policy to an automation that is disabled by it."""
    if row.is_active or row.health_triggered_at is None:
        return
    plan_probe(row, row.health_triggered_at)
    if row.health_probe_at is not None:
        row.health_probe_at = max(row.health_probe_at, now)


def awaits_probe(row: Automation, at: datetime) -> bool:
    """Return whether the next fire is a probe."""
    return (
        not row.is_active
        and row.archived_at is None
        and row.paused_until is None
        and row.health_probe_run_id is None
        and row.health_probe_at is not None
        and row.health_probe_at <= at
    )


def planned_probe(row: Automation, now: datetime) -> ProbeTime | None:
    """Return when a schedule is probed next; None for triggers, and while it is not to be probed."""
    schedule = stored_schedule(row)
    if schedule is None or row.health_probe_at is None or row.health_probe_run_id is not None:
        return None
    return probe_time(schedule, row.health_probe_at, now, timedelta(seconds=row.catchup_seconds))


async def probed_schedules(
    session: AsyncSession, now: datetime, limit: int, after: uuid.UUID | None
) -> Sequence[Automation]:
    """Return schedules that may be probed from now on, most of which wait for their due time; by id, a page of them."""
    query = (
        select(Automation)
        .where(
            Automation.health_probe_at <= now,
            Automation.health_probe_run_id.is_(None),
            Automation.source == Source.SCHEDULE,
            ~Automation.is_active,
            Automation.archived_at.is_(None),
            Automation.paused_until.is_(None),
        )
        .order_by(Automation.id)
        .limit(limit)
    )
    return (await session.scalars(query.where(Automation.id > after) if after else query)).all()


async def queue_probe(session: AsyncSession, automation_id: uuid.UUID, now: datetime) -> QueuedProbe | None:
    """Queue the probe of a schedule; None if it is not to be probed now.

    Its run has the due time, so that the due time has exactly one run, and is accounted for.
    """
    row = await lock_automation(session, automation_id)
    planned = planned_probe(row, now) if awaits_probe(row, now) else None
    if planned is None or planned.at > now:
        return None
    if row.overlap in WAITING and await _is_running(session, automation_id):
        # Not side by side with a run from before it was disabled: it is tried at the next due time.
        row.health_probe_at = planned.at
        return None
    primitive = await session.get_one(Primitive, row.primitive_id)
    columns = queued_run(
        primitive,
        now,
        RunSource.SCHEDULE,
        automation_id=automation_id,
        due_at=planned.due_at,
        input=row.payload,
        forced=True,
        probe=True,
    )
    columns["temporal_workflow_id"] = run_temporal_workflow_id(columns["id"])
    made = await session.scalar(insert(Run).values(columns).on_conflict_do_nothing().returning(Run))
    if made is None:
        # The due time has a run, such as an earlier probe: the next one is tried.
        row.health_probe_at = planned.at
        return await queue_probe(session, automation_id, now)
    row.health_probe_run_id = made.id
    return QueuedProbe(made, primitive, row)


async def begin_probe(session: AsyncSession, run: Run, at: datetime) -> bool:
    """Make the locked, queued run of a delivery the probe of its automation; return False if none is awaited."""
    if run.automation_id is None:
        return False
    row = await lock_automation(session, run.automation_id)
    if not awaits_probe(row, at):
        return False
    row.health_probe_run_id = run.id
    run.probe = run.forced = True
    run.temporal_workflow_id = run_temporal_workflow_id(run.id)
    return True


async def unsettled_probes(session: AsyncSession, limit: int) -> Sequence[tuple[uuid.UUID, uuid.UUID]]:
    """Return automations and their probes whose run has closed, or is gone, without having settled the probe.

    That happens where a run is closed without being counted. It must not keep its automation from being probed.
    """
    query = (
        select(Automation.id, Automation.health_probe_run_id)
        .outerjoin(Run, Run.id == Automation.health_probe_run_id)
        .where(Automation.health_probe_run_id.is_not(None), or_(Run.id.is_(None), Run.status.not_in(OPEN_STATUSES)))
        .order_by(Automation.id)
        .limit(limit)
    )
    return [(automation_id, run_id) for automation_id, run_id in await session.execute(query) if run_id]


async def _is_running(session: AsyncSession, automation_id: uuid.UUID) -> bool:
    query = select(Run.id).where(Run.automation_id == automation_id, Run.status.in_(OPEN_STATUSES)).limit(1)
    return await session.scalar(query) is not None
