"""An agent run in one activity: what Temporal sees of it, and every way in which it takes more than one call."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update
from temporalio.client import WorkflowExecutionStatus
from temporalio.worker import Worker

from models import names
from models.contracts.workflows.signals import CancelRequest
from models.kinds import Kind
from models.states import RunStatus, Source
from models.store.runs.attempts import attempts_of
from models.store.runs.to_start import RunToStart
from models.store.tables.primitives import Primitive
from runtime.database import transaction
from runtime.security.outbound import outgoing_client
from runtime.temporal.starting import start_run
from tests.support.backend import Backend, agent_work
from tests.support.eventually import assert_eventually
from tests.support.http_server import Reply, Request, serve
from workflows.agent import AgentRun


async def events(backend: Backend, run_id: uuid.UUID) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await backend.handle(run_id).fetch_history()).to_json_dict()["events"]
    return found


async def test_a_run_that_succeeds_is_one_activity(backend: Backend) -> None:
    agent = await backend.agent(output={"n": 1})
    automation = await backend.automation(agent)
    run = await backend.run(agent, automation, input={"asked": True})
    assert (run.status, run.output, run.agent_runs) == (RunStatus.COMPLETED, {"n": 1}, 1)
    assert run.started_at
    assert run.called_at
    assert run.answered_at
    result = await backend.handle(run.id).result()
    assert (result["status"], result["output"]) == ("completed", {"n": 1})
    kinds = [event["eventType"] for event in await events(backend, run.id)]
    assert kinds.count("EVENT_TYPE_ACTIVITY_TASK_SCHEDULED") == 1
    assert "EVENT_TYPE_MARKER_RECORDED" not in kinds
    stats = await backend.stats(automation)
    assert (stats.started, stats.completed, stats.running_now) == (1, 1, 0)
    assert (stats.last_run_id, stats.last_run_status) == (run.id, RunStatus.COMPLETED)


async def test_the_agents_own_retries_are_counted_and_waited_for(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: Request) -> Reply:
        return Reply(503)

    queue = f"failing-{uuid.uuid4().hex}"
    monkeypatch.setattr(names, "RUNNER_QUEUES", {**names.RUNNER_QUEUES, "http": queue})
    settings = backend.settings.model_copy(update={"allowed_private_addresses": ("127.0.0.0/8",)})
    async with serve(fail) as server, outgoing_client(settings) as http:
        runner, retry = {"type": "http", "url": server.url}, {"maxAttempts": 3, "initialSeconds": 0.3, "backoff": 1}
        agent = await backend.primitive(Kind.AGENT, {"runner": runner, "retry": retry})
        automation = await backend.automation(agent)
        async with Worker(backend.client, task_queue=queue, activities=agent_work(backend, settings, http)):
            run = await backend.run(agent, automation)
    assert (run.status, run.call_failures, len(server.requests)) == (RunStatus.FAILED, 3, 3)
    async with backend.sessions() as session:
        attempts = await attempts_of(session, run.id)
    assert [(one.number, one.error_type) for one in attempts] == [(n, "runner_failed") for n in (1, 2, 3)]
    assert all("503" in (one.error_message or "") for one in attempts)
    times = [at for one in attempts for at in (one.started_at, one.ended_at)]
    assert times == sorted(at for at in times if at)
    assert len({one.error_key for one in attempts}) == 1
    assert run.duration_ms
    assert 600 <= run.duration_ms < 20_000
    stats = await backend.stats(automation)
    assert (stats.started, stats.failed, stats.running_now) == (1, 1, 0)


async def test_a_run_is_cancelled_while_it_waits_for_a_slot(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "RUNNER_QUEUES", {**names.RUNNER_QUEUES, "simulated": f"nobody-{uuid.uuid4().hex}"})
    run_id = await backend.start(await backend.agent())

    async def scheduled() -> None:
        assert "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED" in [one["eventType"] for one in await events(backend, run_id)]

    await assert_eventually(scheduled)
    accepted = await backend.handle(run_id).execute_update(AgentRun.cancel, CancelRequest(reason="not needed"))
    assert accepted.run_id == run_id
    run = await backend.closed(run_id)
    assert (run.status, run.reason, run.called_at) == (RunStatus.CANCELLED, "not needed", None)


async def test_a_run_is_cancelled_while_its_agent_works(backend: Backend) -> None:
    run_id = await backend.start(await backend.agent(durationMs=60_000))

    async def running() -> None:
        assert (await backend.row(run_id)).status is RunStatus.RUNNING

    await assert_eventually(running)
    await backend.handle(run_id).execute_update(AgentRun.cancel, CancelRequest(reason="too slow"))
    run = await backend.closed(run_id)
    assert (run.status, run.reason) == (RunStatus.CANCELLED, "too slow")


async def test_a_run_that_temporal_cancels_is_cancelled_there_and_here(backend: Backend) -> None:
    run_id = await backend.start(await backend.agent(durationMs=60_000))

    async def running() -> None:
        assert (await backend.row(run_id)).status is RunStatus.RUNNING

    await assert_eventually(running)
    await backend.handle(run_id).cancel()
    run = await backend.closed(run_id)
    assert (run.status, run.reason) == (RunStatus.CANCELLED, "cancelled through Temporal")

    async def cancelled() -> None:
        assert (await backend.handle(run_id).describe()).status is WorkflowExecutionStatus.CANCELED

    await assert_eventually(cancelled)


async def test_an_agent_whose_runner_has_changed_is_called_on_its_new_queue(backend: Backend) -> None:
    agent = await backend.agent(output="simulated")
    run = await backend.queue(agent, input={"n": 2})
    async with transaction(backend.sessions) as session:
        echo = {"runner": {"type": "python", "function": "runtime.builtin_agents:echo"}}
        await session.execute(update(Primitive).where(Primitive.id == agent.id).values(spec=echo))
    await start_run(backend.client, RunToStart(run.id, run.kind, agent.slug, agent.name, runner="simulated"))
    closed = await backend.closed(run.id)
    assert (closed.status, closed.output) == (RunStatus.COMPLETED, {"n": 2})


async def test_a_run_of_a_paused_automation_is_skipped(backend: Backend) -> None:
    agent = await backend.agent()
    automation = await backend.automation(agent, Source.EVENT, event_name="e", is_active=False)
    run = await backend.run(agent, automation)
    assert (run.status, run.reason, run.started_at) == (RunStatus.SKIPPED, "paused", None)
    assert (await backend.handle(run.id).result())["status"] == "skipped"


async def test_a_run_that_is_signalled_before_it_starts_waits(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = await backend.agent()
    run = await backend.queue(agent)
    await backend.client.start_workflow(
        "agent-run",
        {"runId": str(run.id), "runner": "simulated"},
        id=names.run_temporal_workflow_id(run.id),
        task_queue=names.TASK_QUEUE,
        start_signal="pause",
        start_signal_args=[{"by": "ada"}],
    )

    async def held() -> None:
        row = await backend.row(run.id)
        assert row.paused
        assert row.paused["by"] == "ada"

    await assert_eventually(held)
    await backend.handle(run.id).signal("resume", {"by": "ada"})
    assert (await backend.closed(run.id)).status is RunStatus.COMPLETED


async def test_a_run_whose_row_has_closed_meanwhile_is_not_called(backend: Backend) -> None:
    agent = await backend.agent()
    now = datetime.now(UTC)
    run = await backend.queue(agent, status=RunStatus.CANCELLED, finished_at=now, reason="cancelled before it started")
    await start_run(backend.client, RunToStart(run.id, run.kind, agent.slug, agent.name, runner="simulated"))
    assert (await backend.handle(run.id).result())["status"] == "cancelled"
    assert (await backend.row(run.id)).called_at is None


async def test_an_attempt_after_the_close_returns_the_stored_output(backend: Backend) -> None:
    agent, now = await backend.agent(output="another"), datetime.now(UTC)
    run = await backend.queue(agent, status=RunStatus.COMPLETED, started_at=now, finished_at=now, output={"kept": 1})
    await start_run(backend.client, RunToStart(run.id, run.kind, agent.slug, agent.name, runner="simulated"))
    result = await backend.handle(run.id).result()
    assert (result["status"], result["output"]) == ("completed", {"kept": 1})
