"""Bursts of deliveries share transactions: nothing is lost or mixed up, and none waits for another's trouble."""

import asyncio
import time

import httpx2
import pytest
from sqlalchemy import select, text

from models.store.tables.automations import Automation
from runtime.database import Sessions, transaction
from tests.api.bodies import agent, automation, made

EVENTS = 60


@pytest.fixture(autouse=True)
async def two_listeners(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    for name in ("free", "locked"):
        await made(client, "/api/automations", automation(name, "event", event={"name": name}))


async def fired(client: httpx2.AsyncClient, name: str, payload: object, key: str | None = None) -> httpx2.Response:
    event = {"eventName": name, "payload": payload, "idempotencyKey": key}
    return await client.post("/api/triggers/event", json=event)


async def test_each_request_of_a_burst_gets_the_answer_to_its_own_delivery(client: httpx2.AsyncClient) -> None:
    sent = [(number, f"key-{number}") for number in range(EVENTS)] * 2
    answers = await asyncio.gather(*(fired(client, "free", {"n": number}, key) for number, key in sent))
    assert {one.status_code for one in answers} == {202}
    bodies = [one.json() for one in answers]
    assert sorted(body["duplicate"] for body in bodies) == [False] * EVENTS + [True] * EVENTS
    for first, second in zip(bodies[:EVENTS], bodies[EVENTS:], strict=True):
        assert first["deliveryId"] == second["deliveryId"]
        assert [run["runId"] for run in first["runs"]] == [run["runId"] for run in second["runs"]]
    for (number, _), body in zip(sent[:EVENTS], bodies, strict=False):
        (run,) = body["runs"]
        # Each is a run of its own, with the input of its own request.
        assert (await client.get(f"/api/runs/{run['runId']}")).json()["input"] == {"n": number}


async def test_a_row_that_somebody_has_locked_delays_only_its_own_deliveries(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    async with transaction(sessions) as session:
        await session.execute(select(Automation).where(Automation.slug == "locked").with_for_update())
        began = time.monotonic()
        waiting = [asyncio.create_task(fired(client, "locked", number)) for number in range(3)]
        answers = await asyncio.gather(*(fired(client, "free", number) for number in range(10)))
        assert time.monotonic() - began < 7
        assert {one.status_code for one in answers} == {202}
        assert not any(one.done() for one in waiting)
        await session.execute(text("SELECT 1"))
    assert {one.status_code for one in await asyncio.gather(*waiting)} == {202}


async def test_a_revoked_key_and_a_paused_automation_count_at_once(client: httpx2.AsyncClient) -> None:
    key = await made(client, "/api/keys", {"name": "sender", "scope": "operate"})
    headers = {"Authorization": f"Bearer {key['key']}"}
    event = {"eventName": "free", "payload": 1}
    assert (await client.post("/api/triggers/event", json=event, headers=headers)).status_code == 202
    (await client.post("/api/automations/free/pause", json={})).raise_for_status()
    answers = await asyncio.gather(*(fired(client, "free", number) for number in range(20)))
    assert {run["status"] for one in answers for run in one.json()["runs"]} == {"skipped"}
    (await client.delete(f"/api/keys/{key['id']}")).raise_for_status()
    assert (await client.post("/api/triggers/event", json=event, headers=headers)).status_code == 401
