"""The live list over HTTP: filters, order, paging and summary."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import text, update

from models.contracts.automations.live import LivePage
from models.states import RunStatus
from models.store.tables.automations import Automation
from models.store.tables.stats import AutomationStats
from runtime.database import Sessions, transaction
from tests.api.bodies import automation, everything, made, nightly

Page = dict[str, Any]


async def listed(client: httpx2.AsyncClient, **params: Any) -> Page:
    answer = await client.get("/api/live/automations", params=params)
    assert answer.status_code == 200, answer.text
    page: Page = answer.json()
    LivePage.model_validate(page)
    return page


def slugs(page: Page) -> list[str]:
    return [one["slug"] for one in page["automations"]]


async def set_stats(sessions: Sessions, slug: str, outcomes: str, **columns: Any) -> None:
    """Set an automation's statistics as past runs would have."""
    async with transaction(sessions) as session:
        key = await session.scalar(Automation.__table__.select().with_only_columns(Automation.id).filter_by(slug=slug))
        values = {
            "started": len(outcomes),
            "completed": outcomes.count("C"),
            "failed": outcomes.count("F"),
            "recent_outcomes": outcomes[-200:],
            **columns,
        }
        await session.execute(update(AutomationStats).where(AutomationStats.automation_id == key).values(values))


@pytest.fixture
async def five(client: httpx2.AsyncClient, sessions: Sessions) -> httpx2.AsyncClient:
    """Return a client of an API with five automations, one per kind: one in each severity band, and a new one."""
    await everything(client)
    await made(client, "/api/automations", nightly("healthy", name="Healthy one"))
    target = {"kind": "workflow", "slug": "it"}
    await made(client, "/api/automations", automation("bad", "event", target, event={"name": "x"}))
    await made(client, "/api/automations", automation("worse", "manual", {"kind": "network", "slug": "it"}))
    await made(client, "/api/automations", automation("worst", "manual", {"kind": "campaign", "slug": "it"}))
    await made(client, "/api/automations", nightly("new", primitive={"kind": "pulse", "slug": "it"}, name="Élan vital"))
    await set_stats(sessions, "healthy", "C" * 20, cost_usd_sum="0.40", cost_count=20)
    await set_stats(sessions, "bad", "F" * 40 + "C" * 45 + "F" * 5)
    await set_stats(sessions, "worse", "C" * 13 + "F" * 7)
    await set_stats(sessions, "worst", "F" * 11)
    return client


async def test_the_worst_come_first_and_the_summary_counts_all(five: httpx2.AsyncClient) -> None:
    page = await listed(five, limit=2)
    assert slugs(page) == ["worst", "worse"]
    summary = page["summary"]
    assert summary["total"] == summary["active"] == 5
    assert summary["byPrimitive"] == {"agent": 1, "workflow": 1, "network": 1, "campaign": 1, "pulse": 1}
    assert summary["byType"] == {"scheduled": 2, "triggered": 3}
    assert summary["bySeverity"] == {"healthy": 2, "degrading": 1, "unstable": 1, "failing": 1}
    assert summary["needsAttention"] == 2
    assert summary["overallSuccessRate"] == pytest.approx(100 * (20 + 45 + 13) / (20 + 50 + 20 + 11))
    rest = await listed(five, limit=3, cursor=page["nextCursor"])
    assert slugs(rest) == ["bad", "healthy", "new"]
    assert rest["nextCursor"] is None


async def test_severity_is_judged_by_the_requested_window(five: httpx2.AsyncClient) -> None:
    recent, ever = await listed(five), await listed(five, window="all")
    judged = [{one["slug"]: one["severity"] for one in page["automations"]}["bad"] for page in (recent, ever)]
    assert judged == ["degrading", "failing"]
    assert slugs(ever) == ["bad", "worst", "worse", "healthy", "new"]
    assert ever["summary"]["needsAttention"] == 3
    assert slugs(await listed(five, window="all", severity="failing")) == ["bad", "worst"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"primitive": "campaign"}, {"worst"}),
        ({"primitive": ["campaign", "network"]}, {"worst", "worse"}),
        ({"type": "schedule"}, {"healthy", "new"}),
        ({"type": ["event", "manual"], "severity": ["failing", "degrading"]}, {"bad", "worst"}),
        ({"state": "new"}, {"new"}),
        ({"agent": "scout"}, {"healthy", "bad", "worse", "worst", "new"}),
        ({"agent": "nobody"}, set()),
        ({"search": "elan VITAL"}, {"new"}),
        ({"search": "ÉLAN"}, {"new"}),
        ({"search": "one\nhealthy"}, set()),
        ({"search": "%"}, set()),
        ({"search": "scout"}, {"healthy", "bad", "worse", "worst", "new"}),
        ({"archived": "true"}, set()),
    ],
)
async def test_each_filter_returns_only_matching_automations(
    five: httpx2.AsyncClient, params: dict[str, Any], expected: set[str]
) -> None:
    page = await listed(five, **params)
    assert set(slugs(page)) == expected
    assert page["summary"]["total"] == len(expected)


@pytest.mark.parametrize(
    ("sort", "ascending"),
    [
        ("severity", ["new", "healthy", "bad", "worse", "worst"]),
        ("name", ["bad", "new", "healthy", "worse", "worst"]),
        ("runs", ["new", "worst", None, None, "bad"]),
        ("success", ["worst", "worse", "bad", "healthy", "new"]),
        ("cost", ["healthy", None, None, None, None]),
    ],
)
async def test_every_sort_order_pages_in_both_directions(
    five: httpx2.AsyncClient, sort: str, ascending: list[str | None]
) -> None:
    known = sum(one is not None for one in ascending) if sort == "cost" else 5
    unknown_last = 4 if sort == "success" else known
    for order in ("asc", "desc"):
        found: list[str] = []
        cursor: str | None = None
        while True:
            page = await listed(five, sort=sort, order=order, limit=2, **({"cursor": cursor} if cursor else {}))
            found += slugs(page)
            cursor = page["nextCursor"]
            if cursor is None:
                break
        valued = ascending[:unknown_last]
        expected = (valued if order == "asc" else valued[::-1]) + ascending[unknown_last:]
        assert [one for one, wanted in zip(found, expected, strict=True) if wanted] == [one for one in expected if one]
        assert len(set(found)) == 5


async def test_the_list_can_be_read_from_an_offset(five: httpx2.AsyncClient) -> None:
    whole = slugs(await listed(five, sort="name"))
    for offset in range(7):
        page = await listed(five, sort="name", limit=2, offset=offset)
        assert slugs(page) == whole[offset : offset + 2]
        assert page["summary"]["total"] == 5
        assert (page["nextCursor"] is None) == (offset >= 3)
    page = await listed(five, sort="name", limit=2, offset=1)
    assert slugs(await listed(five, sort="name", limit=2, cursor=page["nextCursor"])) == whole[3:]
    assert (
        slugs(await listed(five, sort="name", type="manual", offset=1))
        == slugs(await listed(five, sort="name", type="manual"))[1:]
    )


async def test_a_page_takes_either_a_cursor_or_an_offset(five: httpx2.AsyncClient) -> None:
    cursor = (await listed(five, limit=1))["nextCursor"]
    for params in ({"offset": 1, "cursor": cursor}, {"offset": -1}):
        answer = await five.get("/api/live/automations", params=params)
        assert (answer.status_code, answer.json()["field"]) == (422, "offset")


async def test_a_search_lists_its_best_matches_first_across_pages(five: httpx2.AsyncClient) -> None:
    for slug, name in (("a", "Best report"), ("b", "Report"), ("c", "Reporting"), ("d", "Unreported")):
        await made(five, "/api/automations", nightly(slug, name=name))
    changed = await five.patch("/api/automations/worst", json={"description": "Sends a report"})
    assert changed.is_success, changed.text
    expected = ["b", "c", "a", "d", "worst"]
    assert slugs(await listed(five, search="report")) == expected
    found, cursor = [], None
    for _ in expected:
        page = await listed(five, search="report", limit=1, **({"cursor": cursor} if cursor else {}))
        found += slugs(page)
        cursor = page["nextCursor"]
    assert (found, cursor) == (expected, None)
    assert slugs(await listed(five, search="report", offset=3)) == expected[3:]
    assert slugs(await listed(five, search="report", sort="severity"))[0] == "worst"


async def test_a_cursor_is_only_valid_for_its_own_list(five: httpx2.AsyncClient) -> None:
    cursor = (await listed(five, limit=1))["nextCursor"]
    for params in ({"sort": "name"}, {"order": "asc"}, {"primitive": "agent"}, {"window": "all"}):
        answer = await five.get("/api/live/automations", params={"cursor": cursor, **params})
        assert (answer.status_code, answer.json()["field"]) == (422, "cursor")
    for word in ("x", cursor[:-4], "W10"):
        assert (await five.get("/api/live/automations", params={"cursor": word})).status_code == 422


async def test_a_list_includes_earlier_writes_and_is_not_sent_again_while_unchanged(
    five: httpx2.AsyncClient,
) -> None:
    first = await five.get("/api/live/automations")
    tag = first.headers["etag"]
    assert not tag.startswith("W/")
    again = await five.get("/api/live/automations", headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await five.post("/api/automations/healthy/pause", json={"reason": "x"})).status_code == 200
    after = await five.get("/api/live/automations", headers={"If-None-Match": tag})
    assert after.status_code == 200
    states = {one["slug"]: one["state"] for one in after.json()["automations"]}
    assert states["healthy"] == "paused"
    assert after.json()["summary"]["active"] == 4


async def test_archived_automations_are_listed_on_request(five: httpx2.AsyncClient) -> None:
    assert (await five.delete("/api/automations/worst")).status_code == 204
    page = await listed(five)
    assert "worst" not in slugs(page)
    assert (page["summary"]["total"], page["summary"]["archived"]) == (4, 1)
    assert slugs(await listed(five, archived="true")) == ["worst"]
    assert len(slugs(await listed(five, archived=["true", "false"]))) == 5


async def test_a_renamed_agent_shows_in_every_automation_that_uses_it(five: httpx2.AsyncClient) -> None:
    await listed(five)
    answer = await five.patch("/api/primitives/scout", json={"name": "Späher"}, params={"kind": "agent"})
    assert answer.status_code == 200, answer.text
    assert len(slugs(await listed(five, search="spaher"))) == 5


async def test_a_change_made_directly_in_the_database_is_seen(five: httpx2.AsyncClient, sessions: Sessions) -> None:
    before = await listed(five)
    async with transaction(sessions) as session:
        await session.execute(update(Automation).where(Automation.slug == "bad").values(name="By hand"))
    after = await listed(five)
    assert (len(slugs(before)), [one["name"] for one in after["automations"]].count("By hand")) == (5, 1)


async def test_costs_are_for_the_coming_month_and_zero_while_paused(five: httpx2.AsyncClient) -> None:
    page = await listed(five, search="healthy one")
    cost = page["automations"][0]["estMonthlyCost"]
    assert float(cost["mean"]) in {0.02 * days for days in (28, 29, 30, 31)}
    assert cost["sample"] == 20
    assert page["summary"]["estMonthlyCost"]["mean"] == cost["mean"]
    assert (await five.post("/api/automations/healthy/pause", json={"reason": "x"})).status_code == 200
    paused = (await listed(five, search="healthy one"))["automations"][0]
    assert (paused["estMonthlyCost"]["mean"], paused["stats"]["nextRunAt"]) == ("0", None)


async def test_a_schedule_whose_due_time_passed_without_a_run_is_overdue(
    five: httpx2.AsyncClient, sessions: Sessions
) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=3)
    values = {"accounted_until": long_ago, "updated_at": long_ago, "synced_revision": Automation.revision}
    async with transaction(sessions) as session:
        await session.execute(update(Automation).where(Automation.slug == "healthy").values(values))
    assert slugs(await listed(five, state="overdue")) == ["healthy"]
    async with transaction(sessions) as session:
        ran = {"last_run_started_at": datetime.now(UTC), "last_run_status": RunStatus.COMPLETED}
        await session.execute(update(AutomationStats).where(AutomationStats.started == 20).values(ran))
    assert slugs(await listed(five, state="overdue")) == []


async def test_a_failed_query_is_an_error_and_not_an_empty_list(five: httpx2.AsyncClient, sessions: Sessions) -> None:
    await listed(five)
    async with transaction(sessions) as session:
        await session.execute(text("ALTER TABLE changes RENAME TO elsewhere"))
    answer = await five.get("/api/live/automations")
    assert answer.status_code >= 500
    assert answer.headers["content-type"].startswith("application/problem+json")
