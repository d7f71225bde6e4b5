"""The sweep and schedule syncs whose workflow task keeps failing are started anew: they keep nothing of their own."""

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio import workflow
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import ActivityEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.sweep.sweep import SweepActivities
from models import names
from models.states import Source
from runtime.temporal import run_workflows
from runtime.temporal.sweep_start import ensure_sweep
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually


@workflow.defn(name="broken")
class Broken:
    """Fails its workflow task for ever."""

    @workflow.run
    async def run(self) -> None:
        raise RuntimeError("the deploy broke this workflow")


@pytest.fixture
async def queue(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    monkeypatch.setattr("models.rules.stuck.STUCK_AFTER", timedelta(0))
    monkeypatch.setattr("models.rules.stuck.STUCK_ATTEMPTS", 2)
    name = f"breaks-{uuid.uuid4().hex}"
    async with Worker(backend.client, task_queue=name, workflows=[Broken], workflow_runner=UnsandboxedWorkflowRunner()):
        yield name


async def broken(backend: Backend, temporal_workflow_id: str, queue: str) -> WorkflowHandle[Broken, None]:
    handle = await backend.client.start_workflow(Broken.run, id=temporal_workflow_id, task_queue=queue)

    async def fails() -> None:
        found = await run_workflows.describe_run(backend.client, temporal_workflow_id)
        assert found is not None
        assert found.failing is not None

    await assert_eventually(fails, timeout=60)
    return backend.client.get_workflow_handle(temporal_workflow_id, run_id=handle.result_run_id)


async def test_a_sweep_whose_task_fails_is_started_anew(
    backend: Backend, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "SWEEP_WORKFLOW_ID", f"sweep-{uuid.uuid4().hex}")
    monkeypatch.setattr(names, "CONTROL_QUEUE", "nobody")
    old = await broken(backend, names.SWEEP_WORKFLOW_ID, queue)
    assert await ensure_sweep(backend.client, backend.settings)
    assert (await old.describe()).status is WorkflowExecutionStatus.TERMINATED
    assert not await ensure_sweep(backend.client, backend.settings), "one that makes progress is left"
    new = backend.client.get_workflow_handle(names.SWEEP_WORKFLOW_ID)
    assert (await new.describe()).workflow_type == names.SWEEP_TEMPORAL_TYPE
    await new.terminate()


async def test_a_schedule_sync_whose_task_fails_is_started_anew(backend: Backend, queue: str) -> None:
    automation = await backend.automation(await backend.agent(), Source.SCHEDULE, cron_expr="0 9 * * *")
    old = await broken(backend, names.sync_temporal_workflow_id(automation.id), queue)
    sweep = SweepActivities(backend.sessions, backend.client)
    assert await ActivityEnvironment().run(sweep._request_syncs, [automation.id]) == 1
    assert (await old.describe()).status is WorkflowExecutionStatus.TERMINATED

    async def synced() -> None:
        row = await backend.read(automation)
        assert row.synced_revision == row.revision

    await assert_eventually(synced, timeout=30)
