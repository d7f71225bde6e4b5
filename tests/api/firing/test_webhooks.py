"""Webhooks: verification, stored deliveries, and repeated deliveries."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.store.tables.deliveries import Delivery
from models.store.tables.governance import RejectedDelivery
from models.store.tables.runs import Run
from tests.api import signing
from tests.api.bodies import agent, automation, deliveries, made

SECRET = "a shared secret"
WHSEC = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture(autouse=True)
async def scout(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())


async def listen(client: httpx2.AsyncClient, path: str = "hook", **webhook: Any) -> None:
    config = {"path": path, "secret": SECRET, **webhook}
    await made(client, "/api/automations", automation(path, "webhook", webhook=config))


async def count(session: AsyncSession, table: type[Any]) -> int:
    return await session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("event", ["push", "pull_request", "issues", "release"])
async def test_recorded_github_payloads_fire(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, session: AsyncSession, event: str
) -> None:
    await listen(client, verification="github")
    body = signing.github_payload(event)
    answer = await anonymous.post("/api/webhooks/hook", content=body, headers=signing.github(body, SECRET, event, "d1"))
    assert answer.status_code == 202, answer.text
    run = answer.json()["runs"][0]
    assert (run["kind"], run["status"]) == ("agent", "queued")
    assert run["temporalWorkflowId"] == f"run:{run['runId']}"
    delivery = await session.get_one(Delivery, answer.json()["deliveryId"])
    assert delivery.body == body
    assert delivery.payload == json.loads(body)
    assert delivery.headers["x-github-event"] == event
    assert "x-hub-signature-256" not in delivery.headers
    assert delivery.outcome == "fired"
    row = await session.get_one(Run, run["runId"])
    assert row.input == json.loads(body)
    assert row.simulated is True


@pytest.mark.parametrize(
    ("webhook", "sign"),
    [
        ({"verification": "github"}, lambda body: signing.github(body, "wrong", "push", "d")),
        ({"verification": "github"}, lambda _: signing.JSON),
        ({"verification": "standard"}, lambda body: signing.standard(body, "wrong")),
        ({"verification": "standard"}, lambda body: signing.standard(body, SECRET, age_seconds=301)),
        ({"verification": "standard"}, lambda body: signing.standard(body, SECRET, age_seconds=-330)),
        ({"verification": "standard"}, lambda _: {**signing.JSON, "webhook-signature": "junk", "webhook-id": "1"}),
        ({"verification": "slack"}, lambda body: signing.slack(body, SECRET, age_seconds=400)),
        ({"verification": "header"}, lambda _: {**signing.JSON, "X-Podium-Secret": "wrong"}),
        ({"verification": "header"}, lambda _: signing.JSON),
        ({"verification": "slack"}, lambda _: {**signing.JSON, "X-Slack-Request-Timestamp": "1" * 5000}),
        *(
            (
                {"verification": "standard"},
                lambda _, at=at: {
                    **signing.JSON,
                    "webhook-timestamp": at,
                    "webhook-signature": "v1,x",
                    "webhook-id": "1",
                },
            )
            for at in ("1" * 5000, "9" * 20, "inf", "nan", "1e400", "-1")
        ),
    ],
)
async def test_an_unverified_delivery_is_only_counted(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, session: AsyncSession, webhook: Any, sign: Any
) -> None:
    await listen(client, **webhook)
    body = b'{"a": 1}'
    answer = await anonymous.post("/api/webhooks/hook", content=body, headers=sign(body))
    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert await count(session, Delivery) == 0
    assert await count(session, Run) == 0
    assert (await session.get_one(RejectedDelivery, "webhook:hook")).count == 1


@pytest.mark.parametrize(
    ("webhook", "sign"),
    [
        ({"verification": "standard", "secret": WHSEC}, lambda body: signing.standard(body, WHSEC)),
        ({"verification": "standard"}, lambda body: signing.standard(body, SECRET)),
        (
            {"verification": "github", "secret": "the new", "previousSecret": "the old"},
            lambda b: signing.github(b, "the old", "x", "d"),
        ),
        (
            {"verification": "github", "secret": "the new", "previousSecret": "the old"},
            lambda b: signing.github(b, "the new", "x", "d"),
        ),
        ({"verification": "slack"}, lambda body: signing.slack(body, SECRET)),
        ({"verification": "header", "header": "X-Token"}, lambda _: {**signing.JSON, "x-token": SECRET}),
        ({"verification": "none", "secret": None}, lambda _: signing.JSON),
    ],
)
async def test_every_verification_method_accepts_the_right_sender(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, webhook: Any, sign: Any
) -> None:
    await listen(client, **webhook)
    body = '{"text": "grüße"}'.encode()
    answer = await anonymous.post("/api/webhooks/hook", content=body, headers=sign(body))
    assert answer.status_code == 202, answer.text


async def test_a_changed_byte_does_not_verify(client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient) -> None:
    await listen(client, verification="github")
    body = b'{"a":1}'
    headers = signing.github(body, SECRET, "push", "d")
    assert (await anonymous.post("/api/webhooks/hook", content=b'{"a": 1}', headers=headers)).status_code == 401


async def test_a_repeated_delivery_is_stored_once(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, session: AsyncSession
) -> None:
    await listen(client, verification="github")
    body = signing.github_payload("push")
    headers = signing.github(body, SECRET, "push", "72d3162e-cc78-11e3-81ab-4c9367dc0958")

    async def send() -> httpx2.Response:
        return await anonymous.post("/api/webhooks/hook", content=body, headers=headers)

    answers = [answer.json() for answer in await asyncio.gather(*(send() for _ in range(8)))]
    assert len({answer["deliveryId"] for answer in answers}) == 1
    assert sum(answer["duplicate"] for answer in answers) == 7
    assert len({json.dumps(answer["runs"]) for answer in answers}) == 1
    assert await count(session, Delivery) == 1
    assert await count(session, Run) == 1


async def test_a_filter_that_does_not_match_stores_the_delivery_and_fires_nothing(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    condition = "headers['x-github-event'] == 'push' && payload.ref == 'refs/heads/main'"
    await listen(client, verification="github", filter=condition)
    for ref, event, fired in (("main", "push", 1), ("other", "push", 0), ("main", "create", 0)):
        body = json.dumps({"ref": f"refs/heads/{ref}", "for": event}).encode()
        headers = signing.github(body, SECRET, event, f"{ref}-{event}")
        answer = await anonymous.post("/api/webhooks/hook", content=body, headers=headers)
        assert (answer.status_code, len(answer.json()["runs"])) == (202, fired)
    outcomes = [item["outcome"] for item in (await client.get("/api/deliveries")).json()["items"]]
    assert outcomes == ["filtered", "filtered", "fired"]


async def test_a_paused_webhook_records_a_skipped_run_that_can_be_replayed(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    await listen(client, verification="none", secret=None)
    await client.post("/api/automations/hook/pause")
    answer = await anonymous.post("/api/webhooks/hook", json={"a": 1})
    assert answer.status_code == 202
    run = answer.json()["runs"][0]
    assert (run["status"], run["reason"], run["temporalWorkflowId"]) == ("skipped", "paused", None)
    assert (await client.get("/api/automations/hook")).json()["stats"]["skippedRuns"] == 1
    await client.post("/api/automations/hook/resume")
    replayed = await client.post(f"/api/deliveries/{answer.json()['deliveryId']}/replay")
    assert replayed.status_code == 202
    assert replayed.json()["runs"][0]["status"] == "queued"
    newest = (await deliveries(client, automation="hook"))[0]
    assert newest["replayOf"] == answer.json()["deliveryId"]
    assert newest["payload"] == {"a": 1}


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"a": NaN}', b"[" * 20_000, b"1e400"])
async def test_a_body_that_is_not_json_is_refused_and_recorded(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, session: AsyncSession, body: bytes
) -> None:
    await listen(client, verification="none", secret=None)
    answer = await anonymous.post("/api/webhooks/hook", content=body, headers=signing.JSON)
    assert (answer.status_code, answer.json()["field"]) == (422, "body"), answer.text
    assert await count(session, Run) == 0
    assert (await session.scalars(select(Delivery.outcome))).all() == ["rejected"]


async def test_the_json_in_a_form_of_github_is_read(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, session: AsyncSession
) -> None:
    await listen(client, verification="none", secret=None)
    answer = await anonymous.post(
        "/api/webhooks/hook", data={"payload": '{"zen": "Keep it simple."}'}, headers={"X-GitHub-Event": "push"}
    )
    assert answer.status_code == 202, answer.text
    assert (await session.get_one(Delivery, answer.json()["deliveryId"])).payload == {"zen": "Keep it simple."}


async def test_a_payload_over_the_limit_is_refused_however_it_is_sent(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, session: AsyncSession
) -> None:
    await listen(client, verification="none", secret=None)
    large = b'"' + b"x" * 1024 * 1024 + b'"'

    async def chunks() -> Any:
        for start in range(0, len(large), 65536):
            yield large[start : start + 65536]

    for content in (large, chunks()):
        answer = await anonymous.post("/api/webhooks/hook", content=content, headers=signing.JSON)
        assert (answer.status_code, answer.json()["code"]) == (422, "payload_too_large")
        assert answer.json()["field"] == "body"
    assert await count(session, Delivery) == 0


async def test_an_unknown_path_is_not_found(anonymous: httpx2.AsyncClient) -> None:
    answer = await anonymous.post("/api/webhooks/nobody", json={})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
