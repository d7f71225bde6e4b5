from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select

from models.contracts.automations.drafts import Overlap
from models.rules.cost import coming_month
from models.rules.schedule import Schedule
from models.states import Source
from models.store.tables.automations import Automation
from models.store.tables.governance import AuditEntry
from models.store.tables.primitives import Primitive
from models.store.tables.stats import AutomationStats
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation

TICK = timedelta(microseconds=1)
SCOUT = {"kind": "agent", "slug": "scout"}


def draft(cron: str = "0 22 * * *", timezone: str = "America/New_York", **fields: Any) -> dict[str, Any]:
    schedule = {"cronExpr": cron, "timezone": timezone, "overlap": "allow_all"}
    return {"slug": "new", "name": "New", "primitive": SCOUT, "source": "schedule", "schedule": schedule, **fields}


async def scout_nightly(sessions: Sessions, **stats: Any) -> Automation:
    """Add the agent `scout` (capacity 2) and a nightly automation of it."""
    async with transaction(sessions) as session:
        agent = await make_agent(session, "scout", capacity=2)
        schedule = {"cron_expr": "0 22 * * *", "timezone": "America/New_York", "overlap": Overlap.ALLOW_ALL}
        row = await make_automation(session, agent, Source.SCHEDULE, **schedule)
        if stats:
            session.add(AutomationStats(automation_id=row.id, started=1, completed=1, agent_runs_sum=1, **stats))
        return row


async def look(client: httpx2.AsyncClient, body: dict[str, Any]) -> Any:
    answer = await client.post("/api/automations/preview", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_preview_shows_fires_zone_transitions_and_cost_and_saves_nothing(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    await scout_nightly(sessions, cost_usd_sum=Decimal("0.50"), cost_count=1, recent_costs=[[1, "0.5"]])
    now = datetime.now(UTC)
    found = await look(client, draft("30 2 * * *"))
    schedule = Schedule.parse("30 2 * * *", "America/New_York")
    expected = schedule.due_between(now, now + timedelta(days=30), limit=10)
    assert [datetime.fromisoformat(fire["at"]) for fire in found["nextFires"]] == expected
    assert found["nextFires"][0]["local"][11:16] == "02:30"
    assert found["cronText"] == "At 02:30"
    assert sorted(change["shiftMinutes"] for change in found["clockChanges"]) == [-60, 60]
    gap = next(change for change in found["clockChanges"] if change["shiftMinutes"] == 60)
    assert gap["text"] == "02:30 does not exist on this day; it fires at 03:00 instead."
    begin, end = coming_month(now)
    month = len(schedule.due_between(begin - TICK, end - TICK))
    nightly = len(Schedule.parse("0 22 * * *", "America/New_York").due_between(begin - TICK, end - TICK))
    cost = found["cost"]
    assert (cost["occurrences"], cost["perRun"], cost["estimate"]["sample"]) == (month, "0.5", 1)
    assert Decimal(cost["estimate"]["p90"]) == Decimal(cost["estimate"]["mean"]) == month * Decimal("0.5")
    assert Decimal(cost["totalBefore"]) == nightly * Decimal("0.5")
    assert Decimal(cost["totalAfter"]) == (nightly + month) * Decimal("0.5")
    async with transaction(sessions) as session:
        assert await session.scalar(select(func.count()).select_from(Automation)) == 1
        assert await session.scalar(select(func.count()).select_from(AuditEntry)) == 0


async def test_the_peak_is_shown_without_and_with_the_draft(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    nightly = await scout_nightly(sessions)
    found = await look(client, draft())
    day, week = found["peaks"]
    assert (day["hours"], week["hours"]) == (24, 168)
    assert day["before"]["text"] == "1 at 22:00 (1 agent)"
    assert day["after"]["text"] == "2 at 22:00 (2 agents)"
    assert week["after"]["starts"] == 2
    changed = await look(client, draft("0 21 * * *", automation=nightly.slug))
    assert changed["peaks"][0]["after"]["text"] == "1 at 21:00 (1 agent)", "it is not counted beside itself"
    assert changed["duplicates"] == []


async def test_duplicates_and_conflicts_are_named(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    nightly = await scout_nightly(sessions)
    same = await look(client, draft("00 22 * * *"))
    assert [one["slug"] for one in same["duplicates"]] == [nightly.slug], "the same meaning in other words"
    assert same["conflicts"] == []
    linked = await look(client, draft(timezone="US/Eastern"))
    assert [one["slug"] for one in linked["duplicates"]] == [nightly.slug], "another name of the same zone"
    assert (await look(client, draft(timezone="America/Toronto")))["duplicates"] == []
    async with transaction(sessions) as session:
        agent = await session.get_one(Primitive, nightly.primitive_id)
        schedule = {"cron_expr": "0 22 * * *", "timezone": "America/New_York"}
        await make_automation(session, agent, Source.SCHEDULE, **schedule)
        await make_automation(session, agent, Source.WEBHOOK, webhook_path="in")
    third = await look(client, draft())
    assert [(one["agent"], one["capacity"], one["concurrency"]) for one in third["conflicts"]] == [("scout", 2, 3)]
    assert (await look(client, draft("0 9 * * *")))["conflicts"] == []
    hook = await look(client, {"source": "webhook", "webhook": {"path": "in"}, "primitive": SCOUT})
    assert len(hook["duplicates"]) == 1
    assert hook["nextFires"] == []


async def test_a_preview_says_which_fires_the_overlap_policy_drops(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    await scout_nightly(sessions, duration_count=1, duration_ms_sum=90 * 60_000)
    body = draft("0 * * * *", "UTC")
    body["schedule"]["overlap"] = "skip"
    found = await look(client, body)
    assert any("A run takes about 90 min" in warning for warning in found["warnings"])
    begin, end = coming_month(datetime.now(UTC))
    assert abs(found["cost"]["occurrences"] - (end - begin) / timedelta(hours=2)) <= 1


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"schedule": {"cronExpr": ""}}, {"primitive": {"kind": "agent"}, "source": "schedule"}]
)
async def test_an_incomplete_draft_can_be_previewed(client: httpx2.AsyncClient, body: dict[str, Any]) -> None:
    found = await look(client, body)
    assert found["nextFires"] == []
    assert found["cost"]["occurrences"] == 0


async def test_a_cron_expression_alone_has_fires_and_warnings(client: httpx2.AsyncClient) -> None:
    found = await look(client, {"schedule": {"cronExpr": "0 0 */2 * 1", "timezone": "UTC"}})
    assert len(found["nextFires"]) == 10
    assert found["cost"]["estimate"] == {"mean": None, "p90": None, "sample": 0}
    daily = await look(client, {"schedule": {"cronExpr": "0 9 * * *"}})
    begin, end = coming_month(datetime.now(UTC))
    assert abs(daily["cost"]["occurrences"] - (end - begin).days) <= 1
    assert [(peak["before"], peak["after"]["starts"]) for peak in daily["peaks"]] == [(None, 1)] * 2
    missing = await look(client, draft())
    assert missing["warnings"] == ["There is no agent 'scout' yet."]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"schedule": {"cronExpr": "99 * * * *"}}, 422, "schedule.cronExpr"),
        ({"schedule": {"cronExpr": "0 * * * *", "timezone": "Mars/Olympus"}}, 422, "schedule.timezone"),
        ({"automation": "nobody"}, 404, "automation"),
    ],
)
async def test_invalid_drafts_are_refused(
    client: httpx2.AsyncClient, body: dict[str, Any], status: int, field: str
) -> None:
    answer = await client.post("/api/automations/preview", json=body)
    assert (answer.status_code, answer.json()["field"]) == (status, field)
