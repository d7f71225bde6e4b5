"""Answers of models and MCP servers that cannot be used, and what the failed run says about them."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from models.errors import AgentAnswerInvalid, RunnerFailed
from runtime.database import Sessions
from tests.activities.calls import Caller, open_call
from tests.support.chat_server import calls_tool, chat_server, says
from tests.support.http_server import LocalServer, Reply, Request, serve

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
MEBIBYTE = 1024 * 1024


def model(server: LocalServer, **fields: Any) -> dict[str, Any]:
    return {"runner": {"type": "model", "model": "openai:gpt-5-mini", "baseUrl": f"{server.url}/v1", **fields}}


def bomb(mebibytes: int = 512) -> Reply:
    """Answer with many zeros, packed to a thousandth of their size."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    packed = b"".join(packer.compress(bytes(MEBIBYTE)) for _ in range(mebibytes)) + packer.flush()
    return Reply(200, packed, {"content-encoding": "gzip"})


@contextmanager
def at_most_more(mebibytes: int) -> Iterator[None]:
    """Fail if the process's memory grows by more than this while the block runs."""
    Path("/proc/self/clear_refs").write_text("5")  # forgets the earlier peak
    before = _peak_mebibytes()
    yield
    assert _peak_mebibytes() < before + mebibytes


def _peak_mebibytes() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")


async def test_a_compressed_answer_of_a_model_is_unpacked_only_up_to_the_limit(
    agents: Caller, sessions: Sessions
) -> None:
    async with chat_server(bomb()) as server:
        with at_most_more(200), pytest.raises(RunnerFailed, match="longer than"):
            await agents.call(await open_call(sessions, model(server)))


async def test_a_compressed_answer_of_an_mcp_server_is_unpacked_only_up_to_the_limit(
    agents: Caller, sessions: Sessions
) -> None:
    packed = bomb()

    async def explode(request: Request) -> Reply:
        return packed

    async with serve(explode) as tools, chat_server(says("ok")) as server:
        with at_most_more(200), pytest.raises(RunnerFailed):
            await agents.call(await open_call(sessions, model(server, mcp=[{"url": f"{tools.url}/mcp"}])))
        assert not server.requests


async def test_a_redirect_of_an_mcp_server_names_the_server_and_the_status(agents: Caller, sessions: Sessions) -> None:
    async def away(request: Request) -> Reply:
        return Reply(302, None, {"location": "/elsewhere"})

    async with serve(away) as tools, chat_server(says("ok")) as server:
        with pytest.raises(RunnerFailed, match=rf"the MCP server {tools.url} answered with status 302"):
            await agents.call(await open_call(sessions, model(server, mcp=[{"url": f"{tools.url}/mcp"}])))


async def test_an_empty_answer_and_one_that_does_not_match_the_schema_are_told_apart(
    agents: Caller, sessions: Sessions
) -> None:
    for reply, told in (
        (says(""), "the model returned an empty answer"),
        (calls_tool("final_result", {"n": "many"}), "the answer does not match the agent's output schema: n:"),
        (says("five"), "the model's answer does not match the agent's output schema"),
    ):
        async with chat_server(reply) as server:
            with pytest.raises(AgentAnswerInvalid) as failure:
                await agents.call(await open_call(sessions, {**model(server), "outputSchema": SCHEMA}))
        assert failure.value.detail.startswith(told), failure.value.detail
        assert "retries" not in failure.value.detail
