"""Dependencies that fire: the end of one automation's run starts a run of another, exactly once."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from temporalio.testing import ActivityEnvironment

from activities.sweep import admission
from models.states import DeliveryOutcome, FireWhen, RunStatus
from models.store.deliveries.following import PENDING
from models.store.deliveries.queries import runs_of
from models.store.runs.closing import finish
from models.store.runs.locks import lock_run
from models.store.tables.automations import Automation
from models.store.tables.deliveries import Delivery
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from runtime.database import transaction
from runtime.temporal.admissions import admitting
from tests.factories import make_dependency
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually


async def follows(backend: Backend, one: Automation, other: Automation, fire_when: FireWhen, **more: Any) -> None:
    async with transaction(backend.sessions) as session:
        await make_dependency(session, one, other, fire_when=fire_when, **more)


async def runs(backend: Backend, automation: Automation, count: int) -> list[Run]:
    async def check() -> list[Run]:
        rows = await backend.runs_of(automation)
        assert len(rows) == count
        return rows

    return await assert_eventually(check, timeout=30)


async def deliveries(backend: Backend) -> list[Delivery]:
    async with transaction(backend.sessions) as session:
        return list(await session.scalars(select(Delivery).where(Delivery.endpoint.startswith("dependency:"))))


async def test_a_run_that_completes_starts_the_one_that_follows_with_its_output(backend: Backend) -> None:
    scout, writer = await backend.agent(output={"found": 3}), await backend.agent()
    first, second = await backend.automation(scout), await backend.automation(writer, payload={"own": True})
    third = await backend.automation(writer, payload={"own": True})
    await follows(backend, second, first, FireWhen.COMPLETED, pass_payload=True)
    await follows(backend, third, second, FireWhen.FINISHED)
    parent = await backend.run(scout, first)
    (followed,) = await runs(backend, second, 1)
    assert (await backend.closed(followed.id)).input == parent.output
    (last,) = await runs(backend, third, 1)
    row = await backend.closed(last.id)
    assert (row.status, row.input, row.chain_depth) == (RunStatus.COMPLETED, {"own": True}, 2)


@pytest.mark.parametrize(
    ("rate", "fire_when", "fires"),
    [
        (0, FireWhen.COMPLETED, False),
        (0, FireWhen.FAILED, True),
        (0, FireWhen.FINISHED, True),
        (1, FireWhen.FAILED, False),
    ],
)
async def test_only_the_asked_ends_fire(backend: Backend, rate: int, fire_when: FireWhen, fires: bool) -> None:
    agent = await backend.agent(successRate=rate)
    first, second = await backend.automation(agent), await backend.automation(agent)
    await follows(backend, second, first, fire_when)
    await backend.run(agent, first)
    # A rerun starts nothing.
    await backend.run(agent, first, rerun_of=first.id)
    await runs(backend, second, int(fires))


async def test_a_paused_or_archived_follower_is_told_of_and_limits_count(backend: Backend) -> None:
    agent = await backend.agent()
    first = await backend.automation(agent)
    paused = await backend.automation(agent, is_active=False)
    limited = await backend.automation(agent, flow_control={"rateLimit": {"limit": 1, "periodSeconds": 3600}})
    for one in (paused, limited):
        await follows(backend, one, first, FireWhen.COMPLETED)
    for _ in range(2):
        await backend.run(agent, first)
    skipped = await runs(backend, paused, 2)
    assert [(run.status, run.reason) for run in skipped] == [(RunStatus.SKIPPED, "paused")] * 2
    closed = [await backend.closed(run.id) for run in await runs(backend, limited, 2)]
    assert sorted(run.reason or "" for run in closed) == ["", "rate_limited"]


async def test_what_a_lost_process_has_not_fired_is_fired_once_by_the_sweep(backend: Backend) -> None:
    agent = await backend.agent()
    first, second = await backend.automation(agent), await backend.automation(agent)
    await follows(backend, second, first, FireWhen.COMPLETED)
    await closed_by_a_lost_process(backend, agent, first)
    assert await runs(backend, second, 0) == []
    for _ in range(2):
        await ActivityEnvironment().run(admission.admit_waiting, backend.sessions, backend.client, datetime.now(UTC))
    (followed,) = await runs(backend, second, 1)
    assert (await backend.closed(followed.id)).status is RunStatus.COMPLETED


async def closed_by_a_lost_process(backend: Backend, agent: Primitive, automation: Automation) -> Run:
    """Return a run that was closed by a process which died after the commit."""
    run = await backend.queue(agent, automation, started_at=datetime.now(UTC), status=RunStatus.RUNNING)
    async with transaction(backend.sessions) as session:
        await finish(session, await lock_run(session, run.id), RunStatus.COMPLETED, at=datetime.now(UTC))
    return run


async def test_who_closes_a_run_fires_what_follows_it_and_nothing_else(backend: Backend) -> None:
    agent = await backend.agent()
    first, second = await backend.automation(agent), await backend.automation(agent)
    await follows(backend, second, first, FireWhen.COMPLETED)
    lost = await closed_by_a_lost_process(backend, agent, first)
    run = await backend.queue(agent, first, started_at=datetime.now(UTC), status=RunStatus.RUNNING)
    async with admitting(backend.sessions, backend.client) as session:
        await finish(session, await lock_run(session, run.id), RunStatus.COMPLETED, at=datetime.now(UTC))
    await runs(backend, second, 1)
    outcomes = {one.idempotency_key: one.outcome for one in await deliveries(backend)}
    assert (outcomes[str(lost.id)], outcomes[str(run.id)]) == (PENDING, DeliveryOutcome.FIRED)


async def test_what_cannot_be_fired_stops_nothing_behind_it(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "PAGE", 1)
    agent = await backend.agent()
    first, second = await backend.automation(agent), await backend.automation(agent)
    await follows(backend, second, first, FireWhen.COMPLETED)
    bad = await closed_by_a_lost_process(backend, agent, first)
    async with transaction(backend.sessions) as session:
        broken = update(Delivery).where(Delivery.idempotency_key == str(bad.id)).values(endpoint="dependency:broken")
        await session.execute(broken)
    await closed_by_a_lost_process(backend, agent, first)
    await ActivityEnvironment().run(admission.admit_waiting, backend.sessions, backend.client, datetime.now(UTC))
    await runs(backend, second, 1)
    async with transaction(backend.sessions) as session:
        await session.execute(delete(Delivery).where(Delivery.idempotency_key == str(bad.id)))


async def test_a_chain_that_is_too_deep_ends(backend: Backend) -> None:
    agent = await backend.agent()
    first, second = await backend.automation(agent), await backend.automation(agent)
    await follows(backend, second, first, FireWhen.COMPLETED)
    await backend.run(agent, first, chain_depth=10)
    (run,) = await runs(backend, second, 1)
    assert ((await backend.closed(run.id)).status, run.reason) == (RunStatus.SKIPPED, "chain_too_deep")


async def test_a_delivery_whose_dependency_is_gone_fires_nothing(backend: Backend) -> None:
    agent = await backend.agent()
    first, second = await backend.automation(agent), await backend.automation(agent)
    await follows(backend, second, first, FireWhen.COMPLETED)
    run = await backend.queue(agent, first, started_at=datetime.now(UTC), status=RunStatus.RUNNING)
    async with transaction(backend.sessions) as session:
        await finish(session, await lock_run(session, run.id), RunStatus.COMPLETED, at=datetime.now(UTC))
        await session.execute(
            update(Automation).where(Automation.id == second.id).values(archived_at=datetime.now(UTC))
        )
    await ActivityEnvironment().run(admission.admit_waiting, backend.sessions, backend.client, datetime.now(UTC))
    mine = [one for one in await deliveries(backend) if one.idempotency_key == str(run.id)]
    assert [one.outcome for one in mine] == [DeliveryOutcome.UNMATCHED]
    async with transaction(backend.sessions) as session:
        assert await runs_of(session, [one.id for one in mine]) == {}
