"""Locks rows in one order (run, parent, automation, budgets, agent, stats), so that transactions cannot deadlock.

A run that waits for its admission is the exception: it is locked after its automation (`lock_waiting_run`).

The locks leave keys free (`FOR NO KEY UPDATE`): inserting a child run or a run of the automation does not wait.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import ARRAY, Label, Uuid, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import NotFound
from models.states import BudgetAction
from models.store.budgets.applying import COVERS, ApplyingBudgets
from models.store.tables.automations import Automation
from models.store.tables.budgets import Budget
from models.store.tables.primitives import Primitive
from models.store.tables.runs import HELD_CONDITION, PENDING_CONDITION, Run

Locked = TypeVar("Locked", Run, Automation)


@dataclass(frozen=True, slots=True)
class LockedRun:
    """A locked run with what it belongs to as it is now, and the budgets that apply to it."""

    run: Run
    primitive: Primitive
    automation: Automation | None
    budgets: ApplyingBudgets


async def lock_run(session: AsyncSession, run_id: uuid.UUID) -> Run:
    """Return the run as it is now, locked until the transaction ends.

    Raises:
        NotFound: No run has this id.
    """
    return await _lock(session, Run, run_id, "run")


async def lock_run_with_relations(session: AsyncSession, run_id: uuid.UUID) -> LockedRun:
    """Return the run, locked until the transaction ends, with its primitive, its automation and its budgets.

    Raises:
        NotFound: No run has this id.
    """
    found = await session.execute(_WITH_RELATIONS, {"run_id": run_id}, execution_options={"populate_existing": True})
    row = found.one_or_none()
    if row is None:
        raise NotFound(f"there is no run {run_id}", field="runId")
    run, primitive, automation, stop, warn = row
    return LockedRun(run, primitive, automation, ApplyingBudgets(stop, warn))


async def lock_waiting_run(session: AsyncSession, run_id: uuid.UUID) -> Run:
    """Return the run, locked; one that waits for its admission is locked after its automation, as admission does.

    Raises:
        NotFound: No run has this id.
    """
    waiting = select(Run).where(Run.id == run_id, or_(HELD_CONDITION, PENDING_CONDITION))
    automation_id = await session.scalar(waiting.with_only_columns(Run.automation_id))
    if automation_id is not None:
        async with session.begin_nested() as attempt:
            await lock_automation(session, automation_id)
            locked = waiting.with_for_update(key_share=True)
            run = await session.scalar(locked, execution_options={"populate_existing": True})
            if run is not None:
                return run
            # It has been admitted meanwhile: the automation is let go, so that the run can be locked first.
            await attempt.rollback()
    return await lock_run(session, run_id)


async def lock_automation(session: AsyncSession, automation_id: uuid.UUID) -> Automation:
    """Return the automation as it is now, locked until the transaction ends.

    Raises:
        NotFound: No automation has this id.
    """
    return await _lock(session, Automation, automation_id, "automation")


async def _lock(session: AsyncSession, table: type[Locked], key: uuid.UUID, noun: str) -> Locked:
    query = select(table).where(table.id == key).with_for_update(key_share=True)
    # What the session read before the lock was granted may be stale.
    row = await session.scalar(query, execution_options={"populate_existing": True})
    if row is None:
        raise NotFound(f"there is no {noun} {key}", field=f"{noun}Id")
    return row


def _budgets(action: BudgetAction) -> Label[Sequence[uuid.UUID]]:
    ids = select(Budget.id).where(COVERS, Budget.action == action).correlate(Run).scalar_subquery()
    return func.array(ids, type_=ARRAY(Uuid())).label(action.value)


_WITH_RELATIONS = (
    select(Run, Primitive, Automation, _budgets(BudgetAction.STOP), _budgets(BudgetAction.WARN))
    .join(Primitive, Primitive.id == Run.primitive_id)
    .outerjoin(Automation, Automation.id == Run.automation_id)
    .where(Run.id == bindparam("run_id"))
    .with_for_update(of=Run, key_share=True)
)
