"""What follows the end of a run: deliveries to the automations that depend on it and fire.

The transaction that closes a run stores one pending delivery for each dependency; its runs are stored in a transaction
of their own, because expressions are evaluated before. The idempotency key is the run's id, so each end fires once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import literal, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.endpoints import EndpointKind, endpoint, parse_endpoint
from models.states import FireWhen, RunStatus, Source
from models.store.admission.to_tell import admissions
from models.store.automations.queries import with_primitive
from models.store.deliveries.chains import ChainPlace, chain_after
from models.store.ids import fresh_id
from models.store.tables.automations import Automation
from models.store.tables.backfills import Backfill
from models.store.tables.deliveries import Delivery
from models.store.tables.governance import Dependency
from models.store.tables.runs import Run

PENDING = "pending"
ENDS = {
    RunStatus.COMPLETED: (FireWhen.COMPLETED, FireWhen.FINISHED),
    RunStatus.FAILED: (FireWhen.FAILED, FireWhen.FINISHED),
}


@dataclass(frozen=True, slots=True)
class PendingDelivery:
    """A delivery whose runs are not stored yet."""

    id: UUID
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Following:
    """A pending delivery, and the automation that it fires; None if that is gone.

    `output` is that of the run that has ended, where it is passed on.
    """

    delivery: Delivery
    automation: Automation | None
    passes_payload: bool
    output: Any
    chain: ChainPlace | None


async def note_following(session: AsyncSession, run: Run, automation: Automation, at: datetime) -> None:
    """Store a pending delivery for each dependency that the end of this run fires.

    Reruns and probes fire nothing, and runs of backfills only if that was asked for.
    """
    ends = ENDS.get(run.status)
    if ends is None or run.probe or run.started_at is None or not await _fires(session, run):
        return
    query = select(Dependency).where(Dependency.depends_on_id == automation.id, Dependency.fire_when.in_(ends))
    rows = [
        {
            "id": fresh_id(),
            "source": Source.MANUAL,
            "endpoint": endpoint(EndpointKind.DEPENDENCY, edge.id),
            "body": b"",
            "idempotency_key": str(run.id),
            "caused_by": run.id,
            "outcome": PENDING,
            "sent_by": f"{automation.slug} ({run.status.value})",
            "size": 0,
            "received_at": at,
        }
        for edge in await session.scalars(query.order_by(Dependency.id))
    ]
    if rows:
        statement = insert(Delivery).on_conflict_do_nothing().returning(Delivery.id)
        admissions(session).followers += await session.scalars(statement, rows)


async def _fires(session: AsyncSession, run: Run) -> bool:
    if run.backfill_id is None:
        return run.rerun_of is None
    return bool(await session.scalar(select(Backfill.fires_dependents).where(Backfill.id == run.backfill_id)))


async def pending(session: AsyncSession, limit: int, after: PendingDelivery | None = None) -> list[PendingDelivery]:
    """Return pending deliveries, oldest first; `after` is the last one of the previous page."""
    query = select(Delivery.id, Delivery.received_at).where(Delivery.outcome == PENDING)
    if after:
        query = query.where(
            tuple_(Delivery.received_at, Delivery.id) > tuple_(literal(after.received_at), literal(after.id))
        )
    rows = await session.execute(query.order_by(Delivery.received_at, Delivery.id).limit(limit))
    return [PendingDelivery(*row) for row in rows]


async def following(session: AsyncSession, delivery_id: UUID, *, lock: bool = False) -> Following | None:
    """Return a pending delivery and what it fires; None if it is not pending, or (with `lock`) somebody else has it."""
    query = select(Delivery).where(Delivery.id == delivery_id, Delivery.outcome == PENDING)
    delivery = await session.scalar(query.with_for_update(skip_locked=True, key_share=True) if lock else query)
    if delivery is None:
        return None
    edge = await session.get(Dependency, UUID(parse_endpoint(delivery.endpoint).name))
    automation = None
    if edge is not None:
        automation = await session.scalar(
            with_primitive().where(Automation.id == edge.automation_id, Automation.archived_at.is_(None))
        )
    passes_payload = edge is not None and edge.pass_payload
    # What was stored pending by older versions has the output itself.
    output = delivery.payload if passes_payload else None
    first = UUID(delivery.idempotency_key)
    if passes_payload and output is None:
        output = await session.scalar(select(Run.output).where(Run.id == first))
    return Following(delivery, automation, passes_payload, output, await chain_after(session, first))
