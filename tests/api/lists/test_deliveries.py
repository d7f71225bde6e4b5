"""Deliveries as the API lists and shows them: what arrived, whom it matched, what it started, and why not."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from api.http.metrics import DEAD_LETTERS
from models.states import RunStatus
from models.store.runs.closing import finish
from models.store.runs.locks import lock_run
from runtime.database import Sessions, transaction
from tests.api import signing
from tests.api.bodies import Body, agent, automation, made

SLACK_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


async def listener(client: httpx2.AsyncClient, slug: str, **event: str) -> Body:
    return await made(client, "/api/automations", automation(slug, "event", event={"name": "order.created", **event}))


async def send(client: httpx2.AsyncClient, payload: Any, name: str = "order.created") -> Body:
    answer = await client.post("/api/triggers/event", json={"eventName": name, "payload": payload})
    assert answer.status_code == 202, answer.text
    found: Body = answer.json()
    return found


async def listed(client: httpx2.AsyncClient, **filters: Any) -> list[Body]:
    answer = await client.get("/api/deliveries", params=filters)
    assert answer.status_code == 200, answer.text
    items: list[Body] = answer.json()["items"]
    return items


async def end(sessions: Sessions, run_id: str, status: RunStatus) -> None:
    async with transaction(sessions) as session:
        await finish(session, await lock_run(session, run_id), status, at=datetime.now(UTC))  # type: ignore[arg-type]


async def test_a_list_says_what_became_of_a_delivery_without_what_was_sent(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    matched = await listener(client, "all")
    await listener(client, "large", filter="payload.total > 10")
    await listener(client, "broken", filter="payload.nope > 10")
    await listener(client, "idle")
    await client.post("/api/automations/idle/pause")
    sent = await send(client, {"total": 7})
    (row,) = await listed(client)
    assert not {"payload", "headers", "body"} & row.keys()
    assert (row["outcome"], row["deadReason"], row["runCount"]) == ("fired", None, 2)
    assert row["matches"] == {"matched": 1, "filtered": 1, "filter_error": 1, "paused": 1}
    shown = (await client.get(f"/api/deliveries/{sent['deliveryId']}")).json()
    assert (shown["payload"], json.loads(shown["body"])["payload"]) == ({"total": 7}, {"total": 7})
    found = {one["automation"]["slug"]: one for one in shown["listeners"]}
    assert {slug: one["outcome"] for slug, one in found.items()} == {
        "all": "matched",
        "large": "filtered",
        "broken": "filter_error",
        "idle": "paused",
    }
    assert "nope" in found["broken"]["reason"]
    assert (found["all"]["run"]["status"], found["all"]["run"]["automation"]["id"]) == ("queued", matched["id"])
    assert (found["idle"]["run"]["status"], found["idle"]["run"]["reason"]) == ("skipped", "paused")
    assert found["large"]["run"] is None


async def test_dead_letters_are_listed_with_their_reason_and_counted(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    await made(client, "/api/primitives", agent())
    await listener(client, "all")
    lost, done, open_ = [await send(client, n) for n in range(3)]
    await end(sessions, lost["runs"][0]["runId"], RunStatus.FAILED)
    await end(sessions, done["runs"][0]["runId"], RunStatus.COMPLETED)
    (row,) = await listed(client, dead=True)
    assert (row["id"], row["deadReason"], row["runs"][0]["status"]) == (lost["deliveryId"], "failed", "failed")
    assert [one["id"] for one in await listed(client, dead=False)] == [open_["deliveryId"], done["deliveryId"]]
    assert await listed(client, deadReason="paused") == []
    counted = (await client.get("/api/deliveries/facets")).json()
    assert counted["deadReason"] == [{"value": "failed", "count": 1, "atLeast": False}]
    assert counted["endpoint"] == [{"value": "event:order.created", "count": 3, "atLeast": False}]
    assert (await client.get("/metrics")).status_code == 200
    assert DEAD_LETTERS.labels("failed")._value.get() == 1
    replay = (await client.post(f"/api/deliveries/{lost['deliveryId']}/replay")).json()
    assert await listed(client, dead=True) == []
    (row,) = await listed(client, replayOf=lost["deliveryId"])
    assert row["id"] == replay["deliveryId"]
    shown = (await client.get(f"/api/deliveries/{lost['deliveryId']}")).json()
    assert [one["id"] for one in shown["replays"]] == [replay["deliveryId"]]


async def test_what_is_refused_for_its_signature_is_counted_by_endpoint(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    assert (await client.get("/api/deliveries/refused")).json() == {"items": []}
    await made(client, "/api/primitives", agent())
    hook = {"path": "hook", "verification": "github", "secret": "a-secret-of-github"}
    await made(client, "/api/automations", automation("hook", "webhook", webhook=hook))
    for _ in range(2):
        assert (await anonymous.post("/api/webhooks/hook", json={})).status_code == 401
    (found,) = (await client.get("/api/deliveries/refused")).json()["items"]
    assert (found["endpoint"], found["count"]) == ("webhook:hook", 2)
    assert datetime.fromisoformat(found["lastAt"]) > datetime.now(UTC) - timedelta(minutes=1)
    assert await listed(client) == []


async def test_the_body_of_a_slack_message_is_not_shown_because_it_holds_a_token(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    await made(client, "/api/primitives", agent())
    slack = {"events": ["app_mention"], "secret": SLACK_SECRET}
    await made(client, "/api/automations", automation("mentions", "slack", slack=slack))
    hook = {"path": "hook", "verification": "slack", "secret": SLACK_SECRET}
    await made(client, "/api/automations", automation("hook", "webhook", webhook=hook))
    message = {"token": "verification-token", "event_id": "Ev1", "event": {"type": "app_mention", "channel": "C1"}}
    body = json.dumps(message).encode()
    for path in ("/api/triggers/slack", "/api/webhooks/hook"):
        answer = await anonymous.post(path, content=body, headers=signing.slack(body, SLACK_SECRET))
        assert answer.status_code == 202, answer.text
        shown = (await client.get(f"/api/deliveries/{answer.json()['deliveryId']}")).json()
        assert shown["body"] is None
        assert shown["payload"]["event_id"] == "Ev1"


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"outcome": "lost"}, "outcome"),
        ({"deadReason": "unlucky"}, "deadReason"),
        ({"match": "matched"}, "match"),
        ({"from": "2026-03-02T12:00:00Z", "to": "2026-03-01T12:00:00Z"}, "from"),
        ({"stat": "failed"}, "stat"),
        ({"cursor": "abc"}, "cursor"),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(
    client: httpx2.AsyncClient, filters: dict[str, str], field: str
) -> None:
    for path in ("/api/deliveries", "/api/deliveries/facets"):
        if field == "cursor" and path.endswith("facets"):
            continue
        answer = await client.get(path, params=filters)
        assert (answer.status_code, field in answer.text) == (422, True), answer.text
    assert (await client.get("/api/deliveries?automation=nobody")).status_code == 404
