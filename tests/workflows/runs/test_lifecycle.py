"""Behaviour common to all kinds: admission, statistics, health policy, and database failures."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select, update

from models.contracts.automations.drafts import HealthAction
from models.kinds import Kind
from models.states import RunStatus
from models.store.stats.verification import differing
from models.store.tables.automations import Automation
from models.store.tables.governance import AuditEntry
from models.store.tables.primitives import Primitive
from models.store.tables.stats import AutomationHour
from runtime.database import transaction
from runtime.temporal.starting import RunToStart, start_run
from tests.support.world import World


async def test_a_run_of_a_paused_automation_is_skipped_with_the_reason(world: World) -> None:
    agent = await world.agent()
    automation = await world.automation(agent, is_active=False)
    run = await world.run(agent, automation)
    assert (run.status, run.reason, run.started_at) == (RunStatus.SKIPPED, "paused", None)
    stats = await world.stats(automation)
    assert (stats.skipped, stats.started, stats.recent_outcomes) == (1, 0, "")


async def test_a_forced_run_ignores_the_pause(world: World) -> None:
    agent = await world.agent()
    automation = await world.automation(agent, is_active=False)
    assert (await world.run(agent, automation, forced=True)).status is RunStatus.COMPLETED


async def test_a_run_over_the_monthly_budget_is_skipped(world: World) -> None:
    agent = await world.agent()
    automation = await world.automation(agent, budget_usd_month=Decimal("0.001"))
    assert (await world.run(agent, automation)).status is RunStatus.COMPLETED
    second = await world.run(agent, automation)
    assert (second.status, second.reason) == (RunStatus.SKIPPED, "over_budget")


async def test_open_runs_count_against_the_budget_at_the_mean_cost(world: World) -> None:
    slow = await world.agent(durationMs=1500)
    automation = await world.automation(slow, budget_usd_month=Decimal("0.03"))
    await world.run(slow, automation)
    runs = await asyncio.gather(*(world.run(slow, automation) for _ in range(5)))
    assert sorted(run.status.value for run in runs) == ["completed"] * 2 + ["skipped"] * 3


async def test_a_run_of_an_inactive_primitive_is_skipped(world: World) -> None:
    agent = await world.agent()
    async with transaction(world.sessions) as session:
        await session.execute(update(Primitive).where(Primitive.id == agent.id).values(is_active=False))
    run = await world.run(agent)
    assert (run.status, run.reason) == (RunStatus.SKIPPED, "primitive_inactive")


async def test_stats_count_root_runs_and_their_cost_once(world: World) -> None:
    agent = await world.agent()
    pipeline = await world.primitive(
        Kind.WORKFLOW, {"steps": [{"key": "a", "agent": agent.slug}, {"key": "b", "agent": agent.slug}]}
    )
    automation = await world.automation(pipeline)
    runs = [await world.run(pipeline, automation) for _ in range(2)]
    stats = await world.stats(automation)
    assert (stats.started, stats.completed, stats.running_now) == (2, 2, 0)
    assert stats.cost_usd_sum == sum((run.cost_usd or Decimal(0) for run in runs), Decimal(0))
    assert (stats.agent_runs_sum, stats.recent_outcomes) == (4, "CC")
    assert (stats.last_run_id, stats.last_run_status) == (runs[-1].id, RunStatus.COMPLETED)
    async with world.sessions() as session:
        hours = (
            await session.scalars(select(AutomationHour).where(AutomationHour.automation_id == automation.id))
        ).all()
    assert sum(hour.completed for hour in hours) == 2


async def test_stats_keep_the_error_of_the_last_run_until_another_starts(world: World) -> None:
    clumsy, good = await world.agent(successRate=0, error="it fell " + "far " * 100), await world.agent()
    automation = await world.automation(clumsy)
    failed = await world.run(clumsy, automation)
    stats = await world.stats(automation)
    assert failed.error_message
    assert stats.last_run_error == failed.error_message[:300]
    async with world.sessions() as session:
        assert await differing(session, [automation.id]) == [], "a recount finds the same"
    await world.run(good, automation)
    assert (await world.stats(automation)).last_run_error is None


async def test_an_unknown_cost_is_never_counted_as_zero(world: World) -> None:
    known, unknown = await world.agent(), await world.agent(costUsd=None)
    steps = [{"key": "a", "agent": known.slug}, {"key": "b", "agent": unknown.slug}]
    pipeline = await world.primitive(Kind.WORKFLOW, {"steps": steps})
    automation = await world.automation(pipeline)
    run = await world.run(pipeline, automation)
    assert run.unknown_costs == 1
    assert (await world.stats(automation)).cost_count == 0


async def test_a_sixty_percent_health_policy_disables(world: World) -> None:
    agent = await world.agent(successRate=0)
    automation = await world.automation(agent, health_enabled=True, health_threshold=60, health_min_runs=5)
    for _ in range(4):
        await world.run(agent, automation)
    assert (await world.read(automation)).is_active, "fewer than the minimum of runs decide nothing"
    await world.run(agent, automation)
    row = await world.read(automation)
    assert not row.is_active
    assert row.health_triggered_at
    assert row.paused_by == "health policy"
    assert "0 % of the last 5 runs" in (row.paused_reason or "")
    assert row.revision == automation.revision + 1
    async with world.sessions() as session:
        query = select(AuditEntry).where(AuditEntry.automation_id == automation.id)
        entry = (await session.scalars(query)).one()
    assert (entry.action, entry.actor) == ("health.disable", "health policy")
    after = await world.run(agent, automation)
    assert (after.status, after.reason) == (RunStatus.SKIPPED, "paused"), "nothing more runs"


async def test_an_alert_is_raised_once_and_changes_nothing(world: World) -> None:
    agent = await world.agent(successRate=0)
    automation = await world.automation(
        agent, health_enabled=True, health_min_runs=2, health_window=10, health_action=HealthAction.ALERT
    )
    for _ in range(4):
        await world.run(agent, automation)
    row = await world.read(automation)
    assert row.is_active
    assert row.health_triggered_at
    async with world.sessions() as session:
        query = select(AuditEntry.action).where(AuditEntry.automation_id == automation.id)
        assert list(await session.scalars(query)) == ["health.alert"]


async def test_reduced_frequency_doubles_and_ends_when_healthy_again(world: World) -> None:
    agent = await world.agent(successRate=0)
    automation = await world.automation(
        agent,
        health_enabled=True,
        health_min_runs=2,
        health_window=2,
        health_action=HealthAction.REDUCE_FREQUENCY,
    )
    seen = []
    for _ in range(8):
        await world.run(agent, automation)
        seen.append((await world.read(automation)).slowdown)
    assert seen == [None, 2, 2, 4, 4, 8, 8, 8]
    async with transaction(world.sessions) as session:
        primitive = await session.get_one(Primitive, agent.id)
        primitive.spec = {**primitive.spec, "runner": {**primitive.spec["runner"], "successRate": 1}}
    for _ in range(2):
        await world.run(agent, automation)
    row = await world.read(automation)
    assert (row.slowdown, row.slowdown_anchor, row.health_triggered_at) == (None, None, None)


async def test_concurrent_runs_of_one_automation_are_all_counted(world: World) -> None:
    agent = await world.agent(successRate=0.5)
    automation = await world.automation(agent)
    runs = await asyncio.gather(*(world.run(agent, automation) for _ in range(20)))
    stats = await world.stats(automation)
    completed = sum(run.status is RunStatus.COMPLETED for run in runs)
    assert (stats.started, stats.completed, stats.failed, stats.running_now) == (20, completed, 20 - completed, 0)
    assert stats.recent_outcomes.count("C") == completed


async def test_opening_and_closing_survive_an_absent_database(world: World) -> None:
    """A lock that is held for a while simulates a slow database: the run waits, and is recorded once."""
    agent = await world.agent()
    automation = await world.automation(agent)
    run = await world.queue(agent, automation, queued_at=datetime.now(UTC) - timedelta(seconds=1))
    async with transaction(world.sessions) as session:
        await session.execute(select(Automation).where(Automation.id == automation.id).with_for_update())
        await start_run(world.client, RunToStart(run.id, run.kind, agent.slug, agent.name))
        await asyncio.sleep(1)
        assert (await world.row(run.id)).status is not RunStatus.COMPLETED
    assert (await world.closed(run.id)).status is RunStatus.COMPLETED
    assert (await world.stats(automation)).completed == 1
