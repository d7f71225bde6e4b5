"""Which run must end so that others may start, where one keeps failing its workflow task."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.drafts import Overlap
from models.kinds import Kind
from models.states import HeldBy, RunStatus, Source
from models.store.sweep.stuck import holds_others
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, make_primitive, queue_run

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


async def stuck_child(session: AsyncSession, overlap: Overlap = Overlap.SKIP) -> tuple[Automation, Run, Run]:
    """Return an automation, its open run, and the stuck run of an agent below that."""
    scout = await make_agent(session, capacity=1)
    pipeline = await make_primitive(session, Kind.WORKFLOW, {"steps": [{"key": "one", "agent": scout.slug}]})
    daily: dict[str, Any] = {"cron_expr": "0 12 * * *", "timezone": "UTC", "overlap": overlap}
    automation = await make_automation(session, pipeline, Source.SCHEDULE, **daily)
    root = await queue_run(session, pipeline, automation, status=RunStatus.RUNNING, due_at=NOON)
    child = await queue_run(session, scout, status=RunStatus.STUCK, parent_run_id=root.id)
    child.root_run_id = root.id
    await session.flush()
    return automation, root, child


async def test_nobody_waits(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        _, root, child = await stuck_child(session)
        assert await holds_others(session, child.id) is None
        assert await holds_others(session, root.id) is None


@pytest.mark.parametrize("overlap", [Overlap.SKIP, Overlap.BUFFER_ALL, Overlap.ALLOW_ALL])
async def test_a_schedule_waits_for_the_root_of_a_stuck_run(sessions: Sessions, overlap: Overlap) -> None:
    async with transaction(sessions) as session:
        automation, root, child = await stuck_child(session, overlap)
        later = {"due_at": NOON + timedelta(days=1), "status": RunStatus.MISSED}
        await queue_run(session, await session.get_one(Primitive, automation.primitive_id), automation, **later)
        expected = None if overlap is Overlap.ALLOW_ALL else root.id
        assert await holds_others(session, child.id) == expected
        root.status = RunStatus.FAILED
        await session.flush()
        assert await holds_others(session, child.id) is None


@pytest.mark.parametrize(("held_by", "waits"), [(HeldBy.CONCURRENCY, True), (HeldBy.THROTTLE, False)])
async def test_runs_of_the_automation_wait_for_the_slot_of_the_root(
    sessions: Sessions, held_by: HeldBy, waits: bool
) -> None:
    async with transaction(sessions) as session:
        automation, root, child = await stuck_child(session)
        await queue_run(session, await session.get_one(Primitive, automation.primitive_id), automation, held_by=held_by)
        assert await holds_others(session, child.id) == (root.id if waits else None)


async def test_runs_of_the_agent_wait_for_the_place_of_the_stuck_run_itself(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        _, _, child = await stuck_child(session)
        child.takes_capacity = True
        await queue_run(session, await session.get_one(Primitive, child.primitive_id), agent_held_at=NOON)
        assert await holds_others(session, child.id) == child.id
