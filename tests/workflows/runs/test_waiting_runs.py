"""Runs that their schedule has started and flow control holds: their workflow waits until something is decided."""

import uuid
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.testing import ActivityEnvironment

from activities.sweep.admission import admit_waiting
from models import names
from models.contracts.workflows.lifecycle import RunRequest, RunResult
from models.contracts.workflows.signals import CancelRequest
from models.kinds import KINDS, Kind
from models.states import RunStatus, SkipReason, Source
from models.store.admission.admit import database_now
from models.store.admission.dropping import drop
from models.store.runs.locks import lock_automation
from models.store.stats.folding import make_stats
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from runtime.database import transaction
from runtime.temporal.admissions import admitting
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually

DUE = datetime(2026, 3, 2, 12, tzinfo=UTC)
PIPELINE = {"steps": [{"key": "wait", "approval": {}}]}


async def schedule(backend: Backend, primitive: Primitive, **control: Any) -> Automation:
    automation = await backend.automation(
        primitive, Source.SCHEDULE, cron_expr="0 * * * *", flow_control=control, accounted_until=datetime.now(UTC)
    )
    async with transaction(backend.sessions) as session:
        await make_stats(session, automation.id)
    return automation


async def fire(
    backend: Backend, automation: Automation, hour: int, runner: str | None = None
) -> WorkflowHandle[Any, Any]:
    """Start the workflow of a due time as Temporal's scheduler does."""
    due_at = DUE + hour * timedelta(hours=1)
    return await backend.client.start_workflow(
        KINDS[automation.kind].temporal_type,
        RunRequest(automation_id=automation.id, runner=runner),
        id=names.due_temporal_workflow_id(automation.id, due_at),
        task_queue=names.TASK_QUEUE,
        result_type=RunResult,
        search_attributes=TypedSearchAttributes([SearchAttributePair(names.NOMINAL_TIME_ATTRIBUTE, due_at)]),
    )


async def opened(backend: Backend, automation: Automation, count: int) -> list[Run]:
    async def check() -> list[Run]:
        rows = await backend.runs_of(automation)
        assert len(rows) == count
        return sorted(rows, key=lambda run: run.due_at or DUE)

    return await assert_eventually(check, timeout=30)


async def is_waiting(backend: Backend, run_id: uuid.UUID) -> None:
    async def check() -> None:
        assert (await backend.row(run_id)).status is RunStatus.WAITING

    await assert_eventually(check, timeout=30)


@pytest.fixture
async def pipeline(backend: Backend) -> Primitive:
    return await backend.primitive(Kind.WORKFLOW, PIPELINE)


async def test_a_due_run_waits_for_the_one_before_it(backend: Backend, pipeline: Primitive) -> None:
    automation = await schedule(backend, pipeline, concurrency={"limit": 1})
    handles = [await fire(backend, automation, 0)]
    (first,) = await opened(backend, automation, 1)
    await is_waiting(backend, first.id)
    handles.append(await fire(backend, automation, 1))
    _, second = await opened(backend, automation, 2)
    assert (second.status, second.held_by, second.started_at) == (RunStatus.QUEUED, "concurrency", None)
    await handles[0].execute_update("approve", {"step": "wait", "by": "me"})
    assert (await handles[0].result()).status is RunStatus.COMPLETED
    await is_waiting(backend, second.id)
    await handles[1].execute_update("approve", {"step": "wait", "by": "me"})
    assert (await handles[1].result()).status is RunStatus.COMPLETED
    row = await backend.row(second.id)
    assert row.admitted_at is not None
    assert row.started_at is not None
    assert row.admitted_at <= row.started_at


@pytest.mark.parametrize("runner", ["simulated", None])
async def test_due_agent_runs_take_their_turns(backend: Backend, runner: str | None) -> None:
    automation = await schedule(backend, await backend.agent(durationMs=300), concurrency={"limit": 1})
    handles = [await fire(backend, automation, hour, runner) for hour in range(3)]
    assert [(await handle.result()).status for handle in handles] == [RunStatus.COMPLETED] * 3
    rows = sorted(await backend.runs_of(automation), key=lambda run: run.started_at or DUE)
    for earlier, later in pairwise(rows):
        assert earlier.finished_at is not None
        assert later.started_at is not None
        assert later.started_at >= earlier.finished_at


async def test_a_throttled_schedule_goes_on_by_itself(backend: Backend) -> None:
    automation = await schedule(backend, await backend.agent(), throttle={"limit": 2, "periodSeconds": 1})
    handles = [await fire(backend, automation, hour) for hour in range(3)]
    assert [(await handle.result()).status for handle in handles] == [RunStatus.COMPLETED] * 3
    assert (await backend.read(automation)).admit_at is None


@pytest.mark.parametrize("through", ["update", "temporal"])
@pytest.mark.parametrize("runner", ["simulated", None])
async def test_a_waiting_due_run_can_be_cancelled(backend: Backend, through: str, runner: str | None) -> None:
    automation = await schedule(backend, await backend.agent(durationMs=60_000), concurrency={"limit": 1})
    first = await fire(backend, automation, 0, runner)
    await opened(backend, automation, 1)
    handle = await fire(backend, automation, 1, runner)
    _, waiting = await opened(backend, automation, 2)
    assert waiting.held_by is not None
    if through == "update":
        await handle.execute_update("cancel", CancelRequest(reason="not needed"))
        assert (await handle.result()).status is RunStatus.CANCELLED
    else:
        await handle.cancel()
        with pytest.raises(WorkflowFailureError):
            await handle.result()
    row = await backend.row(waiting.id)
    assert row.status is RunStatus.CANCELLED
    assert row.reason == ("not needed" if through == "update" else "cancelled through Temporal")
    await first.execute_update("cancel", CancelRequest())


async def test_another_workflow_neither_takes_a_waiting_run_nor_waits_for_it(backend: Backend) -> None:
    automation = await schedule(backend, await backend.agent(durationMs=60_000), concurrency={"limit": 1})
    first = await fire(backend, automation, 0)
    await opened(backend, automation, 1)
    handle = await fire(backend, automation, 1)
    _, waiting = await opened(backend, automation, 2)
    other = await backend.client.execute_workflow(
        KINDS[automation.kind].temporal_type,
        RunRequest(run_id=waiting.id),
        id=f"other:{waiting.id}",
        task_queue=names.TASK_QUEUE,
        result_type=RunResult,
    )
    assert other.status is RunStatus.QUEUED
    assert (await backend.row(waiting.id)).temporal_workflow_id == handle.id
    for one in (handle, first):
        await one.execute_update("cancel", CancelRequest())


async def test_a_waiting_due_run_that_is_cleared_ends_its_workflow(backend: Backend, pipeline: Primitive) -> None:
    automation = await schedule(backend, pipeline, concurrency={"limit": 1})
    first = await fire(backend, automation, 0)
    await opened(backend, automation, 1)
    handle = await fire(backend, automation, 1)
    await opened(backend, automation, 2)
    async with admitting(backend.sessions, backend.client) as session:
        row = await lock_automation(session, automation.id)
        assert await drop(session, row, SkipReason.CLEARED, await database_now(session)) == 1
    result = await handle.result()
    assert (result.status, result.reason) == (RunStatus.SKIPPED, "cleared")
    await first.execute_update("cancel", CancelRequest())


async def test_what_waits_is_found_by_the_sweep_if_its_turn_was_missed(backend: Backend) -> None:
    """The process that closed the first run died before the second one was told of its admission."""
    automation = await schedule(backend, await backend.agent(durationMs=60_000), concurrency={"limit": 1})
    first = await fire(backend, automation, 0)
    await opened(backend, automation, 1)
    await fire(backend, automation, 1)
    _, waiting = await opened(backend, automation, 2)
    async with transaction(backend.sessions) as session:
        row = await lock_automation(session, automation.id)
        row.flow_control = {"concurrency": {"limit": 2}}
    await ActivityEnvironment().run(admit_waiting, backend.sessions, backend.client, datetime.now(UTC))

    async def runs() -> None:
        assert (await backend.row(waiting.id)).status is RunStatus.RUNNING

    await assert_eventually(runs, timeout=20)
    for handle in (first, backend.client.get_workflow_handle(waiting.temporal_workflow_id or "")):
        await handle.execute_update("cancel", CancelRequest())
