"""An agent is called once per run; its answer and cost are stored in the run's row."""

import asyncio
import os
import re
import uuid
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from temporalio.testing import ActivityEnvironment

from models.contracts.runs.views import Tokens
from models.contracts.workflows.lifecycle import AgentCall
from models.errors import AgentAnswerInvalid, AgentRefused, AgentTimedOut, NotFound, RunnerFailed, SecretKeyMissing
from models.store.runs.agent_results import add_cost
from models.store.runs.costs import Cost
from runtime.database import Sessions, transaction
from runtime.security.chains import run_of_chain
from runtime.security.secrets import SPEC_SECRETS, conceal, secrets_keyring
from runtime.settings import Settings
from tests.activities.calls import Caller, caller, open_call, run_row


def simulated(**fields: Any) -> dict[str, Any]:
    return {"runner": {"type": "simulated", "durationMs": 0, **fields}}


def python(function: str, **fields: Any) -> dict[str, Any]:
    return {"runner": {"type": "python", "function": function}, **fields}


async def test_the_answer_is_recorded_with_its_cost(agents: Caller, sessions: Sessions) -> None:
    call = await open_call(sessions, simulated(costUsd="0.01", tokens=1000, seed=7))
    answer = await agents.call(call)
    row = await run_row(sessions, call)
    assert answer.output == row.output
    assert isinstance(answer.output, dict)
    assert answer.output["simulated"] is True
    assert row.simulated
    assert row.answered_at is not None
    assert row.cost_usd is not None
    assert Decimal("0.008") <= row.cost_usd <= Decimal("0.012")
    assert row.unknown_costs == 0
    assert row.tokens is not None
    assert 800 <= row.tokens["input"] + row.tokens["output"] <= 1200


async def test_an_agent_is_not_called_again_once_its_answer_is_recorded(agents: Caller, sessions: Sessions) -> None:
    call = await open_call(sessions, python("tests.activities.python_agents:count_calls"), {"key": uuid.uuid4().hex})
    async with caller(sessions, agents.activities.settings, python_agent_modules=("tests.activities",)) as allowed:
        first = await allowed.call(call)
        again = await allowed.call(call)
    assert first == again
    assert first.output == 1


async def test_a_simulated_run_has_the_same_outcome_in_every_attempt(agents: Caller, sessions: Sessions) -> None:
    failures = 0
    for _ in range(20):
        call = await open_call(sessions, simulated(successRate=0.5, seed=3, error="no luck"))
        outcomes = [await _outcome(agents, call) for _ in range(3)]
        assert len(set(outcomes)) == 1
        failures += outcomes[0] == "no luck"
    assert 0 < failures < 20


async def _outcome(agents: Caller, call: AgentCall) -> str:
    try:
        await agents.call(call)
    except AgentRefused as refusal:
        return refusal.detail
    return "completed"


async def test_an_unknown_cost_is_counted_and_never_zero(agents: Caller, sessions: Sessions) -> None:
    call = await open_call(sessions, simulated())
    assert (await agents.call(call)).cost_usd is None
    row = await run_row(sessions, call)
    assert row.cost_usd is None
    assert row.unknown_costs == 1


async def test_the_cost_of_failed_attempts_is_added_to_the_last_one(agents: Caller, sessions: Sessions) -> None:
    call = await open_call(sessions, simulated(costUsd="0.01", successRate=0))
    for _ in range(2):
        with pytest.raises(AgentRefused):
            await agents.call(call)
    row = await run_row(sessions, call)
    assert row.cost_usd is not None
    assert row.cost_usd > Decimal("0.016")
    assert row.answered_at is None


async def test_tokens_add_up_class_by_class(sessions: Sessions) -> None:
    call = await open_call(sessions, simulated())
    spent = Cost(Decimal("0.5"), 0, Tokens(input=5, cache_read=2), "m")
    for _ in range(2):
        async with transaction(sessions) as session:
            await add_cost(session, call.run_id, spent)
    row = await run_row(sessions, call)
    assert row.cost_usd == 1
    assert Tokens.model_validate(row.tokens) == Tokens(input=10, cache_read=4)


async def test_an_agent_that_takes_too_long_times_out(agents: Caller, sessions: Sessions) -> None:
    call = await open_call(sessions, simulated(durationMs=60_000), timeout_seconds=0.1)
    with pytest.raises(AgentTimedOut, match=r"0\.1 s"):
        await agents.call(call)


async def test_cancelling_stops_the_agent_and_keeps_its_cost(agents: Caller, sessions: Sessions) -> None:
    call = await open_call(sessions, simulated(durationMs=60_000))
    environment = ActivityEnvironment()
    beaten = asyncio.Event()
    environment.on_heartbeat = lambda *_: beaten.set()
    task = asyncio.ensure_future(environment.run(agents.activities.call_agent, call))
    await beaten.wait()
    environment.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_unknown_run_is_not_found(agents: Caller) -> None:
    nobody = uuid.uuid4()
    with pytest.raises(NotFound):
        await agents.call(AgentCall(run_id=nobody, root_run_id=nobody, primitive_id=nobody, timeout_seconds=1))


MODULE = "tests.activities.python_agents"


@pytest.mark.parametrize(
    ("function", "input", "output"),
    [
        ("runtime.builtin_agents:echo", {"a": [1, None]}, {"a": [1, None]}),
        ("runtime.builtin_agents:word_count", "two words", {"words": 2, "lines": 1, "characters": 9}),
        (f"{MODULE}:later", 2, 4),
        (f"{MODULE}:with_default", None, 10),
        (f"{MODULE}:with_nul", None, {"k�": ["a�b"]}),
    ],
)
async def test_a_python_function_returns_the_output(
    sessions: Sessions, settings: Settings, function: str, input: Any, output: Any
) -> None:
    async with caller(sessions, settings, python_agent_modules=(MODULE,)) as agents:
        call = await open_call(sessions, python(function), input)
        assert (await agents.call(call)).output == output
        assert (await run_row(sessions, call)).output == output


async def test_a_python_function_receives_the_run_context(sessions: Sessions, settings: Settings) -> None:
    async with caller(sessions, settings, python_agent_modules=(MODULE,)) as agents:
        call = await open_call(sessions, python(f"{MODULE}:who"))
        output = (await agents.call(call)).output
        assert isinstance(output, dict)
        chain = output.pop("chain")
        assert (output, run_of_chain(agents.activities.settings, str(chain))) == (
            {"run": str(call.run_id), "attempt": 1},
            call.run_id,
        )


@pytest.mark.parametrize(
    ("function", "error", "says"),
    [
        (f"{MODULE}:fails", RunnerFailed, "ValueError: not today"),
        (f"{MODULE}:junk", AgentAnswerInvalid, "not JSON"),
        (f"{MODULE}:not_a_number", AgentAnswerInvalid, "not JSON"),
        (f"{MODULE}:far_too_much", AgentAnswerInvalid, "more than 1048576"),
        (f"{MODULE}:missing", AgentRefused, "no function missing"),
        (f"{MODULE}:unlisted", AgentRefused, "does not define unlisted and list it"),
        (f"{MODULE}:loads", AgentRefused, "does not define loads and list it"),
        (f"{MODULE}:Counter", AgentRefused, "no function Counter"),
        (f"{MODULE}:ends_its_process", RunnerFailed, r"ended \(code 7\) without an answer"),
        (f"{MODULE}_of_others:run", AgentRefused, "not allowed"),
        ("os:system", AgentRefused, "not allowed"),
        ("tests.activities:anything", AgentRefused, "not allowed"),
    ],
)
async def test_the_error_of_a_python_function_is_recorded(
    sessions: Sessions, settings: Settings, function: str, error: type[RunnerFailed], says: str
) -> None:
    async with caller(sessions, settings, python_agent_modules=(MODULE,)) as agents:
        call = await open_call(sessions, python(function))
        with pytest.raises(error, match=says) as failure:
            await agents.call(call)
        assert type(failure.value) is error


async def test_functions_that_hang_release_their_slots(sessions: Sessions, settings: Settings) -> None:
    # The worker of other tests may keep some in this process.
    before = children_named("python_process")
    async with caller(sessions, settings, python_agent_modules=(MODULE,)) as agents:
        hanging = [await open_call(sessions, python(f"{MODULE}:hangs"), timeout_seconds=2) for _ in range(6)]
        failures = await asyncio.gather(*map(agents.call, hanging), return_exceptions=True)
        assert {type(failure) for failure in failures} == {AgentTimedOut}
        assert children_named("python_process") - before == set()
        call = await open_call(sessions, python(f"{MODULE}:later"), 2)
        assert (await agents.call(call)).output == 4


def children_named(name: str) -> set[int]:
    """Return the ids of this process's children whose command line contains a text."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            parent = re.search(r"^PPid:\s+(\d+)", status.read_text(), re.MULTILINE)
            mine = parent is not None and int(parent[1]) == os.getpid()
            if mine and name in status.with_name("cmdline").read_text():
                found.add(int(status.parent.name))
    return found


async def test_an_answer_must_satisfy_the_agents_schema(agents: Caller, sessions: Sessions) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    good = await open_call(sessions, python("runtime.builtin_agents:echo", outputSchema=schema), {"n": 1})
    assert (await agents.call(good)).output == {"n": 1}
    bad = await open_call(sessions, python("runtime.builtin_agents:echo", outputSchema=schema), {"n": "x"})
    with pytest.raises(AgentAnswerInvalid, match="n: "):
        await agents.call(bad)


async def test_a_secret_whose_key_this_worker_lacks_is_left_to_another_worker(
    agents: Caller, sessions: Sessions, settings: Settings
) -> None:
    rotated = secrets_keyring(settings.model_copy(update={"secret_key": SecretStr("the-new-key-of-the-installation")}))
    sealed = conceal(rotated, "hush", context=SPEC_SECRETS)
    runner = {"type": "http", "url": "http://127.0.0.1:1/", "headers": {"X-Key": sealed}}
    call = await open_call(sessions, {"runner": runner}, max_attempts=1)
    with pytest.raises(SecretKeyMissing, match=rotated.key_id) as failure:
        await agents.call(call)
    assert failure.value.retryable
    assert (await run_row(sessions, call)).call_failures == 0, "it is not an attempt of the agent"
