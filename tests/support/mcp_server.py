"""An MCP server on loopback: streamable HTTP, with one tool."""

import json
from typing import Any

from tests.support.http_server import Reply, Request

TOOL = {"name": "add", "inputSchema": {"type": "object", "properties": {"a": {"type": "integer"}}}}


async def answer_as_mcp(request: Request) -> Reply:
    if request.method != "POST":
        return Reply(405)
    asked = json.loads(request.body)
    answers: dict[str, Any] = {
        "initialize": {
            "protocolVersion": (asked.get("params") or {}).get("protocolVersion", "2025-06-18"),
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "sums", "version": "1"},
        },
        "tools/list": {"tools": [TOOL]},
        "tools/call": {"content": [{"type": "text", "text": "the sum is 42"}]},
    }
    if "id" not in asked:
        return Reply(202, b"")
    if asked["method"] not in answers:
        return Reply(200, {"jsonrpc": "2.0", "id": asked["id"], "error": {"code": -32601, "message": "no"}})
    return Reply(200, {"jsonrpc": "2.0", "id": asked["id"], "result": answers[asked["method"]]})
