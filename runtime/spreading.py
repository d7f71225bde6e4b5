"""Makes plans of spreading in a process of their own: thousands of schedules take a processor for half a minute.

In a thread the planner would hold Python's lock most of the time, and webhooks would wait for it.
"""

import asyncio
import os
import pickle
import sys
from collections.abc import Sequence

import structlog

from models.errors import LimitExceeded, Unavailable
from models.rules.spread.planner import SpreadPlan, plan_spread
from models.rules.spread.week import WeekLoad

log = structlog.get_logger(__name__)

MOST_SECONDS = 240
NICE = 5
"""Runs and requests of the same machine go first."""
_KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG")


async def plan_apart(loads: Sequence[WeekLoad], hour: float | None, minute: float | None) -> SpreadPlan:
    """Return what `plan_spread` returns; a caller that is cancelled ends the process.

    Raises:
        LimitExceeded: It takes too long.
        Unavailable: The process was ended.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "runtime.spreading",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(MOST_SECONDS):
            answer, _ = await process.communicate(pickle.dumps((loads, hour, minute)))
    except TimeoutError:
        raise LimitExceeded(
            f"planning takes longer than {MOST_SECONDS} s", hint="Choose fewer schedules, or give less slack."
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        log.error("a planning process ended", exit_code=process.returncode)
        raise Unavailable("the plan could not be made", hint="Try again shortly; the reason is in Podium's log.")
    plan: SpreadPlan = pickle.loads(answer)
    return plan


def main() -> None:
    """Read the loads from standard input and write the plan to standard output; only our own processes do either."""
    os.nice(NICE)
    loads, hour, minute = pickle.load(sys.stdin.buffer)
    pickle.dump(plan_spread(loads, hour, minute), sys.stdout.buffer)


if __name__ == "__main__":
    main()
