"""Starts a backfill: in one transaction all of its runs wait for their turn, or nothing has happened.

A due time has one run. One that has none gets a new row; one that was missed or skipped has a row, which becomes its
run; one that has run before is rerun, in a row of its own.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import PlanOutdated
from models.rules.backfills.due_times import Action, Planned
from models.rules.missed_spans import missed_spans
from models.states import BackfillKind, HeldBy, RunSource, RunStatus
from models.store.backfills.planning import MissedRow, PlannedDueTimes, SelectedRun
from models.store.ids import among
from models.store.runs.description import note_rescued
from models.store.runs.locks import lock_automation
from models.store.runs.queued_rows import queued_run
from models.store.stats.counting import hour_of
from models.store.stats.folding import fold_again
from models.store.sweep.missed import record_missed
from models.store.tables.automations import Automation
from models.store.tables.backfills import Backfill
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run

BEHIND = timedelta(days=36_500)
"""How far runs of a backfill are ordered behind those that arrive, however long it takes."""
ROWS_AT_ONCE = 1000
ONE_START_AT_A_TIME = 8_642_551_203
"""Key of the advisory lock under which a plan is compared with its preview and its runs are stored."""
CHANGED = "what it would run has changed since the preview was made"
_CLEARED = (
    *("reason", "finished_at", "folded_into", "temporal_workflow_id", "temporal_run_id", "error_type"),
    *(
        "error_message",
        "error_key",
        "wait_ms",
        "admission_key",
        "throttle_key",
        "admitted_at",
        "not_before",
        "start_by",
    ),
)
"""What a row that has ended without having run must not keep."""
Item = TypeVar("Item")


async def begin_start(session: AsyncSession, token: str) -> Backfill | None:
    """Let nobody else start a backfill until the transaction ends; return the one that has this token already."""
    await session.execute(select(func.pg_advisory_xact_lock(ONE_START_AT_A_TIME)))
    found: Backfill | None = await session.scalar(select(Backfill).where(Backfill.token == token))
    return found


def refuse_if_changed(expected: str, token: str) -> None:
    """Raise `PlanOutdated` if a plan has another token than its preview."""
    if expected != token:
        raise PlanOutdated(CHANGED, hint="Make a new preview.")


async def store_due_times(
    session: AsyncSession,
    backfill: Backfill,
    automation: Automation,
    found: PlannedDueTimes,
    *,
    judged: bool,
) -> None:
    """Store a backfill of an automation whose primitive is loaded; its runs start in the order of the plan.

    1. Insert the runs of due times that have no row, and reruns.
    2. Let rows that stand for several due times stand for those that are left.
    3. Make rows that were missed or skipped runs again, and take them back from the stats.

    Raises:
        PlanOutdated: somebody else has given a due time its run.
    """
    # Locking the automation below forgets it.
    primitive = automation.primitive
    session.add(backfill)
    await session.flush()
    wanted = [one for one in found.planned if one.action is not None]
    places = {one.at: place for place, one in enumerate(wanted)}
    inputs = await _inputs(session, [one.run_id for one in wanted if one.action is Action.RERUN and one.run_id])
    rows = []
    for one in wanted:
        if one.action is Action.REOPEN:
            continue
        row = _row(backfill, primitive, automation, places[one.at], judged=judged)
        if one.action is Action.RERUN and one.run_id:
            row |= {"nominal_at": one.at, "rerun_of": one.run_id, "input": inputs.get(one.run_id)}
        else:
            row |= {"due_at": one.at, "input": automation.payload, "before_backfill": _before(one)}
        rows.append(row)
    await _insert(session, rows)
    reopened = [one for one in wanted if one.action is Action.REOPEN]
    spans = [span for span in found.spans if not places.keys().isdisjoint(span.due)]
    if reopened or spans:
        await lock_automation(session, automation.id)
        await _lock_closed(session, reopened, spans)
        for span in spans:
            await _shorten(session, automation.id, span, places.keys(), backfill.created_at)
        await _uncount(session, automation.id, reopened, {span.run_id for span in spans})
        new = {**_columns(primitive), "input": automation.payload}
        await _reopen(session, backfill, reopened, places, new, judged=judged)


async def store_reruns(
    session: AsyncSession,
    backfill: Backfill,
    planned: Sequence[Planned],
    runs: Mapping[UUID, SelectedRun],
    *,
    judged: bool,
) -> None:
    """Store a backfill of selected runs, in this order; a paused automation runs them all the same."""
    session.add(backfill)
    await session.flush()
    wanted = [one for one in planned if one.action is not None and one.run_id is not None]
    chosen = [runs[one.run_id] for one in wanted if one.run_id]
    inputs = await _inputs(session, [one.run_id for one in chosen])
    wanted_primitives = select(Primitive).where(among(Primitive.id, {one.primitive_id for one in chosen}))
    primitives = {one.id: one for one in await session.scalars(wanted_primitives)}
    owners = {one.automation_id for one in chosen if one.automation_id}
    found = await session.scalars(select(Automation).where(among(Automation.id, owners)))
    automations = {one.id: one for one in found}
    rows = []
    for place, (one, run) in enumerate(zip(wanted, chosen, strict=True)):
        automation = automations.get(run.automation_id) if run.automation_id else None
        row = _row(backfill, primitives[run.primitive_id], automation, place, judged=judged)
        forced = automation is not None and not automation.is_active
        row |= {"rerun_of": run.run_id, "nominal_at": one.at, "input": inputs.get(run.run_id), "forced": forced}
        rows.append(row)
    await _insert(session, rows)


def _row(
    backfill: Backfill, primitive: Primitive, automation: Automation | None, place: int, *, judged: bool
) -> dict[str, Any]:
    columns = dict.fromkeys(("due_at", "nominal_at", "rerun_of", "before_backfill"))
    source = RunSource.RERUN if backfill.kind is BackfillKind.RERUN else RunSource.BACKFILL
    automation_id = automation.id if automation else None
    row = queued_run(primitive, backfill.created_at, source, **columns, automation_id=automation_id)
    return row | _waiting(backfill, place, judged=judged)


def _waiting(backfill: Backfill, place: int, *, judged: bool) -> dict[str, Any]:
    return {
        "backfill_id": backfill.id,
        "held_by": HeldBy.BACKFILL.value,
        "ordered_at": backfill.created_at + BEHIND + timedelta(microseconds=place),
        # Lists of runs show them in this order, too.
        "queued_at": backfill.created_at + timedelta(microseconds=place),
        "forced": backfill.forced,
        "outside_health": not judged,
    }


async def _insert(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> None:
    for some in _chunks(rows):
        stored = await session.scalars(upsert(Run).on_conflict_do_nothing().returning(Run.id), some)
        if len(stored.all()) < len(some):
            raise PlanOutdated(CHANGED, hint="Make a new preview.")
    await note_rescued(session, [row["rerun_of"] for row in rows if row["rerun_of"]])


async def _lock_closed(session: AsyncSession, reopened: Sequence[Planned], spans: Sequence[MissedRow]) -> None:
    """Lock rows that have ended without having run; they must be as the plan has seen them.

    A row that somebody else has locked is about to change. Nothing is waited for, because others lock a run before its
    automation.
    """
    expected = {one.run_id: one.status for one in reopened if one.run_id}
    expected |= {span.run_id: RunStatus.MISSED for span in spans}
    query = select(Run.id, Run.status, Run.occurrences).where(among(Run.id, expected))
    locked = await session.execute(query.with_for_update(key_share=True, skip_locked=True))
    rows = {row.id: row for row in locked}
    several = {span.run_id: span.occurrences for span in spans}
    for run_id, status in expected.items():
        row = rows.get(run_id)
        if row is None or row.status is not status or row.occurrences != several.get(run_id, row.occurrences):
            raise PlanOutdated(CHANGED, hint="Make a new preview.")


async def _shorten(
    session: AsyncSession, automation_id: UUID, span: MissedRow, taken: Collection[datetime | None], now: datetime
) -> None:
    """Let a row that stands for several due times stand for those that are left; what follows a gap gets its own."""
    first, left = span.due[0], [at for at in span.due if at not in taken]
    groups = missed_spans(span.due, left, [span.reason] * len(left))
    kept = 0
    if groups and groups[0].due_at == first:
        kept, groups = groups[0].occurrences, groups[1:]
        shortened = update(Run).where(Run.id == span.run_id).values(occurrences=kept)
        await session.execute(shortened.execution_options(synchronize_session=False))
    await fold_again(session, automation_id, first, {RunStatus.MISSED.value: kept - span.occurrences})
    for group in groups:
        await record_missed(
            session, automation_id, group.due_at, reason=span.reason, occurrences=group.occurrences, now=now
        )


async def _uncount(
    session: AsyncSession, automation_id: UUID, planned: Sequence[Planned], shortened: Collection[UUID]
) -> None:
    """Take back from the stats what was missed or skipped, but for rows that `_shorten` has taken back already."""
    counts: dict[datetime, Counter[str]] = {}
    for one in planned:
        if one.at and one.status and one.run_id not in shortened:
            counts.setdefault(hour_of(one.at), Counter())[one.status.value] -= 1
    for hour, of_hour in sorted(counts.items()):
        await fold_again(session, automation_id, hour, of_hour)


async def _reopen(
    session: AsyncSession,
    backfill: Backfill,
    planned: Sequence[Planned],
    places: Mapping[datetime | None, int],
    new: Mapping[str, Any],
    *,
    judged: bool,
) -> None:
    """Make rows that have ended without having run wait for their turn, with what they run now."""
    columns = {
        **dict.fromkeys(_CLEARED),
        **new,
        "status": RunStatus.QUEUED,
        "source": RunSource.BACKFILL,
        "is_counted": False,
        "occurrences": 1,
    }
    for some in _chunks(planned):
        values = [
            {
                **columns,
                **_waiting(backfill, places[one.at], judged=judged),
                "id": one.run_id,
                "before_backfill": _before(one),
            }
            for one in some
        ]
        await session.execute(update(Run), values)


def _columns(primitive: Primitive) -> dict[str, Any]:
    return {"kind": primitive.kind, "primitive_id": primitive.id, "simulated": primitive.simulated}


def _before(one: Planned) -> dict[str, Any] | None:
    """Return what the due time is again if the backfill is cancelled before its turn; None: skipped."""
    return {"status": one.status.value, "reason": one.reason} if one.status else None


async def _inputs(session: AsyncSession, run_ids: Sequence[UUID]) -> dict[UUID, Any]:
    found = await session.execute(select(Run.id, Run.input).where(among(Run.id, run_ids)))
    return {row.id: row.input for row in found}


def _chunks(rows: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield rows[start : start + ROWS_AT_ONCE]
