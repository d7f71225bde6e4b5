"""An open run names the run below it that has been stuck for longest, however deep."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.kinds import Kind
from models.states import RunStatus
from models.store.runs.stuck_below import stuck_below
from models.store.sweep.stuck import mark_stuck, mark_unstuck
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_primitive, queue_run

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


async def add(session: AsyncSession, primitive: Primitive, parent: Run | None = None) -> Run:
    above: dict[str, Any] = {"parent_run_id": parent.id} if parent else {}
    run = await queue_run(session, primitive, status=RunStatus.RUNNING, started_at=NOON, **above)
    if parent:
        run.root_run_id = parent.root_run_id
        await session.flush()
    return run


async def mark(session: AsyncSession, run: Run, since: datetime) -> None:
    await mark_stuck(session, run.id, message="broken", attempts=3, since=since, last_build=None)


async def test_the_longest_stuck_run_below_is_named_at_every_level_until_it_goes_on(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session, "scout")
        pipeline = await make_primitive(session, Kind.WORKFLOW, {"steps": [{"key": "one", "agent": agent.slug}]})
        root = await add(session, pipeline)
        middle = await add(session, pipeline, root)
        later, first = [await add(session, agent, middle) for _ in range(2)]
        other = await add(session, pipeline)
        runs = (root, middle, later, first, other)

        async def below() -> dict[uuid.UUID, uuid.UUID]:
            await session.flush()
            return {key: one.run_id for key, one in (await stuck_below(session, runs)).items()}

        assert await below() == {}
        await mark(session, later, NOON + timedelta(minutes=1))
        await mark(session, first, NOON)
        assert await below() == {root.id: first.id, middle.id: first.id}
        (named,) = (await stuck_below(session, [root])).values()
        assert (named.name, named.since) == ("Scout", NOON)
        await mark_unstuck(session, first.id)
        assert await below() == {root.id: later.id, middle.id: later.id}
        middle.status = RunStatus.FAILED
        assert await below() == {root.id: later.id}
        later.status = RunStatus.CANCELLED
        assert await below() == {}
