"""Saving a health policy, and what editing, pausing and resuming do to an automation that it has disabled."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from models.store.tables.automations import Automation
from runtime.database import Sessions, transaction
from tests.api.bodies import automation, everything, made

PROBE = {"afterMinutes": 30, "maxMinutes": 120, "successes": 2}
DISABLED_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def platform(client: httpx2.AsyncClient) -> None:
    await everything(client)


async def saved(client: httpx2.AsyncClient, **policy: Any) -> dict[str, Any]:
    event = {"name": "order.created"}
    body = automation("it-is", "event", event=event, healthPolicy={"enabled": True, **policy})
    return await made(client, "/api/automations", body)


async def patched(client: httpx2.AsyncClient, **policy: Any) -> httpx2.Response:
    return await client.patch("/api/automations/it-is", json={"healthPolicy": policy})


async def disable(sessions: Sessions) -> None:
    values = {
        "is_active": False,
        "paused_by": "health policy",
        "paused_at": DISABLED_AT,
        "health_triggered_at": DISABLED_AT,
        "health_trips": 1,
        "health_probe_at": DISABLED_AT + timedelta(minutes=30),
    }
    async with transaction(sessions) as session:
        await session.execute(update(Automation).values(values))


async def test_a_probe_is_saved_shown_changed_and_removed(client: httpx2.AsyncClient) -> None:
    policy = (await saved(client, probe=PROBE, recoverThreshold=80))["healthPolicy"]
    assert (policy["probe"], policy["recoverThreshold"], policy["recoversAt"]) == (PROBE, 80, 80)
    kept = (await patched(client, threshold=70)).json()["healthPolicy"]
    assert (kept["threshold"], kept["probe"]) == (70, PROBE)
    short = (await patched(client, probe={"afterMinutes": 5})).json()["healthPolicy"]
    assert short["probe"] == {"afterMinutes": 5, "maxMinutes": 1440, "successes": 1}
    assert (await patched(client, probe=None)).json()["healthPolicy"]["probe"] is None


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        ({"probe": {"afterMinutes": 0}}, "healthPolicy.probe.afterMinutes"),
        ({"probe": {"afterMinutes": 30, "maxMinutes": 20}}, "healthPolicy.probe.maxMinutes"),
        ({"probe": {"afterMinutes": 30, "successes": 6}}, "healthPolicy.probe.successes"),
        ({"threshold": 60, "recoverThreshold": 59}, "healthPolicy.recoverThreshold"),
    ],
)
async def test_what_makes_no_sense_is_refused(client: httpx2.AsyncClient, policy: dict[str, Any], field: str) -> None:
    await saved(client)
    answer = await patched(client, **policy)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_an_edit_replans_the_probe_of_a_disabled_automation(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    await saved(client, probe=PROBE)
    await disable(sessions)
    assert (await patched(client, probe=None)).json()["healthPolicy"]["probeAt"] is None
    assert (await patched(client, probe=PROBE)).json()["healthPolicy"]["probeAt"] is not None
    assert (await patched(client, action="alert")).json()["healthPolicy"]["probeAt"] is None


async def test_pausing_a_disabled_automation_ends_its_probes(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    await saved(client, probe=PROBE)
    await disable(sessions)
    seen = (await client.get("/api/automations/it-is")).json()
    assert (seen["state"], seen["healthPolicy"]["probeAt"]) == ("auto_disabled", "2026-03-02T12:30:00Z")
    await client.post("/api/automations/it-is/pause", json={"reason": "we know"})
    after = (await client.get("/api/automations/it-is")).json()
    assert (after["state"], after["pausedReason"], after["healthPolicy"]["probeAt"]) == ("paused", "we know", None)


async def test_a_manual_automation_is_probed_by_the_next_plain_fire(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    await made(client, "/api/automations", automation("by-hand", "manual", healthPolicy={"enabled": True}))
    await disable(sessions)
    first = await client.post("/api/automations/by-hand/fire", json={})
    assert (first.status_code, first.json()["runs"][0]["status"]) == (202, "queued")
    run = (await client.get(f"/api/runs/{first.json()['runs'][0]['runId']}")).json()
    assert run["probe"] is True
    assert (await client.post("/api/automations/by-hand/fire", json={})).status_code == 409


async def test_an_event_probes_a_disabled_automation(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    await saved(client, probe=PROBE)
    await disable(sessions)
    runs = [
        (await client.post("/api/triggers/event", json={"eventName": "order.created"})).json()["runs"][0]
        for _ in range(2)
    ]
    assert [run["status"] for run in runs] == ["queued", "skipped"]
    seen = (await client.get("/api/automations/it-is")).json()["healthPolicy"]
    assert seen["probeRunId"] == runs[0]["runId"]
