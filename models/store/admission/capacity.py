"""The capacity of an agent: how many of its runs may be open at once, whoever calls it.

It is decided when a run is opened, after everything else: a run that waits for capacity may hold a slot of its
automation, never the reverse. Nothing is counted: an open run that `takes_capacity` is a place.

Lock order: the agent is locked after its run and its automation, and before the stats (`models/store/runs/locks.py`).
A run that waits is let in with SKIP LOCKED, because whoever has locked it either closes it or looks again; the sweep
finds what that leaves behind.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.kinds import KINDS
from models.states import OPEN_STATUSES, RunStatus
from models.store.admission.to_tell import admissions
from models.store.ids import among
from models.store.tables.primitives import Primitive
from models.store.tables.runs import AGENT_HELD_CONDITION, Run

MOST_AT_ONCE = 100


def waits_for_capacity(run: Run) -> bool:
    """Return whether a run waits for its agent's capacity."""
    return run.status is RunStatus.QUEUED and run.agent_held_at is not None


async def lock_capacity(session: AsyncSession, agent_id: UUID) -> int | None:
    """Lock an agent until the transaction ends; return its capacity as it is now."""
    query = select(Primitive.capacity).where(Primitive.id == agent_id).with_for_update(key_share=True)
    return (await session.execute(query)).scalar_one()


async def take_capacity(session: AsyncSession, run: Run, agent: Primitive, at: datetime) -> bool:
    """Let a locked run of an agent count against the agent's capacity, or let it wait; return whether it may start."""
    if not KINDS[run.kind].calls_agent or agent.capacity is None or run.takes_capacity:
        return True
    capacity = await lock_capacity(session, agent.id)
    # Those that wait already go first.
    if capacity is not None and await _taken(session, agent.id) + await _waiting(session, agent.id) >= capacity:
        run.agent_held_at = at
        return False
    run.takes_capacity = True
    return True


async def let_next_in(session: AsyncSession, agent_id: UUID) -> int:
    """Let in as many waiting runs as an agent has places; their workflows are told after the commit."""
    capacity = await lock_capacity(session, agent_id)
    free = MOST_AT_ONCE if capacity is None else min(MOST_AT_ONCE, capacity - await _taken(session, agent_id))
    if free <= 0:
        return 0
    next_ones = (
        select(Run.id)
        .where(Run.primitive_id == agent_id, AGENT_HELD_CONDITION)
        .order_by(Run.agent_held_at, Run.id)
        .limit(free)
        .with_for_update(skip_locked=True, key_share=True)
    )
    ids = (await session.scalars(next_ones)).all()
    if not ids:
        return 0
    admitted = await session.execute(
        update(Run)
        .where(among(Run.id, ids))
        .values(agent_held_at=None, takes_capacity=True, admitted_at=func.clock_timestamp())
        .returning(Run.temporal_workflow_id)
        .execution_options(synchronize_session=False)
    )
    admissions(session).to_wake.extend(found for (found,) in admitted if found is not None)
    return len(ids)


async def agents_with_waiting_runs(session: AsyncSession) -> Sequence[UUID]:
    """Return the agents whose runs wait for capacity."""
    return (await session.scalars(select(Run.primitive_id).where(AGENT_HELD_CONDITION).distinct())).all()


async def _taken(session: AsyncSession, agent_id: UUID) -> int:
    query = select(func.count()).where(Run.primitive_id == agent_id, Run.takes_capacity, Run.status.in_(OPEN_STATUSES))
    return (await session.execute(query)).scalar_one()


async def _waiting(session: AsyncSession, agent_id: UUID) -> int:
    query = select(func.count()).where(Run.primitive_id == agent_id, AGENT_HELD_CONDITION)
    return (await session.execute(query)).scalar_one()
