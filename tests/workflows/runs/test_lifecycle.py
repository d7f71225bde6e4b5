"""Behaviour common to all kinds: admission, statistics, health policy, and database failures."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select, update

from models.contracts.automations.health_policies import HealthAction
from models.kinds import Kind
from models.states import RunStatus
from models.store.runs.to_start import RunToStart
from models.store.stats.verification import differing
from models.store.tables.automations import Automation
from models.store.tables.governance import AuditEntry
from models.store.tables.primitives import Primitive
from models.store.tables.stats import AutomationHour
from runtime.database import transaction
from runtime.temporal.starting import start_run
from tests.support.backend import Backend


async def test_a_run_of_a_paused_automation_is_skipped_with_the_reason(backend: Backend) -> None:
    agent = await backend.agent()
    automation = await backend.automation(agent, is_active=False)
    run = await backend.run(agent, automation)
    assert (run.status, run.reason, run.started_at) == (RunStatus.SKIPPED, "paused", None)
    stats = await backend.stats(automation)
    assert (stats.skipped, stats.started, stats.recent_outcomes) == (1, 0, "")


async def test_a_forced_run_ignores_the_pause(backend: Backend) -> None:
    agent = await backend.agent()
    automation = await backend.automation(agent, is_active=False)
    assert (await backend.run(agent, automation, forced=True)).status is RunStatus.COMPLETED


async def test_a_run_over_the_monthly_budget_is_skipped(backend: Backend) -> None:
    agent = await backend.agent()
    automation = await backend.automation(agent, budget_usd_month=Decimal("0.001"))
    assert (await backend.run(agent, automation)).status is RunStatus.COMPLETED
    second = await backend.run(agent, automation)
    assert (second.status, second.reason) == (RunStatus.SKIPPED, "over_budget")


async def test_open_runs_count_against_the_budget_at_the_mean_cost(backend: Backend) -> None:
    slow = await backend.agent(durationMs=1500)
    automation = await backend.automation(slow, budget_usd_month=Decimal("0.03"))
    await backend.run(slow, automation)
    runs = await asyncio.gather(*(backend.run(slow, automation) for _ in range(5)))
    assert sorted(run.status.value for run in runs) == ["completed"] * 2 + ["skipped"] * 3


async def test_a_run_of_an_inactive_primitive_is_skipped(backend: Backend) -> None:
    agent = await backend.agent()
    async with transaction(backend.sessions) as session:
        await session.execute(update(Primitive).where(Primitive.id == agent.id).values(is_active=False))
    run = await backend.run(agent)
    assert (run.status, run.reason) == (RunStatus.SKIPPED, "primitive_inactive")


async def test_stats_count_root_runs_and_their_cost_once(backend: Backend) -> None:
    agent = await backend.agent()
    pipeline = await backend.primitive(
        Kind.WORKFLOW, {"steps": [{"key": "a", "agent": agent.slug}, {"key": "b", "agent": agent.slug}]}
    )
    automation = await backend.automation(pipeline)
    runs = [await backend.run(pipeline, automation) for _ in range(2)]
    stats = await backend.stats(automation)
    assert (stats.started, stats.completed, stats.running_now) == (2, 2, 0)
    assert stats.cost_usd_sum == sum((run.cost_usd or Decimal(0) for run in runs), Decimal(0))
    assert (stats.agent_runs_sum, stats.recent_outcomes) == (4, "CC")
    assert (stats.last_run_id, stats.last_run_status) == (runs[-1].id, RunStatus.COMPLETED)
    async with backend.sessions() as session:
        hours = (
            await session.scalars(select(AutomationHour).where(AutomationHour.automation_id == automation.id))
        ).all()
    assert sum(hour.completed for hour in hours) == 2


async def test_stats_keep_the_error_of_the_last_run_until_another_starts(backend: Backend) -> None:
    clumsy, good = await backend.agent(successRate=0, error="it fell " + "far " * 100), await backend.agent()
    automation = await backend.automation(clumsy)
    failed = await backend.run(clumsy, automation)
    stats = await backend.stats(automation)
    assert failed.error_message
    assert stats.last_run_error == failed.error_message[:300]
    async with backend.sessions() as session:
        assert await differing(session, [automation.id]) == [], "a recount finds the same"
    await backend.run(good, automation)
    assert (await backend.stats(automation)).last_run_error is None


async def test_an_unknown_cost_is_never_counted_as_zero(backend: Backend) -> None:
    known, unknown = await backend.agent(), await backend.agent(costUsd=None)
    steps = [{"key": "a", "agent": known.slug}, {"key": "b", "agent": unknown.slug}]
    pipeline = await backend.primitive(Kind.WORKFLOW, {"steps": steps})
    automation = await backend.automation(pipeline)
    run = await backend.run(pipeline, automation)
    assert run.unknown_costs == 1
    assert (await backend.stats(automation)).cost_count == 0


async def test_a_sixty_percent_health_policy_disables(backend: Backend) -> None:
    agent = await backend.agent(successRate=0)
    automation = await backend.automation(agent, health_enabled=True, health_threshold=60, health_min_runs=5)
    for _ in range(4):
        await backend.run(agent, automation)
    assert (await backend.read(automation)).is_active, "fewer than the minimum of runs decide nothing"
    await backend.run(agent, automation)
    row = await backend.read(automation)
    assert not row.is_active
    assert row.health_triggered_at
    assert row.paused_by == "health policy"
    assert "0% of the last 5 runs" in (row.paused_reason or "")
    assert row.revision == automation.revision + 1
    async with backend.sessions() as session:
        query = select(AuditEntry).where(AuditEntry.automation_id == automation.id)
        entry = (await session.scalars(query)).one()
    assert (entry.action, entry.actor) == ("health.disable", "health policy")
    after = await backend.run(agent, automation)
    assert (after.status, after.reason) == (RunStatus.SKIPPED, "paused"), "nothing more runs"


async def test_an_alert_is_raised_once_and_changes_nothing(backend: Backend) -> None:
    agent = await backend.agent(successRate=0)
    automation = await backend.automation(
        agent, health_enabled=True, health_min_runs=2, health_window=10, health_action=HealthAction.ALERT
    )
    for _ in range(4):
        await backend.run(agent, automation)
    row = await backend.read(automation)
    assert row.is_active
    assert row.health_triggered_at
    async with backend.sessions() as session:
        query = select(AuditEntry.action).where(AuditEntry.automation_id == automation.id)
        assert list(await session.scalars(query)) == ["health.alert"]


async def test_reduced_frequency_doubles_and_returns_step_by_step(backend: Backend) -> None:
    agent = await backend.agent(successRate=0)
    automation = await backend.automation(
        agent,
        health_enabled=True,
        health_min_runs=2,
        health_window=2,
        health_action=HealthAction.REDUCE_FREQUENCY,
    )
    seen = []
    for _ in range(8):
        await backend.run(agent, automation)
        seen.append((await backend.read(automation)).slowdown)
    assert seen == [None, 2, 2, 4, 4, 8, 8, 8]
    async with transaction(backend.sessions) as session:
        primitive = await session.get_one(Primitive, agent.id)
        primitive.spec = {**primitive.spec, "runner": {**primitive.spec["runner"], "successRate": 1}}
    seen, anchor = [], (await backend.read(automation)).slowdown_anchor
    for _ in range(4):
        await backend.run(agent, automation)
        row = await backend.read(automation)
        assert row.slowdown_anchor == anchor
        seen.append(row.slowdown)
    assert seen == [8, 4, 4, 2]
    assert row.health_triggered_at
    for _ in range(2):
        await backend.run(agent, automation)
    row = await backend.read(automation)
    assert (row.slowdown, row.slowdown_anchor, row.health_triggered_at) == (None, None, None)
    assert (await backend.stats(automation)).finished_since_reset == 0
    async with backend.sessions() as session:
        query = select(AuditEntry.action).where(AuditEntry.automation_id == automation.id).order_by(AuditEntry.id)
        verbs = [action.removeprefix("health.") for action in await session.scalars(query)]
    assert verbs == ["reduce_frequency"] * 3 + ["recovering"] * 2 + ["recovered"]


async def test_concurrent_runs_of_one_automation_are_all_counted(backend: Backend) -> None:
    agent = await backend.agent(successRate=0.5)
    automation = await backend.automation(agent)
    runs = await asyncio.gather(*(backend.run(agent, automation) for _ in range(20)))
    stats = await backend.stats(automation)
    completed = sum(run.status is RunStatus.COMPLETED for run in runs)
    assert (stats.started, stats.completed, stats.failed, stats.running_now) == (20, completed, 20 - completed, 0)
    assert stats.recent_outcomes.count("C") == completed


async def test_opening_and_closing_survive_an_absent_database(backend: Backend) -> None:
    """A lock that is held for a while simulates a slow database: the run waits, and is recorded once."""
    agent = await backend.agent()
    automation = await backend.automation(agent)
    run = await backend.queue(agent, automation, queued_at=datetime.now(UTC) - timedelta(seconds=1))
    async with transaction(backend.sessions) as session:
        await session.execute(select(Automation).where(Automation.id == automation.id).with_for_update())
        await start_run(backend.client, RunToStart(run.id, run.kind, agent.slug, agent.name))
        await asyncio.sleep(1)
        assert (await backend.row(run.id)).status is not RunStatus.COMPLETED
    assert (await backend.closed(run.id)).status is RunStatus.COMPLETED
    assert (await backend.stats(automation)).completed == 1
