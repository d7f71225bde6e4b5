"""Checks whether the programs of the stack respond. Each returns False for no response, and raises nothing."""

import asyncio
import contextlib
import struct
from collections.abc import Awaitable, Callable
from datetime import timedelta
from urllib.request import urlopen

from temporalio.client import Client

from models.errors import TemporalUnavailable
from runtime.settings import Settings
from runtime.temporal.connection import connect, temporal_errors

Probe = Callable[[], Awaitable[bool]]

_RPC = timedelta(seconds=3)
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
"""PostgreSQL's first message of a client that would like TLS; the server forks a process, which answers one byte."""


async def answers_200(url: str) -> bool:
    """Return whether a GET is answered with 200."""

    def ask() -> bool:
        with contextlib.suppress(OSError), urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
        return False

    return await asyncio.to_thread(ask)


async def postgres_responds(port: int) -> bool:
    """Return whether PostgreSQL answers on loopback, also while it recovers or has no connection left."""
    with contextlib.suppress(OSError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(_SSL_REQUEST)
            return bool(await reader.read(1))
        finally:
            writer.close()
    return False


def temporal_responds(settings: Settings) -> Probe:
    """Return a check of Temporal's frontend over one connection, which reconnects by itself."""
    client: Client | None = None

    async def responds() -> bool:
        nonlocal client
        try:
            if client is None:
                client = await connect(settings)
            with temporal_errors():
                return await client.service_client.check_health(timeout=_RPC)
        except TemporalUnavailable:
            return False

    return responds
