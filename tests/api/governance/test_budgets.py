"""`/api/budgets`: making, changing and removing budgets, and what they show."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from models.rules.budgets.months import month_of
from models.states import RunStatus
from models.store.runs.closing import finish
from models.store.stats.folding import fold_opened
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from tests.api.bodies import Body, agent, automation, everything, made, nightly
from tests.factories import queue_run


async def runs(sessions: Sessions, slug: str, cost: str | None, *, close: bool = True) -> Run:
    """Let an automation have a run of this month."""
    now = datetime.now(UTC)
    async with transaction(sessions) as session:
        row = (await session.scalars(select(Automation).where(Automation.slug == slug))).one()
        primitive = await session.get_one(Primitive, row.primitive_id)
        run = await queue_run(session, primitive, row, queued_at=now)
        run.status, run.started_at = RunStatus.RUNNING, now
        run.cost_usd = None if cost is None else Decimal(cost)
        await session.flush()
        await fold_opened(session, run)
        if close:
            await finish(session, run, RunStatus.COMPLETED, at=now)
    return run


async def listed(client: httpx2.AsyncClient, **params: Any) -> list[Body]:
    answer = await client.get("/api/budgets", params=params)
    assert answer.status_code == 200, answer.text
    items: list[Body] = answer.json()["items"]
    return items


async def test_a_budget_shows_what_its_month_has_cost_so_far(client: httpx2.AsyncClient, sessions: Sessions) -> None:
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", nightly())
    await runs(sessions, "nightly", "0.40")
    await runs(sessions, "nightly", None)
    await runs(sessions, "nightly", "0.10", close=False)
    answer = await client.post("/api/budgets", json={"scope": "all", "limitUsdMonth": "100", "timezone": "Asia/Tokyo"})
    assert answer.status_code == 201, answer.text
    assert answer.headers["ETag"] == '"1"'
    budget = answer.json()
    assert (budget["name"], budget["target"], budget["targetId"]) == ("All runs", None, None)
    assert (budget["action"], budget["warnAtPercent"], budget["state"]) == ("stop", [80], "ok")
    month = budget["month"]
    assert (month["spentUsd"], month["reservedUsd"], month["leftUsd"]) == ("0.4", "0.4", "99.2")
    assert (month["runsUnderWay"], month["unknownRuns"], month["refusedRuns"]) == (1, 1, 0)
    began = month_of(datetime.now(UTC), "Asia/Tokyo")
    assert datetime.fromisoformat(month["startsAt"]) == began.starts_at
    assert datetime.fromisoformat(month["endsAt"]) == began.ends_at
    assert Decimal(budget["outlook"]["monthEndUsd"]) >= Decimal("0.8")
    assert budget["outlook"]["endsOn"] is None
    assert budget["waiting"] == {"runs": 0, "automations": []}
    assert await listed(client) == [budget]
    measured = (await client.get("/metrics")).text
    for part, usd in (("limit", "100.0"), ("spent", "0.4"), ("reserved", "0.4")):
        assert f'podium_budget_usd{{part="{part}",scope="all",target=""}} {usd}' in measured
    assert (await client.get(f"/api/budgets/{budget['id']}")).json() == budget


async def test_each_scope_names_its_target(client: httpx2.AsyncClient) -> None:
    await everything(client)
    await made(client, "/api/automations", nightly())
    await made(client, "/api/automations", automation("launch", "manual", {"kind": "campaign", "slug": "it"}))
    for scope, target, name in (
        ("all", None, "All runs"),
        ("kind", "agent", "All agents"),
        ("kind", "campaign", "All campaigns"),
        ("primitive", "agent/scout", "Scout"),
        ("automation", "nightly", "Nightly"),
    ):
        body = {"scope": scope, "target": target, "limitUsdMonth": "5"}
        budget = await made(client, "/api/budgets", body)
        assert (budget["scope"], budget["target"], budget["name"]) == (scope, target, name)
        again = await client.post("/api/budgets", json=body)
        assert (again.status_code, again.json()["field"]) == (409, "target")
    of_agents = await listed(client, automation="nightly")
    assert [one["target"] for one in of_agents] == ["nightly", "agent/scout", "agent", None]
    assert [one["target"] for one in await listed(client, automation="launch")] == ["campaign", None]
    assert [one["target"] for one in await listed(client, scope="kind")] == ["campaign", "agent"]
    first = (await client.get("/api/budgets", params={"limit": 2})).json()
    rest = (await client.get("/api/budgets", params={"cursor": first["nextCursor"]})).json()
    assert len(first["items"] + rest["items"]) == 5


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scope": "all", "target": "scout"}, "target"),
        ({"scope": "kind"}, "target"),
        ({"scope": "kind", "target": "robot"}, "target"),
        ({"scope": "primitive", "target": "agent/nobody"}, "target"),
        ({"scope": "primitive", "target": "robot/scout"}, "target"),
        ({"scope": "automation", "target": "nobody"}, "target"),
        ({"scope": "everything"}, "scope"),
        ({"scope": "all", "limitUsdMonth": "-1"}, "limitUsdMonth"),
        ({"scope": "all", "limitUsdMonth": 1e30}, "limitUsdMonth"),
        ({"scope": "all", "timezone": "Mars/Olympus"}, "timezone"),
        ({"scope": "all", "warnAtPercent": [100]}, "warnAtPercent[0]"),
        ({"scope": "all", "warnAtPercent": [*range(1, 12)]}, "warnAtPercent"),
        ({"scope": "all", "action": "explode"}, "action"),
        ({"scope": "all", "limit": "5"}, "limit"),
    ],
)
async def test_what_cannot_be_a_budget_is_refused_with_its_field(
    client: httpx2.AsyncClient, body: Body, field: str
) -> None:
    await made(client, "/api/primitives", agent())
    answer = await client.post("/api/budgets", json={"limitUsdMonth": "5", **body})
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert field in {problem.get("field"), *(one["field"] for one in problem.get("errors", ()))}
    assert await listed(client) == []


async def test_the_budget_of_an_automation_is_its_field_and_both_ways_change_it(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", nightly(budgetUsdMonth="25.00"))
    (budget,) = await listed(client)
    assert (budget["scope"], budget["target"], budget["limitUsdMonth"]) == ("automation", "nightly", "25")
    path = f"/api/budgets/{budget['id']}"
    changed = await client.patch(path, json={"limitUsdMonth": "30", "warnAtPercent": [50, 90, 50]})
    assert (changed.json()["limitUsdMonth"], changed.json()["warnAtPercent"]) == ("30", [50, 90])
    shown = (await client.get("/api/automations/nightly")).json()
    assert (shown["budgetUsdMonth"], shown["revision"]) == ("30", 2)
    await client.patch("/api/automations/nightly", json={"budgetUsdMonth": "40"})
    (budget,) = await listed(client)
    assert (budget["limitUsdMonth"], budget["warnAtPercent"]) == ("40", [50, 90])
    assert (await client.delete(path)).status_code == 204
    assert (await client.get("/api/automations/nightly")).json()["budgetUsdMonth"] is None
    await client.patch("/api/automations/nightly", json={"budgetUsdMonth": "1"})
    assert len(await listed(client)) == 1
    await client.patch("/api/automations/nightly", json={"budgetUsdMonth": None})
    assert await listed(client) == []


async def test_changes_are_audited_and_a_stale_one_is_refused(client: httpx2.AsyncClient) -> None:
    budget = await made(client, "/api/budgets", {"scope": "all", "limitUsdMonth": "5"})
    path = f"/api/budgets/{budget['id']}"
    changed = await client.patch(path, json={"limitUsdMonth": "6", "action": "warn"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert (await client.patch(path, json={"limitUsdMonth": "7"}, headers={"If-Match": '"1"'})).status_code == 412
    assert (await client.patch(path, json={"limitUsdMonth": "6"})).json()["revision"] == 2
    assert (await client.patch(path, json={"limitUsdMonth": None})).json()["field"] == "limitUsdMonth"
    assert (await client.delete(path)).status_code == 204
    for call in (client.get, client.delete):
        assert (await call(path)).status_code == 404
    entries = (await client.get("/api/audit", params={"subjectType": "budget"})).json()["items"]
    assert [entry["action"] for entry in entries] == ["budget.removed", "budget.changed", "budget.created"]
    assert entries[1]["before"] == {"limitUsdMonth": "5", "action": "stop"}
    assert entries[1]["after"] == {"limitUsdMonth": "6", "action": "warn"}
    assert (entries[0]["actor"], entries[0]["subjectId"]) == ("administrator", budget["id"])


async def test_only_administrators_change_budgets(client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient) -> None:
    budget = await made(client, "/api/budgets", {"scope": "all", "limitUsdMonth": "5"})
    for scope, reads in (("read", 200), ("operate", 200)):
        key = (await made(client, "/api/keys", {"name": scope, "scope": scope}))["key"]
        headers = {"Authorization": f"Bearer {key}"}
        path = f"/api/budgets/{budget['id']}"
        assert (await anonymous.get("/api/budgets", headers=headers)).status_code == reads
        assert (await anonymous.patch(path, json={"limitUsdMonth": "9"}, headers=headers)).status_code == 403
        assert (await anonymous.delete(path, headers=headers)).status_code == 403
        body = {"scope": "kind", "target": "agent", "limitUsdMonth": "5"}
        assert (await anonymous.post("/api/budgets", json=body, headers=headers)).status_code == 403
    assert (await anonymous.get("/api/budgets")).status_code == 401


async def test_what_has_no_budget_left_is_over_budget_in_the_list(
    client: httpx2.AsyncClient, sessions: Sessions
) -> None:
    await everything(client)
    await made(client, "/api/automations", nightly())
    await made(client, "/api/automations", automation("launch", "manual", {"kind": "campaign", "slug": "it"}))
    await runs(sessions, "nightly", "2")

    async def states() -> dict[str, str]:
        found = (await client.get("/api/live/automations")).json()["automations"]
        return {one["slug"]: one["state"] for one in found}

    assert await states() == {"nightly": "ok", "launch": "new"}
    budget = await made(client, "/api/budgets", {"scope": "kind", "target": "agent", "limitUsdMonth": "1"})
    assert (budget["state"], budget["outlook"]["endsOn"]) == ("spent", datetime.now(UTC).date().isoformat())
    assert await states() == {"nightly": "over_budget", "launch": "new"}
    titles = [one["title"] for one in (await client.get("/api/notices")).json()["items"]]
    assert titles == ["The budget of all agents is spent"]
    path = f"/api/budgets/{budget['id']}"
    await client.patch(path, json={"limitUsdMonth": "10"})
    assert (await states())["nightly"] == "ok"
    await client.patch(path, json={"limitUsdMonth": "3"})
    # The next run would not fit: it costs two dollars, and one is left.
    assert (await states())["nightly"] == "over_budget"
    await client.delete(path)
    assert (await states())["nightly"] == "ok"
