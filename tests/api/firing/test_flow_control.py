"""Flow control over HTTP with a real worker: what is sent at once runs within the limits, and nothing is lost."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx2
import pytest
from temporalio.client import Client

from runtime.settings import Settings
from tests.api.bodies import Body, agent, automation, made, with_values
from tests.support.eventually import assert_eventually
from worker import build_worker


@pytest.fixture(autouse=True)
async def worker(api_settings: Settings, temporal_client: Client) -> AsyncIterator[None]:
    async with AsyncExitStack() as resources, await build_worker(temporal_client, api_settings, resources):
        yield


async def listener(client: httpx2.AsyncClient, control: Body, **runner: Any) -> None:
    scout = agent()
    scout["spec"]["runner"] |= runner
    await made(client, "/api/primitives", scout)
    await made(client, "/api/automations", automation("in", "event", event={"name": "in"}, flowControl=control))


async def send(client: httpx2.AsyncClient, payload: object = None) -> Body:
    answer = await client.post("/api/triggers/event", json={"eventName": "in", "payload": payload})
    assert answer.status_code == 202, answer.text
    run: Body = answer.json()["runs"][0]
    return run


async def waiting_in_list(client: httpx2.AsyncClient) -> int:
    (found,) = (await client.get("/api/live/automations")).json()["automations"]
    return int(found["stats"]["waitingRuns"])


async def runs(client: httpx2.AsyncClient, **filters: Any) -> list[Body]:
    found: list[Body] = (await client.get("/api/runs", params={"limit": 200, **filters})).json()["items"]
    return found


async def all_closed(client: httpx2.AsyncClient, count: int) -> list[Body]:
    async def check() -> list[Body]:
        found = await runs(client)
        assert len(found) == count
        assert not Counter(run["status"] for run in found).keys() & {"queued", "running", "waiting"}
        return found

    return await assert_eventually(check, timeout=60)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def most_at_once(found: list[Body]) -> int:
    """Return how many of these runs were open at once, from their admission to their end."""
    changes = [(at(run["admittedAt"]), 1) for run in found] + [(at(run["finishedAt"]), -1) for run in found]
    now = most = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


async def test_a_burst_runs_within_its_limit_and_in_order_of_arrival(client: httpx2.AsyncClient) -> None:
    await listener(client, {"concurrency": {"limit": 2}}, durationMs=400)
    answers = [await send(client, n) for n in range(12)]
    assert answers[0]["held"] is None
    assert answers[-1]["held"]["by"] == "concurrency"
    assert answers[-1]["held"]["position"] >= 1
    found = await all_closed(client, 12)
    assert {run["status"] for run in found} == {"completed"}
    assert most_at_once(found) <= 2
    admitted = sorted(found, key=lambda run: at(run["admittedAt"]))
    assert [run["input"] for run in await with_values(client, admitted)] == list(range(12))


async def test_a_key_holds_nobody_else_up(client: httpx2.AsyncClient) -> None:
    control = {"concurrency": {"limit": 10, "key": "payload.customer", "perKey": 1}}
    await listener(client, control, durationMs=20)
    payloads = [{"customer": "busy"}] * 5 + [{"customer": "quiet"}]
    answers = [await send(client, one) for one in payloads]
    assert [bool(one["held"]) for one in answers] == [False, True, True, True, True, False]
    found = await with_values(client, await all_closed(client, 6))
    for key in ("busy", "quiet"):
        assert most_at_once([run for run in found if run["input"]["customer"] == key]) == 1


async def test_a_throttle_paces_starts_below_a_second(client: httpx2.AsyncClient) -> None:
    await listener(client, {"throttle": {"limit": 5, "periodSeconds": 1}})
    await asyncio.gather(*(send(client, n) for n in range(8)))
    found = await all_closed(client, 8)
    admitted = sorted(at(run["admittedAt"]) for run in found)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(admitted)]
    # The clock of the token is read just before that of the row.
    assert min(gaps) > 0.1
    # Temporal keeps a task for a worker that an earlier test has stopped for 10 s.
    assert (admitted[-1] - admitted[0]).total_seconds() < 20


async def test_a_batch_and_a_debounce_run_when_their_time_is_over(client: httpx2.AsyncClient) -> None:
    # As long as three deliveries may take on a busy machine.
    await listener(client, {"batch": {"maxSize": 100, "timeoutSeconds": 6}})
    second = automation("other", "event", event={"name": "in"}, flowControl={"debounce": {"periodSeconds": 6}})
    await made(client, "/api/automations", second)
    for n in range(3):
        await send(client, n)
    found = await with_values(client, await all_closed(client, 6))
    completed = {run["automation"]["slug"]: run for run in found if run["status"] == "completed"}
    assert completed["in"]["input"] == {"events": [0, 1, 2]}
    assert completed["other"]["input"] == 2
    assert Counter(run["reason"] for run in found) == {None: 2, "batched": 2, "debounced": 2}
    folded = [run["foldedInto"] for run in found if run["reason"] == "batched"]
    assert set(folded) == {completed["in"]["id"]}


async def test_a_singleton_that_cancels_runs_the_newest(client: httpx2.AsyncClient) -> None:
    await listener(client, {"singleton": {"mode": "cancel"}}, durationMs=20_000)
    first = await send(client, 1)

    async def is_running() -> None:
        assert (await client.get(f"/api/runs/{first['runId']}")).json()["status"] == "running"

    await assert_eventually(is_running, timeout=20)
    await send(client, 2)
    newest = await send(client, 3)

    async def newest_runs() -> None:
        assert (await client.get(f"/api/runs/{newest['runId']}")).json()["status"] == "running"

    await assert_eventually(newest_runs, timeout=30)
    by_input = {run["input"]: run for run in await with_values(client, await runs(client))}
    assert (by_input[1]["status"], by_input[2]["reason"]) == ("cancelled", "superseded")
    assert "newer delivery" in by_input[1]["reason"]
    await client.post(f"/api/runs/{newest['runId']}/cancel", json={})


async def test_the_queue_is_shown_released_and_cleared(client: httpx2.AsyncClient) -> None:
    control = {"concurrency": {"limit": 1, "key": "payload", "perKey": 1}, "maxWaitSeconds": 600}
    await listener(client, control, durationMs=60_000)
    first = await send(client, "a")
    assert await waiting_in_list(client) == 0
    waiting = [await send(client, key) for key in ("a", "b", "b")]
    assert await waiting_in_list(client) == 3
    queue = (await client.get("/api/automations/in/queue")).json()
    assert (queue["waiting"], queue["running"]) == (3, 1)
    # The instant at which the first one expires is not a start.
    assert queue["nextAt"] is None
    assert {one["key"]: (one["waiting"], one["running"]) for one in queue["byKey"]} == {"a": (1, 1), "b": (2, 0)}
    assert [one["runId"] for one in queue["runs"]] == [one["runId"] for one in waiting]
    assert len(await runs(client, held=True)) == 3
    assert 'podium_waiting_runs{held_by="concurrency",kind="agent"} 3.0' in (await client.get("/metrics")).text
    last = (await client.get(f"/api/runs/{waiting[2]['runId']}")).json()
    assert (last["held"]["by"], last["held"]["position"]) == ("concurrency", 3)
    assert last["temporalUrl"] is None
    now = datetime.now(UTC)
    span = {"from": (now - timedelta(hours=1)).isoformat(), "to": (now + timedelta(hours=1)).isoformat()}
    verdicts = (await client.get("/api/automations/in/why", params=span)).json()["verdicts"]
    assert "waits for concurrency" in verdicts[3]["text"]
    assert ", 2 ahead." in verdicts[3]["text"]
    change = "/api/automations/in/queue"
    assert (await client.post(f"{change}/clear", json={"key": "b", "dryRun": True})).json() == {"count": 2}
    assert (await client.post(f"{change}/clear", json={"runIds": [waiting[2]["runId"]]})).json() == {"count": 1}
    assert await waiting_in_list(client) == 2
    assert (await client.post(f"{change}/release", json={"key": "b", "reason": "urgent"})).json() == {"count": 1}
    assert await waiting_in_list(client) == 1

    async def released_runs() -> None:
        assert (await client.get(f"/api/runs/{waiting[1]['runId']}")).json()["status"] == "running"

    await assert_eventually(released_runs, timeout=20)
    assert (await client.get(f"/api/runs/{waiting[2]['runId']}")).json()["reason"] == "cleared"
    # A waiting run can be cancelled like any other.
    assert (await client.post(f"/api/runs/{waiting[0]['runId']}/cancel", json={})).json()["status"] == "cancelled"
    actions = [one["action"] for one in (await client.get("/api/audit")).json()["items"]]
    assert {"queue.released", "queue.cleared"} <= {*actions}
    assert (await client.post(f"{change}/clear", json={"all": True, "key": "b"})).status_code == 422
    for run in (first, waiting[1]):
        await client.post(f"/api/runs/{run['runId']}/cancel", json={})


async def test_limits_are_kept_as_given_changed_and_removed(client: httpx2.AsyncClient) -> None:
    await listener(client, {"concurrency": {"limit": 1}}, durationMs=60_000)
    sent = [await send(client, n) for n in range(3)]
    detail = (await client.get("/api/automations/in")).json()
    assert detail["flowControl"]["concurrency"] == {"limit": 1, "key": None, "perKey": None}
    answer = await client.patch("/api/automations/in", json={"flowControl": {"concurrency": {"limit": 2}}})
    assert answer.status_code == 200, answer.text
    assert (await client.get("/api/automations/in/queue")).json()["waiting"] == 1
    assert (await client.patch("/api/automations/in", json={"flowControl": None})).json()["flowControl"] is None
    assert (await client.get("/api/automations/in/queue")).json()["waiting"] == 0

    async def all_run() -> None:
        assert {run["status"] for run in await runs(client)} == {"running"}

    await assert_eventually(all_run, timeout=20)
    for run in sent:
        await client.post(f"/api/runs/{run['runId']}/cancel", json={})


@pytest.mark.parametrize(
    ("control", "field"),
    [
        ({"concurrency": {"limit": 0}}, "flowControl.concurrency.limit"),
        ({"throttle": {"limit": 1, "periodSeconds": 1, "key": "payload.("}}, "flowControl.throttle.key"),
        ({"debounce": {"periodSeconds": 1}, "batch": {"maxSize": 2, "timeoutSeconds": 1}}, "flowControl.batch"),
        ({"debounced": {}}, "flowControl.debounced"),
    ],
)
async def test_what_cannot_work_is_refused_with_its_field(
    client: httpx2.AsyncClient, control: Body, field: str
) -> None:
    await made(client, "/api/primitives", agent())
    body = automation("in", "event", event={"name": "in"}, flowControl=control)
    answer = await client.post("/api/automations", json=body)
    assert answer.status_code == 422
    assert answer.json()["field"] == field


async def test_a_key_that_a_delivery_lacks_skips_its_run_and_says_why(client: httpx2.AsyncClient) -> None:
    await listener(client, {"concurrency": {"limit": 2, "key": "payload.customer", "perKey": 1}})
    assert (await send(client, {"customer": 1}))["status"] == "queued"
    run = await send(client, {})
    assert (run["status"], run["reason"]) == ("skipped", "bad_expression")
    error = (await client.get(f"/api/runs/{run['runId']}")).json()["error"]
    assert "customer" in error["message"]


async def test_a_repeated_delivery_is_answered_as_the_first_one(client: httpx2.AsyncClient) -> None:
    await listener(client, {"rateLimit": {"limit": 1, "periodSeconds": 3600}})
    await send(client, 1)
    body = {"eventName": "in", "payload": 2, "idempotencyKey": "second"}
    answers = [(await client.post("/api/triggers/event", json=body)).json()["runs"][0] for _ in range(2)]
    assert [(one["status"], one["reason"]) for one in answers] == [("skipped", "rate_limited")] * 2
    assert 'podium_skipped_runs_total{reason="rate_limited"} ' in (await client.get("/metrics")).text
