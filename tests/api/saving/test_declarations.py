"""A declaration is applied as a whole or not at all; applying it again changes nothing."""

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from api.declaring.planning import apply
from api.deps import AfterCommit
from api.http.auth import Actor
from models.contracts.automations.declarations import Declaration
from models.states import Scope
from models.store.automations.queries import with_primitive
from models.store.ids import fresh_id
from models.store.runs.locks import lock_automation
from runtime.database import Sessions, limit_lock_waits, transaction
from tests.api.bodies import Body, agent, automation, made, nightly, primitive
from tests.factories import queue_run

WEBHOOK = {"path": "on-push", "verification": "github", "secret": "hush hush"}


def declaration(**changes: Any) -> Body:
    # The workflow comes before its agent: the order does not matter.
    return {
        "project": "platform.yaml",
        "primitives": [primitive("workflow", "digest"), agent()],
        "automations": [
            nightly(healthPolicy={"enabled": True}, budgetUsdMonth="25.00"),
            automation("on-push", "webhook", {"kind": "workflow", "slug": "digest"}, webhook=WEBHOOK),
        ],
        "dependencies": [{"automation": "on-push", "dependsOn": "nightly", "note": "needs its data"}],
        **changes,
    }


async def applied(client: httpx2.AsyncClient, body: Body) -> list[tuple[str, str]]:
    answer = await client.post("/api/declarations", json=body)
    assert answer.status_code == 200, answer.text
    return [(item["action"], item["key"]) for item in answer.json()["items"]]


async def test_applying_a_declaration_twice_changes_nothing(client: httpx2.AsyncClient) -> None:
    assert await applied(client, declaration()) == [
        ("create", "agent/scout"),
        ("create", "workflow/digest"),
        ("create", "nightly"),
        ("create", "on-push"),
        ("create", "on-push -> nightly"),
    ]
    audited = (await client.get("/api/audit?limit=200")).json()["items"]
    revision = (await client.get("/api/automations/on-push")).json()["revision"]
    assert {action for action, _ in await applied(client, declaration())} == {"unchanged"}
    assert (await client.get("/api/automations/on-push")).json()["revision"] == revision
    assert (await client.get("/api/audit?limit=200")).json()["items"] == audited
    assert (await client.get("/api/automations/nightly")).json()["managedBy"] == "platform.yaml"


async def test_only_differences_are_updated_and_the_plan_names_the_fields(client: httpx2.AsyncClient) -> None:
    await applied(client, declaration())
    body = declaration()
    body["automations"][0]["schedule"]["cronExpr"] = "5 22 * * *"
    body["primitives"][1]["spec"]["capacity"] = 9
    body["dependencies"][0]["note"] = "other"
    answer = (await client.post("/api/declarations", json=body)).json()
    changed = {item["key"]: item["changes"] for item in answer["items"] if item["action"] == "update"}
    assert changed == {
        "nightly": [{"field": "schedule.cronExpr", "before": "0 22 * * *", "after": "5 22 * * *"}],
        "agent/scout": [{"field": "spec.capacity", "before": 4, "after": 9}],
        "on-push -> nightly": [{"field": "note", "before": "needs its data", "after": "other"}],
    }
    assert (await client.get("/api/automations/nightly")).json()["revision"] == 2
    assert (await client.get("/api/automations/on-push")).json()["revision"] == 3, (
        "its dependency was added and changed"
    )


async def test_a_new_secret_is_a_change_that_is_not_shown(client: httpx2.AsyncClient) -> None:
    await applied(client, declaration())
    body = declaration()
    body["automations"][1]["webhook"] = {**WEBHOOK, "secret": "another one"}
    answer = await client.post("/api/declarations", json=body)
    assert [change["field"] for item in answer.json()["items"] for change in item["changes"]] == ["webhook.secret"]
    assert "another one" not in answer.text
    assert "hush" not in answer.text
    assert {action for action, _ in await applied(client, body)} == {"unchanged"}


async def test_prune_archives_only_what_the_same_project_created(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent("by-hand"))
    await applied(client, {"project": "other.yaml", "primitives": [agent("theirs")]})
    await applied(client, declaration())
    smaller = declaration(automations=[nightly()], primitives=[agent()], dependencies=[])
    assert "archive" not in {action for action, _ in await applied(client, smaller)}
    pruned = await applied(client, {**smaller, "prune": True})
    assert [item for item in pruned if item[0] != "unchanged"] == [
        ("remove", "on-push -> nightly"),
        ("archive", "on-push"),
        ("archive", "workflow/digest"),
    ]
    left = {item["slug"] for item in (await client.get("/api/primitives")).json()["items"]}
    assert left == {"scout", "by-hand", "theirs"}
    assert [item["slug"] for item in (await client.get("/api/automations")).json()["items"]] == ["nightly"]


async def test_a_dry_run_returns_the_plan_and_changes_nothing(client: httpx2.AsyncClient) -> None:
    plan = await applied(client, declaration(dryRun=True, prune=True))
    assert len(plan) == 5
    assert (await client.get("/api/primitives")).json()["items"] == []
    assert (await client.get("/api/automations")).json()["items"] == []
    assert (await client.get("/api/audit")).json()["items"] == []


async def test_applying_does_not_resume_a_paused_automation(client: httpx2.AsyncClient) -> None:
    await applied(client, declaration())
    await client.post("/api/automations/nightly/pause", json={"reason": "too loud"})
    assert ("unchanged", "nightly") in await applied(client, declaration())
    assert (await client.get("/api/automations/nightly")).json()["isActive"] is False
    says_so = declaration(automations=[nightly(isActive=True, healthPolicy={"enabled": True}, budgetUsdMonth="25")])
    assert ("update", "nightly") in await applied(client, says_so)
    assert (await client.get("/api/automations/nightly")).json()["isActive"] is True


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (
            {"automations": [nightly(), nightly("b", schedule={"cronExpr": "61 * * * *"})]},
            "automations[1].schedule.cronExpr",
        ),
        ({"automations": [nightly(colour="red")]}, "automations[0].colour"),
        (
            {"automations": [automation("m", "manual", {"kind": "agent", "slug": "nobody"})]},
            "automations[0].primitive.slug",
        ),
        ({"automations": [nightly(), nightly()]}, "automations[1].slug"),
        ({"automations": [nightly(managedBy="me")]}, "automations[0].managedBy"),
        (
            {"primitives": [agent(), agent("b", runner={"type": "simulated", "durationMs": -1})]},
            "primitives[1].spec.runner.durationMs",
        ),
        ({"dependencies": [{"automation": "nightly", "dependsOn": "nobody"}]}, "dependencies[0].dependsOn"),
        ({"dependencies": [{"automation": "nightly", "dependsOn": "nightly"}]}, "dependencies[0].dependsOn"),
        (
            {"automations": [nightly(dependencies=[{"dependsOn": "nightly"}])], "dependencies": []},
            "automations[0].dependencies[0].dependsOn",
        ),
        ({"colour": "red"}, "colour"),
        ({"project": ""}, "project"),
    ],
)
async def test_an_invalid_declaration_names_the_field_and_changes_nothing(
    client: httpx2.AsyncClient, changes: Body, field: str
) -> None:
    answer = await client.post("/api/declarations", json=declaration(**changes))
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["field"] == field
    assert (await client.get("/api/primitives")).json()["items"] == []
    assert (await client.get("/api/automations")).json()["items"] == []


async def test_an_automation_keeps_its_source(client: httpx2.AsyncClient) -> None:
    await applied(client, declaration())
    manual = automation("nightly", "manual")
    answer = await client.post("/api/declarations", json=declaration(automations=[manual], dependencies=[]))
    assert (answer.status_code, answer.json()["field"]) == (422, "automations[0].source")


async def test_a_primitive_in_use_elsewhere_is_not_pruned(client: httpx2.AsyncClient) -> None:
    await applied(client, declaration())
    await made(client, "/api/automations", automation("mine", "manual", {"kind": "workflow", "slug": "digest"}))
    answer = await client.post(
        "/api/declarations", json={"project": "platform.yaml", "primitives": [agent()], "prune": True}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
    assert len((await client.get("/api/automations")).json()["items"]) == 3


async def test_items_of_another_owner_are_taken_over_only_on_request(
    client: httpx2.AsyncClient,
) -> None:
    await applied(client, declaration())
    await made(client, "/api/primitives", agent("by-hand"))
    other = {"project": "other", "automations": [nightly()], "primitives": [{**agent("by-hand"), "name": "Renamed"}]}
    refused = await client.post("/api/declarations", json=other)
    assert (refused.status_code, refused.json()["code"]) == (409, "managed_elsewhere"), refused.text
    assert "automation nightly (managed by platform.yaml)" in refused.json()["detail"]
    assert "agent/by-hand (created by hand)" in refused.json()["detail"]
    before = (await client.get("/api/automations/nightly")).json()
    assert ("update", "nightly") in await applied(client, {**other, "takeOver": True})
    after = (await client.get("/api/automations/nightly")).json()
    assert (after["id"], after["managedBy"]) == (before["id"], "other")


async def test_moving_between_projects_keeps_the_row_in_either_order(client: httpx2.AsyncClient) -> None:
    await applied(client, {"project": "a", "primitives": [agent()], "automations": [nightly()]})
    await client.post("/api/automations/nightly/pause", json={"reason": "too loud"})
    before = (await client.get("/api/automations/nightly")).json()
    assert ("archive", "nightly") in await applied(client, {"project": "a", "primitives": [agent()], "prune": True})
    assert ("restore", "nightly") in await applied(client, {"project": "b", "automations": [nightly()]})
    after = (await client.get("/api/automations/nightly")).json()
    assert (after["id"], after["isActive"], after["managedBy"]) == (before["id"], False, "b")


async def test_a_declared_rename_keeps_the_row(client: httpx2.AsyncClient) -> None:
    await applied(client, declaration())
    before = (await client.get("/api/automations/nightly")).json()
    config = {"healthPolicy": {"enabled": True}, "budgetUsdMonth": "25.00"}
    body = {"project": "platform.yaml", "automations": [nightly("evening", formerly="nightly", **config)]}
    answer = (await client.post("/api/declarations", json=body)).json()
    assert answer["items"][0]["changes"][0] == {"field": "slug", "before": "nightly", "after": "evening"}
    assert (await client.get("/api/automations/evening")).json()["id"] == before["id"]
    assert ("unchanged", "evening") in await applied(client, body)


async def test_prune_refuses_an_unexpected_number(client: httpx2.AsyncClient) -> None:
    await applied(client, declaration())
    body = {"project": "platform.yaml", "prune": True, "expectedArchived": 1}
    assert (await client.post("/api/declarations", json=body)).status_code == 409
    assert len((await client.get("/api/automations")).json()["items"]) == 2


async def test_equal_values_of_other_types_are_updated(client: httpx2.AsyncClient) -> None:
    def body(flag: Any) -> Body:
        runner = {"type": "simulated", "seed": 7, "output": {"on": flag}}
        return {
            "project": "flags",
            "primitives": [agent("scout", runner=runner)],
            "automations": [automation("by-hand", "manual", payload={"dryRun": flag})],
        }

    await applied(client, body(1))
    assert {action for action, _ in await applied(client, body(1))} == {"unchanged"}
    assert await applied(client, body(True)) == [("update", "agent/scout"), ("update", "by-hand")]
    assert (await client.get("/api/automations/by-hand")).json()["payload"]["dryRun"] is True
    spec = (await client.get("/api/primitives/scout")).json()["spec"]
    assert spec["runner"]["output"]["on"] is True


@pytest.mark.parametrize(
    ("automation_fields", "field"),
    [
        ({"isActive": "off"}, "automations[0].isActive"),
        ({"isActive": "no"}, "automations[0].isActive"),
        ({"budgetUsdMonth": "1_000"}, "automations[0].budgetUsdMonth"),
        ({"healthPolicy": {"enabled": True, "threshold": "6_0"}}, "automations[0].healthPolicy.threshold"),
    ],
)
async def test_text_is_not_read_as_a_number_or_a_boolean(
    client: httpx2.AsyncClient, automation_fields: Body, field: str
) -> None:
    body = {"project": "lax", "primitives": [agent()], "automations": [nightly(**automation_fields)]}
    answer = await client.post("/api/declarations", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    lax = {"project": "lax", "primitives": [agent(timeoutSeconds="1_0")]}
    refused = await client.post("/api/declarations", json=lax)
    assert (refused.status_code, refused.json()["field"]) == (422, "primitives[0].spec.timeoutSeconds")


async def test_a_schedule_that_spreading_moved_stays_or_is_moved_back_but_never_silently(
    client: httpx2.AsyncClient,
) -> None:
    await applied(client, declaration())
    allowed = declaration()
    allowed["automations"][0]["spreadMinutes"] = 30
    other = {**nightly(), "slug": "other", "spreadMinutes": 30}
    await applied(client, {**allowed, "automations": [*allowed["automations"], other]})
    plan = (await client.post("/api/load/spread", json={})).json()
    (move,) = plan["moves"]
    assert (await client.post(f"/api/load/spread/{plan['planId']}/apply")).status_code == 200

    def declared(minutes: int) -> Body:
        mine = {**nightly(healthPolicy={"enabled": True}, budgetUsdMonth="25.00"), "spreadMinutes": minutes}
        return declaration(automations=[{**mine, "slug": "nightly"}], dependencies=[], dryRun=True)

    async def planned(minutes: int) -> Body:
        items = (await client.post("/api/declarations", json=declared(minutes))).json()["items"]
        (item,) = [item for item in items if item["key"] == move["slug"]]
        return dict(item)

    kept = await planned(30)
    assert (kept["action"], kept["changes"]) == ("unchanged", [])
    assert f"from 0 22 * * * to {move['cronTo']}; it stays there" in kept["warnings"][0]
    back = await planned(0)
    assert {"field": "schedule.cronExpr", "before": move["cronTo"], "after": "0 22 * * *"} in back["changes"]
    assert "applying moves it back" in back["warnings"][0]
    exported = (await client.get(f"/api/automations/{move['slug']}")).json()
    assert (exported["spreadMinutes"], exported["config"]["spreadFrom"]) == (30, "0 22 * * *")


async def test_an_automation_carries_its_dependencies_which_may_name_later_ones(client: httpx2.AsyncClient) -> None:
    own = [{"dependsOn": "hourly", "fireWhen": "completed", "note": "its data"}]
    body = declaration(automations=[nightly(dependencies=own), nightly("hourly")], dependencies=[])
    assert ("create", "nightly -> hourly") in await applied(client, body)
    shown = (await client.get("/api/automations/nightly")).json()
    assert shown["dependencies"] == [{**own[0], "passPayload": False}]
    assert {action for action, _ in await applied(client, {**body, "prune": True})} == {"unchanged"}
    twice = {**body, "dependencies": [{"automation": "nightly", "dependsOn": "hourly"}]}
    refused = await client.post("/api/declarations", json=twice)
    assert (refused.status_code, refused.json()["field"]) == (422, "dependencies[0].dependsOn")
    without = declaration(automations=[nightly(), nightly("hourly")], dependencies=[], prune=True)
    assert ("remove", "nightly -> hourly") in await applied(client, without)


async def test_applying_locks_only_what_changes_and_lets_runs_refer_to_it(
    client: httpx2.AsyncClient, app: FastAPI, sessions: Sessions
) -> None:
    """Runs open and close while a declaration of thousands of items is applied: their rows refer to what it saves."""
    limit = {"scope": "automation", "target": "on-push", "limitUsdMonth": "5", "timezone": "Asia/Tokyo"}
    await applied(client, declaration(budgets=[limit]))
    body = declaration(budgets=[limit])
    body["automations"][0]["name"] = "Renamed"
    body["primitives"][1]["spec"]["capacity"] = 9
    body["automations"].append(automation("new", "event", {"kind": "workflow", "slug": "digest"}, event={"name": "e"}))
    actor = Actor(name="ann", scope=Scope.ADMIN, key_id=fresh_id())
    async with transaction(sessions) as session:
        await apply(session, app.state.podium, Declaration.model_validate(body), actor, AfterCommit())
        async with transaction(sessions) as other:
            await limit_lock_waits(other, 1)
            rows = {row.slug: row for row in await other.scalars(with_primitive())}
            for name in ("nightly", "on-push"):
                await queue_run(other, rows[name].primitive, rows[name])
            await lock_automation(other, rows["on-push"].id)
        async with transaction(sessions) as other:
            await limit_lock_waits(other, 0.1)
            with pytest.raises(OperationalError):
                await lock_automation(other, rows["nightly"].id)
            await other.rollback()


async def test_the_number_of_statements_does_not_depend_on_that_of_new_automations_and_budgets(
    client: httpx2.AsyncClient, app: FastAPI
) -> None:
    await made(client, "/api/primitives", agent())
    engine = app.state.podium.sessions.kw["bind"].sync_engine
    sent: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    counts = []
    for number in (2, 40):
        sent.clear()
        slugs = [f"of-{number}-{place}" for place in range(number)]
        some = [automation(slug, "event", event={"name": "e"}, budgetUsdMonth="5") for slug in slugs]
        own = [{"scope": "automation", "target": slug, "limitUsdMonth": "5"} for slug in slugs]
        await applied(client, {"project": f"of-{number}", "automations": some, "budgets": own})
        counts.append(len(sent))
    assert counts[0] == counts[1]
