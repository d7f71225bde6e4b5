"""A Temporal workflow that repeats one activity while there is something to do, and is told when there is more."""

import contextlib
from collections.abc import Awaitable, Callable

from temporalio import workflow

PASSES_PER_RUN = 100
"""Then it continues as new, so that its history stays short."""


class Repeating:
    """The base of such workflows. Whoever starts one signals it as well."""

    def __init__(self) -> None:
        """Note nothing."""
        self._look_again = False

    @workflow.signal
    def look_again(self) -> None:
        """Look again: there is something to do earlier than was known."""
        self._look_again = True

    async def repeat(self, once: Callable[[], Awaitable[float | None]]) -> None:
        """Repeat until `once` returns None and nobody has signalled; else after so many seconds, or at a signal."""
        for _ in range(PASSES_PER_RUN):
            self._look_again = False
            seconds = await once()
            if seconds is None:
                if not self._look_again:
                    return
            elif seconds > 0:
                with contextlib.suppress(TimeoutError):
                    await workflow.wait_condition(lambda: self._look_again, timeout=seconds)
        workflow.continue_as_new()
