"""Serves the application with uvicorn, ending event streams before waiting for open requests."""

import asyncio
import sys
from contextlib import suppress
from socket import socket

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.state import State

GRACE_SECONDS = 5
HEADER_SECONDS = 15.0
STARTUP_FAILURE = 3
KEEP_ALIVE_SECONDS = 75
"""Longer than load balancers, proxies and clients keep an idle connection, as a rule 60 seconds at most. Where the
server gives it up first, a request that is sent at that moment is lost without an answer."""


class HeaderDeadline(HttpToolsProtocol):
    """Closes a connection whose request line and headers do not arrive in time."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_headers()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait_for_headers()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait_for_headers(self) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class Server(uvicorn.Server):
    """Shuts down promptly: an open event stream would otherwise use up the whole grace period."""

    def __init__(self, app: FastAPI, *, host: str, port: int) -> None:
        self._app = app
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                loop="uvloop",
                http=HeaderDeadline,
                access_log=False,
                log_config=None,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Accept no new connections, end event streams, finish open requests."""
        state: State | None = getattr(self._app.state, "podium", None)
        if state is not None:
            state.feed.end_streams()
        await super().shutdown(sockets)


def serve(app: FastAPI, *, host: str, port: int) -> None:
    """Serve until a signal arrives; exits with uvicorn's status if it cannot start."""
    server = Server(app, host=host, port=port)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)
