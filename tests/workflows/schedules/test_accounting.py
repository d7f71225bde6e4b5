"""Due times without a run: still buffered by Temporal, ended before a worker came, or dropped."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from temporalio.client import ScheduleBackfill, ScheduleOverlapPolicy
from temporalio.testing import ActivityEnvironment

from activities.sweep import accounting
from activities.sweep.sweep import SweepActivities
from models import names
from models.contracts.automations.drafts import Overlap
from models.kinds import Kind
from models.states import RunStatus, Source
from models.store.tables.automations import Automation
from models.store.tables.runs import Run
from models.store.tables.sweep import AccountingSpan
from runtime.database import transaction
from runtime.temporal.starting import request_sync
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually

MINUTE = timedelta(minutes=1)


def this_minute() -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0)


async def schedule(backend: Backend, **columns: Any) -> Automation:
    columns = {"cron_expr": "* * * * *", "accounted_until": this_minute() - 10 * MINUTE, **columns}
    agent = await backend.agent(durationMs=columns.pop("duration_ms", 1))
    return await backend.automation(agent, Source.SCHEDULE, **columns)


async def account(backend: Backend, *rows: Automation) -> None:
    """Run the accounting as in a later pass."""
    async with transaction(backend.sessions) as session:
        ids = [row.id for row in rows]
        await session.execute(update(Automation).where(Automation.id.in_(ids)).values(account_next_at=None))
    await ActivityEnvironment().run(SweepActivities(backend.sessions, backend.client).account_due_times)


async def runs_of(backend: Backend, row: Automation) -> list[tuple[datetime | None, RunStatus, str | None, int]]:
    query = select(Run.due_at, Run.status, Run.reason, Run.occurrences).where(Run.automation_id == row.id)
    async with backend.sessions() as session:
        return [
            (at, status, reason, count)
            for at, status, reason, count in await session.execute(query.order_by(Run.due_at))
        ]


async def never_opened(backend: Backend, row: Automation, due_at: datetime) -> str:
    """Start the workflow of a due time that no worker executes."""
    workflow_id = names.due_temporal_workflow_id(row.id, due_at)
    await backend.client.start_workflow("nothing", id=workflow_id, task_queue="nobody")
    return workflow_id


@pytest.mark.parametrize(
    ("overlap", "status", "reason"),
    [
        (Overlap.TERMINATE_OTHER, RunStatus.CANCELLED, "terminated for the next due time"),
        (Overlap.ALLOW_ALL, RunStatus.MISSED, "terminated in Temporal"),
    ],
)
async def test_a_run_terminated_before_a_worker_opened_it_gets_a_row(
    backend: Backend, overlap: Overlap, status: RunStatus, reason: str
) -> None:
    due_at = this_minute() - 5 * MINUTE
    row = await schedule(backend, overlap=overlap, accounted_until=due_at - MINUTE)
    workflow_id = await never_opened(backend, row, due_at)
    await account(backend, row)
    assert await runs_of(backend, row) == [], "it may still run, and nothing behind it is settled"
    assert (await backend.read(row)).accounted_until == due_at - timedelta(seconds=1)
    await backend.client.get_workflow_handle(workflow_id).terminate("for the next")
    await account(backend, row)
    first, *rest = await runs_of(backend, row)
    assert first == (due_at, status, reason, 1)
    assert {reason for _, _, reason, _ in rest} == {"outage"}


async def test_fires_dropped_by_a_buffering_schedule_are_missed_while_a_run_is_open(backend: Backend) -> None:
    row = await schedule(backend, cron_expr="0 3 1 1 *", overlap=Overlap.BUFFER_ONE, duration_ms=60_000)
    await request_sync(backend.client, row.id)

    async def synced() -> None:
        assert (await backend.read(row)).synced_revision == 1

    await assert_eventually(synced)
    handle = backend.client.get_schedule_handle(names.temporal_schedule_id(row.id))
    await handle.trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE)

    async def running() -> None:
        assert [status for _, status, _, _ in await runs_of(backend, row)] == [RunStatus.RUNNING]

    await assert_eventually(running)
    await handle.trigger(overlap=ScheduleOverlapPolicy.BUFFER_ONE)

    async def buffered() -> None:
        assert await accounting._buffer_size(backend.client, row.id) == 1

    await assert_eventually(buffered)
    began = this_minute() - 10 * MINUTE
    async with transaction(backend.sessions) as session:
        times = {"started_at": began, "due_at": began}
        await session.execute(update(Run).where(Run.automation_id == row.id).values(times))
        await session.execute(update(Automation).where(Automation.id == row.id).values(cron_expr="* * * * *"))
        since = {"accounted_until": began}
        await session.execute(update(Automation).where(Automation.id == row.id).values(since))
    await account(backend, row)
    first, *rest = await runs_of(backend, row)
    assert first[1] is RunStatus.RUNNING
    held = began + MINUTE
    assert [one[0] for one in rest[:7]] == [held + count * MINUTE for count in range(1, 8)]
    assert {one[1:] for one in rest} == {(RunStatus.MISSED, "overlap", 1)}
    assert (await backend.read(row)).accounted_until == held - timedelta(seconds=1), "what is buffered is not settled"
    async with transaction(backend.sessions) as session:
        gone = {"archived_at": datetime.now(UTC), "revision": Automation.revision + 1}
        await session.execute(update(Automation).where(Automation.id == row.id).values(gone))
    await request_sync(backend.client, row.id)


async def test_fires_that_temporal_holds_in_its_buffer_are_not_missed_and_run_once(backend: Backend) -> None:
    gate = await backend.primitive(Kind.WORKFLOW, {"steps": [{"key": "ask", "approval": {}}]})
    due = [this_minute() - count * MINUTE for count in (3, 2, 1, 0)]
    columns = {"cron_expr": "* * * * *", "overlap": Overlap.BUFFER_ALL, "accounted_until": due[0] - MINUTE / 2}
    row = await backend.automation(gate, Source.SCHEDULE, **columns)
    await request_sync(backend.client, row.id)

    async def synced() -> None:
        assert (await backend.read(row)).synced_revision == 1

    await assert_eventually(synced)
    handle = backend.client.get_schedule_handle(names.temporal_schedule_id(row.id))
    await handle.backfill(ScheduleBackfill(due[0] - MINUTE / 2, due[-1], overlap=ScheduleOverlapPolicy.BUFFER_ALL))

    async def buffered() -> None:
        # A minute that begins meanwhile is buffered as well.
        assert await accounting._buffer_size(backend.client, row.id) >= len(due) - 1
        assert [one[:2] for one in await runs_of(backend, row)] == [(due[0], RunStatus.WAITING)]

    await assert_eventually(buffered)
    await account(backend, row)
    assert [one[:2] for one in await runs_of(backend, row)] == [(due[0], RunStatus.WAITING)]
    assert (await backend.read(row)).accounted_until == due[1] - timedelta(seconds=1), "what is held is not settled"

    async def all_completed() -> None:
        for run in await backend.runs_of(row):
            if run.status is RunStatus.WAITING:
                started = backend.client.get_workflow_handle(run.temporal_workflow_id or "")
                await started.signal("approve", {"step": "ask"})
        done = [one[0] for one in await runs_of(backend, row) if one[1] is RunStatus.COMPLETED]
        assert done[: len(due)] == due

    await assert_eventually(all_completed, timeout=40)
    await account(backend, row)
    rows = [one for one in await runs_of(backend, row) if one[0] is not None and one[0] <= due[-1]]
    assert rows == [(at, RunStatus.COMPLETED, None, 1) for at in due]
    async with transaction(backend.sessions) as session:
        gone = {"archived_at": datetime.now(UTC), "revision": Automation.revision + 1}
        await session.execute(update(Automation).where(Automation.id == row.id).values(gone))
    await request_sync(backend.client, row.id)


async def test_a_fire_dropped_by_overlap_is_recorded_at_once(backend: Backend) -> None:
    row = await schedule(backend, catchup_seconds=3600)
    began = this_minute() - 5 * MINUTE
    agent = await backend.agent()
    await backend.queue(agent, row, status=RunStatus.RUNNING, started_at=began, due_at=began, queued_at=began)
    await account(backend, row)
    await account(backend, row)
    _, *missed = await runs_of(backend, row)
    assert [one[0] for one in missed[:3]] == [began + count * MINUTE for count in (1, 2, 3)]
    assert {one[1:] for one in missed} == {(RunStatus.MISSED, "overlap", 1)}
    assert (await backend.read(row)).accounted_until == this_minute() - 10 * MINUTE, "the rest may still catch up"


async def test_due_times_before_an_edit_are_recorded_as_missed(backend: Backend) -> None:
    row = await schedule(backend, accounted_until=this_minute() - 30 * MINUTE)
    async with transaction(backend.sessions) as session:
        await session.execute(update(Automation).where(Automation.id == row.id).values(cron_expr="0 3 1 1 *"))
        await session.execute(
            update(AccountingSpan)
            .where(AccountingSpan.automation_id == row.id)
            .values(until=this_minute() - 2 * MINUTE)
        )
    await account(backend, row)
    ((due_at, status, reason, count),) = await runs_of(backend, row)
    assert (due_at, status, reason) == (this_minute() - 29 * MINUTE, RunStatus.MISSED, "outage")
    assert count in (27, 28)


async def test_a_schedule_whose_accounting_fails_is_reported_and_does_not_stop_others(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = await schedule(backend, accounted_until=this_minute() - 60 * MINUTE), await schedule(backend)
    account_one = accounting.account

    async def account_but_one(sessions: Any, client: Any, given: accounting.DueTimes, now: datetime) -> int:
        if given.window.automation_id == bad.id:
            raise ValueError("a poisoned row")
        return await account_one(sessions, client, given, now)

    monkeypatch.setattr(accounting, "account", account_but_one)
    before = datetime.now(UTC)
    await account(backend, bad, good)
    assert [one[1] for one in await runs_of(backend, good)] == [RunStatus.MISSED]
    row = await backend.read(bad)
    assert (row.accounting_error, row.accounting_failures, await runs_of(backend, bad)) == ("a poisoned row", 1, [])
    assert row.account_next_at
    assert row.account_next_at > before + timedelta(seconds=20)
    monkeypatch.undo()
    await account(backend, bad)
    row = await backend.read(bad)
    assert (row.accounting_error, row.accounting_failures) == (None, 0)
    assert [one[1] for one in await runs_of(backend, bad)] == [RunStatus.MISSED]
