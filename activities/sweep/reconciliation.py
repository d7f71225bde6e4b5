"""Compares open runs with Temporal's running workflows, in both directions, and closes what has no counterpart."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus

from activities.sweep.stuck_runs import compare_progress
from models import names
from models.contracts.automations.drafts import Overlap
from models.contracts.runs.views import RunError
from models.errors import NotStorable, Unavailable
from models.states import RunStatus
from models.store.runs.closing import finish
from models.store.runs.locks import lock_waiting_run
from models.store.runs.to_start import RunToStart
from models.store.sweep import lost
from models.store.tables.automations import Automation
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from runtime.temporal.admissions import admitting
from runtime.temporal.run_workflows import ListedWorkflow, describe_run, terminate_run
from runtime.temporal.starting import start_run

log = structlog.get_logger(__name__)

UNSTARTED_AFTER = timedelta(seconds=5)
DOUBTFUL_AFTER = timedelta(seconds=30)
ROWLESS_AFTER = timedelta(minutes=2)
CLOSED_AFTER = timedelta(minutes=2)
ABANDONED_AFTER = timedelta(minutes=10)
"""A workflow that is still running so long after its row has closed is ended, even if its task does not fail."""
PAGE = 500
AT_ONCE = 20
MOST_STARTED = 5000
MOST_LISTED = 20_000
MOST_PARTS = 20
"""Children without a row described per run: those of a full queue have none either, but the oldest ones soon do."""
MOST_DESCRIBED = 1000
"""Runs described in a pass, which takes a few seconds: reported and doubtful ones first, then those that were not
described for longest."""
PASSES_PER_TURN = 3
"""Passes in which every run is described where Temporal does not report failing tasks, however many runs are open."""

ENDED = {
    WorkflowExecutionStatus.TERMINATED: (RunStatus.FAILED, "terminated in Temporal", "terminated"),
    WorkflowExecutionStatus.CANCELED: (RunStatus.CANCELLED, "cancelled in Temporal", None),
    WorkflowExecutionStatus.TIMED_OUT: (RunStatus.FAILED, "timed out in Temporal", "timed_out"),
}
BY_HAND = frozenset({WorkflowExecutionStatus.TERMINATED, WorkflowExecutionStatus.CANCELED})
LOST = (RunStatus.FAILED, "its Temporal workflow no longer exists", "lost")
Item = TypeVar("Item")


@dataclass(slots=True)
class Rotation:
    """Where the last pass of this process stopped describing runs, so that each is described in turn."""

    after: UUID | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """Temporal's running workflows of runs; with `complete` False a run may be running and not be listed.

    `reported` are those that Temporal reports as failing; None where it reports none.
    """

    workflows: dict[str, ListedWorkflow] = field(default_factory=dict)
    complete: bool = False
    reported: frozenset[str] | None = None


async def side_by_side(items: Sequence[Item], work: Callable[[Item], Awaitable[object]], *, what: str) -> int:
    """Run `work` for each item, `AT_ONCE` at a time; failures are logged.

    Returns how many succeeded with a truthy result. Stops where a whole group finds Temporal or PostgreSQL away.
    """
    done = 0
    for start in range(0, len(items), AT_ONCE):
        activity.heartbeat()
        group = items[start : start + AT_ONCE]
        found = await asyncio.gather(*(work(item) for item in group), return_exceptions=True)
        failures = [one for one in found if isinstance(one, BaseException)]
        for failure in failures:
            if not isinstance(failure, Exception):
                raise failure
            log.warning("a piece of the sweep failed", what=what, reason=str(failure))
        done += sum(bool(one) for one in found if not isinstance(one, BaseException))
        if failures and all(isinstance(one, Unavailable) for one in found):
            break
    return done


async def start_queued(sessions: Sessions, client: Client, running: Running, now: datetime) -> int:
    """Start the queued root runs that Temporal is not running; return how many."""
    started, after, page = 0, None, PAGE
    while page == PAGE and started < MOST_STARTED:
        async with transaction(sessions) as session:
            queued = await lost.queued_runs(session, now - UNSTARTED_AFTER, PAGE, after)
        page, after = len(queued), queued[-1] if queued else None
        unknown = [one.run for one in queued if names.run_temporal_workflow_id(one.run.run_id) not in running.workflows]

        async def start(run: RunToStart) -> bool:
            await start_run(client, run)
            return True

        done = await side_by_side(unknown, start, what="start a queued run")
        started += done
        if unknown and not done:
            break
    return started


async def close_lost(
    sessions: Sessions, client: Client, running: Running, rotation: Rotation, now: datetime
) -> tuple[int, list[UUID]]:
    """Close open runs without a running workflow; return how many, and the automations to sync.

    A run that Temporal lists is described to see whether its workflow task keeps failing: at once where Temporal
    reports that, and all others in turn, which takes `PASSES_PER_TURN` passes where it reports nothing.
    """
    doubtful: list[lost.OpenRow] = []
    listed: list[lost.OpenRow] = []
    after, page = None, PAGE
    while page == PAGE:
        activity.heartbeat()
        async with transaction(sessions) as session:
            rows = await lost.open_rows(session, now - DOUBTFUL_AFTER, after, PAGE)
        page, after = len(rows), rows[-1].run_id if rows else None
        for row in rows:
            (listed if _workflow_id(row) in running.workflows or not running.complete else doubtful).append(row)
    most = (
        MOST_DESCRIBED
        if running.reported is not None
        else max(MOST_DESCRIBED, math.ceil(len(listed) / PASSES_PER_TURN))
    )
    reported = [
        row for row in listed if row.status is not RunStatus.STUCK and _workflow_id(row) in (running.reported or ())
    ]
    described = [*reported, *doubtful][:most]
    described += _next_ones(listed, rotation, most - len(described))
    syncs: list[UUID] = []

    unopened = await _unopened_children(sessions, running, now)

    async def close(row: lost.OpenRow) -> bool:
        return await _close_if_lost(sessions, client, row, unopened.get(_workflow_id(row), ()), syncs)

    return await side_by_side(described, close, what="compare a run with its workflow"), syncs


async def _unopened_children(sessions: Sessions, running: Running, now: datetime) -> dict[str, list[str]]:
    """Return, by their run's workflow, the oldest running children without a row: their first task may be failing.

    A child of a batch belongs to the run whose map step the batch is a part of.
    """
    children = {
        key: one
        for one in running.workflows.values()
        if one.parent and one.started_at < now - DOUBTFUL_AFTER
        # A map batch maps to its run's id, which has a row.
        if isinstance(key := names.run_of_workflow(one.temporal_workflow_id), UUID)
    }
    async with transaction(sessions) as session:
        _, known = await lost.rows_of_workflows(session, children.keys(), [])
    found: dict[str, list[str]] = {}
    for one in sorted((children[key] for key in children.keys() - known), key=lambda one: one.started_at):
        waiting = found.setdefault(_run_above(one, running), [])
        if len(waiting) < MOST_PARTS:
            waiting.append(one.temporal_workflow_id)
    return found


def _run_above(child: ListedWorkflow, running: Running) -> str:
    above = running.workflows.get(child.parent or "")
    batch = above is not None and names.is_map_batch(above.temporal_workflow_id)
    return (above.parent if above and batch else child.parent) or ""


async def end_rowless(sessions: Sessions, client: Client, running: Running, now: datetime) -> int:
    """End workflows whose run is closed or has no row (as after the restore of an older database).

    A workflow whose row has just been closed may still be about to complete, and a parent waits for its result: it is
    ended only if its workflow task keeps failing, or after `ABANDONED_AFTER`.
    """
    old = [one for one in running.workflows.values() if one.started_at < now - ROWLESS_AFTER]
    ended = 0
    for start in range(0, len(old), PAGE):
        activity.heartbeat()
        page = [
            (key, one)
            for one in old[start : start + PAGE]
            if (key := names.run_of_workflow(one.temporal_workflow_id)) is not None
        ]
        run_ids = [key for key, _ in page if isinstance(key, UUID)]
        due = [key for key, _ in page if isinstance(key, tuple)]
        async with transaction(sessions) as session:
            closed, known = await lost.rows_of_workflows(session, run_ids, due)
        rowless = [
            one.temporal_workflow_id
            for key, one in page
            if key not in known
            and (not one.is_child or (running.complete and one.parent not in running.workflows))
            and (isinstance(key, UUID) or one.is_opened)
        ]

        async def end(temporal_workflow_id: str) -> bool:
            await terminate_run(client, temporal_workflow_id, "Podium's database has no row of this run")
            log.warning("ended a workflow without a row", temporal_workflow_id=temporal_workflow_id)
            return True

        async def end_closed(found: tuple[str, lost.ClosedRow]) -> bool:
            temporal_workflow_id, row = found
            if row.finished_at > now - ABANDONED_AFTER:
                workflow = await describe_run(client, temporal_workflow_id)
                if workflow is None or workflow.failing is None:
                    return False
            await terminate_run(client, temporal_workflow_id, f"its run is closed: {row.status.value}")
            log.warning("ended the workflow of a closed run", run_id=str(row.run_id))
            return True

        ended += await side_by_side(rowless, end, what="end a workflow without a row")
        over = [
            (one.temporal_workflow_id, closed[key])
            for key, one in page
            if key in closed and closed[key].finished_at < now - CLOSED_AFTER
        ]
        ended += await side_by_side(over, end_closed, what="end the workflow of a closed run")
    return ended


def _workflow_id(row: lost.OpenRow) -> str:
    return row.temporal_workflow_id or names.run_temporal_workflow_id(row.run_id)


def _next_ones(rows: Sequence[lost.OpenRow], rotation: Rotation, most: int) -> Iterable[lost.OpenRow]:
    """Return the next rows in turn; the rows are ordered by id."""
    after = rotation.after
    later = [row for row in rows if after is None or row.run_id > after]
    turn = [*later, *rows[: len(rows) - len(later)]][: max(most, 0)]
    rotation.after = turn[-1].run_id if turn else None
    return turn


async def _close_if_lost(
    sessions: Sessions, client: Client, row: lost.OpenRow, unopened: Sequence[str], syncs: list[UUID]
) -> bool:
    """Close a run whose Temporal workflow has ended, and mark one whose workflow task keeps failing as stuck."""
    found = await describe_run(client, _workflow_id(row), parts=unopened)
    if found and found.status is WorkflowExecutionStatus.RUNNING:
        if sync := await compare_progress(sessions, client, row, found):
            syncs.append(sync)
        return False
    if found is None and row.status is RunStatus.QUEUED and row.started_at is None:
        return False
    outcome, reason, error_type = ENDED.get(found.status, LOST) if found and found.status else LOST
    error = RunError(type=error_type, message=reason) if error_type else None
    terminated = found is not None and found.status is WorkflowExecutionStatus.TERMINATED
    by_hand = found is not None and found.status in BY_HAND
    for counted in (True, False):
        try:
            async with admitting(sessions, client) as session:
                run = await lock_waiting_run(session, row.run_id)
                if run.status is not row.status:
                    return False
                if terminated and await _terminates_earlier_runs(session, run):
                    outcome, reason, error = RunStatus.CANCELLED, "terminated for the next due time", None
                    by_hand = False
                sync = await finish(
                    session,
                    run,
                    outcome,
                    at=datetime.now(UTC),
                    reason=reason,
                    error=error,
                    counted=counted,
                    # What is below a run ends with it.
                    interventions=int(by_hand and run.parent_run_id is None),
                )
            break
        except NotStorable:
            if not counted:
                raise
            log.exception(
                "closed a run without counting it; run `podium stats verify --repair`", run_id=str(row.run_id)
            )
    log.warning("closed a lost run", run_id=str(row.run_id), reason=reason)
    if sync:
        syncs.append(sync)
    return True


async def _terminates_earlier_runs(session: AsyncSession, run: Run) -> bool:
    """Return whether the run's automation has Temporal terminate a run that is open at the next due time."""
    automation = await session.get(Automation, run.automation_id) if run.due_at and run.automation_id else None
    return automation is not None and automation.overlap is Overlap.TERMINATE_OTHER
