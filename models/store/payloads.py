"""Stores large payloads of Temporal by the SHA-256 of their bytes, and deletes those that nothing can refer to."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.store.tables.payloads import TemporalPayload
from models.store.tables.runs import OPEN_CONDITION, Run

PRUNED_AT_ONCE = 200
CLOCK_MARGIN = timedelta(hours=1)
"""A payload is stored on one machine's clock, and its run was queued on another's."""


async def put_payloads(session: AsyncSession, payloads: Mapping[bytes, bytes]) -> None:
    """Store payloads by their digest; one that is there already only gets a fresh `stored_at`."""
    # In one order everywhere, so that two transactions with the same payloads do not wait for each other.
    rows = [{"sha256": digest, "data": payloads[digest], "size": len(payloads[digest])} for digest in sorted(payloads)]
    statement = insert(TemporalPayload).values(rows)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["sha256"], set_={"stored_at": func.clock_timestamp()})
    )


async def get_payloads(session: AsyncSession, digests: Sequence[bytes]) -> dict[bytes, bytes]:
    """Return the stored payloads by digest; one that is not there is absent."""
    query = select(TemporalPayload.sha256, TemporalPayload.data).where(TemporalPayload.sha256.in_(digests))
    return {row.sha256: row.data for row in await session.execute(query)}


async def prunable_before(session: AsyncSession, horizon: datetime) -> datetime:
    """Return the instant before which no stored payload is needed any more.

    It is `horizon`, or earlier while an older run is open: a run may wait for a year, and Temporal keeps the history of
    an open workflow for ever.
    """
    oldest = await session.scalar(select(func.min(Run.queued_at)).where(OPEN_CONDITION))
    return horizon if oldest is None else min(horizon, oldest - CLOCK_MARGIN)


async def prune_payloads(session: AsyncSession, before: datetime) -> int:
    """Delete at most `PRUNED_AT_ONCE` payloads that were last stored before an instant; return how many."""
    oldest = (
        select(TemporalPayload.sha256)
        .where(TemporalPayload.stored_at < before)
        .order_by(TemporalPayload.stored_at)
        .limit(PRUNED_AT_ONCE)
    )
    # The second condition holds where one of them is stored again while this waits for its lock.
    gone = await session.execute(
        delete(TemporalPayload)
        .where(TemporalPayload.sha256.in_(oldest), TemporalPayload.stored_at < before)
        .returning(TemporalPayload.sha256)
    )
    return len(gone.all())
