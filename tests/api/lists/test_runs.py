"""Runs over HTTP, carried out by a real worker: from the request to the finished run."""

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from models.kinds import KINDS, Kind
from runtime.security.callbacks import callback_url
from runtime.settings import Settings
from tests.api import signing
from tests.api.bodies import SPECS, Body, agent, automation, everything, made, nightly
from tests.support.eventually import assert_eventually
from worker import build_worker


@pytest.fixture(autouse=True)
async def worker(api_settings: Settings, temporal_client: Client) -> AsyncIterator[None]:
    async with AsyncExitStack() as resources, await build_worker(temporal_client, api_settings, resources):
        yield


async def ended(client: httpx2.AsyncClient, run_id: str, status: str = "completed") -> Body:
    async def check() -> Body:
        run: Body = (await client.get(f"/api/runs/{run_id}")).json()
        assert run["status"] == status, run
        return run

    return await assert_eventually(check, timeout=30)


async def executed(client: httpx2.AsyncClient, plural: str, slug: str, **body: Any) -> str:
    answer = await client.post(f"/api/{plural}/{slug}/execute", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["runs"][0]["runId"])


async def test_a_webhook_on_a_network_makes_a_network_run_with_its_child_agent_runs(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    await everything(client)
    webhook = {"path": "on-push", "verification": "github", "secret": "hush"}
    target = {"kind": "network", "slug": "it"}
    await made(client, "/api/automations", automation("on-push", "webhook", target, webhook=webhook))
    body = signing.github_payload("push")
    headers = signing.github(body, "hush", "push", "d1")
    fired = (await anonymous.post("/api/webhooks/on-push", content=body, headers=headers)).json()
    run = await ended(client, fired["runs"][0]["runId"])
    assert run["kind"] == "network"
    assert run["automation"]["slug"] == "on-push"
    assert run["deliveryId"] == fired["deliveryId"]
    assert [child["kind"] for child in run["children"]] == ["agent"]
    assert run["children"][0]["parentRunId"] == run["children"][0]["rootRunId"] == run["id"]
    assert run["steps"][0]["runId"] == run["children"][0]["id"]
    assert run["origin"] == {
        "source": "webhook",
        "endpoint": "webhook:on-push",
        "sentBy": None,
        "replayOf": None,
        "backfill": None,
        "causedBy": None,
        "chainDepth": 0,
    }
    assert (await client.get(f"/api/runs/{run['children'][0]['id']}")).json()["origin"] is None
    assert run["costUsd"] == run["children"][0]["costUsd"] is not None
    assert run["temporalUrl"].endswith(f"/workflows/run%3A{run['id']}/{run['temporalRunId']}/history")
    live = (await client.get("/api/live/automations?search=on-push")).json()["automations"][0]
    assert (live["stats"]["totalRuns"], live["stats"]["successRuns"], live["stats"]["successRate"]) == (1, 1, 100.0)
    assert live["lastRun"]["id"] == run["id"]
    assert live["stats"]["avgCostPerRun"] == run["costUsd"]
    cascade = (await client.get(f"/api/runs?root={run['id']}")).json()["items"]
    assert {item["kind"] for item in cascade} == {"network", "agent"}
    assert len((await client.get("/api/runs?rootsOnly=true")).json()["items"]) == 1


async def test_every_kind_runs_to_its_end_and_keeps_its_own_stats(client: httpx2.AsyncClient) -> None:
    await everything(client)
    for kind in Kind:
        target = {"kind": kind.value, "slug": "scout" if kind is Kind.AGENT else "it"}
        await made(client, "/api/automations", automation(f"on-{kind.value}", "event", target, event={"name": "go"}))
    fired = (await client.post("/api/triggers/event", json={"eventName": "go"})).json()
    for run in fired["runs"]:
        await ended(client, run["runId"])
    for one in (await client.get("/api/live/automations")).json()["automations"]:
        assert (one["stats"]["totalRuns"], one["stats"]["successRuns"]) == (1, 1), one["slug"]
        assert one["simulated"] is True
    kinds = {item["kind"] for item in (await client.get("/api/runs?status=completed&rootsOnly=true")).json()["items"]}
    assert kinds == set(KINDS)


async def test_a_running_run_is_cancelled_with_its_reason(client: httpx2.AsyncClient) -> None:
    slow = {"type": "simulated", "durationMs": 60_000}
    await made(client, "/api/primitives", agent("slow", runner=slow))
    run_id = await executed(client, "agents", "slow")
    await ended(client, run_id, "running")
    answer = await client.post(f"/api/runs/{run_id}/cancel", json={"reason": "changed my mind"})
    assert answer.status_code == 202, answer.text
    run = await ended(client, run_id, "cancelled")
    assert run["reason"] == "changed my mind"
    assert (await client.post(f"/api/runs/{run_id}/cancel")).status_code == 409
    written = (await client.get("/api/audit?action=run.cancel")).json()["items"]
    assert [(one["subjectId"], one["reason"]) for one in written] == [(run_id, "changed my mind")]


async def test_a_waiting_step_is_approved_by_a_signal(client: httpx2.AsyncClient) -> None:
    spec = {"steps": [{"key": "ask", "approval": {"message": "really?"}}]}
    await made(client, "/api/primitives", {"kind": "workflow", "slug": "ask", "name": "Ask", "spec": spec})
    run_id = await executed(client, "workflows", "ask")
    await ended(client, run_id, "waiting")
    bad = await client.post(f"/api/runs/{run_id}/signal", json={"signal": "approve", "argument": {"step": 5}})
    assert (bad.status_code, bad.json()["field"]) == (422, "argument.step")
    foreign = await client.post(f"/api/runs/{run_id}/signal", json={"signal": "add_task", "argument": {}})
    assert (foreign.status_code, foreign.json()["field"]) == (422, "signal")
    unknown = await client.post(f"/api/runs/{run_id}/signal", json={"signal": "explode"})
    assert (unknown.status_code, unknown.json()["field"]) == (422, "signal")
    named = await client.post(f"/api/runs/{run_id}/signal", json={"signal": "approve", "argument": {"by": "the boss"}})
    assert (named.status_code, named.json()["field"]) == (422, "argument.by")
    misspelt = await client.post(f"/api/runs/{run_id}/signal", json={"signal": "approve", "argument": {"stp": "ask"}})
    assert (misspelt.status_code, misspelt.json()["field"]) == (422, "argument.stp")
    nowhere = await client.post(f"/api/runs/{run_id}/signal", json={"signal": "approve", "argument": {"step": "nope"}})
    assert (nowhere.status_code, nowhere.json()["field"]) == (422, "argument.step")
    sent = await client.post(f"/api/runs/{run_id}/signal", json={"signal": "approve", "argument": {"comment": "yes"}})
    assert sent.status_code == 202, sent.text
    run = await ended(client, run_id)
    assert run["output"]["ask"] == {"approved": True, "by": "administrator", "byIsClaimed": False, "comment": "yes"}
    (written,) = (await client.get("/api/audit?action=run.signal.approve")).json()["items"]
    assert (written["actor"], written["after"], written["reason"]) == (
        "administrator",
        {"step": "ask", "approved": True},
        "yes",
    )
    late = await client.post(f"/api/runs/{run_id}/signal", json={"signal": "approve"})
    assert (late.status_code, late.json()["code"]) == (409, "already_finished")


async def test_with_two_waiting_steps_the_decision_must_name_one(client: httpx2.AsyncClient) -> None:
    spec = {"steps": [{"key": "legal", "approval": {}}, {"key": "budget", "approval": {}}]}
    await made(client, "/api/primitives", {"kind": "workflow", "slug": "gates", "name": "Gates", "spec": spec})
    run_id = await executed(client, "workflows", "gates")

    async def both_wait() -> None:
        run = (await client.get(f"/api/runs/{run_id}")).json()
        assert [step["status"] for step in run["steps"]] == ["waiting", "waiting"]

    await assert_eventually(both_wait)
    unnamed = await client.post(f"/api/runs/{run_id}/signal", json={"signal": "approve"})
    assert (unnamed.status_code, unnamed.json()["code"]) == (409, "conflict")
    assert "legal, budget" in unnamed.json()["detail"]
    paused = await client.post(f"/api/runs/{run_id}/signal", json={"signal": "pause", "argument": {"reason": "wait"}})
    assert paused.status_code == 202

    async def shows_the_pause() -> None:
        held = (await client.get(f"/api/runs/{run_id}")).json()["paused"]
        assert held
        assert (held["by"], held["reason"]) == ("administrator", "wait")

    await assert_eventually(shows_the_pause)
    assert (await client.post(f"/api/runs/{run_id}/cancel")).status_code == 202


async def test_the_temporal_schedule_follows_its_row(client: httpx2.AsyncClient, temporal_client: Client) -> None:
    await made(client, "/api/primitives", agent())
    body = await made(client, "/api/automations", nightly())
    schedule = temporal_client.get_schedule_handle(body["temporalScheduleId"])

    async def synced() -> Body:
        row: Body = (await client.get(f"/api/automations/{body['id']}")).json()
        assert row["syncedRevision"] == row["revision"], row["syncError"]
        return row

    await assert_eventually(synced, timeout=20)
    assert (await schedule.describe()).schedule.state.paused is False
    await client.post("/api/automations/nightly/pause")
    await assert_eventually(synced, timeout=20)
    assert (await schedule.describe()).schedule.state.paused is True
    await client.delete("/api/automations/nightly")
    await assert_eventually(synced, timeout=20)
    with pytest.raises(RPCError):
        await schedule.describe()


async def test_a_rerun_has_the_same_input_and_names_the_original_run(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", automation("by-hand", "manual"))
    fired = (await client.post("/api/automations/by-hand/fire", json={"payload": {"n": 1}})).json()
    first = await ended(client, fired["runs"][0]["runId"])
    await client.post("/api/automations/by-hand/pause")
    again = await client.post(f"/api/runs/{first['id']}/rerun")
    assert again.status_code == 202, again.text
    second = await ended(client, again.json()["runs"][0]["runId"])
    assert (second["rerunOf"], second["input"]) == (first["id"], {"n": 1})
    assert second["automation"] == first["automation"]


async def test_a_child_run_is_run_again_on_its_own(client: httpx2.AsyncClient) -> None:
    await everything(client)
    parent = await ended(client, await executed(client, "networks", "it"))
    child = parent["children"][0]
    again = await client.post(f"/api/runs/{child['id']}/rerun")
    assert again.status_code == 202, again.text
    second = await ended(client, again.json()["runs"][0]["runId"])
    assert (second["rerunOf"], second["parentRunId"]) == (child["id"], None)


async def test_a_failed_agent_fails_the_run_with_type_and_message(client: httpx2.AsyncClient) -> None:
    broken = {"type": "simulated", "durationMs": 1, "successRate": 0, "error": "the moon is wrong"}
    await made(client, "/api/primitives", agent("broken", runner=broken, retry={"maxAttempts": 1}))
    run = await ended(client, await executed(client, "agents", "broken"), "failed")
    assert "the moon is wrong" in run["error"]["message"]
    assert run["error"]["type"]
    assert run["costUsd"] is None


async def test_a_forged_callback_is_refused(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, api_settings: Settings
) -> None:
    assert (await anonymous.post("/api/callbacks/junk", json={})).status_code == 401
    await made(client, "/api/primitives", agent())
    run = await ended(client, await executed(client, "agents", "scout"))
    path = callback_url(api_settings, uuid.UUID(run["id"]), timedelta(hours=1)).removeprefix(api_settings.base_url)
    other = await anonymous.post(path, json={"output": 1})
    assert (other.status_code, other.json()["code"]) == (409, "already_answered")


def test_every_kind_has_a_request_body() -> None:
    assert {"agent", *SPECS} == set(KINDS)
