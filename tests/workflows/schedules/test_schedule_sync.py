"""Rows and Temporal schedules: created, paused, deleted and repaired; due times fire once or are accounted for."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from temporalio.client import ScheduleBackfill, ScheduleHandle, ScheduleOverlapPolicy
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import ActivityEnvironment

from activities.sweep.sweep import SweepActivities
from models import names
from models.kinds import Kind
from models.states import OPEN_STATUSES, RunStatus, Source
from models.store.tables.automations import Automation
from models.store.tables.governance import AuditEntry
from models.store.tables.runs import Run
from runtime.database import transaction
from runtime.temporal.starting import request_sync
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually
from tests.workflows.runs.test_five_kinds import smallest_spec


async def scheduled(backend: Backend, cron: str = "0 3 1 1 *", **columns: Any) -> Automation:
    agent = await backend.agent(durationMs=columns.pop("duration_ms", 1))
    return await backend.automation(agent, Source.SCHEDULE, cron_expr=cron, **columns)


async def synced(backend: Backend, automation: Automation) -> Automation:
    await request_sync(backend.client, automation.id)

    async def check() -> Automation:
        row = await backend.read(automation)
        assert row.synced_revision == row.revision, row.sync_error
        return row

    return await assert_eventually(check)


async def change(backend: Backend, automation: Automation, **columns: Any) -> None:
    async with transaction(backend.sessions) as session:
        await session.execute(
            update(Automation).where(Automation.id == automation.id).values(revision=Automation.revision + 1, **columns)
        )


def handle(backend: Backend, automation: Automation) -> ScheduleHandle:
    return backend.client.get_schedule_handle(names.temporal_schedule_id(automation.id))


async def runs_of(backend: Backend, automation: Automation) -> list[Run]:
    async with backend.sessions() as session:
        query = select(Run).where(Run.automation_id == automation.id).order_by(Run.due_at)
        return list(await session.scalars(query))


async def closed_runs_of(backend: Backend, automation: Automation, count: int) -> list[Run]:
    async def check() -> list[Run]:
        runs = await runs_of(backend, automation)
        assert [run.status in OPEN_STATUSES for run in runs] == [False] * count
        return runs

    return await assert_eventually(check, timeout=30)


async def exists(backend: Backend, temporal_schedule_id: str) -> bool:
    try:
        await backend.client.get_schedule_handle(temporal_schedule_id).describe()
    except RPCError as refusal:
        if refusal.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True


async def test_a_schedule_is_created_paused_resumed_and_deleted_with_its_row(backend: Backend) -> None:
    automation = await scheduled(backend, "30 2 * * 1-5", timezone="America/New_York", catchup_seconds=120)
    await synced(backend, automation)
    described = await handle(backend, automation).describe()
    assert described.schedule.spec.calendars[0].comment == "30 2 * * 1-5 America/New_York"
    assert described.schedule.policy.catchup_window == timedelta(seconds=120)
    assert not described.schedule.state.paused
    await change(backend, automation, is_active=False)
    row = await synced(backend, automation)
    described = await handle(backend, automation).describe()
    assert described.schedule.state.paused
    assert described.schedule.state.note == row.synced_note
    await change(backend, automation, archived_at=datetime.now(UTC))
    await synced(backend, automation)
    assert not await exists(backend, names.temporal_schedule_id(automation.id))


async def test_a_snooze_ends_on_time_without_a_sweep(backend: Backend) -> None:
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    automation = await scheduled(backend, "* * * * *", is_active=False, paused_until=until)
    await synced(backend, automation)
    described = await handle(backend, automation).describe()
    assert not described.schedule.state.paused
    assert described.schedule.spec.start_at == until
    assert min(described.info.next_action_times) >= until

    soon = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
    await change(backend, automation, paused_until=soon)
    await synced(backend, automation)
    due_at = (soon + timedelta(seconds=59)).replace(second=0)
    await handle(backend, automation).backfill(
        ScheduleBackfill(due_at - timedelta(seconds=1), due_at, overlap=ScheduleOverlapPolicy.ALLOW_ALL)
    )
    (run,) = [run for run in await closed_runs_of(backend, automation, 1) if run.due_at == due_at]
    assert run.status is RunStatus.COMPLETED, "what is due after the snooze runs"

    sweep = SweepActivities(backend.sessions, backend.client)
    await asyncio.sleep(1.1)
    await ActivityEnvironment().run(sweep.request_syncs)
    row = await backend.read(automation)
    assert (row.is_active, row.paused_until) == (True, None)
    await synced(backend, automation)
    assert (await handle(backend, automation).describe()).schedule.spec.start_at is None
    await change(backend, automation, archived_at=datetime.now(UTC))
    await synced(backend, automation)


@pytest.mark.parametrize("kind", Kind)
async def test_a_due_time_runs_every_kind_exactly_once(backend: Backend, kind: Kind) -> None:
    agent = await backend.agent()
    primitive = agent if kind is Kind.AGENT else await backend.primitive(kind, smallest_spec(kind, agent.slug))
    automation = await backend.automation(
        primitive, Source.SCHEDULE, cron_expr="* * * * *", payload={"a": 1}, accounted_until=datetime.now(UTC)
    )
    await synced(backend, automation)
    due_at = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=1)
    backfill = ScheduleBackfill(due_at - timedelta(seconds=1), due_at, overlap=ScheduleOverlapPolicy.ALLOW_ALL)
    await handle(backend, automation).pause()
    await handle(backend, automation).backfill(backfill)
    (run,) = await closed_runs_of(backend, automation, 1)
    assert (run.status, run.kind, run.due_at, run.input) == (RunStatus.COMPLETED, kind, due_at, {"a": 1})
    assert run.temporal_workflow_id == names.due_temporal_workflow_id(automation.id, due_at)
    await handle(backend, automation).backfill(backfill)
    await asyncio.sleep(1)
    assert len(await runs_of(backend, automation)) == 1, "the same due time fires once, whoever asks"
    await change(backend, automation, archived_at=datetime.now(UTC))
    await synced(backend, automation)


async def test_verification_finds_and_repairs_drift_in_both_directions(backend: Backend) -> None:
    paused, deleted, orphaned = [await scheduled(backend) for _ in range(3)]
    for automation in (paused, deleted, orphaned):
        await synced(backend, automation)
    await handle(backend, paused).pause(note="by hand")
    await handle(backend, deleted).delete()
    async with transaction(backend.sessions) as session:
        gone = {"archived_at": datetime.now(UTC), "synced_note": None}
        await session.execute(update(Automation).where(Automation.id == orphaned.id).values(gone))
    sweep = SweepActivities(backend.sessions, backend.client)

    async def repaired() -> None:
        await ActivityEnvironment().run(sweep.compare_schedules)
        described = await handle(backend, paused).describe()
        assert not described.schedule.state.paused
        assert await exists(backend, names.temporal_schedule_id(deleted.id))
        assert not await exists(backend, names.temporal_schedule_id(orphaned.id))

    await assert_eventually(repaired)

    async def told() -> None:
        async with backend.sessions() as session:
            query = select(AuditEntry.automation_id).where(AuditEntry.action == "schedule.drift")
            assert {paused.id, deleted.id, orphaned.id} <= set(await session.scalars(query))
            assert (await session.get_one(Automation, paused.id)).sync_error is None

    await assert_eventually(told)


async def test_a_temporal_schedule_without_a_row_is_deleted(backend: Backend) -> None:
    automation = await scheduled(backend)
    await synced(backend, automation)
    stranger = names.temporal_schedule_id(uuid.uuid4())
    schedule = (await handle(backend, automation).describe()).schedule
    await backend.client.create_schedule(stranger, schedule)
    sweep = SweepActivities(backend.sessions, backend.client)

    async def deleted() -> None:
        await ActivityEnvironment().run(sweep.compare_schedules)
        assert not await exists(backend, stranger)

    await assert_eventually(deleted)


async def test_due_times_blocked_by_an_earlier_run_are_missed_with_the_reason(backend: Backend) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    automation = await scheduled(backend, "*/4 * * * *", accounted_until=now - timedelta(minutes=16, seconds=30))
    first, *held = due_between(now - timedelta(minutes=16, seconds=30), datetime.now(UTC) - timedelta(minutes=2))
    async with transaction(backend.sessions) as session:
        run_id = uuid.uuid4()
        session.add(
            Run(
                id=run_id,
                root_run_id=run_id,
                kind=Kind.AGENT,
                primitive_id=automation.primitive_id,
                automation_id=automation.id,
                status=RunStatus.COMPLETED,
                due_at=first,
                started_at=first,
                finished_at=now,
            )
        )
    await account(backend)
    ran, *missed = await runs_of(backend, automation)
    assert ran.id == run_id
    assert [(row.status, row.reason, row.due_at, row.occurrences) for row in missed[: len(held)]] == [
        (RunStatus.MISSED, "overlap", due_at, 1) for due_at in held
    ]


def due_between(start: datetime, end: datetime) -> list[datetime]:
    """List the minutes divisible by four between two instants, without our own cron code."""
    minutes = (start.replace(second=0) + timedelta(minutes=count) for count in range(1, 60))
    return [at for at in minutes if at.minute % 4 == 0 and start < at <= end]


async def account(backend: Backend) -> None:
    sweep = SweepActivities(backend.sessions, backend.client)
    await ActivityEnvironment().run(sweep.account_due_times)


async def test_a_long_outage_is_one_row_with_a_count(backend: Backend) -> None:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    automation = await scheduled(backend, "* * * * *", accounted_until=now - timedelta(minutes=30))
    await account(backend)
    (row,) = await runs_of(backend, automation)
    assert (row.status, row.reason, row.due_at) == (RunStatus.MISSED, "outage", now - timedelta(minutes=29))
    assert row.occurrences >= 25
    stats = await backend.stats(automation)
    assert (stats.missed, stats.started) == (row.occurrences, 0)
    await account(backend)
    assert len(await runs_of(backend, automation)) == 1


async def test_an_open_run_whose_temporal_workflow_was_terminated_is_closed_with_the_reason(backend: Backend) -> None:
    run_id = await backend.start(await backend.agent(durationMs=60_000))

    async def running() -> None:
        assert (await backend.row(run_id)).status is RunStatus.RUNNING

    await assert_eventually(running)
    await backend.handle(run_id).terminate("by hand")
    await doubt(backend, run_id)
    run = await backend.row(run_id)
    assert (run.status, run.reason) == (RunStatus.FAILED, "terminated in Temporal")
    assert run.error_type == "terminated"


async def test_an_open_run_unknown_to_temporal_is_closed_as_lost(backend: Backend) -> None:
    agent = await backend.agent()
    run = await backend.queue(agent, status=RunStatus.RUNNING, started_at=datetime.now(UTC))
    await doubt(backend, run.id)
    row = await backend.row(run.id)
    assert (row.status, row.error_type) == (RunStatus.FAILED, "lost")


async def test_a_queued_run_unknown_to_temporal_is_started(backend: Backend) -> None:
    agent = await backend.agent()
    run = await backend.queue(agent, queued_at=datetime.now(UTC) - timedelta(minutes=1))
    await ActivityEnvironment().run(SweepActivities(backend.sessions, backend.client).sweep_runs)
    assert (await backend.closed(run.id)).status is RunStatus.COMPLETED


async def doubt(backend: Backend, run_id: uuid.UUID) -> None:
    """Sweep as if the run had been open for long."""
    async with transaction(backend.sessions) as session:
        long_ago = datetime.now(UTC) - timedelta(minutes=5)
        await session.execute(update(Run).where(Run.id == run_id).values(queued_at=long_ago))
    await ActivityEnvironment().run(SweepActivities(backend.sessions, backend.client).sweep_runs)
