"""Long calculations in a process of their own.

In a thread they would hold Python's lock most of the time, and webhooks would wait for it.
"""

import asyncio
import os
import pickle
import sys
from collections.abc import Callable
from typing import Any

import structlog

from models.errors import LimitExceeded, Unavailable

log = structlog.get_logger(__name__)

NICE = 5
"""Runs and requests of the same machine go first."""
_KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG")


async def calculate(module: str, given: Any, *, what: str, most_seconds: float, hint: str) -> Any:
    """Return what a module of ours, run as a program that calls `serve`, makes of a value.

    A caller that is cancelled ends the process.

    Args:
        module: Its name.
        given: A value that can be pickled.
        what: What is calculated, for messages, such as "planning".
        most_seconds: How long it may take.
        hint: What to do if it takes longer.

    Raises:
        LimitExceeded: It takes too long.
        Unavailable: The process was ended.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(most_seconds):
            answer, _ = await process.communicate(pickle.dumps(given))
    except TimeoutError:
        raise LimitExceeded(f"{what} takes longer than {most_seconds:g} s", hint=hint) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        log.error("a calculating process ended", module=module, exit_code=process.returncode)
        raise Unavailable(f"{what} did not succeed", hint="Try again shortly; the reason is in Podium's log.")
    return pickle.loads(answer)


def serve(calculation: Callable[..., Any]) -> None:
    """Read arguments from standard input and write the result to standard output; only our own processes do either."""
    os.nice(NICE)
    arguments = pickle.load(sys.stdin.buffer)
    pickle.dump(calculation(*arguments), sys.stdout.buffer)
