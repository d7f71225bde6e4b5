"""Rotating a secret without locking out senders that still use the old one."""

from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from runtime.settings import Settings
from tests.api import signing
from tests.api.bodies import agent, automation, made

BODY = b'{"type": "event_callback", "event": {"type": "app_mention"}}'


@pytest.fixture
def api_settings(api_settings: Settings) -> Settings:
    return api_settings.model_copy(update={"slack_signing_secrets": (SecretStr("the server's"),)})


@pytest.fixture(autouse=True)
async def hook(client: httpx2.AsyncClient) -> None:
    await made(client, "/api/primitives", agent())
    webhook = {"path": "hook", "verification": "github", "secret": "first"}
    await made(client, "/api/automations", automation("hook", "webhook", webhook=webhook))


async def change(client: httpx2.AsyncClient, slug: str = "hook", **fields: Any) -> Any:
    name = "webhook" if slug == "hook" else "slack"
    answer = await client.patch(f"/api/automations/{slug}", json={name: fields})
    assert answer.status_code == 200, answer.text
    return answer.json()[name]


async def good(anonymous: httpx2.AsyncClient) -> set[str]:
    found = set()
    for secret in ("first", "second", "third"):
        headers = signing.github(BODY, secret, "push", secret)
        if (await anonymous.post("/api/webhooks/hook", content=BODY, headers=headers)).status_code == 202:
            found.add(secret)
    return found


async def test_the_replaced_secret_stays_valid(client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient) -> None:
    shown = await change(client, secret="second")
    assert (shown["secret"], shown["previousSecret"]) == ("********", "********")
    assert await good(anonymous) == {"first", "second"}
    await change(client, secret="second")
    await change(client, secret="********")
    await change(client, filter="true")
    assert await good(anonymous) == {"first", "second"}
    await change(client, secret="third")
    assert await good(anonymous) == {"second", "third"}
    assert (await change(client, previousSecret=None))["previousSecret"] is None
    assert await good(anonymous) == {"third"}


async def test_an_explicit_previous_secret_takes_precedence(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    assert (await change(client, secret="second", previousSecret=None))["previousSecret"] is None
    assert await good(anonymous) == {"second"}
    await change(client, secret="third", previousSecret="first")
    assert await good(anonymous) == {"first", "third"}


async def test_the_secret_of_a_slack_app_is_rotated_in_the_same_way(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    slack = {"events": ["app_mention"], "secret": "first"}
    await made(client, "/api/automations", automation("mention", "slack", slack=slack))
    assert (await change(client, "mention", secret="second"))["previousSecret"] == "********"
    for secret in ("first", "second"):
        answer = await anonymous.post("/api/triggers/slack", content=BODY, headers=signing.slack(BODY, secret))
        assert (answer.status_code, len(answer.json()["runs"])) == (202, 1)


async def test_a_new_secret_in_a_file_keeps_the_old_one_valid(
    client: httpx2.AsyncClient, anonymous: httpx2.AsyncClient
) -> None:
    async def apply(**webhook: Any) -> dict[str, str]:
        config = {"path": "hook", "verification": "github", **webhook}
        body = {"project": "f.yaml", "takeOver": True, "automations": [automation("hook", "webhook", webhook=config)]}
        answer = await client.post("/api/declarations", json=body)
        assert answer.status_code == 200, answer.text
        return {item["key"]: item["action"] for item in answer.json()["items"]}

    assert (await apply(secret="second"))["hook"] == "update"
    assert await good(anonymous) == {"first", "second"}
    assert (await apply(secret="second"))["hook"] == "unchanged"
    assert (await apply(secret="second", previousSecret=None))["hook"] == "update"
    assert await good(anonymous) == {"second"}
