"""Replaying many deliveries: counted and frozen first, then each of them once, at a rate, until it is stopped."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update
from temporalio.testing import ActivityEnvironment

from activities.replays import ReplayActivities
from models.contracts.runs import replays as contracts
from models.states import RunStatus
from models.store.replays import planning, turns
from models.store.retention import delete_expired, empty_deliveries
from models.store.runs.closing import finish
from models.store.runs.locks import lock_run
from models.store.tables.deliveries import Delivery
from models.store.tables.replays import Replay
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from tests.api.bodies import Body, agent, automation, made

EVENT = {"endpoint": ["event:order.created"]}
FAST = {"ratePerMinute": contracts.FASTEST_PER_MINUTE}


@pytest.fixture
async def orders(client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """Return a client of a platform with one automation on `order.created`."""
    await made(client, "/api/primitives", agent())
    await listener(client, "all")
    return client


async def listener(client: httpx2.AsyncClient, slug: str, **event: str) -> Body:
    return await made(client, "/api/automations", automation(slug, "event", event={"name": "order.created", **event}))


async def send(client: httpx2.AsyncClient, *payloads: Any) -> list[Body]:
    found = []
    for payload in payloads:
        body = {"eventName": "order.created", "payload": payload}
        found.append((await client.post("/api/triggers/event", json=body)).json())
    return found


async def end(sessions: Sessions, sent: Body, status: RunStatus) -> None:
    async with transaction(sessions) as session:
        for run in sent["runs"]:
            row = await lock_run(session, UUID(run["runId"]))
            await finish(session, row, status, at=datetime.now(UTC))


async def ask(client: httpx2.AsyncClient, wanted: Body, **more: Any) -> httpx2.Response:
    return await client.post("/api/deliveries/replay", json={"filter": wanted, **more})


async def preview(client: httpx2.AsyncClient, wanted: Body, **more: Any) -> Body:
    answer = await ask(client, wanted, dryRun=True, **more)
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    return found


async def start(client: httpx2.AsyncClient, wanted: Body, **more: Any) -> Body:
    token = (await preview(client, wanted, **more))["token"]
    answer = await ask(client, wanted, token=token, **more)
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()["replay"]
    return found


def activities(app: FastAPI) -> ReplayActivities:
    state = app.state.podium
    return ReplayActivities(state.sessions, state.temporal)


async def carry_out(app: FastAPI) -> None:
    assert await ActivityEnvironment().run(activities(app).replay_due) is None


async def replayed(sessions: Sessions) -> Counter[UUID]:
    async with transaction(sessions) as session:
        found = await session.scalars(select(Delivery.replay_of).where(Delivery.replay_of.is_not(None)))
        return Counter(one for one in found if one)


async def test_a_preview_counts_what_is_replayed_and_what_is_left_out(
    orders: httpx2.AsyncClient, sessions: Sessions
) -> None:
    failed, done, _open, again, gone = await send(orders, *range(5))
    for sent, status in ((failed, RunStatus.FAILED), (done, RunStatus.COMPLETED), (again, RunStatus.FAILED)):
        await end(sessions, sent, status)
    await end(sessions, gone, RunStatus.FAILED)
    await orders.post(f"/api/deliveries/{again['deliveryId']}/replay")
    async with transaction(sessions) as session:
        statement = update(Delivery).where(Delivery.id == UUID(gone["deliveryId"]))
        await session.execute(statement.values(content_deleted_at=datetime.now(UTC)))
    found = await preview(orders, EVENT, ratePerMinute=30)
    # The replay of `again` is under way, as `_open` is.
    assert (found["count"], found["completed"], found["seconds"]) == (2, 1, 2)
    assert found["leftOut"] == {"under_way": 2, "replayed": 1, "content_deleted": 1}
    assert found["endpoints"] == [{"endpoint": "event:order.created", "count": 2}]
    assert found["replay"] is None
    assert (await preview(orders, EVENT, again=True))["count"] == 5
    assert (await preview(orders, {"deadReason": ["failed"]}))["count"] == 1
    assert (await preview(orders, {"deliveryIds": [failed["deliveryId"]]}))["count"] == 1
    assert (await orders.get("/api/replays")).json()["items"] == []


async def test_each_delivery_is_replayed_once_in_order_and_by_the_present_filters(
    orders: httpx2.AsyncClient, app: FastAPI, sessions: Sessions
) -> None:
    sent = await send(orders, *({"n": n} for n in range(6)))
    for one in sent:
        await end(sessions, one, RunStatus.FAILED)
    await orders.patch("/api/automations/all", json={"event": {"filter": "payload.n != 2"}})
    replay = await start(orders, {"dead": True}, reason="fixed", **FAST)
    assert (replay["status"], replay["total"], replay["pending"], replay["reason"]) == ("running", 6, 6, "fixed")
    await carry_out(app)
    assert await replayed(sessions) == Counter(UUID(one["deliveryId"]) for one in sent)
    shown = (await orders.get(f"/api/replays/{replay['id']}")).json()
    assert (shown["status"], shown["outcomes"], shown["runs"]) == (
        "completed",
        {"fired": 5, "filtered": 1},
        {"queued": 5},
    )
    items = (await orders.get(f"/api/replays/{replay['id']}/items")).json()["items"]
    assert [one["deliveryId"] for one in items] == [one["deliveryId"] for one in sent]
    assert items[2]["outcome"] == "filtered"
    ids = [one["replayedAs"] for one in items]
    newest = (await orders.get("/api/deliveries", params={"limit": 6})).json()["items"]
    assert [one["id"] for one in newest] == ids[::-1]
    assert {one["replayId"] for one in newest} == {replay["id"]}
    origin = (await orders.get(f"/api/runs/{newest[0]['runs'][0]['runId']}")).json()["origin"]
    assert origin["replayOf"] == sent[5]["deliveryId"]
    assert (await preview(orders, {"dead": True}))["count"] == 0
    actions = [one["action"] for one in (await orders.get("/api/audit")).json()["items"]]
    assert actions[:2] == ["replay.ended", "replay.started"]
    notices = (await orders.get("/api/notices")).json()["items"]
    assert notices[0]["title"] == "The replay of 6 deliveries has ended"


async def test_two_workers_and_one_that_is_killed_replay_each_delivery_once(
    orders: httpx2.AsyncClient, app: FastAPI, sessions: Sessions
) -> None:
    sent = await send(orders, *range(12))
    for one in sent:
        await end(sessions, one, RunStatus.FAILED)
    replay = await start(orders, {"dead": True}, **FAST)
    work = activities(app)
    killed = asyncio.create_task(ActivityEnvironment().run(work.replay_due))
    for _ in range(500):
        if len(await replayed(sessions)) >= 3:
            break
        await asyncio.sleep(0.01)
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    assert 3 <= len(await replayed(sessions)) < 12
    await asyncio.gather(*(ActivityEnvironment().run(work.replay_due) for _ in range(2)))
    assert await replayed(sessions) == Counter(UUID(one["deliveryId"]) for one in sent)
    assert (await orders.get(f"/api/replays/{replay['id']}")).json()["outcomes"] == {"fired": 12}
    async with transaction(sessions) as session:
        assert len((await session.scalars(select(Run.id))).all()) == 24


async def test_it_goes_no_faster_than_its_rate(orders: httpx2.AsyncClient, sessions: Sessions) -> None:
    for one in await send(orders, *range(3)):
        await end(sessions, one, RunStatus.FAILED)
    await start(orders, {"dead": True}, ratePerMinute=2)
    taken = []
    for _ in range(2):
        async with transaction(sessions) as session:
            taken.append(await turns.take_turn(session))
    assert taken[0] is not None
    assert (taken[0].position, taken[1]) == (1, None)
    async with transaction(sessions) as session:
        left = await turns.seconds_to_next(session)
    assert left is not None
    # What was late by up to two seconds is made up for.
    assert 25 < left <= 30


async def test_a_replay_is_paused_changed_resumed_and_cancelled(
    orders: httpx2.AsyncClient, app: FastAPI, sessions: Sessions
) -> None:
    for one in await send(orders, *range(5)):
        await end(sessions, one, RunStatus.FAILED)
    replay = await start(orders, {"dead": True}, ratePerMinute=1)
    path = f"/api/replays/{replay['id']}"
    paused = (await orders.post(f"{path}/pause", json={"reason": "too much"})).json()
    assert (paused["status"], paused["pausedReason"], paused["endsAt"]) == ("paused", "too much", None)
    await carry_out(app)
    assert (await orders.get(path)).json()["pending"] == 5
    changed = (await orders.patch(path, json={"ratePerMinute": 2})).json()
    assert (changed["ratePerMinute"], changed["status"]) == (2, "paused")
    resumed = (await orders.post(f"{path}/resume")).json()
    assert (resumed["status"], resumed["pausedAt"]) == ("running", None)
    # The first has its turn at once, the second in half a minute.
    left = await ActivityEnvironment().run(activities(app).replay_due)
    assert left is not None
    cancelled = (await orders.post(f"{path}/cancel")).json()
    assert (cancelled["status"], cancelled["outcomes"]) == ("cancelled", {"fired": 1, "cancelled": 4})
    for verb in ("pause", "resume", "cancel"):
        refused = await orders.post(f"{path}/{verb}")
        assert (refused.status_code, refused.json()["code"]) == (409, "already_finished")
    assert (await orders.get("/api/replays?status=running")).json()["items"] == []
    assert len((await orders.get(f"{path}/items?outcome=cancelled")).json()["items"]) == 4


async def test_a_delivery_that_cannot_be_replayed_says_why_and_stops_no_other(
    orders: httpx2.AsyncClient, app: FastAPI, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = {"path": "hook", "verification": "none"}
    await made(orders, "/api/automations", automation("hook", "webhook", webhook=hook))
    lost = (await orders.post("/api/webhooks/hook", json={})).json()
    (good,) = await send(orders, 1)
    for one in (lost, good):
        await end(sessions, one, RunStatus.FAILED)
    await orders.delete("/api/automations/hook")
    replay = await start(orders, {"dead": True}, **FAST)
    await carry_out(app)
    items = (await orders.get(f"/api/replays/{replay['id']}/items")).json()["items"]
    assert [one["outcome"] for one in items] == ["failed", "fired"]
    assert "no longer exists" in items[0]["reason"]
    # A replay that only fails pauses itself, and tells.
    monkeypatch.setattr(turns, "FAILURES_IN_A_ROW", 1)
    await start(orders, {"deliveryIds": [lost["deliveryId"], good["deliveryId"]]}, again=True, **FAST)
    await carry_out(app)
    paused = (await orders.get("/api/replays")).json()["items"][0]
    assert (paused["status"], paused["pausedBy"], paused["pending"]) == ("paused", "podium", 1)
    assert "could not be replayed" in paused["pausedReason"]
    assert "paused" in (await orders.get("/api/notices")).json()["items"][0]["title"]


async def test_only_one_automation_may_be_fired(orders: httpx2.AsyncClient, app: FastAPI, sessions: Sessions) -> None:
    (sent,) = await send(orders, 1)
    await end(sessions, sent, RunStatus.FAILED)
    second = await listener(orders, "second")
    replay = await start(orders, {"dead": True}, only="second", **FAST)
    assert replay["only"]["slug"] == "second"
    await carry_out(app)
    (row,) = (await orders.get("/api/deliveries", params={"replayOf": sent["deliveryId"]})).json()["items"]
    assert [run["automation"]["id"] for run in row["runs"]] == [second["id"]]


async def test_it_starts_exactly_what_was_shown_and_once(orders: httpx2.AsyncClient, sessions: Sessions) -> None:
    first, second = await send(orders, 1, 2)
    for one in (first, second):
        await end(sessions, one, RunStatus.FAILED)
    shown = await preview(orders, {"dead": True})
    # What arrives and dies later is not among them.
    (later,) = await send(orders, 3)
    await end(sessions, later, RunStatus.FAILED)
    answers = await asyncio.gather(*(ask(orders, {"dead": True}, token=shown["token"]) for _ in range(3)))
    assert len({one.json()["replay"]["id"] for one in answers}) == 1
    assert answers[0].json()["count"] == 2
    shown = await preview(orders, {"dead": True})
    await orders.post(f"/api/deliveries/{later['deliveryId']}/replay")
    refused = await ask(orders, {"dead": True}, token=shown["token"])
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_outdated")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"filter": {}, "dryRun": True}, "filter"),
        ({"filter": {"q": ""}, "dryRun": True}, "filter"),
        ({"filter": {"dead": True}}, "token"),
        ({"filter": {"dead": True}, "dryRun": True, "token": "x"}, "token"),
        ({"filter": {"dead": True}, "token": "x"}, "token"),
        ({"filter": {"dead": "true"}, "dryRun": True}, "filter.dead"),
        ({"filter": {"dead": True}, "dryRun": True, "ratePerMinute": 0}, "ratePerMinute"),
        ({"filter": {"dead": True}, "dryRun": True, "ratePerMinute": 100_000}, "ratePerMinute"),
        ({"filter": {"dead": True, "limit": 5}, "dryRun": True}, "filter.limit"),
    ],
)
async def test_what_makes_no_sense_is_refused(client: httpx2.AsyncClient, body: Body, field: str) -> None:
    answer = await client.post("/api/deliveries/replay", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text


async def test_a_replay_that_would_be_too_large_or_empty_is_refused(
    orders: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = await preview(orders, {"dead": True})
    assert (nothing["count"], nothing["seconds"]) == (0, 0)
    refused = await ask(orders, {"dead": True}, token=nothing["token"])
    assert (refused.status_code, refused.json()["detail"]) == (409, "nothing would be replayed")
    await send(orders, *range(3))
    monkeypatch.setattr(planning, "MOST_REPLAYED", 2)
    refused = await ask(orders, EVENT, dryRun=True)
    assert (refused.status_code, refused.json()["field"]) == (422, "filter")
    monkeypatch.setattr(planning, "MOST_REPLAYED", 10)
    monkeypatch.setattr(planning, "READ_AT_ONCE", 1)
    monkeypatch.setattr(planning, "MOST_READS", 2)
    assert "too wide" in (await ask(orders, EVENT, dryRun=True)).text
    for path in ("", "/items", "/pause"):
        method = "POST" if path == "/pause" else "GET"
        assert (await orders.request(method, f"/api/replays/{UUID(int=1)}{path}")).status_code == 404


async def test_a_repeated_key_replays_one_delivery_once(orders: httpx2.AsyncClient, sessions: Sessions) -> None:
    (sent,) = await send(orders, 1)
    path = f"/api/deliveries/{sent['deliveryId']}/replay"
    answers = [(await orders.post(path, headers={"Idempotency-Key": key})).json() for key in ("a", "a", "b")]
    assert [one["duplicate"] for one in answers] == [False, True, False]
    assert answers[0]["deliveryId"] == answers[1]["deliveryId"]
    assert await replayed(sessions) == Counter({UUID(sent["deliveryId"]): 2})


async def test_old_replays_are_deleted_with_the_content_of_their_deliveries(
    orders: httpx2.AsyncClient, app: FastAPI, sessions: Sessions
) -> None:
    (sent,) = await send(orders, 1)
    await end(sessions, sent, RunStatus.FAILED)
    await start(orders, {"dead": True}, **FAST)
    await carry_out(app)
    now = datetime.now(UTC) + timedelta(days=1)
    async with transaction(sessions) as session:
        await empty_deliveries(session, now, now)
    async with transaction(sessions) as session:
        await delete_expired(session, now, now)
        assert (await session.scalars(select(Replay))).all() == []
