"""Counts closed runs that are in no sums yet, in small transactions, for a bounded time in each pass of the sweep."""

import time

import structlog
from temporalio import activity

from models.store.sweep.uncounted import count_uncounted
from runtime.database import Sessions, transaction

log = structlog.get_logger(__name__)

PASS_SECONDS = 10.0
RUNS_AT_ONCE = 500


async def count_runs(sessions: Sessions) -> int:
    """Fill in and count runs that an older version of Podium has stored; return how many."""
    deadline = time.monotonic() + PASS_SECONDS
    done = 0
    while time.monotonic() < deadline:
        activity.heartbeat()
        async with transaction(sessions) as session:
            found = await count_uncounted(session, RUNS_AT_ONCE)
        done += found
        if found < RUNS_AT_ONCE:
            break
    if done:
        log.info("counted runs that were in no sums", count=done)
    return done
