"""A run whose workflow task keeps failing: shown with the reason, cancellable, and running again once fixed."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import JsonValue
from sqlalchemy import update
from temporalio import workflow
from temporalio.client import WorkflowExecutionStatus
from temporalio.exceptions import ActivityError, CancelledError
from temporalio.testing import ActivityEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.runs import RunActivities
from activities.sweep import reconciliation
from models import names
from models.contracts.workflows.lifecycle import OpenedRun, RunOutcome, RunRequest, RunResult
from models.kinds import KINDS, Kind
from models.states import RunStatus
from models.store.tables.runs import Run
from runtime.database import transaction
from runtime.temporal import run_workflows
from runtime.temporal.run_workflows import ListedWorkflow
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually
from tests.workflows.operating import api, sweep
from workflows.runs.failures import until_done
from workflows.runs.lifecycle import Body, RunLifecycle

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
async def stuck_run(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[uuid.UUID]:
    """Return a run whose workflow task has failed often enough, with the worker that fails it."""
    monkeypatch.setattr(names, "TASK_QUEUE", f"breaks-{uuid.uuid4().hex}")
    monkeypatch.setattr("models.rules.stuck.STUCK_AFTER", timedelta(0))
    monkeypatch.setattr("models.rules.stuck.STUCK_ATTEMPTS", 2)
    runs = RunActivities(backend.sessions, backend.client)
    async with Worker(
        backend.client,
        task_queue=names.TASK_QUEUE,
        workflows=[Breaks],
        activities=[runs.open_run, runs.record_steps, runs.mark_run, runs.close_run],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        agent = await backend.agent()
        pulse = await backend.primitive(Kind.PULSE, {"goal": "g", "members": [{"agent": agent.slug}]})
        run_id = await backend.start(pulse)

        async def fails() -> None:
            found = await run_workflows.describe_run(backend.client, names.run_temporal_workflow_id(run_id))
            assert found is not None
            assert found.failing is not None

        await assert_eventually(fails, timeout=60)
        async with transaction(backend.sessions) as session:
            old = datetime.now(UTC) - timedelta(minutes=5)
            await session.execute(update(Run).where(Run.id == run_id).values(queued_at=old))
        yield run_id


async def test_a_stuck_run_shows_temporal_s_message_and_can_be_cancelled(
    backend: Backend, stuck_run: uuid.UUID
) -> None:
    await sweep(backend)
    run = await backend.row(stuck_run)
    assert run.status is RunStatus.STUCK
    async with api(backend) as client:
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
    description = await backend.handle(stuck_run).describe()
    assert description.status is WorkflowExecutionStatus.TERMINATED


async def test_a_stuck_run_can_be_cancelled_before_a_sweep_finds_it(backend: Backend, stuck_run: uuid.UUID) -> None:
    async with api(backend) as client:
        cancelled = await client.post(f"/api/runs/{stuck_run}/cancel")
        assert cancelled.status_code == 202, cancelled.text
        assert cancelled.json()["status"] == "cancelled"


async def test_a_stuck_run_is_running_again_after_progress(
    backend: Backend, stuck_run: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sweep(backend)
    assert (await backend.row(stuck_run)).status is RunStatus.STUCK
    monkeypatch.setitem(BROKEN, "now", False)
    run = await backend.closed(stuck_run, within=timedelta(seconds=90))
    assert (run.status, run.stuck) == (RunStatus.COMPLETED, None), run.error_message


@pytest.mark.parametrize("reports", [True, False])
async def test_a_stuck_run_is_found_at_once_among_more_runs_than_a_pass_describes(
    backend: Backend, stuck_run: uuid.UUID, monkeypatch: pytest.MonkeyPatch, reports: bool
) -> None:
    monkeypatch.setattr(reconciliation, "MOST_DESCRIBED", 1)
    monkeypatch.setattr(reconciliation, "PASSES_PER_TURN", 1)
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    columns: dict[str, Any] = {"status": RunStatus.RUNNING, "started_at": long_ago, "queued_at": long_ago}
    others = [(await backend.queue(await backend.agent(), **columns)).id for _ in range(2)]
    ids = [names.run_temporal_workflow_id(run_id) for run_id in (stuck_run, *others)]
    listed = {id_: ListedWorkflow(id_, datetime.now(UTC), False, True) for id_ in ids}
    running = reconciliation.Running(listed, False, frozenset({ids[0]}) if reports else None)

    async def one_pass() -> None:
        # Its turn comes last.
        rotation = reconciliation.Rotation(after=stuck_run)
        await reconciliation.close_lost(backend.sessions, backend.client, running, rotation, datetime.now(UTC))

    await ActivityEnvironment().run(one_pass)
    assert (await backend.row(stuck_run)).status is RunStatus.STUCK


@pytest.mark.long
async def test_temporal_reports_a_task_that_fails_for_a_minute(backend: Backend, stuck_run: uuid.UUID) -> None:
    async def reported() -> None:
        found = await run_workflows.reported_problems(backend.client, 1000)
        assert found is not None
        assert names.run_temporal_workflow_id(stuck_run) in found

    await assert_eventually(reported, timeout=110)


@pytest.mark.parametrize("kind", [Kind.AGENT, Kind.PULSE])
async def test_a_run_that_was_stuck_before_it_was_opened_is_carried_out(backend: Backend, kind: Kind) -> None:
    agent = await backend.agent()
    pulse = {"goal": "g", "members": [{"agent": agent.slug}]}
    primitive = agent if kind is Kind.AGENT else await backend.primitive(kind, pulse)
    stuck = {"message": "the workflow task timed out", "attempts": 3, "since": "2026-11-29T12:00:00Z"}
    run_id = await backend.start(primitive, status=RunStatus.STUCK, stuck={**stuck, "before": "queued"})
    run = await backend.closed(run_id)
    assert (run.status, run.stuck) == (RunStatus.COMPLETED, None), run.reason


async def test_a_local_activity_that_nobody_cancelled_is_repeated() -> None:
    failure = ActivityError(
        "Local Activity cancelled",
        scheduled_event_id=0,
        started_event_id=0,
        identity="",
        activity_type="open-run",
        activity_id="1",
        retry_state=None,
    )
    failure.__cause__ = CancelledError("Cancelled")
    outcomes: list[Exception | str] = [failure, "done"]

    async def activity() -> str:
        match outcomes.pop(0):
            case Exception() as error:
                raise error
            case answer:
                return answer

    assert await until_done(activity) == "done"

    async def cancelled() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            outcomes.append(failure)
            await until_done(activity)

    task = asyncio.create_task(cancelled())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(ActivityError):
        await task
    failure.__cause__ = RuntimeError("broken")
    outcomes.append(failure)
    with pytest.raises(ActivityError):
        await until_done(activity)
