"""A run whose batch or child keeps failing its workflow task is found as stuck, and can always be ended."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from temporalio import workflow
from temporalio.client import WorkflowExecutionStatus
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.expressions import ExpressionActivities
from activities.runs import RunActivities
from activities.sweep import reconciliation, stuck_runs
from api.actions import run_control
from models import names
from models.contracts.workflows.lifecycle import RunRequest, RunResult
from models.contracts.workflows.map_batches import MapBatchRequest, MapBatchResult
from models.kinds import KINDS, Kind
from models.states import RunStatus
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from runtime.database import transaction
from runtime.temporal import run_workflows
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually
from tests.workflows.operating import api, sweep
from workflows import pipeline
from workflows.map_batch import MapBatch
from workflows.runs.lifecycle import RunLifecycle
from workflows.runs.row import open_run

PROBLEM = "the deploy broke this part"


@workflow.defn(name=names.MAP_BATCH_TEMPORAL_TYPE)
class BrokenBatch(RunLifecycle):
    """Fails its workflow task for ever."""

    @workflow.run
    async def run(self, batch: MapBatchRequest) -> MapBatchResult:
        raise RuntimeError(PROBLEM)


@workflow.defn(name=KINDS[Kind.AGENT].temporal_type)
class BrokenAgent(RunLifecycle):
    """Fails its workflow task for ever, before or after its row is there."""

    @workflow.run
    async def run(self, request: RunRequest) -> RunResult:
        if request.input == "open":
            await open_run(self.opening(Kind.AGENT, request))
        raise RuntimeError(PROBLEM)


@pytest.fixture(autouse=True)
def soon_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "TASK_QUEUE", f"breaks-{uuid.uuid4().hex}")
    monkeypatch.setattr("models.rules.stuck.STUCK_AFTER", timedelta(0))
    monkeypatch.setattr("models.rules.stuck.STUCK_ATTEMPTS", 2)
    for name in ("DOUBTFUL_AFTER", "ROWLESS_AFTER", "CLOSED_AFTER"):
        monkeypatch.setattr(reconciliation, name, timedelta(0))
    monkeypatch.setattr(pipeline, "MAP_BATCH_ITEMS", 1)


@asynccontextmanager
async def stuck_part(
    backend: Backend, batch: type[RunLifecycle] = BrokenBatch, **step: Any
) -> AsyncIterator[tuple[uuid.UUID, str]]:
    """Run a pipeline of one step below which a task keeps failing; yields the run and the failing workflow's id."""
    runs = RunActivities(backend.sessions, backend.client)
    async with Worker(
        backend.client,
        task_queue=names.TASK_QUEUE,
        workflows=[pipeline.PipelineRun, batch, BrokenAgent],
        activities=[
            *(runs.open_run, runs.record_steps, runs.mark_run, runs.close_run),
            ExpressionActivities().evaluate,
        ],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        agent = await backend.agent()
        spec = {"steps": [{"key": "one", "agent": agent.slug, **step}]}
        run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, spec))

        async def fails() -> str:
            child = await below(names.run_temporal_workflow_id(run_id))
            if batch is MapBatch and names.is_map_batch(child):
                child = await below(child)
            found = await run_workflows.describe_run(backend.client, child)
            assert found is not None
            assert found.failing is not None
            listed, _ = await run_workflows.running_workflows(backend.client, 20_000)
            assert child in listed
            return child

        async def below(temporal_workflow_id: str) -> str:
            found = await backend.client.get_workflow_handle(temporal_workflow_id).describe()
            children = found.raw_description.pending_children
            assert len(children) == 1
            return children[0].workflow_id

        async def has_child() -> None:
            assert len((await backend.handle(run_id).describe()).raw_description.pending_children) == 1

        await assert_eventually(has_child, timeout=30)
        child_id = await assert_eventually(fails, timeout=60)
        async with transaction(backend.sessions) as session:
            old = datetime.now(UTC) - timedelta(minutes=5)
            await session.execute(update(Run).where(Run.root_run_id == run_id).values(queued_at=old))
        yield run_id, child_id


BATCH = {"map": "['a', 'b']"}


@pytest.mark.parametrize(
    "step",
    [BATCH, {}, {**BATCH, "batch": MapBatch}],
    ids=["batch", "child without a row", "child of a batch without a row"],
)
async def test_a_run_whose_part_fails_is_stuck_and_is_ended_with_it(backend: Backend, step: dict[str, Any]) -> None:
    async with stuck_part(backend, **step) as (run_id, child_id):
        await sweep(backend)
        run = await backend.row(run_id)
        assert run.status is RunStatus.STUCK
        assert PROBLEM in (run.stuck or {})["message"]
        async with api(backend) as client:
            cancelled = await client.post(f"/api/runs/{run_id}/cancel", json={"reason": "enough"})
        assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled")
        assert (await backend.handle(run_id).describe()).status is WorkflowExecutionStatus.TERMINATED
        await ends(backend, child_id)


@pytest.mark.parametrize("step", [BATCH, {"input": "'open'"}, {}], ids=["batch", "child", "child without a row"])
async def test_a_second_cancellation_ends_a_run_that_waits_for_a_part_that_cannot_stop(
    backend: Backend, step: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stuck_part(backend, **step) as (run_id, child_id), api(backend) as client:
        first = await client.post(f"/api/runs/{run_id}/cancel", json={"reason": "enough"})
        assert (first.status_code, first.json()["status"]) == (202, "running")
        early = await client.post(f"/api/runs/{run_id}/cancel")
        assert early.status_code == 409
        assert "cancel it again" in early.json()["hint"]
        monkeypatch.setattr(run_control, "PATIENCE", timedelta(0))
        second = await client.post(f"/api/runs/{run_id}/cancel", json={"reason": "now"})
        assert (second.status_code, second.json()["status"]) == (202, "cancelled"), second.text
        assert second.json()["reason"].startswith("now (terminated")
        await ends(backend, child_id)
        assert {child.status for child in await backend.children(run_id)} <= {RunStatus.CANCELLED}


async def test_a_run_says_that_it_waits_for_a_stuck_child_until_that_is_over(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stuck_part(backend, input="'open'") as (run_id, _), api(backend) as client:

        async def shown() -> dict[str, Any]:
            answer: dict[str, Any] = (await client.get(f"/api/runs/{run_id}")).json()
            return answer

        assert (await shown())["stuckBelow"] is None
        await sweep(backend)
        run = await shown()
        (child,) = run["children"]
        assert (run["status"], run["stuck"], child["status"], child["stuckBelow"]) == ("running", None, "stuck", None)
        assert (run["stuckBelow"]["runId"], run["stuckBelow"]["name"]) == (child["id"], child["primitive"]["name"])
        assert run["stuckBelow"]["since"] == child["stuck"]["since"]
        mine: dict[str, str | bool] = {"rootsOnly": True, "root": str(run_id)}
        listed = (await client.get("/api/runs", params=mine)).json()["items"]
        assert {one["id"]: one["stuckBelow"] for one in listed}[str(run_id)] == run["stuckBelow"]
        cancelled = await client.post(f"/api/runs/{child['id']}/cancel", json={"reason": "enough"})
        assert (cancelled.status_code, cancelled.json()["status"]) == (202, "cancelled"), cancelled.text
        assert (await shown())["stuckBelow"] is None
        assert (await backend.closed(run_id)).status is RunStatus.FAILED


async def test_a_run_that_waits_for_a_stuck_child_holds_others_for_a_bounded_time(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stuck_part(backend, input="'open'") as (run_id, child_id), api(backend) as client:
        await sweep(backend)
        listed = (await client.get("/api/runs", params={"status": "stuck", "root": str(run_id)})).json()["items"]
        assert {one["id"]: one["status"] for one in listed} == {
            str(run_id): "running",
            str(names.run_of_workflow(child_id)): "stuck",
        }
        async with transaction(backend.sessions) as session:
            primitive = await session.get_one(Primitive, (await backend.row(run_id)).primitive_id)
        automation = await backend.automation(primitive, flow_control={"concurrency": {"limit": 1}})
        async with transaction(backend.sessions) as session:
            await session.execute(update(Run).where(Run.id == run_id).values(automation_id=automation.id))
        fired = await client.post(f"/api/automations/{automation.slug}/fire")
        (waiting,) = fired.json()["runs"]
        assert waiting["held"]["by"] == "concurrency"
        await sweep(backend)
        assert (await backend.row(run_id)).status is RunStatus.RUNNING, "an hour has not passed"
        monkeypatch.setattr(stuck_runs, "HOLDS_FOR", timedelta(0))
        await sweep(backend)
        run = await backend.row(run_id)
        assert (run.status, run.error_type) == (RunStatus.FAILED, "stuck")
        assert PROBLEM in (run.error_message or "")
        assert (await backend.row(uuid.UUID(waiting["runId"]))).held_by is None
        await ends(backend, child_id)


async def ends(backend: Backend, temporal_workflow_id: str) -> None:
    """Run sweep passes until the workflow has ended."""

    async def ended() -> None:
        await sweep(backend)
        found = await backend.client.get_workflow_handle(temporal_workflow_id).describe()
        assert found.status is WorkflowExecutionStatus.TERMINATED

    await assert_eventually(ended, timeout=90)
