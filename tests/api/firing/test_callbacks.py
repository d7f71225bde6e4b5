"""`/api/callbacks/{token}`: results of agents that respond later."""

import uuid
from datetime import timedelta

import httpx2
import pytest

from api.http.metrics import REFUSED
from runtime.security.callbacks import callback_url
from runtime.settings import Settings
from tests.api.bodies import agent, made


@pytest.fixture
async def run_id(client: httpx2.AsyncClient) -> uuid.UUID:
    await made(client, "/api/primitives", agent())
    fired = (await client.post("/api/agents/scout/execute", json={})).json()
    return uuid.UUID(fired["runs"][0]["runId"])


def path(settings: Settings, run_id: uuid.UUID) -> str:
    return callback_url(settings, run_id, timedelta(hours=1)).removeprefix(settings.base_url)


async def test_the_token_is_the_only_credential(
    anonymous: httpx2.AsyncClient, api_settings: Settings, run_id: uuid.UUID
) -> None:
    for _ in range(2):
        answer = await anonymous.post(path(api_settings, run_id), json={"output": "done"})
        assert (answer.status_code, answer.json()) == (202, {"accepted": True})
    forged = await anonymous.post(path(api_settings, run_id)[:-1], json={"output": "done"})
    assert (forged.status_code, forged.json()["code"]) == (401, "bad_signature")


async def test_a_result_for_a_closed_run_is_refused(
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


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 415, "unsupported_body"),
        (b'{"output": 1e400}', "application/json", 422, "invalid"),
    ],
)
async def test_a_callback_that_cannot_be_read_is_recorded_with_its_reason(
    client: httpx2.AsyncClient,
    anonymous: httpx2.AsyncClient,
    api_settings: Settings,
    run_id: uuid.UUID,
    body: bytes,
    content_type: str,
    status: int,
    code: str,
) -> None:
    counter = REFUSED.labels("/api/callbacks/{token}", code)
    before = counter._value.get()
    address = path(api_settings, run_id)
    answer = await anonymous.post(address, content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert counter._value.get() == before + 1
    (entry,) = (await client.get("/api/audit", params={"subjectType": "run"})).json()["items"]
    assert (entry["action"], entry["subjectId"]) == ("callback.refused", str(run_id))
    assert entry["reason"] == answer.json()["detail"]
    assert entry["after"] == {"code": code, "sizeBytes": len(body)}
    assert (await anonymous.post(address, json={"output": "done"})).status_code == 202, "it may be sent again"


async def test_a_refusal_that_leaves_no_row_is_counted_with_its_code(
    anonymous: httpx2.AsyncClient, api_settings: Settings, run_id: uuid.UUID
) -> None:
    counter = REFUSED.labels("/api/callbacks/{token}", "already_answered")
    before = counter._value.get()
    for output in ("done", "something else"):
        await anonymous.post(path(api_settings, run_id), json={"output": output})
    assert counter._value.get() == before + 1


async def test_a_second_different_result_is_refused_and_the_first_one_kept(
    anonymous: httpx2.AsyncClient, api_settings: Settings, run_id: uuid.UUID
) -> None:
    address = path(api_settings, run_id)
    assert (await anonymous.post(address, json={"output": "done"})).status_code == 202
    other = await anonymous.post(address, json={"output": "something else"})
    assert (other.status_code, other.json()["code"]) == (409, "already_answered")
    assert (await anonymous.post(address, json={"output": "done"})).status_code == 202


@pytest.mark.parametrize(
    ("body", "note"),
    [
        (
            b'{"output": {"total": 0.10000000000000000001}}',
            "answer.output.total: 0.10000000000000000001 has more digits",
        ),
        (b'{"output": 1, "output": 2}', "answer.output: the name comes twice"),
        (b'{"output": {"a\\u0000b": 1e-400}}', "answer.output.a\ufffdb: 1e-400 is too small"),
    ],
)
async def test_what_a_callback_loses_is_noted_on_its_run(
    client: httpx2.AsyncClient,
    anonymous: httpx2.AsyncClient,
    api_settings: Settings,
    run_id: uuid.UUID,
    body: bytes,
    note: str,
) -> None:
    assert (await client.get(f"/api/runs/{run_id}")).json()["note"] is None
    for _ in range(2):
        assert (await anonymous.post(path(api_settings, run_id), content=body)).status_code == 202
    assert (await client.get(f"/api/runs/{run_id}")).json()["note"].startswith(note)


async def test_a_callback_url_expires_with_the_time_limit_of_the_call(
    anonymous: httpx2.AsyncClient, api_settings: Settings, run_id: uuid.UUID
) -> None:
    late = callback_url(api_settings, run_id, timedelta(seconds=-61)).removeprefix(api_settings.base_url)
    answer = await anonymous.post(late, json={"output": "late"})
    assert (answer.status_code, answer.json()["code"]) == (401, "callback_expired")


@pytest.mark.parametrize(("first", "second"), [(1, True), (0, False), (1, 1.0)])
async def test_equal_values_of_other_types_are_another_result(
    anonymous: httpx2.AsyncClient, api_settings: Settings, run_id: uuid.UUID, first: object, second: object
) -> None:
    address = path(api_settings, run_id)
    assert (await anonymous.post(address, json={"output": {"approved": first}})).status_code == 202
    other = await anonymous.post(address, json={"output": {"approved": second}})
    assert (other.status_code, other.json()["code"]) == (409, "already_answered")
