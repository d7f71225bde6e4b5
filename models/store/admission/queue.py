"""Reads the queue of an automation, and releases or clears parts of it by hand."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.queue import KeyQueue, QueueSelection, QueueView, WaitingRun
from models.states import OPEN_STATUSES, HeldBy
from models.store.admission.admit import control_of, let_in
from models.store.admission.holders import holdings
from models.store.ids import among
from models.store.tables.automations import Automation
from models.store.tables.runs import HELD_CONDITION, Run

SHOWN = 100


async def view(session: AsyncSession, automation: Automation) -> QueueView:
    """Return the queue of an automation: totals, its longest keys and its first runs."""
    mine = Run.automation_id == automation.id
    key = func.coalesce(Run.admission_key, "")
    waiting = select(key, func.count(), func.min(Run.queued_at)).where(mine, HELD_CONDITION).group_by(key)
    running = select(key, func.count()).where(mine, Run.status.in_(OPEN_STATUSES), Run.held_by.is_(None)).group_by(key)
    held = {row[0]: (row[1], row[2]) for row in await session.execute(waiting)}
    started = {row[0]: row[1] for row in await session.execute(running)}
    keys = sorted(held.keys() | started.keys(), key=lambda one: (-held.get(one, (0,))[0], one))
    return QueueView(
        waiting=sum(count for count, _ in held.values()),
        running=sum(started.values()),
        oldest_queued_at=min((oldest for _, oldest in held.values()), default=None),
        next_at=await _next_start(session, automation),
        by_key=tuple(
            KeyQueue(key=one, waiting=held.get(one, (0,))[0], running=started.get(one, 0)) for one in keys[:SHOWN]
        ),
        runs=await _first(session, automation.id),
        limits=control_of(automation),
    )


async def _next_start(session: AsyncSession, automation: Automation) -> datetime | None:
    """Return when a run may start by itself: the automation's instant, unless it is the one at which a run expires."""
    expires, opens = (
        await session.execute(
            select(func.min(Run.start_by), func.min(Run.not_before)).where(
                Run.automation_id == automation.id, HELD_CONDITION
            )
        )
    ).one()
    at = automation.admit_at
    return at if at is None or expires is None or at < expires else opens


def can_hold(automation: Automation) -> bool:
    """Return whether runs of an automation may wait: limits do that, and a budget while no cost is known."""
    return automation.flow_control is not None or automation.budget_usd_month is not None


async def count_waiting(session: AsyncSession, automation_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return the number of waiting runs by automation, those without any left out."""
    if not automation_ids:
        return {}
    query = select(Run.automation_id, func.count()).where(among(Run.automation_id, automation_ids), HELD_CONDITION)
    found = await session.execute(query.group_by(Run.automation_id))
    return {automation_id: waiting for automation_id, waiting in found if automation_id is not None}


async def count(session: AsyncSession, automation_id: UUID, wanted: QueueSelection) -> int:
    """Return how many waiting runs are selected."""
    query = select(func.count()).where(Run.automation_id == automation_id, HELD_CONDITION, *selected(wanted))
    return (await session.execute(query)).scalar_one()


async def release(session: AsyncSession, automation: Automation, wanted: QueueSelection, most: int) -> int:
    """Let selected runs of a locked automation start beyond its limits, at most so many; return how many."""
    query = (
        select(Run.id)
        .where(Run.automation_id == automation.id, HELD_CONDITION, *selected(wanted))
        .order_by(Run.ordered_at, Run.id)
        .limit(most)
    )
    found: Sequence[UUID] = (await session.scalars(query)).all()
    await let_in(session, automation, found)
    return len(found)


def selected(wanted: QueueSelection) -> list[ColumnElement[bool]]:
    """Return the conditions of a selection."""
    if wanted.run_ids is not None:
        return [among(Run.id, wanted.run_ids)]
    return [] if wanted.key is None else [func.coalesce(Run.admission_key, "") == wanted.key]


async def _first(session: AsyncSession, automation_id: UUID) -> tuple[WaitingRun, ...]:
    query = (
        select(*(Run.id, Run.admission_key, Run.throttle_key, Run.held_by, Run.queued_at, Run.not_before, Run.start_by))
        .where(Run.automation_id == automation_id, HELD_CONDITION)
        .order_by(Run.ordered_at, Run.id)
        .limit(SHOWN)
    )
    holding = (await holdings(session, [automation_id]))[automation_id]
    return tuple(
        WaitingRun(
            run_id=row.id,
            position=position,
            key=row.admission_key or "",
            throttle_key=row.throttle_key or "",
            by=holding.of(HeldBy(row.held_by), row.admission_key or "", row.throttle_key or "", row.not_before),
            since=row.queued_at,
            not_before=row.not_before,
            start_by=row.start_by,
        )
        for position, row in enumerate(await session.execute(query), start=1)
    )
