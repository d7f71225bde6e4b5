"""The audit log over HTTP."""

from datetime import UTC, datetime

import httpx2

from tests.api.bodies import agent, automation, made


async def test_every_change_is_listed_newest_first_and_by_subject(client: httpx2.AsyncClient) -> None:
    primitive = await made(client, "/api/primitives", agent())
    saved = await made(client, "/api/automations", automation("by-hand", "manual"))
    paused = await client.post("/api/automations/by-hand/pause", json={"reason": "maintenance"})
    assert paused.status_code == 200
    everything = (await client.get("/api/audit")).json()["items"]
    assert [item["action"] for item in everything] == ["automation.paused", "automation.created", "primitive.created"]
    of_automation = (await client.get("/api/audit", params={"automation": "by-hand"})).json()["items"]
    assert [item["action"] for item in of_automation] == ["automation.paused", "automation.created"]
    assert {item["automationId"] for item in of_automation} == {saved["id"]}
    assert of_automation[0]["reason"] == "maintenance"
    assert (of_automation[0]["before"], of_automation[0]["after"]) == ({"isActive": True}, {"isActive": False})
    of_primitive = (await client.get("/api/audit", params={"subject": primitive["id"]})).json()["items"]
    assert [(item["action"], item["subjectType"]) for item in of_primitive] == [("primitive.created", "primitive")]


async def test_the_log_is_read_page_by_page(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    for number in range(3):
        await made(client, "/api/automations", automation(f"a{number}", "manual"))
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(4):
        page = (await client.get("/api/audit", params={"limit": 1, **({"cursor": cursor} if cursor else {})})).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["nextCursor"]
    assert cursor is None
    assert len(set(seen)) == 4


async def test_the_log_of_an_unknown_automation_is_not_found(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/api/audit", params={"automation": "nobody"})).status_code == 404
    assert (await client.get("/api/audit", params={"subject": "no-uuid"})).json()["field"] == "subject"


async def test_entries_name_what_they_are_about(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", automation("by-hand", "manual"))
    await made(client, "/api/keys", {"name": "deploys", "scope": "read"})
    subjects = {item["action"]: item["subject"] for item in (await client.get("/api/audit")).json()["items"]}
    assert subjects["automation.created"]["slug"] == "by-hand"
    assert subjects["primitive.created"]["kind"] == "agent"
    assert subjects["primitive.created"]["name"]
    (key,) = [one for one in subjects.values() if one["type"] == "key"]
    assert (key["name"], key["slug"]) == ("deploys", None)


async def test_the_log_is_filtered_by_actor_subject_action_time_and_text(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", automation("by-hand", "manual"))
    between = datetime.now(UTC).isoformat()
    await client.post("/api/automations/by-hand/pause", json={"reason": "Quarterly deploy"})

    async def found(**params: str | list[str]) -> list[str]:
        answer = await client.get("/api/audit", params=params)
        assert answer.status_code == 200, answer.text
        return [item["action"] for item in answer.json()["items"]]

    paused, created, primitive = "automation.paused", "automation.created", "primitive.created"
    (actor,) = {item["actor"] for item in (await client.get("/api/audit")).json()["items"]}
    assert await found(actor=actor) == [paused, created, primitive]
    assert await found(actor="nobody") == []
    assert await found(subjectType="primitive") == [primitive]
    assert await found(action="automation.*") == [paused, created]
    assert await found(action=[paused, primitive]) == [paused, primitive]
    assert await found(**{"from": between}) == [paused]
    assert await found(to=between) == [created, primitive]
    assert await found(q="quarterly") == [paused]
    assert await found(q="by-hand") == [paused, created]
    assert await found(q="100%") == []
    assert (await client.get("/api/audit", params={"sbject": "x"})).status_code == 422
