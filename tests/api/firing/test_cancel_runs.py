"""Cancelling many runs: exactly those that were counted, and each that could not be is told."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx2
import pytest
from temporalio.client import Client

from runtime.settings import Settings
from tests.api.bodies import Body, agent, automation, made
from tests.support.eventually import assert_eventually
from worker import build_worker


@pytest.fixture(autouse=True)
async def worker(api_settings: Settings, temporal_client: Client, client: httpx2.AsyncClient) -> AsyncIterator[None]:
    scout = agent()
    scout["spec"]["runner"] |= {"durationMs": 60_000}
    await made(client, "/api/primitives", scout)
    control = {"concurrency": {"limit": 2}}
    await made(client, "/api/automations", automation("in", "event", event={"name": "in"}, flowControl=control))
    async with AsyncExitStack() as resources, await build_worker(temporal_client, api_settings, resources):
        yield


async def send(client: httpx2.AsyncClient, count: int) -> list[str]:
    found = []
    for n in range(count):
        answer = await client.post("/api/triggers/event", json={"eventName": "in", "payload": n})
        found.append(answer.json()["runs"][0]["runId"])
    return found


async def cancel(client: httpx2.AsyncClient, body: Body, status: int = 200) -> Body:
    answer = await client.post("/api/runs/cancel", json=body)
    assert answer.status_code == status, answer.text
    found: Body = answer.json()
    return found


async def test_exactly_the_runs_that_were_counted_are_cancelled(client: httpx2.AsyncClient) -> None:
    ids = await send(client, 5)

    async def two_run() -> None:
        running = (await client.get("/api/runs", params={"status": "running"})).json()["items"]
        assert len(running) == 2

    await assert_eventually(two_run, timeout=30)
    preview = await cancel(client, {"filter": {"automation": ["in"]}, "dryRun": True})
    assert set(preview["runIds"]) == set(ids)
    assert preview["byStatus"] == {"queued": 3, "running": 2}
    (late,) = await send(client, 1)
    # Ended meanwhile: it is told, and holds nothing up.
    assert (await client.post(f"/api/runs/{ids[4]}/cancel", json={})).is_success
    done = await cancel(client, {"filter": {"runIds": preview["runIds"]}, "reason": "a mistake"})
    assert set(done["runIds"]) == set(ids[:4])
    assert (done["notCancelled"], done["notReached"]) == ([], [])

    async def all_ended() -> None:
        rows = [(await client.get(f"/api/runs/{run_id}")).json() for run_id in ids]
        assert {row["status"] for row in rows} == {"cancelled"}

    await assert_eventually(all_ended, timeout=40)
    assert (await client.get(f"/api/runs/{late}")).json()["status"] in {"queued", "running"}
    entries = (await client.get("/api/audit", params={"action": "run.cancel"})).json()["items"]
    assert sorted(one["reason"] for one in entries) == ["a mistake"] * 4 + ["cancelled by an operator"]
    await client.post(f"/api/runs/{late}/cancel", json={})


async def test_only_open_runs_are_selected_and_a_preview_comes_first(client: httpx2.AsyncClient) -> None:
    await cancel(client, {"filter": {"automation": ["in"]}}, 422)
    await cancel(client, {"filter": {"automation": ["nobody"]}, "dryRun": True}, 404)
    assert (await cancel(client, {"filter": {"status": ["failed"]}, "dryRun": True}))["runIds"] == []
    (run,) = await send(client, 1)
    await client.post(f"/api/runs/{run}/cancel", json={})

    async def ended() -> None:
        assert (await client.get(f"/api/runs/{run}")).json()["status"] == "cancelled"

    await assert_eventually(ended, timeout=30)
    assert (await cancel(client, {"filter": {}, "dryRun": True}))["runIds"] == []
    assert (await cancel(client, {"filter": {"runIds": [run]}}))["runIds"] == []
