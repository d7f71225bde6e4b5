"""Waits for a condition without sleeping for a guessed time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def assert_eventually(check: Callable[[], Awaitable[T]], *, timeout: float = 10.0, interval: float = 0.02) -> T:
    """Call `check` until it neither fails an assertion nor returns False; return its result.

    Raises the last failed assertion at the timeout.
    """
    deadline = time.monotonic() + timeout
    while True:
        failure: AssertionError
        try:
            result = await check()
            if result is not False:
                return result
            failure = AssertionError(f"{getattr(check, '__name__', 'the check')} stayed False for {timeout:g} s")
        except AssertionError as error:
            failure = error
        if time.monotonic() > deadline:
            raise failure
        await asyncio.sleep(interval)
