"""The demo's data matches the figures it was specified with, and the statistics match its runs."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from demo.recipe import ZONE, platform, recipes
from models.kinds import Kind
from models.rules.cron.zones import zone
from models.rules.schedule import Schedule
from models.store.stats.recount import Recount, recount
from models.store.tables.automations import Automation
from models.store.tables.stats import AutomationHour, AutomationStats
from runtime.database import create_engine as create_async_engine
from runtime.processes.stack import nothing_declared
from runtime.settings import Settings
from tests.commands.conftest import KEY, Podium, with_demo

NOT_COUNTED = {"finished_since_reset"}


@pytest.fixture
def live(server: Settings) -> dict[str, Any]:
    """Return the page's list by slug."""
    return listed(server)


def listed(server: Settings) -> dict[str, Any]:
    url = f"http://127.0.0.1:{server.port}/api/live/automations?limit=500"
    answer = httpx2.get(url, headers={"Authorization": f"Bearer {KEY}"})
    return {one["slug"]: one for one in answer.json()["automations"]} | {"": answer.json()}


@pytest.fixture
def rows(server: Settings) -> Iterator[Session]:
    engine = create_engine(server.database_url or "")
    with Session(engine) as session:
        yield session
    engine.dispose()


@with_demo
def test_the_demo_has_the_required_facts_right_after_loading(live: dict[str, Any], podium: Podium) -> None:
    page = live.pop("")
    scout = live["social-scout"]
    assert next(iter(live)) == "social-scout", "the worst with the most runs stands first"
    assert (scout["stats"]["totalRuns"], scout["stats"]["failedRuns"]) == (204, 110)
    assert round(scout["stats"]["successRate"]) == 46
    assert scout["stats"]["recent"]["successRate"] == 46
    assert scout["severity"] == "failing"
    assert [one["slug"] for one in live["bridge-builder"]["dependsOn"]] == ["synthesis-engine"]
    assert [one["slug"] for one in live["synthesis-engine"]["triggers"]] == ["bridge-builder"]
    kinds = Counter(one["primitiveType"] for one in live.values())
    assert kinds == {"agent": 20, "workflow": 4, "network": 3, "campaign": 4, "pulse": 3}
    assert sum(kinds[kind] for kind in ("agent", "workflow", "network")) == 27
    assert {one["severity"] for one in live.values()} == {"healthy", "degrading", "unstable", "failing"}
    states = {slug: one["state"] for slug, one in live.items()}
    assert (states["thread-weaver"], states["hype-detector"]) == ("paused", "auto_disabled")
    assert (states["outreach-sprint"], states["trend-spotter"]) == ("new", "ok")
    assert live["trend-spotter"]["healthPolicy"]["probe"]["afterMinutes"] == 30
    assert live["hype-detector"]["healthPolicy"]["nextProbeAt"], "it is tried again at its next due time"
    assert [one["fireWhen"] for one in live["editorial-board"]["dependsOn"]] == ["completed"]
    distillers = [slug for slug, one in live.items() if one["entity"]["name"] == "Knowledge Distiller"]
    assert set(distillers) == {"nightly-distillation", "weekend-distillation", "distil-new-source"}
    assert not live["citation-librarian"]["simulated"]
    assert live["citation-librarian"]["stats"]["avgCostPerRun"] is None
    assert page["summary"]["total"] == 34
    found = podium("list", "--search", "pulse").output
    assert "PULSE Community Post" in found
    assert "Community Growth" in found


@with_demo
def test_stats_and_hours_equal_a_recount_of_the_runs(live: dict[str, Any], rows: Session, server: Settings) -> None:
    counted = asyncio.run(recounted(server))
    hours = {(row["automation_id"], row["hour"]): row for row in counted.hours}
    kept = {(row.automation_id, row.hour): row for row in rows.query(AutomationHour)}
    assert hours.keys() == kept.keys()
    for key, row in hours.items():
        assert row == {name: getattr(kept[key], name) for name in row}
    for row in counted.stats:
        stats = rows.get_one(AutomationStats, row["automation_id"])
        assert row == {name: getattr(stats, name) for name in row}
        assert len(stats.recent_outcomes) == min(200, stats.completed + stats.failed)
    assert len(counted.stats) == len(recipes())
    # Expected values from one pass over the runs in plain SQL, without our own code.
    scout = rows.query(Automation).filter_by(slug="social-scout").one()
    query = text("SELECT count(*), sum(cost_usd) FROM runs WHERE automation_id = :id AND status = 'failed'")
    failed, _ = rows.execute(query, {"id": scout.id}).one()
    assert failed == 110


async def recounted(server: Settings) -> Recount:
    engine = create_async_engine(server)
    async with AsyncSession(engine) as session:
        found = await recount(session)
    await engine.dispose()
    return found


@with_demo
def test_one_automation_has_a_queue(live: dict[str, Any], podium: Podium) -> None:
    queue = json.loads(podium("queue", "distil-new-source", "--json").stdout)
    assert [one["by"] for one in queue["runs"]] == ["batch"] * 3
    assert queue["nextAt"] is not None


@with_demo
def test_past_runs_satisfy_the_invariants_of_runs(live: dict[str, Any], rows: Session) -> None:
    now = datetime.now(UTC)
    for automation in rows.query(Automation):
        query = text(
            "SELECT due_at, queued_at, started_at, finished_at, status FROM runs "
            "WHERE automation_id = :id AND temporal_workflow_id IS NULL ORDER BY queued_at"
        )
        runs = rows.execute(query, {"id": automation.id}).all()
        assert all(run.finished_at <= now for run in runs)
        assert all(automation.created_at < run.queued_at for run in runs)
        if automation.cron_expr and runs:
            since = runs[0].due_at - timedelta(seconds=1)
            due = Schedule.parse(automation.cron_expr, automation.timezone).due_between(since, runs[-1].due_at)
            assert [run.due_at for run in runs] == due
        if automation.slug in recipes():
            assert automation.accounted_until is not None
    broken = """
        SELECT count(*) FROM runs p JOIN (
            SELECT parent_run_id, sum(cost_usd) AS cost, sum(agent_runs) AS calls, sum(unknown_costs) AS unknown
            FROM runs GROUP BY parent_run_id) c ON c.parent_run_id = p.id
        WHERE p.cost_usd IS DISTINCT FROM c.cost OR p.agent_runs <> c.calls OR p.unknown_costs <> c.unknown"""
    assert rows.scalar(text(broken)) == 0
    in_progress = "SELECT count(*) FROM runs WHERE status IN ('queued', 'running', 'waiting') AND held_by IS NULL"
    assert rows.scalar(text(in_progress)) == 0
    assert rows.scalar(text("SELECT count(*) FROM runs WHERE cost_usd IS NULL AND started_at IS NOT NULL")) > 20
    orphans = "SELECT count(*) FROM run_steps s WHERE child_run_id IS NOT NULL AND NOT EXISTS (SELECT FROM runs WHERE id = s.child_run_id)"  # noqa: E501
    assert rows.scalar(text(orphans)) == 0
    unknown = rows.query(AutomationStats).join(Automation, Automation.id == AutomationStats.automation_id)
    assert unknown.filter(Automation.slug == "deep-dive").one().cost_usd_sum == Decimal(0)


@with_demo
def test_loading_twice_changes_nothing_and_archiving_makes_room(podium: Podium, server: Settings) -> None:
    before = listed(server)[""]
    assert "already" in podium("demo").output
    assert listed(server)[""]["automations"] == before["automations"]
    assert "Archived" in podium("demo", "--remove").output
    assert listed(server)[""]["automations"] == []
    assert "Declared the demo" in podium("demo").output
    assert listed(server)["social-scout"]["stats"]["failedRuns"] == 110


def test_the_demo_changes_nothing_that_others_own(podium: Podium, server: Settings) -> None:
    mine = {"kind": "agent", "slug": "social-scout", "name": "Mine", "spec": {"runner": {"type": "simulated"}}}
    url, headers = f"http://127.0.0.1:{server.port}/api/primitives", {"Authorization": f"Bearer {KEY}"}
    httpx2.post(url, json=mine, headers=headers).raise_for_status()
    refused = podium("demo", fails=True)
    assert "agent/social-scout" in str(refused.exception)
    assert [one["slug"] for one in httpx2.get(url, headers=headers).json()["items"]] == ["social-scout"]


def test_22_00_is_the_busiest_hour_of_every_day_of_the_coming_year() -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    end = now + timedelta(days=366) - timedelta(seconds=1)  # a window includes its end
    hours: dict[datetime, Counter[str]] = {}
    for one in platform()["automations"]:
        if one["source"] != "schedule" or not one.get("isActive", True):
            continue
        schedule = one["schedule"]
        start = now - timedelta(seconds=1)
        for at in Schedule.parse(schedule["cronExpr"], schedule["timezone"]).due_between(start, end):
            hour = at.replace(minute=0)
            hours.setdefault(hour, Counter())[one["primitive"]["kind"]] += 1
    evening = {Kind.AGENT.value: 8, Kind.CAMPAIGN.value: 1, Kind.PULSE.value: 1}
    for hour, starts in hours.items():
        if hour.astimezone(zone(ZONE)).hour == 22:
            assert starts == evening, hour
        else:
            assert starts.total() < 10, hour


def test_devils_advocate_fires_48_times_a_day() -> None:
    (one,) = [one for one in platform()["automations"] if one["slug"] == "devils-advocate"]
    start = datetime(2026, 3, 2, tzinfo=UTC)
    schedule = Schedule.parse(one["schedule"]["cronExpr"], ZONE)
    assert len(schedule.due_between(start, start + timedelta(days=1))) == 48


def test_a_database_is_empty_until_something_is_declared(settings: Settings) -> None:
    assert nothing_declared(settings)
    assert not nothing_declared(settings.model_copy(update={"database_url": "postgresql+psycopg://x@127.0.0.1:1/y"}))


@with_demo
def test_a_database_with_the_demo_is_not_empty(settings: Settings) -> None:
    assert not nothing_declared(settings)
