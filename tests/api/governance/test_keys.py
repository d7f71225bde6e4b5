"""`/api/keys`: who may manage keys, and what is recorded."""

import uuid

import httpx2
import pytest

from tests.api.bodies import made


@pytest.mark.parametrize("scope", ["read", "operate"])
async def test_only_administrators_manage_keys(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, scope: str
) -> None:
    key = await made(client, "/api/keys", {"name": scope, "scope": scope})
    headers = {"X-API-Key": key["key"]}
    assert (await anonymous.get("/api/keys", headers=headers)).status_code == 403
    assert (await anonymous.post("/api/keys", json={"name": "more"}, headers=headers)).status_code == 403
    assert (await anonymous.delete(f"/api/keys/{key['id']}", headers=headers)).status_code == 403


async def test_keys_are_recorded_in_the_audit_log_without_the_key(client: httpx2.AsyncClient) -> None:
    key = await made(client, "/api/keys", {"name": "pipeline", "scope": "operate"})
    assert (await client.delete(f"/api/keys/{key['id']}")).status_code == 204
    entries = (await client.get("/api/audit", params={"subject": key["id"]})).json()["items"]
    assert [entry["action"] for entry in entries] == ["key.revoked", "key.created"]
    known = {"name": "pipeline", "scope": "operate", "prefix": key["prefix"]}
    assert (entries[0]["before"], entries[1]["after"]) == (known, known)
    assert key["key"] not in str(entries)


async def test_a_revoked_key_stays_listed_and_an_unknown_one_is_not_found(client: httpx2.AsyncClient) -> None:
    key = await made(client, "/api/keys", {"name": "old"})
    await client.delete(f"/api/keys/{key['id']}")
    listed = {item["id"]: item for item in (await client.get("/api/keys")).json()["items"]}
    assert listed[key["id"]]["revokedAt"] is not None
    assert (await client.delete(f"/api/keys/{uuid.uuid4()}")).status_code == 404


@pytest.mark.parametrize(("body", "field"), [({"name": " "}, "name"), ({"name": "a", "scope": "root"}, "scope")])
async def test_an_invalid_key_is_refused_by_its_field(
    client: httpx2.AsyncClient, body: dict[str, str], field: str
) -> None:
    answer = await client.post("/api/keys", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
