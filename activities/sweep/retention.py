"""Deletes what is older than the settings keep, in small transactions, for a bounded time in each pass of the sweep."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

from models.store import retention
from runtime.database import Sessions, transaction
from runtime.settings import Settings

log = structlog.get_logger(__name__)

PASS_SECONDS = 10.0
"""A pass deletes for no longer than this, so that queued runs do not wait; the next one goes on."""
AUTOMATIONS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Keeping:
    """For how long rows are kept; None for ever."""

    runs: timedelta | None = None
    deliveries: timedelta | None = None
    audit: timedelta | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Keeping":
        days = (settings.keep_runs_days, settings.keep_deliveries_days, settings.keep_audit_days)
        return cls(*(timedelta(days=one) if one else None for one in days))


FOR_EVER = Keeping()


class _Pass:
    """The remaining time of a pass."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._deadline = time.monotonic() + PASS_SECONDS

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._deadline

    async def repeat(self, step: Callable[[AsyncSession], Awaitable[int]]) -> int:
        """Repeat a step, each in a transaction, until it finds nothing or the time is over; return the sum."""
        done = 0
        while not self.is_over:
            activity.heartbeat()
            async with transaction(self._sessions) as session:
                found = await step(session)
            done += found
            if not found:
                break
        return done


async def delete_old_rows(sessions: Sessions, keeping: Keeping, now: datetime) -> None:
    """Delete old runs, deliveries, audit entries and what has expired."""
    left = _Pass(sessions)
    deliveries_before = now - keeping.deliveries if keeping.deliveries else None
    gone = {"runs": 0, "deliveries": 0, "audit": 0}
    if deliveries_before:
        before = deliveries_before
        gone["deliveries"] = await left.repeat(lambda session: retention.empty_deliveries(session, before, now))
    if keeping.audit:
        audit_before = now - keeping.audit
        gone["audit"] = await left.repeat(lambda session: retention.delete_audit_entries(session, audit_before))
    async with transaction(sessions) as session:
        await retention.delete_expired(session, now, deliveries_before)
    if keeping.runs:
        gone["runs"] = await _delete_runs(sessions, left, now - keeping.runs, deliveries_before, now)
    if any(gone.values()):
        log.info("deleted old rows", **gone)


async def _delete_runs(
    sessions: Sessions, left: _Pass, cutoff: datetime, deliveries_before: datetime | None, now: datetime
) -> int:
    gone = await left.repeat(lambda session: retention.delete_direct_runs(session, cutoff, deliveries_before))
    while not left.is_over:
        activity.heartbeat()
        async with transaction(sessions) as session:
            checked, found = await retention.automations_to_check(session, cutoff, now, AUTOMATIONS_AT_ONCE)
        unfinished: list[UUID] = []
        for one in found:
            gone += await left.repeat(
                lambda session, one=one: retention.delete_runs_of(session, one, deliveries_before)  # type: ignore[misc]
            )
            if left.is_over:
                unfinished.append(one.automation_id)
        if unfinished:
            async with transaction(sessions) as session:
                await retention.check_again(session, unfinished)
        if not checked:
            break
    return gone
