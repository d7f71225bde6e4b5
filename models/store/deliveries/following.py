"""What follows the end of a run: deliveries to the automations that depend on it and fire.

The transaction that closes a run stores one pending delivery for each dependency; its runs are stored in a transaction
of their own, because expressions are evaluated before. The idempotency key is the run's id, so each end fires once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.endpoints import EndpointKind, endpoint, parse_endpoint
from models.states import FireWhen, RunStatus, Source
from models.store.admission.to_tell import admissions
from models.store.automations.queries import with_primitive
from models.store.ids import fresh_id
from models.store.tables.automations import Automation
from models.store.tables.deliveries import Delivery
from models.store.tables.governance import Dependency
from models.store.tables.runs import Run

MOST_IN_A_CHAIN = 10
"""An automation that was fired through so many others is skipped: they may fire each other through events."""
PENDING = "pending"
ENDS = {
    RunStatus.COMPLETED: (FireWhen.COMPLETED, FireWhen.FINISHED),
    RunStatus.FAILED: (FireWhen.FAILED, FireWhen.FINISHED),
}


@dataclass(frozen=True, slots=True)
class Following:
    """A pending delivery, and the automation that it fires; None if that is gone."""

    delivery: Delivery
    automation: Automation | None
    passes_payload: bool
    chain_depth: int


async def note_following(session: AsyncSession, run: Run, automation: Automation, at: datetime) -> None:
    """Store a pending delivery for each dependency that the end of this run fires. Reruns fire nothing."""
    ends = ENDS.get(run.status)
    if ends is None or run.rerun_of is not None or run.started_at is None:
        return
    query = select(Dependency).where(Dependency.depends_on_id == automation.id, Dependency.fire_when.in_(ends))
    edges = (await session.scalars(query.order_by(Dependency.id))).all()
    for edge in edges:
        row = {
            "id": fresh_id(),
            "source": Source.MANUAL,
            "endpoint": endpoint(EndpointKind.DEPENDENCY, edge.id),
            "body": b"",
            "payload": run.output if edge.pass_payload else None,
            "idempotency_key": str(run.id),
            "outcome": PENDING,
            "sent_by": f"{automation.slug} ({run.status.value})",
            "size": 0,
            "received_at": at,
        }
        await session.execute(insert(Delivery).values(row).on_conflict_do_nothing())
    if edges:
        admissions(session).has_followers = True


async def pending_ids(session: AsyncSession, limit: int) -> Sequence[UUID]:
    """Return pending deliveries, oldest first."""
    query = select(Delivery.id).where(Delivery.outcome == PENDING).order_by(Delivery.received_at, Delivery.id)
    return (await session.scalars(query.limit(limit))).all()


async def following(session: AsyncSession, delivery_id: UUID, *, lock: bool = False) -> Following | None:
    """Return a pending delivery and what it fires; None if it is not pending, or (with `lock`) somebody else has it."""
    query = select(Delivery).where(Delivery.id == delivery_id, Delivery.outcome == PENDING)
    delivery = await session.scalar(query.with_for_update(skip_locked=True) if lock else query)
    if delivery is None:
        return None
    edge = await session.get(Dependency, UUID(parse_endpoint(delivery.endpoint).name))
    automation = None
    if edge is not None:
        automation = await session.scalar(
            with_primitive().where(Automation.id == edge.automation_id, Automation.archived_at.is_(None))
        )
    depth = await session.scalar(select(Run.chain_depth).where(Run.id == UUID(delivery.idempotency_key)))
    return Following(delivery, automation, edge is not None and edge.pass_payload, (depth or 0) + 1)
