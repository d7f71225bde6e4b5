"""A model provider on loopback that speaks OpenAI's chat-completions protocol."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.support.http_server import LocalServer, Reply, Request, serve

USAGE = {
    "prompt_tokens": 1000,
    "completion_tokens": 200,
    "total_tokens": 1200,
    "prompt_tokens_details": {"cached_tokens": 400},
    "completion_tokens_details": {"reasoning_tokens": 50},
}


def says(text: str, *, model: str = "gpt-5-mini", usage: dict[str, Any] | None = USAGE) -> Reply:
    return _completion({"role": "assistant", "content": text}, "stop", model, usage)


def calls_tool(name: str, arguments: dict[str, Any] | str, *, model: str = "gpt-5-mini") -> Reply:
    """Answer with a tool call, whose arguments are an object or JSON."""
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    call = {"id": "call_1", "type": "function", "function": {"name": name, "arguments": text}}
    return _completion({"role": "assistant", "content": None, "tool_calls": [call]}, "tool_calls", model, USAGE)


def refuses(status: int, message: str, headers: dict[str, str] | None = None) -> Reply:
    """Answer with an error in OpenAI's format."""
    error = {"message": message, "type": "error", "param": None, "code": None}
    return Reply(status, {"error": error}, headers or {})


@asynccontextmanager
async def chat_server(*replies: Reply) -> AsyncIterator[LocalServer]:
    """Serve the replies in order; the last one repeats."""
    left = list(replies)

    async def answer(request: Request) -> Reply:
        if request.method != "POST" or request.path != "/v1/chat/completions":
            return Reply(404, {"error": {"message": f"no route {request.method} {request.path}"}})
        asked = json.loads(request.body)
        assert asked["messages"], "the protocol wants messages"
        return left.pop(0) if len(left) > 1 else left[0]

    async with serve(answer) as server:
        yield server


def _completion(message: dict[str, Any], finish: str, model: str, usage: dict[str, Any] | None) -> Reply:
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_780_000_000,
        "model": model,
        "choices": [choice],
    }
    return Reply(200, body | ({"usage": usage} if usage else {}))
