"""Snooze over HTTP: pausing one or many automations until a given time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from tests.api.bodies import agent, automation, made

HOUR = timedelta(hours=1)


def whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


async def listed(client: httpx2.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get("/api/live/automations", params=params)).json()["automations"]
    return found


async def test_a_snoozed_schedule_shows_its_end_and_is_projected_from_there(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    hourly = {"cronExpr": "30 * * * *", "timezone": "UTC"}
    await made(client, "/api/automations", automation("hourly", "schedule", schedule=hourly))
    now = datetime.now(UTC)
    until = whole(now + 3 * HOUR)
    answer = await client.post("/api/automations/hourly/pause", json={"reason": "deploy", "until": until.isoformat()})
    assert answer.status_code == 200, answer.text
    saved = answer.json()
    assert (saved["isActive"], saved["state"]) == (False, "snoozed")
    assert datetime.fromisoformat(saved["pausedUntil"]) == until

    (found,) = await listed(client, state="snoozed")
    assert found["slug"] == "hourly"
    assert datetime.fromisoformat(found["stats"]["nextRunAt"]) >= until
    assert await listed(client, state="paused") == []

    slots = (await client.get("/api/live/density", params={"hours": 6})).json()["slots"]
    assert [slot["starts"] for slot in slots[:3]] == [0, 0, 0]
    assert sum(slot["starts"] for slot in slots) in (2, 3)
    entries = (await client.get("/api/live/calendar", params={"automation": "hourly"})).json()["entries"]
    assert entries
    assert min(datetime.fromisoformat(entry["at"]) for entry in entries) >= until

    (entry, *_) = (await client.get("/api/audit", params={"automation": "hourly"})).json()["items"]
    assert entry["action"] == "automation.paused"
    assert entry["after"] == {"isActive": False, "pausedUntil": until.isoformat()}


async def test_resuming_pausing_for_good_and_archiving_end_a_snooze(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", automation("by-hand", "manual"))
    until = {"until": whole(datetime.now(UTC) + HOUR).isoformat()}
    for verb in ("resume", "pause", "archive"):
        assert (await client.post("/api/automations/by-hand/pause", json=until)).json()["pausedUntil"]
        assert (await client.post(f"/api/automations/by-hand/{verb}")).json()["pausedUntil"] is None


@pytest.mark.parametrize("active", [False, True])
@pytest.mark.parametrize("saved_by", ["patch", "declaration"])
async def test_a_declared_or_patched_state_ends_a_snooze(
    client: httpx2.AsyncClient, active: bool, saved_by: str
) -> None:
    await made(client, "/api/primitives", agent())
    declared = automation("by-hand", "manual", isActive=active)
    declaration = {"project": "growth", "automations": [declared]}
    assert (await client.post("/api/declarations", json=declaration)).status_code == 200
    until = whole(datetime.now(UTC) + HOUR).isoformat()
    snoozed = (await client.post("/api/automations/by-hand/pause", json={"until": until})).json()
    assert (snoozed["isActive"], snoozed["state"]) == (False, "snoozed")

    async def save() -> dict[str, Any]:
        if saved_by == "patch":
            await client.patch("/api/automations/by-hand", json={"isActive": active})
            return {}
        item: dict[str, Any] = (await client.post("/api/declarations", json=declaration)).json()["items"][0]
        return item

    item = await save()
    if saved_by == "declaration":
        (end,) = [change for change in item["changes"] if change["field"] == "pausedUntil"]
        assert (item["action"], end["before"], end["after"]) == ("update", until, None)
    ended = (await client.get("/api/automations/by-hand")).json()
    assert (ended["isActive"], ended["pausedUntil"]) == (active, None)
    (entry, *_) = (await client.get("/api/audit", params={"automation": "by-hand"})).json()["items"]
    assert entry["before"]["pausedUntil"] == until
    assert entry["after"]["pausedUntil"] is None

    item = await save()
    again = (await client.get("/api/automations/by-hand")).json()
    assert again["revision"] == ended["revision"], "it is paused for good already"
    assert item.get("action", "unchanged") == "unchanged"


async def test_a_declaration_without_a_state_leaves_a_snooze_alone(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    declaration = {"project": "growth", "automations": [automation("by-hand", "manual")]}
    await client.post("/api/declarations", json=declaration)
    until = whole(datetime.now(UTC) + HOUR).isoformat()
    await client.post("/api/automations/by-hand/pause", json={"until": until})
    plan = (await client.post("/api/declarations", json=declaration)).json()
    assert [item["action"] for item in plan["items"]] == ["unchanged"]
    await client.patch("/api/automations/by-hand", json={"name": "Other"})
    assert (await client.get("/api/automations/by-hand")).json()["state"] == "snoozed"


async def test_a_snooze_can_be_extended(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", automation("by-hand", "manual"))
    for hours in (1, 2):
        until = whole(datetime.now(UTC) + hours * HOUR)
        answer = await client.post("/api/automations/by-hand/pause", json={"until": until.isoformat()})
        assert datetime.fromisoformat(answer.json()["pausedUntil"]) == until
    again = await client.post("/api/automations/by-hand/pause", json={"until": until.isoformat()})
    assert again.json()["revision"] == answer.json()["revision"], "the same end changes nothing"


@pytest.mark.parametrize("until", ["2020-01-01T00:00:00Z", "2199-01-01T00:00:00Z", "2030-01-01T00:00:00", "soon"])
async def test_an_invalid_end_is_refused_with_its_field(client: httpx2.AsyncClient, until: str) -> None:
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", automation("by-hand", "manual"))
    answer = await client.post("/api/automations/by-hand/pause", json={"until": until})
    assert (answer.status_code, answer.json()["field"]) == (422, "until")


async def test_bulk_snooze_does_not_change_paused_automations(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    for slug in ("one", "two", "three"):
        await made(client, "/api/automations", automation(slug, "manual"))
    await client.post("/api/automations/three/pause")
    until = whole(datetime.now(UTC) + HOUR)
    bulk = {"action": "pause", "filter": {}, "all": True, "until": until.isoformat()}
    answer = (await client.post("/api/automations/bulk", json=bulk)).json()
    assert (answer["changed"], answer["leftAlone"]) == (2, {"already": 1})
    states = {one["slug"]: one["state"] for one in await listed(client)}
    assert states == {"one": "snoozed", "two": "snoozed", "three": "paused"}
    refused = await client.post("/api/automations/bulk", json={**bulk, "action": "resume"})
    assert (refused.status_code, refused.json()["field"]) == (422, "until")


async def test_deliveries_for_a_snoozed_trigger_are_skipped(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", automation("on-order", "event", event={"name": "order"}))
    until = whole(datetime.now(UTC) + HOUR)
    await client.post("/api/automations/on-order/pause", json={"until": until.isoformat()})
    fired = await client.post("/api/triggers/event", json={"eventName": "order"})
    assert [(run["status"], run["reason"]) for run in fired.json()["runs"]] == [("skipped", "paused")]
    by_hand = await client.post("/api/automations/on-order/fire")
    assert by_hand.status_code == 409
