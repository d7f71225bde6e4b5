"""Puts a new run under its automation's flow control: inserts it, and closes what it drops or replaces."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from models.contracts.runs.views import RunError
from models.errors import BadExpression
from models.rules.admission.keys import AdmissionKeys
from models.states import HeldBy, RunStatus, SkipReason
from models.store.admission.arrival import Arrived, arrive
from models.store.admission.holders import holders
from models.store.admission.to_tell import admissions
from models.store.runs.closing import finish
from models.store.runs.locks import lock_run
from models.store.tables.automations import Automation
from models.store.tables.runs import HELD_CONDITION, Run

_COLUMNS = ("held_by", "ordered_at", "not_before", "start_by")
"""Set for runs that wait; named in each insert, so that the statement is always the same."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a waiting run waits for, since when, and its place in its automation's queue, from 1."""

    by: HeldBy
    since: datetime
    position: int


async def enter(
    session: AsyncSession,
    automation: Automation,
    row: dict[str, Any],
    keys: AdmissionKeys,
    now: datetime,
    *,
    is_new: bool = True,
) -> SkipReason | None:
    """Insert a run of a locked automation as waiting; `admit` then lets in what may start.

    Args:
        session: The transaction.
        automation: The locked automation.
        row: The columns of the run; changed.
        keys: What the expressions of its flow control yield.
        now: PostgreSQL's clock.
        is_new: False for reruns, which are neither dropped nor folded.

    Returns:
        Why the run was skipped; None if it waits.
    """
    arrived = await arrive(session, automation, row, keys, now, is_new=is_new)
    if arrived.skipped is not None and row.get("due_at") is None:
        # Nothing starts in Temporal; a repeated delivery is answered as this one.
        row["temporal_workflow_id"] = None
    columns = {**dict.fromkeys(_COLUMNS), "gathers": False, **row, "folded_into": arrived.folded_into}
    await session.execute(insert(Run).values(columns))
    await _carry_out(session, row["id"], arrived, now)
    return arrived.skipped


async def enter_late(
    session: AsyncSession, automation: Automation, run: Run, keys: AdmissionKeys, now: datetime
) -> SkipReason | None:
    """Do the same with the locked, queued run of a due time that has its row already, because it fires late."""
    row: dict[str, Any] = {"id": run.id, "input": run.input}
    arrived = await arrive(session, automation, row, keys, now, is_new=True)
    for name in (*_COLUMNS, "admission_key", "throttle_key"):
        setattr(run, name, row.get(name))
    run.folded_into = arrived.folded_into
    await session.flush()
    await _carry_out(session, run.id, arrived, now)
    return arrived.skipped


async def _carry_out(session: AsyncSession, run_id: UUID, arrived: Arrived, now: datetime) -> None:
    """Close what was decided to be dropped: the run itself, or those that it replaces."""
    if arrived.skipped is not None:
        run = await lock_run(session, run_id)
        error = RunError(type=BadExpression.code, message=arrived.error) if arrived.error else None
        await finish(session, run, RunStatus.SKIPPED, at=run.queued_at, reason=arrived.skipped.value, error=error)
    for replaced in arrived.replaces:
        older = await lock_run(session, replaced)
        older.folded_into = run_id
        await finish(session, older, RunStatus.SKIPPED, at=now, reason=arrived.replaced_as.value)
    admissions(session).to_cancel.extend(arrived.cancels)


async def place_of(session: AsyncSession, run_id: UUID) -> Place | None:
    """Return the place of a waiting run; None if it does not wait."""
    # Reading it anew forgets what was loaded with it, which whoever has the run may need.
    loaded = (joinedload(Run.primitive), joinedload(Run.automation))
    query = select(Run).options(*loaded).where(Run.id == run_id, HELD_CONDITION)
    found = await session.scalar(query, execution_options={"populate_existing": True})
    if found is None:
        return None
    held = await holders(session, [found])
    ahead = select(func.count()).where(
        Run.automation_id == found.automation_id,
        HELD_CONDITION,
        tuple_(Run.ordered_at, Run.id) < tuple_(found.ordered_at, run_id),
    )
    return Place(held[run_id], found.queued_at, (await session.execute(ahead)).scalar_one() + 1)
