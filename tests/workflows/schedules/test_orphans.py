"""Runs and workflows without each other: the sweep ends, closes or starts what has lost its counterpart."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.testing import ActivityEnvironment

from activities.runs import RunActivities
from activities.sweep import reconciliation
from models import names
from models.contracts.workflows.lifecycle import StepChange, StepChanges
from models.errors import NotFound, TemporalUnavailable
from models.kinds import Kind
from models.states import RunStatus, StepStatus
from models.store.runs.to_start import RunToStart
from models.store.sweep import lost
from runtime.temporal.run_workflows import ListedWorkflow, running_workflows
from runtime.temporal.starting import start_run
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually
from tests.workflows.schedules.test_sweep import APPROVAL, LONG_AGO, assert_ends, open_run, sweep_runs


async def test_a_queued_run_behind_many_started_ones_is_started(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation, "PAGE", 2)
    for _ in range(4):
        await open_run(backend, status=RunStatus.QUEUED, started_at=None)
    run = await backend.queue(await backend.agent(), queued_at=LONG_AGO + timedelta(minutes=1))
    await sweep_runs(backend)
    assert (await backend.closed(run.id)).status is RunStatus.COMPLETED


async def test_a_start_refused_by_temporal_does_not_stop_others(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = [await backend.queue(await backend.agent(), queued_at=LONG_AGO) for _ in range(2)]

    async def start_but_one(client: Client, run: RunToStart) -> None:
        if run.run_id == first.id:
            raise TemporalUnavailable("it did not answer")
        await start_run(client, run)

    monkeypatch.setattr(reconciliation, "start_run", start_but_one)
    await sweep_runs(backend)
    assert (await backend.closed(second.id)).status is RunStatus.COMPLETED
    assert (await backend.row(first.id)).status is RunStatus.QUEUED
    monkeypatch.undo()
    await sweep_runs(backend)
    assert (await backend.closed(first.id)).status is RunStatus.COMPLETED


async def test_the_workflow_of_a_closed_run_is_ended(backend: Backend) -> None:
    closed_at = datetime.now(UTC) - timedelta(hours=1)
    run_id = await open_run(backend, status=RunStatus.COMPLETED, finished_at=closed_at)
    await end_rowless(backend, run_id)
    await assert_ends(backend.handle(run_id), WorkflowExecutionStatus.TERMINATED)


async def test_a_workflow_whose_row_is_gone_is_ended(backend: Backend) -> None:
    run_id = uuid.uuid4()
    id_ = names.run_temporal_workflow_id(run_id)
    await backend.client.start_workflow("nothing", id=id_, task_queue="nobody")
    await end_rowless(backend, run_id)
    await assert_ends(backend.handle(run_id), WorkflowExecutionStatus.TERMINATED)


async def end_rowless(backend: Backend, run_id: uuid.UUID) -> None:
    """Check this workflow against its row as if it had been running for long."""
    id_ = names.run_temporal_workflow_id(run_id)
    running = reconciliation.Running({id_: ListedWorkflow(id_, LONG_AGO, False, False)}, True)

    async def ended() -> int:
        return await reconciliation.end_rowless(backend.sessions, backend.client, running, datetime.now(UTC))

    assert await ActivityEnvironment().run(ended) == 1


async def test_running_workflows_of_runs_are_listed(backend: Backend) -> None:
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, APPROVAL))

    async def listed() -> None:
        found, complete = await running_workflows(backend.client, 1000)
        one = found[names.run_temporal_workflow_id(run_id)]
        assert (one.is_opened, one.is_child, complete) == (True, False, True)

    async def there() -> bool:
        found, _ = await running_workflows(backend.client, 1000)
        return names.run_temporal_workflow_id(run_id) in found

    await assert_eventually(there)
    await listed()
    await backend.signal(run_id, "approve", {"step": "sign", "by": "somebody"})
    assert (await backend.closed(run_id)).status is RunStatus.COMPLETED


async def test_runs_are_described_in_turn(backend: Backend) -> None:
    rows = [lost.OpenRow(uuid.UUID(int=n), RunStatus.RUNNING, None, None, LONG_AGO) for n in range(1, 6)]
    rotation = reconciliation.Rotation()
    turns = [[row.run_id.int for row in reconciliation._next_ones(rows, rotation, 2)] for _ in range(4)]
    assert turns == [[1, 2], [3, 4], [5, 1], [2, 3]]


async def test_steps_of_a_run_without_a_row_are_not_retried_for_ever(backend: Backend) -> None:
    step = StepChange(path="a", key="a", kind="agent", position=0, status=StepStatus.RUNNING)
    changes = StepChanges(run_id=uuid.uuid4(), at=datetime.now(UTC), steps=(step,))
    with pytest.raises(NotFound):
        await ActivityEnvironment().run(RunActivities(backend.sessions, backend.client).record_steps, changes)
