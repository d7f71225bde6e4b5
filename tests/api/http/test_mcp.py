"""`/mcp` with the client of the protocol's own library: the tools do what the key may, and nothing else."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.api.bodies import Body, agent, automation, made, nightly
from tests.api.conftest import ADMIN_KEY

READING = {
    *("control", "list_budgets", "list_changes", "list_automations", "get_automation", "why", "get_queue"),
    *("list_runs", "get_run", "get_run_steps", "get_run_value", "list_errors", "get_error"),
    *("preview_schedule", "what_if"),
}
OPERATING = {"fire", "pause", "resume", "decide_approval", "cancel_run", "rerun", "decide_error"}


@asynccontextmanager
async def assistant(app: FastAPI, key: str = ADMIN_KEY) -> AsyncIterator[Client]:
    transport = httpx2.ASGITransport(app=app)
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(transport=transport, base_url="http://podium.test", headers=headers) as http,
        Client(streamable_http_client("http://podium.test/mcp", http_client=http)) as client,
    ):
        yield client


async def used(client: Client, tool: str, **arguments: Any) -> Any:
    """Use a tool and return what it answers."""
    result = await client.call_tool(tool, arguments)
    text = result.content[0].text  # type: ignore[union-attr]
    assert not result.is_error, text
    return json.loads(text)


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    text: str = result.content[0].text  # type: ignore[union-attr]
    return text


@pytest.fixture(autouse=True)
async def platform(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", nightly())
    await made(client, "/api/automations", automation("on-order", "event", event={"name": "order"}))


async def test_every_tool_is_described_and_says_whether_it_changes_anything(app: FastAPI) -> None:
    async with assistant(app) as client:
        tools = (await client.list_tools()).tools
    assert {one.name for one in tools} == READING | OPERATING
    for one in tools:
        assert one.description, one.name
        assert one.annotations
        assert one.annotations.read_only_hint is (one.name in READING), one.name
        assert one.annotations.destructive_hint is (None if one.name in READING else one.name == "cancel_run")
        assert "context" not in one.input_schema.get("properties", {})


async def test_an_assistant_looks_around(app: FastAPI) -> None:
    async with assistant(app) as client:
        assert (await used(client, "control"))["sentence"]
        found = await used(client, "list_automations", search="nightly")
        assert [one["slug"] for one in found["automations"]] == ["nightly"]
        assert (await used(client, "get_automation", automation="on-order"))["event"]["name"] == "order"
        assert (await used(client, "why", automation="nightly"))["verdicts"] is not None
        preview = await used(client, "preview_schedule", cron="30 2 * * *", timezone="Europe/Berlin")
        assert "30" in json.dumps(preview)
        assert (await used(client, "what_if", pause=["nightly"]))["before"] is not None
        for tool in ("list_budgets", "list_changes", "list_runs", "list_errors"):
            await used(client, tool)
        assert (await used(client, "get_queue", automation="on-order"))["waiting"] == 0


async def test_an_assistant_operates_and_the_audit_names_its_key(app: FastAPI, client: httpx2.AsyncClient) -> None:
    key = await made(client, "/api/keys", {"name": "assistant", "scope": "operate"})
    async with assistant(app, key["key"]) as user:
        await used(user, "pause", automation="on-order", reason="too loud")
        first = await used(user, "fire", automation="nightly", idempotency_key="once", payload={"n": 1})
        again = await used(user, "fire", automation="nightly", idempotency_key="once", payload={"n": 1})
        (run,) = first["runs"]
        assert [one["runId"] for one in again["runs"]] == [run["runId"]]
        assert (await used(user, "get_run", run=run["runId"]))["id"] == run["runId"]
        assert await used(user, "get_run_value", run=run["runId"], which="input") is not None
        await used(user, "cancel_run", run=run["runId"], reason="a mistake")
        await used(user, "resume", automation="on-order")
    entries = (await client.get("/api/audit", params={"actor": "assistant"})).json()["items"]
    assert {one["action"] for one in entries} >= {"automation.paused", "automation.resumed", "run.cancel"}
    (paused,) = (one for one in entries if one["action"] == "automation.paused")
    assert paused["reason"] == "too loud"


async def test_a_refusal_is_an_answer_that_an_assistant_can_read(app: FastAPI, client: httpx2.AsyncClient) -> None:
    key = await made(client, "/api/keys", {"name": "reader", "scope": "read"})
    async with assistant(app, key["key"]) as user:
        assert (await used(user, "list_automations"))["automations"]
        told = await refused(user, "pause", automation="nightly", reason="no")
        assert "forbidden: this needs scope operate, and the key 'reader' has read" in told
        assert "nobody" in await refused(user, "get_automation", automation="nobody")
        assert "bad_cron" in await refused(user, "preview_schedule", cron="not a cron")
        await refused(user, "list_runs", limit=1000)
    detail: Body = (await client.get("/api/automations/nightly")).json()
    assert detail["isActive"]


async def test_without_a_valid_key_there_is_no_server(
    anonymous: httpx2.AsyncClient, client: httpx2.AsyncClient
) -> None:
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    accept = {"Accept": "application/json, text/event-stream"}
    missing = await anonymous.post("/mcp", json=ping, headers=accept)
    wrong = await anonymous.post("/mcp", json=ping, headers={**accept, "Authorization": "Bearer podium_wrong"})
    assert (missing.status_code, wrong.status_code) == (401, 401)
    assert missing.json()["code"] == wrong.json()["code"] == "unauthenticated"
    elsewhere = await client.post("/mcp", json=ping, headers={**accept, "Host": "evil.example.com"})
    assert elsewhere.status_code == 421 or elsewhere.json()["code"] == "untrusted_host"
    # The session of a browser would come along with requests of any page.
    signed_in = await anonymous.post("/api/session", json={"key": ADMIN_KEY})
    assert signed_in.is_success
    assert (await anonymous.post("/mcp", json=ping, headers=accept)).status_code == 401
    malformed = await client.post("/mcp", content=b"{", headers={**accept, "Content-Type": "application/json"})
    assert malformed.status_code == 400
