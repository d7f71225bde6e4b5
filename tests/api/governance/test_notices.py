"""Notices over HTTP: listing them, and marking them as seen."""

from datetime import UTC, datetime, timedelta

import httpx2
from sqlalchemy import select

from models.contracts.governance.notices import NoticeSeverity
from models.rules.health_notices import NoticeText
from models.store.governance.notices import add_notice
from models.store.tables.automations import Automation
from runtime.database import Sessions, transaction
from tests.api.bodies import agent, automation, made

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def platform(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    """Add two notices of an automation and one of the installation, an hour apart."""
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", automation("nightly", "manual"))
    async with transaction(sessions) as session:
        row = (await session.scalars(select(Automation))).one()
        for hours, owner in enumerate((row.id, None, row.id)):
            text = NoticeText(NoticeSeverity.WARNING, f"number {hours}", "why")
            await add_notice(session, "health.alert", text, NOW + timedelta(hours=hours), automation_id=owner)


async def test_notices_are_listed_newest_first_and_by_automation(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    await platform(client, sessions)
    found = (await client.get("/api/notices")).json()
    assert [item["title"] for item in found["items"]] == ["number 2", "number 1", "number 0"]
    assert [item["automation"] and item["automation"]["slug"] for item in found["items"]] == [
        "nightly",
        None,
        "nightly",
    ]
    assert (found["unseen"], found["nextCursor"]) == (3, None)
    assert len((await client.get("/api/notices", params={"automation": "nightly"})).json()["items"]) == 2
    first = (await client.get("/api/notices", params={"limit": 1})).json()
    rest = (await client.get("/api/notices", params={"cursor": first["nextCursor"]})).json()
    assert [item["title"] for item in rest["items"]] == ["number 1", "number 0"]
    assert (await client.get("/api/notices", params={"automation": "nobody"})).status_code == 404


async def test_notices_are_marked_as_seen_one_by_one_and_all_that_were_shown(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    await platform(client, sessions)
    items = (await client.get("/api/notices")).json()["items"]
    for _ in range(2):
        assert (await client.post(f"/api/notices/{items[1]['id']}/seen")).status_code == 204
    unseen = (await client.get("/api/notices", params={"unseen": True})).json()
    assert [item["title"] for item in unseen["items"]] == ["number 2", "number 0"]
    assert (await client.post("/api/notices/seen", json={"until": items[2]["at"]})).json() == {"seen": 1}
    after = (await client.get("/api/notices")).json()
    assert [item["seenBy"] for item in after["items"]] == [None, "administrator", "administrator"]
    assert after["unseen"] == 1
    missing = await client.post(f"/api/notices/{items[0]['automation']['id']}/seen")
    assert missing.status_code == 404
