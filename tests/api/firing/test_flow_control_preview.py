"""Trying the expressions of a draft's flow control on a sample, and the field that a save refuses."""

from typing import Any

import httpx2
import pytest

from tests.api.bodies import agent, automation, made
from tests.api.outlook.test_preview import look

CONTROL = {"concurrency": {"limit": 5, "key": "payload.customer", "perKey": 1}, "priority": "payload.urgent ? 900 : 0"}
KEY, PRIORITY = "flowControl.concurrency.key", "flowControl.priority"


async def results(client: httpx2.AsyncClient, **draft: Any) -> dict[str, tuple[str | None, str | None]]:
    found = (await look(client, {"source": "event", "flowControl": CONTROL, **draft}))["expressions"]
    return {one["field"]: (one["value"], one["error"]) for one in found}


async def test_a_sample_shows_the_keys_and_the_priority_that_its_run_would_get(client: httpx2.AsyncClient) -> None:
    sample = {"payload": {"customer": {"id": 7}, "urgent": True}}
    assert await results(client, sample=sample) == {KEY: ('{"id": 7}', None), PRIORITY: ("600", None)}


async def test_without_a_sample_expressions_are_only_checked_unless_there_is_a_default_input(
    client: httpx2.AsyncClient,
) -> None:
    assert await results(client) == {KEY: (None, None), PRIORITY: (None, None)}
    found = await results(client, payload={"customer": "acme", "urgent": False})
    assert found == {KEY: ("acme", None), PRIORITY: ("0", None)}
    assert (await look(client, {"source": "event"}))["expressions"] == []


@pytest.mark.parametrize(
    ("key", "sample", "reason"),
    [
        ("payload.(", None, "line 1"),
        ("headers.customer", None, "headers"),
        ("payload.customer", {"payload": {}}, "customer"),
        ("payload.customer", {"payload": {"customer": None}}, "null"),
        ("payload.customer", {"payload": {"customer": 10**400}}, "sample.payload.customer is beyond"),
    ],
)
async def test_an_expression_that_cannot_be_used_is_explained(
    client: httpx2.AsyncClient, key: str, sample: Any, reason: str
) -> None:
    found = await results(client, flowControl={"throttle": {"limit": None, "key": key}}, sample=sample)
    value, error = found["flowControl.throttle.key"]
    assert value is None
    assert error is not None
    assert reason in error


async def test_a_schedule_is_tried_on_its_payload_and_refused_at_the_field(client: httpx2.AsyncClient) -> None:
    schedule = {"cronExpr": "0 9 * * *", "timezone": "UTC"}
    found = await results(client, source="schedule", schedule=schedule)
    assert found[KEY][1] is not None
    await made(client, "/api/primitives", agent())
    body = automation("nightly", "schedule", schedule=schedule, flowControl=CONTROL, payload={"customer": "acme"})
    answer = await client.post("/api/automations", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, PRIORITY)
