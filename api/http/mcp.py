"""`/mcp`: the MCP server over streamable HTTP, for assistants that have an API key.

Its tools call the API in this process with the key of the request, so its scope, limits and audit entries are the same.
Every request stands for itself: no session is kept, so any process can answer it. Loaded with the first request.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx2
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.errors import problem
from models.errors import Unauthenticated

if TYPE_CHECKING:
    from mcp.server.mcpserver import Context
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

PASSED_ON = ("authorization", "x-api-key", "host", "x-forwarded-for")
ANSWER_SECONDS = 60.0


class McpEndpoint:
    """Answers the requests of one application for as long as it runs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._manager: StreamableHTTPSessionManager | None = None
        self._starting = asyncio.Lock()
        self._serving: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if not {"authorization", "x-api-key"} & headers.keys():
            # A browser's session is not enough: its cookie would come along with a request of any page.
            refused = Unauthenticated("the MCP server needs an API key", hint="Send `Authorization: Bearer <key>`.")
            await problem(refused)(scope, receive, send)
            return
        async with self._client(headers, scope.get("client")) as client:
            known = await client.get("/api/session")
        if not known.is_success:
            await _passed_on(known, send)
            return
        manager = await self._running()
        await manager.handle_request(scope, receive, send)

    async def close(self) -> None:
        """Stop serving."""
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.gather(self._serving, return_exceptions=True)

    @asynccontextmanager
    async def _client(
        self, headers: dict[str, str], address: tuple[str, int] | None = None
    ) -> AsyncIterator[httpx2.AsyncClient]:
        passed_on = {name: headers[name] for name in PASSED_ON if name in headers}
        transport = httpx2.ASGITransport(app=self._app, raise_app_exceptions=False, client=address or ("127.0.0.1", 0))
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://podium", headers=passed_on, timeout=ANSWER_SECONDS
        ) as client:
            yield client

    async def _running(self) -> "StreamableHTTPSessionManager":
        async with self._starting:
            if self._manager is None:
                self._manager = await asyncio.to_thread(self._made)
                started = asyncio.Event()
                self._serving = asyncio.create_task(self._serve(self._manager, started))
                await started.wait()
            return self._manager

    def _made(self) -> "StreamableHTTPSessionManager":
        from runtime.mcp_server.server import build_server

        server = build_server(self._client_of)
        # Hosts are checked for all of the API, and a key is needed, which no page of another site has.
        server.streamable_http_app(json_response=True, stateless_http=True, host="0.0.0.0")
        return server.session_manager

    @asynccontextmanager
    async def _client_of(self, context: "Context") -> AsyncIterator[httpx2.AsyncClient]:
        async with self._client({name.lower(): value for name, value in (context.headers or {}).items()}) as client:
            yield client

    @staticmethod
    async def _serve(manager: "StreamableHTTPSessionManager", started: asyncio.Event) -> None:
        async with manager.run():
            started.set()
            await asyncio.Event().wait()


class Mcp:
    """The route: hands requests to the endpoint of the running application."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["app"].state.mcp(scope, receive, send)


async def _passed_on(answer: httpx2.Response, send: Send) -> None:
    headers = [(b"content-type", answer.headers.get("content-type", "application/json").encode())]
    if retry := answer.headers.get("retry-after"):
        headers.append((b"retry-after", retry.encode()))
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})
