"""Primitives over HTTP: creating, updating, and refused fields with their messages."""

import httpx2
import pytest

from tests.api.bodies import SPECS, Body, agent, everything, made, nightly, primitive


async def test_an_agent_is_created_read_listed_changed_and_archived(client: httpx2.AsyncClient) -> None:
    body = await made(client, "/api/primitives", agent())
    assert body["kind"] == "agent"
    assert body["simulated"] is True
    assert body["capacity"] == 4
    assert (await client.get("/api/primitives/scout")).json() == body
    assert (await client.get(f"/api/primitives/{body['id']}")).json() == body
    page = (await client.get("/api/primitives")).json()
    assert [item["slug"] for item in page["items"]] == ["scout"]
    assert page["nextCursor"] is None
    changed = await client.patch("/api/primitives/scout", json={"name": "Scout II", "isActive": False})
    assert changed.json()["name"] == "Scout II"
    assert changed.json()["isActive"] is False
    assert (await client.delete("/api/primitives/scout")).status_code == 204
    assert (await client.get("/api/primitives")).json()["items"] == []
    actions = [item["action"] for item in (await client.get("/api/audit")).json()["items"]]
    assert actions == ["primitive.archived", "primitive.changed", "primitive.created"]


async def test_saving_a_stale_revision_is_refused(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    read = await client.get("/api/primitives/scout")
    assert (read.headers["ETag"], read.json()["revision"]) == ('"1"', 1)
    first = await client.patch("/api/primitives/scout", json={"name": "First"}, headers={"If-Match": '"1"'})
    assert (first.headers["ETag"], first.json()["revision"]) == ('"2"', 2)
    second = await client.patch("/api/primitives/scout", json={"name": "Second"}, headers={"If-Match": '"1"'})
    assert (second.status_code, second.json()["code"]) == (412, "stale_revision")
    assert (await client.get("/api/primitives/scout")).json()["name"] == "First"
    assert (await client.patch("/api/primitives/scout", json={"name": "Third"})).json()["revision"] == 3


async def test_a_change_of_nothing_leaves_the_revision_and_the_audit_log_alone(client: httpx2.AsyncClient) -> None:
    body = await made(client, "/api/primitives", agent())
    for patch in ({}, {"name": body["name"]}, {"spec": body["spec"], "isActive": True}):
        changed = await client.patch("/api/primitives/scout", json=patch)
        assert (changed.status_code, changed.json()) == (200, body)
    assert [item["action"] for item in (await client.get("/api/audit")).json()["items"]] == ["primitive.created"]


async def test_every_kind_keeps_its_members_and_is_simulated_where_a_member_is(client: httpx2.AsyncClient) -> None:
    await everything(client)
    for kind in SPECS:
        body = (await client.get(f"/api/primitives/it?kind={kind}")).json()
        assert {member["agent"] for member in body["members"]} == {"scout"}
        assert body["simulated"] is True
    python = {"runner": {"type": "python", "function": "runtime.builtin_agents:word_count"}}
    assert (await client.patch("/api/primitives/scout", json={"spec": python})).status_code == 200
    assert (await client.get("/api/primitives/it?kind=network")).json()["simulated"] is False


async def test_a_primitive_shows_how_many_automations_and_primitives_use_it(client: httpx2.AsyncClient) -> None:
    await everything(client)
    await made(client, "/api/automations", nightly())
    listed = {
        (item["kind"], item["slug"]): item["usedBy"] for item in (await client.get("/api/primitives")).json()["items"]
    }
    used = (await client.get("/api/primitives/scout")).json()["usedBy"]
    assert used == listed["agent", "scout"]
    assert used == {"automations": 1, "primitives": len(SPECS)}
    assert (await client.delete("/api/automations/nightly")).status_code == 204
    assert (await client.delete("/api/primitives/it?kind=network")).status_code == 204
    now = (await client.get("/api/primitives/scout")).json()["usedBy"]
    assert now == {"automations": 0, "primitives": len(SPECS) - 1}


async def test_a_bare_slug_of_several_kinds_is_ambiguous(client: httpx2.AsyncClient) -> None:
    await everything(client)
    answer = await client.get("/api/primitives/it")
    assert answer.status_code == 409
    assert answer.json()["code"] == "ambiguous"


async def test_archiving_frees_the_slug(client: httpx2.AsyncClient) -> None:
    first = await made(client, "/api/primitives", agent())
    taken = await client.post("/api/primitives", json=agent())
    assert (taken.status_code, taken.json()["code"], taken.json()["field"]) == (409, "slug_taken", "slug")
    await client.delete("/api/primitives/scout")
    second = await made(client, "/api/primitives", agent())
    assert (await client.get("/api/primitives/scout")).json()["id"] == second["id"] != first["id"]


async def test_a_primitive_in_use_cannot_be_archived(client: httpx2.AsyncClient) -> None:
    await everything(client)
    await made(client, "/api/automations", nightly())
    answer = await client.delete("/api/primitives/scout")
    assert answer.status_code == 409
    assert answer.json()["code"] == "in_use"
    assert "automation nightly" in answer.json()["detail"]
    assert "workflow it" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**agent(), "spec": {}}, "spec.runner"),
        (agent(runner={"type": "simulated", "durationMs": -1}), "spec.runner.durationMs"),
        (agent(runner={"type": "oracle"}), "spec.runner"),
        (agent(runner={"type": "model", "model": ""}), "spec.runner.model"),
        (agent(runner={"type": "model"}), "spec.runner.model"),
        (agent(runner={"type": "model", "model": "openai:x", "mcp": [{}]}), "spec.runner.mcp[0].url"),
        (agent(runner={"type": "http"}), "spec.runner.url"),
        (agent(runner={"type": "http", "url": "https://example.com", "http": 1}), "spec.runner.http"),
        (agent(runner={"type": "python", "function": ""}), "spec.runner.function"),
        ({**primitive("network"), "spec": {"members": ["scout"], "router": {"type": "agent"}}}, "spec.router.agent"),
        (
            {**primitive("network"), "spec": {"members": ["scout"], "router": {"type": "agent", "agent": ""}}},
            "spec.router.agent",
        ),
        (
            {**primitive("network"), "spec": {"members": ["scout"], "router": {"type": "rules", "rules": []}}},
            "spec.router.first",
        ),
        (
            {
                **primitive("network"),
                "spec": {"members": ["scout"], "router": {"type": "rules", "first": "scout", "rules": [{"when": ""}]}},
            },
            "spec.router.rules[0].when",
        ),
        (
            {**primitive("network"), "spec": {"members": ["scout"], "router": {"type": "sequence", "sequence": 1}}},
            "spec.router.sequence",
        ),
        (agent(runner={"type": "http", "url": "http://127.0.0.1/x"}), "spec.runner.url"),
        (agent(runner={"type": "model", "model": "openai:x", "baseUrl": "http://10.0.0.1/"}), "spec.runner.baseUrl"),
        ({**primitive("workflow"), "spec": {"steps": [{"key": "a", "agent": "nobody"}]}}, "spec.steps[0].agent"),
        (
            {**primitive("workflow"), "spec": {"steps": [{"key": "a", "agent": "scout", "needs": ["a"]}]}},
            "spec.steps[0].needs",
        ),
        ({**primitive("network"), "spec": {"members": ["scout", "nobody"]}}, "spec.members[1]"),
        (
            {**primitive("network"), "spec": {"members": ["scout"], "router": {"type": "agent", "agent": "nobody"}}},
            "spec.router.agent",
        ),
        (
            {
                **primitive("campaign"),
                "spec": {"objective": "x", "missions": [{"name": "m", "tasks": [{"name": "t", "agent": "nobody"}]}]},
            },
            "spec.missions[0].tasks[0].agent",
        ),
        ({**primitive("pulse"), "spec": {"goal": "x", "members": [{"agent": "nobody"}]}}, "spec.members[0].agent"),
        ({**agent(), "slug": "Not A Slug"}, "slug"),
        ({**agent(), "kind": "robot"}, "kind"),
    ],
)
async def test_an_invalid_body_is_refused_with_its_field(client: httpx2.AsyncClient, body: object, field: str) -> None:
    await made(client, "/api/primitives", agent())
    answer = await client.post("/api/primitives", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field


async def test_all_invalid_fields_are_named(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/primitives", json={"kind": "agent", "spec": {}})
    assert {error["field"] for error in answer.json()["errors"]} == {"slug", "name"}


async def test_a_list_with_an_invalid_item_is_not_also_reported_as_too_short(client: httpx2.AsyncClient) -> None:
    tasks = [{"name": "", "agent": ""}]
    spec = {"objective": "", "missions": [{"name": "m", "tasks": tasks}]}
    answer = await client.post("/api/primitives", json={**primitive("campaign"), "spec": spec})
    assert {error["field"]: error["detail"] for error in answer.json()["errors"]} == {
        "spec.objective": "Enter a value.",
        "spec.missions[0].tasks[0].name": "Enter a name.",
        "spec.missions[0].tasks[0].agent": "Choose an agent.",
    }
    bare = await client.post("/api/primitives", json={**primitive("pulse"), "spec": {"goal": "x", "members": []}})
    assert bare.json()["detail"] == "Add at least 1."


@pytest.mark.parametrize(
    ("kind", "spec", "field"),
    [
        ("workflow", {"steps": [{"key": "a", "agent": ""}]}, "spec.steps[0].agent"),
        ("network", {"members": [""]}, "spec.members[0]"),
        ("pulse", {"goal": "x", "members": [{"agent": ""}]}, "spec.members[0].agent"),
    ],
)
async def test_an_empty_agent_is_reported_at_its_field(
    client: httpx2.AsyncClient, kind: str, spec: object, field: str
) -> None:
    answer = await client.post("/api/primitives", json={**primitive(kind), "spec": spec})
    assert (answer.json()["field"], answer.json()["detail"]) == (field, "Choose an agent.")


async def test_secrets_are_sealed_redacted_and_kept(client: httpx2.AsyncClient) -> None:
    runner = {
        "type": "http",
        "url": "https://agents.example.com/x",
        "signingSecret": "very secret",
        "headers": {"A": "b"},
    }
    body = await made(client, "/api/primitives", agent(runner=runner))
    assert body["spec"]["runner"]["signingSecret"] == "********"
    assert body["spec"]["runner"]["headers"] == {"A": "********"}
    spec = {**body["spec"], "capacity": 9}
    changed = await client.patch("/api/primitives/scout", json={"spec": spec})
    assert changed.status_code == 200, changed.text
    assert changed.json()["spec"]["runner"]["signingSecret"] == "********"
    assert "very secret" not in (await client.get("/api/audit")).text
    unknown = agent("other", runner={**runner, "signingSecret": "********"})
    refused = await client.post("/api/primitives", json=unknown)
    assert refused.status_code == 422


async def test_lists_are_paged(client: httpx2.AsyncClient) -> None:
    for number in range(5):
        await made(client, "/api/primitives", agent(f"a{number}"))
    seen, cursor = [], ""
    for _ in range(3):
        page = (await client.get(f"/api/primitives?limit=2{cursor}")).json()
        seen += [item["slug"] for item in page["items"]]
        cursor = f"&cursor={page['nextCursor']}"
    assert seen == ["a4", "a3", "a2", "a1", "a0"]
    assert page["nextCursor"] is None
    assert (await client.get("/api/primitives?cursor=junk")).json()["field"] == "cursor"


async def test_text_that_cannot_be_stored_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/primitives", json={**agent(), "name": "a\u0000b"})
    assert answer.status_code == 422
    surrogate = b'{"kind":"agent","slug":"x","name":"\\ud800","spec":{"runner":{"type":"simulated"}}}'
    answer = await client.post("/api/primitives", content=surrogate, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize(
    ("runner", "field"),
    [
        ({"type": "python", "function": "os:getcwd"}, "spec.runner.function"),
        ({"type": "python", "function": "runtime.builtin_agents_x:echo"}, "spec.runner.function"),
        ({"type": "model", "model": "nobody:gpt"}, "spec.runner.model"),
    ],
)
async def test_a_runner_that_can_never_work_is_refused_at_save(
    client: httpx2.AsyncClient, runner: Body, field: str
) -> None:
    answer = await client.post("/api/primitives", json=agent(runner=runner))
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    await made(client, "/api/primitives", agent())
    patched = await client.patch("/api/primitives/scout", json={"spec": {"runner": runner}})
    assert (patched.status_code, patched.json()["field"]) == (422, field)


@pytest.mark.parametrize("field", ["name", "description", "spec", "isActive"])
async def test_null_does_not_remove_required_fields(client: httpx2.AsyncClient, field: str) -> None:
    await made(client, "/api/primitives", agent())
    answer = await client.patch("/api/primitives/scout", json={field: None})
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text


async def test_a_name_of_blanks_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/api/primitives", json=agent() | {"name": "  "})
    assert (answer.status_code, answer.json()["field"]) == (422, "name")
    assert (await made(client, "/api/primitives", agent() | {"name": " Scout "}))["name"] == "Scout"


@pytest.mark.parametrize(
    ("runner", "field"),
    [
        ({"url": "https://a.example/?token=0123456789"}, "spec.runner.url"),
        ({"url": "https://a.example/x?a=1&X-Api-Key=0123456789"}, "spec.runner.url"),
        ({"url": "https://a.example/x?code=Sup3rSecretAzureKey=="}, "spec.runner.url"),
        ({"url": "https://a.example/x?a=1&session_token=correct-horse"}, "spec.runner.url"),
        ({"url": "https://a.example/env:HF_TOKEN"}, "spec.runner.url"),
        ({"url": "https://a.example/", "headers": {"X-Key": "env:HF_TOKEN"}}, "spec.runner.headers.X-Key"),
        ({"url": "https://a.example/", "headers": {"X": "Bearer env:PODIUM_SECRET_A"}}, "spec.runner.headers.X"),
    ],
)
async def test_a_secret_that_would_be_readable_or_unknown_is_refused_with_its_field(
    client: httpx2.AsyncClient, runner: Body, field: str
) -> None:
    body = {**agent(), "spec": {"runner": {"type": "http", **runner}}}
    answer = await client.post("/api/primitives", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_url_may_name_a_secret_and_is_shown_with_the_name(client: httpx2.AsyncClient) -> None:
    url = "https://93.184.215.14/hook?key=env:PODIUM_SECRET_KEY_OF_IT"
    made_it = await made(client, "/api/primitives", {**agent(), "spec": {"runner": {"type": "http", "url": url}}})
    assert made_it["spec"]["runner"]["url"] == url
