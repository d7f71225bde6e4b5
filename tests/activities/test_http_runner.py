"""The HTTP runner against a server that verifies Standard Webhooks signatures."""

import asyncio
import json
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import JsonValue
from standardwebhooks.webhooks import Webhook

from models.contracts.runs.views import Tokens
from models.contracts.workflows.lifecycle import AgentCall
from models.errors import (
    AddressRefused,
    AgentAnswerInvalid,
    AgentRefused,
    AgentTimedOut,
    AlreadyAnswered,
    BadSignature,
    RunnerFailed,
)
from models.store.runs.agent_results import store_callback
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from runtime.security.callbacks import callback_url, run_of_token
from runtime.security.chains import run_of_chain
from runtime.security.revealed_secrets import scrubbing
from runtime.security.secrets import SPEC_SECRETS, conceal, secrets_keyring
from runtime.settings import Settings
from tests.activities.calls import Caller, caller, open_call, run_row
from tests.support.http_server import LocalServer, Reply, Request, serve

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def http(server: LocalServer, **fields: Any) -> dict[str, Any]:
    return {"runner": {"type": "http", "url": f"{server.url}/agent", **fields}}


def always(reply: Reply) -> Any:
    async def answer(request: Request) -> Reply:
        return reply

    return answer


async def _verified(request: Request) -> Reply:
    Webhook(SECRET).verify(request.body, request.headers)
    return Reply(200, {"output": json.loads(request.body)["input"]})


async def test_the_call_is_signed_and_names_its_run(agents: Caller, sessions: Sessions) -> None:
    sealed = conceal(secrets_keyring(agents.activities.settings), SECRET, context=SPEC_SECRETS)
    token = conceal(secrets_keyring(agents.activities.settings), "Bearer x", context=SPEC_SECRETS)
    async with serve(_verified) as server:
        spec = http(server, signingSecret=sealed, headers={"Authorization": token})
        call = await open_call(sessions, spec, {"question": "é"})
        answer = await agents.call(call)
    (request,) = server.requests
    body = json.loads(request.body)
    assert answer.output == {"question": "é"}
    assert request.headers["webhook-id"] == request.headers["idempotency-key"] == str(call.run_id)
    assert request.headers["authorization"] == "Bearer x"
    assert run_of_chain(agents.activities.settings, request.headers["podium-chain"]) == call.run_id
    assert body.keys() == {"runId", "rootRunId", "agent", "input", "attempt", "dueAt", "callbackUrl"}
    assert body["runId"] == str(call.run_id)
    token = body["callbackUrl"].rpartition("/api/callbacks/")[2]
    assert run_of_token(agents.activities.settings, token) == call.run_id


@pytest.mark.parametrize(
    ("body", "output", "cost"),
    [
        ({"output": 7, "costUsd": "0.25", "tokens": {"input": 3}, "model": "m"}, 7, Decimal("0.25")),
        ({"output": None, "costUsd": 0}, None, Decimal(0)),
        ({"output": 1, "other": 2}, {"output": 1, "other": 2}, None),
        ([1, 2], [1, 2], None),
        ("text", "text", None),
    ],
)
async def test_an_answer_is_an_envelope_or_the_output_itself(
    agents: Caller, sessions: Sessions, body: JsonValue, output: JsonValue, cost: Decimal | None
) -> None:
    async with serve(always(Reply(200, body))) as server:
        answer = await agents.call(await open_call(sessions, http(server)))
    assert (answer.output, answer.cost_usd) == (output, cost)
    if isinstance(body, dict) and "tokens" in body:
        assert answer.tokens == Tokens(input=3)
        assert answer.model == "m"


async def test_what_an_answer_loses_is_noted_on_its_run_without_secrets(
    agents: Caller, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODIUM_SECRET_WORD", "0.1234567890123456789")
    body = b'{"output": {"total": 0.1234567890123456789, "sums": [1e-400]}}'
    async with serve(always(Reply(200, body))) as server:
        call = await open_call(sessions, http(server, headers={"X-Key": "env:PODIUM_SECRET_WORD"}))
        with scrubbing():
            await agents.call(call)
    run = await run_row(sessions, call)
    assert run.output == {"total": 0.12345678901234568, "sums": [0]}
    assert run.note == "answer.output.total: ******** has more digits than a number can keep (and 1 more)"


async def test_characters_that_cannot_be_stored_cost_nobody_the_answer(agents: Caller, sessions: Sessions) -> None:
    body = b'{"output": {"a\\ud800": "\\u0000b"}, "model": "m\\u0000", "costUsd": "0.25"}'
    async with serve(always(Reply(200, body))) as server:
        call = await open_call(sessions, http(server))
        await agents.call(call)
    run = await run_row(sessions, call)
    assert (run.output, run.model, run.cost_usd) == ({"a\ufffd": "\ufffdb"}, "m\ufffd", Decimal("0.25"))
    assert run.note == "2 characters that cannot be stored replaced"


async def test_the_note_of_a_callback_stays_with_its_answer_and_goes_with_a_failure(
    agents: Caller, sessions: Sessions
) -> None:
    bodies: list[tuple[JsonValue, bool]] = [({"output": 1}, False), ({"error": "no"}, True)]
    for body, fails in bodies:
        call = await open_call(sessions, http(LocalServer(1)))
        async with transaction(sessions) as session:
            assert await store_callback(session, call.run_id, body, note="answer.x: lost")
        if fails:
            with pytest.raises(RunnerFailed):
                await agents.call(call)
        else:
            await agents.call(call)
        assert (await run_row(sessions, call)).note == (None if fails else "answer.x: lost")


async def test_an_answer_without_a_cost_uses_the_cost_in_the_spec(agents: Caller, sessions: Sessions) -> None:
    async with serve(always(Reply(200, {"output": 1}))) as server:
        answer = await agents.call(await open_call(sessions, http(server, costUsd="0.003")))
    assert answer.cost_usd == Decimal("0.003")


@pytest.mark.parametrize(
    ("reply", "error", "says"),
    [
        (Reply(400, {"why": "no"}), AgentRefused, "400"),
        (Reply(401), AgentRefused, "401"),
        (Reply(302, None, {"location": "http://127.0.0.1:1/"}), AgentRefused, "302"),
        (Reply(408), RunnerFailed, "408"),
        (Reply(409), RunnerFailed, "409"),
        (Reply(425), RunnerFailed, "425"),
        (Reply(429, None, {"retry-after": "11"}), RunnerFailed, "429"),
        (Reply(500, b"oops"), RunnerFailed, "oops"),
        (Reply(200, b"<html>"), AgentAnswerInvalid, "not JSON"),
        (Reply(200, b"[NaN]"), AgentAnswerInvalid, "not JSON"),
        (Reply(200, b'"' + b"x" * 1_100_000 + b'"'), AgentAnswerInvalid, "longer than"),
        (Reply(200, b'{"output": {"id": ' + b"9" * 400 + b"}}"), AgentAnswerInvalid, "output.id is beyond the range"),
        (Reply(200, {"output": 1, "costUsd": "a lot"}), AgentAnswerInvalid, "costUsd"),
        (Reply(200, {"output": 1, "costUsd": "1_0"}), AgentAnswerInvalid, "costUsd"),
        (Reply(200, {"output": 1, "costUsd": "\u0661"}), AgentAnswerInvalid, "costUsd"),
        (Reply(200, {"output": 1, "costUsd": "1000000.01"}), AgentAnswerInvalid, "from 0 to 1,000,000"),
        (Reply(200, {"output": 1, "tokens": {"input": 10**13}}), AgentAnswerInvalid, "tokens.input"),
        (Reply(200, {"output": 1, "tokens": -1}), AgentAnswerInvalid, "tokens.input"),
        (Reply(200, {"output": 1, "tokens": "many"}), AgentAnswerInvalid, "tokens"),
        (Reply(200, {"error": "out of luck"}), RunnerFailed, "out of luck"),
        (Reply(200, {"error": {"message": "never", "retryable": False}}), AgentRefused, "never"),
    ],
)
async def test_each_failure_says_whether_it_is_retryable(
    agents: Caller, sessions: Sessions, reply: Reply, error: type[RunnerFailed], says: str
) -> None:
    async with serve(always(reply)) as server:
        with pytest.raises(RunnerFailed, match=says) as failure:
            await agents.call(await open_call(sessions, http(server)))
        assert len(server.requests) == 1
    assert type(failure.value) is error
    assert failure.value.retry_after_seconds == (11 if reply.status == 429 else None)


async def test_an_unreachable_endpoint_is_a_retryable_error(agents: Caller, sessions: Sessions) -> None:
    spec = {"runner": {"type": "http", "url": "http://127.0.0.1:1/"}}
    with pytest.raises(RunnerFailed, match="cannot be reached") as failure:
        await agents.call(await open_call(sessions, spec))
    assert type(failure.value) is RunnerFailed


async def test_connections_are_reused_and_cookies_are_not_kept(agents: Caller, sessions: Sessions) -> None:
    async with serve(always(Reply(200, 1, {"set-cookie": "who=first; Path=/"}))) as server:
        for _ in range(3):
            await agents.call(await open_call(sessions, http(server)))
    assert server.connections == 1
    assert all("cookie" not in request.headers for request in server.requests)


async def test_a_private_address_is_refused_without_a_connection(sessions: Sessions, settings: Settings) -> None:
    async with serve(always(Reply(200, 1))) as server, caller(sessions, settings, allowed_private_addresses=()) as one:
        with pytest.raises(AddressRefused):
            await one.call(await open_call(sessions, http(server)))
    assert server.connections == 0


async def _called_back(sessions: Sessions, call: AgentCall, body: JsonValue) -> bool:
    async with transaction(sessions) as session:
        return await store_callback(session, call.run_id, body)


async def test_an_accepted_call_completes_through_its_callback(agents: Caller, sessions: Sessions) -> None:
    async with serve(always(Reply(202))) as server:
        call = await open_call(sessions, http(server))
        task = asyncio.ensure_future(agents.call(call))
        while not server.requests:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        assert await _called_back(sessions, call, {"output": "later", "costUsd": "0.5"})
        answer = await task
    assert (answer.output, answer.cost_usd) == ("later", Decimal("0.5"))
    with pytest.raises(AlreadyAnswered):
        await _called_back(sessions, call, {"output": "again"})
    assert (await run_row(sessions, call)).output == "later"


async def test_a_callback_without_a_running_worker_is_not_lost(agents: Caller, sessions: Sessions) -> None:
    async with serve(always(Reply(202))) as server:
        call = await open_call(sessions, http(server))
        assert await _called_back(sessions, call, {"output": "early"})
        assert (await agents.call(call)).output == "early"
    assert server.requests == []


async def test_a_callback_with_an_error_fails_only_that_attempt(agents: Caller, sessions: Sessions) -> None:
    async with serve(always(Reply(200, "fine"))) as server:
        call = await open_call(sessions, http(server))
        assert await _called_back(sessions, call, {"error": "not now"})
        with pytest.raises(RunnerFailed, match="not now"):
            await agents.call(call)
        assert (await agents.call(call)).output == "fine"


async def test_an_agent_that_never_calls_back_times_out(agents: Caller, sessions: Sessions) -> None:
    async with serve(always(Reply(202))) as server:
        with pytest.raises(AgentTimedOut):
            await agents.call(await open_call(sessions, http(server), timeout_seconds=0.3))


async def test_a_callback_for_a_run_that_is_not_open_is_refused(sessions: Sessions) -> None:
    nobody = AgentCall(run_id=uuid.uuid4(), root_run_id=uuid.uuid4(), primitive_id=uuid.uuid4(), timeout_seconds=1)
    assert not await _called_back(sessions, nobody, 1)
    call = await open_call(sessions, {"runner": {"type": "simulated"}})
    async with transaction(sessions) as session:
        run = await session.get_one(Run, call.run_id)
        run.finished_at = run.started_at
    assert not await _called_back(sessions, call, 1)


def test_a_token_with_a_foreign_signature_is_refused(settings: Settings) -> None:
    run_id = uuid.uuid4()
    token = callback_url(settings, run_id, timedelta(hours=1)).rpartition("/")[2]
    assert run_of_token(settings, token) == run_id
    for forged in ("", "x", token[:-1], token.replace(".", "x."), f"{uuid.uuid4().hex}.{token.rpartition('.')[2]}"):
        with pytest.raises(BadSignature):
            run_of_token(settings, forged)


def test_a_token_survives_the_rotation_of_the_key(settings: Settings) -> None:
    old = settings.model_copy(update={"secret_key": Settings(secret_key="an old key of ours").secret_key})
    new = settings.model_copy(update={"secret_key": Settings(secret_key="a newer key,an old key of ours").secret_key})
    run_id = uuid.uuid4()
    assert run_of_token(new, callback_url(old, run_id, timedelta(hours=1)).rpartition("/")[2]) == run_id
    with pytest.raises(BadSignature):
        run_of_token(old, callback_url(new, run_id, timedelta(hours=1)).rpartition("/")[2])
