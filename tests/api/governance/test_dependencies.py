"""Dependencies over HTTP: each change is a revision of the automation that depends, and cycles are refused in words."""

import asyncio
from typing import Any

import httpx2
import pytest

from tests.api.bodies import Body, agent, automation, made, nightly, primitive

VERBS = ("changed", "created", "removed")
LOOP = "synthesis cannot depend on digest: digest depends on bridge, which depends on synthesis"
FOLLOWS = {"dependsOn": "synthesis", "fireWhen": "completed"}
LOST = "at most 1 fire within 24 hours and 7 within 7 days are lost"


@pytest.fixture(autouse=True)
async def three(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    for slug in ("synthesis", "bridge", "digest"):
        await made(client, "/api/automations", nightly(slug))


async def depends(client: httpx2.AsyncClient, slug: str, on: str, **fields: Any) -> Body:
    return await made(client, "/api/dependencies", {"automation": slug, "dependsOn": on, **fields})


async def detail(client: httpx2.AsyncClient, slug: str) -> Body:
    return dict((await client.get(f"/api/automations/{slug}")).json())


async def test_an_edge_is_added_changed_and_removed_and_shown_at_both_ends(client: httpx2.AsyncClient) -> None:
    edge = await depends(client, "bridge", "synthesis", note="the picture of the day")
    path = f"/api/dependencies/{edge['id']}"
    changed = await client.patch(path, json={"fireWhen": "completed", "passPayload": True})
    assert (changed.status_code, changed.json()["note"]) == (200, "the picture of the day")
    bridge, synthesis = await detail(client, "bridge"), await detail(client, "synthesis")
    assert [(one["slug"], one["fireWhen"]) for one in bridge["dependsOn"]] == [("synthesis", "completed")]
    assert [(one["slug"], one["fireWhen"]) for one in synthesis["triggers"]] == [("bridge", "completed")]
    own = {"dependsOn": "synthesis", "fireWhen": "completed", "passPayload": True, "note": "the picture of the day"}
    assert bridge["dependencies"] == [own]
    assert (bridge["revision"], synthesis["revision"]) == (3, 1)
    assert (await client.patch(path, json={"note": "the picture of the day"})).status_code == 200
    assert (await detail(client, "bridge"))["revision"] == 3, "what changes nothing is no revision"
    passive = (await client.patch(path, json={"fireWhen": None})).json()
    assert (passive["fireWhen"], passive["passPayload"]) == (None, False)
    assert (await client.delete(path)).status_code == 204
    assert (await client.patch(path, json={})).status_code == 404
    bridge = await detail(client, "bridge")
    assert (bridge["dependsOn"], bridge["revision"]) == ([], 5)


async def test_what_contradicts_itself_is_refused(client: httpx2.AsyncClient) -> None:
    body = {"automation": "bridge", "dependsOn": "synthesis", "passPayload": True}
    refused = await client.post("/api/dependencies", json=body)
    assert (refused.status_code, refused.json()["field"]) == (422, "passPayload")
    edge = await depends(client, "bridge", "synthesis")
    refused = await client.patch(f"/api/dependencies/{edge['id']}", json={"passPayload": True})
    assert (refused.status_code, refused.json()["field"]) == (422, "passPayload")


async def test_an_automation_is_saved_with_its_dependencies_as_a_whole(client: httpx2.AsyncClient) -> None:
    body = nightly("weekly", dependencies=[{"dependsOn": "bridge"}, {"dependsOn": "digest", "fireWhen": "failed"}])
    weekly = await made(client, "/api/automations", body)
    assert [one["dependsOn"] for one in weekly["dependencies"]] == ["bridge", "digest"]
    kept = await client.patch("/api/automations/weekly", json={"name": "Each week"})
    assert (len(kept.json()["dependencies"]), kept.json()["revision"]) == (2, 2)
    wanted = [{"dependsOn": "synthesis"}, {"dependsOn": "digest", "fireWhen": "finished"}]
    saved = await client.patch("/api/automations/weekly", json={"dependencies": wanted, "description": "both"})
    assert {one["dependsOn"]: one["fireWhen"] for one in saved.json()["dependencies"]} == {
        "synthesis": None,
        "digest": "finished",
    }
    assert saved.json()["revision"] == 3
    again = await client.patch("/api/automations/weekly", json={"dependencies": saved.json()["dependencies"]})
    assert again.json()["revision"] == 3, "sent back unchanged, they change nothing"
    actions = [one["action"] for one in (await client.get("/api/audit?automation=weekly")).json()["items"]]
    assert sorted(actions[:4]) == [
        "automation.changed",
        "dependency.changed",
        "dependency.created",
        "dependency.removed",
    ]


@pytest.mark.parametrize(
    ("wanted", "status", "field", "detail"),
    [
        ([{"dependsOn": "digest"}], 409, "dependencies[0].dependsOn", LOOP),
        ([{"dependsOn": "synthesis"}], 409, "dependencies[0].dependsOn", "synthesis cannot depend on itself"),
        ([{"dependsOn": "nobody"}], 422, "dependencies[0].dependsOn", "there is no automation 'nobody'"),
        ([{"dependsOn": "weekly"}, {"dependsOn": "weekly"}], 422, "dependencies[1].dependsOn", "weekly is named twice"),
        ([{"dependsOn": "weekly"}] * 101, 422, "dependencies", None),
    ],
)
async def test_a_save_with_a_loop_is_refused_whole_and_says_the_way(
    client: httpx2.AsyncClient, wanted: list[Body], status: int, field: str, detail: str | None
) -> None:
    await depends(client, "bridge", "synthesis")
    await depends(client, "digest", "bridge")
    await made(client, "/api/automations", nightly("weekly"))
    answer = await client.patch("/api/automations/synthesis", json={"dependencies": wanted, "name": "Other"})
    problem = answer.json()
    assert (answer.status_code, problem["field"]) == (status, field)
    assert detail in (None, problem["detail"])
    assert (await client.get("/api/automations/synthesis")).json()["name"] == "Synthesis"


async def test_an_edge_to_an_archived_automation_is_kept_for_its_return(client: httpx2.AsyncClient) -> None:
    await depends(client, "bridge", "synthesis")
    await client.post("/api/automations/synthesis/archive")
    saved = await client.patch("/api/automations/bridge", json={"dependencies": [{"dependsOn": "digest"}]})
    assert [one["dependsOn"] for one in saved.json()["dependencies"]] == ["digest"]
    await client.post("/api/automations/synthesis/restore")
    assert {one["slug"] for one in (await detail(client, "bridge"))["dependsOn"]} == {"synthesis", "digest"}


async def test_changes_at_once_neither_form_a_cycle_nor_wait_for_each_other(client: httpx2.AsyncClient) -> None:
    """Each of three automations is to depend on the next, from many requests of two sorts."""
    ring = [("synthesis", "bridge"), ("bridge", "digest"), ("digest", "synthesis")]
    ring *= 3
    edges = (client.post("/api/dependencies", json={"automation": one, "dependsOn": other}) for one, other in ring)
    saves = (
        client.patch(f"/api/automations/{one}", json={"dependencies": [{"dependsOn": other}]}) for one, other in ring
    )
    answers = await asyncio.gather(*edges, *saves)
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    found = (await client.get("/api/dependencies")).json()["items"]
    assert len(found) == 2


async def test_impact_is_told_through_dependencies_and_agents_with_the_due_times(client: httpx2.AsyncClient) -> None:
    await depends(client, "bridge", "synthesis")
    await made(
        client,
        "/api/automations",
        automation("follow", "manual", dependencies=[FOLLOWS]),
    )
    told = (await client.get("/api/automations/synthesis/impact?action=disable")).json()
    assert (told["due"]["withinDay"], told["due"]["withinWeek"], told["asks"]) == (1, 7, True)
    shown = {one["slug"]: one for one in told["automations"]}
    assert [(one["slug"], one["effect"], one["structural"]) for one in told["automations"]] == [
        ("follow", "not_fired", False),
        ("bridge", "needs", False),
        ("digest", "shares", True),
    ]
    assert (shown["follow"]["lost"]["withinWeek"], shown["bridge"]["lost"]["withinWeek"]) == (7, 0)
    assert shown["bridge"]["due"]["withinWeek"] == 7
    assert told["warnings"] == [
        f"Follow is fired when Synthesis has completed: {LOST}",
        "Bridge depends on Synthesis",
    ]
    hour = told["due"]["nextAt"]
    short = (await client.get("/api/automations/synthesis/impact", params={"until": hour})).json()
    assert short["due"]["withinWeek"] == 0, "it resumes before"
    past = await client.get("/api/automations/synthesis/impact", params={"until": "2020-01-01T00:00:00Z"})
    assert (past.status_code, past.json()["field"]) == (422, "until")
    await client.post("/api/automations/bridge/pause")
    await client.post("/api/automations/follow/pause")
    quiet = (await client.get("/api/automations/synthesis/impact")).json()
    assert (quiet["asks"], len(quiet["warnings"])) == (False, 2), "what is paused loses nothing"
    assert (await client.get("/api/automations/synthesis/impact?action=explode")).status_code == 422


async def test_impact_of_a_primitive_reaches_what_calls_it(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", primitive("network"))
    await made(client, "/api/automations", automation("talk", "manual", {"kind": "network", "slug": "it"}))
    told = (await client.get("/api/primitives/scout/impact?action=disable")).json()
    effects = {one["slug"]: one["effect"] for one in told["automations"]}
    assert effects == {"synthesis": "skipped", "bridge": "skipped", "digest": "skipped", "talk": "calls"}
    assert [(one["kind"], one["text"]) for one in told["primitives"]] == [("network", "calls Scout")]
    assert sum(one["lost"]["withinWeek"] for one in told["automations"]) == 21
    assert (told["primitive"]["slug"], told["automation"]) == ("scout", None)


async def test_a_bulk_pause_tells_its_impact_before_and_only_where_something_stops(client: httpx2.AsyncClient) -> None:
    await depends(client, "bridge", "synthesis")
    body = {"action": "pause", "automations": ["synthesis", "digest"], "dryRun": True}
    told = (await client.post("/api/automations/bulk", json=body)).json()
    assert [(one["slug"], one["text"]) for one in told["impact"]["automations"] if one["effect"] == "needs"] == [
        ("bridge", "depends on Synthesis")
    ]
    assert (told["impact"]["due"]["withinWeek"], [one["slug"] for one in told["dependents"]]) == (14, ["bridge"])
    resumed = await client.post("/api/automations/bulk", json={**body, "action": "resume"})
    assert resumed.json()["impact"] is None
