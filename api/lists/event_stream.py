"""The event stream: one LISTEN connection per process, and one query per change for all viewers.

An event's id is the database snapshot that includes it. A viewer that reconnects with its last id gets exactly what it
missed, from any process; if that is no longer known, it gets `resync` and must read everything again. A `beat` without
an id shows that the stream is alive. If the database is lost, viewers get `away` at once, and no `beat` until it is
back. Several changes of one item that a viewer has not received yet are merged, so a slow viewer delays nobody.
"""

import asyncio
import contextlib
import time
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
from models.store.governance.sessions import live_among
from models.store.live_list import changes
from models.store.live_list.board import Board, refresh_board
from models.store.live_list.entries import render
from models.store.live_list.run_notices import run_notices
from runtime.database import Sessions, database_errors, listener_url, transaction

log = structlog.get_logger(__name__)

COALESCE_SECONDS = 0.1
RECONNECT_SECONDS = 0.5
RETRY_MS = 1000
MOST_WAITING = 5000
# The page reconnects after more than twice this time without an event.
BEAT_SECONDS = 5.0
CHECK_SECONDS = 4.0

Events = Mapping[UUID, ServerSentEvent]


@dataclass(eq=False, slots=True)
class Viewer:
    """One open stream and its pending events, newest last."""

    waiting: dict[UUID, ServerSentEvent] = field(default_factory=dict)
    credentials: frozenset[UUID] = frozenset()
    """Ids of its API key and browser session; the stream ends when one of them does."""
    seen: str = ""
    lost: bool = False
    ended: bool = False
    listened: bool | None = None
    """Set when the database connection has just been lost (False) or restored (True)."""
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def give(self, events: Events, seen: str) -> None:
        """Add events; a later event of the same item replaces an earlier one."""
        for key, event in events.items():
            self.waiting.pop(key, None)
            self.waiting[key] = event
        self.seen = seen
        if len(self.waiting) > MOST_WAITING:
            self.lose()
        self.woken.set()

    def lose(self) -> None:
        """Drop the events: the viewer has to read everything again."""
        self.waiting.clear()
        self.lost = True
        self.woken.set()

    def announce(self, *, listened: bool) -> None:
        self.listened = listened
        self.woken.set()

    def end(self) -> None:
        self.ended = True
        self.woken.set()

    async def events(self, listened: asyncio.Event) -> AsyncGenerator[ServerSentEvent, None]:
        """Yield events until the stream ends, and a beat whenever nothing changes for a while."""
        while True:
            try:
                async with asyncio.timeout(BEAT_SECONDS):
                    await self.woken.wait()
            except TimeoutError:
                if listened.is_set():
                    yield without_snapshot("beat")
                continue
            self.woken.clear()
            if self.ended:
                return
            if self.listened is not None:
                yield without_snapshot("beat" if self.listened else "away")
                self.listened = None
            lost, waiting, seen = self.lost, list(self.waiting.values()), self.seen
            self.lost = False
            self.waiting.clear()
            if lost:
                yield with_snapshot("resync", seen)
            for event in waiting[:-1]:
                yield event
            for event in waiting[-1:]:
                # Only the last event carries the snapshot: before it the viewer has not seen everything.
                yield event.model_copy(update={"id": seen})


class Feed:
    """The viewers of one process, and its LISTEN connection while there are any."""

    def __init__(self, engine: AsyncEngine, sessions: Sessions, board: Board) -> None:
        self._url = listener_url(engine)
        self._sessions, self._board = sessions, board
        self._viewers: set[Viewer] = set()
        self._listening: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._seen: str | None = None
        self._ended = False
        self._checked_at = 0.0

    async def watch(
        self, last_id: str | None, credentials: frozenset[UUID] = frozenset()
    ) -> AsyncGenerator[ServerSentEvent, None]:
        """Yield what a viewer missed since its last event, then every change.

        1. Join, so that nothing is missed from now on.
        2. Wait for the LISTEN connection.
        3. Send what changed between its last event and now, or `resync`.
        """
        viewer = self._join(credentials)
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
        """End all streams and refuse new ones."""
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

    def _join(self, credentials: frozenset[UUID]) -> Viewer:
        viewer = Viewer(credentials=credentials)
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
                return with_snapshot("ready", await changes.snapshot(session))
            if not changes.is_snapshot(last_id):
                return with_snapshot("resync", await changes.snapshot(session))
            found = await changes.since(session, last_id)
            if not found.whole:
                return with_snapshot("resync", found.snapshot)
            events = await self._events(session, found)
        # Events in `waiting` arrived after this query and are newer than its result.
        newer, viewer.waiting = viewer.waiting, {}
        viewer.give({**events, **newer}, viewer.seen or found.snapshot)
        return with_snapshot("ready", None)

    async def _listen(self) -> None:
        while True:
            try:
                with database_errors():
                    connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
                async with connection:
                    await connection.execute(f"LISTEN {changes.CHANNEL}")
                    await self._publish()
                    self._announce(listened=True)
                    while True:
                        if await _notice(connection):
                            await self._publish()
                        await self._end_revoked()
            except (DatabaseUnavailable, psycopg.Error, TimeoutError) as error:
                log.warning("the event stream is waiting for the database", reason=str(error).partition("\n")[0])
            except Exception:
                log.exception("the event stream failed; reconnecting")
            if not self._ended:
                self._announce(listened=False)
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _end_revoked(self) -> None:
        """Every few seconds, end the streams whose API key was revoked or whose session has ended."""
        if time.monotonic() - self._checked_at < BEAT_SECONDS:
            return
        asked = {one for viewer in self._viewers for one in viewer.credentials}
        async with transaction(self._sessions) as session:
            live = await live_among(session, asked, datetime.now(UTC))
        self._checked_at = time.monotonic()
        for viewer in self._viewers:
            if not viewer.credentials <= live:
                viewer.end()

    def _announce(self, *, listened: bool) -> None:
        if listened == self._ready.is_set():
            return
        if listened:
            self._ready.set()
        else:
            self._ready.clear()
        for viewer in self._viewers:
            viewer.announce(listened=listened)

    async def _publish(self) -> None:
        """Read the changes once and send them to all viewers."""
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
            events |= await self._automations(found.automations)
        return events

    async def _automations(self, ids: Iterable[UUID]) -> Events:
        known = {one: entry for one in ids if (entry := self._board.entries.get(one.int)) is not None}
        await render(known.values())
        return {
            one: ServerSentEvent(event="automation", raw_data=entry.rendering.encoded(Window.RECENT).decode())
            for one, entry in known.items()
        }


def with_snapshot(name: str, seen: str | None) -> ServerSentEvent:
    """An event that carries a snapshot: `ready`, or `resync` if the viewer must read everything again."""
    return ServerSentEvent(event=name, raw_data="{}", id=seen, retry=RETRY_MS)


def without_snapshot(name: str) -> ServerSentEvent:
    """An event without a snapshot: `beat`, or `away` when the database is lost."""
    return ServerSentEvent(event=name, raw_data="{}")


async def _notice(connection: psycopg.AsyncConnection[tuple[object, ...]]) -> bool:
    """Wait for a change and shortly for others to coalesce; False if nothing changes for a while.

    Raises:
        TimeoutError: the database does not respond although the connection is open.
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
