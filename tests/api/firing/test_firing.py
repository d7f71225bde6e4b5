"""Events, Slack, manual fires and direct runs; every source fires every kind."""

import json
import time
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from models.kinds import KINDS, Kind
from runtime.security.keyring import Keyring
from runtime.settings import Settings
from tests.api import signing
from tests.api.bodies import SPECS, automation, everything, made

APP_SECRET = "the signing secret of the server"
KINDS_AND_SLUGS = [("agent", "scout"), *((kind, "it") for kind in SPECS)]


@pytest.fixture
def api_settings(api_settings: Settings) -> Settings:
    return api_settings.model_copy(update={"slack_signing_secrets": (SecretStr(APP_SECRET),)})


@pytest.fixture(autouse=True)
async def platform(client: httpx2.AsyncClient) -> None:
    await everything(client)


async def on_event(client: httpx2.AsyncClient, slug: str, kind: str, target: str, **event: Any) -> None:
    body = automation(slug, "event", {"kind": kind, "slug": target}, event={"name": "order.created", **event})
    await made(client, "/api/automations", body)


async def test_one_event_fires_every_kind(client: httpx2.AsyncClient) -> None:
    for kind, slug in KINDS_AND_SLUGS:
        await on_event(client, f"on-{kind}", kind, slug)
    await on_event(client, "picky", "agent", "scout", filter="payload.total > 10")
    event = {"eventName": "order.created", "payload": {"total": 7}, "idempotencyKey": "order-1"}
    first = (await client.post("/api/triggers/event", json=event)).json()
    assert sorted(run["kind"] for run in first["runs"]) == sorted(KINDS)
    again = (await client.post("/api/triggers/event", json=event)).json()
    assert again["duplicate"] is True
    assert again["deliveryId"] == first["deliveryId"]
    assert sorted(run["runId"] for run in again["runs"]) == sorted(run["runId"] for run in first["runs"])
    rich = (
        await client.post("/api/triggers/event", json={"eventName": "order.created", "payload": {"total": 11}})
    ).json()
    assert len(rich["runs"]) == 6
    listed = (await client.get(f"/api/runs?delivery={rich['deliveryId']}")).json()
    assert len(listed["items"]) == 6


async def test_an_event_without_listeners_is_stored_as_unmatched(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/triggers/event", json={"eventName": "nobody.cares"})
    assert (answer.status_code, answer.json()["runs"]) == (202, [])
    assert (await client.get("/api/deliveries?outcome=unmatched")).json()["items"][0][
        "endpoint"
    ] == "event:nobody.cares"


@pytest.mark.parametrize("kind", list(Kind))
async def test_every_kind_is_executed_directly(client: httpx2.AsyncClient, kind: Kind) -> None:
    slug = "scout" if kind is Kind.AGENT else "it"
    path = f"/api/{KINDS[kind].plural}/{slug}/execute"
    answer = await client.post(path, json={"payload": {"x": 1}}, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 202, answer.text
    run = (await client.get(f"/api/runs/{answer.json()['runs'][0]['runId']}")).json()
    assert (run["kind"], run["input"], run["automation"], run["rootRunId"]) == (kind.value, {"x": 1}, None, run["id"])
    assert (await client.post(path, headers={"Idempotency-Key": "k"})).json()["duplicate"] is True


async def test_unknown_automations_and_primitives_are_not_found(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/api/agents/nobody/execute")).status_code == 404
    assert (await client.post("/api/robots/scout/execute")).status_code == 404
    assert (await client.post("/api/automations/nobody/fire")).status_code == 404


async def test_a_manual_fire_of_a_paused_automation_needs_force(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/automations", automation("by-hand", "manual", payload={"default": True}))
    fired = (await client.post("/api/automations/by-hand/fire")).json()
    run = (await client.get(f"/api/runs/{fired['runs'][0]['runId']}")).json()
    assert run["input"] == {"default": True}
    assert run["automation"]["slug"] == "by-hand"
    await client.post("/api/automations/by-hand/pause")
    refused = await client.post("/api/automations/by-hand/fire", json={"payload": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "automation_paused")
    forced = await client.post("/api/automations/by-hand/fire", json={"payload": 1, "force": True})
    assert (forced.status_code, forced.json()["runs"][0]["status"]) == (202, "queued")
    await client.delete("/api/automations/by-hand")
    assert (await client.post("/api/automations/by-hand/fire", json={"force": True})).status_code == 409


async def test_a_run_shows_its_origin_and_who_started_it(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    me = (await client.get("/api/session")).json()["name"]
    await made(
        client, "/api/automations", automation("hooked", "webhook", webhook={"path": "orders", "verification": "none"})
    )
    await on_event(client, "on-order", "agent", "scout")

    async def origin(answer: httpx2.Response) -> tuple[Any, ...]:
        run = (await client.get(f"/api/runs/{answer.json()['runs'][0]['runId']}")).json()
        shown = run["origin"]
        return shown["source"], shown["endpoint"].split(":")[0], shown["sentBy"], shown["replayOf"]

    hooked = await anonymous.post("/api/webhooks/orders", json={})
    assert await origin(hooked) == ("webhook", "webhook", None, None)
    delivery = hooked.json()["deliveryId"]
    assert await origin(await client.post(f"/api/deliveries/{delivery}/replay")) == ("webhook", "webhook", me, delivery)
    event = await client.post("/api/triggers/event", json={"eventName": "order.created"})
    assert await origin(event) == ("event", "event", me, None)
    by_hand = await client.post("/api/automations/on-order/fire")
    assert await origin(by_hand) == ("manual", "automation", me, None)
    assert await origin(await client.post("/api/agents/scout/execute")) == ("manual", "primitive", me, None)
    again = await client.post(f"/api/runs/{by_hand.json()['runs'][0]['runId']}/rerun")
    assert await origin(again) == ("manual", "run", me, None)
    many = {"action": "fire", "automations": ["on-order"]}
    assert await origin(await client.post("/api/automations/bulk", json=many)) == ("manual", "automation", me, None)


async def test_the_slack_url_challenge_is_answered(anonymous: httpx2.AsyncClient) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "t"}).encode()
    answer = await anonymous.post("/api/triggers/slack", content=body, headers=signing.slack(body, APP_SECRET))
    assert (answer.status_code, answer.json()) == (200, {"challenge": "abc"})
    assert (
        await anonymous.post("/api/triggers/slack", content=body, headers=signing.slack(body, "x"))
    ).status_code == 401
    late = signing.slack(body, APP_SECRET, age_seconds=301)
    assert (await anonymous.post("/api/triggers/slack", content=body, headers=late)).status_code == 401


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"ssl_check=1&token=t", "application/x-www-form-urlencoded"),
        (
            b'{"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1, "api_app_id": "A1"}',
            "application/json",
        ),
    ],
)
async def test_slack_notices_are_acknowledged_and_fire_nothing(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, body: bytes, content_type: str
) -> None:
    headers = {**signing.slack(body, APP_SECRET), "Content-Type": content_type}
    answer = await anonymous.post("/api/triggers/slack", content=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert (await client.get("/api/deliveries")).json()["items"] == []
    forged = {**signing.slack(body, "x"), "Content-Type": content_type}
    assert (await anonymous.post("/api/triggers/slack", content=body, headers=forged)).status_code == 401


async def test_a_slack_event_fires_once_for_its_channel_and_app(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    for slug, slack in {
        "everywhere": {"events": ["app_mention"]},
        "here": {"events": ["app_mention"], "channel": "C1"},
        "elsewhere": {"events": ["app_mention"], "channel": "C2"},
        "other-event": {"events": ["reaction_added"]},
        "other-app": {"events": ["app_mention"], "secret": "of another app"},
    }.items():
        await made(client, "/api/automations", automation(slug, "slack", slack=slack))
    event = {"type": "app_mention", "channel": "C1", "text": "hi"}
    body = json.dumps({"type": "event_callback", "event_id": "Ev1", "token": "t", "event": event}).encode()
    began = time.monotonic()
    headers = {**signing.slack(body, APP_SECRET), "X-Slack-Retry-Num": "1"}
    first = await anonymous.post("/api/triggers/slack", content=body, headers=headers)
    assert time.monotonic() - began < 3
    names = {
        (await client.get(f"/api/automations/{run['automationId']}")).json()["slug"] for run in first.json()["runs"]
    }
    assert names == {"everywhere", "here"}
    again = await anonymous.post("/api/triggers/slack", content=body, headers=headers)
    assert again.json()["duplicate"] is True
    own = await anonymous.post("/api/triggers/slack", content=body, headers=signing.slack(body, "of another app"))
    assert own.status_code == 202


async def test_a_sender_is_asked_to_retry_while_a_signing_secret_cannot_be_read(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, app: FastAPI
) -> None:
    """A message that a secret may have signed is refused with 503, not as forged: Slack sends it again."""
    slack = {"events": ["app_mention"], "secret": "of another app"}
    await made(client, "/api/automations", automation("other-app", "slack", slack=slack))
    event = {"type": "app_mention", "channel": "C1", "text": "hi"}
    body = json.dumps({"type": "event_callback", "event_id": "Ev2", "event": event}).encode()
    headers = signing.slack(body, "of another app")
    state = app.state.podium
    without = Keyring("another key of another installation", purpose="podium secrets at rest")
    app.state.podium = replace(state, keyring=without)
    refused = await anonymous.post("/api/triggers/slack", content=body, headers=headers)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    app.state.podium = state
    assert (await anonymous.post("/api/triggers/slack", content=body, headers=headers)).status_code == 202


async def test_a_slash_command_is_answered_with_text(client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient) -> None:
    await made(client, "/api/automations", automation("digest", "slack", slack={"command": "/digest"}))
    form = {"command": "/digest", "text": "now", "channel_id": "C1", "token": "secret-token", "trigger_id": "13.7"}
    body = urlencode(form).encode()
    headers = {**signing.slack(body, APP_SECRET), "Content-Type": "application/x-www-form-urlencoded"}
    answer = await anonymous.post("/api/triggers/slack", content=body, headers=headers)
    assert (answer.status_code, answer.json()["response_type"]) == (200, "ephemeral")
    assert answer.json()["text"].startswith("Started Digest")
    repeated = await anonymous.post("/api/triggers/slack", content=body, headers=headers)
    assert "already" in repeated.json()["text"]
    delivery = (await client.get("/api/deliveries?source=slack")).json()["items"][0]
    assert "secret-token" not in json.dumps(delivery)
    replayed = await client.post(f"/api/deliveries/{delivery['id']}/replay")
    assert len(replayed.json()["runs"]) == 1
