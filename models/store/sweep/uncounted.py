"""Closed runs that are not in `primitive_hours` and `kind_hours`: those that an older version has stored or closed,
and those whose closing could not count them. They are filled in and counted, the newest first.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from models.kinds import KINDS
from models.store.ids import among
from models.store.runs.description import describe_run
from models.store.runs.fingerprints import note_error
from models.store.tables.runs import CLOSED_CONDITION, Run

# Values are not needed, and may be large.
_NEWEST_FIRST = (
    select(Run)
    .order_by(Run.queued_at.desc(), Run.id.desc())
    .options(defer(Run.input), defer(Run.output), defer(Run.callback))
)


async def uncounted(session: AsyncSession, limit: int, but_not: Collection[UUID] = ()) -> Sequence[UUID]:
    """Return the ids of the newest runs that are in no sums."""
    query = select(Run.id).where(~Run.is_counted, CLOSED_CONDITION, Run.id.not_in(but_not))
    return (await session.scalars(query.order_by(Run.queued_at.desc(), Run.id.desc()).limit(limit))).all()


async def count_uncounted(session: AsyncSession, ids: Collection[UUID]) -> int:
    """Fill in and count these runs; return how many. What another transaction has locked is left for later."""
    query = _NEWEST_FIRST.where(among(Run.id, ids), ~Run.is_counted, CLOSED_CONDITION)
    rows = (await session.scalars(query.with_for_update(skip_locked=True, key_share=True))).all()
    await _count(session, rows)
    return len(rows)


async def count_imported(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Fill in and count runs that this transaction has imported, all of them closed."""
    await _count(session, (await session.scalars(_NEWEST_FIRST.where(among(Run.id, ids)))).all())


async def _count(session: AsyncSession, rows: Sequence[Run]) -> None:
    """Fill in and count runs, a child before its parent, which may have failed because of it."""
    for run in rows:
        await describe_run(session, run)
        if run.started_at is not None and KINDS[run.kind].calls_agent:
            run.own_cost_usd = run.cost_usd
        if run.error_key is None:
            await note_error(session, run)
        run.is_counted = True


async def unfilled_since(session: AsyncSession) -> datetime | None:
    """Return when the newest run arrived whose source is not known yet; None if all are."""
    query = select(Run.queued_at).where(~Run.is_counted, CLOSED_CONDITION, Run.source.is_(None))
    return await session.scalar(query.order_by(Run.queued_at.desc(), Run.id.desc()).limit(1))
