"""What automations share: agents with a capacity, and dependencies that fire."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.kinds import KINDS, Kind
from models.states import FireWhen
from models.store.ids import among
from models.store.tables.automations import Automation
from models.store.tables.governance import Dependency
from models.store.tables.primitives import Primitive, PrimitiveMember

_RUNS_MEMBERS = [kind for kind in Kind if KINDS[kind].runs_members and not KINDS[kind].calls_agent]


@dataclass(frozen=True, slots=True)
class SharedAgent:
    """An agent that counts its runs against a capacity."""

    id: UUID
    slug: str
    name: str
    capacity: int | None


@dataclass(frozen=True, slots=True)
class FiringDependency:
    """A dependency that fires, between live automations."""

    id: UUID
    parent: UUID
    child: UUID
    when: FireWhen


async def shared_agents(session: AsyncSession, also: Collection[UUID]) -> list[SharedAgent]:
    """Return the live agents with a capacity, and these."""
    query = (
        select(Primitive.id, Primitive.slug, Primitive.name, Primitive.capacity)
        .where(Primitive.kind == Kind.AGENT, Primitive.archived_at.is_(None))
        .where(or_(Primitive.capacity.is_not(None), among(Primitive.id, also)))
        .order_by(Primitive.slug)
    )
    return [SharedAgent(*row) for row in await session.execute(query)]


async def callers(session: AsyncSession, agents: Collection[UUID]) -> Mapping[UUID, frozenset[UUID]]:
    """Return, by primitive, which of these agents its runs call: itself, or its members."""
    query = (
        select(PrimitiveMember.primitive_id, PrimitiveMember.agent_id)
        .join(Primitive, Primitive.id == PrimitiveMember.primitive_id)
        .where(among(PrimitiveMember.agent_id, agents), Primitive.kind.in_(_RUNS_MEMBERS))
        .distinct()
    )
    found: dict[UUID, set[UUID]] = {agent: {agent} for agent in agents}
    for primitive, agent in await session.execute(query):
        found.setdefault(primitive, set()).add(agent)
    return {primitive: frozenset(called) for primitive, called in found.items()}


async def firing_dependencies(session: AsyncSession) -> Sequence[FiringDependency]:
    """Return the dependencies that fire."""
    parent = select(Automation.id).where(Automation.archived_at.is_(None))
    query = (
        select(Dependency.id, Dependency.depends_on_id, Dependency.automation_id, Dependency.fire_when)
        .where(Dependency.fire_when.is_not(None))
        .where(Dependency.depends_on_id.in_(parent), Dependency.automation_id.in_(parent))
        .order_by(Dependency.id)
    )
    rows = await session.execute(query)
    return [FiringDependency(key, above, below, when) for key, above, below, when in rows if when is not None]
