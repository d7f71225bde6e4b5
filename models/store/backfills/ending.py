"""Pauses, resumes, cancels and ends backfills. The backfill is locked; nothing but its pending runs is changed."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import AlreadyFinished, NotFound
from models.rules.backfills.notices import BackfillEnd, notice_of_end, notice_of_pause
from models.states import OPEN_BACKFILLS, OPEN_STATUSES, BackfillStatus, RunSource, RunStatus, SkipReason
from models.store.admission.admit import MOST_AT_ONCE
from models.store.admission.to_tell import admissions
from models.store.backfills.changes import record
from models.store.backfills.progress import Progress, progress_of
from models.store.governance.notices import add_notice
from models.store.runs.closing import finish
from models.store.runs.locks import lock_automation, lock_run
from models.store.tables.automations import Automation
from models.store.tables.backfills import Backfill
from models.store.tables.runs import PENDING_CONDITION, Run

ACTOR = "podium"


async def lock_backfill(session: AsyncSession, backfill_id: UUID) -> Backfill:
    """Return a backfill as it is now, locked until the transaction ends.

    Raises:
        NotFound: No backfill has this id.
    """
    query = select(Backfill).where(Backfill.id == backfill_id).with_for_update(key_share=True)
    found: Backfill | None = await session.scalar(query, execution_options={"populate_existing": True})
    if found is None:
        raise NotFound(f"there is no backfill {backfill_id}")
    return found


def refuse_ended(backfill: Backfill) -> None:
    """Raise `AlreadyFinished` for a backfill that is completed or cancelled."""
    if backfill.status not in OPEN_BACKFILLS:
        raise AlreadyFinished(f"the backfill is already {backfill.status.value}")


async def pause(session: AsyncSession, backfill: Backfill, by: str, reason: str, at: datetime) -> None:
    """Pause a locked, open backfill: what is under way goes on, and nothing more starts."""
    if backfill.status is BackfillStatus.PAUSED:
        return
    backfill.status = BackfillStatus.PAUSED
    backfill.paused_at, backfill.paused_by, backfill.paused_reason = at, by, reason or None
    await record(session, backfill, "paused", by, reason=reason)
    if by == ACTOR:
        text = notice_of_pause(await _subject(session, backfill), backfill.kind, reason)
        await add_notice(session, "backfill.paused", text, at, automation_id=backfill.automation_id)


async def resume(session: AsyncSession, backfill: Backfill, by: str, reason: str) -> None:
    """Let a locked, paused backfill go on; its next runs start after the commit."""
    if backfill.status is BackfillStatus.RUNNING:
        return
    backfill.status = BackfillStatus.RUNNING
    backfill.paused_at = backfill.paused_by = backfill.paused_reason = None
    admissions(session).backfills.add(backfill.id)
    await record(session, backfill, "resumed", by, reason=reason)


async def cancel(session: AsyncSession, backfill: Backfill, by: str, reason: str, at: datetime) -> None:
    """Cancel a locked, open backfill; `take_back` closes its pending runs, and what is under way goes on."""
    backfill.status = BackfillStatus.CANCELLED
    backfill.cancelled_at, backfill.cancelled_by = at, by
    admissions(session).backfills.add(backfill.id)
    await record(session, backfill, "cancelled", by, reason=reason)


async def change_limit(session: AsyncSession, backfill: Backfill, limit: int, by: str) -> None:
    """Change how many runs of a locked, open backfill are under way at once; what is under way goes on."""
    before, backfill.run_limit = backfill.run_limit, limit
    admissions(session).backfills.add(backfill.id)
    if before != limit:
        await record(session, backfill, "changed", by, before={"limit": before}, after={"limit": limit})


async def take_back(session: AsyncSession, backfill_id: UUID, at: datetime) -> int:
    """Close the next pending runs of a cancelled backfill, at most `MOST_AT_ONCE` of one automation; return how many.

    A due time that was missed or skipped before is that again, any other is skipped as cleared.
    """
    pending = select(Run.id, Run.automation_id).where(Run.backfill_id == backfill_id, PENDING_CONDITION)
    rows = (await session.execute(pending.order_by(Run.ordered_at, Run.id).limit(MOST_AT_ONCE))).all()
    if not rows:
        return 0
    automation_id = rows[0].automation_id
    if automation_id is not None:
        await lock_automation(session, automation_id)
    backfill = await lock_backfill(session, backfill_id)
    if backfill.status is not BackfillStatus.CANCELLED:
        return 0
    taken = 0
    for row in rows:
        if row.automation_id != automation_id:
            continue
        run = await lock_run(session, row.id)
        if run.status is not RunStatus.QUEUED or run.held_by is None:
            continue
        before = run.before_backfill or {}
        if before:
            run.source = RunSource.SCHEDULE
        status = RunStatus(before.get("status", RunStatus.SKIPPED))
        reason = before.get("reason") if before else SkipReason.CLEARED.value
        await finish(session, run, status, at=at, reason=reason)
        taken += 1
    return taken


async def settle(session: AsyncSession, backfill_id: UUID, at: datetime) -> bool:
    """End a backfill if none of its runs is open: keep its counts, and tell people; return whether it has ended now."""
    going = select(Run.id).where(Run.backfill_id == backfill_id, Run.status.in_(OPEN_STATUSES)).limit(1)
    if await session.scalar(going) is not None:
        return False
    backfill = await lock_backfill(session, backfill_id)
    if backfill.finished_at is not None:
        return False
    found = (await progress_of(session, [backfill])).get(backfill_id, Progress())
    if found.open:
        return False
    if backfill.status is not BackfillStatus.CANCELLED:
        backfill.status = BackfillStatus.COMPLETED
    backfill.finished_at = at
    backfill.counts = found.stored()
    backfill.paused_at = backfill.paused_by = backfill.paused_reason = None
    await record(session, backfill, "ended", ACTOR, after={"status": backfill.status.value, **found.stored()})
    if found.ran:
        end = BackfillEnd(
            subject=await _subject(session, backfill),
            kind=backfill.kind,
            status=backfill.status,
            completed=found.completed,
            failed=found.failed,
            cancelled=found.cancelled,
            skipped=found.skipped,
            spent_usd=found.spent_usd or Decimal(0),
        )
        await add_notice(session, "backfill.ended", notice_of_end(end), at, automation_id=backfill.automation_id)
    return True


async def _subject(session: AsyncSession, backfill: Backfill) -> str | None:
    """Return the name of the automation, None for a rerun."""
    row = await session.get(Automation, backfill.automation_id) if backfill.automation_id else None
    return row.name if row else None
