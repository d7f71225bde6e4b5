"""Waiting runs that are dropped, let in by hand, or given new limits; always under the automation's lock."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.flow_control import FlowControl
from models.states import RunStatus, SkipReason
from models.store.admission.admit import MOST_AT_ONCE, admit, control_of, database_now
from models.store.admission.arrival import first_hold
from models.store.runs.closing import finish
from models.store.runs.locks import lock_run
from models.store.tables.automations import Automation
from models.store.tables.runs import HELD_CONDITION, Run


async def advance(session: AsyncSession, automation: Automation) -> None:
    """Drop what has waited for too long and admit what may start; at most `MOST_AT_ONCE` runs of each.

    The runs of an archived automation are dropped.
    """
    now = await database_now(session)
    if automation.archived_at is not None:
        await drop(session, automation, SkipReason.ARCHIVED, now)
        return
    await drop(session, automation, SkipReason.EXPIRED, now, Run.start_by <= now)
    await admit(session, automation)


async def drop(
    session: AsyncSession, automation: Automation, reason: SkipReason, now: datetime, *conditions: ColumnElement[bool]
) -> int:
    """Close the automation's first waiting runs that fulfil the conditions as skipped; return how many.

    At most `MOST_AT_ONCE`; where more are left, the automation is due to be looked at again.
    """
    query = (
        select(Run.id)
        .where(Run.automation_id == automation.id, HELD_CONDITION, *conditions)
        .order_by(Run.ordered_at, Run.id)
        .limit(MOST_AT_ONCE)
    )
    found: Sequence[UUID] = (await session.scalars(query)).all()
    for run_id in found:
        run = await lock_run(session, run_id)
        await finish(session, run, RunStatus.SKIPPED, at=now, reason=reason.value)
    if automation.archived_at is not None:
        automation.admit_at = now if len(found) == MOST_AT_ONCE else None
    return len(found)


async def apply_new_limits(session: AsyncSession, automation: Automation) -> None:
    """Let an edit of flow control count for the runs that wait already, and admit those that may start now."""
    control = control_of(automation)
    patience = timedelta(seconds=control.max_wait_seconds) if control and control.max_wait_seconds else None
    # A run of a backfill has been asked for, however long it takes.
    start_by = case((Run.backfill_id.is_not(None), None), else_=Run.queued_at + patience) if patience else None
    values: dict[str, object] = {"start_by": start_by}
    if control is None or not (control.debounce or control.batch):
        # There is no window any more that could end.
        values["not_before"] = None
        values["held_by"] = first_hold(control or FlowControl()).value
    waiting = update(Run).where(Run.automation_id == automation.id, HELD_CONDITION).values(values)
    await session.execute(waiting.execution_options(synchronize_session=False))
    await admit(session, automation)
