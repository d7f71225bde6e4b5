"""The capacity of an agent counts for everybody who calls it, and is given back however a run ends."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from activities.sweep.admission import admit_waiting
from models.contracts.workflows.pulses import CapacityChange, CapacityChanges
from models.contracts.workflows.signals import CancelRequest
from models.kinds import Kind
from models.states import RunStatus
from models.store.admission.capacity import let_next_in
from models.store.primitives.pulses import change_capacities
from models.store.runs.closing import finish
from models.store.runs.locks import lock_run
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from runtime.database import transaction
from runtime.temporal.admissions import admitting
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually


async def running(backend: Backend, ids: list[uuid.UUID], count: int) -> list[Run]:
    """Wait until so many of these runs are running and the others wait for the agent; return those that wait."""

    async def check() -> list[Run]:
        rows = [await backend.row(run_id) for run_id in ids]
        assert sum(row.status is RunStatus.RUNNING for row in rows) == count
        waiting = [row for row in rows if row.status is RunStatus.QUEUED]
        assert all(row.agent_held_at is not None and row.started_at is None for row in waiting)
        return waiting

    return await assert_eventually(check, timeout=30)


def most_at_once(rows: list[Run]) -> int:
    changes = [(at, change) for row in rows for at, change in ((row.started_at, 1), (row.finished_at, -1)) if at]
    now = most = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


async def end(backend: Backend, ids: list[uuid.UUID]) -> None:
    for run_id in ids:
        if (await backend.row(run_id)).status is RunStatus.RUNNING:
            await backend.handle(run_id).execute_update("cancel", CancelRequest())


async def test_direct_runs_and_children_share_the_capacity(backend: Backend) -> None:
    agent = await backend.agent(durationMs=150, capacity=2)
    steps = [{"key": key, "agent": agent.slug} for key in ("a", "b", "c")]
    parent = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))
    ids = [await backend.start(agent) for _ in range(4)]
    rows = [await backend.closed(run_id) for run_id in ids]
    assert (await backend.closed(parent)).status is RunStatus.COMPLETED
    children = await backend.children(parent)
    assert {row.status for row in [*rows, *children]} == {RunStatus.COMPLETED}
    assert most_at_once([*rows, *children]) <= 2


async def test_a_run_without_a_place_waits_in_order_of_arrival(backend: Backend) -> None:
    agent = await backend.agent(durationMs=60_000, capacity=1)
    ids = [await backend.start(agent)]
    await running(backend, ids, 1)
    for _ in range(2):
        ids.append(await backend.start(agent))
        await running(backend, ids, 1)
    await end(backend, ids[:1])
    (left,) = await running(backend, ids[1:], 1)
    assert left.id == ids[2]
    await end(backend, ids[1:2])
    await running(backend, ids[2:], 1)
    await end(backend, ids[2:])


@pytest.mark.parametrize("how", ["cancelled", "failed", "terminated"])
async def test_however_a_run_ends_its_place_is_given_back(backend: Backend, how: str) -> None:
    spec: dict[str, Any] = {"successRate": 0, "durationMs": 300} if how == "failed" else {"durationMs": 60_000}
    agent = await backend.agent(capacity=1, **spec)
    first = await backend.start(agent)
    await running(backend, [first], 1)
    second = await backend.start(agent)
    if how != "failed":
        await running(backend, [first, second], 1)
    if how == "cancelled":
        await end(backend, [first])
    if how == "terminated":
        await backend.handle(first).terminate()
        async with admitting(backend.sessions, backend.client) as session:
            await finish(session, await lock_run(session, first), RunStatus.FAILED, at=datetime.now(UTC))
    if how == "failed":
        assert (await backend.closed(second)).status is RunStatus.FAILED
    else:
        await running(backend, [second], 1)
        await end(backend, [second])


async def test_a_run_that_waits_for_its_agent_can_be_cancelled(backend: Backend) -> None:
    agent = await backend.agent(durationMs=60_000, capacity=1)
    ids = [await backend.start(agent)]
    await running(backend, ids, 1)
    ids.append(await backend.start(agent))
    await running(backend, ids, 1)
    await backend.handle(ids[1]).execute_update("cancel", CancelRequest(reason="not needed"))
    row = await backend.closed(ids[1])
    assert (row.status, row.reason, row.started_at) == (RunStatus.CANCELLED, "not needed", None)
    await end(backend, ids)


async def test_a_pulse_that_raises_the_capacity_lets_waiting_runs_in(backend: Backend) -> None:
    agent = await backend.agent(durationMs=60_000, capacity=1)
    ids = [await backend.start(agent) for _ in range(3)]
    await running(backend, ids, 1)
    change = CapacityChange(agent=agent.slug, before=1, after=2, reason="it does well")
    async with admitting(backend.sessions, backend.client) as session:
        await change_capacities(session, CapacityChanges(run_id=uuid.uuid4(), changes=(change,)))
    await running(backend, ids, 2)
    async with admitting(backend.sessions, backend.client) as session:
        (await session.get_one(Primitive, agent.id)).capacity = None
        await session.flush()
        assert await let_next_in(session, agent.id) == 1
    await running(backend, ids, 3)
    await end(backend, ids)


async def test_the_sweep_lets_in_and_wakes_what_was_forgotten(backend: Backend) -> None:
    agent = await backend.agent(durationMs=60_000, capacity=1)
    ids = [await backend.start(agent) for _ in range(3)]
    await running(backend, ids, 1)
    async with transaction(backend.sessions) as session:
        (await session.get_one(Primitive, agent.id)).capacity = 2
    await ActivityEnvironment().run(admit_waiting, backend.sessions, backend.client, datetime.now(UTC))
    await running(backend, ids, 2)
    async with transaction(backend.sessions) as session:
        # Nobody is told.
        (await session.get_one(Primitive, agent.id)).capacity = None
        await session.flush()
        assert await let_next_in(session, agent.id) == 1
    await asyncio.sleep(0.5)
    later = datetime.now(UTC) + timedelta(seconds=10)
    await ActivityEnvironment().run(admit_waiting, backend.sessions, backend.client, later)
    await running(backend, ids, 3)
    await end(backend, ids)
