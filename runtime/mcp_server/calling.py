"""How the tools of the MCP server ask the API: with the key of whoever uses them, so its scope and audit count."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any
from urllib.parse import quote

import httpx2
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import ValidationError

from models.contracts.problems import Problem

OpenClient = Callable[[Context], AbstractAsyncContextManager[httpx2.AsyncClient]]
"""Returns a client of the API that sends the key of the tool's user."""


class Api:
    """The API as the tools see it."""

    def __init__(self, opened: OpenClient) -> None:
        self._opened = opened

    async def get(self, context: Context, path: str, **params: Any) -> Any:
        """Read.

        Raises:
            ToolError: the API refuses or does not answer, in words that an assistant can act on.
        """
        return await self._sent(context, "GET", path, params=params)

    async def post(self, context: Context, path: str, body: dict[str, Any], **headers: str) -> Any:
        """Change something; raises what `get` raises."""
        return await self._sent(context, "POST", path, body=body, headers=headers)

    async def _sent(
        self,
        context: Context,
        method: str,
        path: str,
        *,
        params: dict[str, Any] | None = None,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        given = {name: value for name, value in (params or {}).items() if value not in (None, "", [])}
        try:
            async with self._opened(context) as client:
                answer = await client.request(method, path, params=given, json=body, headers=headers)
        except httpx2.TransportError as error:
            raise ToolError(f"Podium has not answered ({type(error).__name__}). Look before you try again.") from None
        if answer.is_success:
            return answer.json() if answer.content else None
        raise ToolError(_told(answer))


def _told(answer: httpx2.Response) -> str:
    try:
        problem = Problem.model_validate_json(answer.content)
    except ValidationError:
        return f"Podium answered {answer.status_code}"
    parts = (problem.field and f"{problem.field}:", problem.detail, problem.hint and f"({problem.hint})")
    return f"{problem.code}: {' '.join(part for part in parts if part)}"


def part(name: str) -> str:
    """Escape a name as one segment of a path."""
    return quote(name, safe="")
