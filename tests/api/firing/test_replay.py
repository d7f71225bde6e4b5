"""Replaying deliveries with the automations that listen now."""

import uuid
from datetime import UTC, datetime, timedelta

import httpx2

from models.store.retention import empty_deliveries
from runtime.database import Sessions, transaction
from tests.api.bodies import Body, agent, automation, made

EVENT = {"eventName": "order.created", "payload": {"total": 7}}


async def listener(client: httpx2.AsyncClient, slug: str, **event: str) -> Body:
    return await made(client, "/api/automations", automation(slug, "event", event={"name": "order.created", **event}))


async def replay(client: httpx2.AsyncClient, delivery_id: str) -> httpx2.Response:
    return await client.post(f"/api/deliveries/{delivery_id}/replay")


async def test_an_event_is_replayed_to_the_automations_that_listen_now(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    await listener(client, "first")
    fired = (await client.post("/api/triggers/event", json=EVENT)).json()
    second = await listener(client, "second", filter="payload.total > 5")
    await listener(client, "third", filter="payload.total > 10")
    await client.post("/api/automations/first/archive")
    answer = await replay(client, fired["deliveryId"])
    assert answer.status_code == 202
    assert [run["automationId"] for run in answer.json()["runs"]] == [second["id"]]
    stored = (await client.get(f"/api/deliveries/{answer.json()['deliveryId']}")).json()
    assert (stored["replayOf"], stored["payload"]) == (fired["deliveryId"], EVENT["payload"])


async def test_a_manual_fire_is_replayed_unless_its_automation_is_archived(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", automation("by-hand", "manual"))
    fired = (await client.post("/api/automations/by-hand/fire", json={"payload": {"a": 1}})).json()
    assert len((await replay(client, fired["deliveryId"])).json()["runs"]) == 1
    await client.post("/api/automations/by-hand/archive")
    refused = await replay(client, fired["deliveryId"])
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


async def test_an_execution_and_a_rerun_are_replayed(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    executed = (await client.post("/api/agents/scout/execute", json={"payload": 1})).json()
    rerun = (await client.post(f"/api/runs/{executed['runs'][0]['runId']}/rerun")).json()
    for delivery in (executed, rerun):
        answer = await replay(client, delivery["deliveryId"])
        assert [run["kind"] for run in answer.json()["runs"]] == ["agent"]


async def test_a_run_of_an_archived_automation_or_primitive_is_not_run_again(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", automation("by-hand", "manual"))
    fired = (await client.post("/api/automations/by-hand/fire", json={})).json()
    rerun = f"/api/runs/{fired['runs'][0]['runId']}/rerun"
    await client.post("/api/automations/by-hand/archive")
    refused = await client.post(rerun)
    assert refused.status_code == 409
    assert (refused.json()["detail"], refused.json()["hint"]) == ("by-hand is archived", "Restore it first.")
    assert (await client.delete("/api/primitives/scout")).status_code == 204
    refused = await client.post(rerun)
    assert refused.status_code == 409
    assert (refused.json()["detail"], refused.json()["hint"]) == ("scout is archived", "Create a new one.")


async def test_an_unknown_delivery_is_not_found(client: httpx2.AsyncClient) -> None:
    assert (await replay(client, str(uuid.uuid4()))).status_code == 404


async def test_a_delivery_whose_content_was_deleted_for_its_age_is_not_replayed(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    await made(client, "/api/primitives", agent())
    await listener(client, "first")
    fired = (await client.post("/api/triggers/event", json=EVENT)).json()
    now = datetime.now(UTC) + timedelta(days=8)
    async with transaction(sessions) as session:
        assert await empty_deliveries(session, now, now) == 1
    stored = (await client.get(f"/api/deliveries/{fired['deliveryId']}")).json()
    assert (stored["payload"], stored["headers"]) == (None, {})
    assert stored["contentDeletedAt"]
    answer = await replay(client, fired["deliveryId"])
    assert answer.status_code == 409
    assert "PODIUM_KEEP_DELIVERIES_DAYS" in answer.json()["hint"]
