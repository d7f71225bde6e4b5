"""What the runs of each automation do: from their own runs, else from what stands nearest to them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.outlook.what_if import Figure
from models.kinds import KINDS
from models.rules.projection.portfolio import ProjectedAutomation
from models.rules.what_if.samples import ASSUMED_MS, RunSample, Works, constant_work, in_sequence, works_of
from models.store.ids import among
from models.store.tables.primitives import Primitive, PrimitiveMember
from models.store.what_if import measured

SAMPLES = ((200, 100), (2_000, 50), (1_000_000, 20))
"""Up to so many automations, so many of the newest runs of each are read."""


@dataclass(frozen=True, slots=True)
class Experience:
    """What is known of runs.

    Attributes:
        own: The runs of automations.
        primitives: The runs of primitives, whoever has started them.
        members: The agents that a primitive calls, in the order of its spec, by primitive.
        simulated_ms: How long the calls of simulated agents take, by agent.
        agents: The numbers of the agents whose capacity counts.
    """

    own: Mapping[UUID, RunSample]
    primitives: Mapping[UUID, RunSample]
    members: Mapping[UUID, Sequence[UUID]]
    simulated_ms: Mapping[UUID, int]
    agents: Mapping[UUID, int]

    def of_automation(self, one: ProjectedAutomation, *, own: bool, given_ms: int | None) -> Works:
        """Return the works of an automation; `own` tells whether runs of its own are those of this primitive."""
        if given_ms is not None:
            return constant_work(given_ms, Figure.GIVEN)
        if own and one.id in self.own:
            return works_of(self.own[one.id], Figure.MEASURED, self.agents)
        if one.primitive_id in self.primitives:
            return works_of(self.primitives[one.primitive_id], Figure.PRIMITIVE, self.agents)
        if KINDS[one.kind].calls_agent:
            if one.primitive_id in self.simulated_ms:
                return constant_work(self.simulated_ms[one.primitive_id], Figure.SPEC)
        elif KINDS[one.kind].runs_members and self.members.get(one.primitive_id):
            called = self.members[one.primitive_id]
            return in_sequence([(agent, self.durations_ms(agent)) for agent in called], self.agents)
        return constant_work(ASSUMED_MS, Figure.ASSUMED)

    def durations_ms(self, agent: UUID) -> Sequence[int]:
        """Return how long runs of an agent take, ascending."""
        if agent in self.primitives:
            return self.primitives[agent].ascending_ms
        return [self.simulated_ms.get(agent, ASSUMED_MS)]


async def read_experience(
    session: AsyncSession,
    listed: Sequence[ProjectedAutomation],
    agents: Mapping[UUID, int],
    callers: Mapping[UUID, Collection[UUID]],
) -> Experience:
    """Read what is known of the runs of these automations.

    Args:
        session: A transaction.
        listed: The automations, first as they are, then as they would be.
        agents: The numbers of the agents whose capacity counts.
        callers: The primitives whose runs call such agents.
    """
    most = next(runs for up_to, runs in SAMPLES if len(listed) <= up_to)
    primitives = {one.primitive_id for one in listed}
    looked_into = {one.id for one in listed if one.primitive_id in callers and not KINDS[one.kind].calls_agent}
    own = await measured.of_automations(session, {one.id for one in listed}, most, agents, looked_into)
    first = {one.id: one.primitive_id for one in reversed(listed)}
    changed = {one.primitive_id for one in listed if first[one.id] != one.primitive_id}
    unknown = {one.primitive_id for one in listed if one.id not in own} | changed | primitives & agents.keys()
    members = await _members(session, unknown)
    wanted = unknown | agents.keys() | {agent for called in members.values() for agent in called}
    of_primitives = await measured.of_primitives(session, wanted, most, agents, callers.keys() - agents.keys())
    simulated = await _simulated(session, wanted - of_primitives.keys())
    return Experience(own, of_primitives, members, simulated, agents)


async def _members(session: AsyncSession, primitives: Collection[UUID]) -> Mapping[UUID, Sequence[UUID]]:
    query = (
        select(PrimitiveMember.primitive_id, PrimitiveMember.agent_id)
        .where(among(PrimitiveMember.primitive_id, primitives))
        .order_by(PrimitiveMember.primitive_id, PrimitiveMember.position)
    )
    found: dict[UUID, list[UUID]] = {}
    for primitive, agent in await session.execute(query):
        found.setdefault(primitive, []).append(agent)
    return found


async def _simulated(session: AsyncSession, agents: Collection[UUID]) -> Mapping[UUID, int]:
    query = select(Primitive.id, Primitive.spec).where(among(Primitive.id, agents), Primitive.runner == "simulated")
    return {agent: int(spec["runner"]["durationMs"]) for agent, spec in await session.execute(query)}
