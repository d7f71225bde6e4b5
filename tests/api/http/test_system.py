"""Health, metrics, the OpenAPI document and the list of endpoints."""

import re
from datetime import timedelta
from typing import Any

import httpx2
from fastapi import FastAPI
from sqlalchemy import func, update

from models.store.sweep.passes import note_pass
from models.store.tables.sweep import SweepPass
from runtime.database import Sessions, transaction
from tests.api.bodies import agent, everything, made, nightly


async def test_every_operation_has_a_stable_name_and_lists_its_errors(app: FastAPI) -> None:
    document: dict[str, Any] = app.openapi()
    operations = [one for path in document["paths"].values() for one in path.values()]
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+-[a-z-]+", name) for name in names)
    created = document["paths"]["/api/automations"]["post"]["responses"]
    assert created.keys() >= {"201", "401", "403", "409", "422", "503"}
    assert "application/problem+json" in created["409"]["content"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_the_list_of_endpoints_loads_nothing_from_other_servers(anonymous: httpx2.AsyncClient) -> None:
    page = await anonymous.get("/docs")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.findall(r"""(?:src|@import)\s*=?\s*["']?https?:""", page.text)


async def test_metrics_count_requests_and_queued_runs(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    await made(client, "/api/primitives", agent())
    text = (await anonymous.get("/metrics")).text
    assert 'podium_http_requests_total{method="POST",route="/api/primitives",status="201"}' in text
    assert 'podium_open_runs{status="queued"} 0.0' in text


async def test_a_request_keeps_the_request_id_that_it_came_with(anonymous: httpx2.AsyncClient) -> None:
    assert (await anonymous.get("/healthz", headers={"X-Request-Id": "abc-1"})).headers["x-request-id"] == "abc-1"
    assert (await anonymous.get("/healthz", headers={"X-Request-Id": "a b\t"})).headers["x-request-id"] != "a b\t"


async def test_unknown_paths_and_methods_are_problems_too(client: httpx2.AsyncClient) -> None:
    missing = await client.get("/api/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert missing.headers["content-type"] == "application/problem+json"
    wrong = await client.put("/api/automations")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    broken = await client.post("/api/automations", content=b"{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json()["field"]) == (422, "body")


async def test_the_live_list_searches_pages_and_sums_up(client: httpx2.AsyncClient) -> None:
    await everything(client)
    for number in range(3):
        await made(client, "/api/automations", nightly(f"nightly-{number}"))
    event = {"slug": "orders", "name": "Orders", "primitive": {"kind": "network", "slug": "it"}, "source": "event"}
    await made(client, "/api/automations", {**event, "event": {"name": "order.created"}})
    await client.delete("/api/automations/nightly-2")
    live = (await client.get("/api/live/automations")).json()
    assert {one["slug"] for one in live["automations"]} == {"nightly-0", "nightly-1", "orders"}
    assert {one["sourceType"] for one in live["automations"]} == {"schedule", "trigger"}
    summary = live["summary"]
    assert (summary["total"], summary["active"], summary["archived"]) == (3, 3, 1)
    assert summary["byPrimitive"] == {"agent": 2, "workflow": 0, "network": 1, "campaign": 0, "pulse": 0}
    assert summary["byType"] == {"scheduled": 2, "triggered": 1}
    assert summary["needsAttention"] == 0
    found = (await client.get("/api/live/automations?search=ORDERS")).json()
    assert [one["slug"] for one in found["automations"]] == ["orders"]
    assert len((await client.get("/api/live/automations?search=scout")).json()["automations"]) == 3
    first = (await client.get("/api/live/automations?limit=2")).json()
    second = (await client.get(f"/api/live/automations?limit=2&cursor={first['nextCursor']}")).json()
    seen = [one["slug"] for one in first["automations"] + second["automations"]]
    assert sorted(seen) == ["nightly-0", "nightly-1", "orders"]
    assert second["nextCursor"] is None
    assert second["summary"] == summary


async def test_an_unexpected_error_reveals_only_the_request_id(app: FastAPI, client: httpx2.AsyncClient) -> None:
    @app.get("/api/fault")
    async def fault() -> None:
        raise RuntimeError("a secret detail")

    answer = await client.get("/api/fault", headers={"X-Request-Id": "fault-1"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.headers["x-request-id"] == "fault-1"
    assert "secret detail" not in answer.text


async def test_readiness_and_metrics_show_the_age_of_the_sweep(
    anonymous: httpx2.AsyncClient, sessions: Sessions
) -> None:
    assert (await anonymous.get("/readyz")).json()["checks"]["sweep"] == "the sweep has not run yet"
    async with transaction(sessions) as session:
        await note_pass(session, "runs")
    assert (await anonymous.get("/readyz")).json()["checks"]["sweep"] == "ok"
    assert re.search(r"^podium_sweep_age_seconds 0\.", (await anonymous.get("/metrics")).text, re.MULTILINE)
    async with transaction(sessions) as session:
        await session.execute(update(SweepPass).values(passed_at=func.now() - timedelta(minutes=46)))
    answer = await anonymous.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["sweep"]) == (503, "the sweep last passed 2760 s ago")
    assert "podium_sweep_age_seconds 276" in (await anonymous.get("/metrics")).text


async def test_a_call_cannot_cost_more_than_a_million(client: httpx2.AsyncClient) -> None:
    absurd = agent()
    absurd["spec"]["runner"]["costUsd"] = "1000000.01"
    answer = await client.post("/api/primitives", json=absurd)
    assert (answer.status_code, answer.json()["field"]) == (422, "spec.runner.costUsd")
