"""The audit log over HTTP."""

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
