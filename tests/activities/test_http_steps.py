"""HTTP steps of pipelines: the request sent, the answer read, and the errors that are not retried."""

import uuid
from collections.abc import AsyncIterator

import pytest
from pydantic import JsonValue
from temporalio.testing import ActivityEnvironment

from activities.http_steps import HttpStepActivities
from models.contracts.workflows.lifecycle import HttpStepCall
from models.errors import AddressRefused, AgentAnswerInvalid, AgentRefused, NotFound, PodiumError, RunnerFailed
from models.kinds import Kind
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from runtime.security.chains import run_of_chain
from runtime.security.outbound import outgoing_client
from runtime.security.secrets import SPEC_SECRETS, conceal, secrets_keyring
from runtime.settings import Settings
from tests.factories import make_agent, make_primitive, queue_run
from tests.support.http_server import LocalServer, Reply, Request, serve

ANSWERS: dict[str, Reply] = {
    "/ok": Reply(body={"fine": True}),
    "/text": Reply(body=b"plain words"),
    "/busy": Reply(status=503, body={"later": True}),
    "/no": Reply(status=403, body={"no": True}),
    "/moved": Reply(status=302, body=b"<html>moved</html>", headers={"location": "/ok"}),
    "/later": Reply(status=429, headers={"retry-after": "11"}),
    "/lossy": Reply(body=b'{"a": 0.10000000000000000001}'),
    "/infinite": Reply(body=b'{"a": 1e999}'),
    "/deep": Reply(body=b"[" * 100 + b"]" * 100),
}


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    async def answer(request: Request) -> Reply:
        return ANSWERS[request.path]

    async with serve(answer) as running:
        yield running


async def call(
    sessions: Sessions,
    settings: Settings,
    url: str,
    key: str = "send",
    *,
    run_id: uuid.UUID | None = None,
    **step: object,
) -> JsonValue:
    """Save a pipeline with one HTTP step and an encrypted secret, and call that step."""
    keyring = secrets_keyring(settings)
    headers = {"X-Key": conceal(keyring, "hush", context=SPEC_SECRETS)}
    steps = [{"key": "send", "http": {"url": url, "headers": headers, **step}}]
    async with transaction(sessions) as session:
        pipeline = await make_primitive(session, Kind.WORKFLOW, {"steps": steps})
    async with outgoing_client(settings) as http:
        activities = HttpStepActivities(sessions, http, keyring, settings)
        given = HttpStepCall(run_id=run_id or uuid.uuid4(), primitive_id=pipeline.id, key=key, body={"a": 1})
        return await ActivityEnvironment().run(activities.call_http_step, given)


def open_settings(tmp_path: object) -> Settings:
    return Settings(home=tmp_path, secret_key="k" * 32, allowed_private_addresses="127.0.0.1")


@pytest.mark.parametrize(("path", "answer"), [("/ok", {"fine": True}), ("/text", "plain words")])
async def test_the_output_is_the_json_or_the_text_of_the_answer(
    sessions: Sessions, server: LocalServer, tmp_path: object, path: str, answer: JsonValue
) -> None:
    assert await call(sessions, open_settings(tmp_path), server.url + path) == answer
    (request,) = server.requests
    assert (request.method, request.body, request.headers["x-key"]) == ("POST", b'{"a":1}', "hush")
    run, _, step = request.headers["idempotency-key"].partition("/")
    chain = run_of_chain(open_settings(tmp_path), request.headers["podium-chain"])
    assert (str(chain), step) == (run, "send")


async def test_what_an_answer_loses_is_noted_once_on_the_run(
    sessions: Sessions, server: LocalServer, tmp_path: object
) -> None:
    async with transaction(sessions) as session:
        run = await queue_run(session, await make_agent(session))
    for _ in range(2):
        assert await call(sessions, open_settings(tmp_path), f"{server.url}/lossy", run_id=run.id) == {"a": 0.1}
    async with transaction(sessions) as session:
        note = (await session.get_one(Run, run.id)).note
    assert note == "step send: answer.a: 0.10000000000000000001 has more digits than a number can keep"


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("/busy", RunnerFailed),
        ("/no", AgentRefused),
        ("/moved", AgentRefused),
        ("/deep", AgentAnswerInvalid),
        ("/infinite", AgentAnswerInvalid),
    ],
)
async def test_an_error_status_says_whether_it_is_retryable(
    sessions: Sessions, server: LocalServer, tmp_path: object, path: str, refusal: type[PodiumError]
) -> None:
    with pytest.raises(refusal):
        await call(sessions, open_settings(tmp_path), server.url + path)


async def test_a_redirect_is_not_followed_and_fails_with_its_status(
    sessions: Sessions, server: LocalServer, tmp_path: object
) -> None:
    with pytest.raises(AgentRefused, match="302: <html>moved</html>"):
        await call(sessions, open_settings(tmp_path), server.url + "/moved")
    assert [request.path for request in server.requests] == ["/moved"]


async def test_the_time_that_an_address_asks_to_wait_is_kept(
    sessions: Sessions, server: LocalServer, tmp_path: object
) -> None:
    with pytest.raises(RunnerFailed, match="429") as failure:
        await call(sessions, open_settings(tmp_path), server.url + "/later")
    assert failure.value.retry_after_seconds == 11


async def test_a_private_address_is_refused_unless_it_is_allowed(
    sessions: Sessions, server: LocalServer, tmp_path: object
) -> None:
    closed = Settings(home=tmp_path, secret_key="k" * 32)
    with pytest.raises(AddressRefused):
        await call(sessions, closed, server.url + "/ok")
    assert not server.requests


async def test_a_step_that_was_removed_from_the_spec_is_not_found(
    sessions: Sessions, server: LocalServer, tmp_path: object
) -> None:
    with pytest.raises(NotFound):
        await call(sessions, open_settings(tmp_path), server.url + "/ok", key="gone")


async def test_a_reference_in_a_step_s_url_is_sent_as_its_value(
    sessions: Sessions, server: LocalServer, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODIUM_SECRET_PATH", "ok")
    assert await call(sessions, open_settings(tmp_path), f"{server.url}/env:PODIUM_SECRET_PATH") == {"fine": True}
    assert [request.path for request in server.requests] == ["/ok"]
