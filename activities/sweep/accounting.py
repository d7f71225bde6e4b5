"""Accounts for the due times of one schedule: what has no run gets a row with the reason, each schedule on its own."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from temporalio.api.workflowservice.v1 import DescribeScheduleRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from models import names
from models.contracts.automations.drafts import Overlap
from models.contracts.runs.views import RunError
from models.rules.missed_spans import missed_spans
from models.states import OPEN_STATUSES, RunStatus
from models.store.backfills.catching_up import note_missed
from models.store.sweep import missed
from models.store.sweep.missed import BUFFERING, DROPPING, UnaccountedWindow, Unrun
from models.store.tables.automations import Automation
from runtime.database import Sessions, transaction
from runtime.temporal.connection import temporal_errors
from runtime.temporal.deadlines import DESCRIBE
from runtime.temporal.run_workflows import RunWorkflow, describe_run, result_of

MAX_DUE_TIMES = 1000
DESCRIBED_AT_ONCE = 10
NOTHING_DUE = timedelta(days=30)
LATER = timedelta(seconds=30)
"""When a schedule is looked at again whose due times Temporal still holds."""

WITHOUT_ROW = {
    WorkflowExecutionStatus.TERMINATED: (RunStatus.MISSED, "terminated in Temporal"),
    WorkflowExecutionStatus.CANCELED: (RunStatus.CANCELLED, "cancelled in Temporal"),
    WorkflowExecutionStatus.TIMED_OUT: (RunStatus.MISSED, "timed out in Temporal"),
}
OUTAGE = "outage"
INSTANT = timedelta(microseconds=1)
ROW_LOST = "the run's row was lost; this one was restored from Temporal"


@dataclass(frozen=True, slots=True)
class DueTimes:
    """A window with its due times, and those of them that have no run."""

    window: UnaccountedWindow
    due: Sequence[datetime]
    missing: Sequence[datetime]

    @property
    def accounted_until(self) -> datetime:
        """How far the window is accounted for where nothing is missing."""
        cut = len(self.due) == MAX_DUE_TIMES
        return min(self.due[-1], self.window.until) if cut else max(self.window.until, self.window.since)


@dataclass(frozen=True, slots=True)
class AccountingDecision:
    """The rows to write, how far the schedule is accounted for then, and what Temporal still holds."""

    rows: Sequence[Unrun]
    until: datetime
    held: bool = False


def due_times(window: UnaccountedWindow) -> list[datetime]:
    """Return the first due times of a window, at most `MAX_DUE_TIMES`."""
    return window.schedule.due_between(window.since, window.end, limit=MAX_DUE_TIMES)


def next_look(window: UnaccountedWindow, until: datetime, now: datetime) -> datetime:
    """Return when there is something to account for again."""
    due_at = window.schedule.next_due(until)
    if due_at is None:
        return now + NOTHING_DUE
    reach = now - window.until
    early = now - (window.drops_until or window.until)
    return due_at + early if due_at + early > now else max(due_at + reach, now)


async def account(sessions: Sessions, client: Client, given: DueTimes, now: datetime) -> int:
    """Write the rows of one schedule's due times without a run, and how far it is accounted for; return their number.

    Raises:
        TemporalUnavailable: Temporal did not answer.
    """
    decided = await _decide(sessions, client, given, now)
    window, until = given.window, decided.until
    next_at = now + LATER if decided.held else next_look(window, until, now)
    written = 0
    async with transaction(sessions) as session:
        for row in decided.rows:
            if await missed.record_unrun(session, window.automation_id, row, now=now):
                written += row.occurrences
        if outages := [row for row in decided.rows if row.reason == OUTAGE]:
            last = outages[-1]
            ends_at = max(last.due_at, *window.schedule.upcoming(last.due_at - INSTANT, last.occurrences))
            await note_missed(session, window.automation_id, outages[0].due_at, ends_at)
        if window.span_id:
            await missed.save_span(session, window.span_id, until, next_at)
        else:
            saved = {window.automation_id: (window.since, until)}
            await missed.save_accounted_until(session, saved, {window.automation_id: next_at})
    return written


async def _decide(sessions: Sessions, client: Client, given: DueTimes, now: datetime) -> AccountingDecision:
    """Decide about each due time without a run.

    1. Those that Temporal still buffers, or has started and no worker has opened yet, are held: they may run.
    2. Those whose workflow has ended get its outcome.
    3. Those that Temporal never started were dropped for an earlier run (overlap), or nothing was up (outage).
    """
    window = given.window
    async with transaction(sessions) as session:
        overlaps = await missed.overlapped(session, window.automation_id, given.missing)
        automation = await session.get_one(Automation, window.automation_id)
    buffered = await _buffered(sessions, client, given, now)
    judged = [at for at in given.missing if at not in buffered and (at <= window.until or at in overlaps)]
    found = await _described(client, window.automation_id, judged)
    running = {at for at, one in found.items() if one and one.status is WorkflowExecutionStatus.RUNNING}
    held = min((at for at in buffered | running if at <= window.until), default=None)
    until = given.accounted_until if held is None else max(window.since, held - timedelta(seconds=1))
    gone = [at for at in judged if found[at] is None]
    regular = [at for at in gone if at <= until]
    spans = missed_spans(given.due, regular, ["overlap" if at in overlaps else OUTAGE for at in regular])
    rows = [Unrun(span.due_at, RunStatus.MISSED, span.reason, span.occurrences) for span in spans]
    # Beyond `until` every drop has a row of its own, because it is looked at again.
    rows += [Unrun(at, RunStatus.MISSED, "overlap") for at in gone if at > until and at in overlaps and _drops(window)]
    rows += [
        await _ended(client, automation, at, one) for at, one in found.items() if one is not None and at not in running
    ]
    return AccountingDecision(rows, until, held=held is not None)


def _drops(window: UnaccountedWindow) -> bool:
    return window.overlap in DROPPING


async def _buffered(sessions: Sessions, client: Client, given: DueTimes, now: datetime) -> set[datetime]:
    """Return the due times that Temporal keeps until an earlier run has ended.

    `buffer_one` keeps the first one after the start of the run that is going, `buffer_all` every one of the newest.
    """
    window = given.window
    if window.overlap not in BUFFERING or not given.missing or window.span_id:
        return set()
    count = await _buffer_size(client, window.automation_id)
    if not count:
        return set()
    if window.overlap is Overlap.BUFFER_ALL:
        since = max(window.since, now - timedelta(days=366))
        return set(window.schedule.due_between(since, now)[-count:])
    async with transaction(sessions) as session:
        started = await missed.last_started(session, window.automation_id)
    after = max(window.since, started) if started else window.since
    return set(window.schedule.due_between(after, now, limit=count))


async def _buffer_size(client: Client, automation_id: UUID) -> int:
    request = DescribeScheduleRequest(namespace=client.namespace, schedule_id=names.temporal_schedule_id(automation_id))
    with temporal_errors():
        try:
            answer = await client.workflow_service.describe_schedule(request, timeout=DESCRIBE)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return 0
            raise
    return int(answer.info.buffer_size)


async def _described(
    client: Client, automation_id: UUID, due: Sequence[datetime]
) -> dict[datetime, RunWorkflow | None]:
    found: dict[datetime, RunWorkflow | None] = {}
    for start in range(0, len(due), DESCRIBED_AT_ONCE):
        some = due[start : start + DESCRIBED_AT_ONCE]
        ids = [names.due_temporal_workflow_id(automation_id, at) for at in some]
        found |= zip(some, await asyncio.gather(*(describe_run(client, one) for one in ids)), strict=True)
    return found


async def _ended(client: Client, automation: Automation, due_at: datetime, one: RunWorkflow) -> Unrun:
    """Return the row of a due time whose workflow has ended and that has none."""
    if one.status is WorkflowExecutionStatus.TERMINATED and automation.overlap is Overlap.TERMINATE_OTHER:
        return Unrun(due_at, RunStatus.CANCELLED, "terminated for the next due time")
    if one.status in WITHOUT_ROW:
        status, reason = WITHOUT_ROW[one.status]
        return Unrun(due_at, status, reason)
    temporal_workflow_id = names.due_temporal_workflow_id(automation.id, due_at)
    times = {"started_at": one.started_at, "finished_at": one.closed_at, "temporal_workflow_id": temporal_workflow_id}
    completed = one.status is WorkflowExecutionStatus.COMPLETED
    result = await result_of(client, temporal_workflow_id) if completed else None
    if result and result.status not in OPEN_STATUSES:
        if result.status is RunStatus.SKIPPED:
            times = {"temporal_workflow_id": temporal_workflow_id}
        columns = {**times, "output": result.output}
        return Unrun(due_at, result.status, result.reason or ROW_LOST, run_id=result.run_id, columns=columns)
    error = RunError(type="lost", message=ROW_LOST)
    return Unrun(due_at, RunStatus.FAILED, ROW_LOST, error=error, columns=times)
