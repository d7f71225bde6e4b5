"""Reads what a backfill would run: the due times of a span with their runs, or the runs that a filter selects."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.backfills import MOST_DUE_TIMES, RerunFilter
from models.errors import Conflict, LimitExceeded
from models.kinds import Kind
from models.names import run_temporal_workflow_id
from models.rules.automation_history import ScheduleSpan
from models.rules.backfills.due_times import Action, Attempt, Planned, Selected, plan_due_time, plan_rerun
from models.rules.schedule import Schedule
from models.states import Again, LeftOut, RunStatus, Source
from models.store.automations.schedule_columns import stored_schedule
from models.store.automations.why import schedules_of
from models.store.ids import among
from models.store.runs.listing.frozen import selected_ids
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from models.store.tables.sweep import AccountingSpan

INSTANT = timedelta(microseconds=1)
FAR = datetime.max.replace(tzinfo=UTC)
OUTAGE = "outage"


@dataclass(frozen=True, slots=True)
class MissedRow:
    """A `missed` row that stands for several due times: the first is its own, `due` are all of them."""

    run_id: UUID
    reason: str
    due: Sequence[datetime]
    occurrences: int


@dataclass(frozen=True, slots=True)
class PlannedDueTimes:
    """What a backfill does with each due time of a span, in order, and the rows that stand for several of them."""

    planned: Sequence[Planned]
    spans: Sequence[MissedRow] = ()


@dataclass(frozen=True, slots=True)
class SelectedRun:
    """A run that a filter has selected, with what its rerun needs."""

    run_id: UUID
    automation_id: UUID | None
    primitive_id: UUID
    kind: Kind
    name: str
    queued_at: datetime
    parent_run_id: UUID | None = None
    """None: only root runs are selected."""


@dataclass(frozen=True, slots=True)
class PlannedReruns:
    """What a backfill does with each selected run, oldest first, and the runs themselves by id."""

    planned: Sequence[Planned]
    runs: Mapping[UUID, SelectedRun] = field(default_factory=dict)


async def plan_due_times(
    session: AsyncSession,
    automation: Automation,
    since: datetime,
    until: datetime,
    again: Again,
    *,
    most: int = MOST_DUE_TIMES,
) -> PlannedDueTimes:
    """Plan the due times of a schedule, as its cron is now, between two instants, both included.

    A slowdown is left aside: the due times that it has left out can be run.

    Raises:
        Conflict: the automation has no schedule, or one that can no longer be read.
        LimitExceeded: there are more than `most`.
    """
    schedule = full_schedule(automation)
    due = schedule.due_between(since - INSTANT, until, limit=most + 1)
    if len(due) > most:
        detail = f"there are more than {most} due times between them"
        raise LimitExceeded(detail, field="to", hint="Choose a shorter span, and run the rest in another backfill.")
    if not due:
        return PlannedDueTimes(())
    attempts = await _attempts(session, automation.id, due[0], due[-1])
    spans = await _spans(session, automation, due[0], due[-1])
    counted = {at: span for span in spans for at in span.due}
    unsettled = await _unsettled(session, automation)
    planned = []
    for at in due:
        if at not in attempts and (span := counted.get(at)) is not None:
            # In the middle of an outage: the row of its first due time counts this one.
            planned.append(Planned(at, Action.RUN, status=RunStatus.MISSED, reason=span.reason))
            continue
        may_start = any(begin < at <= end for begin, end in unsettled)
        planned.append(plan_due_time(at, attempts.get(at, ()), again, may_start=may_start))
    return PlannedDueTimes(planned, spans)


async def plan_catchup(
    session: AsyncSession, automation: Automation, since: datetime, until: datetime, most: int
) -> PlannedDueTimes:
    """Plan the newest `most` due times between two instants that an outage or a pause has left without a run.

    What was dropped for an earlier run or skipped is not among them: the automation wants it so.

    Raises:
        Conflict: the automation has no schedule that can be read.
    """
    full_schedule(automation)
    # With its slowdown: what that leaves out is not missing.
    schedule = stored_schedule(automation)
    due = schedule.due_between(since - INSTANT, until, limit=MOST_DUE_TIMES) if schedule else []
    if not due:
        return PlannedDueTimes(())
    found = await plan_due_times(session, automation, due[-most:][0], due[-1], Again.NONE)
    wanted = set(due)
    missed = [one for one in found.planned if one.at in wanted and (one.status is None or one.reason == OUTAGE)]
    return PlannedDueTimes(missed, found.spans)


async def plan_reruns(session: AsyncSession, wanted: RerunFilter, frozen_at: datetime) -> PlannedReruns:
    """Plan the reruns of the root runs that match and had ended at an instant, oldest first.

    Raises:
        NotFound: a name does not exist.
        LimitExceeded: there are more than `MOST_SELECTED`.
    """
    ids = await selected_ids(session, wanted.model_copy(update={"roots_only": True}), frozen_at)
    query = (
        select(
            *(Run.id, Run.status, Run.reason, Run.due_at, Run.nominal_at, Run.queued_at, Run.finished_at),
            *(Run.automation_id, Run.primitive_id, Run.kind, Automation.name.label("automation"), Primitive.name),
            Automation.archived_at.label("automation_archived_at"),
            Primitive.archived_at,
        )
        .join(Primitive, Primitive.id == Run.primitive_id)
        .outerjoin(Automation, Automation.id == Run.automation_id)
        .where(among(Run.id, ids))
        .order_by(Run.queued_at, Run.id)
    )
    # What ends after the preview is not part of it.
    rows = [row for row in await session.execute(query) if row.finished_at is None or row.finished_at <= frozen_at]
    later = await _later_statuses(session, [row.id for row in rows])
    planned = [
        plan_rerun(
            Selected(
                row.id,
                row.status,
                row.reason,
                row.due_at or row.nominal_at,
                later.get(row.id, frozenset()),
                archived=bool(row.archived_at or row.automation_archived_at),
            )
        )
        for row in rows
    ]
    runs = {
        row.id: SelectedRun(
            *(row.id, row.automation_id, row.primitive_id, row.kind, row.automation or row.name, row.queued_at)
        )
        for row in rows
    }
    return PlannedReruns(planned, runs)


def full_schedule(automation: Automation) -> Schedule:
    """Return the schedule of an automation without its slowdown.

    Raises:
        Conflict: it has none, or one that can no longer be read.
    """
    schedule = stored_schedule(automation)
    if schedule is None:
        if automation.source is Source.SCHEDULE:
            raise Conflict(f"the schedule of {automation.slug} can no longer be read", hint="Edit its cron or zone.")
        raise Conflict(
            f"{automation.slug} is not a schedule, so it has no due times",
            hint="Rerun its runs, or replay its deliveries.",
        )
    return Schedule(schedule.cron, schedule.timezone)


async def _attempts(
    session: AsyncSession, automation_id: UUID, first: datetime, last: datetime
) -> dict[datetime, list[Attempt]]:
    """Return the runs of the due times from `first` to `last`, and their reruns, oldest first."""
    columns = (Run.id, Run.status, Run.reason, Run.temporal_workflow_id, Run.queued_at)
    own = Run.automation_id == automation_id
    query = union_all(
        select(*columns, Run.due_at.label("at"), Run.due_at).where(own, Run.due_at.between(first, last)),
        select(*columns, Run.nominal_at.label("at"), Run.due_at).where(own, Run.nominal_at.between(first, last)),
    ).subquery()
    found: dict[datetime, list[Attempt]] = {}
    for row in await session.execute(select(query).order_by(query.c.queued_at, query.c.id)):
        # A workflow of this id can exist only once, so a run that had one needs a rerun.
        reopens = row.due_at is not None and row.temporal_workflow_id != run_temporal_workflow_id(row.id)
        found.setdefault(row.at, []).append(Attempt(row.id, row.status, row.reason, reopens=reopens))
    return found


async def _spans(session: AsyncSession, automation: Automation, first: datetime, last: datetime) -> list[MissedRow]:
    """Return the rows of outages that stand for several due times, from `first` to `last` or reaching into that."""
    query = select(Run.id, Run.due_at, Run.reason, Run.occurrences, Run.status)
    query = query.where(Run.automation_id == automation.id)
    # A row's due times follow one another, so of the rows before only the last one can reach into the span.
    before = query.where(Run.due_at < first).order_by(Run.due_at.desc()).limit(1)
    inside = query.where(Run.due_at.between(first, last), Run.status == RunStatus.MISSED, Run.occurrences > 1)
    rows = [*await session.execute(before), *await session.execute(inside)]
    several = [row for row in rows if row.status is RunStatus.MISSED and row.occurrences > 1]
    history = await schedules_of(session, automation) if several else []
    return [
        MissedRow(row.id, row.reason or OUTAGE, _stands_for(history, row.due_at, row.occurrences), row.occurrences)
        for row in several
    ]


def _stands_for(history: Sequence[ScheduleSpan], due_at: datetime, occurrences: int) -> Sequence[datetime]:
    """Return the due times of a missed row, by the schedule as it was then."""
    index = max(bisect_right([span.since for span in history], due_at) - 1, 0)
    due = history[index].schedule.upcoming(due_at - INSTANT, occurrences) if history else []
    return due if due and due[0] == due_at else [due_at]


async def _unsettled(session: AsyncSession, automation: Automation) -> list[tuple[datetime, datetime]]:
    """Return the times, start excluded, whose due times may still be started or recorded as missed."""
    query = select(AccountingSpan.since, AccountingSpan.until).where(AccountingSpan.automation_id == automation.id)
    found = [(row.since, row.until) for row in await session.execute(query)]
    if automation.is_active and automation.archived_at is None:
        found.append((automation.accounted_until or automation.created_at, FAR))
    return found


async def _later_statuses(session: AsyncSession, run_ids: Sequence[UUID]) -> dict[UUID, frozenset[RunStatus]]:
    query = select(Run.rerun_of, Run.status).where(among(Run.rerun_of, run_ids)).distinct()
    found: dict[UUID, frozenset[RunStatus]] = {}
    for run_id, status in await session.execute(query):
        if run_id is not None:
            found[run_id] = found.get(run_id, frozenset()) | {status}
    return found


def left_out(planned: Sequence[Planned]) -> dict[LeftOut, int]:
    """Count what is left out, by reason."""
    found: dict[LeftOut, int] = {}
    for one in planned:
        if one.left_out is not None:
            found[one.left_out] = found.get(one.left_out, 0) + 1
    return found
