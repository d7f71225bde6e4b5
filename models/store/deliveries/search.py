"""What is typed into the search box of deliveries: an id, or an idempotency key."""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.store.tables.deliveries import Delivery

NEWEST_SEARCHED = 2000
"""A key is looked up at the endpoints of so many newest deliveries, unless endpoints are given."""
MOST_KEYED = 200


async def with_key(session: AsyncSession, key: str, endpoints: Sequence[str]) -> Sequence[uuid.UUID]:
    """Return the deliveries with an idempotency key; keys are unique within an endpoint and sender."""
    query = select(Delivery.id).where(Delivery.idempotency_key == key).limit(MOST_KEYED)
    if endpoints:
        return (await session.scalars(query.where(Delivery.endpoint.in_(endpoints)))).all()
    newest = select(Delivery.endpoint).order_by(Delivery.received_at.desc(), Delivery.id.desc()).limit(NEWEST_SEARCHED)
    known = select(newest.subquery().c.endpoint).distinct()
    return (await session.scalars(query.where(Delivery.endpoint.in_(known)))).all()
