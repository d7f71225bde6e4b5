"""The model runner against a server that speaks the real chat-completions protocol."""

import asyncio
import json
import time
from decimal import Decimal
from typing import Any

import pytest
from temporalio.testing import ActivityEnvironment

from models.contracts.primitives.runners import ModelRunner
from models.contracts.runs.views import Tokens
from models.errors import AddressRefused, AgentAnswerInvalid, AgentRefused, AgentTimedOut, RunnerFailed
from runtime.database import Sessions
from runtime.security.keyring import Keyring
from runtime.security.secrets import SPEC_SECRETS, conceal, secrets_keyring
from runtime.settings import Settings
from tests.activities.calls import Caller, caller, open_call, run_row
from tests.support.chat_server import calls_tool, chat_server, refuses, says
from tests.support.http_server import LocalServer, Reply, Request, serve
from tests.support.mcp_server import answer_as_mcp

ENV_KEY = "sk-the-providers-own-key"


@pytest.fixture(autouse=True)
def provider_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", ENV_KEY)
    monkeypatch.setenv("OPENAI_ORG_ID", "org-ours")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-ours")
    monkeypatch.setenv("ANTHROPIC_API_KEY", ENV_KEY)
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", ENV_KEY)
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", f"x-gateway-key: {ENV_KEY}")
    monkeypatch.setenv("GOOGLE_API_KEY", ENV_KEY)


def model(server: LocalServer, **fields: Any) -> dict[str, Any]:
    runner = {"type": "model", "model": "openai:gpt-5-mini", "baseUrl": f"{server.url}/v1", **fields}
    return {"runner": runner}


async def test_a_model_answers_and_its_cost_is_known_by_token_class(agents: Caller, sessions: Sessions) -> None:
    async with chat_server(says("Good evening.")) as server:
        call = await open_call(sessions, model(server, instructions="Be brief."), "Greet me.")
        answer = await agents.call(call)
    # gpt-5-mini: 0.25 / 0.025 (cached) / 2.00 USD per million: 600 fresh, 400 cached, 200 out.
    assert answer.output == "Good evening."
    assert answer.cost_usd == Decimal("0.00056")
    assert answer.tokens == Tokens(input=1000, output=200, cache_read=400, reasoning=50)
    assert answer.model == "gpt-5-mini"
    asked = json.loads(server.requests[0].body)
    assert [message["content"] for message in asked["messages"]] == ["Be brief.", "Greet me."]
    assert (await run_row(sessions, call)).model == "gpt-5-mini"


async def test_input_that_is_not_text_is_sent_as_json(agents: Caller, sessions: Sessions) -> None:
    async with chat_server(says("ok")) as server:
        await agents.call(await open_call(sessions, model(server), {"order": 7}))
    assert json.loads(json.loads(server.requests[0].body)["messages"][-1]["content"]) == {"order": 7}


@pytest.mark.parametrize("reply", [says("ok", model="llama-of-my-own"), says("ok", usage=None)])
async def test_an_unknown_price_or_usage_is_an_unknown_cost(agents: Caller, sessions: Sessions, reply: Reply) -> None:
    async with chat_server(reply) as server:
        call = await open_call(sessions, model(server))
        assert (await agents.call(call)).cost_usd is None
    row = await run_row(sessions, call)
    assert (row.cost_usd, row.unknown_costs) == (None, 1)


async def test_the_output_schema_is_requested_and_both_requests_are_charged(agents: Caller, sessions: Sessions) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    async with chat_server(says("no object"), calls_tool("final_result", {"n": 5})) as server:
        call = await open_call(sessions, {**model(server), "outputSchema": schema})
        answer = await agents.call(call)
    assert answer.output == {"n": 5}
    assert answer.cost_usd == Decimal("0.00112")
    assert answer.tokens is not None
    assert answer.tokens.input == 2000


async def test_what_a_structured_answer_loses_is_noted_on_its_run(agents: Caller, sessions: Sessions) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]}
    async with chat_server(calls_tool("final_result", '{"n": 0.10000000000000000001}')) as server:
        call = await open_call(sessions, {**model(server), "outputSchema": schema})
        assert (await agents.call(call)).output == {"n": 0.1}
    note = (await run_row(sessions, call)).note
    assert note == "answer.n: 0.10000000000000000001 has more digits than a number can keep"


async def test_a_rate_limit_is_retried_by_temporal_only(agents: Caller, sessions: Sessions) -> None:
    async with chat_server(refuses(429, "slow down", {"retry-after": "7"}), says("now")) as server:
        call = await open_call(sessions, model(server))
        with pytest.raises(RunnerFailed) as failure:
            await agents.call(call)
        assert len(server.requests) == 1, "the library must not retry by itself"
        assert (await agents.call(call)).output == "now"
    assert type(failure.value) is RunnerFailed
    assert failure.value.retry_after_seconds == 7


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (refuses(401, "no such key"), AgentRefused),
        (refuses(403, "not for you"), AgentRefused),
        (refuses(400, "bad request"), AgentRefused),
        (refuses(404, "no such model"), AgentRefused),
        (Reply(302, None, {"location": "http://127.0.0.1:1/v1/chat/completions"}), RunnerFailed),
        (refuses(503, "away"), RunnerFailed),
        (refuses(409, "busy with it"), RunnerFailed),
        (Reply(200, b"{junk"), AgentAnswerInvalid),
        (Reply(200, b"<html>Sign in</html>"), AgentAnswerInvalid),
        (Reply(200, {"not": "a completion"}), AgentAnswerInvalid),
        (says(""), AgentAnswerInvalid),
    ],
)
async def test_each_failure_says_whether_it_is_retryable(
    agents: Caller, sessions: Sessions, reply: Reply, error: type[RunnerFailed]
) -> None:
    async with chat_server(reply) as server:
        with pytest.raises(RunnerFailed) as failure:
            await agents.call(await open_call(sessions, model(server)))
        assert len(server.requests) <= 2
    assert type(failure.value) is error, failure.value.detail


async def test_a_request_that_the_provider_refuses_costs_nothing(agents: Caller, sessions: Sessions) -> None:
    async with chat_server(refuses(401, "no such key")) as server:
        call = await open_call(sessions, model(server))
        with pytest.raises(AgentRefused):
            await agents.call(call)
    row = await run_row(sessions, call)
    assert (row.cost_usd, row.unknown_costs) == (Decimal(0), 0)


async def test_a_usage_limit_fails_for_good_and_its_tokens_are_charged(agents: Caller, sessions: Sessions) -> None:
    async with chat_server(says("dear")) as server:
        call = await open_call(sessions, model(server, limits={"requests": 5, "totalTokens": 100}))
        with pytest.raises(AgentRefused, match="total_tokens_limit"):
            await agents.call(call)
    assert (await run_row(sessions, call)).cost_usd == Decimal("0.00056")


async def test_a_slow_model_times_out_with_an_unknown_cost(agents: Caller, sessions: Sessions) -> None:
    async def never(request: Request) -> Reply:
        await asyncio.sleep(60)
        return says("late")

    async with serve(never) as server:
        call = await open_call(sessions, model(server), timeout_seconds=0.5)
        with pytest.raises(AgentTimedOut):
            await agents.call(call)
    assert (await run_row(sessions, call)).unknown_costs == 1


@pytest.mark.parametrize("name", ["openai:gpt-5-mini", "openai-responses:gpt-5-mini", "anthropic:claude-x", "google:g"])
async def test_a_providers_own_key_never_goes_to_another_address(agents: Caller, sessions: Sessions, name: str) -> None:
    async def refuse(request: Request) -> Reply:
        return refuses(401, "who are you?")

    async with serve(refuse) as server:
        with pytest.raises(RunnerFailed):
            await agents.call(await open_call(sessions, model(server, model=name)))
    assert server.requests
    for request in server.requests:
        seen = f"{request.path} {request.headers} {request.body!r}"
        assert ENV_KEY not in seen
        assert "org-ours" not in seen
        assert "proj-ours" not in seen


async def test_the_key_in_the_spec_is_decrypted_for_the_call_and_never_shown(
    agents: Caller, sessions: Sessions
) -> None:
    ring: Keyring = secrets_keyring(agents.activities.settings)
    sealed = conceal(ring, "key-of-the-spec", context=SPEC_SECRETS)
    async with chat_server(refuses(401, "key-of-the-spec is wrong")) as server:
        with pytest.raises(AgentRefused) as refusal:
            await agents.call(await open_call(sessions, model(server, apiKey=sealed)))
    assert server.requests[0].headers["authorization"] == "Bearer key-of-the-spec"
    assert "key-of-the-spec" not in refusal.value.detail


async def test_a_key_may_be_a_reference_to_the_environment(
    agents: Caller, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODIUM_SECRET_MY_GATEWAY_KEY", "from-the-environment")
    async with chat_server(says("ok")) as server:
        await agents.call(await open_call(sessions, model(server, apiKey="env:PODIUM_SECRET_MY_GATEWAY_KEY")))
    assert server.requests[0].headers["authorization"] == "Bearer from-the-environment"


async def test_a_private_address_is_refused_without_a_connection(sessions: Sessions, settings: Settings) -> None:
    async with chat_server(says("ok")) as server, caller(sessions, settings, allowed_private_addresses=()) as agents:
        with pytest.raises(AddressRefused, match="Loopback"):
            await agents.call(await open_call(sessions, model(server)))
        assert server.connections == 0


@pytest.mark.parametrize("name", ["nobody:x", "openai-chat:x"])
async def test_an_unusable_model_is_refused(
    agents: Caller, sessions: Sessions, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    spec = {"runner": {"type": "model", "model": name}}
    with pytest.raises(AgentRefused):
        await ActivityEnvironment().run(agents.activities.call_agent, await open_call(sessions, spec))


async def test_a_model_uses_tools_over_mcp(agents: Caller, sessions: Sessions) -> None:
    async with serve(answer_as_mcp) as tools, chat_server(calls_tool("add", {"a": 40}), says("It is 42.")) as server:
        mcp = [{"url": f"{tools.url}/mcp", "headers": {"X-Tool-Key": "env:PODIUM_SECRET_TOOL_KEY"}}]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PODIUM_SECRET_TOOL_KEY", "for-tools-only")
            answer = await agents.call(await open_call(sessions, model(server, mcp=mcp), "add"))
    assert answer.output == "It is 42."
    assert answer.cost_usd == Decimal("0.00112")
    assert all(request.headers["x-tool-key"] == "for-tools-only" for request in tools.requests)
    assert all(request.headers["podium-chain"] for request in tools.requests)
    assert "for-tools-only" not in str(server.requests)
    assert "the sum is 42" in server.requests[1].body.decode()


async def test_an_mcp_server_at_a_private_address_is_refused(sessions: Sessions, settings: Settings) -> None:
    async with (
        chat_server(says("ok")) as server,
        serve(answer_as_mcp) as tools,
        caller(sessions, settings, allowed_private_addresses=("127.0.0.1/32",)) as agents,
    ):
        mcp = [{"url": f"http://127.0.0.2:{tools.port}/mcp"}]
        with pytest.raises(AddressRefused):
            await agents.call(await open_call(sessions, model(server, mcp=mcp)))
        assert tools.connections == 0


async def test_loading_a_providers_library_stops_nothing_else_and_takes_none_of_the_agents_time(
    agents: Caller, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_seconds, turns = 2.0, 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.02)

    def import_slowly(_: ModelRunner, http: object) -> None:
        before = turns
        time.sleep(limit_seconds * 1.1)
        assert turns > before + 5

    monkeypatch.setattr("activities.runners.model.load_provider", import_slowly)
    async with chat_server(says("ok")) as server:
        others = asyncio.create_task(take_turns())
        call = await open_call(sessions, model(server), timeout_seconds=limit_seconds)
        assert (await agents.call(call)).output == "ok"
        others.cancel()
