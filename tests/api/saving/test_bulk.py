"""Bulk actions: counted first, checked like single ones, all or none, and undone."""

from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update

from models.store.tables.automations import Automation
from models.store.tables.stats import AutomationStats
from runtime.database import Sessions, transaction
from tests.api.bodies import Body, automation, everything, made, nightly

Result = dict[str, Any]


async def bulk(client: httpx2.AsyncClient, action: str, **asked: Any) -> Result:
    answer = await client.post("/api/automations/bulk", json={"action": action, **asked})
    assert answer.status_code == 200, answer.text
    result: Result = answer.json()
    return result


async def states(client: httpx2.AsyncClient, **params: Any) -> dict[str, str]:
    page = (await client.get("/api/live/automations", params=params)).json()
    return {one["slug"]: one["state"] for one in page["automations"]}


def slugs(result: Result) -> list[str]:
    return [one["slug"] for one in result["automations"]]


@pytest.fixture
async def four(client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """Return a client of an API with three schedules, one of them paused, and a webhook."""
    await everything(client)
    for slug in ("one", "two"):
        await made(client, "/api/automations", nightly(slug))
    await made(client, "/api/automations", nightly("three", isActive=False))
    webhook = {"path": "hook", "verification": "none"}
    await made(client, "/api/automations", automation("hook", "webhook", webhook=webhook))
    return client


async def test_a_dry_run_counts_and_changes_nothing(four: httpx2.AsyncClient) -> None:
    told = await bulk(four, "pause", filter={"type": ["schedule"]}, dryRun=True)
    assert (told["matched"], told["changed"], told["leftAlone"]) == (3, 2, {"already": 1})
    assert slugs(told) == ["one", "two"]
    assert await states(four, state="paused") == {"three": "paused"}


async def test_automations_that_match_a_filter_are_paused_and_the_change_is_undone(four: httpx2.AsyncClient) -> None:
    done = await bulk(four, "pause", filter={"type": ["schedule"]}, reason="load", expected=2)
    assert slugs(done) == ["one", "two"]
    assert set(await states(four, state="paused")) == {"one", "two", "three"}
    row = (await four.get("/api/automations/one")).json()
    assert (row["pausedReason"], row["revision"]) == ("load", 2)
    back = await bulk(four, "resume", automations=[one["id"] for one in done["automations"]])
    assert back["changed"] == 2
    assert set(await states(four, state="paused")) == {"three"}
    audit = (await four.get("/api/audit", params={"automation": "one"})).json()["items"]
    assert [item["action"] for item in audit] == ["automation.resumed", "automation.paused", "automation.created"]
    assert (audit[1]["before"], audit[1]["after"], audit[1]["reason"]) == (
        {"isActive": True},
        {"isActive": False},
        "load",
    )


@pytest.mark.parametrize(
    ("field", "value", "place"),
    [
        ("archived", ["no"], "filter.archived[0]"),
        ("archived", [1], "filter.archived[0]"),
        ("archived", ["false"], "filter.archived[0]"),
        ("startsFrom", 1_772_409_600, "filter.startsFrom"),
        ("startsTo", "1772409600", "filter.startsTo"),
    ],
)
async def test_a_filter_in_a_body_has_json_s_types(
    four: httpx2.AsyncClient, field: str, value: object, place: str
) -> None:
    asked = {"action": "pause", "filter": {field: value}, "dryRun": True}
    refused = await four.post("/api/automations/bulk", json=asked)
    assert (refused.status_code, refused.json().get("field")) == (422, place), refused.text
    assert (await four.get("/api/live/automations", params={"archived": "no"})).json()["summary"]["total"] == 4


async def test_a_bulk_change_writes_one_audit_entry_per_automation(
    four: httpx2.AsyncClient, sessions: Sessions
) -> None:
    async with transaction(sessions) as session:
        stats = update(AutomationStats).values(finished_since_reset=7)
        await session.execute(stats)
    before = datetime.now(UTC)
    await bulk(four, "pause", filter={}, all=True, reason="load")
    await bulk(four, "resume", automations=["one", "hook"])
    async with transaction(sessions) as session:
        rows = {row.slug: row for row in await session.scalars(select(Automation))}
        since = {row.automation_id: row.finished_since_reset for row in await session.scalars(select(AutomationStats))}
    assert {slug: (row.is_active, row.revision) for slug, row in rows.items()} == {
        "one": (True, 3),
        "two": (False, 2),
        "three": (False, 1),
        "hook": (True, 3),
    }
    assert (rows["one"].paused_at, rows["one"].paused_by, rows["one"].paused_reason) == (None, None, None)
    assert (rows["two"].paused_reason, rows["two"].paused_by) == ("load", "administrator")
    accounted = {slug: row.accounted_until or before for slug, row in rows.items()}
    assert accounted["one"] > before > accounted["two"]
    assert rows["one"].updated_at >= before
    assert [since[rows[slug].id] for slug in ("one", "hook", "two", "three")] == [0, 0, 7, 7]
    for slug, actions in (("two", ["paused", "created"]), ("hook", ["resumed", "paused", "created"])):
        log = (await four.get("/api/audit", params={"automation": slug})).json()["items"]
        assert [item["action"] for item in log] == [f"automation.{action}" for action in actions]
    assert (log[0]["before"], log[0]["after"], log[0]["reason"]) == ({"isActive": False}, {"isActive": True}, None)


async def test_an_unexpected_number_of_automations_changes_nothing(four: httpx2.AsyncClient) -> None:
    asked = {"action": "pause", "filter": {"type": ["schedule"]}, "expected": 3}
    answer = await four.post("/api/automations/bulk", json=asked)
    assert (answer.status_code, answer.json()["field"]) == (409, "expected")
    assert set(await states(four, state="paused")) == {"three"}


async def test_bulk_fire_is_idempotent_and_skips_paused_automations(
    four: httpx2.AsyncClient,
) -> None:
    asked: Body = {"automations": ["one", "three", "hook"], "payload": {"x": 1}, "idempotencyKey": "again"}
    first = await bulk(four, "fire", **asked)
    assert (slugs(first), first["leftAlone"]) == (["hook", "one"], {"paused": 1})
    run = (await four.get(f"/api/runs/{first['runs'][0]['runId']}")).json()
    assert run["input"] == {"x": 1}
    assert (await bulk(four, "fire", **asked))["runs"] == first["runs"]
    assert len((await four.get("/api/runs")).json()["items"]) == 2


async def test_archived_automations_are_restored_unless_their_slug_is_taken(four: httpx2.AsyncClient) -> None:
    gone = await bulk(four, "archive", filter={}, all=True)
    assert gone["changed"] == 4
    assert await states(four) == {}
    await made(four, "/api/automations", nightly("two"))
    webhook = {"path": "hook", "verification": "none"}
    await made(four, "/api/automations", automation("other", "webhook", webhook=webhook))
    ids = [one["id"] for one in gone["automations"]]
    told = await bulk(four, "restore", automations=ids, dryRun=True)
    back = await bulk(four, "restore", automations=ids)
    assert told["leftAlone"] == back["leftAlone"] == {"taken": 2}
    assert slugs(back) == ["one", "three"]
    assert await states(four) == {"one": "new", "two": "new", "three": "paused", "other": "new"}


async def test_restoring_one_is_refused_if_its_slug_is_taken(four: httpx2.AsyncClient) -> None:
    key = (await four.get("/api/automations/one")).json()["id"]
    await four.post("/api/automations/one/archive")
    answer = await four.post("/api/automations/one/restore", json={"reason": "by mistake"})
    assert (answer.status_code, answer.json()["isArchived"]) == (200, False)
    await four.post("/api/automations/one/archive")
    await made(four, "/api/automations", nightly("one"))
    answer = await four.post(f"/api/automations/{key}/restore")
    assert (answer.status_code, answer.json()["code"]) == (409, "slug_taken")


async def test_an_automation_of_an_archived_primitive_is_not_restored(four: httpx2.AsyncClient) -> None:
    await made(four, "/api/automations", automation("desk", "manual", {"kind": "network", "slug": "it"}))
    await four.delete("/api/automations/desk")
    assert (await four.delete("/api/primitives/it?kind=network")).status_code == 204
    told = await bulk(four, "restore", filter={"archived": [True]})
    assert (told["matched"], told["changed"], told["leftAlone"]) == (1, 0, {"primitive_gone": 1})
    assert (await four.post("/api/automations/desk/restore")).status_code == 409


async def test_dependents_outside_of_the_selection_are_reported(four: httpx2.AsyncClient) -> None:
    for needy in ("two", "hook"):
        answer = await four.post("/api/dependencies", json={"automation": needy, "dependsOn": "one"})
        assert answer.status_code == 201, answer.text
    told = await bulk(four, "pause", automations=["one", "two"], dryRun=True)
    assert [one["slug"] for one in told["dependents"]] == ["hook"]


async def test_archiving_needs_the_scope_admin(four: httpx2.AsyncClient) -> None:
    key = await made(four, "/api/keys", {"name": "operator", "scope": "operate"})
    headers = {"Authorization": f"Bearer {key['key']}"}
    for action, status in (("pause", 200), ("archive", 403), ("restore", 403)):
        answer = await four.post(
            "/api/automations/bulk", json={"action": action, "filter": {}, "dryRun": True}, headers=headers
        )
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({}, 422),
        ({"automations": ["one"], "filter": {}}, 422),
        ({"filter": {}}, 422),
        ({"filter": {"window": "all", "archived": [False], "search": " "}}, 422),
        ({"automations": ["nobody"]}, 404),
        ({"filter": {"startsFrom": "2026-01-01T00:00:00Z"}}, 422),
        ({"filter": {"severity": ["awful"]}}, 422),
    ],
)
async def test_invalid_requests_are_refused(four: httpx2.AsyncClient, asked: Body, status: int) -> None:
    answer = await four.post("/api/automations/bulk", json={"action": "pause", **asked})
    assert answer.status_code == status, answer.text
