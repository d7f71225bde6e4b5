"""Stores a replay with all of its deliveries, or finds the one that was started from the same preview."""

import uuid
from collections.abc import Sequence
from typing import cast

from sqlalchemy import Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.store.replays.planning import Chosen
from models.store.tables.replays import Replay, ReplayItem

ONE_START_AT_A_TIME = 5_120_774_903
"""Key of the advisory lock under which a plan is compared with its preview and stored."""


async def begin_start(session: AsyncSession, token: str) -> Replay | None:
    """Let nobody else start a replay until the transaction ends; return the one that has this token already."""
    await session.execute(select(func.pg_advisory_xact_lock(ONE_START_AT_A_TIME)))
    found: Replay | None = await session.scalar(select(Replay).where(Replay.token == token))
    return found


async def store_replay(session: AsyncSession, replay: Replay, chosen: Sequence[Chosen]) -> None:
    """Store a replay; its deliveries have their turn in this order."""
    session.add(replay)
    await session.flush()
    ids: list[uuid.UUID] = [one.id for one in chosen]
    rows = [
        {"replay_id": replay.id, "position": place, "delivery_id": delivery_id}
        for place, delivery_id in enumerate(ids, start=1)
    ]
    await session.execute(insert(cast("Table", ReplayItem.__table__)), rows)
