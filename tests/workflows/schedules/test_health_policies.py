"""What a health policy does to a schedule reaches Temporal, the projection and the page."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from models.contracts.automations.health_policies import HealthAction
from models.contracts.workflows.lifecycle import RunOutcome
from models.states import AutomationState, RunStatus, Source
from models.store.automations.related import read_related, read_stats
from models.store.automations.schedule_columns import stored_schedule
from models.store.automations.views import view
from models.store.health.probes import queue_probe
from models.store.runs.closing import close_run
from models.store.stats.verification import differing
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from runtime.database import transaction
from tests.rules.temporal_schedule.test_compiler import matching_times
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually
from tests.workflows.operating import api, sweep
from tests.workflows.schedules.test_schedule_sync import handle

DAY = timedelta(days=1)


async def test_a_slowed_schedule_returns_to_full_speed_in_steps_in_temporal_and_in_the_list(backend: Backend) -> None:
    agent = await backend.agent()
    anchor = datetime.now(UTC) - timedelta(hours=3)
    slowed = {"slowdown": 4, "slowdown_anchor": anchor, "health_triggered_at": anchor}
    policy = {"health_enabled": True, "health_min_runs": 2, "health_action": HealthAction.REDUCE_FREQUENCY}
    automation = await backend.automation(agent, Source.SCHEDULE, cron_expr="0 * * * *", **slowed, **policy)
    for pace, fires in ((2, 12), (None, 24)):
        for _ in range(2):
            await backend.run(agent, automation)

        async def is_synced() -> Automation:
            row = await backend.read(automation)
            assert row.synced_revision == row.revision > automation.revision
            return row

        row = await assert_eventually(is_synced)
        assert row.slowdown == pace
        start = datetime.now(UTC)
        found = await matching_times(backend.client, handle(backend, automation), start, start + DAY)
        schedule = stored_schedule(row)
        assert schedule
        assert found == schedule.due_between(start, start + DAY)
        assert len(found) == fires
        async with transaction(backend.sessions) as session:
            row.primitive = await session.get_one(Primitive, row.primitive_id)
            related = await read_related(session, [row], await read_stats(session, [row]), start)
            seen = view(row, related, start)
        assert seen.stats.next_run_at == found[0], "the projection agrees with Temporal"
        assert seen.health_policy.next_step_at == (found[1] if pace else None), "after a window of two runs"
        assert (seen.state is AutomationState.SLOWED) is (pace is not None)


async def disabled(backend: Backend, cron: str, **columns: object) -> Automation:
    """Add a schedule that its policy disables by two failing runs, with its probe due since some minutes ago."""
    agent = await backend.agent(successRate=0)
    policy = {"health_enabled": True, "health_min_runs": 2, "health_probe_minutes": 60, **columns}
    automation = await backend.automation(agent, Source.SCHEDULE, cron_expr=cron, **policy)
    for _ in range(2):
        await backend.run(agent, automation)
    row = await backend.read(automation)
    assert (row.is_active, row.health_trips) == (False, 1)
    assert row.health_probe_at
    assert timedelta(minutes=53) < row.health_probe_at - datetime.now(UTC) < timedelta(minutes=67)
    await paused(backend, automation, True)
    await probe_is_due(backend, automation)
    return automation


async def probe_is_due(backend: Backend, automation: Automation) -> None:
    async with transaction(backend.sessions) as session:
        due = {"health_probe_at": datetime.now(UTC) - timedelta(minutes=3)}
        await session.execute(update(Automation).where(Automation.id == automation.id).values(due))


async def paused(backend: Backend, automation: Automation, expected: bool) -> None:
    async def check() -> None:
        row = await backend.read(automation)
        assert row.synced_revision == row.revision
        described = await handle(backend, automation).describe()
        assert described.schedule.state.paused is expected

    await assert_eventually(check)


async def probed(backend: Backend, automation: Automation) -> Run:
    """Let the sweep start the probe, and wait for its end."""
    known = {run.id for run in await backend.runs_of(automation)}
    await sweep(backend)
    (run,) = [run for run in await backend.runs_of(automation) if run.id not in known]
    return await backend.closed(run.id)


async def succeed(backend: Backend, automation: Automation) -> None:
    async with transaction(backend.sessions) as session:
        primitive = await session.get_one(Primitive, automation.primitive_id)
        primitive.spec = {**primitive.spec, "runner": {**primitive.spec["runner"], "successRate": 1}}


async def test_a_disabled_schedule_is_probed_at_its_due_times_until_the_agent_works_again(backend: Backend) -> None:
    automation = await disabled(backend, "* * * * *")
    failed = await probed(backend, automation)
    assert (failed.status, failed.probe, failed.forced) == (RunStatus.FAILED, True, True)
    assert failed.due_at
    assert failed.due_at.second == 0, "a due time of its own"
    row = await backend.read(automation)
    assert (row.is_active, row.health_trips, row.health_probe_run_id) == (False, 2, None)
    count = len(await backend.runs_of(automation))
    await sweep(backend)
    assert len(await backend.runs_of(automation)) == count, "the delay is kept"
    await paused(backend, automation, True)

    await succeed(backend, automation)
    await probe_is_due(backend, automation)
    assert (await probed(backend, automation)).status is RunStatus.COMPLETED
    row = await backend.read(automation)
    assert (row.is_active, row.health_triggered_at, row.health_trips) == (True, None, 2)
    assert (await backend.stats(automation)).finished_since_reset == 0
    await paused(backend, automation, False)
    assert row.accounted_until
    assert row.accounted_until >= failed.due_at, "what was due while it was disabled is not missed"
    async with transaction(backend.sessions) as session:
        assert await differing(session, [automation.id]) == []


async def test_a_probe_whose_start_was_lost_is_started_by_the_sweep_and_a_lost_one_is_settled(backend: Backend) -> None:
    automation = await disabled(backend, "* * * * *")
    async with transaction(backend.sessions) as session:
        queued = await queue_probe(session, automation.id, datetime.now(UTC))
        assert queued
        queued.run.queued_at = datetime.now(UTC) - timedelta(minutes=1)
    await sweep(backend)
    assert (await backend.closed(queued.run.id)).status is RunStatus.FAILED

    await probe_is_due(backend, automation)
    async with transaction(backend.sessions) as session:
        again = await queue_probe(session, automation.id, datetime.now(UTC))
        assert again
        outcome = RunOutcome(run_id=again.run.id, status=RunStatus.FAILED, finished_at=datetime.now(UTC))
        await close_run(session, outcome, counted=False)
    await sweep(backend)
    row = await backend.read(automation)
    assert (row.health_probe_run_id, row.health_trips) == (None, 3)


async def test_a_schedule_that_is_seldom_due_is_probed_by_a_run_of_its_own(backend: Backend) -> None:
    automation = await disabled(backend, "0 3 1 1 *")
    await succeed(backend, automation)
    run = await probed(backend, automation)
    assert (run.due_at, run.status) == (None, RunStatus.COMPLETED)
    assert (await backend.read(automation)).is_active
    async with transaction(backend.sessions) as session:
        gone = {"archived_at": datetime.now(UTC), "revision": Automation.revision + 1}
        await session.execute(update(Automation).where(Automation.id == automation.id).values(gone))


async def test_resuming_ends_the_probing_and_the_probe_counts_like_any_run(backend: Backend) -> None:
    automation = await disabled(backend, "0 3 1 1 *")
    async with transaction(backend.sessions) as session:
        queued = await queue_probe(session, automation.id, datetime.now(UTC))
        assert queued
    async with api(backend) as client:
        await client.post(f"/api/automations/{automation.slug}/resume")
    row = await backend.read(automation)
    assert (row.is_active, row.health_trips, row.health_probe_at, row.health_probe_run_id) == (True, 0, None, None)
    earlier = datetime.now(UTC) - timedelta(minutes=1)
    async with transaction(backend.sessions) as session:
        await session.execute(update(Run).where(Run.id == queued.run.id).values(queued_at=earlier))
    await sweep(backend)
    assert (await backend.closed(queued.run.id)).status is RunStatus.FAILED
    assert (await backend.read(automation)).is_active
    assert (await backend.stats(automation)).finished_since_reset == 1
