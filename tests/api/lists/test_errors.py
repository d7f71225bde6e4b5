"""`/api/errors`: groups over HTTP, and decisions about them."""

from datetime import UTC, datetime, timedelta

import httpx2

from models.contracts.runs.views import RunError
from models.states import RunStatus
from models.store.runs.closing import finish
from runtime.database import Sessions, transaction
from tests.api.bodies import Body, made
from tests.factories import make_agent, queue_run


async def failed(sessions: Sessions, message: str, count: int = 1) -> None:
    now = datetime.now(UTC)
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        for _ in range(count):
            run = await queue_run(session, agent, status=RunStatus.RUNNING, queued_at=now, started_at=now)
            error = RunError(type="agent_error", message=message)
            await finish(session, run, RunStatus.FAILED, error=error, at=now)


async def read(client: httpx2.AsyncClient, path: str = "", **params: str) -> Body:
    answer = await client.get(f"/api/errors{path}", params=params)
    assert answer.status_code == 200, answer.text
    found: Body = answer.json()
    return found


async def test_a_group_is_listed_read_and_decided_about(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    await failed(sessions, "HTTP 503 from https://hooks.example.com/42", 3)
    (group,) = (await read(client))["items"]
    assert group["template"] == "HTTP 503 from <url>"
    assert group["sample"] == "HTTP 503 from https://hooks.example.com/42"
    assert (group["runs"], sum(group["counts"]), group["state"]) == (3, 3, "open")
    path = f"/{group['key']}"
    assert (await read(client, path))["group"] == group
    resolved = await client.post(f"/api/errors{path}/resolve", json={"reason": "deployed"})
    assert resolved.json()["group"]["state"] == "resolved"
    assert (await read(client, state="open"))["items"] == []
    await failed(sessions, "HTTP 503 from https://hooks.example.com/43")
    assert (await read(client, path))["group"]["state"] == "regressed"
    until = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    ignored = await client.post(f"/api/errors{path}/ignore", json={"until": until})
    assert (ignored.json()["group"]["state"], ignored.json()["group"]["stateBy"]) == ("ignored", "administrator")
    assert (await client.post(f"/api/errors{path}/reopen", json={})).json()["group"]["state"] == "open"
    entries = (await client.get("/api/audit")).json()["items"]
    assert [(one["action"], one["reason"]) for one in entries[:3]] == [
        ("error.reopened", None),
        ("error.ignored", None),
        ("error.resolved", "deployed"),
    ]
    assert {one["subjectId"] for one in entries[:3]} == {entries[0]["subjectId"]}
    assert entries[0]["subject"]["name"] == "HTTP 503 from <url>"


async def test_what_makes_no_sense_is_refused(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    await failed(sessions, "broken")
    (group,) = (await read(client))["items"]
    path = f"/api/errors/{group['key']}"
    for answer in (
        await client.get("/api/errors/12"),
        await client.get(f"/api/errors/{'g' * 16}"),
        await client.get("/api/errors", params={"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}),
        await client.get("/api/errors", params={"from": "2020-03-02T00:00:00Z"}),
        await client.get("/api/errors", params={"state": "closed"}),
        await client.post(f"{path}/ignore", json={"until": "2020-01-01T00:00:00Z"}),
        await client.post(f"{path}/ignore", json={"runs": 0}),
        await client.post(f"{path}/resolve", json={"until": "2099-01-01T00:00:00Z"}),
    ):
        assert answer.status_code == 422, answer.text
    for action in ("resolve", "reopen", "ignore"):
        assert (await client.post(f"/api/errors/{'0' * 16}/{action}", json={})).status_code == 404
    assert (await client.get(f"/api/errors/{'0' * 16}")).status_code == 404


async def test_a_key_that_may_only_read_decides_nothing(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, sessions: Sessions
) -> None:
    await failed(sessions, "broken")
    (group,) = (await read(client))["items"]
    key = await made(client, "/api/keys", {"name": "reader", "scope": "read"})
    headers = {"Authorization": f"Bearer {key['key']}"}
    assert (await anonymous.get("/api/errors", headers=headers)).status_code == 200
    refused = await anonymous.post(f"/api/errors/{group['key']}/resolve", json={}, headers=headers)
    assert refused.status_code == 403
