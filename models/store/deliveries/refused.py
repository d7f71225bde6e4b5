"""Requests that were refused for their signature or timestamp: counted by endpoint, nothing else of them is stored."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.deliveries import RefusedEndpoint, RefusedEndpoints
from models.store.tables.governance import RejectedDelivery

MOST = 100


async def count_rejected(session: AsyncSession, endpoint: str) -> None:
    """Count a request that was rejected for its signature."""
    statement = insert(RejectedDelivery).values(endpoint=endpoint, count=1)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["endpoint"], set_={"count": RejectedDelivery.count + 1, "last_at": func.now()}
        )
    )


async def refused_endpoints(session: AsyncSession) -> RefusedEndpoints:
    """Return the endpoints with refused requests, the latest first."""
    rows = await session.scalars(select(RejectedDelivery).order_by(RejectedDelivery.last_at.desc()).limit(MOST))
    return RefusedEndpoints(
        items=tuple(RefusedEndpoint(endpoint=row.endpoint, count=row.count, last_at=row.last_at) for row in rows)
    )
