"""The sweep: starts queued runs, closes lost ones, records missed due times, compares Temporal schedules with rows.

Each item is a transaction of its own: one that fails stops no other, is tried again later, and says why on its row.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from temporalio import activity
from temporalio.client import Client

from activities.sweep import accounting, admission, anomalies, backfills, budgets, probes, reconciliation, retention
from activities.sweep.counting import count_runs
from activities.sweep.payload_pruning import prune_stored_payloads
from activities.sweep.reconciliation import Rotation, Running, side_by_side
from models import names
from models.contracts.workflows.sweep import SweepReport
from models.errors import Unavailable
from models.store.automations import pausing, schedule_sync
from models.store.governance import notices
from models.store.live_list import changes
from models.store.replays import queries as replays
from models.store.runs import agent_results
from models.store.sweep import missed
from models.store.sweep.missed import UnaccountedWindow
from models.store.sweep.passes import note_pass
from runtime.database import Sessions, transaction
from runtime.temporal.connection import temporal_errors
from runtime.temporal.run_workflows import reported_problems, running_workflows, terminate_failing
from runtime.temporal.starting import request_sync, start_notices, start_replays, tell_called_back

log = structlog.get_logger(__name__)

PAGE = 500
ACCOUNTING_SECONDS = 60.0
"""A pass accounts for no longer than this, so that queued runs do not wait for a long catch-up."""
VERIFIED_PER_PASS = 20
VERIFIED_AGAIN_AFTER = timedelta(minutes=5)
"""A schedule whose spec was compared with its row more recently is not read again, however short the interval."""


@dataclass(frozen=True, slots=True)
class SweepActivities:
    """The activities of the sweep and their dependencies."""

    sessions: Sessions
    client: Client
    keeping: retention.Keeping = retention.FOR_EVER
    rotation: Rotation = field(default_factory=Rotation)

    @activity.defn(name="sweep-runs")
    async def sweep_runs(self) -> SweepReport:
        """Compare runs with Temporal's running workflows, in both directions.

        1. Start the probes that are due, count new budgets again, admit runs whose turn was missed, advance backfills,
           and start queued runs that Temporal does not know.
        2. Close open runs without a workflow, and mark those whose workflow task keeps failing as stuck.
        3. End workflows whose run is closed or has no row.
        4. Delete old rows of `changes`, and stored payloads that nothing refers to.
        5. Count closed runs that are in no sums yet, judge the last hour against what is usual, and delete what is
           older than is to be kept.
        """
        now = datetime.now(UTC)
        running = await self._running()
        await self._request_syncs(await probes.settle_probes(self.sessions, now))
        started = await probes.start_probes(self.sessions, self.client, now)
        await budgets.count_again(self.sessions, now)
        await admission.admit_waiting(self.sessions, self.client, now)
        await backfills.advance_all(self.sessions, self.client, now)
        started += await reconciliation.start_queued(self.sessions, self.client, running, now)
        closed, syncs = await reconciliation.close_lost(self.sessions, self.client, running, self.rotation, now)
        await self._request_syncs(syncs)
        ended = await reconciliation.end_rowless(self.sessions, self.client, running, now)
        async with transaction(self.sessions) as session:
            await changes.prune(session)
        await self._tell_callbacks()
        await prune_stored_payloads(self.sessions, self.client, now)
        await self._passed("runs")
        await count_runs(self.sessions)
        await anomalies.judge_last_hour(self.sessions, now)
        await retention.delete_old_rows(self.sessions, self.keeping, now)
        await self._passed("retention")
        return SweepReport(started=started, closed=closed, ended=ended)

    @activity.defn(name="account-due-times")
    async def account_due_times(self) -> SweepReport:
        """Store a row for every due time that has no run and can no longer start."""
        deadline = time.monotonic() + ACCOUNTING_SECONDS
        count = await self._account_pages(deadline, spans=True)
        count += await self._account_pages(deadline, spans=False)
        await self._passed("due_times")
        return SweepReport(missed=count)

    @activity.defn(name="request-syncs")
    async def request_syncs(self) -> SweepReport:
        """End snoozes that are over; request the sync of schedules behind their rows, or whose calendars end soon.

        Notices that are due, and running replays, have a workflow of their own, which is started here.
        """
        await self._end_snoozes(datetime.now(UTC))
        await self._send_notices()
        await self._go_on_with_replays()
        now, after, requested = datetime.now(UTC), None, 0
        while True:
            async with transaction(self.sessions) as session:
                ids = await schedule_sync.unsynced(session, now, PAGE, after)
            done = await self._request_syncs(ids)
            requested += done
            if len(ids) < PAGE or not done:
                break
            after = ids[-1]
        await self._passed("syncs")
        return SweepReport(synced=requested)

    @activity.defn(name="compare-clocks")  # an older name; sweeps that are running have it in their histories
    async def compare_schedules(self) -> SweepReport:
        """Compare rows and Temporal schedules in both directions, and request the sync of those that differ.

        1. List the schedules in Temporal, and read what it should have.
        2. Store missing, orphaned, changed and wrongly paused ones as drift on their rows.
        3. Sync those that were verified longest ago, because a list has only their notes, not their specs.
        """
        async with transaction(self.sessions) as session:
            sides = await schedule_sync.expected_schedules(session)
            verified_before = datetime.now(UTC) - VERIFIED_AGAIN_AFTER
            oldest = await schedule_sync.longest_unverified(session, verified_before, VERIFIED_PER_PASS)
        drifted = await self._drifted(sides)
        for automation_id, what in drifted.items():
            log.warning("schedule drift", automation_id=str(automation_id), what=what)
        async with transaction(self.sessions) as session:
            await schedule_sync.note_sync_errors(session, {key: f"drift: {what}" for key, what in drifted.items()})
        await self._request_syncs([*drifted, *(one for one in oldest if one not in drifted)])
        await self._passed("schedules")
        return SweepReport(drifted=len(drifted))

    async def _tell_callbacks(self) -> None:
        """Signal workflows whose agent has called back while Temporal was unavailable."""
        async with transaction(self.sessions) as session:
            waiting = await agent_results.untold_callbacks(session, PAGE)

        async def tell(temporal_workflow_id: str) -> bool:
            return await tell_called_back(self.client, temporal_workflow_id)

        await side_by_side(waiting, tell, what="tell a workflow of its callback")

    async def _send_notices(self) -> None:
        async with transaction(self.sessions) as session:
            due = await notices.some_are_due(session, datetime.now(UTC))
        if due:
            await terminate_failing(self.client, names.NOTICES_WORKFLOW_ID)
            await start_notices(self.client)

    async def _go_on_with_replays(self) -> None:
        async with transaction(self.sessions) as session:
            running = await replays.has_running(session)
        if running:
            await terminate_failing(self.client, names.REPLAYS_WORKFLOW_ID)
            await start_replays(self.client)

    async def _end_snoozes(self, now: datetime) -> None:
        while True:
            activity.heartbeat()
            async with transaction(self.sessions) as session:
                schedules, resumed = await pausing.end_snoozes(session, now, PAGE)
            await self._request_syncs(schedules)
            if resumed:
                log.info("snoozes have ended", count=resumed)
            if resumed < PAGE:
                return

    async def _running(self) -> Running:
        try:
            workflows, complete = await running_workflows(self.client, reconciliation.MOST_LISTED)
            reported = await reported_problems(self.client, reconciliation.MOST_LISTED)
            return Running(workflows, complete, reported)
        except Unavailable as error:
            # Each run is then described on its own.
            log.warning("running workflows cannot be listed", reason=error.detail)
            return Running()

    async def _account_pages(self, deadline: float, *, spans: bool) -> int:
        """Account for schedules page by page until none is left or the deadline has passed."""
        read = missed.unaccounted_spans if spans else missed.unaccounted_windows
        count, seen = 0, set[object]()
        while time.monotonic() < deadline:
            activity.heartbeat()
            now = datetime.now(UTC)
            async with transaction(self.sessions) as session:
                windows = await read(session, now, PAGE)
            fresh = [one for one in windows if (one.span_id, one.automation_id, one.since) not in seen]
            if not fresh:
                break
            seen |= {(one.span_id, one.automation_id, one.since) for one in fresh}
            count += await self._account(fresh, now)
        return count

    async def _account(self, windows: Sequence[UnaccountedWindow], now: datetime) -> int:
        """Account for a page: what misses nothing in one statement, each other schedule in its own transaction."""
        due = {window: accounting.due_times(window) for window in windows}
        async with transaction(self.sessions) as session:
            known = await missed.due_times_with_runs(session, windows)
        given = [
            accounting.DueTimes(
                window, due[window], [at for at in due[window] if at not in known.get(window.automation_id, ())]
            )
            for window in windows
        ]
        whole = [one for one in given if not one.missing and not one.window.span_id]
        async with transaction(self.sessions) as session:
            await missed.save_accounted_until(
                session,
                {one.window.automation_id: (one.window.since, one.accounted_until) for one in whole},
                {one.window.automation_id: accounting.next_look(one.window, one.accounted_until, now) for one in whole},
            )
        written = 0

        async def account(one: accounting.DueTimes) -> bool:
            nonlocal written
            written += await self._account_one(one, now)
            return True

        rest = [one for one in given if one.missing or one.window.span_id]
        await side_by_side(rest, account, what="account for a schedule")
        return written

    async def _account_one(self, given: accounting.DueTimes, now: datetime) -> int:
        window = given.window
        try:
            return await accounting.account(self.sessions, self.client, given, now)
        except Unavailable:
            # No fault of the schedule's: it is tried again soon, without an error on its row.
            async with transaction(self.sessions) as session:
                await missed.postpone(session, window, None, now)
            raise
        except Exception as error:
            log.exception("a schedule cannot be accounted for", automation_id=str(window.automation_id))
            reason = str(error).partition("\n")[0] or type(error).__name__
            async with transaction(self.sessions) as session:
                await missed.postpone(session, window, reason, now)
            return 0

    async def _drifted(self, sides: dict[UUID, schedule_sync.ExpectedSchedule]) -> dict[UUID, str]:
        drifted: dict[UUID, str] = {}
        seen: set[UUID] = set()
        with temporal_errors():
            async for entry in await self.client.list_schedules(page_size=1000):
                activity.heartbeat()
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

    async def _request_syncs(self, ids: Sequence[UUID]) -> int:
        async def request(automation_id: UUID) -> bool:
            await terminate_failing(self.client, names.sync_temporal_workflow_id(automation_id))
            await request_sync(self.client, automation_id)
            return True

        return await side_by_side(ids, request, what="request a schedule sync")

    async def _passed(self, part: str) -> None:
        async with transaction(self.sessions) as session:
            await note_pass(session, part)


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
