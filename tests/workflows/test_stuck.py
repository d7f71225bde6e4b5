"""A run whose workflow task keeps failing: shown with the reason, cancellable, and running again once fixed."""

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import JsonValue, SecretStr
from sqlalchemy import update
from temporalio import workflow
from temporalio.client import WorkflowExecutionStatus
from temporalio.testing import ActivityEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.runs import RunActivities
from activities.sweep import SweepActivities
from api.app import create_app
from models import names
from models.contracts.workflows.lifecycle import OpenedRun, RunOutcome, RunRequest, RunResult
from models.kinds import KINDS, Kind
from models.states import RunStatus
from models.store.tables.runs import Run
from runtime.database import transaction
from runtime.temporal import run_workflows
from tests.support.eventually import assert_eventually
from tests.support.world import World
from workflows.lifecycle import Body, RunLifecycle

KEY = "podium_admin-key-of-the-tests"
PROBLEM = "the deploy broke this workflow"
BROKEN = {"now": True}


@workflow.defn(name=KINDS[Kind.PULSE].temporal_type)
class Breaks(RunLifecycle):
    """Fails its workflow task, not the run, while `BROKEN`."""

    @workflow.run
    async def run(self, request: RunRequest) -> RunResult:
        return await self.live(Kind.PULSE, request, self._done)

    async def _done(self, run: OpenedRun) -> JsonValue:
        return "done"

    async def _outcome(self, run: OpenedRun, body: Body) -> RunOutcome:
        # Outside of the body: an error in the body would fail the run.
        await workflow.sleep(0.05)
        if BROKEN["now"]:
            raise RuntimeError(PROBLEM)
        return await super()._outcome(run, body)


@pytest.fixture
async def stuck_run(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[uuid.UUID]:
    """Return a run whose workflow task has failed often enough, with the worker that fails it."""
    monkeypatch.setattr(names, "TASK_QUEUE", f"breaks-{uuid.uuid4().hex}")
    monkeypatch.setattr(run_workflows, "STUCK_AFTER", timedelta(0))
    monkeypatch.setattr(run_workflows, "STUCK_ATTEMPTS", 2)
    runs = RunActivities(world.sessions, world.client)
    async with Worker(
        world.client,
        task_queue=names.TASK_QUEUE,
        workflows=[Breaks],
        activities=[runs.open_run, runs.record_steps, runs.mark_run, runs.close_run],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        agent = await world.agent()
        pulse = await world.primitive(Kind.PULSE, {"goal": "g", "members": [{"agent": agent.slug}]})
        run_id = await world.start(pulse)

        async def fails() -> None:
            found = await run_workflows.describe_run(world.client, names.run_temporal_workflow_id(run_id))
            assert found is not None
            assert found.failing is not None

        await assert_eventually(fails, timeout=60)
        async with transaction(world.sessions) as session:
            old = datetime.now(UTC) - timedelta(minutes=5)
            await session.execute(update(Run).where(Run.id == run_id).values(queued_at=old))
        yield run_id


@asynccontextmanager
async def api(world: World) -> AsyncIterator[httpx2.AsyncClient]:
    app: FastAPI = create_app(
        world.settings.model_copy(update={"admin_key": SecretStr(KEY), "trusted_hosts": ("podium.test",)})
    )
    async with AsyncExitStack() as resources:
        await resources.enter_async_context(app.router.lifespan_context(app))
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        headers = {"Authorization": f"Bearer {KEY}"}
        yield await resources.enter_async_context(
            httpx2.AsyncClient(transport=transport, base_url="http://podium.test", headers=headers)
        )


async def sweep(world: World) -> None:
    await ActivityEnvironment().run(SweepActivities(world.sessions, world.client).sweep_runs)


async def test_a_stuck_run_shows_temporal_s_message_and_can_be_cancelled(world: World, stuck_run: uuid.UUID) -> None:
    await sweep(world)
    run = await world.row(stuck_run)
    assert run.status is RunStatus.STUCK
    async with api(world) as client:
        shown = (await client.get(f"/api/runs/{stuck_run}")).json()
        assert shown["status"] == "stuck"
        assert PROBLEM in shown["stuck"]["message"]
        assert shown["stuck"]["attempts"] >= 2
        listed = (await client.get("/api/runs", params={"status": "stuck"})).json()["items"]
        assert str(stuck_run) in {one["id"] for one in listed}
        assert 'podium_open_runs{status="stuck"}' in (await client.get("/metrics")).text
        cancelled = await client.post(f"/api/runs/{stuck_run}/cancel", json={"reason": "enough"})
        assert cancelled.status_code == 202, cancelled.text
        assert cancelled.json()["status"] == "cancelled"
        assert cancelled.json()["reason"].startswith("enough (terminated: ")
    description = await world.handle(stuck_run).describe()
    assert description.status is WorkflowExecutionStatus.TERMINATED


async def test_a_stuck_run_can_be_cancelled_before_a_sweep_finds_it(world: World, stuck_run: uuid.UUID) -> None:
    async with api(world) as client:
        cancelled = await client.post(f"/api/runs/{stuck_run}/cancel")
        assert cancelled.status_code == 202, cancelled.text
        assert cancelled.json()["status"] == "cancelled"


async def test_a_stuck_run_is_running_again_after_progress(
    world: World, stuck_run: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sweep(world)
    assert (await world.row(stuck_run)).status is RunStatus.STUCK
    monkeypatch.setitem(BROKEN, "now", False)
    run = await world.closed(stuck_run, within=timedelta(seconds=90))
    assert (run.status, run.stuck) == (RunStatus.COMPLETED, None), run.error_message
