"""API keys, scopes, sessions and CSRF protection."""

import httpx2
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.http.hosts import is_trusted
from models.errors import Invalid
from models.store.governance.keys import shown_part
from models.store.tables.governance import BrowserSession
from runtime.security.signin import sign_in_token
from runtime.settings import Settings, read_settings
from tests.api.bodies import agent, made
from tests.api.conftest import ADMIN_KEY


async def test_requests_without_a_key_are_refused(anonymous: httpx2.AsyncClient) -> None:
    answer = await anonymous.get("/api/automations")
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"
    assert (await anonymous.get("/api/automations", headers={"X-API-Key": "podium_x"})).status_code == 401
    assert (await anonymous.get("/api/automations", headers={"X-API-Key": ADMIN_KEY})).status_code == 200


async def test_a_key_is_shown_once_is_limited_by_its_scope_and_can_be_revoked(
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


async def test_a_refused_sign_in_link_is_a_problem_for_programs_and_a_redirect_for_browsers(
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
    monkeypatch.setattr("runtime.security.signin.LIFETIME_SECONDS", -1)
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
async def test_a_session_can_change_things_only_from_our_own_page(
    anonymous: httpx2.AsyncClient, headers: dict[str, str], status: int
) -> None:
    opened = await anonymous.post("/api/session", json={"key": ADMIN_KEY})
    assert opened.status_code == 200
    assert (await anonymous.post("/api/primitives", json=agent(), headers=headers)).status_code == status
    assert (await anonymous.get("/api/primitives")).status_code == 200


async def test_a_wrong_key_creates_no_session_and_signing_out_ends_it(anonymous: httpx2.AsyncClient) -> None:
    assert (await anonymous.post("/api/session", json={"key": "wrong"})).status_code == 401
    await anonymous.post("/api/session", json={"key": ADMIN_KEY})
    own_page = {"Sec-Fetch-Site": "same-origin"}
    assert (await anonymous.delete("/api/session", headers=own_page)).status_code == 204
    assert (await anonymous.get("/api/session")).status_code == 401


async def test_little_of_a_configured_key_is_shown(client: httpx2.AsyncClient, api_settings: Settings) -> None:
    seeded = (await client.get("/api/keys")).json()["items"][0]["prefix"]
    assert ADMIN_KEY.startswith(seeded)
    assert len(seeded) == 6
    key = await made(client, "/api/keys", {"name": "reader", "scope": "read"})
    assert key["key"].startswith(key["prefix"])
    assert len(key["prefix"]) == len("podium_") + 6
    assert shown_part("0123456789ab") == "012"


async def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(anonymous: httpx2.AsyncClient) -> None:
    await anonymous.post("/api/session", json={"key": ADMIN_KEY})
    cookie = {"Cookie": f"podium_session={anonymous.cookies['podium_session']}"}
    assert (await anonymous.get("/api/session", headers=cookie)).status_code == 200
    await anonymous.delete("/api/session", headers={"Sec-Fetch-Site": "same-origin"})
    anonymous.cookies.clear()
    assert (await anonymous.get("/api/session", headers=cookie)).status_code == 401


async def test_a_session_ends_with_its_key_and_after_seven_days(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, session: AsyncSession
) -> None:
    key = await made(client, "/api/keys", {"name": "reader", "scope": "read"})
    await anonymous.post("/api/session", json={"key": key["key"]})
    assert (await anonymous.get("/api/session")).status_code == 200
    await client.delete(f"/api/keys/{key['id']}")
    assert (await anonymous.get("/api/session")).status_code == 401
    assert await session.scalar(select(func.count()).select_from(BrowserSession)) == 0
    await anonymous.post("/api/session", json={"key": ADMIN_KEY})
    await session.execute(update(BrowserSession).values(expires_at=BrowserSession.created_at))
    await session.commit()
    assert (await anonymous.get("/api/session")).status_code == 401


async def test_other_host_names_are_refused_except_by_probes(client: httpx2.AsyncClient) -> None:
    rebound = {"Host": "evil.test:8080"}
    refused = await client.get("/api/primitives", headers=rebound)
    assert (refused.status_code, refused.json()["code"]) == (421, "untrusted_host")
    assert (await client.post("/api/webhooks/hook", headers=rebound)).status_code == 421
    assert (await client.get("/healthz", headers=rebound)).status_code == 200
    for own in ("localhost:8080", "127.0.0.1", "[::1]:8080", "PODIUM.test"):
        assert (await client.get("/api/primitives", headers={"Host": own})).status_code == 200, own


def test_a_public_api_accepts_every_host_name_unless_some_are_configured() -> None:
    assert is_trusted(Settings(host="0.0.0.0"), "podium.internal:8080")
    named = Settings(host="0.0.0.0", trusted_hosts=("podium.internal",), public_url="https://podium.example.com")
    assert is_trusted(named, "podium.internal:8080")
    assert is_trusted(named, "podium.example.com")
    assert not is_trusted(named, "evil.test")


async def test_many_wrong_keys_are_rate_limited_and_known_keys_are_not(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    assert (await client.get("/api/session")).status_code == 200
    told = [
        (await anonymous.get("/api/session", headers={"X-API-Key": f"wrong {number}"})).status_code
        for number in range(31)
    ]
    assert told == [401] * 30 + [429]
    refused = await anonymous.post("/api/session", json={"key": "wrong"})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert (await client.get("/api/session")).status_code == 200


async def test_a_head_request_does_not_use_up_a_sign_in_link(
    anonymous: httpx2.AsyncClient, api_settings: Settings
) -> None:
    token = sign_in_token(api_settings)
    looked = await anonymous.head(f"/sign-in?token={token}")
    assert (looked.status_code, "set-cookie" in looked.headers) == (405, False)
    assert (await anonymous.get(f"/sign-in?token={token}")).status_code == 303


def test_a_short_admin_key_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODIUM_ADMIN_KEY", "x")
    with pytest.raises(Invalid, match="PODIUM_ADMIN_KEY"):
        read_settings()
