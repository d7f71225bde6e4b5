"""The sweep: exactly one, at the interval of the newest worker; what it starts, closes, syncs and leaves alone."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import ActivityEnvironment

from activities.sweep.sweep import SweepActivities
from models import names
from models.contracts.automations.drafts import Overlap
from models.contracts.workflows.sweep import SweepReport
from models.kinds import Kind
from models.rules.schedule import Schedule
from models.states import RunStatus, Source
from models.store.sweep.missed import UnaccountedWindow
from models.store.tables.automations import Automation
from models.store.tables.runs import Run
from runtime.database import transaction
from runtime.temporal.sweep_start import ensure_sweep, start_sweep
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually

APPROVAL = {"steps": [{"key": "sign", "approval": {"message": "sign it"}}]}
LONG_AGO = datetime.now(UTC) - timedelta(minutes=5)


async def sweep_runs(backend: Backend) -> SweepReport:
    return await ActivityEnvironment().run(SweepActivities(backend.sessions, backend.client).sweep_runs)


async def open_run(
    backend: Backend, automation: Automation | None = None, *, workflow_timeout: timedelta | None = None, **columns: Any
) -> uuid.UUID:
    """Add the row of a run whose Temporal workflow no worker executes."""
    facts: dict[str, Any] = {"status": RunStatus.RUNNING, "started_at": LONG_AGO, "queued_at": LONG_AGO, **columns}
    run = await backend.queue(await backend.agent(), automation, **facts)
    await backend.client.start_workflow(
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


async def test_the_sweep_takes_the_interval_of_the_newest_worker(backend: Backend) -> None:
    await start_sweep(backend.client, backend.settings.model_copy(update={"sweep_seconds": 3600.0}))
    handle = backend.client.get_workflow_handle(names.SWEEP_WORKFLOW_ID)
    first = await handle.describe()
    run = await backend.queue(await backend.agent(), queued_at=datetime.now(UTC) - timedelta(minutes=1))
    await start_sweep(backend.client, backend.settings.model_copy(update={"sweep_seconds": 0.1}))
    assert (await backend.closed(run.id)).status is RunStatus.COMPLETED
    again = await handle.describe()
    assert (again.run_id, again.status) == (first.run_id, WorkflowExecutionStatus.RUNNING)
    await handle.terminate("the test is over")
    await assert_ends(handle, WorkflowExecutionStatus.TERMINATED)


async def test_a_run_that_was_just_queued_is_left_alone(backend: Backend) -> None:
    run = await backend.queue(await backend.agent())
    await sweep_runs(backend)
    assert (await backend.row(run.id)).status is RunStatus.QUEUED
    async with transaction(backend.sessions) as session:
        await session.execute(update(Run).where(Run.id == run.id).values(queued_at=LONG_AGO))
    assert (await sweep_runs(backend)).started >= 1
    assert (await backend.closed(run.id)).status is RunStatus.COMPLETED


async def test_a_run_whose_workflow_is_running_stays_open(backend: Backend) -> None:
    run_id = await open_run(backend)
    await sweep_runs(backend)
    assert (await backend.row(run_id)).status is RunStatus.RUNNING
    await backend.handle(run_id).terminate()
    await sweep_runs(backend)


async def test_a_run_whose_workflow_timed_out_is_failed(backend: Backend) -> None:
    run_id = await open_run(backend, workflow_timeout=timedelta(seconds=1))
    await assert_ends(backend.handle(run_id), WorkflowExecutionStatus.TIMED_OUT)
    assert (await sweep_runs(backend)).closed >= 1
    run = await backend.row(run_id)
    assert (run.status, run.reason, run.error_type) == (RunStatus.FAILED, "timed out in Temporal", "timed_out")


async def test_a_terminated_run_is_failed(backend: Backend) -> None:
    run_id = await open_run(backend)
    await backend.handle(run_id).terminate("by hand")
    await sweep_runs(backend)
    run = await backend.row(run_id)
    assert (run.status, run.reason, run.error_type) == (RunStatus.FAILED, "terminated in Temporal", "terminated")


async def test_a_run_terminated_by_the_overlap_policy_is_cancelled(backend: Backend) -> None:
    agent = await backend.agent()
    automation = await backend.automation(
        agent, Source.SCHEDULE, cron_expr="0 3 1 1 *", overlap=Overlap.TERMINATE_OTHER, synced_revision=1
    )
    run_id = await open_run(backend, automation, due_at=LONG_AGO.replace(microsecond=0))
    await backend.handle(run_id).terminate("by the schedule")
    await sweep_runs(backend)
    run = await backend.row(run_id)
    assert (run.status, run.reason) == (RunStatus.CANCELLED, "terminated for the next due time")
    async with transaction(backend.sessions) as session:
        gone = {"archived_at": datetime.now(UTC)}
        await session.execute(update(Automation).where(Automation.id == automation.id).values(gone))


async def test_a_waiting_run_continues_after_a_reset(backend: Backend) -> None:
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, APPROVAL))

    async def waiting() -> None:
        assert (await backend.row(run_id)).status is RunStatus.WAITING

    await assert_eventually(waiting)
    first = (await backend.handle(run_id).describe()).run_id
    assert await reset(backend, run_id) != first
    async with transaction(backend.sessions) as session:
        await session.execute(update(Run).where(Run.id == run_id).values(queued_at=LONG_AGO))
    await sweep_runs(backend)
    assert (await backend.row(run_id)).status in (RunStatus.RUNNING, RunStatus.WAITING)
    await backend.signal(run_id, "approve", {"step": "sign", "by": "somebody"})
    run = await backend.closed(run_id)
    assert (run.status, run.temporal_run_id == first) == (RunStatus.COMPLETED, False)


async def reset(backend: Backend, run_id: uuid.UUID) -> str:
    """Reset a run to its first workflow task, as `temporal workflow reset` does; return the new Temporal run id."""
    handle = backend.handle(run_id)

    async def completed() -> int:
        # The row changes in a local activity, before Temporal hears of the task that it is part of.
        events = [event async for event in handle.fetch_history_events()]
        done = [one.event_id for one in events if one.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED]
        assert done
        return done[0]

    request = ResetWorkflowExecutionRequest(
        namespace=backend.client.namespace,
        workflow_execution=WorkflowExecution(workflow_id=handle.id, run_id=(await handle.describe()).run_id),
        reason="a test",
        workflow_task_finish_event_id=await assert_eventually(completed),
        request_id=str(uuid.uuid4()),
    )
    return (await backend.client.workflow_service.reset_workflow_execution(request)).run_id


@pytest.mark.parametrize("lag", ["behind its row", "ends soon"])
async def test_a_schedule_that_is_not_in_sync_is_synced(backend: Backend, lag: str) -> None:
    automation = await backend.automation(await backend.agent(), Source.SCHEDULE, cron_expr="0 3 1 1 *")
    sweep = SweepActivities(backend.sessions, backend.client)

    async def in_sync() -> Automation:
        row = await backend.read(automation)
        assert (row.synced_revision, row.sync_error) == (row.revision, None)
        assert row.synced_until is not None
        assert row.synced_until > datetime.now(UTC) + timedelta(days=1)
        return row

    if lag == "ends soon":
        await ActivityEnvironment().run(sweep.request_syncs)
        row = await assert_eventually(in_sync)
        ends = {"synced_from": row.synced_from, "synced_until": datetime.now(UTC) + timedelta(hours=1)}
        ends["synced_from"] = datetime.now(UTC) - timedelta(days=2000)
        async with transaction(backend.sessions) as session:
            await session.execute(update(Automation).where(Automation.id == automation.id).values(ends))
    assert (await ActivityEnvironment().run(sweep.request_syncs)).synced >= 1
    await assert_eventually(in_sync)
    async with transaction(backend.sessions) as session:
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


async def test_a_sweep_that_was_terminated_is_started_again(backend: Backend) -> None:
    settings = backend.settings.model_copy(update={"sweep_seconds": 3600.0})
    await start_sweep(backend.client, settings)
    handle = backend.client.get_workflow_handle(names.SWEEP_WORKFLOW_ID)
    assert not await ensure_sweep(backend.client, settings)
    await handle.terminate("by hand")
    assert await ensure_sweep(backend.client, settings)
    assert not await ensure_sweep(backend.client, settings)
    await handle.terminate("the test is over")
    await assert_ends(handle, WorkflowExecutionStatus.TERMINATED)
