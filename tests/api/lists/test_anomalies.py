"""`/api/anomalies` and Control: what is unusual is listed, and needs somebody unless a change explains it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2

from models.kinds import Kind
from models.states import AnomalyMetric
from models.store.ids import fresh_id
from models.store.sweep.passes import note_pass
from models.store.tables.anomalies import Anomaly
from models.store.tables.primitives import Primitive
from runtime.database import Sessions, transaction
from tests.api.bodies import Body
from tests.factories import make_agent

HOUR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
FIGURES = {"value": 412.0, "usual": 130.0, "low": 90.0, "high": 170.0, "score": 8.0, "runs": 412, "hours": 1}


async def unusual(sessions: Sessions, primitive: Primitive | None = None, **columns: Any) -> None:
    async with transaction(sessions) as session:
        given = {**FIGURES, "metric": AnomalyMetric.STARTS, "is_low": False, "explained": None, **columns}
        about = {"kind": Kind.AGENT, "primitive_id": primitive.id if primitive else None}
        session.add(Anomaly(id=fresh_id(), first_hour=HOUR, last_hour=HOUR, **about, **given))


async def agent_of(sessions: Sessions, slug: str) -> Primitive:
    async with transaction(sessions) as session:
        await note_pass(session, "runs")
        return await make_agent(session, slug)


async def control(client: httpx2.AsyncClient) -> Body:
    answer = await client.get("/api/live/control", headers={"Cache-Control": "no-cache"})
    found: Body = answer.json()
    return found


async def test_anomalies_are_listed_by_filter(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    scout = await agent_of(sessions, "scout")
    await unusual(sessions, scout)
    await unusual(sessions, metric=AnomalyMetric.WAIT, value=38_000.0, usual=400.0)
    await unusual(sessions, scout, metric=AnomalyMetric.DURATION, closed_at=datetime.now(UTC))
    items = (await client.get("/api/anomalies")).json()["items"]
    assert len(items) == 3
    opened = (await client.get("/api/anomalies", params={"open": "true", "metric": "starts"})).json()["items"]
    (one,) = opened
    assert one["text"].startswith("Events have started Scout 412 times between ")
    assert (one["primitive"]["slug"], one["closedAt"]) == ("scout", None)
    closed = (await client.get("/api/anomalies", params={"open": "false"})).json()["items"]
    assert [one["metric"] for one in closed] == ["duration"]
    first = (await client.get("/api/anomalies", params={"limit": 2})).json()
    rest = (await client.get("/api/anomalies", params={"limit": 2, "cursor": first["nextCursor"]})).json()
    assert len(first["items"]) + len(rest["items"]) == 3
    assert (await client.get("/api/anomalies", params={"tz": "Mars/Base"})).status_code == 422


async def test_control_tells_what_is_unusual_and_leads_to_its_runs(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    scout = await agent_of(sessions, "scout")
    await unusual(sessions, scout)
    # Most of the kind's difference is that agent's, so the kind is not told as well.
    await unusual(sessions, value=450.0, usual=160.0, score=6.0)
    found = await control(client)
    (need,) = (one for one in found["needsYou"] if one["code"] == "unusual")
    assert need["text"].startswith("Events have started Scout 412 times")
    assert "primitive=scout" in need["link"]
    assert datetime.fromisoformat(need["since"]) == HOUR
    (reason,) = (one for one in found["reasons"] if one["code"] == "unusual")
    assert reason["verdict"] == "degraded"


async def test_of_many_agents_the_kind_is_told(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    for slug in ("scout", "other"):
        await unusual(sessions, await agent_of(sessions, slug))
    await unusual(sessions, value=2000.0, usual=500.0)
    needs = [one["text"] for one in (await control(client))["needsYou"] if one["code"] == "unusual"]
    assert len(needs) == 1
    assert needs[0].startswith("Events have started all agents 2,000 times")


async def test_what_a_change_explains_needs_nobody(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    scout = await agent_of(sessions, "scout")
    await unusual(sessions, scout, explained="Ada changed Scout at 10:30 UTC")
    found = await control(client)
    assert "unusual" not in {one["code"] for one in (*found["needsYou"], *found["reasons"])}
    (listed,) = (await client.get("/api/anomalies")).json()["items"]
    assert listed["explained"] == "Ada changed Scout at 10:30 UTC"
