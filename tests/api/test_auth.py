"""Keys, scopes, sessions, and what a browser may do with them."""

import httpx2
import pytest

from models.store.governance.keys import shown_part
from runtime.settings import Settings
from runtime.signin import sign_in_token
from tests.api.bodies import agent, made
from tests.api.conftest import ADMIN_KEY


async def test_without_a_key_nothing_is_told(anonymous: httpx2.AsyncClient) -> None:
    answer = await anonymous.get("/api/automations")
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"
    assert (await anonymous.get("/api/automations", headers={"X-API-Key": "podium_x"})).status_code == 401
    assert (await anonymous.get("/api/automations", headers={"X-API-Key": ADMIN_KEY})).status_code == 200


async def test_a_key_is_shown_once_reaches_as_far_as_its_scope_and_can_be_revoked(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    made_key = await made(client, "/api/keys", {"name": "reader", "scope": "read"})
    reader = {"Authorization": f"Bearer {made_key['key']}"}
    assert (await anonymous.get("/api/primitives", headers=reader)).status_code == 200
    refused = await anonymous.post("/api/primitives", json=agent(), headers=reader)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    listed = (await client.get("/api/keys")).json()["items"]
    assert "key" not in listed[0]
    assert listed[0]["lastUsedAt"] is not None
    assert (await client.delete(f"/api/keys/{made_key['id']}")).status_code == 204
    assert (await anonymous.get("/api/primitives", headers=reader)).status_code == 401


async def test_a_sign_in_link_works_once(anonymous: httpx2.AsyncClient, api_settings: Settings) -> None:
    token = sign_in_token(api_settings)
    first = await anonymous.get(f"/sign-in?token={token}")
    assert first.status_code == 303
    assert "HttpOnly" in first.headers["set-cookie"]
    session = (await anonymous.get("/api/session")).json()
    assert (session["name"], session["scope"]) == ("administrator", "admin")
    assert session["temporalUrl"].endswith("/namespaces/default")
    anonymous.cookies.clear()
    assert (await anonymous.get(f"/sign-in?token={token}")).status_code == 401
    assert (await anonymous.get("/sign-in?token=junk")).status_code == 401


async def test_a_refused_sign_in_link_is_a_problem_for_programs_and_leads_a_browser_to_the_page(
    anonymous: httpx2.AsyncClient, api_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = sign_in_token(api_settings)
    await anonymous.get(f"/sign-in?token={used}")
    anonymous.cookies.clear()
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for token, code in ((used, "sign_in_link_used"), ("junk", "bad_sign_in_link"), ("", "bad_sign_in_link")):
        told = await anonymous.get(f"/sign-in?token={token}")
        assert (told.status_code, told.json()["code"]) == (401, code)
        led = await anonymous.get(f"/sign-in?token={token}", headers=browser)
        assert (led.status_code, led.headers["location"]) == (303, f"/?refused={code}")
        assert "set-cookie" not in led.headers
    monkeypatch.setattr("runtime.signin.LIFETIME_SECONDS", -1)
    old = await anonymous.get(f"/sign-in?token={sign_in_token(api_settings)}", headers=browser)
    assert old.headers["location"] == "/?refused=sign_in_link_expired"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "http://evil.test"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://podium.test"}, 403),
        ({"Origin": "http://podium.test"}, 201),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
    ],
)
async def test_a_session_changes_things_only_from_our_own_page(
    anonymous: httpx2.AsyncClient, headers: dict[str, str], status: int
) -> None:
    opened = await anonymous.post("/api/session", json={"key": ADMIN_KEY})
    assert opened.status_code == 200
    assert (await anonymous.post("/api/primitives", json=agent(), headers=headers)).status_code == status
    assert (await anonymous.get("/api/primitives")).status_code == 200


async def test_a_wrong_key_opens_no_session_and_leaving_closes_it(anonymous: httpx2.AsyncClient) -> None:
    assert (await anonymous.post("/api/session", json={"key": "wrong"})).status_code == 401
    await anonymous.post("/api/session", json={"key": ADMIN_KEY})
    own_page = {"Sec-Fetch-Site": "same-origin"}
    assert (await anonymous.delete("/api/session", headers=own_page)).status_code == 204
    assert (await anonymous.get("/api/session")).status_code == 401


async def test_a_chosen_key_is_hardly_shown(client: httpx2.AsyncClient, api_settings: Settings) -> None:
    seeded = (await client.get("/api/keys")).json()["items"][0]["prefix"]
    assert ADMIN_KEY.startswith(seeded)
    assert len(seeded) == 6
    key = await made(client, "/api/keys", {"name": "reader", "scope": "read"})
    assert key["key"].startswith(key["prefix"])
    assert len(key["prefix"]) == len("podium_") + 6
    assert shown_part("0123456789ab") == "012"
