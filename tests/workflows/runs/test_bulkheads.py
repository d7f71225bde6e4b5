"""Task queues are separate: one kind of work never delays another, and a run is queued until its agent is called."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update
from temporalio.testing import ActivityEnvironment
from temporalio.worker import Worker

from activities.sweep.sweep import SweepActivities
from models import names
from models.kinds import Kind
from models.states import RunStatus
from models.store.runs.agent_results import store_callback
from models.store.tables.runs import Run
from runtime.database import transaction
from runtime.security.outbound import outgoing_client
from runtime.temporal.starting import tell_called_back
from tests.support.backend import Backend, agent_work
from tests.support.eventually import assert_eventually
from tests.support.http_server import Reply, Request, serve


async def test_a_full_task_queue_delays_nothing_else_and_its_runs_are_queued(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = f"full-{uuid.uuid4().hex}"
    monkeypatch.setattr(names, "RUNNER_QUEUES", {**names.RUNNER_QUEUES, "simulated": queue})
    waiting = [await backend.start(await backend.agent(durationMs=10)) for _ in range(3)]
    echo = {"runner": {"type": "python", "function": "runtime.builtin_agents:echo"}}
    done = await backend.run(await backend.primitive(Kind.AGENT, echo), input={"n": 1})
    assert (done.status, done.output) == (RunStatus.COMPLETED, {"n": 1})
    await ActivityEnvironment().run(SweepActivities(backend.sessions, backend.client).sweep_runs)
    for run_id in waiting:
        row = await backend.row(run_id)
        assert (row.status, row.called_at) == (RunStatus.QUEUED, None)
    async with (
        outgoing_client(backend.settings) as http,
        Worker(backend.client, task_queue=queue, activities=agent_work(backend, backend.settings, http)),
    ):
        for run_id in waiting:
            row = await backend.closed(run_id)
            assert row.status is RunStatus.COMPLETED
            assert row.called_at is not None


async def test_a_run_with_a_recorded_answer_completes_even_if_its_call_failed(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = f"lost-{uuid.uuid4().hex}"
    monkeypatch.setattr(names, "RUNNER_QUEUES", {**names.RUNNER_QUEUES, "simulated": queue})
    run_id = await backend.start(await backend.agent())
    async with transaction(backend.sessions) as session:
        now = datetime.now(UTC)
        answered: dict[str, Any] = {"output": {"kept": 1}, "answered_at": now, "started_at": now, "status": "running"}
        await session.execute(update(Run).where(Run.id == run_id).values(**answered))
    await backend.handle(run_id).terminate("as if it were lost")
    async with transaction(backend.sessions) as session:
        await session.execute(update(Run).where(Run.id == run_id).values(queued_at=datetime(2026, 1, 1, tzinfo=UTC)))
    await ActivityEnvironment().run(SweepActivities(backend.sessions, backend.client).sweep_runs)
    row = await backend.row(run_id)
    assert (row.status, row.output, row.error_type) == (RunStatus.COMPLETED, {"kept": 1}, None)


async def test_agents_that_accept_a_call_hold_no_slot(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    async def accept(_: Request) -> Reply:
        return Reply(202)

    queue = f"accepted-{uuid.uuid4().hex}"
    monkeypatch.setattr(names, "RUNNER_QUEUES", {**names.RUNNER_QUEUES, "http": queue})
    settings = backend.settings.model_copy(update={"allowed_private_addresses": ("127.0.0.0/8",)})
    async with serve(accept) as server, outgoing_client(settings) as http:
        work = agent_work(backend, settings, http)
        async with Worker(backend.client, task_queue=queue, activities=work, max_concurrent_activities=1):
            agent = await backend.primitive(Kind.AGENT, {"runner": {"type": "http", "url": server.url}})
            told, untold = await backend.start(agent), await backend.start(agent)

            async def accepted() -> None:
                assert all([(await backend.row(run_id)).callback_until for run_id in (told, untold)])

            await assert_eventually(accepted)
            for run_id in (told, untold):
                assert (await backend.row(run_id)).status is RunStatus.RUNNING
                async with transaction(backend.sessions) as session:
                    assert await store_callback(session, run_id, {"output": str(run_id)})
            assert await tell_called_back(backend.client, names.run_temporal_workflow_id(told))
            assert (await backend.closed(told)).output == str(told)
            await ActivityEnvironment().run(SweepActivities(backend.sessions, backend.client).sweep_runs)
            assert (await backend.closed(untold)).output == str(untold)
            assert len(server.requests) == 2
