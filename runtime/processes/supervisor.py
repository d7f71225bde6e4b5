"""Runs a group of programs: starts them in order, restarts those that exit or hang, stops them in reverse order.

Every exit and every program that does not respond is logged as one sentence. A program that exits repeatedly stops the
whole group; one that is slow to come back after a restart does not.
"""

import asyncio
import contextlib
import signal
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from runtime.processes.child import Child, Program, start

Say = Callable[[str, str], None]

MAX_EXITS = 5
EXIT_WINDOW_SECONDS = 60.0
READY_WITHIN_SECONDS = 90.0
PROBE_SECONDS = 5.0
"""Between two checks of a program that runs, and the longest that a check may take."""
WARN_AFTER_CHECKS = 2
"""After so many failed checks in a row it is said once."""
HUNG_AFTER_CHECKS = 12
"""After so many it is restarted. A slow disk, or loading ten thousand automations on a busy machine, takes less."""
START_CHECKS = 18
"""The same for a program that has not responded since its start, which takes longer."""


class ProgramFailed(Exception):
    """A program does not become ready, or exits too often."""


async def supervise(programs: Sequence[Program], *, say: Say, announce: Callable[[], None]) -> int:
    """Run the programs until a signal asks to stop; return the exit code.

    1. Start each when the previous one is ready.
    2. Announce that all are ready.
    3. Restart those that exit, unless they exit too often, and those that do not respond.
    4. Stop them in reverse order; a second signal kills those that are left.
    """
    stop = _stop_on_signals()
    supervised: list[_Supervised] = []
    try:
        for program in programs:
            supervised.append(_Supervised(program, say))
            if not await _until(supervised[-1].is_ready, supervised, stop):
                return 0
        announce()
        await _until(asyncio.Event(), supervised, stop)
    except ProgramFailed as error:
        say("podium", str(error))
        return 1
    finally:
        say("podium", "stopping")
        await _stop_all(supervised, stop)
        say("podium", "stopped")
    return 0


async def _until(event: asyncio.Event, supervised: "Sequence[_Supervised]", stop: asyncio.Event) -> bool:
    """Wait for the event and return True, or False when asked to stop; raise the errors of supervised programs."""
    waits = [asyncio.create_task(event.wait()), asyncio.create_task(stop.wait())]
    keeping = [one.task for one in supervised if not one.is_finished()]
    try:
        done, _ = await asyncio.wait([*waits, *keeping], return_when=asyncio.FIRST_COMPLETED)
        for task in done.difference(waits):
            task.result()
        return event.is_set() or (not stop.is_set() and await _until(event, supervised, stop))
    finally:
        for task in waits:
            task.cancel()


async def _stop_all(supervised: "Sequence[_Supervised]", stop: asyncio.Event) -> None:
    stop.clear()
    stopping = asyncio.create_task(_stop_in_turn(supervised))
    impatient = asyncio.create_task(stop.wait())
    await asyncio.wait([stopping, impatient], return_when=asyncio.FIRST_COMPLETED)
    if not stopping.done():
        for one in supervised:
            one.kill()
    impatient.cancel()
    await stopping


async def _stop_in_turn(supervised: "Sequence[_Supervised]") -> None:
    for one in reversed(supervised):
        await one.stop()


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _within(responds: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await responds()
    except TimeoutError:
        return False


class _Supervised:
    """One program, kept running by a task."""

    def __init__(self, program: Program, say: Say) -> None:
        self.is_ready = asyncio.Event()
        self._program = program
        self._say = say
        self._child: Child | None = None
        self._exits: deque[float] = deque(maxlen=MAX_EXITS)
        self.task = asyncio.create_task(self._keep())

    def is_finished(self) -> bool:
        """Return whether a program that runs once has completed."""
        return self.task.done() and not self.task.cancelled() and self.task.exception() is None

    async def stop(self) -> None:
        """Stop the program and do not restart it."""
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError, ProgramFailed):
            await self.task
        if self._child is not None:
            await self._child.stop()

    def kill(self) -> None:
        """Kill the program at once."""
        if self._child is not None:
            self._child.kill()

    async def _keep(self) -> None:
        while True:
            self._child = await start(self._program, self._say)
            ending = asyncio.create_task(self._child.wait())
            if self._program.once:
                self._finish(await ending)
                return
            # A restart has no deadline: what it waits for may be away, and the rest of the stack still serves.
            if not self.is_ready.is_set():
                await self._wait_until_ready(ending)
            hung_phrase = await self._watch(self._child, ending)
            exit_phrase = await ending
            await self._note_exit(hung_phrase or exit_phrase or "exited")

    async def _wait_until_ready(self, ending: "asyncio.Task[str]") -> None:
        name, now = self._program.name, asyncio.get_running_loop().time
        deadline = now() + READY_WITHIN_SECONDS
        while not ending.done():
            if await self._program.ready():
                self.is_ready.set()
                return
            if now() > deadline:
                raise ProgramFailed(f"{name} is not ready after {READY_WITHIN_SECONDS:g} s; see its log lines above")
            await asyncio.wait([ending], timeout=0.1)

    async def _watch(self, child: Child, ending: "asyncio.Task[str]") -> str:
        """Check until the child exits; end it and return the reason when it does not respond.

        Time is counted in checks, so that a machine that sleeps, or a supervisor that is stopped, restarts nothing.
        """
        program = self._program
        if program.responds is None:
            return ""
        failed, has_responded = 0, False
        while not ending.done():
            pause = asyncio.create_task(asyncio.sleep(PROBE_SECONDS))
            if await _within(program.responds, PROBE_SECONDS):
                if failed >= WARN_AFTER_CHECKS and has_responded:
                    self._say("podium", f"{program.name} responds again, after {failed * PROBE_SECONDS:g} s")
                failed, has_responded = 0, True
            else:
                failed += 1
                limit = HUNG_AFTER_CHECKS if has_responded else START_CHECKS
                silence = f"has not responded for {failed * PROBE_SECONDS:g} s"
                if failed >= limit and not ending.done():
                    await child.abort()
                    return silence
                if failed == WARN_AFTER_CHECKS and has_responded and not ending.done():
                    left = (limit - failed) * PROBE_SECONDS
                    self._say("podium", f"{program.name} {silence}; it is restarted in {left:g} s unless it does")
            await asyncio.wait([ending, pause], return_when=asyncio.FIRST_COMPLETED)
            pause.cancel()
        return ""

    def _finish(self, exit_phrase: str) -> None:
        if exit_phrase:
            raise ProgramFailed(f"{self._program.name} {exit_phrase}; see its log lines above")
        self.is_ready.set()

    async def _note_exit(self, exit_phrase: str) -> None:
        now = asyncio.get_running_loop().time()
        self._exits.append(now)
        recent = [at for at in self._exits if now - at <= EXIT_WINDOW_SECONDS]
        sentence = f"{self._program.name} {exit_phrase}"
        if len(recent) >= MAX_EXITS:
            raise ProgramFailed(
                f"{sentence}, for the {len(recent)}th time in {EXIT_WINDOW_SECONDS:g} s; giving up. "
                "See its log lines above."
            )
        pause_seconds = 0.2 * 2 ** (len(recent) - 1)
        self._say("podium", f"{sentence}; restarting it in {pause_seconds:g} s")
        await asyncio.sleep(pause_seconds)
