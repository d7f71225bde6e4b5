"""Ten thousand schedules in one pass of the sweep, one of them with a million runs behind it."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import Connection
from sqlalchemy import select
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleIntervalSpec,
    ScheduleSpec,
    ScheduleState,
)
from temporalio.testing import ActivityEnvironment

from activities.sweep.retention import Keeping, delete_old_rows
from activities.sweep.sweep import SweepActivities
from models import names
from models.states import Source
from models.store.tables.automations import Automation
from runtime.database import Sessions, create_engine, session_factory, transaction
from runtime.processes.embedded.postgres import EmbeddedPostgres
from runtime.settings import Settings
from tests.factories import make_agent, make_automation
from tests.support.databases import Databases
from tests.support.eventually import assert_eventually
from tests.support.servers import libpq_url

pytestmark = [pytest.mark.long, pytest.mark.timeout(3600)]

SCHEDULES = 10_000
RUNS_BEHIND_ONE = 1_000_000
WITHIN_SECONDS = 60.0
OUTAGE = timedelta(hours=17)
CREATED_AT_ONCE = 50

_SCHEDULES = """
    INSERT INTO automations (id, slug, name, primitive_id, kind, source, cron_expr, accounted_until, synced_revision,
                             synced_note, synced_at, created_at)
    SELECT gen_random_uuid(), 'many-' || number, 'Many ' || number, p.id, p.kind, 'schedule', '*/5 * * * *',
           %(since)s, 1, 'note', now(), now() - interval '100 days'
    FROM generate_series(1, %(count)s) AS number, primitives p
"""
_RUNS = """
    INSERT INTO runs (id, root_run_id, kind, primitive_id, automation_id, status, due_at, queued_at, started_at,
                      finished_at, duration_ms, cost_usd, agent_runs, close_number)
    SELECT id, id, kind, primitive_id, automation_id, 'completed', at, at, at, at + interval '2 seconds',
           2000, 0.01, 1, number
    FROM (
        SELECT gen_random_uuid() AS id, a.kind, a.primitive_id, a.id AS automation_id, number,
               %(until)s - (%(count)s - number) * %(pace)s AS at
        FROM automations a, generate_series(1, %(count)s) AS number WHERE a.slug LIKE %(slug)s
    ) AS due
"""


@pytest.fixture(scope="module")
async def sessions(postgres: EmbeddedPostgres, databases: Databases) -> AsyncIterator[Sessions]:
    """A database of the module's own, because filling it takes long."""
    name = databases.new()
    engine = create_engine(Settings(database_url=postgres.url(name)))
    sessions = session_factory(engine)
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        since = _minute(5) - OUTAGE
        one = await make_automation(session, agent, Source.SCHEDULE, cron_expr="* * * * *", accounted_until=since)
        one.slug, one.synced_revision, one.synced_note = "large", 1, "note"
    with psycopg.connect(libpq_url(postgres.url(name))) as rows:
        _fill(rows)
    yield sessions
    await engine.dispose()


def _fill(rows: Connection) -> None:
    now = _minute(5)
    rows.execute("SET session_replication_role = replica")
    rows.execute(_SCHEDULES, {"since": now - timedelta(minutes=30), "count": SCHEDULES})
    five, one = timedelta(minutes=5), timedelta(minutes=1)
    rows.execute(_RUNS, {"until": now, "count": 6, "pace": five, "slug": "many-%"})
    rows.execute(_RUNS, {"until": now - OUTAGE, "count": RUNS_BEHIND_ONE, "pace": one, "slug": "large"})
    rows.commit()
    rows.autocommit = True
    rows.execute("ANALYZE")


def _minute(every: int) -> datetime:
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    return now - timedelta(minutes=now.minute % every)


async def seconds_of(work: Callable[[], Awaitable[object]], what: str) -> float:
    began = time.monotonic()
    await ActivityEnvironment().run(work)
    took = time.monotonic() - began
    print(f"{what}: {took:.1f} s")  # noqa: T201
    return took


async def test_ten_thousand_schedules_are_accounted_for_in_a_minute_beside_one_with_a_million_runs(
    sessions: Sessions, temporal_client: Client
) -> None:
    sweep = SweepActivities(sessions, temporal_client)
    assert await seconds_of(sweep.account_due_times, "account for 10,001 schedules") < WITHIN_SECONDS
    async with sessions() as session:
        behind = select(Automation.slug).where(Automation.accounted_until < _minute(5) - timedelta(minutes=10))
        assert (await session.scalars(behind)).all() == []
        assert (
            await session.scalars(select(Automation.slug).where(Automation.accounting_error.is_not(None)))
        ).all() == []


async def test_looking_for_old_runs_does_not_read_the_million(sessions: Sessions) -> None:
    now = datetime.now(UTC)

    async def look() -> None:
        await delete_old_rows(sessions, Keeping(runs=timedelta(days=5000), deliveries=timedelta(days=90)), now)

    assert await seconds_of(look, "look for old runs of 10,001 automations") < WITHIN_SECONDS


async def test_ten_thousand_schedules_are_compared_with_temporal_in_a_minute(
    sessions: Sessions, temporal_client: Client
) -> None:
    async with sessions() as session:
        ids = (await session.scalars(select(Automation.id))).all()
    slots = asyncio.Semaphore(CREATED_AT_ONCE)

    async def create(automation_id: uuid.UUID) -> None:
        async with slots:
            await temporal_client.create_schedule(
                names.temporal_schedule_id(automation_id),
                Schedule(
                    action=ScheduleActionStartWorkflow("none", id=f"none-{automation_id}", task_queue="nobody"),
                    spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=timedelta(days=365))]),
                    state=ScheduleState(note="note"),
                ),
            )

    await asyncio.gather(*(create(one) for one in ids))

    async def all_are_listed() -> None:
        listed = [one.id async for one in await temporal_client.list_schedules(page_size=1000)]
        assert len(set(listed) & {names.temporal_schedule_id(one) for one in ids}) == len(ids)

    await assert_eventually(all_are_listed, timeout=120, interval=2)
    sweep = SweepActivities(sessions, temporal_client)
    try:
        assert await seconds_of(sweep.compare_schedules, "compare 10,001 schedules") < WITHIN_SECONDS
        async with sessions() as session:
            drifted = await session.scalars(select(Automation.slug).where(Automation.sync_error.is_not(None)))
            assert drifted.all() == []
    finally:
        await asyncio.gather(*(delete(temporal_client, one, slots) for one in ids))


async def delete(client: Client, automation_id: uuid.UUID, slots: asyncio.Semaphore) -> None:
    async with slots:
        await client.get_schedule_handle(names.temporal_schedule_id(automation_id)).delete()
