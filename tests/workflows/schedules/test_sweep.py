"""The sweep: exactly one, at the interval of the newest worker; what it starts, closes, syncs and leaves alone."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import ActivityEnvironment

from activities import run_checks
from activities.runs import RunActivities
from activities.sweep import SweepActivities
from models import names
from models.contracts.automations.drafts import Overlap
from models.contracts.workflows.lifecycle import StepChange, StepChanges
from models.contracts.workflows.sweep import SweepReport
from models.errors import NotFound, TemporalUnavailable
from models.kinds import Kind
from models.rules.schedule import Schedule
from models.states import RunStatus, Source, StepStatus
from models.store.runs import lost
from models.store.runs.missed import UnaccountedWindow
from models.store.tables.automations import Automation
from models.store.tables.runs import Run
from runtime.database import transaction
from runtime.temporal.run_workflows import ListedWorkflow, running_workflows
from runtime.temporal.starting import RunToStart, start_run
from tests.support.eventually import assert_eventually
from tests.support.world import World
from worker import ensure_sweep, start_sweep

APPROVAL = {"steps": [{"key": "sign", "approval": {"message": "sign it"}}]}
LONG_AGO = datetime.now(UTC) - timedelta(minutes=5)


async def sweep_runs(world: World) -> SweepReport:
    return await ActivityEnvironment().run(SweepActivities(world.sessions, world.client).sweep_runs)


async def open_run(
    world: World, automation: Automation | None = None, *, workflow_timeout: timedelta | None = None, **columns: Any
) -> uuid.UUID:
    """Add the row of a run whose Temporal workflow no worker executes."""
    facts: dict[str, Any] = {"status": RunStatus.RUNNING, "started_at": LONG_AGO, "queued_at": LONG_AGO, **columns}
    run = await world.queue(await world.agent(), automation, **facts)
    await world.client.start_workflow(
        "nothing",
        id=names.run_temporal_workflow_id(run.id),
        task_queue="nobody",
        execution_timeout=workflow_timeout,
    )
    return run.id


async def assert_ends(handle: WorkflowHandle[object, object], status: WorkflowExecutionStatus) -> None:
    async def ended() -> None:
        assert (await handle.describe()).status is status

    await assert_eventually(ended)


async def test_the_sweep_takes_the_interval_of_the_newest_worker(world: World) -> None:
    await start_sweep(world.client, world.settings.model_copy(update={"sweep_seconds": 3600.0}))
    handle = world.client.get_workflow_handle(names.SWEEP_WORKFLOW_ID)
    first = await handle.describe()
    run = await world.queue(await world.agent(), queued_at=datetime.now(UTC) - timedelta(minutes=1))
    await start_sweep(world.client, world.settings.model_copy(update={"sweep_seconds": 0.1}))
    assert (await world.closed(run.id)).status is RunStatus.COMPLETED
    again = await handle.describe()
    assert (again.run_id, again.status) == (first.run_id, WorkflowExecutionStatus.RUNNING)
    await handle.terminate("the test is over")
    await assert_ends(handle, WorkflowExecutionStatus.TERMINATED)


async def test_a_run_that_was_just_queued_is_left_alone(world: World) -> None:
    run = await world.queue(await world.agent())
    await sweep_runs(world)
    assert (await world.row(run.id)).status is RunStatus.QUEUED
    async with transaction(world.sessions) as session:
        await session.execute(update(Run).where(Run.id == run.id).values(queued_at=LONG_AGO))
    assert (await sweep_runs(world)).started >= 1
    assert (await world.closed(run.id)).status is RunStatus.COMPLETED


async def test_a_run_whose_workflow_is_running_stays_open(world: World) -> None:
    run_id = await open_run(world)
    await sweep_runs(world)
    assert (await world.row(run_id)).status is RunStatus.RUNNING
    await world.handle(run_id).terminate()
    await sweep_runs(world)


async def test_a_run_whose_workflow_timed_out_is_failed(world: World) -> None:
    run_id = await open_run(world, workflow_timeout=timedelta(seconds=1))
    await assert_ends(world.handle(run_id), WorkflowExecutionStatus.TIMED_OUT)
    assert (await sweep_runs(world)).closed >= 1
    run = await world.row(run_id)
    assert (run.status, run.reason, run.error_type) == (RunStatus.FAILED, "timed out in Temporal", "timed_out")


async def test_a_terminated_run_is_failed(world: World) -> None:
    run_id = await open_run(world)
    await world.handle(run_id).terminate("by hand")
    await sweep_runs(world)
    run = await world.row(run_id)
    assert (run.status, run.reason, run.error_type) == (RunStatus.FAILED, "terminated in Temporal", "terminated")


async def test_a_run_terminated_by_the_overlap_policy_is_cancelled(world: World) -> None:
    agent = await world.agent()
    automation = await world.automation(
        agent, Source.SCHEDULE, cron_expr="0 3 1 1 *", overlap=Overlap.TERMINATE_OTHER, synced_revision=1
    )
    run_id = await open_run(world, automation, due_at=LONG_AGO.replace(microsecond=0))
    await world.handle(run_id).terminate("by the schedule")
    await sweep_runs(world)
    run = await world.row(run_id)
    assert (run.status, run.reason) == (RunStatus.CANCELLED, "terminated for the next due time")
    async with transaction(world.sessions) as session:
        gone = {"archived_at": datetime.now(UTC)}
        await session.execute(update(Automation).where(Automation.id == automation.id).values(gone))


async def test_a_waiting_run_continues_after_a_reset(world: World) -> None:
    run_id = await world.start(await world.primitive(Kind.WORKFLOW, APPROVAL))

    async def waiting() -> None:
        assert (await world.row(run_id)).status is RunStatus.WAITING

    await assert_eventually(waiting)
    first = (await world.handle(run_id).describe()).run_id
    assert await reset(world, run_id) != first
    async with transaction(world.sessions) as session:
        await session.execute(update(Run).where(Run.id == run_id).values(queued_at=LONG_AGO))
    await sweep_runs(world)
    assert (await world.row(run_id)).status in (RunStatus.RUNNING, RunStatus.WAITING)
    await world.signal(run_id, "approve", {"step": "sign", "by": "somebody"})
    run = await world.closed(run_id)
    assert (run.status, run.temporal_run_id == first) == (RunStatus.COMPLETED, False)


async def reset(world: World, run_id: uuid.UUID) -> str:
    """Reset a run to its first workflow task, as `temporal workflow reset` does; return the new Temporal run id."""
    handle = world.handle(run_id)

    async def completed() -> int:
        # The row changes in a local activity, before Temporal hears of the task that it is part of.
        events = [event async for event in handle.fetch_history_events()]
        done = [one.event_id for one in events if one.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]
        assert done
        return done[0]

    request = ResetWorkflowExecutionRequest(
        namespace=world.client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=handle.id, run_id=(await handle.describe()).run_id),
        reason="a test",
        workflow_task_finish_event_id=await assert_eventually(completed),
        request_id=str(uuid.uuid4()),
    )
    return (await world.client.workflow_service.reset_workflow_execution(request)).run_id


@pytest.mark.parametrize("lag", ["behind its row", "ends soon"])
async def test_a_schedule_that_is_not_in_sync_is_synced(world: World, lag: str) -> None:
    automation = await world.automation(await world.agent(), Source.SCHEDULE, cron_expr="0 3 1 1 *")
    sweep = SweepActivities(world.sessions, world.client)

    async def in_sync() -> Automation:
        row = await world.read(automation)
        assert (row.synced_revision, row.sync_error) == (row.revision, None)
        assert row.synced_until is not None
        assert row.synced_until > datetime.now(UTC) + timedelta(days=1)
        return row

    if lag == "ends soon":
        await ActivityEnvironment().run(sweep.request_syncs)
        row = await assert_eventually(in_sync)
        ends = {"synced_from": row.synced_from, "synced_until": datetime.now(UTC) + timedelta(hours=1)}
        ends["synced_from"] = datetime.now(UTC) - timedelta(days=2000)
        async with transaction(world.sessions) as session:
            await session.execute(update(Automation).where(Automation.id == automation.id).values(ends))
    assert (await ActivityEnvironment().run(sweep.request_syncs)).synced >= 1
    await assert_eventually(in_sync)
    async with transaction(world.sessions) as session:
        gone = {"archived_at": datetime.now(UTC), "revision": Automation.revision + 1}
        await session.execute(update(Automation).where(Automation.id == automation.id).values(gone))
    await ActivityEnvironment().run(sweep.request_syncs)


def window(slowdown: int | None = None, anchor: datetime | None = None) -> UnaccountedWindow:
    since = datetime(2026, 11, 1, 0, 0, tzinfo=UTC)
    schedule = Schedule.parse("0 * * * *", "UTC", slowdown, anchor)
    return UnaccountedWindow(uuid.uuid4(), schedule, since, since + timedelta(hours=6))


def due_hours(window: UnaccountedWindow) -> list[int]:
    return [at.hour for at in window.schedule.due_between(window.since, window.until)]


def test_a_window_of_due_times_excludes_its_start_and_includes_its_end() -> None:
    assert due_hours(window()) == [1, 2, 3, 4, 5, 6]


def test_a_slowed_schedule_accounts_only_for_the_due_times_it_keeps() -> None:
    anchor = datetime(2026, 10, 31, 23, 0, tzinfo=UTC)
    assert due_hours(window(3, anchor)) == [2, 5]


async def test_a_queued_run_behind_many_started_ones_is_started(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_checks, "PAGE", 2)
    for _ in range(4):
        await open_run(world, status=RunStatus.QUEUED, started_at=None)
    run = await world.queue(await world.agent(), queued_at=LONG_AGO + timedelta(minutes=1))
    await sweep_runs(world)
    assert (await world.closed(run.id)).status is RunStatus.COMPLETED


async def test_a_start_refused_by_temporal_does_not_stop_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = [await world.queue(await world.agent(), queued_at=LONG_AGO) for _ in range(2)]

    async def start_but_one(client: Client, run: RunToStart) -> None:
        if run.run_id == first.id:
            raise TemporalUnavailable("it did not answer")
        await start_run(client, run)

    monkeypatch.setattr(run_checks, "start_run", start_but_one)
    await sweep_runs(world)
    assert (await world.closed(second.id)).status is RunStatus.COMPLETED
    assert (await world.row(first.id)).status is RunStatus.QUEUED
    monkeypatch.undo()
    await sweep_runs(world)
    assert (await world.closed(first.id)).status is RunStatus.COMPLETED


async def test_the_workflow_of_a_closed_run_is_ended(world: World) -> None:
    closed_at = datetime.now(UTC) - timedelta(hours=1)
    run_id = await open_run(world, status=RunStatus.COMPLETED, finished_at=closed_at)
    await end_rowless(world, run_id)
    await assert_ends(world.handle(run_id), WorkflowExecutionStatus.TERMINATED)


async def test_a_workflow_whose_row_is_gone_is_ended(world: World) -> None:
    run_id = uuid.uuid4()
    id_ = names.run_temporal_workflow_id(run_id)
    await world.client.start_workflow("nothing", id=id_, task_queue="nobody")
    await end_rowless(world, run_id)
    await assert_ends(world.handle(run_id), WorkflowExecutionStatus.TERMINATED)


async def end_rowless(world: World, run_id: uuid.UUID) -> None:
    """Check this workflow against its row as if it had been running for long."""
    id_ = names.run_temporal_workflow_id(run_id)
    running = run_checks.Running({id_: ListedWorkflow(id_, LONG_AGO, False, False)}, True)

    async def ended() -> int:
        return await run_checks.end_rowless(world.sessions, world.client, running, datetime.now(UTC))

    assert await ActivityEnvironment().run(ended) == 1


async def test_running_workflows_of_runs_are_listed(world: World) -> None:
    run_id = await world.start(await world.primitive(Kind.WORKFLOW, APPROVAL))

    async def listed() -> None:
        found, complete = await running_workflows(world.client, 1000)
        one = found[names.run_temporal_workflow_id(run_id)]
        assert (one.is_opened, one.is_child, complete) == (True, False, True)

    async def there() -> bool:
        found, _ = await running_workflows(world.client, 1000)
        return names.run_temporal_workflow_id(run_id) in found

    await assert_eventually(there)
    await listed()
    await world.signal(run_id, "approve", {"step": "sign", "by": "somebody"})
    assert (await world.closed(run_id)).status is RunStatus.COMPLETED


async def test_runs_are_described_in_turn(world: World) -> None:
    rows = [lost.OpenRow(uuid.UUID(int=n), RunStatus.RUNNING, None, None, LONG_AGO) for n in range(1, 6)]
    rotation = run_checks.Rotation()
    turns = [[row.run_id.int for row in run_checks._next_ones(rows, rotation, 2)] for _ in range(4)]
    assert turns == [[1, 2], [3, 4], [5, 1], [2, 3]]


async def test_a_sweep_that_was_terminated_is_started_again(world: World) -> None:
    settings = world.settings.model_copy(update={"sweep_seconds": 3600.0})
    await start_sweep(world.client, settings)
    handle = world.client.get_workflow_handle(names.SWEEP_WORKFLOW_ID)
    assert not await ensure_sweep(world.client, settings)
    await handle.terminate("by hand")
    assert await ensure_sweep(world.client, settings)
    assert not await ensure_sweep(world.client, settings)
    await handle.terminate("the test is over")
    await assert_ends(handle, WorkflowExecutionStatus.TERMINATED)


async def test_steps_of_a_run_without_a_row_are_not_retried_for_ever(world: World) -> None:
    step = StepChange(path="a", key="a", kind="agent", position=0, status=StepStatus.RUNNING)
    changes = StepChanges(run_id=uuid.uuid4(), at=datetime.now(UTC), steps=(step,))
    with pytest.raises(NotFound):
        await ActivityEnvironment().run(RunActivities(world.sessions, world.client).record_steps, changes)
