from datetime import UTC, datetime, timedelta

from models.kinds import Kind
from models.states import RunStatus
from models.store.runs.queue_depth import queue_depth
from runtime.database import Sessions, transaction
from tests.factories import make_agent, queue_run


async def test_open_runs_are_counted_by_status_and_the_oldest_queued_gives_the_wait(sessions: Sessions) -> None:
    now = datetime.now(UTC)
    open_runs = [(RunStatus.QUEUED, 90), (RunStatus.QUEUED, 30), (RunStatus.RUNNING, 900), (RunStatus.COMPLETED, 9000)]
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        for status, seconds in open_runs:
            await queue_run(session, agent, None, status=status, queued_at=now - timedelta(seconds=seconds))
    async with transaction(sessions) as session:
        found = await queue_depth(session)
    assert found.by_status == {RunStatus.QUEUED: 2, RunStatus.RUNNING: 1, RunStatus.WAITING: 0, RunStatus.STUCK: 0}
    assert 90 <= found.oldest_queued_seconds < 150


async def test_without_queued_runs_the_wait_is_zero(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        await queue_run(session, await make_agent(session), None, status=RunStatus.WAITING)
        found = await queue_depth(session)
    assert found.by_status == {RunStatus.QUEUED: 0, RunStatus.RUNNING: 0, RunStatus.WAITING: 1, RunStatus.STUCK: 0}
    assert found.oldest_queued_seconds == 0.0


async def test_runs_that_flow_control_holds_have_a_wait_of_their_own(sessions: Sessions) -> None:
    now = datetime.now(UTC)
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        await queue_run(session, agent, None, queued_at=now - timedelta(seconds=30))
        for held_by in ("concurrency", "concurrency", "batch"):
            await queue_run(session, agent, None, queued_at=now - timedelta(seconds=900), held_by=held_by)
        await queue_run(session, agent, None, queued_at=now - timedelta(seconds=60), agent_held_at=now)
        found = await queue_depth(session)
    assert found.by_status[RunStatus.QUEUED] == 5
    assert found.held == {(Kind.AGENT, "concurrency"): 2, (Kind.AGENT, "batch"): 1, (Kind.AGENT, "capacity"): 1}
    assert 30 <= found.oldest_queued_seconds < 90
    assert 900 <= found.oldest_held_seconds < 960
