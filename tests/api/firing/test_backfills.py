"""Backfills over HTTP with a real worker: the preview is what runs, once, with the due time that it is for."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest
from temporalio.client import Client

from runtime.settings import Settings
from tests.api.bodies import Body, agent, automation, made, with_values
from tests.support.eventually import assert_eventually
from worker import build_worker

SPAN = {"from": "2026-03-02T09:00:00Z", "to": "2026-03-02T12:00:00Z"}
BACKFILL = "/api/automations/hourly/backfill"


@pytest.fixture
async def worker(api_settings: Settings, temporal_client: Client) -> AsyncIterator[None]:
    async with AsyncExitStack() as resources, await build_worker(temporal_client, api_settings, resources):
        yield


@pytest.fixture(autouse=True)
async def hourly(client: httpx2.AsyncClient) -> None:
    scout = agent()
    scout["spec"]["runner"]["costUsd"] = "0.01"
    await made(client, "/api/primitives", scout)
    schedule = {"cronExpr": "0 * * * *", "timezone": "UTC"}
    await made(client, "/api/automations", automation("hourly", "schedule", schedule=schedule))


async def preview(client: httpx2.AsyncClient, path: str = BACKFILL, **wanted: Any) -> Body:
    answer = await client.post(path, json={**({} if "filter" in wanted else SPAN), **wanted, "dryRun": True})
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    assert found["backfill"] is None
    return found


async def start(client: httpx2.AsyncClient, token: str, path: str = BACKFILL, **wanted: Any) -> Body:
    answer = await client.post(path, json={**({} if "filter" in wanted else SPAN), **wanted, "token": token})
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()["backfill"]
    return found


async def ended(client: httpx2.AsyncClient, backfill: str) -> Body:
    async def check() -> Body:
        found: Body = (await client.get(f"/api/backfills/{backfill}")).json()
        assert found["finishedAt"], found
        return found

    return await assert_eventually(check, timeout=60)


async def runs(client: httpx2.AsyncClient, **filters: Any) -> list[Body]:
    found: list[Body] = (await client.get("/api/runs", params={"limit": 200, **filters})).json()["items"]
    return found


@pytest.mark.usefixtures("worker")
async def test_the_due_times_of_the_preview_run_once_and_are_told_of(client: httpx2.AsyncClient) -> None:
    shown = await preview(client)
    assert [item["dueAt"] for item in shown["items"]] == [f"2026-03-02T{hour:02}:00:00Z" for hour in range(9, 13)]
    assert (shown["count"], shown["leftOut"], shown["estimate"]["unknownRuns"]) == (4, {}, 4)
    first, again = [await start(client, shown["token"], limit=2, reason="the month was lost") for _ in range(2)]
    assert first["id"] == again["id"]
    done = await ended(client, first["id"])
    assert (done["status"], done["completed"], done["spentUsd"]) == ("completed", 4, "0.04")
    found = await runs(client, backfill=first["id"])
    assert sorted(run["dueAt"] for run in found) == [item["dueAt"] for item in shown["items"]]
    assert {run["status"] for run in found} == {"completed"}
    run = (await client.get(f"/api/runs/{found[0]['id']}")).json()
    assert run["origin"]["backfill"] == "backfill"
    assert run["origin"]["sentBy"] == done["createdBy"]
    # Nothing is left to run, and what has run says so.
    later = await preview(client, again="failed")
    assert (later["count"], later["leftOut"]) == (0, {"ran": 4})
    refused = await client.post(BACKFILL, json={**SPAN, "again": "failed", "token": later["token"]})
    assert (refused.status_code, refused.json()["detail"]) == (409, "nothing would run")
    known = await preview(client, again="all")
    assert (known["count"], known["estimate"]["meanUsd"]) == (4, "0.04")
    (notice,) = (await client.get("/api/notices")).json()["items"]
    assert (notice["kind"], notice["text"]) == (
        "backfill.ended",
        "4 of 4 runs completed. They cost $0.04.",
    )
    audit = (await client.get("/api/audit", params={"automation": "hourly", "action": "backfill.*"})).json()["items"]
    assert [entry["action"] for entry in audit] == ["backfill.ended", "backfill.started"]
    assert audit[1]["reason"] == "the month was lost"
    why = (await client.get("/api/automations/hourly/why", params=SPAN)).json()["verdicts"]
    assert why[0]["text"].startswith("It was run afterwards, in a backfill by ")


async def test_a_start_that_is_not_what_was_shown_is_refused(client: httpx2.AsyncClient) -> None:
    shown = await preview(client)
    other = {**SPAN, "to": "2026-03-02T13:00:00Z", "token": shown["token"]}
    refused = await client.post(BACKFILL, json=other)
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_outdated")
    await start(client, shown["token"])
    outdated = await client.post(BACKFILL, json={**SPAN, "token": (await preview(client))["token"][:-1] + "x"})
    assert outdated.status_code == 422


REFUSED: tuple[tuple[Body, str], ...] = (
    ({**SPAN}, "token"),
    ({**SPAN, "dryRun": True, "token": "x"}, "token"),
    ({**SPAN, "token": "nonsense"}, "token"),
    ({"from": SPAN["to"], "to": SPAN["from"], "dryRun": True}, "from"),
    ({**SPAN, "to": "2999-01-01T00:00:00Z", "dryRun": True}, "to"),
    ({"from": "2020-01-01T00:00:00Z", "dryRun": True}, "to"),
    ({**SPAN, "limit": 0, "dryRun": True}, "limit"),
    ({**SPAN, "limit": 101, "dryRun": True}, "limit"),
    ({**SPAN, "from": "2026-03-02T09:00:00", "dryRun": True}, "from"),
    ({**SPAN, "again": "some", "dryRun": True}, "again"),
)


async def test_what_makes_no_sense_is_refused_with_its_field(client: httpx2.AsyncClient) -> None:
    for wanted, field in REFUSED:
        refused = await client.post(BACKFILL, json=wanted)
        assert refused.status_code == 422, refused.text
        problem = refused.json()
        assert field in {problem.get("field"), *(one["field"] for one in problem.get("errors") or ())}


async def test_a_backfill_is_paused_resumed_changed_and_cancelled(client: httpx2.AsyncClient) -> None:
    await client.post("/api/automations/hourly/pause", json={})
    # A paused automation holds its backfill.
    backfill = await start(client, (await preview(client))["token"])
    path = f"/api/backfills/{backfill['id']}"
    assert (backfill["pending"], backfill["underWay"]) == (4, 0)
    (held, *_) = await runs(client, held=True)
    assert held["held"]["by"] == "backfill"
    assert (await client.post(f"{path}/pause", json={"reason": "wait"})).json()["pausedReason"] == "wait"
    assert (await client.patch(path, json={"limit": 3})).json()["limit"] == 3
    metrics = (await client.get("/metrics")).text
    assert 'podium_backfills{kind="backfill",status="paused"} 1.0' in metrics
    assert 'podium_waiting_runs{held_by="backfill",kind="agent"} 4.0' in metrics
    assert (await client.post(f"{path}/resume")).json()["status"] == "running"
    cancelled = (await client.post(f"{path}/cancel", json={"reason": "a mistake"})).json()
    assert (cancelled["status"], cancelled["pending"], cancelled["skipped"]) == ("cancelled", 0, 4)
    assert cancelled["finishedAt"]
    assert {run["reason"] for run in await runs(client)} == {"cleared"}
    again = await client.post(f"{path}/resume")
    assert (again.status_code, again.json()["code"]) == (409, "already_finished")
    (listed,) = (await client.get("/api/backfills", params={"automation": "hourly"})).json()["items"]
    assert listed["id"] == backfill["id"]


@pytest.mark.usefixtures("worker")
async def test_failed_runs_are_rerun_by_filter_frozen_at_the_preview(client: httpx2.AsyncClient) -> None:
    failing = {**agent("broken"), "spec": {"runner": {"type": "simulated", "successRate": 0, "durationMs": 1}}}
    await made(client, "/api/primitives", failing)
    for number in range(3):
        await client.post("/api/agents/broken/execute", json={"payload": {"number": number}})

    async def all_failed() -> None:
        assert len(await runs(client, status="failed", primitive="broken")) == 3

    await assert_eventually(all_failed, timeout=60)
    wanted = {"filter": {"status": ["failed"], "primitive": "broken"}}
    shown = await preview(client, "/api/runs/rerun", **wanted)
    assert (shown["count"], {item["name"] for item in shown["items"]}) == (3, {failing["name"]})
    # What fails later is not part of what was shown.
    await client.post("/api/agents/broken/execute", json={"payload": {"number": 3}})
    backfill = await start(client, shown["token"], "/api/runs/rerun", **wanted, limit=2)
    assert (await ended(client, backfill["id"]))["failed"] == 3
    reruns = await runs(client, backfill=backfill["id"])
    assert {run["rerunOf"] for run in reruns} == {item["runId"] for item in shown["items"]}
    assert sorted(run["input"]["number"] for run in await with_values(client, reruns)) == [0, 1, 2]
    # By any other filter of the list, too.
    error = {"error": reruns[0]["errorKey"], "source": reruns[0]["source"], "q": "broken"}
    chosen = {**error, "error": [error["error"]], "source": [reruns[0]["source"]], "minDurationMs": 0}
    again = await preview(client, "/api/runs/rerun", filter=chosen)
    assert {item["runId"] for item in again["items"]} == {run["id"] for run in await runs(client, **error)}
    assert again["count"] == 3
    no_status = await client.post("/api/runs/rerun", json={"filter": {"primitive": "broken"}, "dryRun": True})
    assert no_status.status_code == 422
