"""Dead letters: deliveries from outside that were accepted, but not carried out.

A delivery is one while none of its runs is open or has completed, unless another run stands for one of them. The
trigger `judge_delivery` of the database marks and unmarks them as runs end; this file marks those that got no run. A
replay stands for what it replays, so that only the last attempt is a dead letter.
"""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import exists, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.states import DeadReason, DeliveryOutcome
from models.store.ids import among
from models.store.tables.deliveries import Delivery

LISTENED_WITHIN = timedelta(days=7)
"""A delivery that nothing listens to is a dead letter if one of its endpoint was taken by somebody so recently."""
TAKEN = (DeliveryOutcome.FIRED.value, DeliveryOutcome.SKIPPED.value)
DEAD_AT_ONCE = {
    DeliveryOutcome.REJECTED: DeadReason.UNREADABLE,
    DeliveryOutcome.FILTER_ERROR: DeadReason.FILTER_ERROR,
}
"""Outcomes that leave a delivery without any run that could still carry it out."""


async def mark_unmatched(session: AsyncSession, ids: Sequence[uuid.UUID]) -> None:
    """Mark deliveries that nothing listens to, if something listened at their endpoint until recently."""
    earlier = aliased(Delivery)
    was_taken = exists().where(
        earlier.endpoint == Delivery.endpoint,
        earlier.outcome.in_(TAKEN),
        earlier.received_at.between(Delivery.received_at - LISTENED_WITHIN, Delivery.received_at),
    )
    statement = update(Delivery).where(among(Delivery.id, ids), was_taken)
    await session.execute(
        statement.values(dead_reason=DeadReason.UNMATCHED.value).execution_options(synchronize_session=False)
    )


async def hand_over(session: AsyncSession, replayed: Sequence[uuid.UUID]) -> None:
    """Unmark deliveries that have been replayed: the replay stands for them."""
    statement = update(Delivery).where(among(Delivery.id, replayed), Delivery.dead_reason.is_not(None))
    await session.execute(statement.values(dead_reason=None).execution_options(synchronize_session=False))
