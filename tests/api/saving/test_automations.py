"""Automations over HTTP: creating, updating, and refused fields with their messages."""

from typing import Any

import httpx2
import pytest

from models.rules.json.equality import same_json
from tests.api.bodies import Body, agent, automation, made, nightly


@pytest.fixture(autouse=True)
async def scout(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())


async def test_a_schedule_is_created_and_read_with_all_its_fields(client: httpx2.AsyncClient) -> None:
    policy = {"enabled": True, "threshold": 60, "window": 50, "minRuns": 10, "action": "disable"}
    answer = await client.post("/api/automations", json=nightly(healthPolicy=policy, budgetUsdMonth="25.00"))
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"] == '"1"'
    body = answer.json()
    assert body["sourceType"] == "schedule"
    assert body["type"] == "schedule"
    assert body["primitiveType"] == "agent"
    assert body["agent"]["slug"] == body["entity"]["slug"] == "scout"
    assert body["temporalScheduleId"] == f"automation:{body['id']}"
    assert body["config"]["cronExpr"] == "0 22 * * *"
    assert body["config"]["timezone"] == "America/New_York"
    assert "22:00" in body["config"]["cronText"]
    assert body["stats"]["totalRuns"] == 0
    assert body["stats"]["nextRunAt"] is not None
    assert (body["severity"], body["state"]) == ("healthy", "new")
    assert body["budgetUsdMonth"] == "25"
    assert body["healthPolicy"]["enabled"] is True
    assert body["schedule"] == nightly()["schedule"] | {"jitterSeconds": 0, "catchup": "none"}
    assert (await client.get("/api/automations/nightly")).json() == body


async def test_a_change_is_merged_increments_the_revision_and_is_audited(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/automations", nightly())
    changed = await client.patch(
        "/api/automations/nightly", json={"schedule": {"cronExpr": "5 4 * * *"}}, headers={"If-Match": '"1"'}
    )
    assert changed.status_code == 200, changed.text
    assert changed.json()["schedule"]["timezone"] == "America/New_York"
    assert changed.json()["revision"] == 2
    stale = await client.patch("/api/automations/nightly", json={"name": "x"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale_revision")
    entry = (await client.get("/api/audit?automation=nightly")).json()["items"][0]
    assert entry["actor"] == "administrator"
    assert entry["action"] == "automation.changed"
    assert entry["before"]["schedule"]["cronExpr"] == "0 22 * * *"
    assert entry["after"]["schedule"]["cronExpr"] == "5 4 * * *"


@pytest.mark.parametrize(
    "patch", [{}, {"name": "Nightly"}, {"schedule": {"cronExpr": "0 22 * * *"}}, {"isActive": True}]
)
async def test_a_change_of_nothing_leaves_the_revision_and_the_audit_log_alone(
    client: httpx2.AsyncClient, patch: Body
) -> None:
    body = await made(client, "/api/automations", nightly() | {"name": "Nightly"})
    changed = await client.patch("/api/automations/nightly", json=patch)
    assert (changed.status_code, changed.json()) == (200, body)
    actions = [item["action"] for item in (await client.get("/api/audit?automation=nightly")).json()["items"]]
    assert actions == ["automation.created"]


async def test_pausing_records_who_and_why_and_resuming_clears_it(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/automations", nightly())
    paused = (await client.post("/api/automations/nightly/pause", json={"reason": "too loud"})).json()
    assert (paused["isActive"], paused["state"], paused["pausedReason"]) == (False, "paused", "too loud")
    assert paused["pausedBy"] == "administrator"
    assert paused["stats"]["nextRunAt"] is None
    resumed = (await client.post("/api/automations/nightly/resume")).json()
    assert (resumed["isActive"], resumed["pausedReason"], resumed["revision"]) == (True, None, 3)


async def test_archiving_frees_the_slug_and_keeps_the_row(client: httpx2.AsyncClient) -> None:
    body = await made(client, "/api/automations", nightly())
    assert (await client.delete("/api/automations/nightly")).status_code == 204
    archived = (await client.get("/api/automations/nightly")).json()
    assert (archived["isArchived"], archived["state"]) == (True, "archived")
    assert (await client.get("/api/automations")).json()["items"] == []
    assert (await client.get("/api/automations?archived=true")).json()["items"][0]["id"] == body["id"]
    again = await made(client, "/api/automations", nightly())
    assert again["id"] != body["id"]
    assert (await client.patch(f"/api/automations/{body['id']}", json={"name": "x"})).status_code == 409


async def test_a_webhook_never_shows_its_secret(client: httpx2.AsyncClient) -> None:
    webhook = {"path": "on-push", "verification": "github", "secret": "hush hush"}
    body = await made(client, "/api/automations", automation("on-push", "webhook", webhook=webhook))
    assert body["webhook"]["secret"] == "********"
    assert body["config"]["webhookPath"] == "on-push"
    changed = await client.patch("/api/automations/on-push", json={"webhook": {"filter": "payload.x == 1"}})
    assert changed.json()["webhook"]["secret"] == "********"
    assert changed.json()["config"]["filter"] == "payload.x == 1"
    taken = await client.post("/api/automations", json=automation("other", "webhook", webhook=webhook))
    assert (taken.status_code, taken.json()["field"]) == (409, "webhook.path")
    assert "hush" not in (await client.get("/api/audit")).text


@pytest.mark.parametrize("secret", ["whsec_c2VjcmV0", "whsec_b3Vycw==", "whsec_b3Vycw", "plain"])
async def test_a_secret_may_be_padded_or_not(client: httpx2.AsyncClient, secret: str) -> None:
    await made(client, "/api/automations", automation("in", "webhook", webhook={"path": "in", "secret": secret}))


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (nightly(schedule={"cronExpr": "61 * * * *"}), "bad_cron", "schedule.cronExpr"),
        (nightly(schedule={"cronExpr": "* * * * *", "timezone": "Mars/X"}), "unknown_timezone", "schedule.timezone"),
        (nightly(schedule=None), "invalid", "schedule"),
        (nightly(webhook={"path": "x", "verification": "none"}), "invalid", "webhook"),
        (automation("e", "event", event={"name": "x", "filter": "payload.("}), "bad_expression", "event.filter"),
        (automation("e", "event", event={"name": "x", "filter": "1 + 1"}), "bad_expression", "event.filter"),
        (automation("e", "event", event={"name": "a\x1b[31m"}), "invalid", "event.name"),
        (automation("e", "webhook", webhook={"path": "x"}), "invalid", "webhook.secret"),
        (automation("e", "webhook", webhook={"path": "x", "secret": "env:HF_TOKEN"}), "invalid", "webhook.secret"),
        (automation("e", "webhook", webhook={"path": "x", "secret": "whsec_%"}), "invalid", "webhook.secret"),
        (automation("e", "slack", slack={}), "invalid", "slack.events"),
        (automation("e", "manual", primitive={"kind": "agent", "slug": "nobody"}), "invalid", "primitive.slug"),
        (nightly(healthPolicy={"window": 5, "minRuns": 6}), "invalid", "healthPolicy.minRuns"),
        (nightly(budgetUsdMonth="-1"), "invalid", "budgetUsdMonth"),
        (nightly(colour="red"), "invalid", "colour"),
    ],
)
async def test_an_invalid_body_names_its_field(client: httpx2.AsyncClient, body: Body, code: str, field: str) -> None:
    answer = await client.post("/api/automations", json=body)
    assert answer.status_code == 422, answer.text
    assert (answer.json()["code"], answer.json()["field"]) == (code, field)


async def test_dependencies_refuse_cycles_and_show_their_impact(client: httpx2.AsyncClient) -> None:
    for slug in ("a", "b", "c"):
        await made(client, "/api/automations", automation(slug, "manual"))
    await made(client, "/api/dependencies", {"automation": "b", "dependsOn": "a", "note": "needs its data"})
    await made(client, "/api/dependencies", {"automation": "c", "dependsOn": "b"})
    circle = await client.post("/api/dependencies", json={"automation": "a", "dependsOn": "c"})
    assert (circle.status_code, circle.json()["code"]) == (409, "dependency_cycle")
    assert (await client.post("/api/dependencies", json={"automation": "c", "dependsOn": "b"})).status_code == 409
    impact = (await client.get("/api/automations/a/impact?action=delete")).json()
    assert [(one["slug"], one["distance"]) for one in impact["dependents"]] == [("b", 1), ("c", 2)]
    listed = (await client.get("/api/dependencies")).json()["items"]
    assert [(one["automation"]["slug"], one["dependsOn"]["slug"]) for one in listed] == [("c", "b"), ("b", "a")]
    b = (await client.get("/api/automations/b")).json()
    assert ([one["slug"] for one in b["dependsOn"]], [one["slug"] for one in b["triggers"]]) == (["a"], ["c"])
    assert (await client.delete(f"/api/dependencies/{listed[0]['id']}")).status_code == 204


@pytest.mark.parametrize("field", ["name", "description", "primitive", "schedule", "healthPolicy", "isActive"])
async def test_null_does_not_remove_required_fields(client: httpx2.AsyncClient, field: str) -> None:
    await made(client, "/api/automations", nightly())
    answer = await client.patch("/api/automations/nightly", json={field: None})
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    cleared = await client.patch("/api/automations/nightly", json={"budgetUsdMonth": None, "webhook": None})
    assert (cleared.status_code, cleared.json()["isActive"]) == (200, True)
    blank = await client.patch("/api/automations/nightly", json={"name": "   "})
    assert (blank.status_code, blank.json()["field"]) == (422, "name")


async def test_a_paused_automation_stays_paused_through_other_changes(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/automations", nightly(isActive=False))
    assert (await client.patch("/api/automations/nightly", json={"name": "x"})).json()["isActive"] is False


async def test_a_save_warns_of_a_secret_that_is_not_there(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = automation("hook", "webhook", webhook={"path": "hook", "secret": "env:PODIUM_SECRET_OF_HOOK"})
    warnings = (await made(client, "/api/automations", hook))["warnings"]
    assert warnings == ["PODIUM_SECRET_OF_HOOK is not set in the API's process: deliveries cannot be verified"]
    declaration = {"project": "p", "primitives": [agent()], "automations": [{**hook, "slug": "b"}], "takeOver": True}
    declaration["automations"][0]["webhook"]["path"] = "other"  # type: ignore[index]
    plan = (await client.post("/api/declarations", json=declaration)).json()
    assert [item["warnings"] for item in plan["items"]] == [[], warnings]
    monkeypatch.setenv("PODIUM_SECRET_OF_HOOK", "a secret of it")
    again = (await client.post("/api/declarations", json=declaration)).json()
    assert [item["warnings"] for item in again["items"]] == [[], []]


async def test_saving_warns_of_a_cron_that_other_tools_read_differently(client: httpx2.AsyncClient) -> None:
    plain = await made(client, "/api/automations", nightly())
    assert plain["warnings"] == []
    odd = {"schedule": {"cronExpr": "0 0 */2 * 1"}}
    changed = await client.patch("/api/automations/nightly", json=odd)
    assert changed.status_code == 200, changed.text
    assert "croniter" in changed.json()["warnings"][0]
    assert (await made(client, "/api/automations", nightly("other", **odd)))["warnings"]
    assert (await made(client, "/api/automations", automation("hand", "manual")))["warnings"] == []


@pytest.mark.parametrize(
    ("change", "field", "detail"),
    [
        ({"name": ""}, "name", "Enter a name."),
        ({"slug": ""}, "slug", "Enter a slug."),
        ({"slug": "No Spaces"}, "slug", "lower-case letters, digits and hyphens"),
        ({"budgetUsdMonth": "lots"}, "budgetUsdMonth", "Enter an amount, such as 25.00."),
        ({"healthPolicy": {"threshold": 170}}, "healthPolicy.threshold", "This must be at most 100."),
        ({"healthPolicy": {"window": None}}, "healthPolicy.window", "This must be a whole number."),
        ({"name": None}, "name", "This must be text."),
    ],
)
async def test_a_refused_field_says_what_it_accepts(
    client: httpx2.AsyncClient, change: dict[str, Any], field: str, detail: str
) -> None:
    body = {"slug": "new", "name": "New", "primitive": {"kind": "agent", "slug": "scout"}, "source": "manual"}
    answer = await client.post("/api/automations", json={**body, **change})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert detail in answer.json()["detail"]


@pytest.mark.parametrize(
    ("before", "after"),
    [({"flag": 1, "n": [1, 0]}, {"flag": True, "n": [1, False]}), ([1], [1.0]), ({"a": 0}, {"a": False})],
)
@pytest.mark.parametrize("other", [{}, {"name": "Renamed"}])
async def test_a_payload_of_equal_values_of_other_types_is_a_change(
    client: httpx2.AsyncClient, before: Any, after: Any, other: Body
) -> None:
    await made(client, "/api/automations", nightly(payload=before))
    changed = await client.patch("/api/automations/nightly", json={"payload": after, **other})
    assert (changed.status_code, changed.json()["revision"]) == (200, 2)
    for body in (changed.json(), (await client.get("/api/automations/nightly")).json()):
        assert same_json(body["payload"], after)
    entry = (await client.get("/api/audit?automation=nightly")).json()["items"][0]
    assert same_json([entry["before"]["payload"], entry["after"]["payload"]], [before, after])
