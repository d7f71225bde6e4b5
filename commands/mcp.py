"""`podium mcp`: the MCP server on standard input and output, for an assistant on this machine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import typer

from commands.console.api_client import api

if TYPE_CHECKING:
    import httpx2
    from mcp.server.mcpserver import Context

app = typer.Typer()


@app.command()
def mcp() -> None:
    """Serve an assistant on this machine over MCP; it may do what the API key may.

    Configure it in the assistant as the command `podium mcp`, with PODIUM_URL and PODIUM_API_KEY in its environment.
    """
    import httpx2

    from runtime.mcp_server.server import build_server

    with api() as known:
        url, headers, timeout = known.base_url, known.headers, known.timeout

    @asynccontextmanager
    async def opened(_: "Context") -> "AsyncIterator[httpx2.AsyncClient]":
        async with httpx2.AsyncClient(
            base_url=url, headers=headers, timeout=timeout, trust_env=known.trust_env
        ) as client:
            yield client

    build_server(opened).run("stdio")
