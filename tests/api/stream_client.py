"""A real server process, and clients of its event stream."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx2

from runtime.processes.embedded.spawning import bind_problem, free_port
from runtime.settings import Settings
from tests.api.conftest import ADMIN_KEY
from tests.support.servers import running

STREAM = "/api/live/stream"
HEADERS = {"Authorization": f"Bearer {ADMIN_KEY}"}
SERVE = """
import sys
from pydantic import SecretStr
from api.app import create_app
from api.server import serve
from runtime.settings import Settings
home, database, temporal, port, key = sys.argv[1:]
settings = Settings(home=home, database_url=database, temporal_port=int(temporal), admin_key=SecretStr(key))
serve(create_app(settings), host="127.0.0.1", port=int(port))
"""


@dataclass
class Event:
    name: str
    data: Any
    id: str | None


@dataclass
class Watch:
    """An open stream and the events received so far."""

    events: list[Event] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    last_id: str | None = None
    comments: int = 0

    async def until(self, *names: str, within: float = 10) -> list[Event]:
        """Wait until events with these names have arrived in this order; return all events so far."""
        async with asyncio.timeout(within):
            while not _contains([event.name for event in self.events], names):
                await self.news.wait()
                self.news.clear()
        return self.events

    async def read(self, lines: AsyncIterator[str]) -> None:
        """Read a stream as a browser does."""
        fields: dict[str, str] = {}
        async for line in lines:
            if line.startswith(":"):
                self.comments += 1
            elif line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                self.last_id = fields.get("id", self.last_id)
                self.events.append(Event(fields.get("event", ""), json.loads(fields["data"]), fields.get("id")))
                fields = {}
                self.news.set()


def _contains(found: list[str], names: tuple[str, ...]) -> bool:
    left = iter(found)
    return all(name in left for name in names)


@dataclass(frozen=True)
class Served:
    """A server process and its address."""

    process: "Popen[bytes]"
    url: str
    log: Path


@contextmanager
def serving(settings: Settings, directory: Path) -> Iterator[Served]:
    """Serve the API in its own process, which belongs to the same installation as others with these settings."""
    port, log = free_port(), directory / "api.log"
    given = (settings.home, settings.database_url, settings.temporal_port, port, ADMIN_KEY)
    command = [sys.executable, "-c", SERVE, *(str(one) for one in given)]
    with running(command, lambda: bind_problem(port) is not None, log=log) as process:
        yield Served(process, f"http://127.0.0.1:{port}", log)


@asynccontextmanager
async def watching(client: httpx2.AsyncClient, last_id: str | None = None) -> AsyncIterator[Watch]:
    """Open a stream until the block ends."""
    watch = Watch(last_id=last_id)
    headers = {"Last-Event-ID": last_id} if last_id else {}
    async with client.stream("GET", STREAM, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        reading = asyncio.create_task(watch.read(answer.aiter_lines()))
        try:
            yield watch
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
