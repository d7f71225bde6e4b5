import asyncio
from datetime import UTC, datetime

from models.kinds import Kind
from models.store.automations import declarations
from models.store.primitives.queries import lock_live
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, make_dependency, make_primitive

NETWORK = {"members": ["scout"], "router": {"type": "sequence"}}


async def owned(sessions: Sessions, source: str | None = "a.yaml") -> tuple[Primitive, Primitive, Automation]:
    """Add an agent, a network that uses it and an automation, all owned by a project."""
    async with transaction(sessions) as session:
        agent = await make_agent(session, "scout")
        network = await make_primitive(session, Kind.NETWORK, NETWORK, "desk")
        automation = await make_automation(session, network, managed_by=source)
        agent.managed_by = network.managed_by = source
        return agent, network, automation


async def test_items_of_a_project_are_found_dependents_first(sessions: Sessions) -> None:
    agent, network, automation = await owned(sessions)
    async with transaction(sessions) as session:
        await make_agent(session, "other")
        primitives = await declarations.managed_primitives(session, "a.yaml")
        assert [row.id for row in primitives] == [network.id, agent.id]
        assert [row.id for row in await declarations.managed_agents(session, "a.yaml")] == [agent.id]
        (row,) = await declarations.managed_automations(session, "a.yaml")
        assert (row.id, row.primitive.slug) == (automation.id, "desk")
        assert not await declarations.managed_primitives(session, "b.yaml")
        assert not await declarations.managed_automations(session, "b.yaml")


async def test_archived_rows_have_no_owner_and_their_slugs_are_free(sessions: Sessions) -> None:
    agent, network, automation = await owned(sessions)
    async with transaction(sessions) as session:
        for row in (await session.get_one(Primitive, network.id), await session.get_one(Automation, automation.id)):
            row.archived_at = datetime.now(UTC)
    async with transaction(sessions) as session:
        assert [row.id for row in await declarations.managed_primitives(session, "a.yaml")] == [agent.id]
        assert not await declarations.managed_automations(session, "a.yaml")
        assert await declarations.live_automation(session, automation.slug) is None
        assert await lock_live(session, Kind.NETWORK, "desk") is None
        again = await make_primitive(session, Kind.NETWORK, NETWORK, "desk")
        found = await lock_live(session, Kind.NETWORK, "desk")
        assert found
        assert found.id == again.id


async def test_a_live_automation_is_found_by_its_slug_with_its_primitive(sessions: Sessions) -> None:
    _, network, automation = await owned(sessions, None)
    async with transaction(sessions) as session:
        found = await declarations.live_automation(session, automation.slug)
        assert found
        assert (found.id, found.primitive.id) == (automation.id, network.id)
        assert await declarations.live_automation(session, "nobody") is None
        assert await lock_live(session, Kind.AGENT, "desk") is None, "a slug is unique within its kind only"


async def test_dependencies_of_a_project_are_separate_from_those_made_by_people(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        one, two, three = [await make_automation(session, agent) for _ in range(3)]
        await make_dependency(session, one, two, "data", created_by="file a.yaml")
        await make_dependency(session, two, three)
    async with transaction(sessions) as session:
        (found,) = await declarations.dependencies_created_by(session, "file a.yaml")
        assert (found[0].note, found[1:]) == ("data", (one.slug, two.slug))
        assert [row[1:] for row in await declarations.dependencies_created_by(session, "ann")] == [
            (two.slug, three.slug)
        ]
        assert await declarations.dependency_between(session, one.id, two.id) is not None
        assert await declarations.dependency_between(session, two.id, one.id) is None


async def test_two_declarations_are_applied_one_after_the_other(sessions: Sessions) -> None:
    order: list[str] = []
    locked = asyncio.Event()

    async def first() -> None:
        async with transaction(sessions) as session:
            await declarations.lock_declarations(session)
            locked.set()
            await asyncio.sleep(0)
            waiting = asyncio.create_task(second())
            await asyncio.sleep(0.2)
            order.append("first")
        await waiting

    async def second() -> None:
        await locked.wait()
        async with transaction(sessions) as session:
            await declarations.lock_declarations(session)
            order.append("second")

    await first()
    assert order == ["first", "second"]
