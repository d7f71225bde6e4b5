"""The sweep: starts queued runs, closes lost ones, records missed due times, compares Temporal schedules with rows.

Each item is a transaction of its own, and the next pass repeats what a pass could not do.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus

from activities.payload_pruning import prune_stored_payloads
from models import names
from models.contracts.automations import Overlap
from models.contracts.runs import RunError
from models.contracts.sweep import SweepReport
from models.errors import TemporalUnavailable
from models.rules.outages import MissedSpan, missed_spans
from models.states import RunStatus
from models.store.automations import schedule_sync
from models.store.live_list import changes
from models.store.runs import lost, stuck
from models.store.runs import missed as missed_runs
from models.store.runs.closing import finish
from models.store.runs.locks import lock_run
from models.store.tables.automations import Automation
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from runtime.run_workflows import RunWorkflow, describe_run
from runtime.starting import RunToStart, request_sync, start_run
from runtime.temporal import temporal_errors

log = structlog.get_logger(__name__)

UNSTARTED_AFTER = timedelta(seconds=5)
DOUBTFUL_AFTER = timedelta(seconds=30)
PAGE = 200
AT_ONCE = 10
VERIFIED_PER_PASS = 20
MAX_DUE_TIMES = 1000

ENDED = {
    WorkflowExecutionStatus.TERMINATED: (RunStatus.FAILED, "terminated in Temporal", "terminated"),
    WorkflowExecutionStatus.CANCELED: (RunStatus.CANCELLED, "cancelled in Temporal", None),
    WorkflowExecutionStatus.TIMED_OUT: (RunStatus.FAILED, "timed out in Temporal", "timed_out"),
}
LOST = (RunStatus.FAILED, "its Temporal workflow no longer exists", "lost")


@dataclass(frozen=True, slots=True)
class SweepActivities:
    """The activities of the sweep and their dependencies."""

    sessions: Sessions
    client: Client

    @activity.defn(name="sweep-runs")
    async def sweep_runs(self) -> SweepReport:
        """Start queued runs that Temporal does not know, and close open ones that it has lost.

        Also deletes old rows of `changes` and stored payloads that nothing refers to.
        """
        now = datetime.now(UTC)
        async with transaction(self.sessions) as session:
            await changes.prune(session)
        await prune_stored_payloads(self.sessions, self.client, now)
        started = await self._start_queued(now)
        return SweepReport(started=started, closed=await self._close_lost(now))

    @activity.defn(name="account-due-times")
    async def account_due_times(self) -> SweepReport:
        """Store a `missed` run for every due time that has no run and can no longer start."""
        now = datetime.now(UTC)
        async with transaction(self.sessions) as session:
            windows = await missed_runs.unaccounted_windows(session, now, PAGE)
        missed = 0
        accounted: dict[UUID, tuple[datetime, datetime]] = {}
        for window in windows:
            activity.heartbeat()
            count, until = await self._account(window, now)
            missed += count
            accounted[window.automation_id] = (window.since, until)
        async with transaction(self.sessions) as session:
            await missed_runs.save_accounted_until(session, accounted)
        return SweepReport(missed=missed)

    @activity.defn(name="request-syncs")
    async def request_syncs(self) -> SweepReport:
        """Request the sync of every schedule that is behind its row, or whose calendars end soon."""
        async with transaction(self.sessions) as session:
            ids = await schedule_sync.unsynced(session, datetime.now(UTC), PAGE)
        await self._request_syncs(ids)
        return SweepReport(synced=len(ids))

    @activity.defn(name="compare-clocks")  # an older name; sweeps that are running have it in their histories
    async def compare_schedules(self) -> SweepReport:
        """Compare rows and Temporal schedules in both directions, and request the sync of those that differ.

        1. List the schedules in Temporal, and read what it should have.
        2. Store missing, orphaned, changed and wrongly paused ones as drift on their rows.
        3. Sync those that were verified longest ago, because a list has only their notes, not their specs.
        """
        async with transaction(self.sessions) as session:
            sides = await schedule_sync.expected_schedules(session)
            oldest = await schedule_sync.longest_unverified(session, VERIFIED_PER_PASS)
        drifted = await self._drifted(sides)
        for automation_id, what in drifted.items():
            log.warning("schedule drift", automation_id=str(automation_id), what=what)
            async with transaction(self.sessions) as session:
                await schedule_sync.note_sync_error(session, automation_id, f"drift: {what}")
        await self._request_syncs([*drifted, *(one for one in oldest if one not in drifted)])
        return SweepReport(drifted=len(drifted))

    async def _start_queued(self, now: datetime) -> int:
        async with transaction(self.sessions) as session:
            queued = await lost.queued_runs(session, now - UNSTARTED_AFTER, PAGE)
        for run in queued:
            activity.heartbeat()
            await start_run(self.client, RunToStart(**asdict(run)))
        return len(queued)

    async def _close_lost(self, now: datetime) -> int:
        closed, after = 0, None
        while True:
            async with transaction(self.sessions) as session:
                page = await lost.open_rows(session, now - DOUBTFUL_AFTER, after, PAGE)
            for start in range(0, len(page), AT_ONCE):
                activity.heartbeat()
                found = await asyncio.gather(*(self._close_if_lost(row) for row in page[start : start + AT_ONCE]))
                closed += sum(found)
            if len(page) < PAGE:
                return closed
            after = page[-1].run_id

    async def _close_if_lost(self, row: lost.OpenRow) -> bool:
        """Close a run whose Temporal workflow has ended, and mark one whose workflow task keeps failing as stuck."""
        found = await describe_run(self.client, row.temporal_workflow_id or names.run_temporal_workflow_id(row.run_id))
        if found and found.status is WorkflowExecutionStatus.RUNNING:
            await self._compare_progress(row, found)
            return False
        if found is None and row.status is RunStatus.QUEUED:
            return False
        outcome, reason, error_type = ENDED.get(found.status, LOST) if found and found.status else LOST
        error = RunError(type=error_type, message=reason) if error_type else None
        async with transaction(self.sessions) as session:
            run = await lock_run(session, row.run_id)
            if run.status is not row.status:
                return False
            terminated = found is not None and found.status is WorkflowExecutionStatus.TERMINATED
            if terminated and await _terminates_earlier_runs(session, run):
                outcome, reason, error = RunStatus.CANCELLED, "terminated for the next due time", None
            sync = await finish(session, run, outcome, at=datetime.now(UTC), reason=reason, error=error)
        log.warning("closed a lost run", run_id=str(row.run_id), reason=reason)
        await self._request_syncs([sync] if sync else [])
        return True

    async def _compare_progress(self, row: lost.OpenRow, found: RunWorkflow) -> None:
        if found.failing is None:
            if row.status is RunStatus.STUCK:
                async with transaction(self.sessions) as session:
                    await stuck.mark_unstuck(session, row.run_id)
                log.info("a stuck run makes progress again", run_id=str(row.run_id))
            return
        async with transaction(self.sessions) as session:
            newly = await stuck.mark_stuck(session, row.run_id, **asdict(found.failing))
        if newly:
            log.error("a run is stuck", run_id=str(row.run_id), reason=found.failing.message)

    async def _account(self, window: missed_runs.UnaccountedWindow, now: datetime) -> tuple[int, datetime]:
        due = window.schedule.due_between(window.since, window.until, limit=MAX_DUE_TIMES)
        until = due[-1] if len(due) == MAX_DUE_TIMES else window.until
        async with transaction(self.sessions) as session:
            known = await missed_runs.due_times_with_runs(session, window)
        unknown = [due_at for due_at in due if due_at not in known]
        there = await asyncio.gather(*(self._is_started(window.automation_id, due_at) for due_at in unknown))
        missing = [due_at for due_at, started in zip(unknown, there, strict=True) if not started]
        if not missing:
            return 0, until
        async with transaction(self.sessions) as session:
            reasons = [
                "overlap" if await missed_runs.was_overlapped(session, window.automation_id, due_at) else "outage"
                for due_at in missing
            ]
            for span in missed_spans(due, missing, reasons):
                await _record(session, window.automation_id, span, now)
        return len(missing), until

    async def _is_started(self, automation_id: UUID, due_at: datetime) -> bool:
        """Return whether Temporal has started a due time that no worker has opened yet."""
        return await describe_run(self.client, names.due_temporal_workflow_id(automation_id, due_at)) is not None

    async def _drifted(self, sides: dict[UUID, schedule_sync.ExpectedSchedule]) -> dict[UUID, str]:
        drifted: dict[UUID, str] = {}
        seen: set[UUID] = set()
        with temporal_errors():
            async for entry in await self.client.list_schedules(page_size=1000):
                automation_id = names.automation_of_schedule(entry.id)
                if automation_id is None:
                    continue
                seen.add(automation_id)
                state = entry.schedule.state if entry.schedule else None
                what = _difference(
                    sides.get(automation_id), state.note if state else None, bool(state and state.paused)
                )
                if what:
                    drifted[automation_id] = what
        missing = (side for side in sides.values() if side.exists and side.settled and side.automation_id not in seen)
        return drifted | {side.automation_id: "missing in Temporal" for side in missing}

    async def _request_syncs(self, ids: Sequence[UUID]) -> None:
        for automation_id in ids:
            try:
                await request_sync(self.client, automation_id)
            except TemporalUnavailable as error:
                log.warning("schedule sync not requested", automation_id=str(automation_id), reason=error.detail)
                return


async def _terminates_earlier_runs(session: AsyncSession, run: Run) -> bool:
    """Return whether the run's automation has Temporal terminate a run that is open at the next due time."""
    automation = await session.get(Automation, run.automation_id) if run.due_at and run.automation_id else None
    return automation is not None and automation.overlap is Overlap.TERMINATE_OTHER


def _difference(side: schedule_sync.ExpectedSchedule | None, note: str | None, paused: bool) -> str | None:
    if side is None or (not side.exists and side.settled):
        return "orphaned in Temporal"
    if not side.settled:
        return None
    if note != side.note:
        return "changed in Temporal outside Podium"
    if paused == side.active:
        return f"{'paused' if paused else 'running'} in Temporal, unlike its row"
    return None


async def _record(session: AsyncSession, automation_id: UUID, span: MissedSpan, now: datetime) -> None:
    await missed_runs.record_missed(
        session, automation_id, span.due_at, reason=span.reason, occurrences=span.occurrences, now=now
    )
