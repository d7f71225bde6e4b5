"""Serves the application with uvicorn, ending event streams before waiting for open requests."""

import sys
from contextlib import suppress
from socket import socket

import uvicorn
from fastapi import FastAPI

from api.state import State

GRACE_SECONDS = 5
STARTUP_FAILURE = 3


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
                http="httptools",
                access_log=False,
                log_config=None,
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
