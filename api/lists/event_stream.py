"""What has just changed, for everybody who watches: one connection that listens, one reading for all viewers.

The rule kept here: an event's id is the snapshot that has seen it, so a viewer that comes back with its last id is
given exactly what it has missed, by any process; where that is not known any more, it is told to read everything anew.
A beat, which has no id, says that somebody listens although nothing changes. Where the database goes away that is told
at once, and there is no beat until it is back.
What changes several times before a viewer is ready for it is one event, and so a slow viewer holds up nobody.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import structlog
from fastapi.sse import ServerSentEvent
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from models.errors import DatabaseUnavailable
from models.states import Window
from models.store.live_list import changes
from models.store.live_list.board import Board, refresh_board
from models.store.live_list.run_notices import run_notices
from runtime.database import Sessions, database_errors, listener_url, transaction

log = structlog.get_logger(__name__)

COALESCE_SECONDS = 0.1
RECONNECT_SECONDS = 0.5
RETRY_MS = 1000
MOST_WAITING = 5000
# A page that hears nothing for more than twice as long takes the line for dead.
BEAT_SECONDS = 5.0
CHECK_SECONDS = 4.0

Events = Mapping[UUID, ServerSentEvent]


@dataclass(eq=False, slots=True)
class Viewer:
    """One open stream: what it has not been given yet, newest last."""

    waiting: dict[UUID, ServerSentEvent] = field(default_factory=dict)
    seen: str = ""
    lost: bool = False
    ended: bool = False
    listened: bool | None = None
    """Whether anybody listens, where that has just changed."""
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def give(self, events: Events, seen: str) -> None:
        """Add events; a later one of the same thing takes the place of the earlier."""
        for key, event in events.items():
            self.waiting.pop(key, None)
            self.waiting[key] = event
        self.seen = seen
        if len(self.waiting) > MOST_WAITING:
            self.lose()
        self.woken.set()

    def lose(self) -> None:
        """Give up on single events: everything may have changed."""
        self.waiting.clear()
        self.lost = True
        self.woken.set()

    def tell(self, *, listened: bool) -> None:
        """Say that the database has gone away, or come back."""
        self.listened = listened
        self.woken.set()

    def end(self) -> None:
        """Let the stream come to its end."""
        self.ended = True
        self.woken.set()

    async def events(self, listened: asyncio.Event) -> AsyncGenerator[ServerSentEvent, None]:
        """Give what comes, until the end; while nothing comes a beat, as long as somebody listens."""
        while True:
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    await self.woken.wait()
            except TimeoutError:
                if listened.is_set():
                    yield unmarked("beat")
                continue
            self.woken.clear()
            if self.ended:
                return
            if self.listened is not None:
                yield unmarked("beat" if self.listened else "away")
                self.listened = None
            lost, waiting, seen = self.lost, list(self.waiting.values()), self.seen
            self.lost = False
            self.waiting.clear()
            if lost:
                yield marked("resync", seen)
            for event in waiting[:-1]:
                yield event
            for event in waiting[-1:]:
                # Only when all of them have been given does the viewer know this snapshot.
                yield event.model_copy(update={"id": seen})


class Feed:
    """The viewers of one process and the connection that listens for them while there are any."""

    def __init__(self, engine: AsyncEngine, sessions: Sessions, board: Board) -> None:
        """Listen at nothing yet."""
        self._url = listener_url(engine)
        self._sessions, self._board = sessions, board
        self._viewers: set[Viewer] = set()
        self._listening: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._seen: str | None = None
        self._ended = False

    async def watch(self, last_id: str | None) -> AsyncGenerator[ServerSentEvent, None]:
        """Give a viewer what it has missed since its last event, then whatever comes.

        1. Join, so that nothing is missed from now on.
        2. Wait until somebody listens.
        3. Give what came between its last event and now, or say that this is not known.
        """
        viewer = self._join()
        try:
            await self._ready.wait()
            viewer.listened = None
            if not self._ended:
                yield await self._catch_up(viewer, last_id)
            async for event in viewer.events(self._ready):
                yield event
        finally:
            self._leave(viewer)

    def end_streams(self) -> None:
        """Bring every stream to its end, and let none begin."""
        self._ended = True
        self._ready.set()
        for viewer in self._viewers:
            viewer.end()

    async def close(self) -> None:
        """End the streams and stop listening."""
        self.end_streams()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)

    def _join(self) -> Viewer:
        viewer = Viewer()
        if self._ended:
            viewer.end()
        self._viewers.add(viewer)
        if self._listening is None and not self._ended:
            self._listening = asyncio.create_task(self._listen())
        return viewer

    def _leave(self, viewer: Viewer) -> None:
        self._viewers.discard(viewer)
        if not self._viewers and self._listening is not None:
            self._listening.cancel()
            self._listening, self._seen = None, None
            if not self._ended:
                self._ready.clear()

    async def _catch_up(self, viewer: Viewer, last_id: str | None) -> ServerSentEvent:
        async with transaction(self._sessions) as session:
            if last_id is None:
                return marked("ready", await changes.snapshot(session))
            if not changes.is_snapshot(last_id):
                return marked("resync", await changes.snapshot(session))
            found = await changes.since(session, last_id)
            if not found.whole:
                return marked("resync", found.snapshot)
            events = await self._events(session, found)
        # What was given meanwhile is newer than what is read here only if it is in `waiting`.
        newer, viewer.waiting = viewer.waiting, {}
        viewer.give({**events, **newer}, viewer.seen or found.snapshot)
        return marked("ready", None)

    async def _listen(self) -> None:
        while True:
            try:
                with database_errors():
                    connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
                async with connection:
                    await connection.execute(f"LISTEN {changes.CHANNEL}")
                    await self._publish()
                    self._tell(listened=True)
                    while True:
                        if await _notice(connection):
                            await self._publish()
            except (DatabaseUnavailable, psycopg.Error, TimeoutError) as error:
                log.warning("the stream waits for the database", reason=str(error).partition("\n")[0])
            except Exception:
                log.exception("the stream stumbled")
            if not self._ended:
                self._tell(listened=False)
            await asyncio.sleep(RECONNECT_SECONDS)

    def _tell(self, *, listened: bool) -> None:
        if listened == self._ready.is_set():
            return
        if listened:
            self._ready.set()
        else:
            self._ready.clear()
        for viewer in self._viewers:
            viewer.tell(listened=listened)

    async def _publish(self) -> None:
        """Read once what has changed, and give it to everybody."""
        async with transaction(self._sessions) as session:
            if self._seen is None:
                self._seen = await changes.snapshot(session)
                return
            found = await changes.since(session, self._seen)
            events = await self._events(session, found) if found.whole else {}
        self._seen = found.snapshot
        for viewer in self._viewers:
            if events or not found.whole:
                viewer.give(events, found.snapshot)
            if not found.whole:
                viewer.lose()

    async def _events(self, session: AsyncSession, found: changes.Changes) -> Events:
        events: dict[UUID, ServerSentEvent] = {}
        for notice in await run_notices(session, found.runs):
            events[notice.run_id] = ServerSentEvent(event="run", raw_data=notice.model_dump_json(by_alias=True))
        if found.automations:
            await refresh_board(session, self._board, datetime.now(UTC))
            events |= self._automations(found.automations)
        return events

    def _automations(self, ids: Iterable[UUID]) -> Events:
        known = ((one, self._board.entries.get(one.int)) for one in ids)
        return {
            one: ServerSentEvent(event="automation", raw_data=entry.encoded[Window.RECENT].decode())
            for one, entry in known
            if entry is not None
        }


def marked(name: str, seen: str | None) -> ServerSentEvent:
    """Make an event that says where a viewer stands: `ready`, or `resync` where it must read everything anew."""
    return ServerSentEvent(event=name, raw_data="{}", id=seen, retry=RETRY_MS)


def unmarked(name: str) -> ServerSentEvent:
    """Make an event that is no place in what has changed: `beat`, or `away` where the database is."""
    return ServerSentEvent(event=name, raw_data="{}")


async def _notice(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> bool:
    """Wait until something has changed, and a little for what comes with it; False where nothing has for a while.

    Raises:
        TimeoutError: the database does not answer, though its connection stands.
    """
    noticed = False
    async with contextlib.aclosing(connection.notifies(timeout=BEAT_SECONDS, stop_after=1)) as notices:
        async for _ in notices:
            noticed = True
    if not noticed:
        async with asyncio.timeout(CHECK_SECONDS):
            await connection.execute("SELECT 1")
        return False
    await asyncio.sleep(COALESCE_SECONDS)
    async with contextlib.aclosing(connection.notifies(timeout=0)) as notices:
        async for _ in notices:
            pass
    return True
