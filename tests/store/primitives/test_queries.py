from datetime import UTC, datetime
from typing import Any

import pytest

from models.contracts.primitives.views import UsedBy
from models.errors import Ambiguous, NotFound
from models.kinds import Kind
from models.store.paging import PageRequest
from models.store.primitives import queries as primitives
from models.store.tables.primitives import Primitive
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, make_primitive

NETWORK: dict[str, Any] = {"members": ["scout", "critic"], "router": {"type": "sequence"}}


async def two_agents_and_a_network(sessions: Sessions) -> tuple[Primitive, Primitive, Primitive]:
    async with transaction(sessions) as session:
        scout, critic = await make_agent(session, "scout"), await make_agent(session, "critic")
        return scout, critic, await make_primitive(session, Kind.NETWORK, NETWORK, "desk")


async def test_a_primitive_is_found_by_id_or_slug_and_a_live_one_before_archived_ones(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        old = await make_agent(session, "scout")
        old.archived_at = datetime.now(UTC)
        await session.flush()
        assert (await primitives.by_name(session, "scout")).id == old.id
        live = await make_agent(session, "scout")
        assert (await primitives.by_name(session, "scout")).id == live.id
        assert (await primitives.by_name(session, str(old.id))).id == old.id


async def test_a_slug_of_several_kinds_needs_its_kind(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session, "scout")
        await make_agent(session, "critic")
        network = await make_primitive(session, Kind.NETWORK, NETWORK, "scout")
        with pytest.raises(Ambiguous):
            await primitives.by_name(session, "scout")
        assert (await primitives.by_name(session, "scout", Kind.NETWORK)).id == network.id
        assert (await primitives.by_name(session, "scout", Kind.AGENT)).id == agent.id


@pytest.mark.parametrize("name", ["nobody", "01a22867-99c3-753f-84e1-360e26e022c1"])
async def test_an_unknown_name_is_refused(sessions: Sessions, name: str) -> None:
    async with transaction(sessions) as session:
        with pytest.raises(NotFound):
            await primitives.by_name(session, name)


async def test_usage_counts_live_automations_and_primitives(sessions: Sessions) -> None:
    scout, critic, network = await two_agents_and_a_network(sessions)
    async with transaction(sessions) as session:
        own = await make_automation(session, scout)
        await make_automation(session, scout, archived_at=datetime.now(UTC))
        assert await primitives.users_of(session, scout) == [f"automation {own.slug}", "network desk"]
        assert await primitives.used_by(session, [scout.id, critic.id, network.id]) == {
            scout.id: UsedBy(automations=1, primitives=1),
            critic.id: UsedBy(automations=0, primitives=1),
            network.id: UsedBy(automations=0, primitives=0),
        }


async def test_members_keep_the_order_of_the_spec(sessions: Sessions) -> None:
    _, _, network = await two_agents_and_a_network(sessions)
    async with transaction(sessions) as session:
        found = await primitives.members_of(session, [network.id])
        assert [member.agent for member in found[network.id]] == ["scout", "critic"]


async def test_a_primitive_with_a_simulated_agent_is_simulated(sessions: Sessions) -> None:
    scout, critic, network = await two_agents_and_a_network(sessions)

    async def simulated(scout_is: bool, critic_is: bool) -> bool:
        async with transaction(sessions) as session:
            for agent, value in ((scout, scout_is), (critic, critic_is)):
                (await session.get_one(Primitive, agent.id)).simulated = value
            await session.flush()
            await primitives.propagate_simulated(session, scout)
        async with transaction(sessions) as session:
            return (await session.get_one(Primitive, network.id)).simulated

    assert await simulated(True, False)
    assert await simulated(False, True)
    assert not await simulated(False, False)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["desk", "critic", "scout"]),
        ({"kind": Kind.NETWORK}, ["desk"]),
        ({"search": "CRIT"}, ["critic"]),
        ({"search": "%"}, []),
        ({"archived": True}, ["gone"]),
        ({"managed_by": "a.yaml"}, ["scout"]),
    ],
)
async def test_primitives_are_listed_newest_first_by_any_filter(
    sessions: Sessions, filters: dict[str, Any], expected: list[str]
) -> None:
    rows = await two_agents_and_a_network(sessions)
    async with transaction(sessions) as session:
        for minute, row in enumerate(rows):
            (await session.get_one(Primitive, row.id)).created_at = datetime(2026, 3, 2, 12, minute, tzinfo=UTC)
        (await session.get_one(Primitive, rows[0].id)).managed_by = "a.yaml"
        (await make_agent(session, "gone")).archived_at = datetime.now(UTC)
    async with transaction(sessions) as session:
        asked = {"kind": None, "search": None, "archived": False, "managed_by": None, **filters}
        found, _ = await primitives.page(session, PageRequest(10, None), **asked)
        assert [row.slug for row in found] == expected
