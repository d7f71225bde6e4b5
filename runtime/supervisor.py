"""Keep a group of programs running: start them in order, restart what dies, stop them in reverse order.

The rule kept here: every death is told in one plain sentence, and one that repeats ends the whole group.
"""

import asyncio
import contextlib
import signal
from collections import deque
from collections.abc import Callable, Sequence

from runtime.child import Child, Program, start

Say = Callable[[str, str], None]

DEATHS_ALLOWED = 5
DEATHS_WINDOW_SECONDS = 60.0
READY_WITHIN_SECONDS = 90.0


class GaveUp(Exception):
    """A program does not come up or does not stay up."""


async def supervise(programs: Sequence[Program], *, say: Say, announce: Callable[[], None]) -> int:
    """Run the programs until a signal asks to stop; return the exit code.

    1. Start each when the one before it is ready.
    2. Announce that all are.
    3. Restart what dies, until it dies too often.
    4. Stop them in reverse order; a second signal kills what is left.
    """
    stop = _stop_on_signals()
    keepers: list[_Keeper] = []
    try:
        for program in programs:
            keepers.append(_Keeper(program, say))
            if not await _until(keepers[-1].is_ready, keepers, stop):
                return 0
        announce()
        await _until(asyncio.Event(), keepers, stop)
    except GaveUp as error:
        say("podium", str(error))
        return 1
    finally:
        say("podium", "stopping")
        await _stop_all(keepers, stop)
        say("podium", "stopped")
    return 0


async def _until(event: asyncio.Event, keepers: "Sequence[_Keeper]", stop: asyncio.Event) -> bool:
    """Wait for the event and return True, or False when asked to stop; raise what a keeper raises."""
    waits = [asyncio.create_task(event.wait()), asyncio.create_task(stop.wait())]
    keeping = [keeper.task for keeper in keepers if not keeper.is_finished()]
    try:
        done, _ = await asyncio.wait([*waits, *keeping], return_when=asyncio.FIRST_COMPLETED)
        for task in done.difference(waits):
            task.result()
        return event.is_set() or (not stop.is_set() and await _until(event, keepers, stop))
    finally:
        for task in waits:
            task.cancel()


async def _stop_all(keepers: "Sequence[_Keeper]", stop: asyncio.Event) -> None:
    stop.clear()
    stopping = asyncio.create_task(_stop_in_turn(keepers))
    impatient = asyncio.create_task(stop.wait())
    await asyncio.wait([stopping, impatient], return_when=asyncio.FIRST_COMPLETED)
    if not stopping.done():
        for keeper in keepers:
            keeper.kill()
    impatient.cancel()
    await stopping


async def _stop_in_turn(keepers: "Sequence[_Keeper]") -> None:
    for keeper in reversed(keepers):
        await keeper.stop()


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


class _Keeper:
    """Keeps one program running, as a task of its own."""

    def __init__(self, program: Program, say: Say) -> None:
        self.is_ready = asyncio.Event()
        self._program = program
        self._say = say
        self._child: Child | None = None
        self._deaths: deque[float] = deque(maxlen=DEATHS_ALLOWED)
        self.task = asyncio.create_task(self._keep())

    def is_finished(self) -> bool:
        """Tell whether a program that runs once has done its work."""
        return self.task.done() and not self.task.cancelled() and self.task.exception() is None

    async def stop(self) -> None:
        """Stop the program for good."""
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError, GaveUp):
            await self.task
        if self._child is not None:
            await self._child.stop()

    def kill(self) -> None:
        """Kill the program without a grace."""
        if self._child is not None:
            self._child.kill()

    async def _keep(self) -> None:
        while True:
            self._child = await start(self._program, self._say)
            ending = asyncio.create_task(self._child.wait())
            if not self._program.once:
                await self._wait_until_ready(ending)
            manner = await ending
            if self._program.once:
                self._finish(manner)
                return
            await self._mourn(manner or "ended by itself")

    async def _wait_until_ready(self, ending: "asyncio.Task[str]") -> None:
        name, clock = self._program.name, asyncio.get_running_loop().time
        deadline = clock() + READY_WITHIN_SECONDS
        while not ending.done():
            if await self._program.ready():
                self.is_ready.set()
                return
            if clock() > deadline:
                raise GaveUp(f"{name} is not ready after {READY_WITHIN_SECONDS:g} s; its lines above may say why")
            await asyncio.wait([ending], timeout=0.1)

    def _finish(self, manner: str) -> None:
        if manner:
            raise GaveUp(f"{self._program.name} {manner}; its lines above say why")
        self.is_ready.set()

    async def _mourn(self, manner: str) -> None:
        now = asyncio.get_running_loop().time()
        self._deaths.append(now)
        recent = [at for at in self._deaths if now - at <= DEATHS_WINDOW_SECONDS]
        sentence = f"{self._program.name} {manner}"
        if len(recent) >= DEATHS_ALLOWED:
            raise GaveUp(
                f"{sentence}, for the {len(recent)}th time in {DEATHS_WINDOW_SECONDS:g} s; giving up. "
                "Its lines above say why."
            )
        pause_seconds = 0.2 * 2 ** (len(recent) - 1)
        self._say("podium", f"{sentence}; restarting it in {pause_seconds:g} s")
        await asyncio.sleep(pause_seconds)
