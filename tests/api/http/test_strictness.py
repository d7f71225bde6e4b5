"""Misspelt or misleading fields are refused by name instead of ignored."""

from typing import Any

import httpx2
import pytest

from tests.api.bodies import agent, automation, everything, made


async def test_every_list_refuses_a_query_parameter_that_it_does_not_know(
    client: httpx2.AsyncClient,
) -> None:
    await everything(client)
    await made(client, "/api/automations", automation("by-hand", "manual"))
    lists = [
        "/api/automations",
        "/api/primitives",
        "/api/runs",
        "/api/deliveries",
        "/api/dependencies",
        "/api/audit",
        "/api/keys",
        "/api/events",
        "/api/live/automations",
        "/api/live/density",
        "/api/live/calendar",
        "/api/live/costs",
        "/api/session",
        "/api/automations/by-hand",
        "/api/automations/by-hand/trend",
        "/api/automations/by-hand/impact",
    ]
    for path in lists:
        assert (await client.get(path)).status_code == 200, path
        refused = await client.get(path, params={"stat": "failed"})
        assert (refused.status_code, refused.json()["field"]) == (422, "stat"), path


async def test_webhooks_take_any_query_parameter(client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    await made(client, "/api/automations", automation("h", "webhook", webhook={"path": "h", "verification": "none"}))
    assert (await anonymous.post("/api/webhooks/h?source=x", json={})).status_code == 202


@pytest.mark.parametrize("slug", ["0198c0de-0000-7000-8000-000000000000", "0198c0de000070008000000000000000"])
async def test_a_slug_that_looks_like_an_id_is_refused(client: httpx2.AsyncClient, slug: str) -> None:
    await made(client, "/api/primitives", agent())
    for path, body in (("/api/primitives", agent(slug)), ("/api/automations", automation(slug, "manual"))):
        answer = await client.post(path, json=body)
        assert (answer.status_code, answer.json()["field"]) == (422, "slug"), path


@pytest.mark.parametrize(
    "name", ["two\nlines", "\x1b[31mred", "evil\u202egpj.exe", "a\u2066b", "nul\u0000", "a\u200bb"]
)
async def test_names_hold_no_control_characters(client: httpx2.AsyncClient, name: str) -> None:
    await made(client, "/api/primitives", agent())
    bodies: dict[str, dict[str, Any]] = {
        "/api/primitives": agent("other"),
        "/api/automations": automation("by-hand", "manual"),
        "/api/keys": {"scope": "read"},
    }
    for path, body in bodies.items():
        answer = await client.post(path, json={**body, "name": name})
        assert (answer.status_code, answer.json()["field"]) == (422, "name"), path
    for fine in ("Grüße 👩\u200d👧", "שלום", "नमस्ते"):
        made_key = await client.post("/api/keys", json={"name": fine, "scope": "read"})
        assert made_key.status_code == 201


async def test_a_file_name_that_is_too_long_is_not_found(client: httpx2.AsyncClient) -> None:
    assert (await client.get(f"/assets/{'a' * 300}")).status_code == 404
    assert (await client.get(f"/{'a' * 5000}")).status_code in {200, 503}
