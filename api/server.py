"""Serves the application over HTTP: uvicorn, told to end event streams before it waits for requests to end."""

import sys
from contextlib import suppress
from socket import socket

import uvicorn
from fastapi import FastAPI

from api.state import State

GRACE_SECONDS = 5
STARTUP_FAILURE = 3


class Server(uvicorn.Server):
    """A uvicorn that stops although somebody watches: an open stream would hold it up for all of its grace."""

    def __init__(self, app: FastAPI, *, host: str, port: int) -> None:
        """Prepare to serve an application."""
        self._app = app
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                loop="uvloop",
                http="httptools",
                access_log=False,
                log_config=None,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Stop: no new connections, streams ended, requests carried out."""
        state: State | None = getattr(self._app.state, "podium", None)
        if state is not None:
            state.feed.end_streams()
        await super().shutdown(sockets)


def serve(app: FastAPI, *, host: str, port: int) -> None:
    """Serve until a signal says to stop; exit as uvicorn does when it cannot start."""
    server = Server(app, host=host, port=port)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)
