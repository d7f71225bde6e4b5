"""Admits waiting runs: the one place that decides, in PostgreSQL and under the automation's lock, who starts next.

A run waits (is held) while `held_by` is set. A slot is not counted anywhere: it is an open run that is not held, so
nothing can leak it. The lock is taken by an earlier statement than the slots are counted with, so that the count sees
what others have committed.

Lock order: a waiting run is locked only after its automation, every other run before it. Whoever closes a waiting run
locks it with `lock_waiting_run`.

Runs of backfills wait apart (`PENDING_CONDITION`) until their turn has come; in the queue they are behind all others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.flow_control import FlowControl
from models.rules.admission.choice import UNLIMITED, Limits, Waiting, choose
from models.rules.admission.gcra import Rate, throttle_rate
from models.states import OPEN_STATUSES, RunStatus, WorkClass
from models.store.admission.keys import store_used, used_until
from models.store.admission.to_tell import admissions
from models.store.automations.pausing import is_paused
from models.store.budgets.own import OwnRoom, own_room
from models.store.ids import among
from models.store.runs.to_start import RunToStart
from models.store.tables.admission import KeyPurpose
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.runs import HELD_CONDITION, PENDING_CONDITION, Run

MOST_AT_ONCE = 100
"""Runs admitted in one transaction. The rest follows in the next ones, which the admission workflow makes."""

_LINES = text(
    """
    WITH RECURSIVE lines AS (
      (SELECT admission_key, throttle_key FROM runs
        WHERE automation_id = :automation_id
          AND status = 'queued' AND held_by IS NOT NULL AND held_by <> 'backfill'
        ORDER BY admission_key, throttle_key LIMIT 1)
      UNION ALL
      SELECT next.admission_key, next.throttle_key FROM lines, LATERAL (
        SELECT admission_key, throttle_key FROM runs
         WHERE automation_id = :automation_id
           AND status = 'queued' AND held_by IS NOT NULL AND held_by <> 'backfill'
           AND (admission_key, throttle_key) > (lines.admission_key, lines.throttle_key)
         ORDER BY admission_key, throttle_key LIMIT 1) next
    )
    SELECT head.id, lines.admission_key, lines.throttle_key, head.ordered_at, head.is_backfill FROM lines, LATERAL (
      SELECT id, ordered_at, backfill_id IS NOT NULL AS is_backfill FROM runs
       WHERE automation_id = :automation_id
         AND status = 'queued' AND held_by IS NOT NULL AND held_by <> 'backfill'
         AND (forced OR NOT :only_forced) AND admission_key = lines.admission_key AND throttle_key = lines.throttle_key
         AND (not_before IS NULL OR not_before <= :now) AND (start_by IS NULL OR start_by > :now)
       ORDER BY ordered_at, id LIMIT :most) head
    """
)
"""The oldest waiting runs of each pair of keys, read from the index one pair at a time."""

_GATHER = text(
    """
    UPDATE runs SET input = jsonb_build_object('events', (
      SELECT jsonb_agg(part.input ORDER BY part.queued_at, part.id) FROM runs part
       WHERE part.id = runs.id OR part.folded_into = runs.id))
     WHERE id = ANY (:ids)
    """
)
"""Gives runs that stand for several deliveries the inputs of all of them."""


async def database_now(session: AsyncSession) -> datetime:
    """Return PostgreSQL's clock: instants of admission compare whatever process they were taken in."""
    now: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return now


async def admit(session: AsyncSession, automation: Automation) -> Sequence[UUID]:
    """Admit the waiting runs of a locked automation that may start now; Temporal is told after the commit.

    Returns:
        The admitted runs, at most `MOST_AT_ONCE`.
    """
    now = await database_now(session)
    only_forced = is_paused(automation, now)
    if automation.archived_at is not None or (only_forced and not await _has_forced(session, automation.id)):
        # What waits goes on waiting until somebody resumes it.
        automation.admit_at = None
        return []
    control = control_of(automation)
    budget = await own_room(session, automation, now)
    limits, rate = limits_of(control, budget), throttle_rate(control)
    slots = await _open_runs(session, automation.id) if limits.is_limited else {}
    room = min(MOST_AT_ONCE, limits.total - sum(slots.values()), limits.per_key, rate.burst + 1 if rate else UNLIMITED)
    waiting = await _waiting(session, automation.id, now, room, only_forced=only_forced) if room > 0 else []
    used, tokens = dict[str, datetime](), None
    if rate is not None:
        keys = {one.throttle_key for one in waiting}
        used = await used_until(session, automation.id, KeyPurpose.THROTTLE, keys)
        tokens = {key: rate.tokens(used.get(key), now) for key in keys}
    chosen = choose(waiting, limits, slots, tokens, MOST_AT_ONCE)
    if rate is not None and chosen:
        await _take_tokens(session, automation.id, rate, used, chosen, now)
    await let_in(session, automation, [one.run_id for one in chosen])
    await _plan_next(session, automation, now, control, waiting, chosen, used, budget)
    return [one.run_id for one in chosen]


async def let_in(session: AsyncSession, automation: Automation | None, run_ids: Sequence[UUID]) -> None:
    """Admit these waiting runs of a locked automation, whatever its limits; None: they belong to none."""
    if not run_ids:
        return
    admitted = await session.execute(
        update(Run)
        .where(among(Run.id, run_ids), or_(HELD_CONDITION, PENDING_CONDITION))
        .values(held_by=None, not_before=None, admitted_at=func.clock_timestamp())
        .returning(
            *(Run.id, Run.kind, Run.primitive_id, Run.due_at, Run.temporal_workflow_id, Run.gathers, Run.backfill_id)
        )
        .execution_options(synchronize_session=False)
    )
    rows = {row.id: row for row in admitted}
    if carriers := [row.id for row in rows.values() if row.gathers]:
        await session.execute(_GATHER, {"ids": carriers})
    await _note(session, automation, [rows[run_id] for run_id in run_ids if run_id in rows])


def is_held(run: Run) -> bool:
    """Return whether a run waits for its admission."""
    return run.status is RunStatus.QUEUED and run.held_by is not None


def control_of(automation: Automation) -> FlowControl | None:
    """Return the automation's flow control, None if its runs start at once."""
    return FlowControl.model_validate(automation.flow_control) if automation.flow_control else None


async def _note(session: AsyncSession, automation: Automation | None, rows: Sequence[Any]) -> None:
    """Note for after the commit what Temporal must be told of admitted runs, in this order."""
    told = admissions(session)
    without_workflow = []
    for row in rows:
        if row.due_at is not None and row.temporal_workflow_id is not None:
            told.to_wake.append(row.temporal_workflow_id)
        else:
            without_workflow.append(row)
    if not without_workflow:
        return
    query = select(Primitive.id, Primitive.slug, Primitive.name, Primitive.runner)
    found = await session.execute(query.where(among(Primitive.id, {row.primitive_id for row in without_workflow})))
    primitives = {one.id: one for one in found}
    for row in without_workflow:
        one = primitives[row.primitive_id]
        run = RunToStart(
            row.id,
            row.kind,
            one.slug,
            one.name,
            automation.id if automation else None,
            automation.name if automation else None,
            one.runner,
            WorkClass.BACKFILL if row.backfill_id else WorkClass.INTERACTIVE,
        )
        told.to_start.append(run)


def limits_of(control: FlowControl | None, budget: OwnRoom | None) -> Limits:
    """Return the limits of an automation as they count now."""
    limits = Limits.of(control)
    return replace(limits, total=min(limits.total, budget.runs)) if budget else limits


async def _open_runs(session: AsyncSession, automation_id: UUID) -> dict[str, int]:
    """Return the number of open runs that are not waiting, by key; runs from before the limits have an empty one."""
    key = func.coalesce(Run.admission_key, "")
    query = (
        select(key, func.count())
        .where(Run.automation_id == automation_id, Run.status.in_(OPEN_STATUSES), Run.held_by.is_(None))
        .group_by(key)
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def _has_forced(session: AsyncSession, automation_id: UUID) -> bool:
    query = select(Run.id).where(Run.automation_id == automation_id, HELD_CONDITION, Run.forced).limit(1)
    return await session.scalar(query) is not None


async def _waiting(
    session: AsyncSession, automation_id: UUID, now: datetime, most: int, *, only_forced: bool
) -> list[Waiting]:
    given = {"automation_id": automation_id, "now": now, "most": most, "only_forced": only_forced}
    return [Waiting(*row) for row in await session.execute(_LINES, given)]


async def _take_tokens(
    session: AsyncSession,
    automation_id: UUID,
    rate: Rate,
    used: dict[str, datetime],
    chosen: Sequence[Waiting],
    now: datetime,
) -> None:
    taken: dict[str, int] = {}
    for one in chosen:
        taken[one.throttle_key] = taken.get(one.throttle_key, 0) + 1
    for key, count in taken.items():
        used[key] = rate.after_taking(used.get(key), now, count)
        await store_used(session, automation_id, KeyPurpose.THROTTLE, key, rate, used[key])


async def _plan_next(
    session: AsyncSession,
    automation: Automation,
    now: datetime,
    control: FlowControl | None,
    waiting: Sequence[Waiting],
    chosen: Sequence[Waiting],
    used: Mapping[str, datetime],
    budget: OwnRoom | None,
) -> None:
    """Set when the automation must be looked at again although nothing closes and nothing arrives."""
    rate, candidates = throttle_rate(control), list[datetime]()
    if len(chosen) == MOST_AT_ONCE:
        candidates.append(now)
    elif rate is not None:
        # A line that was read up to its tokens may go on.
        tokens_at = (rate.next_token_at(used.get(key), now) for key in {one.throttle_key for one in waiting})
        candidates += [at for at in tokens_at if at > now]
    if control is None or control.waits_for_instants:
        query = select(func.min(Run.not_before).filter(Run.not_before > now), func.min(Run.start_by))
        found = await session.execute(query.where(Run.automation_id == automation.id, HELD_CONDITION))
        candidates += [at for at in found.one() if at is not None]
    if budget is not None and await _some_wait(session, automation.id):
        candidates.append(budget.until)
    planned = min(candidates, default=None)
    if planned is not None and (automation.admit_at is None or planned < automation.admit_at):
        admissions(session).waits_for_time = True
    if planned != automation.admit_at:
        automation.admit_at = planned


async def _some_wait(session: AsyncSession, automation_id: UUID) -> bool:
    return bool(await session.scalar(select(exists().where(Run.automation_id == automation_id, HELD_CONDITION))))
