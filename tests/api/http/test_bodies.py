"""Bodies that PostgreSQL or Temporal cannot take are refused by the API with the invalid field."""

import json
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from api.app import ROUTERS
from api.http.bodies import JsonRoute, read_json
from models.errors import Invalid
from models.rules.json.storable import MAX_NESTING, TOO_DEEP
from models.store.tables.deliveries import Delivery
from models.store.tables.runs import Run
from tests.api.bodies import agent, automation, deliveries, made

JSON = {"Content-Type": "application/json"}


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


BROKEN = [
    (b'{"a":', "body"),
    (b"   ", "body"),
    (b'"\xff"', "body"),
    (b'{"a": NaN}', "body"),
    (b'{"a": -Infinity}', "body"),
    (b'{"a": 1e999}', "body"),
    (b'{"a": ' + b"9" * 5000 + b"}", "body"),
    (b'{"payload": {"a": ["x", "\\u0000"]}}', "payload.a[1]"),
    (b'{"payload": {"a": "\\ud800"}}', "payload.a"),
    (b'{"payload": {"\\u0000": 1}}', "payload.\\x00"),
    (deep(MAX_NESTING + 1).encode(), "body"),
    (deep(100_000).encode(), "body"),
]


@pytest.mark.parametrize(("raw", "field"), BROKEN)
def test_an_invalid_body_is_refused_with_the_field(raw: bytes, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_json(raw)
    assert refused.value.field == field


def test_every_valid_json_value_is_read() -> None:
    assert read_json(b'\xef\xbb\xbf{"a": "\\ud834\\udd1e", "b": 1.5}').value == {"a": "𝄞", "b": 1.5}
    assert read_json(deep(MAX_NESTING).encode()).value == json.loads(deep(MAX_NESTING))


@pytest.mark.parametrize(("raw", "field"), BROKEN)
async def test_every_endpoint_refuses_the_same_values(client: httpx2.AsyncClient, raw: bytes, field: str) -> None:
    await made(client, "/api/primitives", agent())
    for path in ("/api/agents/scout/execute", "/api/triggers/event", "/api/primitives"):
        answer = await client.post(path, content=raw, headers=JSON)
        assert (answer.status_code, answer.json().get("field")) == (422, field), (path, answer.text)
    assert (await client.get("/api/deliveries")).json()["items"] == []


@pytest.mark.parametrize("raw", [raw for raw, _ in BROKEN if raw.strip()])
async def test_a_webhook_stores_unusual_bodies_that_its_sender_cannot_change(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, raw: bytes
) -> None:
    await made(client, "/api/primitives", agent())
    hook = {"path": "hook", "verification": "none"}
    await made(client, "/api/automations", automation("hook", "webhook", webhook=hook))
    answer = await anonymous.post("/api/webhooks/hook", content=raw, headers=JSON)
    (delivery,) = (await client.get("/api/deliveries")).json()["items"]
    if answer.status_code == 202:
        assert delivery["outcome"] == "fired"
    else:
        assert answer.status_code in {415, 422}, answer.text
        assert delivery["outcome"] == "rejected"


def test_every_route_uses_our_body_parser(app: FastAPI) -> None:
    routes: list[Any] = [route for router in ROUTERS for route in router.routes]
    assert routes
    assert all(isinstance(route, JsonRoute) for route in routes if isinstance(route, APIRoute))


@pytest.mark.parametrize("levels", [500, 3000])
async def test_a_stored_value_that_nests_too_deeply_does_not_break_lists(
    client: httpx2.AsyncClient, session: AsyncSession, levels: int
) -> None:
    await made(client, "/api/primitives", agent())
    fired = (await client.post("/api/agents/scout/execute", json={"payload": 1})).json()
    run_id = fired["runs"][0]["runId"]
    value = json.loads("[" * 100 + "]" * 100)
    await session.execute(update(Run).where(Run.id == run_id).values(input=_stored(levels), output=value))
    await session.execute(update(Delivery).values(payload=_stored(levels)))
    await session.commit()
    (listed,) = (await client.get("/api/runs")).json()["items"]
    assert (listed["id"], listed["preview"]) == (run_id, TOO_DEEP)
    run = (await client.get(f"/api/runs/{run_id}")).json()
    assert (run["input"], run["output"]) == (TOO_DEEP, TOO_DEEP)
    assert [one["payload"] for one in await deliveries(client)] == [TOO_DEEP]
    assert (await client.get(f"/api/runs/{run_id}")).status_code == 200
    again = await client.post(f"/api/runs/{run_id}/rerun")
    assert (again.status_code, again.json()["field"]) == (422, "payload")


def _stored(levels: int) -> Any:
    from sqlalchemy import cast, literal
    from sqlalchemy.dialects.postgresql import JSONB
    from sqlalchemy.types import Text

    return cast(cast(literal(deep(levels)), Text), JSONB)


@pytest.mark.parametrize("path", ["/api/automations", "/api/primitives"])
async def test_a_query_parameter_that_cannot_be_stored_is_refused_by_name(
    client: httpx2.AsyncClient, path: str
) -> None:
    answer = await client.get(path, params={"search": "a\x00"})
    assert (answer.status_code, answer.json()["field"]) == (422, "search")


@pytest.mark.parametrize("path", ["/api/automations/a%00", "/api/primitives/%00", "/api/runs?automation=a%00"])
async def test_an_impossible_path_is_not_found(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == (422 if "?" in path else 404), answer.text
    assert answer.json().get("field") == ("automation" if "?" in path else None)


LOSSES = [
    (b'{"n": 9007199254740993.0}', "n"),
    (b'{"n": 9007199254740993.5}', "n"),
    (b'{"n": 0.1000000000000000055}', "n"),
    (b'{"n": 1e-400}', "n"),
    (b'{"n": -0.0}', "n"),
    (b'{"n": 1e-99999999999999999999}', "n"),
    (b'{"x": [{"n": 1, "m": 2, "n": 2}]}', "x[0].n"),
    (b'{"a": 1, "a": 2, "b": 1e-400}', "a"),
]
KEPT = b"[0.1, 0.10000000000000001, 1e22, 9007199254740992.0, 5e-324, 1.5000000000000000000, 0e99999999999999999999]"


@pytest.mark.parametrize(("payload", "path"), LOSSES)
async def test_what_cannot_be_kept_is_refused_in_our_own_fields(
    client: httpx2.AsyncClient, payload: bytes, path: str
) -> None:
    await made(client, "/api/primitives", agent())
    body = b'{"payload": ' + payload + b"}"
    answer = await client.post("/api/agents/scout/execute", content=body, headers=JSON)
    assert (answer.status_code, answer.json().get("field")) == (422, f"payload.{path}"), answer.text
    assert (await client.get("/api/deliveries")).json()["items"] == []


@pytest.mark.parametrize(("payload", "path"), LOSSES)
async def test_what_cannot_be_kept_of_a_delivery_is_noted(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, payload: bytes, path: str
) -> None:
    await made(client, "/api/primitives", agent())
    hook = {"path": "hook", "verification": "none"}
    await made(client, "/api/automations", automation("hook", "webhook", webhook=hook))
    sent = await anonymous.post("/api/webhooks/hook", content=payload, headers=JSON)
    body = b'{"eventName": "order.created", "payload": ' + payload + b"}"
    event = await client.post("/api/triggers/event", content=body, headers=JSON)
    assert (sent.status_code, event.status_code) == (202, 202), event.text
    for delivery in await deliveries(client):
        assert delivery["note"].startswith(f"payload.{path}: "), delivery["note"]
        assert delivery["payload"] == json.loads(payload)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"eventName": "a", "payload": {"x": 1, "x": 2}, "eventName": "b"}', "eventName"),
        (b'{"eventName": "a", "payload": 1, "payload": 2}', "payload"),
    ],
)
async def test_a_name_that_comes_twice_outside_of_an_event_s_payload_is_refused(
    client: httpx2.AsyncClient, body: bytes, field: str
) -> None:
    answer = await client.post("/api/triggers/event", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_signal_that_names_two_steps_is_refused(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    steps = [{"key": "legal", "approval": {}}, {"key": "budget", "approval": {}}]
    pipeline = {"kind": "workflow", "slug": "gates", "name": "Gates", "spec": {"steps": steps}}
    await made(client, "/api/primitives", pipeline)
    run_id = (await client.post("/api/workflows/gates/execute", json={})).json()["runs"][0]["runId"]
    body = b'{"signal": "approve", "argument": {"step": "budget", "step": "legal"}}'
    answer = await client.post(f"/api/runs/{run_id}/signal", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["field"]) == (422, "argument.step")


async def test_a_decimal_that_its_double_prints_as_is_kept_without_a_note(client: httpx2.AsyncClient) -> None:
    assert read_json(KEPT).losses == ()
    body = b'{"eventName": "order.created", "payload": ' + KEPT + b"}"
    assert (await client.post("/api/triggers/event", content=body, headers=JSON)).status_code == 202
    (delivery,) = await deliveries(client)
    assert (delivery["note"], delivery["payload"]) == (None, json.loads(KEPT))


def test_the_first_loss_of_a_body_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        read_json(b'{"b": [1, 1e-400], "a": {"c": 1, "c": 1}}')
    assert (refused.value.field, refused.value.hint) == ("b[1]", "Write such a number as text.")
