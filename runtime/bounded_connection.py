"""A connection to PostgreSQL that is given up when the server does not answer, as where its processes are stopped.

`statement_timeout` cannot help there, because the server itself would have to enforce it, and keepalives are answered
by its kernel.
"""

import asyncio
import os
import select
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from psycopg import AsyncConnection

MARGIN_SECONDS = 2.0
"""How much later than the server's own limit the connection is given up."""
PING_SECONDS = 2.0
"""For the check of a connection that comes from the pool."""
STALL_SECONDS = 0.5
"""A stalled event loop runs a late timer before it reads an answer that has arrived: it gets time for that."""


class BoundedConnection(AsyncConnection[Any]):
    """A connection whose every wait for the server has a limit."""

    limit_seconds: Callable[[], float] = staticmethod(lambda: 0.0)
    is_pinged = False
    """Whether the pool is checking it."""

    async def wait(self, *args: Any, **options: Any) -> Any:
        """Wait as psycopg does; after the limit the socket is shut down, which psycopg sees as a lost connection."""
        seconds = PING_SECONDS if self.is_pinged else self.limit_seconds() + MARGIN_SECONDS
        loop = asyncio.get_running_loop()
        timer: asyncio.TimerHandle

        def late() -> None:
            nonlocal timer
            timer = loop.call_later(STALL_SECONDS, self._give_up)

        # Not a task: this is once or twice a statement.
        timer = loop.call_later(seconds, late)
        try:
            return await super().wait(*args, **options)
        finally:
            timer.cancel()

    def seems_lost(self) -> bool:
        """Whether the server has sent something that nobody has asked for, as it does when it ends the connection."""
        readable, _, _ = select.select([self.pgconn.socket], [], [], 0)
        return bool(readable)

    def _give_up(self) -> None:
        with suppress(OSError), socket.socket(fileno=os.dup(self.pgconn.socket)) as mine:
            mine.shutdown(socket.SHUT_RDWR)


def connecting(limit_seconds: Callable[[], float]) -> Callable[..., Awaitable[BoundedConnection]]:
    """Return a function that connects; `limit_seconds` is asked at each statement."""

    async def connect(*args: Any, **options: Any) -> BoundedConnection:
        connection = await BoundedConnection.connect(*args, **options)
        connection.limit_seconds = limit_seconds
        return connection

    return connect
