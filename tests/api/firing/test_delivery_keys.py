"""Repeated deliveries are recognised only by what the sender signed."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.store.tables.deliveries import Delivery
from models.store.tables.runs import Run
from tests.api import signing
from tests.api.bodies import agent, automation, made

SECRET = "a shared secret"
BODY = b'{"n": 1}'


@pytest.fixture(autouse=True)
async def scout(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())


async def listen(client: httpx2.AsyncClient, verification: str) -> None:
    webhook = {"path": "hook", "secret": SECRET, "verification": verification}
    await made(client, "/api/automations", automation("hook", "webhook", webhook=webhook))


async def send(client: httpx2.AsyncClient, headers: dict[str, str], body: bytes = BODY) -> tuple[str, bool]:
    answer = await client.post("/api/webhooks/hook", content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    return answer.json()["deliveryId"], answer.json()["duplicate"]


async def test_a_captured_message_cannot_be_replayed_under_another_key(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, session: AsyncSession
) -> None:
    await listen(client, "standard")
    headers = signing.standard(BODY, SECRET, "msg_1")
    first, _ = await send(anonymous, headers)
    assert await send(anonymous, {**headers, "Idempotency-Key": "another"}) == (first, True)
    assert await session.scalar(select(func.count()).select_from(Run)) == 1


async def test_a_captured_message_cannot_make_the_next_one_look_repeated(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    await listen(client, "standard")
    await send(anonymous, {**signing.standard(BODY, SECRET, "msg_1"), "Idempotency-Key": "msg_2"})
    _, duplicate = await send(anonymous, signing.standard(BODY, SECRET, "msg_2"))
    assert duplicate is False


async def test_svix_headers_are_verified_and_identify_the_message(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    await listen(client, "standard")
    signed = signing.standard(BODY, SECRET, "msg_1")
    headers = {name.replace("webhook-", "svix-"): value for name, value in signed.items()}
    first, duplicate = await send(anonymous, headers)
    assert duplicate is False
    assert await send(anonymous, {**headers, "webhook-id": "msg_9"}) == (first, True)
    mixed = {**headers, "webhook-signature": "v1,x"}
    assert (await anonymous.post("/api/webhooks/hook", content=BODY, headers=mixed)).status_code == 401


async def test_a_repeated_github_body_is_recognised_for_three_days(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, session: AsyncSession
) -> None:
    await listen(client, "github")
    first, _ = await send(anonymous, signing.github(BODY, SECRET, "push", "d1"))
    assert await send(anonymous, signing.github(BODY, SECRET, "release", "d2")) == (first, True)
    _, duplicate = await send(anonymous, signing.github(b'{"n": 2}', SECRET, "push", "d1"), b'{"n": 2}')
    assert duplicate is False
    await session.execute(update(Delivery).values(received_at=Delivery.received_at - timedelta(days=3)))
    await session.commit()
    again, duplicate = await send(anonymous, signing.github(BODY, SECRET, "push", "d3"))
    assert (again != first, duplicate) == (True, False)
    assert await send(anonymous, signing.github(BODY, SECRET, "push", "d4")) == (again, True)


async def test_slack_verification_on_a_webhook_handles_events_commands_and_the_challenge(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, session: AsyncSession
) -> None:
    await listen(client, "slack")
    event = json.dumps({"type": "event_callback", "event_id": "Ev1", "event": {"type": "app_mention"}}).encode()
    first, _ = await send(anonymous, signing.slack(event, SECRET), event)
    later = {**signing.slack(event, SECRET, age_seconds=60), "X-Slack-Retry-Num": "1", "Idempotency-Key": "x"}
    assert await send(anonymous, later, event) == (first, True)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    command = urlencode({"command": "/digest", "trigger_id": "13.7"}).encode()
    first, _ = await send(anonymous, {**signing.slack(command, SECRET), **form}, command)
    assert await send(anonymous, {**signing.slack(command, SECRET, age_seconds=9), **form}, command) == (first, True)
    plain = signing.slack(BODY, SECRET)
    first, _ = await send(anonymous, plain)
    assert await send(anonymous, {**plain, "Idempotency-Key": "x"}) == (first, True)
    runs = await session.scalar(select(func.count()).select_from(Run))
    proof = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
    answer = await anonymous.post("/api/webhooks/hook", content=proof, headers=signing.slack(proof, SECRET))
    assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})
    assert await session.scalar(select(func.count()).select_from(Run)) == runs == 3


@pytest.mark.parametrize("key", [5, "", "x" * 201, ["a"], False])
async def test_an_idempotency_key_that_is_not_text_is_refused_and_recorded(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, key: Any
) -> None:
    await listen(client, "github")
    body = json.dumps({"idempotencyKey": key}).encode()
    answer = await anonymous.post("/api/webhooks/hook", content=body, headers=signing.github(body, SECRET, "push", "d"))
    assert (answer.status_code, answer.json()["field"]) == (422, "idempotencyKey")
    kept = (await client.get("/api/deliveries")).json()["items"][0]
    assert (kept["outcome"], kept["size"], kept["runs"]) == ("rejected", len(body), [])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/triggers/event", {"eventName": "order.created", "payload": {"of": "mine"}}),
        ("/api/agents/scout/execute", {"payload": {"of": "mine"}}),
        ("/api/automations/by-hand/fire", {"payload": {"of": "mine"}}),
    ],
)
async def test_an_idempotency_key_belongs_to_the_api_key_that_sent_it(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    await made(client, "/api/automations", automation("by-hand", "manual"))
    other = {"X-API-Key": (await made(client, "/api/keys", {"name": "other", "scope": "operate"}))["key"]}
    mine = (await client.post(path, json={**body, "idempotencyKey": "k"})).json()
    theirs = (await anonymous.post(path, json={**body, "idempotencyKey": "k"}, headers=other)).json()
    assert (mine["duplicate"], theirs["duplicate"]) == (False, False)
    assert mine["deliveryId"] != theirs["deliveryId"]
    again = (await anonymous.post(path, json={**body, "idempotencyKey": "k"}, headers=other)).json()
    assert (again["duplicate"], again["deliveryId"]) == (True, theirs["deliveryId"])
