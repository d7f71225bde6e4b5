"""`/api/callbacks/{token}`: results of agents that respond later."""

import uuid

import httpx2
import pytest

from runtime.callbacks import callback_url
from runtime.settings import Settings
from tests.api.bodies import agent, made


@pytest.fixture
async def run_id(client: httpx2.AsyncClient) -> uuid.UUID:
    """Return the id of a queued run."""
    await made(client, "/api/primitives", agent())
    fired = (await client.post("/api/agents/scout/execute", json={})).json()
    return uuid.UUID(fired["runs"][0]["runId"])


def path(settings: Settings, run_id: uuid.UUID) -> str:
    return callback_url(settings, run_id).removeprefix(settings.base_url)


async def test_the_token_is_the_only_credential(
    anonymous: httpx2.AsyncClient, api_settings: Settings, run_id: uuid.UUID
) -> None:
    for _ in range(2):
        answer = await anonymous.post(path(api_settings, run_id), json={"output": "done"})
        assert (answer.status_code, answer.json()) == (202, {"accepted": True})
    forged = await anonymous.post(path(api_settings, run_id)[:-1], json={"output": "done"})
    assert (forged.status_code, forged.json()["code"]) == (401, "bad_signature")


async def test_a_run_that_has_ended_takes_no_result(
    client: httpx2.AsyncClient, api_settings: Settings, run_id: uuid.UUID
) -> None:
    assert (await client.post(f"/api/runs/{run_id}/cancel")).status_code == 202
    answer = await client.post(path(api_settings, run_id), json={"output": "late"})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_finished")


async def test_a_body_that_is_not_json_is_refused(
    anonymous: httpx2.AsyncClient, api_settings: Settings, run_id: uuid.UUID
) -> None:
    answer = await anonymous.post(path(api_settings, run_id), content=b"{", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["field"]) == (422, "body")
