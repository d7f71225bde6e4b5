"""Requests of runs: they continue the run's chain, which ends however it loops."""

import asyncio
import uuid
from collections import Counter
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from models.states import RunStatus
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from runtime.security.chains import CHAIN_HEADER, chain_header
from runtime.settings import Settings
from tests.api.bodies import agent, automation, made, primitive
from tests.factories import queue_run


@pytest.fixture(autouse=True)
async def listening(client: httpx2.AsyncClient) -> None:
    """The automation `echo` fires on the event `ping`, and at the webhook `hook`."""
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", automation("echo", "event", event={"name": "ping"}))
    webhook = {"path": "hook", "verification": "none"}
    await made(client, "/api/automations", automation("hook", "webhook", webhook=webhook))


async def run_of(sessions: Sessions, slug: str = "scout", **columns: Any) -> Run:
    async with transaction(sessions) as session:
        found = (await session.scalars(select(Primitive).where(Primitive.slug == slug))).one()
        return await queue_run(session, found, status=RunStatus.RUNNING, **columns)


async def ping(client: httpx2.AsyncClient, settings: Settings, run_id: uuid.UUID) -> dict[str, Any]:
    headers = {CHAIN_HEADER: chain_header(settings, run_id)}
    answer = await client.post("/api/triggers/event", json={"eventName": "ping"}, headers=headers)
    assert answer.status_code == 202, answer.text
    (run,) = answer.json()["runs"]
    return dict(run)


async def row(sessions: Sessions, fired: dict[str, Any]) -> Run:
    async with transaction(sessions) as session:
        return await session.get_one(Run, uuid.UUID(fired["runId"]))


async def test_what_a_run_sends_continues_its_chain(
    client: httpx2.AsyncClient, api_settings: Settings, sessions: Sessions
) -> None:
    await made(client, "/api/primitives", primitive("network"))
    root = await run_of(sessions, "it")
    child = await run_of(sessions, parent_run_id=root.id)
    async with transaction(sessions) as session:
        (await session.get_one(Run, child.id)).root_run_id = root.id
    first = await ping(client, api_settings, child.id)
    second = await ping(client, api_settings, uuid.UUID(first["runId"]))
    seen = [await row(sessions, one) for one in (first, second)]
    assert [(one.chain_id, one.chain_depth) for one in seen] == [(root.id, 1), (root.id, 2)]
    shown = (await client.get(f"/api/runs/{second['runId']}")).json()["origin"]
    assert (shown["causedBy"], shown["chainDepth"]) == (first["runId"], 2)


@pytest.mark.parametrize(
    "path", ["/api/webhooks/hook", "/api/automations/echo/fire", "/api/agents/scout/execute", "/api/triggers/event"]
)
async def test_every_way_to_start_a_run_continues_the_chain_and_refuses_a_forged_header(
    client: httpx2.AsyncClient, api_settings: Settings, sessions: Sessions, path: str
) -> None:
    body = {"eventName": "ping"} if path.endswith("event") else {}
    deep = await run_of(sessions, chain_depth=10)
    header = chain_header(api_settings, deep.id)
    fired = (await client.post(path, json=body, headers={CHAIN_HEADER: header})).json()["runs"]
    assert [(run["status"], run["reason"]) for run in fired] == [("skipped", "chain_too_deep")]
    for wrong in (header[:-1], "x" * 9000, ""):
        answer = await client.post(path, json=body, headers={CHAIN_HEADER: wrong})
        assert (answer.status_code, answer.json()["field"]) == (422, CHAIN_HEADER)
    assert len((await client.get("/api/runs?limit=50")).json()["items"]) == 2, "the deep one and the skipped one"


async def test_a_chain_that_branches_fires_an_automation_ten_times(
    client: httpx2.AsyncClient, api_settings: Settings, sessions: Sessions
) -> None:
    root = await run_of(sessions)
    fired = await asyncio.gather(*(ping(client, api_settings, root.id) for _ in range(15)))
    assert Counter(run["reason"] for run in fired) == {None: 10, "chain_loops": 5}
    late = next(run for run in fired if run["reason"])
    delivery = (await row(sessions, late)).delivery_id
    assert (await client.get(f"/api/deliveries/{delivery}")).json()["outcome"] == "skipped"
    other = await run_of(sessions)
    assert (await ping(client, api_settings, other.id))["reason"] is None


async def test_a_run_that_is_gone_begins_a_new_chain(
    client: httpx2.AsyncClient, api_settings: Settings, sessions: Sessions
) -> None:
    fired = await ping(client, api_settings, uuid.uuid4())
    assert ((await row(sessions, fired)).chain_id, fired["reason"]) == (None, None)
