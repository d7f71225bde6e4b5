"""Budgets in declarations."""

from typing import Any

import httpx2
import pytest

from tests.api.bodies import Body, agent, nightly

ALL = {"scope": "all", "limitUsdMonth": "500"}
AGENTS = {"scope": "kind", "target": "agent", "limitUsdMonth": "100.00", "warnAtPercent": [90, 50]}
SCOUT = {"scope": "primitive", "target": "agent/scout", "limitUsdMonth": "20", "action": "warn"}
OWN = {"scope": "automation", "target": "nightly", "limitUsdMonth": "5", "timezone": "Europe/Berlin"}


def declaration(*budgets: Body, automation: Body | None = None, **changes: Any) -> Body:
    return {
        "project": "platform",
        "primitives": [agent()],
        "automations": [automation or nightly()],
        "budgets": [*budgets],
        **changes,
    }


async def applied(client: httpx2.AsyncClient, body: Body) -> list[tuple[str, str]]:
    answer = await client.post("/api/declarations", json=body)
    assert answer.status_code == 200, answer.text
    return [(item["action"], item["key"]) for item in answer.json()["items"] if item["type"] == "budget"]


async def budgets(client: httpx2.AsyncClient) -> dict[str | None, Body]:
    return {one["target"]: one for one in (await client.get("/api/budgets")).json()["items"]}


async def test_declared_budgets_are_made_changed_and_pruned(client: httpx2.AsyncClient) -> None:
    made = [("create", "all"), ("create", "kind agent"), ("create", "primitive agent/scout")]
    assert await applied(client, declaration(ALL, AGENTS, SCOUT)) == made
    audited = (await client.get("/api/audit?limit=200")).json()["items"]
    assert {action for action, _ in await applied(client, declaration(ALL, AGENTS, SCOUT))} == {"unchanged"}
    assert (await client.get("/api/audit?limit=200")).json()["items"] == audited
    found = await budgets(client)
    assert (found["agent"]["managedBy"], found["agent"]["warnAtPercent"]) == ("platform", [50, 90])
    changed = declaration(ALL, {**AGENTS, "limitUsdMonth": "90"}, prune=True)
    answer = (await client.post("/api/declarations", json={**changed, "dryRun": True})).json()
    (update,) = [item for item in answer["items"] if item["action"] == "update"]
    assert update["changes"] == [{"field": "limitUsdMonth", "before": "100", "after": "90"}]
    assert len(await budgets(client)) == 3
    assert await applied(client, changed) == [
        ("unchanged", "all"),
        ("update", "kind agent"),
        ("remove", "primitive agent/scout"),
    ]
    assert {target: one["limitUsdMonth"] for target, one in (await budgets(client)).items()} == {
        None: "500",
        "agent": "90",
    }


async def test_the_budget_of_an_automation_is_declared_in_either_place(client: httpx2.AsyncClient) -> None:
    assert await applied(client, declaration(OWN)) == [("update", "automation nightly")]
    assert await applied(client, declaration(OWN)) == [("unchanged", "automation nightly")]
    assert (await client.get("/api/automations/nightly")).json()["budgetUsdMonth"] == "5"
    both = declaration(OWN, automation=nightly(budgetUsdMonth="5.00"))
    assert await applied(client, both) == [("unchanged", "automation nightly")]
    differ = declaration(OWN, automation=nightly(budgetUsdMonth="6"))
    refused = await client.post("/api/declarations", json=differ)
    assert (refused.status_code, refused.json()["field"]) == (422, "budgets[0].limitUsdMonth")
    # Its field alone keeps the time zone that was declared; without both there is none.
    await applied(client, declaration(automation=nightly(budgetUsdMonth="5")))
    assert (await budgets(client))["nightly"]["timezone"] == "Europe/Berlin"
    await applied(client, declaration(prune=True))
    assert await budgets(client) == {}


async def test_a_budget_that_somebody_else_made_is_not_taken_over_silently(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/api/budgets", json=ALL)).status_code == 201
    assert await applied(client, declaration(ALL)) == [("unchanged", "all")]
    taken = declaration({**ALL, "limitUsdMonth": "1"})
    refused = await client.post("/api/declarations", json=taken)
    assert (refused.status_code, refused.json()["code"]) == (409, "managed_elsewhere")
    assert "budget all (created by hand)" in refused.json()["detail"]
    assert await applied(client, {**taken, "takeOver": True}) == [("update", "all")]
    assert (await budgets(client))[None]["managedBy"] == "platform"


async def test_a_budget_is_the_same_however_its_target_is_named(client: httpx2.AsyncClient) -> None:
    short = {**SCOUT, "target": "scout"}
    assert await applied(client, declaration(short, prune=True)) == [("create", "primitive scout")]
    assert await applied(client, declaration(short, prune=True)) == [("unchanged", "primitive scout")]
    assert await applied(client, declaration(SCOUT, prune=True)) == [("unchanged", "primitive agent/scout")]
    twice = await client.post("/api/declarations", json=declaration(SCOUT, short))
    assert (twice.status_code, twice.json()["field"]) == (422, "budgets[1].target")
    assert [*await budgets(client)] == ["agent/scout"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ([ALL, ALL], "budgets[1].target"),
        ([{**SCOUT, "target": "agent/nobody"}], "budgets[0].target"),
        ([{**ALL, "timezone": "Mars/Olympus"}], "budgets[0].timezone"),
        ([{**ALL, "limitUsdMonth": "lots"}], "budgets[0].limitUsdMonth"),
        ([{**ALL, "limit": "5"}], "budgets[0].limit"),
        ([{**OWN, "target": "nobody"}], "budgets[0].target"),
    ],
)
async def test_what_cannot_be_a_budget_is_refused_with_its_place(
    client: httpx2.AsyncClient, given: list[Body], field: str
) -> None:
    answer = await client.post("/api/declarations", json=declaration(*given))
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert field in {problem.get("field"), *(one["field"] for one in problem.get("errors", ()))}
    assert await budgets(client) == {}
