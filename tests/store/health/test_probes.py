"""Probes in the database: exactly one at a time, and what each way of ending does."""

import asyncio
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from models.contracts.runs.views import FiredRun, RunError
from models.contracts.workflows.lifecycle import RunOutcome
from models.endpoints import EndpointKind, endpoint
from models.states import OPEN_STATUSES, DeliveryOutcome, FireWhen, RunStatus, Source
from models.store.deliveries.following import pending
from models.store.deliveries.new_deliveries import NewDelivery, store_deliveries
from models.store.deliveries.queries import Arrival, Target
from models.store.health.probes import queue_probe, unsettled_probes
from models.store.runs.closing import close_run
from models.store.stats.folding import fold_opened, make_stats
from models.store.stats.verification import differing
from models.store.tables.automations import Automation
from models.store.tables.deliveries import Delivery
from models.store.tables.governance import AuditEntry
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationStats
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, make_dependency

NOW = datetime(2026, 3, 2, 12, 0, 10, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
EVENT = endpoint(EndpointKind.EVENT, "order.created")
ENDS = (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED, RunStatus.SKIPPED)


async def disabled(sessions: Sessions, source: Source = Source.EVENT, **columns: Any) -> Automation:
    """Add an automation that its policy has disabled half an hour ago; its probe may start since ten minutes ago."""
    policy = {"health_enabled": True, "health_probe_minutes": 20, "health_trips": 1, "health_min_runs": 2}
    stopped = {"is_active": False, "health_triggered_at": NOW - 30 * MINUTE, "health_probe_at": NOW - 10 * MINUTE}
    async with transaction(sessions) as session:
        given = {**policy, **stopped, "paused_at": NOW - 30 * MINUTE, "paused_by": "health policy", **columns}
        row = await make_automation(session, await make_agent(session), source, **given)
        await make_stats(session, row.id)
        return row


async def read(sessions: Sessions, row: Automation) -> Automation:
    async with transaction(sessions) as session:
        return await session.get_one(Automation, row.id)


async def deliver(
    sessions: Sessions, row: Automation, at: datetime = NOW, replay_of: uuid.UUID | None = None
) -> FiredRun:
    async with transaction(sessions) as session:
        found = await session.get_one(Automation, row.id)
        primitive = await session.get_one(Primitive, row.primitive_id)
        arrival = Arrival(Source.EVENT, EVENT, {"n": 1}, replay_of=replay_of)
        new = NewDelivery(arrival, DeliveryOutcome.SKIPPED, at, (Target(primitive, {"n": 1}, found),))
        (fired,) = await store_deliveries(session, [new])
    return fired.runs[0]


async def end(sessions: Sessions, run_id: uuid.UUID, status: RunStatus, at: datetime = NOW + MINUTE) -> None:
    async with transaction(sessions) as session:
        run = await session.get_one(Run, run_id)
        if status is not RunStatus.SKIPPED:
            run.status, run.started_at = RunStatus.RUNNING, NOW
            await session.flush()
            await fold_opened(session, run)
    error = RunError(type="x", message="it broke") if status is RunStatus.FAILED else None
    async with transaction(sessions) as session:
        await close_run(session, RunOutcome(run_id=run_id, status=status, finished_at=at, error=error))


async def actions(sessions: Sessions, row: Automation) -> list[str]:
    async with transaction(sessions) as session:
        query = select(AuditEntry.action).where(AuditEntry.automation_id == row.id).order_by(AuditEntry.id)
        return list(await session.scalars(query))


async def test_the_next_delivery_is_the_probe_and_the_one_after_it_is_skipped(sessions: Sessions) -> None:
    row = await disabled(sessions)
    early = await deliver(sessions, row, NOW - 11 * MINUTE)
    assert (early.status, early.reason) == (RunStatus.SKIPPED, "paused")
    probe, second = await deliver(sessions, row), await deliver(sessions, row)
    assert (probe.status, probe.reason) == (RunStatus.QUEUED, None)
    assert probe.temporal_workflow_id == f"run:{probe.run_id}"
    assert (second.status, second.reason) == (RunStatus.SKIPPED, "paused")
    async with transaction(sessions) as session:
        run = await session.get_one(Run, probe.run_id)
        assert (run.probe, run.forced, run.status) == (True, True, RunStatus.QUEUED)
        assert (await session.get_one(Delivery, run.delivery_id)).outcome == "fired"
    assert (await read(sessions, row)).health_probe_run_id == probe.run_id


async def test_a_replayed_delivery_is_no_probe(sessions: Sessions) -> None:
    row = await disabled(sessions)
    async with transaction(sessions) as session:
        early = await deliver(sessions, row, NOW - 11 * MINUTE)
        first = (await session.get_one(Run, early.run_id)).delivery_id
    assert (await deliver(sessions, row, replay_of=first)).status is RunStatus.SKIPPED


async def test_of_many_deliveries_at_once_exactly_one_is_the_probe(sessions: Sessions) -> None:
    row = await disabled(sessions)
    fired = await asyncio.gather(*(deliver(sessions, row) for _ in range(8)))
    assert sorted(run.status.value for run in fired) == ["queued"] + ["skipped"] * 7


async def test_a_completed_probe_enables_the_automation_with_an_empty_window(sessions: Sessions) -> None:
    row = await disabled(sessions)
    probe = await deliver(sessions, row)
    await end(sessions, probe.run_id, RunStatus.COMPLETED)
    after = await read(sessions, row)
    assert (after.is_active, after.health_triggered_at, after.health_probe_at) == (True, None, None)
    assert (after.health_probe_run_id, after.health_trips, after.paused_by) == (None, 1, None)
    assert after.revision == row.revision + 1
    async with transaction(sessions) as session:
        stats = await session.get_one(AutomationStats, row.id)
        assert (stats.recent_outcomes, stats.completed, stats.finished_since_reset) == ("C", 1, 0)
        assert await differing(session, [row.id]) == []
    assert await actions(sessions, row) == ["health.enabled"]


async def test_a_failed_probe_doubles_the_delay(sessions: Sessions) -> None:
    row = await disabled(sessions)
    delays = []
    for number in range(1, 4):
        at = NOW + number * 24 * HOUR
        probe = await deliver(sessions, row, at)
        await end(sessions, probe.run_id, RunStatus.FAILED, at)
        after = await read(sessions, row)
        assert not after.is_active
        assert after.health_probe_at
        delays.append((after.health_probe_at - at) / MINUTE)
    assert after.health_trips == 4
    assert [pytest.approx(delays[0] * 2**n) for n in range(3)] == delays
    assert 36 <= delays[0] <= 44
    async with transaction(sessions) as session:
        stats = await session.get_one(AutomationStats, row.id)
        assert (stats.recent_outcomes, stats.finished_since_reset) == ("FFF", 0)
    assert await actions(sessions, row) == ["health.probe_failed"] * 3


@pytest.mark.parametrize("status", [RunStatus.CANCELLED, RunStatus.SKIPPED])
async def test_a_probe_that_did_not_run_to_its_end_decides_nothing(sessions: Sessions, status: RunStatus) -> None:
    row = await disabled(sessions)
    probe = await deliver(sessions, row)
    await end(sessions, probe.run_id, status)
    after = await read(sessions, row)
    assert (after.is_active, after.health_trips, after.health_probe_run_id) == (False, 1, None)
    assert (await deliver(sessions, row, NOW + 2 * MINUTE)).status is RunStatus.QUEUED, "the next one is the probe"


async def test_several_successes_may_be_asked_for(sessions: Sessions) -> None:
    row = await disabled(sessions, health_probe_successes=2)
    for number, active in enumerate((False, True)):
        at = NOW + number * HOUR
        probe = await deliver(sessions, row, at)
        await end(sessions, probe.run_id, RunStatus.COMPLETED, at)
        assert (await read(sessions, row)).is_active is active
    assert await actions(sessions, row) == ["health.probe_passed", "health.enabled"]


async def test_a_schedule_is_probed_at_its_due_time_once(sessions: Sessions) -> None:
    row = await disabled(sessions, Source.SCHEDULE, cron_expr="0 * * * *", payload={"x": 1})
    async with transaction(sessions) as session:
        assert await queue_probe(session, row.id, NOW - 5 * MINUTE) is None, "it is not due yet"
    async with transaction(sessions) as session:
        queued = await queue_probe(session, row.id, NOW)
    assert queued
    run = queued.run
    due_at = NOW.replace(second=0)
    assert (run.due_at, run.probe, run.forced, run.input) == (due_at, True, True, {"x": 1})
    async with transaction(sessions) as session:
        assert await queue_probe(session, row.id, NOW + HOUR) is None, "one at a time"
    await end(sessions, run.id, RunStatus.FAILED)
    async with transaction(sessions) as session:
        assert await queue_probe(session, row.id, NOW + MINUTE) is None


async def test_a_due_time_that_has_a_run_is_left_to_it(sessions: Sessions) -> None:
    row = await disabled(sessions, Source.SCHEDULE, cron_expr="0 * * * *")
    due_at = NOW.replace(second=0)
    async with transaction(sessions) as session:
        run_id = uuid.uuid4()
        agent = await session.get_one(Primitive, row.primitive_id)
        session.add(
            Run(
                id=run_id,
                root_run_id=run_id,
                kind=agent.kind,
                primitive_id=agent.id,
                automation_id=row.id,
                due_at=due_at,
                status=RunStatus.SKIPPED,
            )
        )
    async with transaction(sessions) as session:
        assert await queue_probe(session, row.id, NOW) is None
    async with transaction(sessions) as session:
        queued = await queue_probe(session, row.id, NOW + HOUR)
        assert queued
        assert queued.run.due_at == due_at + HOUR


async def test_a_schedule_that_is_rarely_due_is_probed_by_itself_and_not_in_a_loop(sessions: Sessions) -> None:
    row = await disabled(sessions, Source.SCHEDULE, cron_expr="0 9 * * 5")
    async with transaction(sessions) as session:
        queued = await queue_probe(session, row.id, NOW)
    assert queued
    assert queued.run.due_at is None
    await end(sessions, queued.run.id, RunStatus.SKIPPED)
    async with transaction(sessions) as session:
        assert await queue_probe(session, row.id, NOW + 2 * MINUTE) is None
        assert await queue_probe(session, row.id, NOW + 30 * MINUTE)


async def test_a_probe_that_was_closed_without_being_counted_is_found(sessions: Sessions) -> None:
    row = await disabled(sessions)
    probe = await deliver(sessions, row)
    async with transaction(sessions) as session:
        assert await unsettled_probes(session, 10) == []
    async with transaction(sessions) as session:
        outcome = RunOutcome(run_id=probe.run_id, status=RunStatus.FAILED, finished_at=NOW)
        await close_run(session, outcome, counted=False)
    async with transaction(sessions) as session:
        assert await unsettled_probes(session, 10) == [(row.id, probe.run_id)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ends=st.lists(st.sampled_from(ENDS), max_size=6), successes=st.integers(1, 3))
async def test_however_probes_end_it_is_enabled_exactly_after_enough_successes_in_a_row(
    sessions: Sessions, ends: list[RunStatus], successes: int
) -> None:
    row = await disabled(sessions, health_probe_successes=successes)
    passed, failed, at = 0, 0, NOW
    for status in ends:
        at += 48 * HOUR
        fired = await deliver(sessions, row, at)
        assert fired.status is RunStatus.QUEUED
        await end(sessions, fired.run_id, status, at)
        passed = {RunStatus.COMPLETED: passed + 1, RunStatus.FAILED: 0}.get(status, passed)
        failed += status is RunStatus.FAILED
        after = await read(sessions, row)
        assert after.is_active is (passed == successes)
        assert after.health_trips == 1 + failed
        assert after.health_probe_run_id is None
        if after.is_active:
            break
    async with transaction(sessions) as session:
        assert await differing(session, [row.id]) == []
        open_runs = select(Run.id).where(Run.automation_id == row.id, Run.status.in_(OPEN_STATUSES))
        assert (await session.scalars(open_runs)).all() == []


@pytest.mark.parametrize("status", [RunStatus.COMPLETED, RunStatus.FAILED])
@pytest.mark.parametrize("awaited", [True, False])
async def test_the_end_of_a_probe_fires_nothing_that_depends_on_it(
    sessions: Sessions, status: RunStatus, awaited: bool
) -> None:
    row = await disabled(sessions)
    async with transaction(sessions) as session:
        follower = await make_automation(session, await make_agent(session))
        await make_dependency(session, follower, row, fire_when=FireWhen.FINISHED)
    probe = await deliver(sessions, row)
    if not awaited:
        async with transaction(sessions) as session:
            # A person has resumed it meanwhile.
            found = await session.get_one(Automation, row.id)
            found.is_active, found.health_probe_run_id = True, None
    await end(sessions, probe.run_id, status)
    async with transaction(sessions) as session:
        assert await pending(session, 10) == []
        (await session.get_one(Automation, row.id)).is_active = True
    real = await deliver(sessions, row)
    await end(sessions, real.run_id, status)
    async with transaction(sessions) as session:
        assert len(await pending(session, 10)) == 1, "a real run does"
