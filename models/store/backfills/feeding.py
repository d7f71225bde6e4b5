"""Lets the runs of backfills have their turn: behind live runs, and at most so many under way at once.

A run whose turn has come goes into the queue of its automation, where it is ordered behind all live runs, or starts
if its automation has no limits. Nothing is counted: a run is under way while it is open and not pending.

Lock order: the automation before its backfill, and the backfill before its pending runs. Every step is idempotent, so
the sweep can repeat it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.flow_control import FlowControl
from models.contracts.runs.views import RunError
from models.errors import BadExpression
from models.rules.admission.keys import AdmissionKeys
from models.states import OPEN_STATUSES, BackfillStatus, HeldBy, RunStatus, SkipReason
from models.store.admission.admit import admit, control_of, database_now, let_in
from models.store.admission.arrival import first_hold
from models.store.backfills.budgets import room_for
from models.store.backfills.ending import pause
from models.store.ids import among
from models.store.runs.closing import finish
from models.store.runs.locks import lock_automation, lock_run
from models.store.runs.opening import refusal
from models.store.tables.automations import Automation
from models.store.tables.backfills import Backfill
from models.store.tables.primitives import Primitive
from models.store.tables.runs import PENDING_CONDITION, Run

PAUSED_BY = "podium"
MAX_LOCK_KEY = 2**63 - 1
_HAS_HAD_ITS_TURN = or_(Run.held_by.is_(None), Run.held_by != HeldBy.BACKFILL)


class Step(StrEnum):
    """What is to be done with a backfill now."""

    LET_GO = "let_go"
    """Its next runs may have their turn."""
    TAKE_BACK = "take_back"
    """It is cancelled, and has pending runs."""
    SETTLE = "settle"
    """None of its runs is open."""
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Next:
    """What is to be done with a backfill now, and the runs whose turn is next: all of one automation, or of none."""

    step: Step
    automation_id: UUID | None = None
    inputs: Mapping[UUID, Any] = field(default_factory=dict)
    """The input of each run by its id, in order."""


async def next_step(session: AsyncSession, backfill_id: UUID) -> Next:
    """Return what is to be done with a backfill.

    Locks nothing: the keys of the next runs are evaluated before the transaction that lets them go.
    """
    backfill = await session.get(Backfill, backfill_id, populate_existing=True)
    if backfill is None or backfill.finished_at is not None:
        return Next(Step.WAIT)
    under_way = await _under_way(session, backfill)
    room = backfill.run_limit - under_way if backfill.status is BackfillStatus.RUNNING else 1
    if room <= 0:
        return Next(Step.WAIT)
    query = (
        select(Run.id, Run.automation_id, Run.input)
        .where(Run.backfill_id == backfill_id, PENDING_CONDITION)
        .order_by(Run.ordered_at, Run.id)
        .limit(room)
    )
    rows = (await session.execute(query)).all()
    if not rows:
        return Next(Step.WAIT if under_way else Step.SETTLE)
    match backfill.status:
        case BackfillStatus.RUNNING:
            # Of one automation, since a transaction locks one.
            first = rows[0].automation_id
            inputs = {row.id: row.input for row in rows if row.automation_id == first}
            return Next(Step.LET_GO, first, inputs)
        case BackfillStatus.CANCELLED:
            return Next(Step.TAKE_BACK)
        case _:
            return Next(Step.WAIT)


async def let_go(
    session: AsyncSession, backfill_id: UUID, given: Next, keys: Mapping[UUID, AdmissionKeys | None]
) -> int:
    """Let the next runs of a backfill have their turn; return how many. Temporal is told after the commit.

    Does nothing while somebody else is at it, who looks again afterwards: of many runs that end at once, each would
    otherwise wait for the automation's lock a second time.

    1. Lock the automation, the backfill, and those of the given runs that are still pending and for which there is
       room.
    2. Do nothing while the automation is paused, and skip what cannot start, such as a run of an archived automation.
    3. Pause the backfill when a budget is spent, and give no more runs their turn than budgets have room for.
    4. Put the others into the automation's queue, or let them start if it has none.
    """
    if not await session.scalar(select(func.pg_try_advisory_xact_lock(backfill_id.int & MAX_LOCK_KEY))):
        return 0
    automation = await lock_automation(session, given.automation_id) if given.automation_id else None
    backfill = await session.get(Backfill, backfill_id, with_for_update={"key_share": True}, populate_existing=True)
    if backfill is None or backfill.status is not BackfillStatus.RUNNING:
        return 0
    room = backfill.run_limit - await _under_way(session, backfill)
    runs = await _pending(session, [*given.inputs], room) if room > 0 else []
    if not runs:
        return 0
    now = await database_now(session)
    primitive = await session.get_one(Primitive, runs[0].primitive_id, populate_existing=True)
    match refusal(runs[0], automation, primitive, now):
        case None:
            pass
        case SkipReason.PAUSED:
            # A pause is not a drop.
            return 0
        case reason:
            return await _skip(session, runs[:1], reason, now)
    budgets = await room_for(session, runs[0], now)
    if budgets.spent is not None:
        await pause(session, backfill, PAUSED_BY, budgets.spent, now)
        return 0
    if budgets.runs is not None:
        runs = runs[: await _fitting(session, backfill, budgets.runs)]
    broken = [run for run in runs if (found := keys.get(run.id)) and found.error]
    if broken:
        return await _skip(session, broken, SkipReason.BAD_EXPRESSION, now, keys)
    ids = [run.id for run in runs]
    if automation is None or not (automation.is_controlled or automation.admit_at is not None):
        await let_in(session, automation, ids)
    else:
        await _queue(session, automation, ids, keys)
        await admit(session, automation)
    return len(ids)


async def _under_way(session: AsyncSession, backfill: Backfill) -> int:
    under_way = select(func.count()).where(
        Run.backfill_id == backfill.id, Run.status.in_(OPEN_STATUSES), _HAS_HAD_ITS_TURN
    )
    return (await session.execute(under_way)).scalar_one()


async def _fitting(session: AsyncSession, backfill: Backfill, room: int) -> int:
    """Return how many more runs may have their turn when budgets have room for so many.

    Of those under way, the ones that have not been opened yet still need their part. Without any under way one goes: it
    waits in its budget's line, and is woken there.
    """
    going = and_(Run.backfill_id == backfill.id, Run.status.in_(OPEN_STATUSES), _HAS_HAD_ITS_TURN)
    query = select(func.count(), func.count().filter(~Run.takes_budget)).where(going)
    under_way, unreserved = (await session.execute(query)).one()
    return max(room - unreserved, 0 if under_way else 1)


async def _pending(session: AsyncSession, ids: Sequence[UUID], most: int) -> Sequence[Run]:
    query = (
        select(Run)
        .where(among(Run.id, ids), PENDING_CONDITION)
        .order_by(Run.ordered_at, Run.id)
        .limit(most)
        .with_for_update(key_share=True)
    )
    return (await session.scalars(query, execution_options={"populate_existing": True})).all()


async def _queue(
    session: AsyncSession, automation: Automation, ids: Sequence[UUID], keys: Mapping[UUID, AdmissionKeys | None]
) -> None:
    """Put runs into the automation's queue. Nobody drops, folds or expires them there: somebody asked for each."""
    hold = first_hold(control_of(automation) or FlowControl()).value
    for run_id in ids:
        found = keys.get(run_id) or AdmissionKeys()
        values = {"admission_key": found.concurrency, "throttle_key": found.throttle, "held_by": hold}
        statement = update(Run).where(Run.id == run_id).values(values)
        await session.execute(statement.execution_options(synchronize_session=False))


async def _skip(
    session: AsyncSession,
    runs: Sequence[Run],
    reason: SkipReason,
    now: datetime,
    keys: Mapping[UUID, AdmissionKeys | None] | None = None,
) -> int:
    for run in runs:
        found = keys.get(run.id) if keys else None
        error = RunError(type=BadExpression.code, message=found.error) if found and found.error else None
        locked = await lock_run(session, run.id)
        await finish(session, locked, RunStatus.SKIPPED, at=now, reason=reason.value, error=error)
    return len(runs)
