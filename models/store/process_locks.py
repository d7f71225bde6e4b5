"""Waiting for a lock of this process without a database connection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession


@asynccontextmanager
async def held(lock: asyncio.Lock, session: AsyncSession) -> AsyncIterator[None]:
    """Hold a lock; a session that has to wait for it commits first, which returns its connection to the pool.

    Otherwise a few requests that wait for a cold cache would hold all connections, and webhooks would get none.
    """
    if lock.locked():
        await session.commit()
    async with lock:
        yield
