"""Counts closed runs that are in no sums yet, in small transactions, for a bounded time in each pass of the sweep."""

import time
from collections.abc import Sequence
from uuid import UUID

import structlog
from temporalio import activity

from models.errors import NotStorable
from models.store.sweep.uncounted import count_uncounted, uncounted
from runtime.database import Sessions, transaction

log = structlog.get_logger(__name__)

PASS_SECONDS = 10.0
RUNS_AT_ONCE = 500


async def count_runs(sessions: Sessions) -> int:
    """Fill in and count runs that an older version of Podium has stored; return how many.

    A run that cannot be counted is logged, and stops no other.
    """
    deadline = time.monotonic() + PASS_SECONDS
    done = 0
    failed: set[UUID] = set()
    while time.monotonic() < deadline:
        activity.heartbeat()
        async with transaction(sessions) as session:
            ids = await uncounted(session, RUNS_AT_ONCE, failed)
        if not ids:
            break
        counted = await _count(sessions, ids, failed)
        done += counted
        if not counted:
            break
    if done:
        log.info("counted runs that were in no sums", count=done)
    return done


async def _count(sessions: Sessions, ids: Sequence[UUID], failed: set[UUID]) -> int:
    try:
        async with transaction(sessions) as session:
            return await count_uncounted(session, ids)
    except NotStorable as error:
        if len(ids) == 1:
            log.error("a run cannot be counted", run_id=str(ids[0]), reason=error.detail)
            failed.add(ids[0])
            return 0
    half = len(ids) // 2
    return await _count(sessions, ids[:half], failed) + await _count(sessions, ids[half:], failed)
