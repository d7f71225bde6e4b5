"""Which automations must be looked at although nothing arrives and nothing closes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.flow_control import SingletonMode
from models.names import run_temporal_workflow_id
from models.states import OPEN_STATUSES, RunStatus
from models.store.admission.admit import control_of
from models.store.tables.admission import AdmissionKey
from models.store.tables.automations import Automation
from models.store.tables.runs import HELD_CONDITION, OPEN_CONDITION, Run

PRUNED_AT_ONCE = 1000


async def due_now(session: AsyncSession, limit: int) -> Sequence[UUID]:
    """Return automations whose instant has come, the earliest first."""
    query = select(Automation.id).where(Automation.admit_at <= func.clock_timestamp())
    return (await session.scalars(query.order_by(Automation.admit_at).limit(limit))).all()


async def next_instant(session: AsyncSession) -> timedelta | None:
    """Return how long it is until the next automation's instant, by PostgreSQL's clock; None if there is none."""
    query = select(func.min(Automation.admit_at), func.clock_timestamp()).where(Automation.admit_at.is_not(None))
    at, now = (await session.execute(query)).one()
    return None if at is None else at - now


async def postpone(session: AsyncSession, automation_id: UUID, by: timedelta) -> None:
    """Look at an automation again later, after a failure."""
    statement = update(Automation).where(Automation.id == automation_id, Automation.admit_at.is_not(None))
    values = {"admit_at": func.clock_timestamp() + by}
    await session.execute(statement.values(values).execution_options(synchronize_session=False))


async def with_waiting_runs(session: AsyncSession) -> Sequence[UUID]:
    """Return the automations that have waiting runs."""
    waiting = exists().where(Run.automation_id == Automation.id, HELD_CONDITION)
    controlled = or_(
        *(Automation.flow_control.is_not(None), Automation.budget_usd_month.is_not(None)),
        Automation.admit_at.is_not(None),
    )
    return (await session.scalars(select(Automation.id).where(controlled, waiting).order_by(Automation.id))).all()


async def untold_workflows(session: AsyncSession, before: datetime, limit: int) -> Sequence[str]:
    """Return workflows that still wait, although their run was admitted some time ago."""
    query = select(Run.temporal_workflow_id).where(
        *(Run.status == RunStatus.QUEUED, OPEN_CONDITION, Run.held_by.is_(None), Run.started_at.is_(None)),
        *(Run.admitted_at < before, Run.agent_held_at.is_(None), Run.budget_held_at.is_(None)),
        Run.temporal_workflow_id.is_not(None),
        # A run that was delivered has no workflow until it is admitted, unless it waited for its agent or a budget.
        or_(Run.due_at.is_not(None), Run.takes_capacity, Run.takes_budget, Run.budget_id.is_not(None)),
    )
    found = (await session.scalars(query.limit(limit))).all()
    return [one for one in found if one is not None]


async def to_be_cancelled(session: AsyncSession, automation: Automation) -> Sequence[str]:
    """Return the workflows of running runs that a waiting one replaces."""
    control = control_of(automation)
    if control is None or control.singleton is None or control.singleton.mode is not SingletonMode.CANCEL:
        return []
    waiting = select(Run.admission_key).where(Run.automation_id == automation.id, HELD_CONDITION)
    query = select(Run.id, Run.temporal_workflow_id).where(
        *(Run.automation_id == automation.id, Run.status.in_(OPEN_STATUSES), Run.held_by.is_(None)),
        func.coalesce(Run.admission_key, "").in_(waiting),
    )
    return [found or run_temporal_workflow_id(run_id) for run_id, found in await session.execute(query)]


async def prune_keys(session: AsyncSession) -> None:
    """Delete some keys that have expired."""
    expired = (
        select(AdmissionKey.automation_id, AdmissionKey.purpose, AdmissionKey.key)
        .where(AdmissionKey.expires_at < func.clock_timestamp())
        .order_by(AdmissionKey.expires_at)
        .limit(PRUNED_AT_ONCE)
        .with_for_update(skip_locked=True, key_share=True)
        .subquery()
    )
    await session.execute(
        delete(AdmissionKey)
        .where(
            AdmissionKey.automation_id == expired.c.automation_id,
            AdmissionKey.purpose == expired.c.purpose,
            AdmissionKey.key == expired.c.key,
        )
        .execution_options(synchronize_session=False)
    )
