"""Runs of an agent with a capacity, opened and closed side by side: no deadlock, and no place too many."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select

from models.contracts.workflows.lifecycle import OpenRun, RunRequest
from models.kinds import Kind
from models.states import OPEN_STATUSES, RunSource, RunStatus, Source
from models.store.admission.to_tell import take_admissions
from models.store.runs.closing import finish
from models.store.runs.locks import lock_run
from models.store.runs.opening import open_run
from models.store.runs.queued_rows import queued_run
from models.store.stats.folding import make_stats
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation

AUTOMATIONS, RUNS, AT_ONCE, CAPACITY = 3, 36, 10, 6


async def waiting_runs(sessions: Sessions) -> tuple[UUID, list[UUID]]:
    """Create an agent and queued runs of several automations that call it."""
    now = datetime.now(UTC)
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        agent.capacity = CAPACITY
        rows = []
        for _ in range(AUTOMATIONS):
            automation = await make_automation(session, agent, Source.EVENT, event_name="e")
            await make_stats(session, automation.id)
            rows += [
                queued_run(agent, now, RunSource.EVENT, automation_id=automation.id) for _ in range(RUNS // AUTOMATIONS)
            ]
        session.add_all(Run(**row) for row in rows)
    return agent.id, [row["id"] for row in rows]


async def test_opening_and_closing_side_by_side_neither_deadlocks_nor_exceeds_the_capacity(sessions: Sessions) -> None:
    agent_id, ids = await waiting_runs(sessions)
    to_open: asyncio.Queue[UUID] = asyncio.Queue()
    for run_id in ids:
        to_open.put_nowait(run_id)
    most = closed = 0

    async def work() -> None:
        nonlocal most, closed
        while closed < RUNS:
            try:
                run_id = await asyncio.wait_for(to_open.get(), 0.2)
            except TimeoutError:
                continue
            async with transaction(sessions) as session:
                opened = await open_run(session, opening(run_id))
            if not opened.admitted:
                continue
            most = max(most, await taken(sessions, agent_id))
            async with transaction(sessions) as session:
                await finish(session, await lock_run(session, run_id), RunStatus.COMPLETED, at=datetime.now(UTC))
            closed += 1
            for workflow_id in take_admissions(session).to_wake:
                to_open.put_nowait(UUID(workflow_id.removeprefix("run-")))

    async with asyncio.timeout(60):
        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    assert 1 < most <= CAPACITY
    assert await taken(sessions, agent_id) == 0


def opening(run_id: UUID) -> OpenRun:
    return OpenRun(
        request=RunRequest(run_id=run_id),
        kind=Kind.AGENT,
        due_at=None,
        started_at=datetime.now(UTC),
        temporal_workflow_id=f"run-{run_id}",
        temporal_run_id="1",
    )


async def taken(sessions: Sessions, agent_id: UUID) -> int:
    query = select(func.count()).where(Run.primitive_id == agent_id, Run.takes_capacity, Run.status.in_(OPEN_STATUSES))
    async with transaction(sessions) as session:
        return (await session.execute(query)).scalar_one()
