"""Filters of deliveries: bounded in cost, and an error in one is reported and does not stop the others."""

import asyncio
import json
import time
from typing import Any

import httpx2
import pytest

from tests.api.bodies import automation, deliveries, everything, made

WIDE = "[[1]]" + ".map(a,a+a+a+a+a+a+a+a+a+a+a+a+a)" * 6 + "[0].size()>0"
HUGE = int("9" * 400)


@pytest.fixture(autouse=True)
async def platform(client: httpx2.AsyncClient) -> None:
    await everything(client)


async def listener(client: httpx2.AsyncClient, slug: str, filter_: str | None = None) -> str:
    event: dict[str, Any] = {"name": "order.created", "filter": filter_}
    body = automation(slug, "event", {"kind": "agent", "slug": "scout"}, event=event)
    return str((await made(client, "/api/automations", body))["id"])


async def send(client: httpx2.AsyncClient, payload: Any, **more: Any) -> httpx2.Response:
    return await client.post("/api/triggers/event", json={"eventName": "order.created", "payload": payload, **more})


async def metric(client: httpx2.AsyncClient, code: str) -> float:
    lines = (await client.get("/metrics")).text.splitlines()
    wanted = f'podium_filter_errors_total{{code="{code}",source="event"}} '
    return next((float(line.removeprefix(wanted)) for line in lines if line.startswith(wanted)), 0.0)


async def test_integers_beyond_64_bits_are_compared_exactly_or_not_at_all(client: httpx2.AsyncClient) -> None:
    same = await listener(client, "same", "payload.id == payload.expected")
    more = await listener(client, "more", "payload.id > 10")
    number = 123456789012345678901234567890
    other = (await send(client, {"id": number, "expected": number + 1})).json()
    assert other["runs"] == []
    assert [one["automationId"] for one in other["filterErrors"]] == [more]
    failure = (await client.get("/api/automations/more")).json()["lastFilterError"]
    assert "beyond 64 bits" in failure["reason"]
    fired = (await send(client, {"id": number, "expected": number})).json()
    assert [run["automationId"] for run in fired["runs"]] == [same]


async def test_a_filter_error_of_one_listener_is_reported_and_does_not_stop_others(client: httpx2.AsyncClient) -> None:
    plain, good = await listener(client, "plain"), await listener(client, "good", "payload.n > 1")
    costly, broken = await listener(client, "costly", WIDE), await listener(client, "broken", "payload.nope == 1")
    false = await listener(client, "false", "payload.n > 100")
    before = await metric(client, "filter_too_costly"), await metric(client, "filter_error")
    answer = (await send(client, {"n": 7}, idempotencyKey="k")).json()
    assert {run["automationId"] for run in answer["runs"]} == {plain, good}
    problems = {(one["automationId"], one["code"]) for one in answer["filterErrors"]}
    assert problems == {(costly, "filter_too_costly"), (broken, "filter_error")}
    again = (await send(client, {"n": 7}, idempotencyKey="k")).json()
    assert {(one["automationId"], one["code"]) for one in again["filterErrors"]} == problems

    (delivery,) = await deliveries(client)
    assert delivery["outcome"] == "fired"
    outcomes = {one["automation"]["id"]: one["outcome"] for one in delivery["listeners"]}
    assert outcomes == {
        plain: "matched",
        good: "matched",
        costly: "filter_error",
        broken: "filter_error",
        false: "filtered",
    }
    failure = (await client.get("/api/automations/broken")).json()["lastFilterError"]
    assert failure["deliveryId"] == answer["deliveryId"]
    assert "nope" in failure["reason"]
    assert (await client.get("/api/automations/costly")).json()["lastFilterError"]["code"] == "filter_too_costly"
    assert (await client.get("/api/automations/good")).json()["lastFilterError"] is None
    after = await metric(client, "filter_too_costly"), await metric(client, "filter_error")
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1)


async def test_a_delivery_whose_only_filter_fails_is_not_counted_as_filtered(client: httpx2.AsyncClient) -> None:
    await listener(client, "broken", "payload.nope == 1")
    assert (await send(client, {})).status_code == 202
    assert len((await client.get("/api/deliveries?outcome=filter_error")).json()["items"]) == 1


async def test_a_paused_listener_is_listed_as_paused(client: httpx2.AsyncClient) -> None:
    paused = await listener(client, "idle")
    await client.post("/api/automations/idle/pause")
    answer = (await send(client, {})).json()
    shown = (await client.get(f"/api/deliveries/{answer['deliveryId']}")).json()
    assert [(one["automation"]["id"], one["outcome"]) for one in shown["listeners"]] == [(paused, "paused")]


async def test_an_integer_beyond_a_double_is_refused_with_its_field(client: httpx2.AsyncClient) -> None:
    await listener(client, "plain")
    await listener(client, "good", "payload.n > 1")
    answer = await send(client, {"list": [{"n": 1}, {"n": HUGE}]})
    assert answer.status_code == 422
    assert "payload.list[1].n" in answer.text
    assert (await send(client, {"n": 2**70})).status_code == 202


async def test_an_unverified_webhook_refuses_too_large_integers(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    webhook = {"path": "open", "verification": "none", "filter": "payload.n > 1"}
    await made(
        client, "/api/automations", automation("open", "webhook", {"kind": "agent", "slug": "scout"}, webhook=webhook)
    )
    answer = await anonymous.post("/api/webhooks/open", content=json.dumps({"n": HUGE}).encode())
    assert answer.status_code == 422
    assert "payload.n" in answer.text
    assert len((await client.get("/api/deliveries?outcome=rejected")).json()["items"]) == 1
    assert len((await anonymous.post("/api/webhooks/open", json={"n": 2})).json()["runs"]) == 1


async def test_a_costly_preview_is_refused_without_delaying_other_requests(client: httpx2.AsyncClient) -> None:
    draft = {"source": "event", "event": {"name": "e", "filter": WIDE}, "sample": {"payload": {}}}
    begun = time.perf_counter()
    preview = asyncio.create_task(client.post("/api/automations/preview", json=draft))
    answered = 0
    while not preview.done():
        assert (await client.get("/healthz")).status_code == 200
        answered += 1
        await asyncio.sleep(0.02)
    assert time.perf_counter() - begun < 12
    assert answered >= 2
    verdict = (await preview).json()["filter"]
    assert (verdict["fires"], verdict["code"]) == (None, "filter_too_costly")


async def test_trying_a_filter_needs_the_scope_operate(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    key = (await client.post("/api/keys", json={"name": "reader", "scope": "read"})).json()["key"]
    headers = {"Authorization": f"Bearer {key}"}
    draft: dict[str, Any] = {"source": "event", "event": {"name": "e", "filter": "payload.n > 1"}}
    assert (await anonymous.post("/api/automations/preview", json=draft, headers=headers)).status_code == 200
    draft["sample"] = {"payload": {"n": 2}}
    assert (await anonymous.post("/api/automations/preview", json=draft, headers=headers)).status_code == 403
    assert (await client.post("/api/automations/preview", json=draft)).json()["filter"]["fires"] is True
