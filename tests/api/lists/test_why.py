"""Why an automation ran or did not, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from tests.api.bodies import agent, automation, made

HOURLY = {"cronExpr": "0 * * * *", "timezone": "UTC"}


async def why(client: httpx2.AsyncClient, name: str, **params: Any) -> list[dict[str, Any]]:
    answer = await client.get(f"/api/automations/{name}/why", params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["verdicts"]
    return found


async def test_a_snoozed_schedule_says_who_snoozed_it_and_what_will_fire(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", automation("hourly", "schedule", schedule=HOURLY))
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    until = hour + timedelta(hours=3)
    await client.post("/api/automations/hourly/pause", json={"reason": "deploy", "until": until.isoformat()})
    (entry, *_) = (await client.get("/api/audit", params={"automation": "hourly"})).json()["items"]
    span = {"from": (hour + timedelta(hours=1)).isoformat(), "to": (hour + timedelta(hours=5)).isoformat()}
    found = await why(client, "hourly", **span)
    assert [one["verdict"] for one in found] == ["snoozed", "snoozed", "due", "due"]
    assert found[0]["auditId"] == entry["id"]
    assert found[0]["by"] == entry["actor"]
    assert "deploy" in found[0]["text"]


async def test_deliveries_for_a_trigger_are_explained(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    event = {"name": "order", "filter": "payload.total > 10"}
    await made(client, "/api/automations", automation("on-order", "event", event=event))
    (nothing,) = await why(client, "on-order")
    assert (nothing["verdict"], nothing["text"]) == ("no_delivery", "No event order arrived.")
    await client.post("/api/triggers/event", json={"eventName": "order", "payload": {"total": 1}})
    fired = await client.post("/api/triggers/event", json={"eventName": "order", "payload": {"total": 11}})
    (run,) = fired.json()["runs"]
    await client.post("/api/automations/on-order/pause")
    await client.post("/api/triggers/event", json={"eventName": "order", "payload": {"total": 12}})
    now = datetime.now(UTC)
    span = {"from": (now - timedelta(minutes=5)).isoformat(), "to": (now + timedelta(minutes=5)).isoformat()}
    found = await why(client, "on-order", **span)
    assert [one["verdict"] for one in found] == ["filtered", "waiting", "paused"]
    assert found[1]["runId"] == run["runId"]
    assert "payload.total > 10" in found[0]["text"]


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"to": "2026-03-02T00:00:00Z"}, "from"),
        ({"at": "2026-03-02T00:00:00Z", "from": "2026-03-02T00:00:00Z"}, "at"),
        ({"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "to"),
        ({"from": "2026-03-02T00:00:00Z", "to": "2026-06-01T00:00:00Z"}, "to"),
        ({"when": "2026-03-02T00:00:00Z"}, "when"),
    ],
)
async def test_an_invalid_span_is_refused(client: httpx2.AsyncClient, params: dict[str, str], field: str) -> None:
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", automation("hourly", "schedule", schedule=HOURLY))
    answer = await client.get("/api/automations/hourly/why", params=params)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert (await client.get("/api/automations/nobody/why")).status_code == 404
