"""Hours in which a draft would exceed the capacity of an agent."""

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.outlook.preview import CapacityConflict
from models.kinds import KINDS, Kind
from models.rules.arrays import Instants
from models.rules.projection.hours import fill_slots, hour_edges
from models.rules.projection.portfolio import Portfolio, ProjectedAutomation, RunAverages, joined, narrowed
from models.store.tables.primitives import Primitive, PrimitiveMember

HOURS = 168
MOST_AGENTS = 50


async def capacity_conflicts(
    session: AsyncSession,
    portfolio: Portfolio,
    known: RunAverages,
    draft: ProjectedAutomation | None,
    draft_known: RunAverages,
    edited_index: int | None,
    now: datetime,
) -> tuple[CapacityConflict, ...]:
    """Return, for each agent that the draft calls, the worst hour of the coming week above its capacity."""
    if draft is None or draft.schedule is None or not draft.active:
        return ()
    tz = draft.schedule.tz
    edges = hour_edges(now, tz, HOURS)
    found = []
    for agent, users in (await _agents(session, draft)).items():
        chosen = np.array([one.primitive_id in users for one in portfolio.automations], dtype=np.bool_)
        before = _concurrency(*narrowed(portfolio, known, chosen), edges)
        if edited_index is not None:
            chosen[edited_index] = False
        after = _concurrency(*joined(*narrowed(portfolio, known, chosen), Portfolio((draft,)), draft_known), edges)
        if (capacity := agent.capacity) is None:
            continue
        over = [(load, -place) for place, load in enumerate(after) if load > max(capacity, before[place])]
        if over:
            load, place = max(over)
            at = datetime.fromtimestamp(int(edges[-place]), UTC).astimezone(tz)
            found.append(CapacityConflict(agent=agent.slug, capacity=capacity, concurrency=load, at=at))
    return tuple(found)


def _concurrency(portfolio: Portfolio, known: RunAverages, edges: Instants) -> list[int]:
    return fill_slots(portfolio, known, np.ones(len(portfolio.automations), dtype=np.bool_), edges).concurrency


async def _agents(session: AsyncSession, draft: ProjectedAutomation) -> Mapping[Primitive, set[UUID]]:
    """Return the agents that the draft's runs call, each with the primitives that call it."""
    facts = KINDS[draft.kind]
    member = PrimitiveMember
    called = select(member.agent_id).where(member.primitive_id == draft.primitive_id)
    own = Primitive.id == draft.primitive_id if facts.calls_agent else Primitive.id.in_(called)
    if not (facts.calls_agent or facts.runs_members):
        return {}
    agents = (await session.scalars(select(Primitive).where(own).order_by(Primitive.slug).limit(MOST_AGENTS))).all()
    running = [kind for kind in Kind if KINDS[kind].runs_members]
    query = (
        select(member.agent_id, member.primitive_id)
        .join(Primitive, Primitive.id == member.primitive_id)
        .where(member.agent_id.in_([agent.id for agent in agents]), Primitive.kind.in_(running))
    )
    users: dict[UUID, set[UUID]] = {agent.id: {agent.id} for agent in agents}
    for agent_id, primitive_id in await session.execute(query):
        users[agent_id].add(primitive_id)
    return {agent: users[agent.id] for agent in agents}
