"""Responses of the API while PostgreSQL or Temporal is down."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from api.app import create_app
from runtime.settings import Settings
from tests.api.bodies import agent, automation, made, nightly
from tests.api.conftest import ADMIN_KEY


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def client_of(app: FastAPI) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app, raise_app_exceptions=False),
        base_url="http://podium.test",
        headers={"X-API-Key": ADMIN_KEY},
    )


@pytest.fixture
async def without_temporal(api_settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app(api_settings.model_copy(update={"temporal_port": free_port()}))
    async with app.router.lifespan_context(app), client_of(app) as client:
        yield client


async def test_runs_accepted_while_temporal_is_down_stay_queued(without_temporal: httpx2.AsyncClient) -> None:
    client = without_temporal
    await made(client, "/api/primitives", agent())
    for number in range(20):
        event = automation(f"on-{number}", "event", event={"name": "x"})
        await made(client, "/api/automations", event)
    began = time.monotonic()
    answer = await client.post("/api/triggers/event", json={"eventName": "x"})
    assert (answer.status_code, len(answer.json()["runs"])) == (202, 20)
    assert time.monotonic() - began < 6
    began = time.monotonic()
    second = await client.post("/api/triggers/event", json={"eventName": "x"})
    assert time.monotonic() - began < 1, "nobody waits again for a Temporal that was just away"
    run = (await client.get(f"/api/runs/{second.json()['runs'][0]['runId']}")).json()
    assert run["status"] == "queued"
    cancelled = await client.post(f"/api/runs/{run['id']}/cancel", json={"reason": "no need"})
    assert cancelled.status_code == 202
    assert (cancelled.json()["status"], cancelled.json()["reason"]) == ("cancelled", "no need")
    assert (await client.post(f"/api/runs/{run['id']}/cancel")).json()["code"] == "already_finished"


async def test_a_schedule_can_be_saved_while_temporal_is_down(without_temporal: httpx2.AsyncClient) -> None:
    await made(without_temporal, "/api/primitives", agent())
    body = await made(without_temporal, "/api/automations", nightly())
    assert body["syncedRevision"] < body["revision"]
    ready = await without_temporal.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["checks"]["database"] == "ok"
    assert ready.json()["checks"]["temporal"] != "ok"
    assert (await without_temporal.get("/healthz")).status_code == 200


async def test_control_says_that_temporal_is_away(without_temporal: httpx2.AsyncClient) -> None:
    found = (await without_temporal.get("/api/live/control")).json()
    assert (found["verdict"], found["reasons"][0]["code"]) == ("unhealthy", "temporal_away")
    assert found["sentence"].startswith("Nothing starts: Temporal does not answer (")
    assert found["engine"]["queues"] == []


async def test_without_postgres_the_api_answers_503_with_retry_after(tmp_path, temporal_port: int) -> None:  # type: ignore[no-untyped-def]
    settings = Settings(
        home=tmp_path,
        database_url=f"postgresql://nobody@127.0.0.1:{free_port()}/none",
        temporal_port=temporal_port,
        admin_key=SecretStr(ADMIN_KEY),
        trusted_hosts=("podium.test",),
    )
    app = create_app(settings)
    async with app.router.lifespan_context(app), client_of(app) as client:
        for request in (client.get("/api/automations"), client.post("/api/webhooks/x", json={})):
            answer = await request
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            assert answer.headers["retry-after"] == "2"
        assert (await client.get("/readyz")).json()["checks"]["database"] != "ok"
        assert (await client.get("/metrics")).status_code == 200


async def test_dropped_database_connections_are_replaced(client: httpx2.AsyncClient, api_settings: Settings) -> None:
    import psycopg

    assert (await client.get("/api/automations")).status_code == 200
    url = (api_settings.database_url or "").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await asyncio.sleep(0.1)
    assert (await client.get("/api/automations")).status_code == 200
