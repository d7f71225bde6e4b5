"""Changed workflow code is deployed under running runs, and rolled back: nothing hangs unseen and nothing is lost."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue
from temporalio import workflow
from temporalio.client import WorkflowExecutionStatus
from temporalio.common import WorkerDeploymentVersion
from temporalio.testing import ActivityEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkerDeploymentConfig

from activities.runs import RunActivities
from activities.schedules import ScheduleActivities
from activities.sweep import stuck_runs
from models import names
from models.contracts.automations.drafts import Overlap
from models.contracts.workflows.lifecycle import OpenedRun, RunOutcome, RunRequest, RunResult
from models.kinds import KINDS, Kind
from models.states import RunStatus, Source
from models.store.tables.automations import Automation
from models.store.tables.runs import Run
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually
from tests.workflows.operating import api, sweep
from workflows.runs.lifecycle import Body, RunLifecycle

PROMISED_SECONDS = 120
OLD, NEW = "1.0-old", "1.1-new"


@workflow.defn(name=KINDS[Kind.PULSE].temporal_type)
class AsReleased(RunLifecycle):
    """Waits until it is approved."""

    def __init__(self) -> None:
        super().__init__()
        self._approved = False

    @workflow.signal
    def approve(self) -> None:
        self._approved = True

    @workflow.run
    async def run(self, request: RunRequest) -> RunResult:
        return await self.live(Kind.PULSE, request, self._wait)

    async def _wait(self, run: OpenedRun) -> JsonValue:
        async with self.waiting("waits for approval"):
            await workflow.wait_condition(lambda: self._approved)
        return "done"


@workflow.defn(name=KINDS[Kind.PULSE].temporal_type)
class AsChanged(AsReleased):
    """One more timer in the lifecycle, without a patch."""

    @workflow.run
    async def run(self, request: RunRequest) -> RunResult:
        return await self.live(Kind.PULSE, request, self._wait)

    async def _outcome(self, run: OpenedRun, body: Body) -> RunOutcome:
        await workflow.sleep(0.05)
        return await super()._outcome(run, body)


@pytest.fixture(autouse=True)
def own_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "TASK_QUEUE", f"deployed-{uuid.uuid4().hex}")


@asynccontextmanager
async def deployed(backend: Backend, code: type[AsReleased], build: str) -> AsyncIterator[None]:
    runs = RunActivities(backend.sessions, backend.client)
    async with Worker(
        backend.client,
        task_queue=names.TASK_QUEUE,
        workflows=[code],
        activities=[runs.open_run, runs.record_steps, runs.mark_run, runs.close_run],
        workflow_runner=UnsandboxedWorkflowRunner(),
        deployment_config=WorkerDeploymentConfig(
            version=WorkerDeploymentVersion("podium", build), use_worker_versioning=False
        ),
    ):
        yield


async def pulse(backend: Backend, **columns: object) -> tuple[Automation, uuid.UUID]:
    """Make a pulse with a schedule that never comes due by itself, and a run of the pulse that waits."""
    agent = await backend.agent()
    primitive = await backend.primitive(Kind.PULSE, {"goal": "g", "members": [{"agent": agent.slug}]})
    automation = await backend.automation(
        primitive, Source.SCHEDULE, cron_expr="0 4 1 1 *", accounted_until=datetime.now(UTC), **columns
    )
    await ActivityEnvironment().run(ScheduleActivities(backend.sessions, backend.client).sync_schedule, automation.id)
    run_id = await backend.start(primitive)
    await has_status(backend, run_id, RunStatus.WAITING)
    return automation, run_id


async def has_status(backend: Backend, run_id: uuid.UUID, status: RunStatus, timeout: float = 30) -> Run:
    async def check() -> Run:
        run = await backend.row(run_id)
        assert run.status is status, run.error_message
        return run

    return await assert_eventually(check, timeout=timeout)


async def becomes_stuck(backend: Backend, run_id: uuid.UUID) -> Run:
    """Sweep as a worker does, until the run is stuck; fail after the promised time."""

    async def check() -> Run:
        await sweep(backend)
        run = await backend.row(run_id)
        assert run.status is RunStatus.STUCK
        return run

    return await assert_eventually(check, timeout=PROMISED_SECONDS, interval=1)


async def fired(backend: Backend, automation: Automation, known: int) -> Run:
    """Have Temporal fire the schedule, and return its newest run."""
    await backend.client.get_schedule_handle(names.temporal_schedule_id(automation.id)).trigger()

    async def check() -> Run:
        runs = await backend.runs_of(automation)
        assert len(runs) == known + 1
        assert runs[-1].status is RunStatus.WAITING
        return runs[-1]

    return await assert_eventually(check, timeout=30)


async def approve(backend: Backend, run: Run) -> None:
    assert run.temporal_workflow_id
    await backend.client.get_workflow_handle(run.temporal_workflow_id).signal("approve")


@pytest.mark.long
@pytest.mark.timeout(400)
async def test_changed_code_is_deployed_under_running_runs_and_rolled_back(backend: Backend) -> None:
    async with deployed(backend, AsReleased, OLD):
        automation, elder = await pulse(backend)
        _, doomed = await pulse(backend)
    async with deployed(backend, AsChanged, NEW):
        for run_id in (elder, doomed):
            await approve(backend, await backend.row(run_id))
        stuck = (await becomes_stuck(backend, elder)).stuck
        assert stuck is not None
        assert "TMPRL1100" in stuck["message"]
        assert stuck["last_build"] == OLD
        young = await fired(backend, automation, 0)
        async with api(backend) as client:
            answer = await client.post(f"/api/runs/{doomed}/cancel", json={"reason": "no longer needed"})
            assert answer.status_code == 202, answer.text
            assert answer.json()["status"] == "cancelled"
        assert (await backend.handle(doomed).describe()).status is WorkflowExecutionStatus.TERMINATED
    async with deployed(backend, AsReleased, OLD):
        run = await has_status(backend, elder, RunStatus.COMPLETED, timeout=PROMISED_SECONDS)
        assert (run.stuck, run.output) == (None, "done")
        # What began under the changed code cannot go on after the rollback; it is seen, and frees its schedule.
        await approve(backend, young)
        await becomes_stuck(backend, young.id)
        async with api(backend) as client:
            shown = (await client.get(f"/api/runs/{young.id}")).json()
            assert shown["stuck"]["lastBuild"] == NEW
            answer = await client.post(f"/api/runs/{young.id}/cancel")
            assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")
        later = await fired(backend, automation, 1)
        await approve(backend, later)
        await has_status(backend, later.id, RunStatus.COMPLETED)


@pytest.mark.long
@pytest.mark.timeout(400)
@pytest.mark.parametrize("missed", [True, False])
async def test_a_stuck_run_does_not_hold_its_schedule_for_ever(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, missed: bool
) -> None:
    async with deployed(backend, AsReleased, OLD):
        automation, _ = await pulse(backend, overlap=Overlap.SKIP)
        holds = await fired(backend, automation, 0)
    async with deployed(backend, AsChanged, NEW):
        await approve(backend, holds)
        await becomes_stuck(backend, holds.id)
        if missed:
            due_at = datetime.now(UTC) + timedelta(minutes=1)
            await backend.queue(
                await backend.primitive_of(automation), automation, due_at=due_at, status=RunStatus.MISSED
            )
        monkeypatch.setattr(stuck_runs, "HOLDS_FOR", timedelta(0))
        await sweep(backend)
        run = await backend.row(holds.id)
        if not missed:
            assert run.status is RunStatus.STUCK
            return
        assert (run.status, run.error_type) == (RunStatus.FAILED, "stuck")
        assert "TMPRL1100" in (run.error_message or "")
        assert (await fired(backend, automation, 1)).id != holds.id
