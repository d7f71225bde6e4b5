"""The check of health policies in the seed, on a real stack: 60 %, failures, auto-disable, and back by a probe."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
from standardwebhooks.webhooks import Webhook

from runtime.database import EMBEDDED_DATABASE
from runtime.processes.embedded.postgres import EmbeddedPostgres, kept_postgres
from runtime.settings import Settings
from runtime.temporal.connection import connect
from tests.support.eventually import assert_eventually
from tests.support.http_server import LocalServer, Reply, Request, serve
from tests.support.real_stack import RealStack
from tests.support.servers import libpq_url

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PROBE_IS_DUE = "UPDATE automations SET health_probe_at = now() - interval '3 minutes' WHERE slug = 'nightly'"


@pytest.fixture
async def receiver() -> AsyncIterator[LocalServer]:
    async def answer(_: Request) -> Reply:
        return Reply(200)

    async with serve(answer) as server:
        yield server


@pytest.fixture
async def stack(receiver: LocalServer, tmp_path: Path) -> AsyncIterator[RealStack]:
    channel = {"PODIUM_NOTICE_URLS": f"{receiver.url}/hook", "PODIUM_NOTICE_SECRET": SECRET}
    stack = await asyncio.to_thread(RealStack, tmp_path / "home", **channel)
    yield stack
    await asyncio.to_thread(stack.stop)


async def test_a_policy_of_sixty_percent_disables_and_a_probe_enables_again(
    stack: RealStack, receiver: LocalServer
) -> None:
    async with stack.client() as api:
        await declare(api)
        for _ in range(5):
            await fire(api)
        disabled = await assert_eventually(lambda: has(api, state="auto_disabled", isActive=False), timeout=60)
        assert disabled["healthPolicy"]["probeAt"]
        assert "0% of the last 5 runs completed" in disabled["pausedReason"]
        listed = (await api.get("/api/live/automations", params={"state": "auto_disabled"})).json()
        assert [one["slug"] for one in listed["automations"]] == ["nightly"], "the list has the badge"
        await assert_eventually(lambda: is_paused(stack, disabled["id"], expected=True), timeout=30)
        assert [one["action"] for one in (await audited(api))] == ["health.disable"]
        assert (await api.post("/api/automations/nightly/fire", json={})).status_code == 409

        await mend(api)
        await asyncio.to_thread(probe_is_due, stack)
        enabled = await assert_eventually(lambda: has(api, isActive=True), timeout=60)
        assert enabled["state"] != "auto_disabled"
        await assert_eventually(lambda: is_paused(stack, enabled["id"], expected=False), timeout=30)
        (probe,) = [run for run in (await api.get("/api/runs?automation=nightly")).json()["items"] if run["probe"]]
        assert (probe["status"], probe["dueAt"] is not None) == ("completed", True)

        notices = (await api.get("/api/notices")).json()
        assert [one["kind"] for one in notices["items"]] == ["health.enabled", "health.disable"]
        assert notices["unseen"] == 2
        await assert_eventually(lambda: received(receiver, 2), timeout=60)


async def declare(api: httpx2.AsyncClient) -> None:
    spec = {"runner": {"type": "simulated", "successRate": 0, "durationMs": 10}, "retry": {"maxAttempts": 1}}
    agent = {"kind": "agent", "slug": "scout", "name": "Scout", "spec": spec}
    policy = {"enabled": True, "threshold": 60, "minRuns": 5, "probe": {"afterMinutes": 30}}
    nightly = {
        "slug": "nightly",
        "name": "Nightly",
        "primitive": {"kind": "agent", "slug": "scout"},
        "source": "schedule",
        "schedule": {"cronExpr": "* * * * *"},
        "healthPolicy": policy,
    }
    for path, body in (("/api/primitives", agent), ("/api/automations", nightly)):
        answer = await api.post(path, json=body)
        assert answer.status_code == 201, answer.text


async def fire(api: httpx2.AsyncClient) -> None:
    # A due time may come in between, whose failure disables it a run earlier.
    answer = await api.post("/api/automations/nightly/fire", json={"force": True})
    assert answer.status_code == 202, answer.text
    run_id = answer.json()["runs"][0]["runId"]

    async def closed() -> None:
        assert (await api.get(f"/api/runs/{run_id}")).json()["status"] == "failed"

    await assert_eventually(closed, timeout=30)


async def mend(api: httpx2.AsyncClient) -> None:
    runner = {"type": "simulated", "successRate": 1, "durationMs": 10}
    answer = await api.patch("/api/primitives/scout", params={"kind": "agent"}, json={"spec": {"runner": runner}})
    assert answer.status_code == 200, answer.text


def probe_is_due(stack: RealStack) -> None:
    """Let the delay be over, without waiting for it."""
    postgres: EmbeddedPostgres | None = kept_postgres(stack.home / "postgres")
    assert postgres
    with psycopg.connect(libpq_url(postgres.url(EMBEDDED_DATABASE))) as database:
        database.execute(PROBE_IS_DUE)


async def has(api: httpx2.AsyncClient, **expected: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get("/api/automations/nightly")).json()
    assert {name: found[name] for name in expected} == expected
    return found


async def audited(api: httpx2.AsyncClient) -> list[dict[str, Any]]:
    found = await api.get("/api/audit", params={"automation": "nightly", "action": "health.*"})
    return list(found.json()["items"])


async def is_paused(stack: RealStack, automation_id: str, *, expected: bool) -> None:
    client = await connect(Settings(temporal_port=stack.ports["PODIUM_TEMPORAL_PORT"]))
    described = await client.get_schedule_handle(f"automation:{automation_id}").describe()
    assert described.schedule.state.paused is expected


async def received(receiver: LocalServer, count: int) -> None:
    assert len(receiver.requests) == count
    bodies: list[Any] = [Webhook(SECRET).verify(one.body, one.headers) for one in receiver.requests]
    assert [body["type"] for body in bodies] == ["health.disable", "health.enabled"]
