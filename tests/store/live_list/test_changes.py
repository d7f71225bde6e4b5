"""Changes are recorded whatever caused them, and can be read from any snapshot on."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.kinds import Kind
from models.states import RunStatus
from models.store.live_list import changes
from models.store.runs.closing import finish
from models.store.runs.locks import lock_run
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, make_dependency, make_primitive, queue_run


async def now(sessions: Sessions) -> str:
    async with transaction(sessions) as session:
        return await changes.snapshot(session)


async def since(sessions: Sessions, seen: str) -> changes.Changes:
    async with transaction(sessions) as session:
        return await changes.since(session, seen)


async def test_a_change_of_related_data_notifies_its_automations(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session, "scout")
        network = await make_primitive(session, Kind.NETWORK, {"members": ["scout"], "router": {"type": "sequence"}})
        own, using = await make_automation(session, agent), await make_automation(session, network)
        other = await make_automation(session, await make_agent(session))

    async def changed(do: Callable[[AsyncSession], Awaitable[object]]) -> frozenset[object]:
        seen = await now(sessions)
        async with transaction(sessions) as session:
            await do(session)
        return (await since(sessions, seen)).automations

    rename = update(Primitive).where(Primitive.id == agent.id).values(name="New")
    assert await changed(lambda session: session.execute(rename)) == {own.id, using.id}
    account = update(Automation).values(accounted_until=datetime.now(UTC))
    assert not await changed(lambda session: session.execute(account))
    pause = update(Automation).where(Automation.id == other.id).values(is_active=False)
    assert await changed(lambda session: session.execute(pause)) == {other.id}
    assert await changed(lambda session: make_dependency(session, own, using)) == {own.id, using.id}
    call = update(Automation).where(Automation.id == own.id).values(name="Other")
    assert await changed(lambda session: session.execute(call)) == {own.id, using.id}


async def test_a_run_is_notified_on_a_status_change_and_its_automation_on_closing(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        automation = await make_automation(session, agent)
    seen = await now(sessions)
    async with transaction(sessions) as session:
        run = await queue_run(session, agent, automation)
    queued = await since(sessions, seen)
    assert queued.runs == (run.id,)
    assert not queued.automations
    async with transaction(sessions) as session:
        await finish(session, await lock_run(session, run.id), RunStatus.SKIPPED, at=datetime.now(UTC))
    closed = await since(sessions, queued.snapshot)
    assert closed.runs == (run.id,)
    assert closed.automations == {automation.id}


async def test_a_late_commit_is_not_lost_after_later_transactions_were_read(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        slow, fast = await make_automation(session, agent), await make_automation(session, agent)
    seen = await now(sessions)
    async with sessions() as late:
        await late.execute(update(Automation).where(Automation.id == slow.id).values(name="late"))
        async with transaction(sessions) as session:
            await session.execute(update(Automation).where(Automation.id == fast.id).values(name="early"))
        first = await since(sessions, seen)
        await late.commit()
    second = await since(sessions, first.snapshot)
    third = await since(sessions, second.snapshot)
    assert [set(one.automations) for one in (first, second, third)] == [{fast.id}, {slow.id}, set()]


async def test_a_snapshot_older_than_the_pruning_is_rejected(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        automation = await make_automation(session, await make_agent(session))
    old = await now(sessions)
    for name in "ab":
        async with transaction(sessions) as session:
            await session.execute(update(Automation).where(Automation.id == automation.id).values(name=name))
    assert (await since(sessions, old)).whole
    async with transaction(sessions) as session:
        await changes.prune(session, timedelta(0))
        assert (await session.execute(text("SELECT count(*) FROM changes"))).scalar_one() == 1
    assert not (await since(sessions, old)).whole
    assert (await since(sessions, await now(sessions))).whole


async def test_a_snapshot_of_another_server_is_rejected(sessions: Sessions) -> None:
    assert not (await since(sessions, "900000000:900000009:")).whole


@pytest.mark.parametrize("given", ["", "1:2", "5:4:", "a:b:", "1:9:5,4", "1:9:9", "1:9:1,x", "0:3:", "1" * 5000])
def test_an_invalid_snapshot_is_recognised(given: str) -> None:
    assert not changes.is_snapshot(given)


def test_a_valid_snapshot_is_recognised() -> None:
    assert changes.is_snapshot("771:780:772,779")
    assert changes.is_snapshot("771:771:")
